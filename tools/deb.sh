#!/bin/sh
# Makes a Debian package of a built shmctl, for the machine that it was built for, out
# of what 'make install' installs. Usage: deb.sh SHMCTL FOLDER
# DEBFULLNAME, DEBEMAIL and SOURCE_DATE_EPOCH are used as Debian's tools do.
set -eu
umask 022
shmctl=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
cd "$(dirname "$0")/.."

# The version is in one place; 0.1.0-dev comes before 0.1.0, which ~ says to dpkg.
version=$(sed -n 's/^const release = "\(.*\)"$/\1/p' cmd/shmctl/version.go | sed 's/-/~/')
# e_machine of elf(5).
case $(od -An -t u2 -j 18 -N 2 "$shmctl" | tr -d ' ') in
62) arch=amd64 ;;
183) arch=arm64 ;;
3) arch=i386 ;;
243) arch=riscv64 ;;
*) echo "deb.sh: $shmctl is for no machine that is known here" >&2; exit 1 ;;
esac
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
maintainer="${DEBFULLNAME:-The shmctl authors} <${DEBEMAIL:-root@localhost}>"

root=$out/deb
rm -rf "$root"
# Debian's zsh does not look into site-functions.
make -s install PREFIX=/usr BINDIR=/usr/bin DATADIR=/usr/share ZSHDIR=/usr/share/zsh/vendor-completions \
	DESTDIR="$root" SHMCTL="$shmctl" OUT="$out"
gzip -9n "$root"/usr/share/man/man1/*.1
doc=$root/usr/share/doc/shmctl
install -m 644 LICENSE "$doc/copyright"
gzip -9nc CHANGELOG.md >"$doc/CHANGELOG.md.gz"
gzip -9nc >"$doc/changelog.gz" <<END
shmctl ($version) unstable; urgency=medium

  * What is new is in CHANGELOG.md.gz.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

size=$(du -sk --apparent-size "$root" | cut -f 1)
mkdir "$root/DEBIAN"
(cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<END
Package: shmctl
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $size
Section: utils
Priority: optional
Suggests: bash-completion
Description: shared memory from a shell
 shmctl creates, writes, reads, shows, lists and removes shared memory:
 System V segments (shmget, shmat, shmdt, shmctl) and POSIX objects
 (shm_open, mmap, shm_unlink). It says who maps them, narrates the calls
 that it makes, and prints tables for people and JSON, CSV and shell
 variables for scripts.
END
deb=$out/shmctl_${version}_$arch.deb
dpkg-deb --root-owner-group --build "$root" "$deb"
rm -rf "$root"
