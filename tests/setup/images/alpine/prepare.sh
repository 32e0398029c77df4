# shellcheck shell=bash
# Alpine in outline: busybox under Alpine's paths, and its package manager and user tools in small.

apt-get download -q busybox-static
mkdir -p rootfs/{bin,sbin,usr/bin,usr/sbin,usr/local/bin,etc/apk,etc/ssl/certs,tmp,root,home,var/cache/apk,proc,sys,dev,lib,run}
chmod 1777 rootfs/tmp
dpkg-deb --fsys-tarfile busybox-static_*.deb | tar -xO ./bin/busybox >rootfs/bin/busybox
chmod 755 rootfs/bin/busybox
rm busybox-static_*.deb
rootfs/bin/busybox --list-full | while read -r applet; do
    mkdir -p "rootfs/$(dirname "$applet")"
    [ -e "rootfs/$applet" ] || ln -s /bin/busybox "rootfs/$applet"
done
rm -f rootfs/usr/sbin/{adduser,addgroup} rootfs/sbin/apk
install -m 755 apk rootfs/sbin/apk
install -m 755 adduser addgroup rootfs/usr/sbin/

cp /etc/ssl/certs/ca-certificates.crt rootfs/etc/ssl/certs/
ln -s certs/ca-certificates.crt rootfs/etc/ssl/cert.pem
echo 3.19.0 >rootfs/etc/alpine-release
printf '%s\n' 'NAME="Alpine Linux"' ID=alpine VERSION_ID=3.19.0 \
    'PRETTY_NAME="Alpine Linux v3.19 (stand-in)"' >rootfs/etc/os-release
printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/sbin/nologin >rootfs/etc/passwd
printf '%s\n' root:x:0: users:x:100: nobody:x:65534: >rootfs/etc/group
printf '%s\n' 'root:*::0:::::' 'nobody:!::0:::::' >rootfs/etc/shadow
