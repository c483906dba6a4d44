package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// This file holds --trace against strace(1): what touches the memory is narrated, in the
// order in which it was called, with the arguments and the result that it had, and
// nothing else is.

// traced are the system calls that strace is asked for, each where the machine has it.
const traced = "shmget shmat shmdt shmctl open openat openat2 creat close ftruncate truncate fallocate " +
	"fchmod fchmodat fchmodat2 chmod fchown fchownat chown lchown mmap munmap mremap mprotect madvise msync mlock munlock " +
	"unlink unlinkat link linkat symlink symlinkat rename renameat renameat2 sendfile splice tee vmsplice copy_file_range " +
	"read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek utimensat " +
	"flock statx newfstatat fstat lstat stat access faccessat faccessat2 readlink readlinkat statfs fstatfs getdents64"

// narrates runs shmctl with --trace behind its arguments under strace, asserts its exit
// status, and holds what it narrates against what it called:
// narrates STATUS [SETPRIV...] shmctl ARG...
//
// It leaves the narration in the file told, with KEY, ID, ADDR and FD for what no two
// runs have in common.
func narrates(ts *testscript.TestScript, neg bool, args []string) {
	if neg || !slices.Contains(args, "shmctl") {
		ts.Fatalf("usage: narrates status [setpriv...] shmctl argument...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	log := ts.MkAbs("strace.log")
	// Data that is read and written straight from and to the memory is an address.
	strace := []string{"-f", "-v", "-qq", "-s", "4096", "-e", "signal=none", "-e", "raw=read,write", "-o", log,
		"-e", "trace=?" + strings.ReplaceAll(traced, " ", ",?")}
	status := 0
	if err := ts.Exec("strace", slices.Concat(strace, args[1:], []string{"--trace"})...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		status = exit.ExitCode()
	}
	if status != want {
		ts.Fatalf("exit status %d, want %d", status, want)
	}
	var told []string
	for line := range strings.Lines(ts.ReadFile("stderr")) {
		if line, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "shmctl: trace: "); ok {
			told = append(told, line)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs("told"), []byte(anonymous(told)), 0o666))
	var keys []string
	for _, arg := range args {
		if path, _, ok := strings.Cut(arg, ":"); ok {
			keys = append(keys, path)
		}
	}
	if err := compareTrace(told, ts.ReadFile("strace.log"), keys...); err != nil {
		ts.Fatalf("%v\nnarrated:\n%s", err, strings.Join(told, "\n"))
	}
}

// anonymous is a narration without what no two runs have in common.
func anonymous(told []string) string {
	var b strings.Builder
	fds := map[string]string{}
	for _, line := range told {
		if c, ok := parseCall(line); ok && c.errno == "" && (c.name == "shm_open" || c.name == "open") {
			if fds[c.result] == "" {
				fds[c.result] = "FD"
				if len(fds) > 1 {
					fds[c.result] += strconv.Itoa(len(fds))
				}
			}
			line = strings.TrimSuffix(line, c.result) + fds[c.result]
		}
		line = fdRE.ReplaceAllStringFunc(line, func(s string) string {
			i := strings.LastIndexAny(s, "(/ ") + 1
			if name := fds[s[i:]]; name != "" {
				return s[:i] + name
			}
			return s
		})
		line = addressRE.ReplaceAllString(line, "ADDR")
		line = keyRE.ReplaceAllString(line, "KEY")
		line = hiddenRE.ReplaceAllString(line, ".shmctl-RANDOM")
		line = idRE.ReplaceAllString(line, "${1}ID")
		line = statfsRE.ReplaceAllString(line, "statfs($1, {ROOM})")
		line = procBytesRE.ReplaceAllString(line, "read N bytes of")
		fmt.Fprintln(&b, line)
	}
	return b.String()
}

var (
	fdRE        = regexp.MustCompile(`^(?:f[a-z]+|close|pread|pwrite|lseek|getdents64)\([0-9]+|/proc/self/fd/[0-9]+|^(?:sendfile|splice)\((?:[0-9]+, (?:NULL, )?)[0-9]+|MAP_SHARED, [0-9]+`)
	addressRE   = regexp.MustCompile(`0x[0-9a-f]{9,}`)
	keyRE       = regexp.MustCompile(`0x[0-9a-f]{8}`)
	hiddenRE    = regexp.MustCompile(`\.shmctl-[0-9a-f]+`)
	idRE        = regexp.MustCompile(`^(shm(?:at|ctl)\(|shmget\(.*= )[0-9]+`)
	statfsRE    = regexp.MustCompile(`^statfs\(("[^"]*"), \{.*\}\)`)
	procBytesRE = regexp.MustCompile(`read [0-9]+ bytes? of`)
)

// call is one call as strace or shmctl spells it.
type call struct {
	text   string
	name   string
	args   []string
	result string // up to the first blank
	errno  string // ENOENT, when it failed
}

var callRE = regexp.MustCompile(`^([a-z_0-9]+)\((.*)\)\s+= (\S+)(?: (E[A-Z0-9]+) \(.*\))?(.*)$`)

// parseCall takes a line of strace or of the narration apart.
func parseCall(line string) (call, bool) {
	m := callRE.FindStringSubmatch(line)
	if m == nil {
		return call{}, false
	}
	return call{text: line, name: m[1], args: splitArgs(m[2]), result: m[3], errno: m[4]}, true
}

// splitArgs cuts at the commas that are outside of strings and brackets.
func splitArgs(s string) []string {
	var args []string
	depth, start, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case c == ',' && depth == 0:
			args = append(args, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	if rest := strings.TrimSpace(s[start:]); rest != "" || len(args) > 0 {
		args = append(args, rest)
	}
	return args
}

var (
	processRE    = regexp.MustCompile(`^[0-9]+ +`)
	unfinishedRE = regexp.MustCompile(`^(.*?)\s*<unfinished \.\.\.>$`)
	resumedRE    = regexp.MustCompile(`^<\.\.\. [a-z_0-9]+ resumed>\s?(.*)$`)
)

// readStrace is the calls of a log of strace -f, in the order in which they returned.
// What a signal interrupted is made again by the kernel or the caller, and left out.
func readStrace(log string) ([]call, error) {
	var calls []call
	begun := map[string]string{} // by process
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		pid := processRE.FindString(line)
		line = line[len(pid):]
		if m := unfinishedRE.FindStringSubmatch(line); m != nil {
			begun[pid] = m[1]
			continue
		}
		if m := resumedRE.FindStringSubmatch(line); m != nil {
			line = begun[pid] + m[1]
		}
		if strings.HasPrefix(line, "+++") || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "???") || strings.Contains(line, "ERESTART") {
			continue
		}
		c, ok := parseCall(line)
		if !ok {
			return nil, fmt.Errorf("not understood in the log of strace: %s", line)
		}
		if c.errno != "EINTR" {
			calls = append(calls, c)
		}
	}
	return calls, nil
}

