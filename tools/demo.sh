#!/bin/sh
# Shows the main job of shmctl: a writer and a reader on both APIs, with what there
# is in between, and nothing left behind. Usage: demo.sh SHMCTL
set -eu
PATH="$(cd "$(dirname "$1")" && pwd):$PATH"
dir=$(mktemp -d)
name=/shmctl_demo_$$
id= holder=

cleanup() {
	[ -z "$holder" ] || kill "$holder" 2>/dev/null || true
	[ -z "$id" ] || shmctl sysv rm -f "$id"
	shmctl posix rm -f "$name"
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

title() { printf '\n# %s\n' "$*"; }
show() { printf '$ shmctl'; for a; do case $a in *[!A-Za-z0-9_./:=+-]*) printf " '%s'" "$a" ;; *) printf ' %s' "$a" ;; esac; done; echo; shmctl "$@"; }
eventually() { # eventually COMMAND...: repeat it until it succeeds
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 1000 ] || { echo "demo: this never came true: $*" >&2; exit 1; }
		sleep 0.01
	done
}

title 'System V: a segment with the key of a path, made, written, read'
printf '$ id=$(shmctl sysv create --key %s:A --size 1024 --mode 0666)\n' "$dir"
id=$(shmctl sysv create --key "$dir:A" --size 1024 --mode 0666)
show sysv write "$id" --text 'Hello from a System V writer!' --nul
show sysv read --key "$dir:A" --string
echo

title 'The same writer stays attached for a while: the segment is in use'
printf '$ shmctl sysv write %s --text "Still here" --nul --hold 1m --rm &\n' "$id"
shmctl sysv write "$id" --text 'Still here' --nul --hold 1m --rm &
holder=$!
attached() { [ "$(shmctl sysv stat "$id" -n -o NATTCH)" -eq 1 ]; }
eventually attached
show sysv ls
show sysv stat "$id"

title 'It is interrupted, and takes the segment along'
printf '$ kill -INT %s\n' "$holder"
kill -INT "$holder"
wait "$holder"
holder=
show sysv ls
id=

title 'POSIX: a pipeline writes an object, which appears when all of it is there'
printf '$ seq 1000000 | shmctl posix write %s --create &\n' "$name"
{ seq 1000000 | shmctl posix write "$name" --create; } &
printf '$ shmctl posix read %s --wait --timeout 30s | tail -n 1\n' "$name"
shmctl posix read "$name" --wait --timeout 30s | tail -n 1
wait $!
show posix ls
show posix read "$name" --length 64 --hex

title 'What the kernel was asked'
show --trace posix write "$name" --replace --text 'Hello from a POSIX writer!'
show posix read "$name"
echo
show posix rm -v "$name"
show posix ls
