#!/bin/sh
# prepare.sh FROM TO: the stations of a CSV file, one per line, highest first.
set -eu
tail -n +2 "$1" | sort -t , -k 2 -n -r | tr , ' ' > "$2"
wc -l < "$2"
