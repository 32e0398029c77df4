# shellcheck shell=bash
# Python 3.12 from this machine's pyenv, when it was built on the same Debian; else Debian's own Python.

source=$(find "${PYENV_ROOT:-$HOME/.pyenv}/versions" -maxdepth 1 -name '3.12.*' -print -quit 2>/dev/null || true)
mkdir -p local/bin
if [ -n "$source" ] && grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then
    echo libssl3 libffi8 libsqlite3-0 libreadline8 libbz2-1.0 liblzma5 zlib1g libncursesw6 libexpat1 libuuid1 \
        libnsl2 netbase >packages
    tar -C "$source" --exclude=__pycache__ --exclude='*.a' --exclude='lib/python3.12/test' \
        --exclude='lib/python3.12/idlelib' --exclude='lib/python3.12/tkinter' --exclude='_tkinter*' \
        --exclude='lib/python3.12/site-packages/*' -c lib include bin/python3.12 | tar -C local -x
    ln -s python3.12 local/bin/python3
    ln -s python3.12 local/bin/python
    for package in pip setuptools wheel; do
        for part in "$source/lib/python3.12/site-packages/$package" \
            "$source/lib/python3.12/site-packages/$package"-*.dist-info; do
            if [ -e "$part" ]; then cp -a "$part" local/lib/python3.12/site-packages/; fi
        done
    done
    printf '%s\n' '#!/usr/local/bin/python3.12' 'import sys' 'from pip._internal.cli.main import main' \
        'sys.exit(main())' >local/bin/pip
    chmod 755 local/bin/pip
    cp local/bin/pip local/bin/pip3
    find local \( -name '*.so*' -o -name python3.12 \) -type f -exec strip {} + 2>/dev/null || true
else
    echo python3 python3-pip python3-venv netbase >packages
    ln -s /usr/bin/python3 local/bin/python
fi

# This machine's index, unless its address holds a password.
{
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n'
    index=$("$PIP" config get global.index-url 2>/dev/null || true)
    case $index in '' | *@*) ;; *) printf 'index-url = %s\n' "$index" ;; esac
} >pip.conf