// memory knows which descriptors and addresses are shared memory at a point of the log.
type memory struct {
	keys   map[string]bool   // the paths of ftok
	files  map[int64]bool    // descriptors of objects, of their directory, of what is behind a segment
	ranges map[int64]int64   // addresses and lengths of mappings
	at     map[string]string // addresses of segments, by id
}

// touches says whether a call touches shared memory, and learns from it.
func (m *memory) touches(c call) bool {
	fd := func(i int) bool { return i < len(c.args) && m.files[number(c.args[i])] }
	within := func(i int) bool {
		if i >= len(c.args) {
			return false
		}
		p := number(c.args[i])
		for start, n := range m.ranges {
			if p >= start && p < start+n {
				return true
			}
		}
		return false
	}
	path := func() bool {
		for _, arg := range c.args {
			s, ok := unquote(arg)
			n, self := strings.CutPrefix(s, "/proc/self/fd/")
			if ok && (s == "/dev/shm" || strings.HasPrefix(s, "/dev/shm/") || strings.HasPrefix(s, "/proc/self/map_files/") ||
				self && m.files[number(n)]) {
				return true
			}
		}
		return false
	}
	switch c.name {
	case "shmget":
		return true
	case "shmat":
		if c.errno == "" {
			// The length is known when IPC_STAT says it; a page has it at least.
			m.ranges[number(c.result)] = 1
			m.at[c.args[0]] = c.result
		}
		return true
	case "shmctl":
		if size, ok := fields(c.args[2])["shm_segsz"]; ok && m.at[c.args[0]] != "" {
			m.ranges[number(m.at[c.args[0]])] = number(size)
		}
		return true
	case "shmdt":
		delete(m.ranges, number(c.args[0]))
		return true
	case "open", "openat":
		ours := path() || c.name == "openat" && fd(0)
		if ours && c.errno == "" {
			m.files[number(c.result)] = true
		}
		return ours
	case "close":
		ours := fd(0)
		delete(m.files, number(c.args[0]))
		return ours
	case "mmap":
		ours := fd(4)
		if ours && c.errno == "" {
			m.ranges[number(c.result)] = number(c.args[1])
		}
		return ours
	case "munmap":
		ours := within(0)
		delete(m.ranges, number(c.args[0]))
		return ours
	case "mremap", "mprotect", "madvise", "msync", "mlock", "munlock":
		return within(0)
	case "read", "write":
		return fd(0) || within(1)
	case "sendfile", "tee":
		return fd(0) || fd(1)
	case "splice", "copy_file_range":
		return fd(0) || fd(2)
	case "newfstatat", "stat":
		for _, arg := range c.args[:min(2, len(c.args))] {
			if s, ok := unquote(arg); ok && m.keys[s] {
				return true
			}
		}
	}
	return path() || fd(0)
}

