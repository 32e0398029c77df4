#!/bin/sh
# Fuzzes parse, lint and fixes for SECONDS_TO_RUN (600). The seeds are our own Dockerfiles and the examples of
# the rules' pages. All that it writes is below target/fuzz/, crashes too.
set -eu
cd "$(dirname "$0")"
seconds=${SECONDS_TO_RUN:-600}
host=$(rustc -vV | sed -n 's/^host: //p')
out=$(cd ../.. && pwd)/target/fuzz
mkdir -p "$out/corpus" "$out/seeds"
for file in ../../assets/examples/*/Dockerfile ../../solutions/*/Dockerfile ../../exercises/*/start/Dockerfile; do
    { printf '\010'; cat "$file"; } > "$out/seeds/$(echo "$file" | tr / _)"
done
for page in ../../src/lint/rules/*.md; do
    awk -v out="$out/seeds/$(basename "$page" .md)" '
        /^```dockerfile/ { n++; name = out "-" n; printf "\010" > name; on = 1; next }
        /^```/ { on = 0 }
        on { print >> name }' "$page"
done
# libFuzzer's counters by the compiler's own pass: no nightly toolchain is needed.
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1" \
    cargo build --quiet --release --target "$host" --target-dir "$out"
"$out/$host/release/lint" "$out/corpus" "$out/seeds" -max_total_time="$seconds" -max_len=4096 -timeout=5 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$out/"
