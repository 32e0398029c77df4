#!/usr/bin/env bash
# Everything the tests need beside Rust, made ready: a container engine that answers, the base images
# that the course builds on, and the peers that tests and benchmarks compare with.
#
# Safe to run again at any time; what is there is used and never replaced. On Debian and Ubuntu as root
# it installs and starts the engine itself; elsewhere it says what it leaves out and goes on. With
# CI=true nothing may be left out but the peers, the second engine and Podman.
#
# TUTOR_SETUP_CACHE names the folder for logs and downloads, by default .cache/setup here.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/setup/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/setup/engine.sh
. "$here/engine.sh"
# shellcheck source=tests/setup/peers.sh
. "$here/peers.sh"
# shellcheck source=tests/setup/images.sh
. "$here/images.sh"
# shellcheck source=tests/setup/second-engine.sh
. "$here/second-engine.sh"
# shellcheck source=tests/setup/podman.sh
. "$here/podman.sh"

mkdir -p "$cache" || exit
exec 9>"$cache/lock"
if have flock; then flock 9; fi # two runs at once would make every image twice

ready_engine && engine=yes || engine=no
have skopeo || apt_install skopeo || left_out "a second registry client beside docker's: skopeo"
have bwrap || apt_install bubblewrap || left_out "the sandbox that scripts are graded in: bubblewrap"
have jq || apt_install jq || left_out "jq, which graded scripts use"
# Before both use it at once.
have_venv || left_out "the peers that tests and benchmarks compare with: they need Python 3 with venv"
ready_peers || say "no peers: $(tail -n 1 "$cache/peers.log" 2>/dev/null)" &
peers=$!
# One after the other: apt's lists have one lock.
{
    ready_program nats-server || left_out "the server that workshops run on: nats-server"
    ready_program docker-registry || left_out "the registry that make bench compares the practice ECR with"
} &
programs=$!
if [ "$engine" = yes ]; then
    ready_images || engine=no
    # One more chance to see what engines do differently; nothing stands or falls with it.
    ready_second_engine
    ready_podman
fi
wait "$peers" "$programs"

if [ "$engine" = no ] && [ "${CI:-}" = true ]; then
    say "CI=true, so nothing may be left out"
    exit 1
fi
say "done"
