package proc

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestParseMapping(t *testing.T) {
	tests := []struct {
		line string
		want mapping
		ok   bool
	}{
		{
			line: "7f0000000000-7f0000001000 rw-s 00002000 00:01 2147483647                 /SYSV4100c4a3 (deleted)",
			want: mapping{start: 0x7f0000000000, end: 0x7f0000001000, read: true, write: true, share: true,
				offset: 0x2000, minor: 1, ino: 2147483647, path: []byte("/SYSV4100c4a3 (deleted)")},
			ok: true,
		},
		{
			line: "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]",
			want: mapping{start: 0xffffffffff600000, end: 0xffffffffff601000, exec: true, path: []byte("[vsyscall]")},
			ok:   true,
		},
		{
			line: "b7f00000-b7f01000 r--p ffffffffffff0000 fff:fffff 18446744073709551615 ",
			want: mapping{start: 0xb7f00000, end: 0xb7f01000, read: true, offset: 0xffffffffffff0000,
				major: 0xfff, minor: 0xfffff, ino: 1<<64 - 1, path: []byte{}},
			ok: true,
		},
		{
			line: "1000-2000 ---p 0 1:2 3",
			want: mapping{start: 0x1000, end: 0x2000, major: 1, minor: 2, ino: 3, path: []byte{}},
			ok:   true,
		},
		{
			line: "1000-2000 ---p 0 1:2 3   /a b  c ",
			want: mapping{start: 0x1000, end: 0x2000, major: 1, minor: 2, ino: 3, path: []byte("/a b  c ")},
			ok:   true,
		},
		{line: ""},
		{line: "1000"},
		{line: "1000-2000"},
		{line: "-2000 ---p 0 1:2 3"},
		{line: "1000-2000 ---p"},
		{line: "1000-2000 ---p 0"},
		{line: "1000-2000 ---p 0 1:2"},
		{line: "1000-2000 ---p 0 1:2 "},
		{line: "1000-2000 ---p 0 12 3"},
		{line: "1000-2000 ---p 0 100000000:2 3"},
		{line: "1000-2000 ---p 0 1:100000000 3"},
		{line: "10000000000000000-2000 ---p 0 1:2 3"},
		{line: "1000-2000 ---p 0 1:2 18446744073709551616"},
		{line: "1000-2000 ---p 0 1:2 3x"},
		{line: "1000-2000 ---p 0 1:2 0x3"},
		{line: "1000-2000 ---p\t0 1:2 3"},
	}
	for _, tt := range tests {
		m, ok := parseMapping([]byte(tt.line))
		if ok != tt.ok || ok && !reflect.DeepEqual(m, tt.want) {
			t.Errorf("%q: %+v, %v; want %+v, %v", tt.line, m, ok, tt.want, tt.ok)
		}
	}
}

func TestParseMappingAllocates(t *testing.T) {
	line := []byte("7f0000000000-7f0000001000 rw-s 00002000 00:01 7                 /SYSV4100c4a3 (deleted)")
	if n := testing.AllocsPerRun(100, func() { parseMapping(line) }); n != 0 {
		t.Errorf("%v allocations a line", n)
	}
}

