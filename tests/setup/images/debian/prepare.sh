# shellcheck shell=bash
# Debian bookworm as the slim image has it: no documentation, no translations, nothing cached.

# This machine's own mirror, when it is a Debian of the same release.
mirror=()
for list in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    if [ -s "$list" ] && grep -q bookworm "$list"; then
        mirror=("$list")
        break
    fi
done

# The authorities that this machine trusts, because a proxy may stand between a build and the network.
mkdir -p overlay/etc/ssl/certs overlay/etc/apt/apt.conf.d overlay/etc/dpkg/dpkg.cfg.d
cp /etc/ssl/certs/ca-certificates.crt overlay/etc/ssl/certs/
cat >overlay/etc/apt/apt.conf.d/docker-slim <<'END'
APT::Install-Recommends "false";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
END
printf 'path-exclude=/usr/share/%s/*\n' doc man locale info >overlay/etc/dpkg/dpkg.cfg.d/docker

# Without the two lines about merged-usr it brings in a converter, and with it all of Perl.
mmdebstrap --mode=root --variant=minbase --quiet \
    --include=usr-is-merged --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --aptopt='Acquire::Languages "none"' --aptopt='Dir::Cache::pkgcache ""' --aptopt='Dir::Cache::srcpkgcache ""' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --customize-hook='copy-in overlay/etc /' \
    bookworm rootfs.tar ${mirror[@]+"${mirror[@]}"}