// compareTrace holds the narrated lines against the calls of a log of strace. keys are
// the paths that ftok(3) may look at.
func compareTrace(told []string, log string, keys ...string) error {
	calls, err := readStrace(log)
	if err != nil {
		return err
	}
	m := &memory{keys: map[string]bool{}, files: map[int64]bool{}, ranges: map[int64]int64{}, at: map[string]string{}}
	for _, path := range keys {
		m.keys[path] = true
	}
	next := 0
	for _, line := range told {
		step, c, err := parseTold(line)
		if err != nil {
			return err
		}
		if step != nil {
			if err := step(m); err != nil {
				return fmt.Errorf("%s: %w", line, err)
			}
			continue
		}
		for found := false; !found; next++ {
			if next == len(calls) {
				return fmt.Errorf("narrated and never called: %s", line)
			}
			real := calls[next]
			ours := m.touches(real)
			why := c.is(real)
			found = why == nil
			if ours && !found {
				return fmt.Errorf("narrated: %s\n  called: %s\n     why: %w", line, real.text, why)
			}
		}
	}
	for _, real := range calls[next:] {
		if m.touches(real) {
			return fmt.Errorf("called and never narrated: %s", real.text)
		}
	}
	return nil
}

var (
	copyRE = regexp.MustCompile(`^(?:copy|clear) ([0-9]+) bytes? (?:to|from|at) (0x[0-9a-f]+)$`)
	procRE = regexp.MustCompile(`^read [0-9]+ (?:bytes? of|from) /proc/[a-z/_]+$`)
)

// parseTold takes a narrated line apart: a call, or a step that is none.
func parseTold(line string) (step func(*memory) error, c call, err error) {
	if f := copyRE.FindStringSubmatch(line); f != nil {
		return func(m *memory) error {
			p, n := number(f[2]), number(f[1])
			for start, length := range m.ranges {
				if p >= start && p+n <= start+length {
					return nil
				}
			}
			return fmt.Errorf("this is not within shared memory")
		}, c, nil
	}
	if procRE.MatchString(line) {
		return func(*memory) error { return nil }, c, nil
	}
	c, ok := parseCall(line)
	if !ok {
		return nil, c, fmt.Errorf("not understood in the narration: %s", line)
	}
	return nil, c, nil
}

// same compares what was told of an argument with what it was.
type same func(told, real string) error

// number takes flags, modes and pointers for the numbers that they are.
func sameNumber(told, real string) error {
	if number(told) != number(real) {
		return fmt.Errorf("%s is not %s", told, real)
	}
	return nil
}

// sameText compares strings, of which the narration may show the beginning.
func sameText(told, real string) error {
	t, ok1 := unquote(told)
	r, ok2 := unquote(real)
	if strings.HasSuffix(told, `"...`) && len(t) < len(r) {
		r = r[:len(t)]
	}
	if !ok1 || !ok2 || t != r {
		return fmt.Errorf("%s is not %s", told, real)
	}
	return nil
}

