package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"shmctl/internal/nstest"
	"shmctl/internal/posix"
	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

// This file walks every column of both registries through every format of the real
// command. What a cell must be is worked out here, from the kernel's own answers:
// /proc/sysvipc/shm and lstat(2).

// hostile are names of objects that a careless reader of any format trips over.
var hostile = []string{
	"plain", " blank around ", "new\nline", "end\n", "\n", "\x1b[31mred\x1b[0m", "bell\a\b\r\t\v", `q"uo'te`,
	"$(touch pwned)", "`touch pwned`", "${IFS}", `back\slash\`, `\x41\n`, "inv\xff\xfealid", "\xc3", "ümläut €", "\u202ereversed",
	"a,b;c&d|e", "-", "--", "*", "~", "#x", "{{.}}", "%s%n", `";touch pwned;"`, strings.Repeat("n", 255), "sem.demo",
}

// result is what came of one call of the command.
type result struct {
	out, err string
	code     int
}

// shmctlAs runs the command, as uid where that is not -1.
func shmctlAs(t *testing.T, uid int, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("shmctl", args...)
	if uid >= 0 {
		// Which keeps the right to search the directory of the command until it runs.
		id := strconv.Itoa(uid)
		cmd = exec.Command("setpriv", slices.Concat([]string{"--reuid", id, "--regid", id, "--clear-groups", "shmctl"}, args)...)
	}
	// A race detector waits for a second before it exits, unless it is told not to.
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C", "GORACE=atexit_sleep_ms=0 "+os.Getenv("GORACE"))
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", args, err)
	}
	return result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// shmctl runs the command, which must succeed, and returns its standard output.
func shmctl(t *testing.T, args ...string) string {
	t.Helper()
	r := shmctlAs(t, -1, args...)
	if r.code != 0 {
		t.Fatalf("%q: status %d\n%s", args, r.code, r.err)
	}
	return r.out
}

// pipe runs a program on input, in an empty directory that has to stay so, and returns
// its output.
func pipe(t *testing.T, input string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Stderr = os.Stderr
	cmd.Dir = t.TempDir()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", args[0], err)
	}
	if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
		t.Fatalf("%s: %s was made by what should be data", args[0], left[0].Name())
	}
	return string(out)
}

// havePeer says whether a program is there. Where peers are required it must be.
func havePeer(t *testing.T, name string) bool {
	t.Helper()
	ok, err := condition("peer:" + name)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		t.Logf("%s is missing: what it reads is not checked", name)
	}
	return ok
}

// holdUntilEnd starts a command that keeps memory attached until the end of the test.
func holdUntilEnd(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("shmctl", args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() })
	return cmd
}

// until repeats f until it is true.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("this never came true: %s", what)
		}
	}
}

// ownNamespaces gives the test, on this goroutine, namespaces of its own; see unshare.
func ownNamespaces(t *testing.T) {
	t.Helper()
	nstest.Require(t)
	if err := unshare(); err != nil {
		t.Fatal(err)
	}
}

// world is segments and objects in many states, and the processes that hold two.
type world struct {
	began        time.Time
	users        map[string]int    // by id, and by name
	commands     map[string]string // of living creators, by id
	segments     []map[string]cell
	objects      []map[string]cell
	ipcNS, mntNS uint64
}

// newWorld fills the namespaces of this thread.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{users: map[string]int{}, commands: map[string]string{}}
	root, err := condition("root")
	if err != nil {
		t.Fatal(err)
	}
	create := func(args ...string) string {
		return strings.TrimSpace(shmctl(t, append([]string{"sysv", "create", "--size"}, args...)...))
	}

	create("1") // private
	create("4096", "--key", "0x00c0ffee", "--mode", "0640")
	create("1000000", "--key", "0x80000001", "--mode", "0777") // negative to the kernel
	create("5", "--mode", "0")
	locked := create("1K")
	shmctl(t, "sysv", "lock", locked)
	used := create("8192")
	shmctl(t, "sysv", "write", used, "--text", "x")
	if r := shmctlAs(t, -1, "sysv", "create", "--size", "5G", "--noreserve"); r.code != 0 {
		t.Logf("no segment of more than 4 GiB: %s", r.err)
	}
	// One that goes with its last attachment, of a living creator with a hostile
	// command line.
	args := []string{"sysv", "write", "--key", "0x41", "--create", "--text", "held\n\x1b[31m\xff $(touch pwned)", "--hold", "10m"}
	holdUntilEnd(t, args...)
	dest := ""
	until(t, "somebody has the segment attached", func() bool {
		f := strings.Fields(shmctlAs(t, -1, "sysv", "stat", "--key", "0x41", "-n", "-o", "ID,NATTCH").out)
		if len(f) == 2 && f[1] == "1" {
			dest = f[0]
		}
		return dest != ""
	})
	shmctl(t, "sysv", "rm", dest)
	w.users[dest] = 1
	w.commands[dest] = "shmctl " + strings.Join(args, " ")
	if root {
		shmctl(t, "sysv", "set", create("10"), "--owner", "54321:54322", "--mode", "0606")
		shmctl(t, "sysv", "set", create("11"), "--owner", "65534")
	}

	for i, name := range hostile {
		if strings.HasPrefix(name, "sem.") {
			if err := os.WriteFile("/dev/shm/"+name, make([]byte, 32), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		shmctl(t, "posix", "create", "--size", strconv.Itoa(i+1), "--", name)
	}
	shmctl(t, "posix", "create", "sparse", "--size", "5G", "--sparse", "--mode", "0777")
	shmctl(t, "posix", "create", "barred", "--size", "9", "--mode", "0")
	shmctl(t, "posix", "write", "empty", "--create", "--text", "")
	holdUntilEnd(t, "posix", "write", "held", "--create", "--text", "x", "--hold", "10m")
	until(t, "somebody maps the object", func() bool {
		return strings.TrimSpace(shmctlAs(t, -1, "posix", "stat", "held", "-J", "-o", "USERS").out) != "" &&
			strings.Contains(shmctlAs(t, -1, "posix", "stat", "held", "-J", "-o", "USERS").out, `"mappings":1`)
	})
	w.users["held"] = 1
	if root {
		if err := os.Chown("/dev/shm/plain", 54321, 54322); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod("/dev/shm/barred", os.ModeSetuid|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	old := time.Date(1969, 12, 31, 23, 59, 58, 0, time.UTC)
	if err := os.Chtimes("/dev/shm/empty", old, old); err != nil {
		t.Fatal(err)
	}

	w.began = time.Now()
	w.ipcNS, w.mntNS = namespace(t, "ipc"), namespace(t, "mnt")
	w.lookAtSegments(t)
	w.lookAtObjects(t)
	return w
}

func namespace(t *testing.T, name string) uint64 {
	t.Helper()
	link, err := os.Readlink("/proc/thread-self/ns/" + name)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(strings.Trim(link, name+":[]"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// cell is what a column must show.
type cell struct {
	v     any       // nil, string, uint64, time.Time or []string
	size  bool      // the table has it in larger units
	age   time.Time // v is the seconds since then
	words string    // in the table, where there is no value
}

func (w *world) lookAtSegments(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	names := strings.Fields(lines[0])
	for _, line := range lines[1:] {
		s := map[string]uint64{}
		for i, f := range strings.Fields(line) {
			base := 10
			if names[i] == "perms" {
				base = 8
			}
			n, err := strconv.ParseInt(f, base, 64)
			if err != nil {
				t.Fatal(err)
			}
			s[names[i]] = uint64(n)
		}
		id := fmt.Sprint(s["shmid"])
		status := []string{}
		if s["perms"]&0o1000 != 0 {
			status = append(status, "dest")
		}
		if s["perms"]&0o2000 != 0 {
			status = append(status, "locked")
		}
		command := cell{words: "(gone)"}
		if line := w.commands[id]; line != "" {
			command = cell{v: line}
		}
		row := map[string]cell{
			"KEY": {v: fmt.Sprintf("0x%08x", uint32(s["key"]))}, "ID": {v: s["shmid"]},
			"PERMS": {v: perms(uint32(s["perms"]) & 0o777)}, "MODE": {v: fmt.Sprintf("0%03o", s["perms"]&0o777)},
			"SIZE": {v: s["size"], size: true}, "RSS": {v: s["rss"], size: true}, "SWAP": {v: s["swap"], size: true},
			"NATTCH": {v: s["nattch"]}, "STATUS": {v: status}, "CPID": {v: s["cpid"]}, "LPID": {v: s["lpid"]}, "COMMAND": command,
			"ATIME": second(s["atime"]), "DTIME": second(s["dtime"]), "CTIME": second(s["ctime"]), "AGE": {age: time.Unix(int64(s["ctime"]), 0)},
			"USERS": {v: uint64(w.users[id])}, "NS": {v: w.ipcNS},
		}
		ownerCells(row, "", uint32(s["uid"]), uint32(s["gid"]))
		ownerCells(row, "C", uint32(s["cuid"]), uint32(s["cgid"]))
		delete(row, "COWNER")
		w.segments = append(w.segments, row)
	}
}

func (w *world) lookAtObjects(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir("/dev/shm") // sorted by the bytes of the names
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		var st syscall.Stat_t
		if err := syscall.Lstat("/dev/shm/"+e.Name(), &st); err != nil {
			t.Fatal(err)
		}
		at := func(ts syscall.Timespec) time.Time { return time.Unix(ts.Unix()) }
		kind := "object"
		if strings.HasPrefix(e.Name(), "sem.") {
			kind = "semaphore"
		}
		changed := at(st.Ctim)
		if at(st.Mtim).After(changed) {
			changed = at(st.Mtim)
		}
		dev := uint64(st.Dev)
		row := map[string]cell{
			"NAME": {v: "/" + e.Name()}, "PERMS": {v: perms(st.Mode)}, "MODE": {v: fmt.Sprintf("%04o", st.Mode&0o7777)},
			"SIZE": {v: uint64(st.Size), size: true}, "ALLOC": {v: uint64(st.Blocks) * 512, size: true},
			"MTIME": {v: at(st.Mtim)}, "ATIME": {v: at(st.Atim)}, "CTIME": {v: at(st.Ctim)}, "AGE": {age: changed},
			"INODE": {v: st.Ino}, "LINKS": {v: uint64(st.Nlink)}, "TYPE": {v: kind},
			// makedev(3), as far as the small numbers of a tmpfs go.
			"DEV":   {v: fmt.Sprintf("%d:%d", dev>>8&0xfff, dev&0xff|dev>>12&0xfff00)},
			"USERS": {v: uint64(w.users[e.Name()])}, "NS": {v: w.mntNS},
		}
		ownerCells(row, "", st.Uid, st.Gid)
		w.objects = append(w.objects, row)
	}
}

// ownerCells puts an owner's cells into a row.
func ownerCells(row map[string]cell, prefix string, uid, gid uint32) {
	row[prefix+"UID"], row[prefix+"GID"] = cell{v: uint64(uid)}, cell{v: uint64(gid)}
	row[prefix+"USER"], row[prefix+"GROUP"] = cell{}, cell{}
	row[prefix+"OWNER"] = cell{v: fmt.Sprint(uid)}
	if u, err := user.LookupId(fmt.Sprint(uid)); err == nil {
		row[prefix+"USER"], row[prefix+"OWNER"] = cell{v: u.Username}, cell{v: u.Username}
	}
	if g, err := user.LookupGroupId(fmt.Sprint(gid)); err == nil {
		row[prefix+"GROUP"] = cell{v: g.Name}
	}
}

func second(n uint64) cell {
	if n == 0 {
		return cell{}
	}
	return cell{v: time.Unix(int64(n), 0)}
}

// perms is what ls(1) shows, by way of a table of all eight triples.
func perms(mode uint32) string {
	triples := []string{"---", "--x", "-w-", "-wx", "r--", "r-x", "rw-", "rwx"}
	s := []byte(triples[mode>>6&7] + triples[mode>>3&7] + triples[mode&7])
	for _, c := range []struct {
		bit uint32
		at  int
		set string // with and without x
	}{{0o4000, 2, "sS"}, {0o2000, 5, "sS"}, {0o1000, 8, "tT"}} {
		if mode&c.bit == 0 {
			continue
		}
		if s[c.at] == 'x' {
			s[c.at] = c.set[0]
		} else {
			s[c.at] = c.set[1]
		}
	}
	return string(s)
}

// plain is a cell as CSV, export, raw and template have it, before they quote it.
func (c cell) plain() string {
	switch v := c.v.(type) {
	case string:
		return v
	case uint64:
		return strconv.FormatUint(v, 10)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05Z")
	case []string:
		return strings.Join(v, ",")
	}
	return ""
}

// seconds are the ages that a cell may have had since the world was looked at.
func (w *world) seconds(c cell) (low, high int64) {
	since := func(t time.Time) int64 { return int64(max(t.Sub(c.age), 0) / time.Second) }
	return since(w.began), since(time.Now())
}

// is checks a cell in a format that has no units and no null.
func (w *world) is(t *testing.T, where, got string, c cell) {
	t.Helper()
	if !c.age.IsZero() {
		n, err := strconv.ParseInt(got, 10, 64)
		if low, high := w.seconds(c); err != nil || n < low || n > high {
			t.Errorf("%s: the age is %q, want %d to %d", where, got, low, high)
		}
		return
	}
	if got != c.plain() {
		t.Errorf("%s: got %q, want %q", where, got, c.plain())
	}
}

// isTable checks a cell of a table.
func (w *world) isTable(t *testing.T, where, got string, c cell, inBytes bool) {
	t.Helper()
	want := render.Escape(c.plain())
	switch v := c.v.(type) {
	case time.Time:
		want = v.UTC().Format(time.DateTime)
	case uint64:
		if c.size && !inBytes {
			want = render.HumanSize(v)
		}
	case nil:
		want = c.words
	}
	if !c.age.IsZero() {
		low, high := w.seconds(c)
		for n := low; n <= high; n++ {
			if want = render.HumanAge(time.Duration(n) * time.Second); got == want {
				return
			}
		}
	}
	if got != strings.Trim(want, " ") {
		t.Errorf("%s: got %q, want %q", where, got, want)
	}
}

// isJSON checks a value of JSON.
func (w *world) isJSON(t *testing.T, where string, got any, c cell) {
	t.Helper()
	switch v := c.v.(type) {
	case nil:
		if c.age.IsZero() {
			if got != nil {
				t.Errorf("%s: got %#v, want null", where, got)
			}
			return
		}
	case string:
		if got != jsonText(v) {
			t.Errorf("%s: got %#v, want %q", where, got, jsonText(v))
		}
		return
	case time.Time:
		if got != c.plain() {
			t.Errorf("%s: got %#v, want %q", where, got, c.plain())
		}
		return
	case []string:
		list, ok := got.([]any)
		if !ok || fmt.Sprint(list) != fmt.Sprint(v) {
			t.Errorf("%s: got %#v, want %q", where, got, v)
		}
		return
	}
	n, ok := got.(json.Number)
	if !ok {
		t.Errorf("%s: got %#v, want a number", where, got)
		return
	}
	w.is(t, where, n.String(), c)
}

// jsonText is a string as a reader of JSON gets it: bytes that are no UTF-8 are \xNN,
// and what looks like one has its backslash written so.
func jsonText(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		_, err := strconv.ParseUint(s[min(i+2, len(s)):min(i+4, len(s))], 16, 8)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strings.HasPrefix(s[i:], `\x`) && len(s) >= i+4 && err == nil:
			b.WriteString(`\x5c`)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// unraw undoes the escapes of --raw.
func unraw(t *testing.T, s string) string {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			if i+4 > len(s) || s[i+1] != 'x' {
				t.Fatalf("a backslash stands alone in %q", s)
			}
			n, err := strconv.ParseUint(s[i+2:i+4], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteByte(byte(n))
			i += 3
			continue
		}
		if s[i] <= ' ' || s[i] > '~' {
			t.Fatalf("%q is not escaped", s)
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// listing is one verb that lists, and what it must list.
type listing struct {
	verb    []string
	api     string
	columns []string // all of the registry
	own     []string // those of JSON
	id      string   // a column without blanks that tells the rows apart
	rows    []map[string]cell
}

func (w *world) listings() []*listing {
	return []*listing{
		newListing([]string{"sysv", "ls"}, "sysv", "ID", segmentColumns(nil), w.segments),
		newListing([]string{"posix", "ls"}, "posix", "INODE", objectColumns(nil), w.objects),
	}
}

func newListing[T sysv.Segment | posix.Info](verb []string, api, id string, cols []render.Column[T], rows []map[string]cell) *listing {
	l := &listing{verb: verb, api: api, id: id, rows: rows}
	for _, c := range cols {
		l.columns = append(l.columns, c.Name)
		if !c.Search {
			l.own = append(l.own, c.Name)
		}
	}
	return l
}

func (l *listing) run(t *testing.T, args ...string) string {
	t.Helper()
	return shmctl(t, slices.Concat(l.verb, args)...)
}

// records checks rows of cells against the columns.
func (l *listing) records(t *testing.T, w *world, format string, columns []string, records [][]string) {
	t.Helper()
	if len(records) != len(l.rows) {
		t.Fatalf("%s %s: %d rows, want %d", l.verb, format, len(records), len(l.rows))
	}
	for r, record := range records {
		if len(record) != len(columns) {
			t.Fatalf("%s %s: %d cells in row %d, want %d: %q", l.verb, format, len(record), r, len(columns), record)
		}
		for i, name := range columns {
			w.is(t, fmt.Sprintf("%s %s row %d %s", l.verb, format, r, name), record[i], l.rows[r][name])
		}
	}
}

// split cuts a stream of cells, each ended by a NUL, into rows.
func split(s string, columns int) [][]string {
	cells := strings.Split(strings.TrimSuffix(s, "\x00"), "\x00")
	var rows [][]string
	for len(cells) >= columns && s != "" {
		rows = append(rows, cells[:columns])
		cells = cells[columns:]
	}
	if len(cells) > 0 && s != "" {
		rows = append(rows, cells)
	}
	return rows
}

// TestColumns walks every column through every format.
func TestColumns(t *testing.T) {
	ownNamespaces(t)
	w := newWorld(t)
	for _, l := range w.listings() {
		for r, row := range l.rows {
			for _, name := range l.columns {
				if _, ok := row[name]; !ok {
					t.Fatalf("%s: the test knows no %s of row %d", l.verb, name, r)
				}
			}
			if len(row) != len(l.columns) {
				t.Fatalf("%s: the test has %d columns, the registry %d", l.verb, len(row), len(l.columns))
			}
		}
		all := strings.Join(l.columns, ",")
		lower := strings.ToLower(all) // names are taken in any case
		l.csv(t, w, all)
		l.json(t, w, lower)
		l.raw(t, w, all)
		l.export(t, w, lower)
		l.template(t, w)
		for _, name := range l.columns {
			l.table(t, w, name)
			l.sort(t, w, name)
		}
		l.headings(t)
	}
}

func (l *listing) csv(t *testing.T, w *world, all string) {
	t.Helper()
	out := l.run(t, "--csv", "-o", all)
	records, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if heads := strings.Join(records[0], ","); heads != all {
		t.Errorf("%s --csv: the headings are %s", l.verb, heads)
	}
	l.records(t, w, "--csv", l.columns, records[1:])
	if !l.same(t, []string{"--csv", "-n", "-o", all}, []string{"--csv", "-o", all}, 1) {
		t.Errorf("%s --csv -n differs from --csv", l.verb)
	}
	if havePeer(t, "python3") {
		cells := pipe(t, out, "python3", "-c", `
import csv, io, sys
rows = csv.reader(io.TextIOWrapper(sys.stdin.buffer, "utf-8", "surrogateescape", newline=""))
for row in list(rows)[1:]:
    for cell in row:
        sys.stdout.buffer.write(cell.encode("utf-8", "surrogateescape") + b"\0")`)
		l.records(t, w, "--csv by python", l.columns, split(cells, len(l.columns)))
	}
}

// same says that one set of flags prints what the other does, save its first lines. An
// age may move on between the two runs, and then they are run again.
func (l *listing) same(t *testing.T, a, b []string, skip int) bool {
	t.Helper()
	for range 20 {
		lines := strings.SplitAfter(l.run(t, b...), "\n")
		if l.run(t, a...) == strings.Join(lines[skip:], "") {
			return true
		}
	}
	return false
}

func (l *listing) json(t *testing.T, w *world, all string) {
	t.Helper()
	check := func(format, out string, columns []string) {
		t.Helper()
		dec := json.NewDecoder(strings.NewReader(out))
		dec.UseNumber()
		var doc map[string][]map[string]any
		if err := dec.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		if len(doc) != 1 || len(doc[l.api]) != len(l.rows) {
			t.Fatalf("%s %s: %s", l.verb, format, out)
		}
		for r, row := range doc[l.api] {
			if len(row) != len(columns) {
				t.Errorf("%s %s row %d: %d members, want %d", l.verb, format, r, len(row), len(columns))
			}
			for _, name := range columns {
				got, ok := row[strings.ToLower(name)]
				if !ok {
					t.Errorf("%s %s row %d lacks %s", l.verb, format, r, name)
					continue
				}
				w.isJSON(t, fmt.Sprintf("%s %s row %d %s", l.verb, format, r, name), got, l.rows[r][name])
			}
		}
	}
	out := l.run(t, "-J", "-o", all)
	check("-J -o", out, l.columns)
	check("-J", l.run(t, "-J"), l.own)
	check("-J -o +users", l.run(t, "-J", "-o", "+users"), append(slices.Clone(l.own), "USERS"))
	check("-J -o size,"+strings.ToLower(l.id), l.run(t, "-J", "-o", "size,"+strings.ToLower(l.id)), []string{"SIZE", l.id})

	if havePeer(t, "python3") {
		// The type of every value, and its text.
		cells := pipe(t, out, "python3", "-c", `
import json, sys
for rows in json.load(sys.stdin.buffer).values():
    for row in rows:
        for v in row.values():
            text = ",".join(v) if isinstance(v, list) else "" if v is None else str(v)
            sys.stdout.buffer.write((type(v).__name__ + ":" + text).encode() + b"\0")`)
		for r, row := range split(cells, len(l.columns)) {
			for i, name := range l.columns {
				kind, text, _ := strings.Cut(row[i], ":")
				c := l.rows[r][name]
				want := "NoneType"
				switch v := c.v.(type) {
				case string:
					want = "str"
					c.v = jsonText(v)
				case time.Time:
					want = "str"
				case uint64:
					want = "int"
				case []string:
					want = "list"
				}
				if !c.age.IsZero() {
					want = "int"
				}
				where := fmt.Sprintf("%s -J by python row %d %s", l.verb, r, name)
				if kind != want {
					t.Errorf("%s: a %s, want %s", where, kind, want)
				}
				w.is(t, where, text, c)
			}
		}
	}
}

// raw reads the cells as a shell does, by `while read -r`.
func (l *listing) raw(t *testing.T, w *world, all string) {
	t.Helper()
	out := l.run(t, "-r", "-o", all)
	heads, out, _ := strings.Cut(out, "\n")
	if heads != strings.ReplaceAll(all, ",", " ") {
		t.Errorf("%s -r: the headings are %s", l.verb, heads)
	}
	vars := make([]string, len(l.columns))
	words := make([]string, len(l.columns))
	for i := range vars {
		vars[i] = fmt.Sprintf("c%d", i)
		words[i] = fmt.Sprintf(`"$c%d"`, i)
	}
	loop := "while read -r " + strings.Join(vars, " ") + `; do printf '%s\0' ` + strings.Join(words, " ") + "; done"
	for _, shell := range []string{"sh", "bash"} {
		if !havePeer(t, shell) {
			continue
		}
		rows := split(pipe(t, out, shell, "-c", loop), len(l.columns))
		for _, row := range rows {
			for i := range row {
				if row[i] == "-" {
					row[i] = ""
				} else {
					row[i] = unraw(t, row[i])
				}
			}
		}
		l.records(t, w, "-r by "+shell, l.columns, rows)
	}
	if havePeer(t, "bash") {
		// printf %b, as the manual suggests, gives the bytes back. It drops a NUL.
		decode := strings.ReplaceAll(loop, `printf '%s\0'`, `printf '%b\0'`)
		rows := split(pipe(t, out, "bash", "-c", decode), len(l.columns))
		for _, row := range rows {
			for i := range row {
				if row[i] == "-" && l.columns[i] != "NAME" {
					row[i] = ""
				}
			}
		}
		l.records(t, w, "-r by printf %b", l.columns, rows)
	}
}

// export has a shell evaluate every line.
func (l *listing) export(t *testing.T, w *world, all string) {
	t.Helper()
	out := l.run(t, "-e", "-o", all)
	if n := strings.Count(out, "\n"); n != len(l.rows) {
		t.Errorf("%s -e: %d lines for %d rows", l.verb, n, len(l.rows))
	}
	for _, shell := range []string{"sh", "bash"} {
		if !havePeer(t, shell) {
			continue
		}
		// bash has a UID of its own, which cannot be set; sh may be bash.
		columns := slices.DeleteFunc(slices.Clone(l.columns), func(s string) bool { return s == "UID" })
		loop := `while IFS= read -r line; do eval "$line" 2>/dev/null; printf '%s\0' "$` + strings.Join(columns, `" "$`) + `"; done`
		l.records(t, w, "-e by "+shell, columns, split(pipe(t, out, shell, "-c", loop), len(columns)))
	}
	for r, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
		if uid := ` UID="` + l.rows[r]["UID"].plain() + `"`; !strings.HasSuffix(line, uid) {
			t.Errorf("%s -e row %d: %s does not come last in %s", l.verb, r, uid, line)
		}
	}
	if !l.same(t, []string{"-e", "-n", "-o", all}, []string{"-e", "-o", all}, 0) {
		t.Errorf("%s -e -n differs from -e", l.verb)
	}
}

func (l *listing) template(t *testing.T, w *world) {
	t.Helper()
	var text strings.Builder
	for _, name := range l.columns {
		fmt.Fprintf(&text, `{{.%s}}{{"\x00"}}`, strings.ToLower(name))
	}
	out := strings.TrimSuffix(l.run(t, "--template", text.String()), "\n")
	// The newline after each object stands before the next one's first cell.
	cells := split(out, len(l.columns))
	for r := range cells[1:] {
		cells[r+1][0] = strings.TrimPrefix(cells[r+1][0], "\n")
	}
	l.records(t, w, "--template", l.columns, cells)
}

// table prints one column beside one that identifies the row.
func (l *listing) table(t *testing.T, w *world, name string) {
	t.Helper()
	byID := map[string]cell{}
	for _, row := range l.rows {
		byID[row[l.id].plain()] = row[name]
	}
	for _, inBytes := range []bool{false, true} {
		args := []string{"-n", "-o", l.id + "," + strings.ToLower(name)}
		if name == l.id {
			args[2] = name
		}
		if inBytes {
			args = append(args, "-b")
		}
		out := l.run(t, args...)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != len(l.rows) {
			t.Fatalf("%s %s: %d lines, want %d\n%s", l.verb, args, len(lines), len(l.rows), out)
		}
		for _, line := range lines {
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s %s: blanks at the end of %q", l.verb, args, line)
			}
			id, text, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
			if name == l.id {
				text = id
			}
			if _, ok := byID[id]; !ok {
				t.Fatalf("%s %s: a line of no row: %q", l.verb, args, line)
			}
			w.isTable(t, fmt.Sprintf("%s %s %s", l.verb, args, id), strings.Trim(text, " "), byID[id], inBytes)
		}
	}
}

// sort orders by one column, up and down.
func (l *listing) sort(t *testing.T, w *world, name string) {
	t.Helper()
	byID := map[string]cell{}
	for _, row := range l.rows {
		byID[row[l.id].plain()] = row[name]
	}
	for _, minus := range []string{"", "-"} {
		out := l.run(t, "-r", "-n", "-o", l.id, "--sort", minus+strings.ToLower(name))
		ids := strings.Fields(out)
		if len(ids) != len(l.rows) {
			t.Fatalf("%s --sort %s%s: %d rows, want %d", l.verb, minus, name, len(ids), len(l.rows))
		}
		for i := range ids[1:] {
			a, b := byID[ids[i]], byID[ids[i+1]]
			if order := compareCells(a, b, minus == "-"); order > 0 {
				t.Errorf("%s --sort %s%s: %q stands before %q", l.verb, minus, name, a.plain(), b.plain())
			}
		}
	}
}

// compareCells orders two cells as --sort must: no value last, whichever way.
func compareCells(a, b cell, descending bool) int {
	sign := 1
	if descending {
		sign = -1
	}
	if !a.age.IsZero() {
		return -sign * a.age.Compare(b.age)
	}
	switch {
	case a.v == nil && b.v == nil:
		return 0
	case a.v == nil:
		return 1
	case b.v == nil:
		return -1
	}
	switch x := a.v.(type) {
	case string:
		return sign * strings.Compare(x, b.v.(string))
	case uint64:
		return sign * cmp.Compare(x, b.v.(uint64))
	case time.Time:
		return sign * x.Compare(b.v.(time.Time))
	}
	return sign * slices.Compare(a.v.([]string), b.v.([]string))
}

// headings checks the default columns, and what -o and -n make of them.
func (l *listing) headings(t *testing.T) {
	t.Helper()
	first := func(args ...string) string {
		t.Helper()
		line, _, _ := strings.Cut(l.run(t, args...), "\n")
		return strings.Join(strings.Fields(line), " ")
	}
	standard := map[string]string{
		"sysv":  "KEY ID OWNER PERMS SIZE NATTCH STATUS CTIME CPID COMMAND",
		"posix": "NAME OWNER PERMS SIZE ALLOC MTIME",
	}[l.api]
	for _, format := range []string{"-b", "-r"} {
		if got := first(format); got != standard {
			t.Errorf("%s %s: the columns are %s", l.verb, format, got)
		}
		if got := first(format, "-o", "+mode,MODE,size"); got != standard+" MODE" {
			t.Errorf("%s %s -o +mode,MODE,size: the columns are %s", l.verb, format, got)
		}
		if got := first(format, "-o", "size,mode"); got != "SIZE MODE" {
			t.Errorf("%s %s -o size,mode: the columns are %s", l.verb, format, got)
		}
	}
	if got := first("--csv"); got != strings.ReplaceAll(standard, " ", ",") {
		t.Errorf("%s --csv: the columns are %s", l.verb, got)
	}
}

// TestBoth walks the columns that both APIs have through the row formats of ls over
// both, and the two tables of the others.
func TestBoth(t *testing.T) {
	ownNamespaces(t)
	w := newWorld(t)
	heads := []string{"API", "OWNER", "PERMS", "SIZE", "CTIME", "MODE", "UID", "USER", "GID", "GROUP", "ATIME", "AGE", "NS"}
	both := &listing{verb: []string{"ls"}, columns: heads}
	for _, row := range w.segments {
		row["API"] = cell{v: "sysv"}
		both.rows = append(both.rows, row)
	}
	for _, row := range w.objects {
		row["API"] = cell{v: "posix"}
		both.rows = append(both.rows, row)
	}

	records, err := csv.NewReader(strings.NewReader(both.run(t, "--csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(records[0], " "); got != strings.Join(heads, " ") {
		t.Errorf("the columns of both are %s", got)
	}
	both.records(t, w, "--csv", heads, records[1:])
	both.raw(t, w, strings.Join(heads, ","))
	both.export(t, w, strings.Join(heads, ","))
	both.template(t, w)
	both.columns = append(heads, "USERS")
	both.raw(t, w, strings.Join(both.columns, ","))
	both.template(t, w)

	// One order over both.
	last := uint64(0)
	for i, line := range strings.Split(strings.TrimSpace(both.run(t, "-r", "-n", "-o", "SIZE", "--sort", "-size")), "\n") {
		var api string
		var size uint64
		if _, err := fmt.Sscan(line, &api, &size); err != nil {
			t.Fatal(err)
		}
		if i > 0 && size > last {
			t.Errorf("--sort -size: %d after %d", size, last)
		}
		last = size
	}

	// JSON has each API's own columns, and the table is two.
	var doc map[string][]map[string]any
	if err := json.Unmarshal([]byte(both.run(t, "-J")), &doc); err != nil {
		t.Fatal(err)
	}
	for _, l := range w.listings() {
		if len(doc) != 2 || len(doc[l.api]) != len(l.rows) || len(doc[l.api][0]) != len(l.own) {
			t.Errorf("ls -J: %d arrays, %d rows of %s", len(doc), len(doc[l.api]), l.api)
		}
	}
	table := both.run(t)
	for _, l := range w.listings() {
		if !strings.Contains(table, l.run(t)) {
			t.Errorf("ls does not hold what %s prints:\n%s", l.verb, table)
		}
	}
}

// TestStatIsOneRowOfLs holds stat in every format against the row of ls.
func TestStatIsOneRowOfLs(t *testing.T) {
	ownNamespaces(t)
	w := newWorld(t)
	for _, l := range w.listings() {
		columns := slices.DeleteFunc(slices.Clone(l.columns), func(s string) bool { return s == "AGE" })
		o := "-o" + strings.Join(columns, ",")
		for i, row := range l.rows {
			operand := row["ID"].plain()
			if l.api == "posix" {
				operand = row["NAME"].plain()
			}
			stat := func(args ...string) string {
				t.Helper()
				return shmctl(t, slices.Concat([]string{l.api, "stat"}, args, []string{"--", operand})...)
			}
			for _, format := range []string{"-r", "-e"} {
				list := strings.Split(strings.TrimSuffix(l.run(t, format, "-n", o), "\n"), "\n")
				if got := strings.TrimSuffix(stat(format, "-n", o), "\n"); got != list[i] {
					t.Errorf("%s stat %s %q is\n%s\nand not, as in ls,\n%s", l.api, format, operand, got, list[i])
				}
				if format == "-e" && i%4 != 0 {
					break
				}
			}
		}
	}
}
