# shellcheck shell=bash
# The peers that tests and benchmarks compare with, and the checkers of prose and scripts: in a private
# Python environment, at the versions that peers.txt names, and linked into $cache/bin.

venv=$cache/venv

have_venv() {
    "$venv/bin/pip" --version >/dev/null 2>&1 && return
    rm -rf "$venv"
    # Debian splits the module off, and a python3 without it makes half an environment.
    python3 -m venv "$venv" >/dev/null 2>&1 && return
    apt_install python3-venv && rm -rf "$venv" && python3 -m venv "$venv"
}

# docker-registry without its service, which would take port 5000.
ready_registry() {
    { [ -x "$cache/bin/docker-registry" ] || have docker-registry; } && return
    apt_root || return
    local folder=$cache/docker-registry
    mkdir -p "$folder" "$cache/bin" &&
        (cd "$folder" && apt-get download -qq docker-registry && dpkg -x docker-registry_*.deb .) \
            >"$cache/registry.log" 2>&1 </dev/null &&
        ln -sf "$folder/usr/bin/docker-registry" "$cache/bin/docker-registry"
}

ready_peers() {
    local list=$root/tests/setup/peers.txt
    cmp -s "$list" "$venv/installed.txt" && return
    have_venv &&
        "$venv/bin/pip" install -q --disable-pip-version-check -r "$list" >"$cache/peers.log" 2>&1 </dev/null &&
        mkdir -p "$cache/bin" &&
        ln -sf "$venv/bin/aws" "$venv/bin/dive" "$venv/bin/hadolint" "$venv/bin/shellcheck" "$venv/bin/typos" "$cache/bin/" &&
        cp "$list" "$venv/installed.txt" &&
        say "peers: $(tr '\n' ' ' <"$list")"
}