// sameName compares a name of an object with its path.
func sameName(told, real string) error {
	t, _ := unquote(told)
	if r, _ := unquote(real); "/dev/shm"+t != r {
		return fmt.Errorf("%s is not %s", told, real)
	}
	return nil
}

// sameOpen compares the flags of open(2); plus are those that a library adds.
func sameOpen(plus int64) same {
	return func(told, real string) error {
		if number(told)|plus != number(real)&^unix.O_LARGEFILE {
			return fmt.Errorf("%s is not %s", told, real)
		}
		return nil
	}
}

// sameOffset compares offsets that go in and out; strace shows both.
func sameOffset(told, real string) error {
	in, _, _ := strings.Cut(real, "=>")
	return sameNumber(strings.Trim(told, "[]"), strings.Trim(in, "[] "))
}

// sameStruct compares the members that were told. Without any, the name of the
// argument stands for what a failed call did not fill.
func sameStruct(told, real string) error {
	if !strings.HasPrefix(told, "{") {
		return nil
	}
	members := fields(real)
	for name, v := range fields(told) {
		r, ok := members[name]
		if !ok {
			r, ok = members[strings.Replace(name, "st_", "stx_", 1)]
		}
		if !ok || number(v) != number(r) {
			return fmt.Errorf("%s=%s is %q", name, v, r)
		}
	}
	return nil
}

// spelling is how the narration spells a system call: the calls that it may be, and
// each of its arguments with the place of the real one, where those of *at calls without
// their AT_FDCWD count. A place of structs is wherever the struct is.
type spelling struct {
	calls string
	args  []place
}

type place struct {
	told, real int
	same       same
}

const structs = -1

// inOrder are arguments that stand in the same places.
func inOrder(kinds ...same) []place {
	var args []place
	for i, kind := range kinds {
		if kind != nil {
			args = append(args, place{i, i, kind})
		}
	}
	return args
}

var spellings = map[string]spelling{
	"shmget":     {"shmget", inOrder(sameNumber, sameNumber, sameNumber)},
	"shmat":      {"shmat", inOrder(sameNumber, sameNumber, sameNumber)},
	"shmdt":      {"shmdt", inOrder(sameNumber)},
	"shmctl":     {"shmctl", inOrder(sameNumber, sameNumber, sameStruct)},
	"ftok":       {"newfstatat stat", inOrder(sameText)},
	"shm_open":   {"openat open", inOrder(sameName, sameOpen(unix.O_NOFOLLOW|unix.O_CLOEXEC))},
	"shm_unlink": {"unlink unlinkat", inOrder(sameName)},
	"open":       {"openat open", inOrder(sameText, sameOpen(0), sameNumber)},
	"close":      {"close", inOrder(sameNumber)},
	"lstat":      {"statx newfstatat lstat", []place{{0, 0, sameText}, {1, structs, sameStruct}}},
	"fstat":      {"statx newfstatat fstat", []place{{0, 0, sameNumber}, {1, structs, sameStruct}}},
	"fstatat":    {"statx newfstatat", []place{{0, 0, sameNumber}, {1, 1, sameText}, {2, structs, sameStruct}}},
	"stat":       {"newfstatat stat", []place{{0, 0, sameText}, {1, structs, sameStruct}}},
	"statfs":     {"statfs", inOrder(sameText, sameStruct)},
	"getdents64": {"getdents64", inOrder(sameNumber, nil, sameNumber)},
	"fchmod":     {"fchmod", inOrder(sameNumber, sameNumber)},
	"chmod":      {"fchmodat chmod", inOrder(sameText, sameNumber)},
	"fchown":     {"fchown", inOrder(sameNumber, sameNumber, sameNumber)},
	"fchownat":   {"fchownat", inOrder(sameNumber, sameText, sameNumber, sameNumber, sameNumber)},
	"ftruncate":  {"ftruncate", inOrder(sameNumber, sameNumber)},
	"fallocate":  {"fallocate", inOrder(sameNumber, sameNumber, sameNumber, sameNumber)},
	"mmap":       {"mmap", inOrder(sameNumber, sameNumber, sameNumber, sameNumber, sameNumber, sameNumber)},
	"munmap":     {"munmap", inOrder(sameNumber, sameNumber)},
	"flock":      {"flock", inOrder(sameNumber, sameNumber)},
	"madvise":    {"madvise", inOrder(sameNumber, sameNumber, sameNumber)},
	"pread":      {"pread64", inOrder(sameNumber, sameText, sameNumber, sameNumber)},
	"pwrite":     {"pwrite64", inOrder(sameNumber, sameText, sameNumber, sameNumber)},
	"read":       {"read", inOrder(sameNumber, nil, sameNumber)},
	"write":      {"write", inOrder(sameNumber, nil, sameNumber)},
	"lseek":      {"lseek", inOrder(sameNumber, sameNumber, sameNumber)},
	"sendfile":   {"sendfile", inOrder(sameNumber, sameNumber, sameOffset, sameNumber)},
	"splice":     {"splice", inOrder(sameNumber, sameOffset, sameNumber, sameOffset, sameNumber, sameNumber)},
	"linkat":     {"linkat", inOrder(sameNumber, sameText, sameNumber, sameText, sameNumber)},
	"rename":     {"rename renameat renameat2", inOrder(sameText, sameText)},
}

