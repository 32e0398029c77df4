#!/bin/sh
# Runs all tests, or those that the arguments (cargo test's) name. What failed is run once more, alone:
# engines, terminals and clocks on a loaded machine fail in ways that say nothing about the program. What
# fails again fails; what passes then is named at the end, so that nobody takes it for sound. There is no
# second chance for more than eight failures, nor for a program that died or did not build.
set -eu

# The same random cases each time: what fails here fails everywhere, and no landing hangs on a draw. Set it to
# another number, or `make fuzz`, to look for more.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-1}"

most=8
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

{ code=0; cargo test --quiet --no-fail-fast "$@" 2>&1 || code=$?; echo "$code" >"$logs/code"; } | tee "$logs/first"
code=$(cat "$logs/code")
[ "$code" = 0 ] && exit 0

# One line for each failure: what cargo calls the target, a tab, the test's name; no name: the program died.
awk '
	/^failures:$/ { count = 0; listing = 1; next }
	listing && /^    [^ ]+$/ { names[++count] = $1; next }
	/^test result:/ { listing = 0 }
	/^error: test failed, to rerun pass `/ {
		target = $0; sub(/^[^`]*`/, "", target); sub(/`.*/, "", target)
		if (count == 0) print target "\t"
		for (i = 1; i <= count; i++) print target "\t" names[i]
		count = 0
	}
' "$logs/first" >"$logs/failed"

tab=$(printf '\t')
count=$(wc -l <"$logs/failed")
if [ "$count" = 0 ] || [ "$count" -gt "$most" ] || grep -q "$tab\$" "$logs/failed"; then
	echo "no second run: tests did not build, a test program died, or more than $most tests failed"
	exit "$code"
fi

echo
echo "once more, alone:"
cut -f2 "$logs/failed" | sed 's/^/    /'
failed=0
while IFS="$tab" read -r target name; do
	# The target is one or two of cargo's own words: `--lib`, `--test engine`.
	# shellcheck disable=SC2086
	cargo test --quiet $target -- --exact "$name" </dev/null 2>&1 | tee "$logs/again"
	grep -q '^test result: ok\. 1 passed;' "$logs/again" || failed=1
done <"$logs/failed"
[ "$failed" = 0 ] || exit "$code"
echo "failed once and passed alone:"
cut -f2 "$logs/failed" | sed 's/^/    /'
