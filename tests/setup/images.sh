# shellcheck shell=bash
# The public base images that the course builds on. They are pulled where their registry can be reached.
# Where it cannot, stand-ins are made from the package registries and tagged with the public names: the
# same interpreters on the same distribution, a little smaller, each with the label
# org.docker-ecr-tutor.stand-in=1. An image that is there is never replaced.
#
# A stand-in is a folder under images/: a Dockerfile, and a prepare.sh where its context has to be
# fetched first.

# The wave that makes it (a wave builds on the one before, in parallel), its name, its folder. A line
# that starts with `=` gives the image of the third column a second name.
base_images='
1 alpine:3.19                alpine
1 debian:bookworm-slim       debian
2 golang:1.22-alpine         golang
2 python:3.12-slim-bookworm  python
2 node:20-bookworm-slim      node
3 python:3.12                python-full
= alpine:latest              alpine:3.19
= python:3.12-slim           python:3.12-slim-bookworm
= node:20-slim               node:20-bookworm-slim
'
stand_in_label=org.docker-ecr-tutor.stand-in

# The lines of base_images whose image is not there.
missing_images() {
    local wave name from
    while read -r wave name from; do
        if [ -n "$name" ] && ! has_image "$name"; then printf '%s %s %s\n' "$wave" "$name" "$from"; fi
    done <<<"$base_images"
}

ready_images() {
    local missing
    missing=$(missing_images)
    if [ -n "$missing" ] && registry_answers; then
        pull_images "$missing"
        missing=$(missing_images)
    fi
    if [ -n "$missing" ]; then
        make_stand_ins "$missing"
        missing=$(missing_images)
    fi
    if [ -n "$missing" ]; then
        left_out "tests that build on $(awk '{ printf "%s%s", sep, $2; sep = ", " }' <<<"$missing")"
        return 1
    fi
    say "base images are there"
}

# The smallest image tells, once, whether the registry can be reached; the limit is for networks that
# swallow packets.
registry_answers() {
    local about
    if about=$(api GET /images/alpine:3.19/json -f 2>/dev/null); then
        # There already: pulled from it, or a stand-in because it could not be.
        case $about in *"\"$stand_in_label\""*) return 1 ;; esac
        [ "${about#*\"RepoDigests\":\[\"}" != "$about" ]
    else
        pull alpine:3.19 20
    fi
}

pull_images() { # pull_images LINES
    local wave name from
    while read -r wave name from; do
        pull "$name" 900 || say "cannot pull $name: $(tail -c 300 "$cache/pull.log")"
    done <<<"$1"
}

pull() { # pull NAME SECONDS
    has_image "$1" && return
    api POST "/images/create?fromImage=${1%:*}&tag=${1#*:}" --max-time "$2" >"$cache/pull.log" 2>&1
    has_image "$1" && say "pulled $1"
}

make_stand_ins() { # make_stand_ins LINES
    if ! apt_root || ! have_venv; then
        left_out "stand-ins for base images that cannot be pulled: they need root on Debian or Ubuntu"
        return 1
    fi
    say "base images cannot be pulled: making stand-ins"
    apt_install mmdebstrap ca-certificates unzip || return
    local work wave name from turn jobs job
    work=$(mktemp -d "$cache/images.XXXXXX")
    for turn in 1 2 3; do
        jobs=()
        while read -r wave name from; do
            if [ "$wave" = "$turn" ]; then
                make_stand_in "$name" "$from" "$work/$from" &
                jobs+=($!)
            fi
        done <<<"$1"
        # A failure is said by the job itself, and seen at the end by what is missing then.
        for job in ${jobs[@]+"${jobs[@]}"}; do wait "$job" || true; done
    done
    rm -rf "$work"
    while read -r wave name from; do
        if [ "$wave" = = ] && has_image "$from"; then
            api POST "/images/$from/tag?repo=${name%:*}&tag=${name#*:}"
        fi
    done <<<"$1"
}

make_stand_in() { # make_stand_in NAME FOLDER CONTEXT
    local log=$cache/image-$2.log
    cp -R "$root/tests/setup/images/$2" "$3"
    {
        if [ -e "$3/prepare.sh" ]; then (cd "$3" && PIP=$venv/bin/pip bash -euo pipefail prepare.sh); fi &&
            # The classic builder, because every engine has it and it needs no session.
            tar -C "$3" --numeric-owner -c . |
            api POST "/build?version=1&rm=1&forcerm=1&t=$1&labels=%7B%22$stand_in_label%22%3A%221%22%7D" \
                -H 'Content-Type: application/x-tar' -T -
    } >"$log" 2>&1 </dev/null
    rm -rf "$3"
    if has_image "$1"; then
        say "stand-in for $1"
    else
        say "no stand-in for $1 ($log):"
        tail -n 5 "$log" >&2
        return 1
    fi
}
