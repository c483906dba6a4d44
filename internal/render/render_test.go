package render

import (
	"bytes"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	time.Local = time.FixedZone("", 3600) // the table shows local time
	os.Exit(m.Run())
}

var when = time.Date(2026, 11, 22, 20, 29, 24, 987654321, time.UTC)

// item is a row with a value of every kind; present false makes all of them nil.
type item struct {
	present bool
	name    string
	id      int64
	count   uint64
	size    uint64
	mtime   time.Time
	age     time.Duration
	status  []string
	use     float64
	users   []item
}

func opt[V any](get func(item) V) func(item) any {
	return func(i item) any {
		if !i.present {
			return nil
		}
		return get(i)
	}
}

func registry() []Column[item] {
	cols := []Column[item]{
		{Name: "NAME", Help: "name of it", Kind: Text, Default: true, Value: opt(func(i item) string { return i.name })},
		{Name: "ID", Help: "number of it", Kind: Number, Default: true, Value: opt(func(i item) int64 { return i.id })},
		{Name: "COUNT", Help: "how many", Kind: Number, Value: opt(func(i item) uint64 { return i.count })},
		{Name: "SIZE", Help: "size in bytes", Kind: Size, Default: true, Value: opt(func(i item) uint64 { return i.size })},
		{Name: "MTIME", Help: "time of change", Kind: Time, Default: true, Value: opt(func(i item) time.Time { return i.mtime })},
		{Name: "AGE", Help: "time since", Kind: Age, Default: true, Value: opt(func(i item) time.Duration { return i.age })},
		{Name: "STATUS", Help: "state", Kind: List, Default: true, Value: opt(func(i item) []string { return i.status })},
		{Name: "USE_PCT", Head: "USE%", Help: "share in use", Kind: Percent, Default: true, Value: opt(func(i item) float64 { return i.use })},
		{Name: "USERS", Help: "processes that map it", Kind: Number, Search: true, Value: opt(func(i item) int64 { return 2 })},
	}
	return cols
}

func withNested() []Column[item] {
	sub := registry()[:2]
	return append(registry()[:1], Column[item]{Name: "SUB", Kind: Nested, Default: true, Value: func(i item) any {
		t, err := Tabulate("", sub, i.users, Format{JSON: true})
		if err != nil {
			panic(err)
		}
		return t
	}})
}

func items() []item {
	return []item{
		{true, "/b", 7, 1, 1024, when, 3*24*time.Hour + 13*time.Hour, []string{"dest", "locked"}, 0.1708984375, nil},
		{true, "/a", -12, math.MaxUint64, 1181116006, when.Add(time.Hour), 40 * time.Second, nil, 100, nil},
		{},
		{true, "", 100, 0, 0, time.Time{}, 0, []string{}, math.NaN(), nil},
	}
}

