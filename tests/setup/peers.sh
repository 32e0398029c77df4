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

# A Debian package's program without the service that comes with it, which would take a port.
ready_program() {
    local name=$1 folder=$cache/$1 program
    { [ -x "$cache/bin/$name" ] || have "$name"; } && return
    apt_root || return
    mkdir -p "$folder" "$cache/bin" &&
        (cd "$folder" && apt-get download -qq "$name" && dpkg -x "$name"_*.deb .) >"$cache/$name.log" 2>&1 </dev/null &&
        program=$(find "$folder" -type f -path "*bin/$name") && [ -n "$program" ] &&
        ln -sf "$program" "$cache/bin/$name"
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
