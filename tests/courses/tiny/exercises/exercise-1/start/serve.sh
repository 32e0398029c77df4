#!/bin/sh
# Answers every request with page.txt, one at a time, until it is asked to stop.
trap 'kill $! 2>/dev/null; exit 0' TERM
while true; do
    { printf 'HTTP/1.0 200 OK\r\nContent-Length: %s\r\n\r\n' "$(wc -c < page.txt)"; cat page.txt; } |
        nc -l -p 8000 > /dev/null &
    wait $!
done