// is compares a narrated call with a system call; nil says that they are one.
func (c call) is(real call) error {
	sp, ok := spellings[c.name]
	if !ok {
		return errors.New("the test does not know this call")
	}
	if !slices.Contains(strings.Fields(sp.calls), real.name) {
		return fmt.Errorf("%s is not %s", c.name, real.name)
	}
	if c.errno != real.errno {
		return fmt.Errorf("the error is %q, not %q", c.errno, real.errno)
	}
	args := real.args
	if c.name != "linkat" {
		args = slices.DeleteFunc(slices.Clone(args), func(s string) bool { return s == "AT_FDCWD" })
	}
	if c.name == "open" && len(c.args) == 3 != (len(args) == 3) {
		return errors.New("a mode for one of them only")
	}
	for _, p := range sp.args {
		if p.told >= len(c.args) {
			break
		}
		i := p.real
		if i == structs {
			i = slices.IndexFunc(args, func(s string) bool { return strings.HasPrefix(s, "{") })
			if i < 0 {
				continue // the call failed
			}
		}
		if i >= len(args) {
			return fmt.Errorf("there is no argument %d", i)
		}
		if err := p.same(c.args[p.told], args[i]); err != nil {
			return err
		}
	}
	text := strings.Join(args, " ")
	switch c.name {
	case "lstat", "fstatat":
		if real.name != "lstat" && !strings.Contains(text, "AT_SYMLINK_NOFOLLOW") {
			return errors.New("symbolic links are followed")
		}
	case "fstat":
		if real.name != "fstat" && args[1] != `""` {
			return errors.New("there is a path")
		}
	case "read", "write":
		if _, data := unquote(c.args[1]); !data && c.args[1] != "buf" && number(c.args[1]) != number(args[1]) {
			return fmt.Errorf("%s is not %s", c.args[1], args[1])
		}
	case "shm_open":
		if number(c.args[1])&unix.O_CREAT != 0 && number(c.args[2]) != number(args[2]) {
			return fmt.Errorf("the mode is %s", args[2])
		}
	case "ftok":
		if real.errno != "" {
			return nil
		}
		st := fields(real.text)
		dev := splitArgs(strings.TrimSuffix(strings.TrimPrefix(st["st_dev"], "makedev("), ")"))
		key := number(c.args[1])&0xff<<24 | number(dev[1])&0xff<<16 | number(st["st_ino"])&0xffff
		if number(c.result) != key {
			return fmt.Errorf("the key is %#x", key)
		}
		return nil
	}
	if number(c.result) != number(real.result) {
		return fmt.Errorf("the result is %s, not %s", c.result, real.result)
	}
	return nil
}

// fields are the members of a struct, those of structs in it too.
func fields(s string) map[string]string {
	m := map[string]string{}
	i, j := strings.IndexByte(s, '{'), strings.LastIndexByte(s, '}')
	if i < 0 || j < i {
		return m
	}
	for _, member := range splitArgs(s[i+1 : j]) {
		name, v, _ := strings.Cut(member, "=")
		if strings.HasPrefix(v, "{") {
			for name, v := range fields(v) {
				m[name] = v
			}
		} else {
			m[name], _, _ = strings.Cut(v, " /*")
		}
	}
	return m
}

