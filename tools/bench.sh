#!/bin/sh
# Runs shmctl and its peers side by side on the same data and prints ratios: the
# median of shmctl to that of the best peer. Everything happens in IPC and mount
# namespaces of its own. Usage: bench.sh SHMCTL
# RUNS (15) and SIZE_MB (1024) make it shorter.
set -eu
RUNS=${RUNS:-15}
SIZE_MB=${SIZE_MB:-1024}

if [ -z "${BENCH_INSIDE:-}" ]; then
	for tool in hyperfine unshare ipcs lsipc awk; do
		command -v $tool >/dev/null || { echo "bench: $tool is missing" >&2; exit 1; }
	done
	dir=$(cd "$(dirname "$1")" && pwd)
	user=
	[ "$(id -u)" = 0 ] || user=-r
	BENCH_INSIDE=1 PATH="$dir:$PATH" exec unshare -im $user sh "$0" "$1"
fi

mount -t tmpfs -o "size=$((SIZE_MB * 3 + 256))m,mode=1777" tmpfs /dev/shm
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM
results=$dir/results

# compare TITLE LIMIT PREPARE SHMCTL-COMMAND PEER...: times the commands in turns of a
# run each, so that what the machine does besides falls on all of them alike, and notes
# the ratio of the first to the best of the others.
compare() {
	title=$1 limit=$2 prepare=$3
	shift 3
	n=0
	while [ $n -lt "$RUNS" ]; do
		k=0
		for command; do
			hyperfine $shell -r 1 -w 0 --prepare "$prepare" --export-csv "$dir/csv" "$command" >/dev/null 2>"$dir/err" ||
				{ cat "$dir/err" >&2; exit 1; }
			awk -F, -v k=$k 'NR == 2 { print k, $(NF - 4) }' "$dir/csv" >>"$dir/times"
			k=$((k + 1))
		done
		n=$((n + 1))
	done
	note "$@"
}

# quick is compare for what takes milliseconds: hyperfine itself repeats each command.
quick() {
	title=$1 limit=$2 prepare=$3
	shift 3
	n=0
	while [ $n -lt 5 ]; do
		k=0
		for command; do
			hyperfine $shell -r $((RUNS * 4)) -w 3 --export-csv "$dir/csv" "$command" >/dev/null 2>"$dir/err" ||
				{ cat "$dir/err" >&2; exit 1; }
			awk -F, -v k=$k 'NR == 2 { print k, $(NF - 4) }' "$dir/csv" >>"$dir/times"
			k=$((k + 1))
		done
		n=$((n + 1))
	done
	note "$@"
}

# note takes the medians of times, finds the best peer, and keeps a line.
note() {
	k=0
	best= name=
	for command; do
		m=$(awk -v k=$k '$1 == k { print $2 }' "$dir/times" | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }')
		if [ $k = 0 ]; then
			own=$m
		elif [ -z "$best" ] || awk "BEGIN { exit !($m < $best) }"; then
			best=$m name=$command
		fi
		k=$((k + 1))
	done
	rm -f "$dir/times"
	awk -v t="$title" -v o="$own" -v b="$best" -v n="$name" -v l="$limit" 'BEGIN {
		printf "| %s | %.1f ms | %.1f ms | %s | %.2f | %s |\n", t, o * 1000, b * 1000, n, o / b, l }' | tee -a "$results"
}

printf '| what | shmctl | best peer | which | ratio | goal |\n|---|---|---|---|---|---|\n'

# Start.
shell=-N
head -c 1024 /dev/urandom >/dev/shm/small
quick 'sysv ls, no segment' 2.2 : 'shmctl sysv ls' 'ipcs -m'
quick 'posix read, 1 KiB' 2.2 : 'shmctl posix read /small' 'cat /dev/shm/small'
rm /dev/shm/small

# Lists.
i=0
while [ $i -lt 2000 ]; do
	echo "shmctl sysv create --size 4096 >/dev/null"
	i=$((i + 1))
done | sh
quick 'sysv ls, 2000 segments' 0.4 : 'shmctl sysv ls' 'ipcs -m'
quick 'sysv ls -J, 2000 segments' 0.5 : 'shmctl sysv ls -J' 'lsipc -m -J'
shmctl sysv ls -n -r -o ID | xargs shmctl sysv rm
(cd /dev/shm && seq -f 'object-%06.0f' 20000 | xargs touch)
quick 'posix ls, 20,000 objects' 1.2 : 'shmctl posix ls' 'ls -l /dev/shm'
find /dev/shm -type f -delete

# Data. The file is cached; on a new object the memory is new as well.
shell=
file=$dir/data
head -c "${SIZE_MB}M" /dev/urandom >"$file"
cat "$file" >/dev/null
x=/dev/shm/x
fresh="rm -f $x; for i in \$(shmctl sysv ls -n -r -o ID); do shmctl sysv rm \$i; done; shmctl sysv create --key 0x5 --size ${SIZE_MB}M"
compare "posix write --create, $SIZE_MB MiB file" 0.75 "$fresh" "shmctl posix write /x --create --input $file" \
	"cp $file $x" "cat $file >$x" "dd if=$file of=$x bs=1M status=none"
compare "sysv write, $SIZE_MB MiB file" 1.0 "$fresh" "shmctl sysv write --key 0x5 --input $file" "cp $file $x"
compare "pipe into posix write --create" 0.9 "$fresh" "cat $file | shmctl posix write /x --create" \
	"cat $file | cat >$x" "cat $file | dd of=$x bs=1M iflag=fullblock status=none"
compare "pipe into sysv write" 0.9 "$fresh" "cat $file | shmctl sysv write --key 0x5" \
	"cat $file | cat >$x" "cat $file | dd of=$x bs=1M iflag=fullblock status=none"

cp "$file" $x
shmctl sysv write --key 0x5 --input "$file"
compare "posix write in place" 1.0 : "shmctl posix write /x --input $file" "dd if=$file of=$x bs=1M conv=notrunc status=none"
compare "sysv write in place" 1.0 : "shmctl sysv write --key 0x5 --input $file" "dd if=$file of=$x bs=1M conv=notrunc status=none"
compare "posix read into a pipe" 0.9 : 'shmctl posix read /x | cat >/dev/null' "cat $x | cat >/dev/null" "dd if=$x bs=1M status=none | cat >/dev/null"
compare "sysv read into a pipe" 0.9 : 'shmctl sysv read --key 0x5 | cat >/dev/null' "cat $x | cat >/dev/null" "dd if=$x bs=1M status=none | cat >/dev/null"

# Memory beside the mapping: the most of anonymous and file pages while a transfer runs.
peak() {
	most=0
	sh -c "$2" &
	while kill -0 $! 2>/dev/null; do
		for p in $(pgrep -x shmctl || true); do
			k=$(awk '/^RssAnon|^RssFile/ { n += $2 } END { print n + 0 }' /proc/$p/status 2>/dev/null || echo 0)
			[ "$k" -le $most ] || most=$k
		done
	done
	wait $!
	echo "| memory beside the mapping, $1 | $((most / 1024)) MiB | | | | < 24 MiB |"
}
peak 'sysv write' "shmctl sysv write --key 0x5 --input $file"
peak 'sysv read' 'shmctl sysv read --key 0x5 | cat >/dev/null'
peak 'posix write' "cat $file | shmctl posix write /x"
peak 'posix read' 'shmctl posix read /x | cat >/dev/null'

printf '\n%s, %s processors, %s\n' "$(uname -sr)" "$(nproc)" "$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)"
