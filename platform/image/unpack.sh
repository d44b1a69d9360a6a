#!/bin/sh
# Lays Debian packages and what they need to run into a folder that becomes an image.
#   unpack.sh ROOT NAME:ID PACKAGE...
# Packages come from where apt is configured to look (APT_CONFIG). None of their scripts
# is run, and what only those scripts need is left out, so the folder holds no package
# manager. NAME:ID is the user that the image runs as.
set -eu

root=$1 user=$2
shift 2

assumed="adduser base-passwd daemon debconf debianutils dpkg init-system-helpers
    javascript-common libdebconfclient0 lsb-base mawk openssl openssl-provider-legacy
    passwd perl perl-base postgresql-client-common postgresql-common procps rsync
    sensible-utils ssl-cert sysvinit-utils systemd ucf"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/archives/partial"
architecture=$(dpkg --print-architecture)
for package in $assumed; do
    printf 'Package: %s\nStatus: install ok installed\nArchitecture: %s\nMulti-Arch: foreign\nVersion: 9999\nProvides: awk, debconf-2.0\n\n' \
        "$package" "$architecture"
done > "$work/status"

apt-get install --quiet --quiet --download-only --yes --no-install-recommends \
    -o Dir::State::status="$work/status" -o Dir::Cache::Archives="$work/archives" \
    -o Debug::NoLocking=true -o APT::Sandbox::User= "$@"

mkdir -p "$root"
for folder in bin sbin lib lib64; do
    mkdir -p "$root/usr/$folder"
    [ -L "$root/$folder" ] || ln -s "usr/$folder" "$root/$folder"
done
for package in "$work"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar --extract --preserve-permissions \
        --keep-directory-symlink --directory "$root" \
        --exclude './usr/share/man/*' --exclude './usr/share/info/*' \
        --exclude './usr/share/lintian/*' --exclude './usr/share/locale/*' \
        --exclude './usr/share/bug/*' --exclude './usr/share/doc-base/*' \
        --exclude './etc/init.d/*' --exclude './etc/cron.*/*' \
        --exclude './etc/logrotate.d/*' --exclude './usr/lib/systemd/*' \
        --exclude './lib/systemd/*' \
        --exclude './usr/share/javascript/moment-timezone/data/unpacked/*'
    basename "$package" .deb
done | sort > "$work/unpacked"

# The licences stay, the manuals go.
find "$root/usr/share/doc" ! -type d ! -name copyright -delete
find "$root/usr/share/doc" -type d -empty -delete

authorities=$root/usr/share/ca-certificates/mozilla
if [ -d "$authorities" ]; then
    mkdir -p "$root/etc/ssl/certs"
    cat "$authorities"/*.crt > "$root/etc/ssl/certs/ca-certificates.crt"
    rm -r "$authorities"
fi

mkdir -p "$root/tmp" "$root/etc" "$root/var/lib/dpkg"
chmod 1777 "$root/tmp"
name=${user%:*} id=${user#*:}
for account in root:0 nobody:65534 "$name:$id"; do
    printf '%s:x:%s:%s::/nonexistent:/usr/sbin/nologin\n' \
        "${account%:*}" "${account#*:}" "${account#*:}"
done | sort -u > "$root/etc/passwd"
sed 's/^\([^:]*\):x:\([0-9]*\):.*/\1:x:\2:/' "$root/etc/passwd" > "$root/etc/group"
printf 'passwd: files\ngroup: files\nhosts: files dns\n' > "$root/etc/nsswitch.conf"

# The root is read-only where it runs, so nothing is compiled there. The bytecode holds
# no time: it is the same for the same source.
if [ -x "$root/usr/bin/python3" ]; then
    for library in "$root"/usr/lib/python3*; do
        PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 chroot "$root" /usr/bin/python3 \
            -m compileall -q --invalidation-mode unchecked-hash "${library#"$root"}"
    done
fi

# What is in the image, for people and for scanners.
rm -r "$root/var/lib/dpkg"
mkdir -p "$root/usr/share/holdfast"
mv "$work/unpacked" "$root/usr/share/holdfast/packages"