// unquote is the bytes of a C string literal.
func unquote(s string) (string, bool) {
	s = strings.TrimSuffix(s, "...")
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return "", false
	}
	s = s[1 : len(s)-1]
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if at := strings.IndexByte("ntrvf", s[i]); at >= 0 {
			b.WriteByte("\n\t\r\v\f"[at])
			continue
		}
		end := i
		for end < len(s) && end < i+3 && s[end] >= '0' && s[end] <= '7' {
			end++
		}
		if end == i {
			b.WriteByte(s[i])
			continue
		}
		c, _ := strconv.ParseUint(s[i:end], 8, 8)
		b.WriteByte(byte(c))
		i = end - 1
	}
	return b.String(), true
}

// symbols are the names of numbers that strace and the narration share.
var symbols = map[string]int64{
	"NULL": 0, "AT_FDCWD": unix.AT_FDCWD, "AT_EMPTY_PATH": unix.AT_EMPTY_PATH, "AT_SYMLINK_FOLLOW": unix.AT_SYMLINK_FOLLOW,
	"IPC_PRIVATE": 0, "IPC_CREAT": unix.IPC_CREAT, "IPC_EXCL": unix.IPC_EXCL, "SHM_RDONLY": unix.SHM_RDONLY,
	"SHM_NORESERVE": 0o10000, "SHM_HUGETLB": 0o4000, "SHM_HUGE_2MB": 21 << 26, "SHM_HUGE_1GB": 30 << 26,
	"SHM_DEST": 0o1000, "SHM_LOCKED": 0o2000, "S_ISUID": unix.S_ISUID, "S_ISGID": unix.S_ISGID, "S_ISVTX": unix.S_ISVTX, "S_IFREG": unix.S_IFREG, "S_IFDIR": unix.S_IFDIR, "S_IFLNK": unix.S_IFLNK, "S_IFIFO": unix.S_IFIFO,
	"IPC_RMID": unix.IPC_RMID, "IPC_SET": unix.IPC_SET, "IPC_STAT": unix.IPC_STAT, "IPC_INFO": 3,
	"SHM_LOCK": 11, "SHM_UNLOCK": 12, "SHM_STAT": 13, "SHM_INFO": 14, "SHM_STAT_ANY": 15,
	"O_RDONLY": unix.O_RDONLY, "O_WRONLY": unix.O_WRONLY, "O_RDWR": unix.O_RDWR, "O_CREAT": unix.O_CREAT, "O_EXCL": unix.O_EXCL, "O_TRUNC": unix.O_TRUNC,
	"O_NONBLOCK": unix.O_NONBLOCK, "O_NOFOLLOW": unix.O_NOFOLLOW, "O_CLOEXEC": unix.O_CLOEXEC, "O_DIRECTORY": unix.O_DIRECTORY,
	"O_PATH": unix.O_PATH, "O_TMPFILE": unix.O_TMPFILE, "O_LARGEFILE": unix.O_LARGEFILE,
	"PROT_READ": unix.PROT_READ, "PROT_WRITE": unix.PROT_WRITE, "MAP_SHARED": unix.MAP_SHARED, "MAP_POPULATE": unix.MAP_POPULATE,
	"MADV_REMOVE": unix.MADV_REMOVE, "MADV_POPULATE_READ": unix.MADV_POPULATE_READ, "MADV_POPULATE_WRITE": unix.MADV_POPULATE_WRITE,
	"LOCK_SH": unix.LOCK_SH, "LOCK_EX": unix.LOCK_EX, "LOCK_NB": unix.LOCK_NB, "LOCK_UN": unix.LOCK_UN,
	"SEEK_SET": 0, "SEEK_DATA": unix.SEEK_DATA, "SEEK_HOLE": unix.SEEK_HOLE,
}

// number evaluates what C would: 0x10, 0600, 12, 'A', IPC_CREAT|0600, 21<<SHM_HUGE_SHIFT.
// A name that nothing here knows is a number of its own.
func number(s string) int64 {
	var sum int64
	for _, word := range strings.Split(s, "|") {
		if page, ok := strings.CutSuffix(word, "<<SHM_HUGE_SHIFT"); ok {
			sum |= number(page) << 26
			continue
		}
		if len(word) == 3 && word[0] == '\'' {
			sum |= int64(word[1])
			continue
		}
		if n, ok := symbols[word]; ok {
			sum |= n
			continue
		}
		if n, err := strconv.ParseInt(word, 0, 64); err == nil {
			sum |= n
			continue
		}
		if n, err := strconv.ParseUint(word, 0, 64); err == nil {
			sum |= int64(n)
			continue
		}
		for _, c := range []byte(word) {
			sum = sum*131 + int64(c) + 1<<40
		}
	}
	return sum
}

