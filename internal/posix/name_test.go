package posix

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseName(t *testing.T) {
	long := strings.Repeat("n", 255)
	for _, c := range []struct {
		in   string
		want Name
		ok   bool
	}{
		{"x", "x", true},
		{"/x", "x", true},
		{"my_shm", "my_shm", true},
		{"/...", "...", true},
		{"/.hidden", ".hidden", true},
		{" ", " ", true},
		{"/a\nb\x1b[31m", "a\nb\x1b[31m", true},
		{"/\xff\xfe", "\xff\xfe", true},
		{`/a\b`, `a\b`, true},
		{long, Name(long), true},
		{"/" + long, Name(long), true},
		{"sem.x", "sem.x", true},
		{"", "", false},
		{"/", "", false},
		{"//", "", false},
		{"//x", "", false},
		{"/x/", "", false},
		{"a/b", "", false},
		{"/../x", "", false},
		{".", "", false},
		{"/.", "", false},
		{"..", "", false},
		{"/..", "", false},
		{"a\x00b", "", false},
		{long + "n", "", false},
		{"/" + long + "n", "", false},
	} {
		got, err := ParseName(c.in)
		if got != c.want || (err == nil) != c.ok {
			t.Errorf("ParseName(%q) = %q, %v; want %q", c.in, got, err, c.want)
		}
		wantText(t, err)
		if c.ok && got.String() != "/"+string(c.want) {
			t.Errorf("ParseName(%q).String() = %q", c.in, got)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"", "/", "x", "/x", "//x", "..", "a/b", "a\x00", "\xff\n", strings.Repeat("é", 128)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseName(s)
		if err != nil {
			if n != "" {
				t.Errorf("a name, %q, and an error", n)
			}
			return
		}
		if n == "" || n == "." || n == ".." || len(n) > 255 || strings.ContainsAny(string(n), "/\x00") {
			t.Errorf("ParseName(%q) = %q", s, n)
		}
		if again, err := ParseName(n.String()); again != n || err != nil {
			t.Errorf("ParseName(%q) = %q, %v", n.String(), again, err)
		}
	})
}

func TestSemaphoreName(t *testing.T) {
	for n, want := range map[Name]bool{"sem.x": true, "sem.": true, "sem": false, "xsem.": false, "Sem.x": false} {
		if n.Semaphore() != want {
			t.Errorf("%s: %v", n, !want)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"/x":             `"/x"`,
		"a\nb\t\r":       `"a\nb\t\r"`,
		`q"q\q`:          `"q\"q\\q"`,
		"\x1b[31m1\x00x": `"\033[31m1\000x"`,
		"é\xff":          `"\303\251\377"`,
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
	if got := quoteData([]byte(strings.Repeat("x", 33))); got != `"`+strings.Repeat("x", 32)+`"...` {
		t.Errorf("quoteData of 33 bytes: %s", got)
	}
}

func TestOpenFlags(t *testing.T) {
	for flags, want := range map[int]string{
		0:                                        "O_RDONLY",
		unix.O_RDWR:                              "O_RDWR",
		unix.O_RDWR | unix.O_CREAT | unix.O_EXCL: "O_RDWR|O_CREAT|O_EXCL",
		unix.O_RDONLY | unix.O_NONBLOCK:          "O_RDONLY|O_NONBLOCK",
		unix.O_RDONLY | unix.O_DIRECTORY:         "O_RDONLY|O_DIRECTORY",
		unix.O_RDWR | unix.O_TMPFILE:             "O_RDWR|O_TMPFILE",
		unix.O_PATH | unix.O_NOFOLLOW:            "O_PATH|O_NOFOLLOW",
		unix.O_RDWR | unix.O_TRUNC | unix.O_CLOEXEC: "O_RDWR|O_TRUNC|O_CLOEXEC",
	} {
		if got := openFlags(flags); got != want {
			t.Errorf("%#x: %s, want %s", flags, got, want)
		}
	}
}
