package sysv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestParseKeySpec(t *testing.T) {
	num := func(n int64) KeySpec { return KeySpec{Num: Key(uint32(n))} }
	file := func(path string, proj byte) KeySpec { return KeySpec{Path: path, Proj: proj} }
	for _, tt := range []struct {
		in   string
		want KeySpec
	}{
		{"private", num(0)},
		{"0", num(0)},
		{"0x0", num(0)},
		{"-0", num(0)},
		{"1", num(1)},
		{"010", num(10)},
		{"0x41010002", num(0x41010002)},
		{"0X41010002", num(0x41010002)},
		{"0x0000000041010002", num(0x41010002)},
		{"0xffffffff", num(-1)},
		{"0xFFFFFFFF", num(-1)},
		{"4294967295", num(-1)},
		{"2147483648", num(-1 << 31)},
		{"-2147483648", num(-1 << 31)},
		{"-1", num(-1)},
		{"/tmp:A", file("/tmp", 'A')},
		{"/tmp:1", file("/tmp", '1')},
		{"/tmp:0", file("/tmp", '0')},
		{"/tmp:65", file("/tmp", 65)},
		{"/tmp:065", file("/tmp", 65)},
		{"/tmp:0x41", file("/tmp", 0x41)},
		{"/tmp:0X41", file("/tmp", 0x41)},
		{"/tmp:0x1", file("/tmp", 1)},
		{"/tmp:0x141", file("/tmp", 0x41)},
		{"/tmp:321", file("/tmp", 65)},
		{"/tmp:2147483647", file("/tmp", 255)},
		{"/tmp: ", file("/tmp", ' ')},
		{"/tmp:-", file("/tmp", '-')},
		{"/tmp:\xe9", file("/tmp", 0xe9)},
		{"a:b:c", file("a:b", 'c')},
		{"/tmp::A", file("/tmp:", 'A')},
		{".:x", file(".", 'x')},
		{"1:2", file("1", '2')},
		{"private:A", file("private", 'A')},
	} {
		tt.want.Text = tt.in
		got, err := ParseKeySpec(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseKeySpec(%q) = %+v, %v, want %+v", tt.in, got, err, tt.want)
		}
		if got.Private() != (tt.want.Path == "" && tt.want.Num == 0) {
			t.Errorf("ParseKeySpec(%q).Private() = %v", tt.in, got.Private())
		}
	}

	for in, want := range map[string]string{
		"":                                 "neither",
		"x":                                "neither",
		"PRIVATE":                          "neither",
		"12x":                              "neither",
		"1_000":                            "neither",
		"+1":                               "neither",
		" 1":                               "neither",
		"--1":                              "neither",
		"-":                                "neither",
		"0x":                               "neither",
		"0x-1":                             "neither",
		"-0x1":                             "neither",
		"0xg":                              "neither",
		"4294967296":                       `"4294967296" does not fit in 32 bits`,
		"-2147483649":                      `"-2147483649" does not fit in 32 bits`,
		"0x100000000":                      `"0x100000000" does not fit in 32 bits`,
		"18446744073709551616":             "32 bits",
		"-18446744073709551616":            "32 bits",
		"99999999999999999999999999999999": "32 bits",
		"0xffffffffffffffffffffffffffffff": "32 bits",
		"/tmp":                             "lacks the :PROJ",
		"./x":                              "lacks the :PROJ",
		":A":                               "no path",
		":":                                "no project",
		"/tmp:":                            "no project",
		"/tmp::":                           "no project",
		"/tmp:AB":                          "not one character",
		"/tmp:-1":                          "not one character",
		"/tmp:+1":                          "not one character",
		"/tmp:1x":                          "not one character",
		"/tmp:0x":                          "not one character",
		"/tmp:é":                           "takes 2 bytes",
		"/tmp:漢":                           "takes 3 bytes",
		"/tmp:00":                          "low 8 bits",
		"/tmp:256":                         "low 8 bits",
		"/tmp:0x0":                         "low 8 bits",
		"/tmp:0x100":                       "low 8 bits",
		"/tmp:2147483648":                  "32 bits",
		"/tmp:99999999999999999999":        "32 bits",
		"/tmp:\x00":                        "not one character",
		"/t\x00mp:A":                       "NUL",
	} {
		got, err := ParseKeySpec(in)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseKeySpec(%q) = %+v, %v, want an error with %q", in, got, err, want)
		}
	}
}