// TestCompareTrace: the comparison itself sees what is missing, invented or wrong.
func TestCompareTrace(t *testing.T) {
	const log = `10  openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3
10  newfstatat(AT_FDCWD, "/tmp", {st_dev=makedev(0x8, 0x1), st_ino=50339, st_mode=S_IFDIR|01777}, 0) = 0
10  shmget(0x4101c4a3, 0, 000) = 7
10  mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000001000
10  shmat(7, NULL, 0 <unfinished ...>
11  close(3)                          = 0
10  <... shmat resumed>)              = 0x7f0000002000
10  shmctl(7, IPC_STAT, {shm_perm={uid=0, gid=0, mode=0600, key=1090569379}, shm_segsz=100, shm_nattch=1}) = 0
10  read(0x0, 0x7f0000002000, 0x64)   = 0x5
10  shmdt(0x7f0000002000)             = 0
10  shmget(0x9, 1, IPC_CREAT|0600)    = -1 EACCES (Permission denied)
10  openat(AT_FDCWD, "/dev/shm/a\nb", O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600) = 3
10  ftruncate(3, 10)                  = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
10  ftruncate(3, 10)                  = 0
10  pwrite64(3, "hello\0", 6, 0)      = 6
10  sendfile(1, 3, [0] => [10], 10)   = 10
10  close(3)                          = 0
`
	good := []string{
		`ftok("/tmp", 'A') = 0x4101c4a3`,
		`shmget(0x4101c4a3, 0, 0) = 7`,
		`shmat(7, NULL, 0) = 0x7f0000002000`,
		`shmctl(7, IPC_STAT, {shm_perm={uid=0, gid=0, mode=0600}, shm_segsz=100, shm_nattch=1}) = 0`,
		`copy 5 bytes to 0x7f0000002000`,
		`read(0, 0x7f0000002000, 100) = 5`,
		`shmdt(0x7f0000002000) = 0`,
		`shmget(0x00000009, 1, IPC_CREAT|0600) = -1 EACCES (Permission denied)`,
		`shm_open("/a\nb", O_RDWR|O_CREAT|O_EXCL, 0600) = 3`,
		`ftruncate(3, 10) = 0`,
		`pwrite(3, "hello\000", 6, 0) = 6`,
		`sendfile(1, 3, [0], 10) = 10`,
		`close(3) = 0`,
	}
	if err := compareTrace(good, log, "/tmp"); err != nil {
		t.Fatal(err)
	}
	for i, line := range good {
		if !strings.HasPrefix(line, "copy") {
			if err := compareTrace(slices.Delete(slices.Clone(good), i, i+1), log, "/tmp"); err == nil {
				t.Errorf("not missed: %s", line)
			}
			if err := compareTrace(slices.Insert(slices.Clone(good), i, line), log, "/tmp"); err == nil {
				t.Errorf("told twice: %s", line)
			}
		}
		if i > 0 && !strings.HasPrefix(good[i-1]+line, "copy") && !strings.HasPrefix(line, "copy") {
			swapped := slices.Clone(good)
			swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
			if err := compareTrace(swapped, log, "/tmp"); err == nil {
				t.Errorf("in another order: %s", line)
			}
		}
		if strings.HasPrefix(line, "copy") {
			continue
		}
		// Every number and every word of it counts.
		for _, at := range regexp.MustCompile(`[0-9]+|[A-Z]{2,}|hello`).FindAllStringIndex(line, -1) {
			if strings.Contains(line[:at[0]], " (") || line[at[0]:at[1]] == "NULL" || strings.HasPrefix(line[at[0]:], "IPC_CREAT)") {
				continue
			}
			wrong := slices.Clone(good)
			wrong[i] = line[:at[0]] + "17" + line[at[1]:]
			if err := compareTrace(wrong, log, "/tmp"); err == nil {
				t.Errorf("not seen to be wrong: %s", wrong[i])
			}
		}
	}
}