func tabulate[T any](t testing.TB, api string, cols []Column[T], rows []T, f Format) Table {
	t.Helper()
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	cols, err := Select(cols, f)
	if err != nil {
		t.Fatal(err)
	}
	table, err := Tabulate(api, cols, rows, f)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func written(t testing.TB, f Format, tables ...Table) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, f, tables...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func render(t testing.TB, cols []Column[item], rows []item, f Format) string {
	t.Helper()
	return written(t, f, tabulate(t, "posix", cols, rows, f))
}

func TestFormats(t *testing.T) {
	for _, c := range []struct {
		name string
		f    Format
		want string
	}{
		{"table", Format{}, `
NAME   ID  SIZE  MTIME                AGE    STATUS          USE%
/b      7    1K  2026-11-22 21:29:24  3d13h  dest,locked    0.17%
/a    -12  1.1G  2026-11-22 22:29:24  40s                 100.00%

      100    0B                       0s
`},
		{"table, bytes, no headings", Format{Bytes: true, NoHeadings: true, Output: "name,size", OutputSet: true}, `
/b        1024
/a  1181116006

             0
`},
		{"table, more columns", Format{Output: "+count,USERS,Name", OutputSet: true}, `
NAME   ID  SIZE  MTIME                AGE    STATUS          USE%                 COUNT  USERS
/b      7    1K  2026-11-22 21:29:24  3d13h  dest,locked    0.17%                     1      2
/a    -12  1.1G  2026-11-22 22:29:24  40s                 100.00%  18446744073709551615      2

      100    0B                       0s                                              0      2
`},
		{"table, sorted by what is not shown", Format{Output: "NAME", OutputSet: true, Sort: "-use%"}, `
NAME
/a
/b


`},
		{"json", Format{JSON: true}, `
{"posix":[
  {"name":"/b","id":7,"count":1,"size":1024,"mtime":"2026-11-22T20:29:24Z","age":306000,"status":["dest","locked"],"use_pct":0.1708984375},
  {"name":"/a","id":-12,"count":18446744073709551615,"size":1181116006,"mtime":"2026-11-22T21:29:24Z","age":40,"status":[],"use_pct":100},
  {"name":null,"id":null,"count":null,"size":null,"mtime":null,"age":null,"status":null,"use_pct":null},
  {"name":"","id":100,"count":0,"size":0,"mtime":null,"age":0,"status":[],"use_pct":null}
]}
`},
		{"json, a search and a sort", Format{JSON: true, Output: "users", OutputSet: true, Sort: "id"}, `
{"posix":[
  {"users":2},
  {"users":2},
  {"users":2},
  {"users":null}
]}
`},
		{"raw", Format{Raw: true}, `
NAME ID SIZE MTIME AGE STATUS USE_PCT
/b 7 1024 2026-11-22T20:29:24Z 306000 dest,locked 0.1708984375
/a -12 1181116006 2026-11-22T21:29:24Z 40 - 100
- - - - - - -
\x00 100 0 - 0 - -
`},
		{"raw, no headings", Format{Raw: true, NoHeadings: true, Output: "ID", OutputSet: true}, `
7
-12
-
100
`},
		{"export", Format{Export: true}, `
NAME="/b" ID="7" SIZE="1024" MTIME="2026-11-22T20:29:24Z" AGE="306000" STATUS="dest,locked" USE_PCT="0.1708984375"
NAME="/a" ID="-12" SIZE="1181116006" MTIME="2026-11-22T21:29:24Z" AGE="40" STATUS="" USE_PCT="100"
NAME="" ID="" SIZE="" MTIME="" AGE="" STATUS="" USE_PCT=""
NAME="" ID="100" SIZE="0" MTIME="" AGE="0" STATUS="" USE_PCT=""
`},
		{"csv", Format{CSV: true}, `
NAME,ID,SIZE,MTIME,AGE,STATUS,USE_PCT
/b,7,1024,2026-11-22T20:29:24Z,306000,"dest,locked",0.1708984375
/a,-12,1181116006,2026-11-22T21:29:24Z,40,,100
,,,,,,
,100,0,,0,,
`},
		{"csv, one empty column, no headings", Format{CSV: true, NoHeadings: true, Output: "STATUS", OutputSet: true}, `
"dest,locked"
""
""
""
`},
		{"template", Format{TemplateSet: true, Template: `{{.name}} {{.count}} {{.mtime}} {{.age}} {{.status}} {{range .status}}<{{.}}>{{end}} {{.use_pct}} {{.users}}`}, `
/b 1 2026-11-22T20:29:24Z 306000 dest,locked <dest><locked> 0.1708984375 2
/a 18446744073709551615 2026-11-22T21:29:24Z 40   100 2
       
 0  0    2
`},
		{"template that compares", Format{TemplateSet: true, Template: `{{if and .size (gt .size 1024)}}{{.mtime.Unix}}{{end}}`}, `

1795382964


`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, want := render(t, registry(), items(), c.f), c.want[1:]; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestEmpty(t *testing.T) {
	for _, c := range []struct {
		f    Format
		want string
	}{
		{Format{}, "NAME  ID  SIZE  MTIME  AGE  STATUS  USE%\n"},
		{Format{NoHeadings: true}, ""},
		{Format{JSON: true}, `{"posix":[]}` + "\n"},
		{Format{Raw: true}, "NAME ID SIZE MTIME AGE STATUS USE_PCT\n"},
		{Format{Raw: true, NoHeadings: true}, ""},
		{Format{Export: true}, ""},
		{Format{CSV: true}, "NAME,ID,SIZE,MTIME,AGE,STATUS,USE_PCT\n"},
		{Format{CSV: true, NoHeadings: true}, ""},
		{Format{TemplateSet: true, Template: "{{.id}}"}, ""},
	} {
		if got := render(t, registry(), nil, c.f); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.f, got, c.want)
		}
	}
}

// A table without columns, as Join of nothing returns it, prints nothing in any format.
func TestNoColumns(t *testing.T) {
	for _, f := range []Format{{}, {Raw: true}, {Export: true}, {CSV: true}, {TemplateSet: true}} {
		if got := written(t, f); got != "" {
			t.Errorf("%+v: got %q", f, got)
		}
	}
	if got := written(t, Format{JSON: true}); got != "{}\n" {
		t.Errorf("JSON: got %q", got)
	}
}

func TestNested(t *testing.T) {
	rows := []item{{present: true, name: "/a", users: []item{{present: true, name: "x", id: 1}, {present: true, name: "y", id: 2}}}, {present: true, name: "/b"}}
	for _, c := range []struct {
		f    Format
		want string
	}{
		{Format{}, "NAME  SUB\n/a      2\n/b      0\n"},
		{Format{JSON: true}, `{"posix":[` + "\n" + `  {"name":"/a","sub":[{"name":"x","id":1},{"name":"y","id":2}]},` + "\n" + `  {"name":"/b","sub":[]}` + "\n]}\n"},
		{Format{Raw: true, NoHeadings: true}, "/a 2\n/b 0\n"},
		{Format{TemplateSet: true, Template: `{{$n := .name}}{{range .sub}}{{$n}} {{.name}}{{.id}};{{end}}`}, "/a x1;/a y2;\n\n"},
	} {
		if got := render(t, withNested(), rows, c.f); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.f, got, c.want)
		}
	}
}

