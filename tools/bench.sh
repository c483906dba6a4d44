#!/bin/sh
# Runs shmctl and its peers side by side on the same data and prints ratios: the
# median of shmctl to that of the best peer. Everything happens in IPC and mount
# namespaces of its own. Usage: bench.sh SHMCTL
# RUNS (9) and SIZE_MB (1024) make it shorter or longer.
set -eu
RUNS=${RUNS:-9}
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

# compare TITLE GOAL PREPARE SHMCTL-COMMAND PEER...: times the commands in turns, RUNS
# times, so that what the machine does besides falls on all of them alike, and prints
# the ratio of the first to the best of the others. All are run by sh -c.
compare() {
	title=$1 goal=$2 prepare=$3
	shift 3
	: >"$dir/times"
	n=0
	while [ $n -lt "$RUNS" ]; do
		k=0
		for command; do
			sh -c "$prepare" >/dev/null
			measure $k -r 1 "sh -c '$command'"
			k=$((k + 1))
		done
		n=$((n + 1))
	done
	note "$@"
}

# quick TITLE GOAL SHMCTL-COMMAND PEER...: compare for what takes milliseconds and no
# shell: hyperfine repeats each command, and the turns are fewer.
quick() {
	title=$1 goal=$2
	shift 2
	: >"$dir/times"
	n=0
	while [ $n -lt 5 ]; do
		k=0
		for command; do
			measure $k -r $((RUNS * 3)) -w 2 "$command"
			k=$((k + 1))
		done
		n=$((n + 1))
	done
	note "$@"
}

# measure K OPTION... COMMAND: adds the median to times, for the K-th command.
measure() {
	k=$1
	shift
	hyperfine -N --style none --export-csv "$dir/csv" "$@" >/dev/null 2>"$dir/err" || {
		cat "$dir/err" >&2
		exit 1
	}
	awk -F, -v k="$k" 'NR == 2 { print k, $(NF - 4) }' "$dir/csv" >>"$dir/times"
}

# note takes the medians of times, finds the best peer, and prints a line.
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
	# A bar would end the cell of the table.
	name=$(printf '%s' "$name" | sed "s,$dir/,,g; s,/dev/shm/,,g; s/|/\\\\|/g")
	name=$name awk -v t="$title" -v o="$own" -v b="$best" -v g="$goal" 'BEGIN {
		printf "| %s | %.1f ms | %.1f ms | `%s` | %.2f | %s |\n", t, o * 1000, b * 1000, ENVIRON["name"], o / b, g }'
}

printf '| what | shmctl | best peer | which | ratio | at most |\n|---|---|---|---|---|---|\n'

# Start.
head -c 1024 /dev/urandom >/dev/shm/small
quick 'sysv ls, no segment' 2.2 'shmctl sysv ls' 'ipcs -m'
quick 'posix read, 1 KiB' 2.2 'shmctl posix read /small' 'cat /dev/shm/small'
rm /dev/shm/small

# Lists.
i=0
while [ $i -lt 2000 ]; do
	echo "shmctl sysv create --size 4096 >/dev/null"
	i=$((i + 1))
done | sh
quick 'sysv ls, 2000 segments' 0.4 'shmctl sysv ls' 'ipcs -m'
quick 'sysv ls -J, 2000 segments' 0.5 'shmctl sysv ls -J' 'lsipc -m -J'
shmctl sysv ls -n -r -o ID | xargs shmctl sysv rm
(cd /dev/shm && seq -f 'object-%06.0f' 20000 | xargs touch)
quick 'posix ls, 20,000 objects' 1.2 'shmctl posix ls' 'ls -l /dev/shm'
find /dev/shm -type f -delete

# Data. The file is cached; on a new object the memory is new as well.
file=$dir/data
head -c "${SIZE_MB}M" /dev/urandom >"$file"
sync "$file"
cat "$file" >/dev/null
x=/dev/shm/x
fresh="rm -f $x; shmctl sysv ls -n -r -o ID | xargs -r shmctl sysv rm; shmctl sysv create --key 0x5 --size ${SIZE_MB}M"
compare "posix write --create, $SIZE_MB MiB file" 0.75 "$fresh" "shmctl posix write /x --create --input $file" \
	"cp $file $x" "cat $file >$x" "dd if=$file of=$x bs=1M status=none"
compare "sysv write, $SIZE_MB MiB file" 1.0 "$fresh" "shmctl sysv write --key 0x5 --input $file" "cp $file $x"
compare "pipe into posix write --create" 0.9 "$fresh" "cat $file | shmctl posix write /x --create" \
	"cat $file | cat >$x" "cat $file | dd of=$x bs=1M iflag=fullblock status=none"
compare "pipe into sysv write" 0.9 "$fresh" "cat $file | shmctl sysv write --key 0x5" \
	"cat $file | cat >$x" "cat $file | dd of=$x bs=1M iflag=fullblock status=none"

cp "$file" $x
shmctl sysv write --key 0x5 --input "$file"
cmp "$file" $x
shmctl sysv read --key 0x5 | cmp - "$file"
compare "posix write in place" 1.0 : "shmctl posix write /x --input $file" "dd if=$file of=$x bs=1M conv=notrunc status=none"
compare "sysv write in place" 1.0 : "shmctl sysv write --key 0x5 --input $file" "dd if=$file of=$x bs=1M conv=notrunc status=none"
cmp "$file" $x
shmctl sysv read --key 0x5 | cmp - "$file"
compare "posix read into a pipe" 0.9 : 'shmctl posix read /x | cat >/dev/null' "cat $x | cat >/dev/null" "dd if=$x bs=1M status=none | cat >/dev/null"
compare "sysv read into a pipe" 0.9 : 'shmctl sysv read --key 0x5 | cat >/dev/null' "cat $x | cat >/dev/null" "dd if=$x bs=1M status=none | cat >/dev/null"

# peak TITLE ARGUMENT...: runs shmctl with standard input from the FIFO in, where a file
# is fed, and output to the FIFO out, and prints the most of anonymous and file pages
# that it had: the memory beside the segment or object, whose pages count as shared.
mkfifo "$dir/in" "$dir/out"
peak() {
	title=$1
	shift
	cat "$file" >"$dir/in" 2>/dev/null &
	feeder=$!
	cat "$dir/out" >/dev/null &
	shmctl "$@" <"$dir/in" >"$dir/out" &
	most=0
	while k=$(awk '/^Rss(Anon|File)/ { n += $2 } END { if (!n) exit 1; print n }' /proc/$!/status 2>/dev/null); do
		[ "$k" -le $most ] || most=$k
	done
	wait $! || { echo "bench: shmctl $* failed" >&2; exit 1; }
	kill $feeder 2>/dev/null || true
	wait
	printf '| %s | %d MiB | | | | 24 MiB |\n' "$title" $((most / 1024))
}
peak 'memory beside it, sysv write' sysv write --key 0x5 --input "$file"
peak 'memory beside it, posix write' posix write /x --input "$file"
peak 'memory beside it, sysv write from a pipe' sysv write --key 0x5
peak 'memory beside it, posix write from a pipe' posix write /x
peak 'memory beside it, sysv read' sysv read --key 0x5
peak 'memory beside it, posix read' posix read /x

printf '\n%s, %s processors, %s\n' "$(uname -sr)" "$(nproc)" "$(awk -F': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)"