func FuzzParseKeySpec(f *testing.F) {
	for _, s := range []string{"", "private", "0x41010002", "-1", "4294967296", "/tmp:A", "a:b:65", "/tmp:0x141", "/tmp:é", "x::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		spec, err := ParseKeySpec(s)
		if err != nil {
			if spec != (KeySpec{}) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: %+v, %q", s, spec, err)
			}
			return
		}
		if spec.Text != s {
			t.Errorf("%q: text is %q", s, spec.Text)
		}
		if spec.Path != "" {
			proj, ok := strings.CutPrefix(s, spec.Path+":")
			if !ok || spec.Proj == 0 || spec.Num != 0 || strings.Contains(proj, ":") {
				t.Errorf("%q: %+v", s, spec)
			}
			if len(proj) == 1 && spec.Proj != proj[0] {
				t.Errorf("%q: the project is %#x", s, spec.Proj)
			}
		}
		if strings.Contains(s, ":") != (spec.Path != "") {
			t.Errorf("%q: %+v", s, spec)
		}
		if spec.Path == "" && s != "private" {
			// Every spelling of the number finds the same key.
			for _, again := range []string{spec.Num.String(), fmt.Sprint(int32(spec.Num)), fmt.Sprint(uint32(spec.Num))} {
				if other, err := ParseKeySpec(again); err != nil || other.Num != spec.Num {
					t.Errorf("%q: %s is %v, %v", s, again, other.Num, err)
				}
			}
		}
		if d := spec.Describe(1); strings.ContainsAny(d, "\n\x1b") {
			t.Errorf("%q is described as %q", s, d)
		}
	})
}

