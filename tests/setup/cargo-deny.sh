#!/usr/bin/env bash
# Prints the path of cargo-deny: one that is installed, else our own in .cache/tools, built once. It reads
# a few files, so it is compiled for a short compilation and not for speed.
set -euo pipefail
version=0.20.2
if command -v cargo-deny; then exit; fi
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/.cache/tools
if [ "$("$tools/bin/cargo-deny" --version 2>/dev/null)" != "cargo-deny $version" ]; then
    echo "building cargo-deny $version, once" >&2
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_STRIP=none \
        cargo install --quiet --locked --no-default-features --root "$tools" "cargo-deny@$version" >&2
fi
echo "$tools/bin/cargo-deny"