func TestSegmentPath(t *testing.T) {
	for path, want := range map[string]bool{
		"/SYSV00000000 (deleted)":       true,
		"/SYSVffffffff (deleted)":       true,
		"/SYSV4100c4a3":                 true,
		"/SYSV4100C4A3 (deleted)":       false,
		"/SYSV4100c4a (deleted)":        false,
		"/SYSV4100c4a3x":                false,
		"/SYSV4100c4a3 (deleted)x":      false,
		"/SYSV":                         false,
		"":                              false,
		"/dev/zero (deleted)":           false,
		"/memfd:SYSV00000000 (deleted)": false,
		"/dev/shm/SYSV00000000":         false,
		" /SYSV00000000 (deleted)":      false,
	} {
		if got := segmentPath([]byte(path)); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

func TestUnescapePath(t *testing.T) {
	for in, want := range map[string]string{
		`/dev/shm/a`:          "/dev/shm/a",
		`/dev/shm/a\012b\012`: "/dev/shm/a\nb\n",
		`/dev/shm/a\040b\\`:   `/dev/shm/a\040b\\`,
	} {
		if got := string(unescapePath([]byte(in))); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// TestEachLine reads the same lines through buffers and reads of any size.
func TestEachLine(t *testing.T) {
	const text = "one\n\ntwo words\n" + "a line of thirty bytes or more\nlast\ncut sho"
	for size := 6; size < 80; size++ {
		var want []string
		for _, line := range []string{"one", "", "two words", "a line of thirty bytes or more", "last"} {
			if len(line) < size {
				want = append(want, line)
			}
		}
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.HalfReader(strings.NewReader(text))} {
			var got []string
			n, err := eachLine(untilEOF(r), make([]byte, size), func(line []byte) { got = append(got, string(line)) })
			if err != nil || n != len(text) {
				t.Fatalf("size %d: %d, %v", size, n, err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("size %d: %q, want %q", size, got, want)
			}
		}
	}
}

// untilEOF reads as read(2) does, where the end is no bytes and no error.
func untilEOF(r io.Reader) func([]byte) (int, error) {
	return func(p []byte) (int, error) {
		n, err := r.Read(p)
		if err == io.EOF {
			err = nil
		}
		return n, err
	}
}

func statLine(comm, rest string) []byte { return []byte("42 (" + comm + ") " + rest + "\n") }

const statRest = "S 1 42 42 0 -1 4194304 100 0 0 0 1 2 0 0 20 0 3 0 123456 5000000 300 18446744073709551615 0"

func TestParseStat(t *testing.T) {
	for _, comm := range []string{"cat", "", " ", "a) R 1 (b", ") S 1 1 1", "((", "))", "a\nb", "\xff"} {
		st, err := parseStat(statLine(comm, statRest))
		want := stat{comm: comm, state: 'S', flags: 4194304, threads: 3, start: 123456}
		if err != nil || st != want {
			t.Errorf("%q: %+v, %v", comm, st, err)
		}
	}
	for _, bad := range []string{
		"", "42", "42 (cat", "42 )cat(", "42 (cat)", "42 (cat) S 1",
		string(statLine("cat", strings.Replace(statRest, "S", "SS", 1))),
		string(statLine("cat", strings.Replace(statRest, "4194304", "-1", 1))),
		string(statLine("cat", strings.Replace(statRest, "123456", "-123456", 1))),
		string(statLine("cat", strings.Replace(statRest, " 3 ", " x ", 1))),
	} {
		if st, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, st)
		}
	}
}

func TestStatStates(t *testing.T) {
	for _, tt := range []struct {
		st            stat
		kernel, ended bool
		name          string
	}{
		{st: stat{comm: "kthreadd", state: 'S', flags: 0x208040, threads: 1}, kernel: true, name: "[kthreadd]"},
		{st: stat{comm: "sh", state: 'S', flags: 0x400000, threads: 1}, name: "[sh]"},
		{st: stat{comm: "sh", state: 'Z', threads: 1}, ended: true, name: "[sh]"},
		{st: stat{comm: "sh", state: 'R', flags: 0x40000c, threads: 1}, ended: true, name: "[sh]"},
		{st: stat{comm: "sh", state: 'X', threads: 2}, ended: true, name: "[sh]"},
	} {
		if tt.st.kernelThread() != tt.kernel || tt.st.ended() != tt.ended || tt.st.name() != tt.name {
			t.Errorf("%+v: %v %v %v", tt.st, tt.st.kernelThread(), tt.st.ended(), tt.st.name())
		}
	}
}

func TestCommandLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"\x00":                          "",
		"\x00\x00\x00":                  "",
		"cat\x00":                       "cat",
		"cat":                           "cat",
		"./feeder\x00--rate\x0010\x00":  "./feeder --rate 10",
		"a\x00\x00b\x00":                "a  b",
		"nginx: worker\x00\x00\x00\x00": "nginx: worker",
		"\x1b[31m\xff\n\x00":            "\x1b[31m\xff\n",
	} {
		if got := commandLine([]byte(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestParseNamespace(t *testing.T) {
	if id, ok := parseNamespace("ipc:[4026531839]", "ipc"); !ok || id != 4026531839 {
		t.Errorf("%d, %v", id, ok)
	}
	for _, bad := range []string{"", "ipc:[]", "ipc:[1", "mnt:[1]", "ipc:[-1]", "ipc:[x]"} {
		if id, ok := parseNamespace(bad, "ipc"); ok {
			t.Errorf("%q: %d", bad, id)
		}
	}
}

func TestParseBootTime(t *testing.T) {
	if b, ok := parseBootTime([]byte("cpu 1 2\nbtime 1700000000\nprocesses 1\n")); !ok || b.Unix() != 1700000000 {
		t.Errorf("%v, %v", b, ok)
	}
	for _, bad := range []string{"", "btime\n", "btime x\n", "xbtime 1\n"} {
		if b, ok := parseBootTime([]byte(bad)); ok {
			t.Errorf("%q: %v", bad, b)
		}
	}
	b, err := bootClock()
	if err != nil {
		t.Fatal(err)
	}
	// The same, computed and printed by the kernel, save for a rounding.
	if k, err := (FS{}).bootTime(); err != nil || k.Sub(b).Abs() > time.Second {
		t.Errorf("%v, %v; by the clocks %v", k, err, b)
	}
}

func TestStartedAfter(t *testing.T) {
	at := time.Unix(1700000000, 0)
	for after, want := range map[time.Duration]bool{
		-time.Hour:              false,
		0:                       false,
		500 * time.Millisecond:  false,
		time.Second:             false,
		1010 * time.Millisecond: false,
		1020 * time.Millisecond: true,
		time.Hour:               true,
	} {
		if got := StartedAfter(at.Add(after), at); got != want {
			t.Errorf("%v later: %v", after, got)
		}
	}
}

func TestParseHidepid(t *testing.T) {
	const line = "22 1 0:20 / %s rw,relatime shared:5 - %s proc rw%s\n"
	for _, tt := range []struct {
		mounts string
		hide   string
		gid    int
	}{
		{fmt.Sprintf(line, "/proc", "proc", ""), "", 0},
		{fmt.Sprintf(line, "/proc", "proc", ",hidepid=invisible"), "invisible", 0},
		{fmt.Sprintf(line, "/proc", "proc", ",gid=27,hidepid=2"), "2", 27},
		{fmt.Sprintf(line, "/mnt/proc", "proc", ",hidepid=2"), "", 0},
		{fmt.Sprintf(line, "/proc", "tmpfs", ",hidepid=2"), "", 0},
		{fmt.Sprintf(line, "/proc", "proc", "") + fmt.Sprintf(line, "/proc", "proc", ",hidepid=4"), "4", 0},
		{fmt.Sprintf(line, "/proc", "proc", ",hidepid=4,gid=3") + fmt.Sprintf(line, "/proc", "proc", ""), "", 0},
		{"22 1 0:20 / /proc rw,relatime - proc proc rw,hidepid=noaccess", "noaccess", 0},
		{"22 1 0:20 / /proc rw,relatime - proc proc\n", "", 0},
		{"22 1 0:20 / /proc - proc proc rw,hidepid=2\n", "", 0},
		{"\n- \n", "", 0},
		{"", "", 0},
	} {
		hide, gid := parseHidepid([]byte(tt.mounts), "/proc/")
		if hide != tt.hide || gid != tt.gid {
			t.Errorf("%q: %q, %d", tt.mounts, hide, gid)
		}
	}
	hide, _ := parseHidepid([]byte(fmt.Sprintf(line, `/a\040b\134c`, "proc", ",hidepid=2")), `/a b\c`)
	if hide != "2" {
		t.Errorf("escaped mount point: %q", hide)
	}
}

func TestParseUids(t *testing.T) {
	status := "Name:\ta\\nUid:\t9\nUmask:\t0022\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n"
	if got := parseUids([]byte(status)); !slices.Equal(got, []uint32{1000, 0, 0, 0}) {
		t.Errorf("%v", got)
	}
	if got := parseUids([]byte("Name:\tx\n")); got != nil {
		t.Errorf("%v", got)
	}
}

// dirent builds a struct linux_dirent64.
func dirent(name string) []byte {
	b := make([]byte, (19+len(name)+1+7)&^7)
	binary.NativeEndian.PutUint16(b[16:], uint16(len(b)))
	copy(b[19:], name)
	return b
}

func TestParseNumbers(t *testing.T) {
	var data []byte
	for _, name := range []string{".", "..", "1", "self", "42", "4194304", "12x", "x12", "2147483647", "2147483648", "9999999999", "99999999999", "-1", ""} {
		data = append(data, dirent(name)...)
	}
	var got []int
	parseNumbers(data, func(n int) { got = append(got, n) })
	if !slices.Equal(got, []int{1, 42, 4194304, 2147483647}) {
		t.Errorf("%v", got)
	}
	parseNumbers(data[:30], func(n int) { t.Errorf("cut short: %d", n) })
}

func FuzzParseMapping(f *testing.F) {
	f.Add([]byte("7f0000000000-7f0000001000 rw-s 00002000 00:01 7                          /SYSV4100c4a3 (deleted)"))
	f.Add([]byte("7f0000300000-7f0000301000 r--p 00000000 00:1b 12                         /dev/shm/a\\012b (deleted)"))
	f.Add([]byte("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]"))
	f.Add([]byte("1000-2000 ---p 0 1:2 3"))
	f.Fuzz(func(t *testing.T, line []byte) {
		m, ok := parseMapping(line)
		if !ok {
			return
		}
		perms := []byte("---p")
		for i, set := range []bool{m.read, m.write, m.exec, m.share} {
			if set {
				perms[i] = "rwxs"[i]
			}
		}
		again := fmt.Appendf(nil, "%x-%x %s %08x %02x:%02x %d %s", m.start, m.end, perms, m.offset, m.major, m.minor, m.ino, m.path)
		n, ok := parseMapping(again)
		if !ok || !reflect.DeepEqual(m, n) {
			t.Fatalf("%q: %+v, as %q: %+v, %v", line, m, again, n, ok)
		}
		segmentPath(m.path)
		unescapePath(m.path)
	})
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("a) R 1 (b"), []byte(statRest))
	f.Add([]byte("\n) ("), []byte("Z 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 0 0 1 0 0"))
	f.Fuzz(func(t *testing.T, comm, rest []byte) {
		parseStat(rest)
		data := statLine(string(comm), string(rest))
		st, err := parseStat(data)
		if err == nil && !bytes.ContainsRune(rest, ')') && st.comm != string(comm) {
			t.Fatalf("%q: %q", data, st.comm)
		}
		st, err = parseStat(statLine(string(comm), statRest))
		if err != nil || st != (stat{comm: string(comm), state: 'S', flags: 4194304, threads: 3, start: 123456}) {
			t.Fatalf("%q: %+v, %v", comm, st, err)
		}
	})
}

func FuzzCommandLine(f *testing.F) {
	f.Add([]byte("./feeder\x00--rate\x0010\x00"))
	f.Add([]byte("\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in := bytes.Clone(data)
		line := commandLine(data)
		if strings.Contains(line, "\x00") || len(line) > len(data) {
			t.Fatalf("%q: %q", data, line)
		}
		if !bytes.Equal(in, data) {
			t.Fatal("the input was changed")
		}
	})
}

func FuzzEachLine(f *testing.F) {
	f.Add([]byte("one\ntwo\n\nthree"), uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		if size == 0 {
			return
		}
		lines := strings.Split(string(data), "\n")
		var want, got []string
		for _, line := range lines[:len(lines)-1] {
			if len(line) < int(size) {
				want = append(want, line)
			}
		}
		n, err := eachLine(untilEOF(bytes.NewReader(data)), make([]byte, size), func(line []byte) { got = append(got, string(line)) })
		if err != nil || n != len(data) || !slices.Equal(got, want) {
			t.Fatalf("%d, %v, %q; want %q", n, err, got, want)
		}
	})
}

func FuzzParseHidepid(f *testing.F) {
	f.Add([]byte("22 1 0:20 / /proc rw,relatime shared:5 - proc proc rw,gid=27,hidepid=invisible\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parseHidepid(data, "/proc")
		parseUids(data)
		parseBootTime(data)
		parseNamespace(string(data), "ipc")
	})
}

func FuzzParseNumbers(f *testing.F) {
	f.Add(append(dirent("12"), dirent("self")...))
	f.Fuzz(func(t *testing.T, data []byte) {
		parseNumbers(data, func(n int) {
			if n < 0 {
				t.Fatal(n)
			}
		})
	})
}