func TestDescribe(t *testing.T) {
	for in, want := range map[string]string{
		"/tmp:A":     "0x41010002 (/tmp:A)",
		"/tmp:0x41":  "0x41010002 (/tmp:0x41)",
		"0x41010002": "0x41010002",
		"1090584578": "0x41010002",
		"a\nb:A":     `0x41010002 ("a\nb:A")`,
	} {
		spec, err := ParseKeySpec(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := spec.Describe(0x41010002); got != want {
			t.Errorf("%q is described as %q, want %q", in, got, want)
		}
	}
	for k, want := range map[Key]string{0: "0x00000000", -1: "0xffffffff", 0x52e2c1: "0x0052e2c1"} {
		if k.String() != want {
			t.Errorf("key %d is %s, want %s", k, k, want)
		}
	}
}

func TestParseID(t *testing.T) {
	for in, want := range map[string]int{"0": 0, "7": 7, "007": 7, "2147483647": 1<<31 - 1, "00000000000000000000007": 7} {
		if got, err := ParseID(in); err != nil || got != want {
			t.Errorf("ParseID(%q) = %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-1", "+1", " 1", "1 ", "12x", "0x1", "1_0", "2147483648", "4294967296", "99999999999999999999", "１"} {
		if got, err := ParseID(in); err == nil {
			t.Errorf("ParseID(%q) = %d, want an error", in, got)
		}
	}
}

func FuzzParseID(f *testing.F) {
	for _, s := range []string{"", "0", "-1", "2147483647", "2147483648", "4294967296", "12x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseID(s)
		if err != nil {
			if id != 0 {
				t.Errorf("%q: %d, %v", s, id, err)
			}
			return
		}
		if id < 0 || id > 1<<31-1 || strconv.Itoa(id) != strings.TrimLeft(s[:len(s)-1], "0")+s[len(s)-1:] {
			t.Errorf("%q is %d", s, id)
		}
	})
}

func TestFtok(t *testing.T) {
	for _, tt := range []struct {
		dev, ino uint64
		proj     byte
		want     Key
	}{
		{1, 2, 'A', 0x41010002},
		{0xfe00, 0x12345678, 'A', 0x41005678},
		{0x1_0000_00ff, 0xffff_ffff_ffff, 0xff, -1},
		{0, 0, 1, 0x01000000},
	} {
		if got := Ftok(tt.dev, tt.ino, tt.proj); got != tt.want {
			t.Errorf("Ftok(%#x, %#x, %#x) = %v, want %v", tt.dev, tt.ino, tt.proj, got, tt.want)
		}
	}
}

// TestFtokC compares with the C library on the files at hand.
func TestFtokC(t *testing.T) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("needs a C compiler")
	}
	dir := t.TempDir()
	src := filepath.Join(dir, "ftok.c")
	const text = `#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
int main(int c, char **v) {
	for (int i = 1; i + 1 < c; i += 2) printf("0x%08x\n", (unsigned)ftok(v[i], atoi(v[i+1])));
}`
	if err := os.WriteFile(src, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "ftok")
	if out, err := exec.Command(cc, "-o", bin, src).CombinedOutput(); err != nil {
		t.Skipf("the C compiler fails: %v: %s", err, out)
	}
	var args, want []string
	for _, path := range []string{"/", "/tmp", "/proc", "/proc/self/status", "/dev/null", "/dev/shm", ".", dir, src} {
		for _, proj := range []int{1, 'A', 255, 321} {
			spec, err := ParseKeySpec(fmt.Sprintf("%s:%#x", path, proj))
			if err != nil {
				t.Fatal(err)
			}
			k, err := host.Resolve(spec)
			if err != nil {
				t.Fatal(err)
			}
			args = append(args, path, strconv.Itoa(proj))
			want = append(want, k.String())
		}
	}
	out, err := exec.Command(bin, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(string(out))
	for i := range want {
		// The inodes of /proc/self differ between the two processes.
		if i >= len(got) || got[i] != want[i] && !strings.HasPrefix(args[2*i], "/proc/self") {
			t.Errorf("ftok(%q, %s): %s here, C says %v", args[2*i], args[2*i+1], want[i], got[i:])
			break
		}
	}
}

func TestResolve(t *testing.T) {
	k, err := host.Resolve(KeySpec{Num: 7})
	if err != nil || k != 7 {
		t.Errorf("a number: %v, %v", k, err)
	}
	var calls []string
	h := Host{Trace: func(call, result string, err error) {
		calls = append(calls, fmt.Sprintf("%s = %s %v", call, result, err))
	}}
	name := filepath.Join(t.TempDir(), "absent")
	_, err = h.Resolve(KeySpec{Path: name, Proj: 'A'})
	var pe *fs.PathError
	if !errors.As(err, &pe) || pe.Path != name || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such path: %v", err)
	}
	_, err = h.Resolve(KeySpec{Path: "/dev/null/x", Proj: 1})
	if !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("below a file: %v", err)
	}
	k, err = h.Resolve(KeySpec{Path: "/", Proj: '\''})
	if err != nil {
		t.Error(err)
	}
	want := []string{
		fmt.Sprintf("ftok(%q, 'A') =  no such file or directory", name),
		`ftok("/dev/null/x", 0x01) =  not a directory`,
		fmt.Sprintf(`ftok("/", 0x27) = %s <nil>`, k),
	}
	if strings.Join(calls, "\n") != strings.Join(want, "\n") {
		t.Errorf("trace:\n%s\nwant:\n%s", strings.Join(calls, "\n"), strings.Join(want, "\n"))
	}
}
