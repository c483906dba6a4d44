package render

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// text is a registry of two columns of text, and a number to align.
func text() []Column[string] {
	return []Column[string]{
		{Name: "NAME", Default: true, Value: func(s string) any { return s }},
		{Name: "N", Kind: Number, Default: true, Value: func(s string) any { return int64(len(s)) }},
		{Name: "LAST", Default: true, Value: func(s string) any { return s }},
	}
}

func TestTableWide(t *testing.T) {
	want := `
NAME          N  LAST
日本          6  日本
é             2  é
e\u0301             3  e\u0301
plain         5  plain
\xe2\x80\xae  3  \xe2\x80\xae
\xff          1  \xff
a\x0ab        3  a\x0ab
█░            6  █░
`[1:]
	want = strings.ReplaceAll(want, `\u0301`, "\u0301")
	got := written(t, Format{}, tabulate(t, "", text(), []string{"日本", "é", "e\u0301", "plain", "\u202e", "\xff", "a\nb", "█░"}, Format{}))
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTableHostile(t *testing.T) {
	got := written(t, Format{Terminal: true}, tabulate(t, "", text(), hostile, Format{Terminal: true}))
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != len(hostile)+1 {
		t.Fatalf("%d lines for %d rows and the headings", len(lines), len(hostile))
	}
	for i, line := range lines {
		checkShowable(t, line)
		if strings.HasSuffix(line, " ") {
			t.Errorf("line %q ends in a blank", line)
		}
		if i > 0 && !strings.HasSuffix(line, strings.TrimRight(Escape(hostile[i-1]), " ")) {
			t.Errorf("line %q does not end in the whole of %q", line, hostile[i-1])
		}
	}
}

// layouts returns the same cells laid out by tablewriter and without it.
func layouts(t *testing.T, f Format, table Table) (a, b string) {
	t.Helper()
	var x, y bytes.Buffer
	xw, yw := bufio.NewWriter(&x), bufio.NewWriter(&y)
	c := cellsOf(f, table)
	if err := c.layOut(xw); err != nil {
		t.Fatal(err)
	}
	if err := c.writeLong(yw); err != nil {
		t.Fatal(err)
	}
	xw.Flush()
	yw.Flush()
	return x.String(), y.String()
}

func TestLongTable(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range 60 {
		f := Format{Terminal: n%2 == 0, NoHeadings: n%3 == 0}
		cols := text()
		if n%5 == 0 {
			cols[0].Alert = func(s string) bool { return len(s)%2 == 0 }
			cols[2].Alert = cols[0].Alert
		}
		var rows []string
		for range n {
			s := hostile[rnd.IntN(len(hostile))] + hostile[rnd.IntN(len(hostile))]
			rows = append(rows, s[:min(len(s), rnd.IntN(60))])
		}
		if a, b := layouts(t, f, tabulate(t, "", cols, rows, f)); a != b {
			t.Fatalf("tablewriter\n%s\nwithout\n%s", a, b)
		}
	}
	f := Format{}
	if a, b := layouts(t, f, tabulate(t, "", registry(), items(), f)); a != b || a == "" {
		t.Errorf("tablewriter\n%s\nwithout\n%s", a, b)
	}
	long := tabulate(t, "", text(), make([]string, maxLaidOut), f)
	if a, _ := layouts(t, f, long); a != written(t, f, long) {
		t.Error("a long table is written in other bytes than tablewriter's")
	}
}

// The table must not depend on the locale, which go-runewidth looks at when the program
// starts.
func TestLocale(t *testing.T) {
	const role = "RENDER_TEST_LOCALE"
	rows := []string{"█░", "°±", "日本", "é", "①", "…"}
	if os.Getenv(role) != "" {
		f := Format{}
		a, b := layouts(t, f, tabulate(t, "", text(), rows, f))
		fmt.Printf("<<%s%s%s>>", a, b, render(t, registry(), items(), Format{JSON: true}))
		return
	}
	table := regexp.MustCompile(`(?s)<<.*>>`)
	var want string
	for _, env := range []string{"LC_ALL=C", "LC_ALL=ja_JP.UTF-8", "LC_ALL=zh_CN.GBK", "LC_ALL=ko_KR.eucKR", "LC_ALL=de_DE.UTF-8", "RUNEWIDTH_EASTASIAN=1"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLocale$")
		cmd.Env = append(os.Environ(), role+"=1", env)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", env, err, out)
		}
		got := table.FindString(string(out))
		if want == "" {
			want = got
		}
		if got == "" || got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", env, out, want)
		}
	}
}

// objects are rows as a busy /dev/shm has them.
func objects(n int) []item {
	rows := make([]item, n)
	for i := range rows {
		rows[i] = item{present: true, name: fmt.Sprintf("/psm_%08x", i*7919), id: int64(i), size: uint64(i) * 4096, count: uint64(i) % 7,
			mtime: when.Add(time.Duration(i) * time.Minute), age: time.Duration(i) * time.Second, status: []string{"dest"}, use: float64(i)}
	}
	return rows
}

func BenchmarkTable(b *testing.B) {
	rows := objects(20000)
	f := Format{Output: "NAME,ID,COUNT,SIZE,MTIME,STATUS", OutputSet: true}
	b.Run("long", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Write(io.Discard, f, tabulate(b, "posix", registry(), rows, f))
		}
	})
	b.Run("tablewriter", func(b *testing.B) {
		c := cellsOf(f, tabulate(b, "posix", registry(), rows, f))
		b.ReportAllocs()
		for b.Loop() {
			c.layOut(bufio.NewWriter(io.Discard))
		}
	})
	b.Run("short", func(b *testing.B) {
		for b.Loop() {
			Write(io.Discard, f, tabulate(b, "posix", registry(), rows[:maxLaidOut/6-1], f))
		}
	})
}

func BenchmarkFormats(b *testing.B) {
	rows := objects(2000)
	wide := registry()[:8]
	for len(wide) < 27 {
		c := wide[len(wide)-8]
		c.Name += fmt.Sprint(len(wide))
		wide = append(wide, c)
	}
	for name, f := range map[string]Format{"json": {JSON: true}, "raw": {Raw: true}, "export": {Export: true}, "csv": {CSV: true}, "table": {},
		"sorted": {Raw: true, Sort: "-size"}, "template": {TemplateSet: true, Template: "{{.name}} {{.id}}"}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Write(io.Discard, f, tabulate(b, "posix", wide, rows, f))
			}
		})
	}
}
