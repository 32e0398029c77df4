# shellcheck shell=bash
# What the set-up scripts share: words, packages, and the engine's HTTP API.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${TUTOR_SETUP_CACHE:-$root/.cache/setup}

say() { printf 'set-up %3ds  %s\n' "$SECONDS" "$*"; }

left_out() { printf 'set-up       left out: %s\n' "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# Whether packages can be installed here.
apt_root() { [ "$(id -u)" = 0 ] && have apt-get && have dpkg; }

# Installs the packages among "$@" that are missing.
apt_install() {
    local missing=() package
    for package in "$@"; do
        dpkg -s "$package" 2>/dev/null | grep '^Status: install ok installed' >/dev/null || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    apt_root || return
    say "installing ${missing[*]}"
    {
        # Package lists of a fresh machine or image are empty, or older than what the mirror still has.
        [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -mmin -1440 -print -quit 2>/dev/null)" ] ||
            apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
    } >>"$cache/apt.log" 2>&1 </dev/null || { tail -n 5 "$cache/apt.log" >&2; return 1; }
}

# The engine is spoken to over its socket, because a docker command line need not be there, and newer
# ones without buildx cannot build.
api() { # api METHOD PATH [curl option…]
    local method=$1 path=$2
    shift 2
    case ${DOCKER_HOST:-} in
        tcp://*) curl -sS -X "$method" "$@" "http://${DOCKER_HOST#tcp://}$path" ;;
        unix://*) curl -sS -X "$method" --unix-socket "${DOCKER_HOST#unix://}" "$@" "http://engine$path" ;;
        '') curl -sS -X "$method" --unix-socket /var/run/docker.sock "$@" "http://engine$path" ;;
        *) return 1 ;;
    esac
}

has_image() {
    [ "$(api GET "/images/$1/json" -o /dev/null -w '%{http_code}' 2>/dev/null)" = 200 ]
}
