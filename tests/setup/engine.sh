# shellcheck shell=bash
# A container engine that answers. One that already does is used, whoever started it.

engine_answers() { have curl && [ "$(api GET /_ping --max-time 10 2>/dev/null)" = OK ]; }

# Sets DOCKER_HOST to the first place where an engine answers, when nobody has set it.
find_engine() {
    engine_answers && return
    [ -z "${DOCKER_HOST:-}" ] || return
    local socket
    for socket in "${XDG_RUNTIME_DIR:-/nowhere}/docker.sock" "$HOME/.docker/run/docker.sock" \
        "$HOME/.colima/default/docker.sock"; do
        if [ -S "$socket" ] && DOCKER_HOST=unix://$socket engine_answers; then
            export DOCKER_HOST=unix://$socket
            return
        fi
    done
    return 1
}

start_engine() {
    if [ -d /run/systemd/system ]; then
        systemctl start docker
    else
        # No service manager, as in a container: in the background, in a session of its own.
        (exec 9>&- && exec setsid dockerd >"$cache/dockerd.log" 2>&1 </dev/null) &
    fi
    local try
    for try in $(seq 300); do
        engine_answers && return
        # Something else may have started it, and then ours ends at once; only the answer counts.
        sleep 0.2
    done
    say "dockerd did not answer after $((try / 5)) s:"
    tail -n 5 "$cache/dockerd.log" >&2 2>/dev/null
    return 1
}

ready_engine() {
    if apt_root && ! have curl; then apt_install curl ca-certificates; fi
    if ! find_engine; then
        if [ -n "${DOCKER_HOST:-}" ]; then
            left_out "tests with an engine: none answers at DOCKER_HOST=$DOCKER_HOST"
            return 1
        elif ! apt_root; then
            left_out "tests with an engine: none answers, and installing one needs root on Debian or Ubuntu"
            return 1
        fi
        if ! have dockerd; then
            local wanted=(docker.io ca-certificates)
            # Where the kernel has AppArmor on, the engine needs its tools.
            grep -qs Y /sys/module/apparmor/parameters/enabled && wanted+=(apparmor)
            apt_install "${wanted[@]}" || return
        fi
        start_engine || return
    fi
    say "engine $(api GET /version | sed 's/.*"Version":"\([^"]*\)","ApiVersion".*/\1/') answers"
}
