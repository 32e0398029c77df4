# shellcheck shell=bash
# A second, newer engine beside the first, for the tests of the engine room: Docker from a later Debian
# suite, unpacked into a folder of its own (nothing is installed), run in a network namespace of its own,
# because a second dockerd beside the first would take its bridge away. It keeps its images in
# containerd's store, as newer engines do by default, so that both kinds of store are tried.
#
# Root on Debian only; elsewhere it is left out, and the test says so.

second=$cache/second-engine
second_suite=trixie
# One for each folder of the repository: several may be tested on one machine.
second_name=tutor-$(printf '%s' "$second" | cksum | cut -d' ' -f1)
second_socket=$second/docker.sock

second_answers() {
    [ "$(DOCKER_HOST=unix://$second_socket api GET /_ping --max-time 5 2>/dev/null)" = OK ]
}

# Downloads the suite's engine with an apt of its own: the machine's package lists stay as they are.
fetch_second() {
    local apt=$second/apt
    [ -x "$second/root/usr/sbin/dockerd" ] && return
    mkdir -p "$apt"/{etc/apt.conf.d,etc/preferences.d,sources,state/lists/partial,cache/archives/partial,debs} "$second/root"
    : >"$apt/state/status"
    awk 'BEGIN { RS = "" } NR == 1' /etc/apt/sources.list.d/debian.sources | grep -v '^#' |
        sed "s/^Suites:.*/Suites: $second_suite/" >"$apt/sources/second.sources"
    local options=(
        -o "Dir::Etc=$apt/etc" -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/sources"
        -o Dir::Etc::trusted=/etc/apt/trusted.gpg -o Dir::Etc::trustedparts=/etc/apt/trusted.gpg.d
        -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/state/status" -o "Dir::Cache=$apt/cache"
    )
    apt-get "${options[@]}" -qq update &&
        (cd "$apt/debs" && apt-get "${options[@]}" -qq download docker.io containerd) || return
    local deb
    for deb in "$apt"/debs/*.deb; do dpkg -x "$deb" "$second/root" || return; done
    rm -rf "$apt"
}

start_second() {
    # The machine's own runc: a newer suite's wants a newer C library.
    have runc && have ip || apt_install runc iproute2 || return
    local bin=$second/bin program folder
    mkdir -p "$bin"
    for program in dockerd containerd containerd-shim-runc-v2 docker-proxy docker-init ctr; do
        for folder in usr/sbin usr/bin usr/libexec/docker; do
            [ -x "$second/root/$folder/$program" ] && ln -sf "$second/root/$folder/$program" "$bin/$program"
        done
    done
    ln -sf "$(command -v runc)" "$bin/runc"
    ip netns list | grep -q "^$second_name\b" || ip netns add "$second_name" || return
    ip netns exec "$second_name" ip link set lo up || return
    printf '{ "features": { "containerd-snapshotter": true } }\n' >"$second/daemon.json"
    # Not `ip netns exec`, which hides the control groups. Killed without a goodbye, it leaves its number, and would take another process for itself.
    rm -f "$second/docker.pid" "$second_socket"
    (exec 9>&- && PATH=$bin:$PATH exec setsid nsenter "--net=/run/netns/$second_name" dockerd --config-file "$second/daemon.json" \
        --data-root "$second/data" --exec-root "$second/exec" --pidfile "$second/docker.pid" \
        -H "unix://$second_socket" --insecure-registry 127.0.0.0/8 >"$second/log" 2>&1 </dev/null) &
    local try
    for try in $(seq 100); do
        second_answers && return
        sleep 0.2
    done
    say "the second dockerd did not answer after $((try / 5)) s:"
    tail -n 5 "$second/log" >&2
    return 1
}

# The one image its tests build on, from the first engine.
feed_second() {
    local image
    for image in "$@"; do
        (DOCKER_HOST=unix://$second_socket && has_image "$image") && continue
        api GET "/images/$image/get" |
            DOCKER_HOST=unix://$second_socket api POST /images/load -H 'Content-Type: application/x-tar' -T - >/dev/null || return
    done
}

ready_second_engine() {
    if ! second_answers; then
        if ! apt_root || [ ! -e /etc/apt/sources.list.d/debian.sources ]; then
            left_out "tests with a second engine: it is unpacked as root on Debian"
            return
        fi
        mkdir -p "$second"
        { fetch_second && start_second; } 2>>"$cache/second-engine.log" || {
            left_out "tests with a second engine ($(tail -n 1 "$cache/second-engine.log" 2>/dev/null))"
            return
        }
    fi
    feed_second alpine:3.19 || left_out "tests with a second engine: it did not take the base image"
    printf '%s\n' "$second_socket $second_name" >"$cache/second-engine.txt"
    say "second engine $(DOCKER_HOST=unix://$second_socket api GET /version | sed 's/.*"Version":"\([^"]*\)","ApiVersion".*/\1/') answers"
}