func TestSeveralTables(t *testing.T) {
	a := []Column[item]{registry()[0], registry()[3], registry()[5], registry()[8]}
	b := []Column[int]{
		{Name: "NUM", Kind: Number, Default: true, Value: func(i int) any { return int64(i) }},
		{Name: "SIZE", Kind: Size, Value: func(i int) any { return uint64(i) }},
		{Name: "AGE", Kind: Number, Value: func(i int) any { return uint64(i) }}, // of another kind: not shared
		{Name: "USERS", Kind: Number, Search: true, Value: func(i int) any { return uint64(i) }},
	}
	for _, c := range []struct {
		f    Format
		want string
	}{
		{Format{}, "NUM\n  5\n\nNAME  SIZE  AGE\n/b      1K  3d13h\n"},
		{Format{JSON: true}, "{\"sysv\":[\n  {\"num\":5,\"size\":5,\"age\":5}\n],\"posix\":[\n  {\"name\":\"/b\",\"size\":1024,\"age\":306000}\n]}\n"},
	} {
		if got := written(t, c.f, tabulate(t, "sysv", b, []int{5}, c.f), tabulate(t, "posix", a, items()[:1], c.f)); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.f, got, c.want)
		}
	}

	sb, sa := Shared("sysv", b, "posix", a)
	for _, c := range []struct {
		f    Format
		want string
	}{
		{Format{Raw: true}, "API SIZE\nsysv 5\nsysv 2000\nposix 1024\nposix 1181116006\n"},
		{Format{Raw: true, Sort: "-size"}, "API SIZE\nposix 1181116006\nsysv 2000\nposix 1024\nsysv 5\n"},
		{Format{Raw: true, Sort: "api"}, "API SIZE\nposix 1024\nposix 1181116006\nsysv 5\nsysv 2000\n"},
		{Format{CSV: true, Output: "users", OutputSet: true, Sort: "size"}, "API,USERS\nsysv,5\nposix,2\nsysv,2000\nposix,2\n"},
		{Format{Export: true, Output: "+api", OutputSet: true, Sort: "USERS"}, "API=\"posix\" SIZE=\"1024\"\nAPI=\"posix\" SIZE=\"1181116006\"\nAPI=\"sysv\" SIZE=\"5\"\nAPI=\"sysv\" SIZE=\"2000\"\n"},
		{Format{TemplateSet: true, Template: "{{.api}}:{{.size}}", Sort: "-users"}, "sysv:2000\nsysv:5\nposix:1024\nposix:1181116006\n"},
	} {
		x, y := tabulate(t, "sysv", sb, []int{5, 2000}, c.f), tabulate(t, "posix", sa, items()[:2], c.f)
		if got := written(t, c.f, x, y); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.f, got, c.want)
		}
	}

	f := Format{Raw: true}
	if err := Write(&bytes.Buffer{}, f, tabulate(t, "sysv", b, nil, f), tabulate(t, "posix", a, nil, f)); err == nil {
		t.Error("tables of different columns were joined")
	}
}

