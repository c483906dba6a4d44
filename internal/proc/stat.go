package proc

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A stat is what this package needs of /proc/PID/stat (proc_pid_stat(5)).
type stat struct {
	comm    string
	state   byte
	flags   uint32 // PF_* of include/linux/sched.h
	threads int
	start   uint64 // clock ticks after boot
}

const (
	pfExiting = 0x00000004
	pfKthread = 0x00200000
	// userHZ is fixed by the kernel's interface for all architectures here,
	// whatever rate its timer has (include/asm-generic/param.h).
	userHZ = 100
)

// kernelThread: it has no memory of its own, and nothing of it is hidden.
func (s stat) kernelThread() bool { return s.flags&pfKthread != 0 }

// ended: the thread is a zombie or about to be one, and its memory is gone, or
// soon will be. On the way there it belongs to root and is closed to its user.
// Other threads of the process may live on.
func (s stat) ended() bool {
	return s.flags&pfExiting != 0 || s.state == 'Z' || s.state == 'X' || s.state == 'x'
}

var errStat = errors.New("malformed stat")

// parseStat finds the name between the first "(" and the last ")": it is
// whatever the process wants, parentheses, blanks and newlines included, and no
// later field has a parenthesis.
func parseStat(data []byte) (stat, error) {
	open, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if open < 0 || end < open {
		return stat{}, errStat
	}
	s := stat{comm: string(data[open+1 : end])}
	field := 3 // the numbering of the manual page
	for f := range bytes.FieldsSeq(data[end+1:]) {
		var err error
		switch field {
		case 3:
			if len(f) != 1 {
				return stat{}, errStat
			}
			s.state = f[0]
		case 9:
			var v uint64
			v, err = strconv.ParseUint(string(f), 10, 32)
			s.flags = uint32(v)
		case 20:
			s.threads, err = strconv.Atoi(string(f))
		case 22:
			s.start, err = strconv.ParseUint(string(f), 10, 64)
			if err != nil {
				return stat{}, errStat
			}
			return s, nil
		}
		if err != nil {
			return stat{}, errStat
		}
		field++
	}
	return stat{}, errStat
}

// name stands for the command line of a process that has none.
func (s stat) name() string { return "[" + s.comm + "]" }

// commandLine makes one line of the contents of cmdline, arguments with a NUL
// after each. Programs that write their status over their arguments leave many
// NULs at the end.
func commandLine(cmdline []byte) string {
	line := bytes.TrimRight(cmdline, "\x00")
	return string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
}

func parseNamespace(link, kind string) (uint64, bool) {
	s, ok := strings.CutPrefix(link, kind+":[")
	if !ok {
		return 0, false
	}
	if s, ok = strings.CutSuffix(s, "]"); !ok {
		return 0, false
	}
	id, err := strconv.ParseUint(s, 10, 64)
	return id, err == nil
}

// started is the time at which a process started, 10 ms being a tick.
func (f FS) started(s stat) (time.Time, error) {
	boot, err := f.bootTime()
	if err != nil {
		return time.Time{}, err
	}
	ticks := s.start
	return boot.Add(time.Duration(ticks/userHZ)*time.Second +
		time.Duration(ticks%userHZ)*(time.Second/userHZ)), nil
}

// boots remembers the boot time by root: /proc/stat costs a millisecond where
// there are many processors and interrupts.
var boots sync.Map // string to time.Time

func (f FS) bootTime() (time.Time, error) {
	if t, ok := boots.Load(f.root()); ok {
		return t.(time.Time), nil
	}
	// The line of interrupts before btime may be long.
	data, err := readFile(unix.AT_FDCWD, f.path("stat"), make([]byte, 256<<10))
	t, ok := parseBootTime(data)
	if err != nil || !ok {
		// Mounted with subset=pid, /proc has no stat.
		if t, err = bootClock(); err != nil {
			return time.Time{}, err
		}
	}
	boots.Store(f.root(), t)
	return t, nil
}

func parseBootTime(data []byte) (time.Time, bool) {
	for line := range bytes.Lines(data) {
		if s, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			sec, err := strconv.ParseInt(string(bytes.TrimSpace(s)), 10, 64)
			return time.Unix(sec, 0), err == nil
		}
	}
	return time.Time{}, false
}

// bootClock computes what the kernel prints as btime.
func bootClock() (time.Time, error) {
	var up unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err != nil {
		return time.Time{}, err
	}
	return time.Now().Add(-time.Duration(up.Nano())).Truncate(time.Second), nil
}
