# shellcheck shell=bash
# Podman's service beside the engines, for the tests of the engine room: its package from Debian, its
# images and containers in a folder of its own, in a network namespace of its own.
#
# Root on Debian only; elsewhere it is left out, and the test says so.

podman=$cache/podman
podman_name=tutor-podman-$(printf '%s' "$podman" | cksum | cut -d' ' -f1)
podman_socket=$podman/podman.sock

podman_answers() {
    [ "$(DOCKER_HOST=unix://$podman_socket api GET /_ping --max-time 5 2>/dev/null)" = OK ]
}

start_podman() {
    apt_install podman netavark runc iptables iproute2 || return
    ip netns list | grep -q "^$podman_name\b" || ip netns add "$podman_name" || return
    ip netns exec "$podman_name" ip link set lo up || return
    rm -f "$podman_socket"
    # Its own limits are above those of some sandboxes, where not even root may raise them.
    printf '[containers]\ndefault_ulimits = ["nofile=16384:16384", "nproc=16384:16384"]\n' >"$podman/containers.conf"
    # Not `ip netns exec`, which hides the control groups; runc, because crun refuses those of some
    # sandboxes; no limit after which an idle service ends.
    (cd "$podman" && exec 9>&- && CONTAINERS_CONF=$podman/containers.conf exec setsid nsenter "--net=/run/netns/$podman_name" podman --root "$podman/data" \
        --runroot "$podman/run" --tmpdir "$podman/tmp" --cgroup-manager cgroupfs --runtime runc \
        --events-backend file --network-backend netavark --network-config-dir "$podman/networks" \
        system service --time 0 "unix://$podman_socket" >"$podman/log" 2>&1 </dev/null) &
    local try
    for try in $(seq 100); do
        podman_answers && return
        sleep 0.2
    done
    say "Podman's service did not answer after $((try / 5)) s:"
    tail -n 5 "$podman/log" >&2
    return 1
}

# The one image its tests build on, from the first engine, under the name that short ones stand for.
feed_podman() {
    local image=alpine:3.19
    (DOCKER_HOST=unix://$podman_socket && has_image "$image") && return
    api GET "/images/$image/get" | (
        DOCKER_HOST=unix://$podman_socket
        api POST /images/load -H 'Content-Type: application/x-tar' -T - &&
            api POST "/images/localhost/$image/tag?repo=docker.io/library/${image%:*}&tag=${image#*:}" &&
            has_image "$image"
    ) >/dev/null
}

ready_podman() {
    if ! podman_answers; then
        if ! apt_root; then
            left_out "tests with Podman: it is installed as root on Debian or Ubuntu"
            return
        fi
        mkdir -p "$podman/networks"
        start_podman 2>>"$cache/podman.log" || {
            left_out "tests with Podman ($(tail -n 1 "$cache/podman.log" 2>/dev/null))"
            return
        }
    fi
    feed_podman || {
        left_out "tests with Podman: it did not take the base image"
        return
    }
    printf '%s\n' "$podman_socket $podman_name" >"$cache/podman.txt"
    say "Podman $(DOCKER_HOST=unix://$podman_socket api GET /version | sed 's/.*"Version":"\([^"]*\)","ApiVersion".*/\1/') answers"
}