// Words and alerts move with their rows through sorting and joining.
func TestWordsAndAlerts(t *testing.T) {
	cols := []Column[int]{
		{Name: "N", Kind: Number, Default: true, Value: func(i int) any { return int64(i) }},
		{Name: "CMD", Kind: Text, Default: true, Table: func(i int) string { return strings.Repeat("(gone)\x1b", i%2) },
			Alert: func(i int) bool { return i != 4 }, Value: func(int) any { return nil }},
		{Name: "M", Kind: Number, Default: true, Value: func(i int) any { return int64(i) }},
	}
	f := Format{Terminal: true, Sort: "-n"}
	want := "N  CMD         M\n3  \x1b[31m(gone)\\x1b\x1b[0m  3\n2              2\n1  \x1b[31m(gone)\\x1b\x1b[0m  1\n"
	if got := written(t, f, tabulate(t, "", cols, []int{1, 2, 3}, f)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	joined, err := Join(f, tabulate(t, "", cols, []int{2}, f), tabulate(t, "", cols, []int{1, 3}, f))
	if err != nil {
		t.Fatal(err)
	}
	if got := written(t, f, joined); got != want {
		t.Errorf("joined: got %q, want %q", got, want)
	}
	for _, f := range []Format{{}, {Terminal: true, NoColor: true}, {Terminal: true, Raw: true}, {Terminal: true, JSON: true}} {
		if got := written(t, f, tabulate(t, "", cols, []int{1, 2, 3}, f)); strings.Contains(got, "\x1b") {
			t.Errorf("%+v: coloured: %q", f, got)
		}
	}
}

func TestMember(t *testing.T) {
	f := Format{JSON: true}
	table := tabulate(t, "usage", registry()[:1], items()[:1], f).Member("shmem", uint64(5)).Member("what", nil)
	want := "{\"shmem\":5,\"what\":null,\"usage\":[\n  {\"name\":\"/b\"}\n]}\n"
	if got := written(t, f, table); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSort(t *testing.T) {
	rows := []item{
		{present: true, name: "b", id: 10, size: 9, mtime: when, age: 1, status: []string{"x"}, use: 2},
		{present: false},
		{present: true, name: "B", id: 9, size: 10, mtime: when.Add(-1), age: 3, status: []string{"x", "a"}, use: 10},
		{present: true, name: "a", id: -1, size: 10, mtime: when.Add(1), age: 2, status: nil, use: 1},
	}
	for _, c := range []struct{ by, want string }{
		{"", "b-Ba"}, {"NAME", "Bab-"}, {"-NAME", "baB-"}, {"id", "aBb-"}, {"-id", "bBa-"}, {"size", "bBa-"}, {"-size", "Bab-"},
		{"mtime", "Bba-"}, {"-age", "Bab-"}, {"status", "abB-"}, {"use_pct", "abB-"}, {"-Use%", "Bba-"}, {"users", "bBa-"},
	} {
		got := render(t, registry(), rows, Format{Raw: true, NoHeadings: true, Output: "name", OutputSet: true, Sort: c.by})
		if got = strings.ReplaceAll(got, "\n", ""); got != c.want {
			t.Errorf("--sort %s: got %s, want %s", c.by, got, c.want)
		}
	}
	if compare(uint64(math.MaxUint64), int64(-1)) <= 0 || compare(int64(5), uint64(6)) >= 0 || compare(int64(5), uint64(5)) != 0 {
		t.Error("signed and unsigned numbers do not compare by value")
	}
}

func TestSelectErrors(t *testing.T) {
	const all = "; the columns are NAME ID COUNT SIZE MTIME AGE STATUS USE_PCT USERS"
	for _, c := range []struct {
		f    Format
		want string
	}{
		{Format{Output: "id,foo", OutputSet: true}, `unknown column "foo"` + all},
		{Format{Output: "\x1b\n", OutputSet: true}, `unknown column "\x1b"` + all},
		{Format{Output: "a\x1b", OutputSet: true}, `unknown column "a\x1b"` + all},
		{Format{OutputSet: true}, `empty column name` + all},
		{Format{Output: "+", OutputSet: true}, `empty column name` + all},
		{Format{Output: "id,,name", OutputSet: true}, `empty column name` + all},
		{Format{Output: "id,+name", OutputSet: true}, `unknown column "+name"` + all},
		{Format{Sort: "foo"}, `unknown column "foo"` + all},
		{Format{Sort: "-"}, `unknown column ""` + all},
		{Format{Output: "foo", OutputSet: true, TemplateSet: true}, `unknown column "foo"` + all},
		{Format{TemplateSet: true, Template: "{{.ID}}"}, `unknown field "ID" in the template; the fields are name id count size mtime age status use_pct users`},
		{Format{TemplateSet: true, Template: "{{range .status}}{{$.foo}}{{end}}"}, `unknown field "foo" in the template; the fields are name id count size mtime age status use_pct users`},
	} {
		_, err := Select(registry(), c.f)
		var usage *UsageError
		if !errors.As(err, &usage) || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.f, err, c.want)
		}
	}
	if _, err := Tabulate("", registry(), nil, Format{Sort: "foo"}); err == nil {
		t.Error("Tabulate took an unknown column to sort by")
	}
}

