package sysv

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParseShm(t *testing.T) {
	a := Segment{
		Key: 1090584578, ID: 7, Mode: 0o644, Size: 1024, CPID: 2039, LPID: 2040, Attached: 1,
		Atime: time.Unix(1763846964, 0), Dtime: time.Unix(1763846965, 0), Ctime: time.Unix(1763846900, 0),
		RSS: 4096, HasRSS: true,
	}
	b := Segment{
		ID: 32780, Seq: 1, Mode: 0o600, Dest: true, Locked: true, Size: 32 << 20, CPID: 812, LPID: 812, Attached: 2,
		UID: 1000, GID: 1000, CUID: 1000, CGID: 100,
		Atime: time.Unix(1763841731, 0), Ctime: time.Unix(1763841700, 0),
		RSS: 32 << 20, Swap: 8192, HasRSS: true,
	}
	c := Segment{
		Key: -1, ID: math.MaxInt32, Seq: 65535, Size: math.MaxUint64 - 1<<24 - 4095, Attached: math.MaxUint64,
		UID: 4294967294, GID: 65534, CUID: 65534, CGID: 65534,
		Ctime: time.Unix(1<<32, 0), RSS: math.MaxUint64 - 4095, Swap: 1, HasRSS: true,
	}
	old := func(s Segment) Segment {
		s.RSS, s.Swap, s.HasRSS = 0, 0, false
		return s
	}
	small := func(k Key, id int) Segment {
		return Segment{Key: k, ID: id, Mode: 0o600, Size: 1, CPID: 1, Ctime: time.Unix(1, 0), HasRSS: true}
	}
	for _, tt := range []struct {
		file string
		want []Segment
		errs []string
	}{
		{"shm-14", []Segment{old(a), old(b), old(c)}, nil},
		{"shm-16", []Segment{a, b, c}, nil},
		{"shm-17", []Segment{a, b, c}, nil},
		{"shm-negative", []Segment{small(-1<<31, 1), small(-559038737, 2), small(-559038737, 3)}, nil},
		{"shm-twice", []Segment{a, b}, nil},
		{"shm-torn", []Segment{a, small(5, 9)}, []string{
			"sysvipc/shm: line 3: 13 fields, the header has 16",
			`sysvipc/shm: line 4: gid is "65x34"`,
			"sysvipc/shm: line 6: cut short",
		}},
		{"shm-empty", []Segment{}, nil},
	} {
		got, err := ParseShm(fixture(t, tt.file))
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", tt.file, got, tt.want)
		}
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != strings.Join(tt.errs, "\n") {
			t.Errorf("%s: errors are\n%s", tt.file, text)
		}
	}
}

func TestParseShmBad(t *testing.T) {
	header, _, _ := strings.Cut(string(fixture(t, "shm-16")), "\n")
	for text, want := range map[string]string{
		"":     "no header line",
		header: "no header line",
		"\n":   "no column key",
		strings.Replace(header, "uid", "iud", 1) + "\n": "no column uid",
		header + strings.Repeat(" x", 17) + "\n":        "33 columns",
	} {
		if rows, err := ParseShm([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || len(rows) != 0 {
			t.Errorf("%q: %v, %v, want an error with %q", text, rows, err, want)
		}
	}
	good := "0 7 600 1 1 1 0 0 0 0 0 0 0 1 0 0"
	for i, want := range columns {
		for _, bad := range []string{"-", "x", "1x", "18446744073709551616", "-2147483649"} {
			fields := strings.Fields(good)
			fields[i] = bad
			rows, err := ParseShm([]byte(header + "\n" + strings.Join(fields, " ") + "\n" + good + "\n"))
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("line 2: %s is %q", want, bad)) || len(rows) != 1 {
				t.Errorf("%s of %s: %d rows, %v", want, bad, len(rows), err)
			}
		}
	}
}

func FuzzParseShm(f *testing.F) {
	files, err := filepath.Glob("testdata/shm-*")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		f.Add(fixture(f, filepath.Base(name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := ParseShm(data)
		if len(rows) > strings.Count(string(data), "\n") {
			t.Errorf("%d rows", len(rows))
		}
		// What was read survives being printed as the kernel does, without
		// complaint, and so do the lines around one that was torn.
		var b strings.Builder
		b.WriteString(strings.Join(columns[:], " ") + "\n")
		unix := func(t time.Time) int64 {
			if t.IsZero() {
				return 0
			}
			return t.Unix()
		}
		for i, s := range rows {
			mode := s.Mode
			if s.Dest {
				mode |= shmDest
			}
			if s.Locked {
				mode |= shmLocked
			}
			fmt.Fprintf(&b, "%d %d %o %d %d %d %d %d %d %d %d %d %d %d %d %d\n", s.Key, s.ID, mode, s.Size, s.CPID, s.LPID,
				s.Attached, s.UID, s.GID, s.CUID, s.CGID, unix(s.Atime), unix(s.Dtime), unix(s.Ctime), s.RSS, s.Swap)
			rows[i].HasRSS = true
		}
		again, err2 := ParseShm([]byte(b.String()))
		if err2 != nil || len(again) != len(rows) || len(rows) > 0 && !reflect.DeepEqual(again, rows) {
			t.Errorf("read again:\n%+v\nwant\n%+v\n%v (first %v)", again, rows, err2, err)
		}
	})
}

func BenchmarkParseShm(b *testing.B) {
	header, rest, _ := strings.Cut(string(fixture(b, "shm-16")), "\n")
	line, _, _ := strings.Cut(rest, "\n")
	fields := strings.Fields(line)
	var text strings.Builder
	text.WriteString(header + "\n")
	for i := range 2000 {
		fields[1] = fmt.Sprintf("%10d", i)
		text.WriteString(strings.Join(fields, "     ") + "\n")
	}
	data := []byte(text.String())
	b.ReportAllocs()
	for b.Loop() {
		if rows, err := ParseShm(data); err != nil || len(rows) != 2000 {
			b.Fatal(len(rows), err)
		}
	}
}