func TestCheck(t *testing.T) {
	for _, f := range []Format{{}, {JSON: true}, {Raw: true, NoHeadings: true, Bytes: true}, {TemplateSet: true}, {TemplateSet: true, Template: "{{.x}}"}} {
		if err := f.Check(); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
	var usage *UsageError
	if err := (Format{JSON: true, CSV: true, TemplateSet: true}).Check(); !errors.As(err, &usage) || err.Error() != "--json and --csv and --template exclude each other" {
		t.Errorf("two formats: %v", err)
	}
	var tmpl *TemplateError
	if _, err := Select(registry(), Format{TemplateSet: true, Template: "{{"}); !errors.As(err, &tmpl) || errors.Unwrap(err) != tmpl.Err {
		t.Errorf("Select: %v", err)
	}
	if err := Write(&bytes.Buffer{}, Format{TemplateSet: true, Template: "{{"}, tabulate(t, "", registry(), nil, Format{})); !errors.As(err, &tmpl) {
		t.Errorf("Write: %v", err)
	}
	for _, text := range []string{"{{", "{{foo}}", "{{.id}", "{{if}}", "{{\n\x1b}}"} {
		err := Format{TemplateSet: true, Template: text}.Check()
		if !errors.As(err, &tmpl) || strings.ContainsAny(err.Error(), "\n\x1b") || !strings.HasPrefix(err.Error(), "--template:") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTemplateErrors(t *testing.T) {
	for _, text := range []string{
		`{{with .status}}{{else}}{{with $x := .}}{{$x.foo}}{{end}}{{end}}`, // a field that only execution can find unknown
		`{{gt .name 5}}`,
	} {
		f := Format{TemplateSet: true, Template: text}
		table := tabulate(t, "", registry(), items(), f)
		var b bytes.Buffer
		err := Write(&b, f, table)
		var tmpl *TemplateError
		if err == nil || errors.As(err, &tmpl) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %q and %v", text, b.String(), err)
		}
	}
}

func TestNeeds(t *testing.T) {
	for _, c := range []struct {
		f    Format
		want bool
	}{
		{Format{}, false},
		{Format{JSON: true}, false},
		{Format{OutputSet: true, Output: "+ID,users"}, true},
		{Format{OutputSet: true, Output: "ID"}, false},
		{Format{Sort: "-users"}, true},
		{Format{TemplateSet: true, Template: "{{.id}}"}, false},
		{Format{TemplateSet: true, Template: "{{.id}}", Sort: "Users"}, true},
		{Format{TemplateSet: true, Template: "{{.id}}", OutputSet: true, Output: "users"}, false},
		{Format{TemplateSet: true, Template: "{{if eq .id 1}}{{.users}}{{end}}"}, true},
		{Format{TemplateSet: true, Template: "{{if .id}}{{else if $.users}}x{{end}}"}, true},
		{Format{TemplateSet: true, Template: `{{index . "users"}}`}, true},
		{Format{TemplateSet: true, Template: `{{$x := .}}{{range .status}}{{$x.users}}{{end}}`}, true},
		{Format{TemplateSet: true, Template: `{{define "a"}}{{.users}}{{end}}{{template "a" .}}`}, true},
		{Format{TemplateSet: true, Template: `{{template "a" .users}}{{define "a"}}{{end}}`}, true},
		{Format{TemplateSet: true, Template: `{{printf "%v" (print .users)}}`}, true},
		{Format{TemplateSet: true, Template: `{{(index . "id").users}}`}, true},
		{Format{TemplateSet: true, Template: "{{"}, false},
	} {
		if got := Needs(c.f, "USERS"); got != c.want {
			t.Errorf("%+v: got %v", c.f, got)
		}
		if c.f.Template == "{{" {
			continue
		}
		cols, err := Select(registry(), c.f)
		if err != nil {
			t.Fatal(err)
		}
		has := false
		for _, col := range cols {
			has = has || col.Name == "USERS"
		}
		if has != c.want {
			t.Errorf("%+v: Select has the column: %v", c.f, has)
		}
	}
}

func TestWrongTypes(t *testing.T) {
	for _, k := range []Kind{Text, Number, Size, Time, Age, List, Percent, Nested} {
		cols := []Column[int]{{Name: "X", Kind: k, Value: func(int) any { return 1 }}}
		if _, err := Tabulate("", cols, []int{1}, Format{}); err == nil || err.Error() != "column X: a value of type int does not fit its kind" {
			t.Errorf("kind %d: %v", k, err)
		}
		for v, fits := range map[any][]Kind{"": {Text}, int64(0): {Number}, uint64(0): {Number, Size}, when: {Time}, time.Second: {Age}, 0.5: {Percent}} {
			want := false
			for _, f := range fits {
				want = want || f == k
			}
			if _, err := normal(k, v); (err == nil) != want {
				t.Errorf("kind %d, %T: %v", k, v, err)
			}
		}
	}
}

// failing accepts n bytes.
type failing struct{ n int }

var errFull = errors.New("full")

func (w *failing) Write(p []byte) (int, error) {
	if len(p) > w.n {
		return w.n, errFull
	}
	w.n -= len(p)
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	rows := make([]item, 5000)
	for i := range rows {
		rows[i] = items()[i%2]
	}
	for _, f := range []Format{{}, {JSON: true}, {Raw: true}, {Export: true}, {CSV: true}, {TemplateSet: true, Template: "{{.name}}{{.mtime}}"}} {
		for _, n := range []int{1, len(rows)} {
			table := tabulate(t, "posix", registry(), rows[:n], f)
			size := len(written(t, f, table))
			for _, room := range []int{0, size / 2, size - 1} {
				if err := Write(&failing{room}, f, table); !errors.Is(err, errFull) {
					t.Errorf("%+v, %d of %d bytes: %v", f, room, size, err)
				}
			}
			if err := Write(&failing{size}, f, table); err != nil {
				t.Errorf("%+v: %v", f, err)
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	if got, want := Describe(registry()[:3]), "* NAME   name of it\n* ID     number of it\n  COUNT  how many\n"; got != want {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(Names(registry()), " "); got != "NAME ID COUNT SIZE MTIME AGE STATUS USE_PCT USERS" {
		t.Errorf("names: %s", got)
	}
}
