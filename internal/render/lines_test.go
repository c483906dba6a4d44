package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// names returns the hostile names, all bytes but NUL alone and between letters, and
// random mixes of what is awkward.
func names() []string {
	out := slices.Clone(hostile)
	for c := 1; c < 256; c++ {
		b := string([]byte{byte(c)})
		out = append(out, b, "a"+b+"b", b+"\n"+b, b+"\"$x", "\x81"+b+"\\")
	}
	awkward := []string{"\n", "\"", "'", "\\", "$", "`", "(", ")", "}", "%", ".", "x", "7", " ", "\xc3", "\xa9", "é", "\x81", "\x01", "\x7f", "\r", "!", "-", "=", ";", "&"}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var b strings.Builder
		for range rnd.IntN(8) {
			b.WriteString(awkward[rnd.IntN(len(awkward))])
		}
		out = append(out, b.String())
	}
	return out
}

// one is a registry of a name between two other columns.
func one() []Column[string] {
	return []Column[string]{
		{Name: "BEFORE", Default: true, Value: func(string) any { return "x y" }},
		{Name: "NAME", Default: true, Value: func(s string) any { return s }},
		{Name: "AFTER", Default: true, Value: func(string) any { return nil }},
	}
}

// shell runs a script with the output on its standard input, and returns what it
// printed, split at NULs.
func shell(t *testing.T, sh, locale, script, input string) []string {
	t.Helper()
	cmd := exec.Command(sh, "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=" + locale, "LOCPATH=" + os.Getenv("LOCPATH")}
	cmd.Stdin = strings.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v\n%.2000s", sh, err, stderr.String())
	}
	if left, _ := filepath.Glob(cmd.Dir + "/*"); len(left) > 0 {
		t.Fatalf("%s: the input was executed: %v", sh, left)
	}
	got := strings.Split(string(out), "\x00")
	return got[:len(got)-1]
}

// shells calls test with every shell there is and the locales that matter.
func shells(t *testing.T, test func(t *testing.T, sh, locale string)) {
	for _, sh := range []string{"sh", "bash", "dash", "ksh", "mksh", "zsh", "yash"} {
		if _, err := exec.LookPath(sh); err != nil {
			continue
		}
		for _, locale := range []string{"C", "C.UTF-8"} {
			t.Run(sh+" "+locale, func(t *testing.T) { test(t, sh, locale) })
		}
	}
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d values, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("%q came back as %q", want[i], got[i])
		}
	}
}

// eval must give every byte back, and execute nothing.
func TestExportShell(t *testing.T) {
	out := exported(t, names())
	shells(t, func(t *testing.T, sh, locale string) {
		equal(t, shell(t, sh, locale, evalLines, out), names())
	})
}

const evalLines = `while IFS= read -r line; do
	eval "$line" || exit
	[ "$BEFORE,$AFTER" = "x y," ] || exit
	printf '%s\0' "$NAME"
done`

func exported(t *testing.T, rows []string) string {
	t.Helper()
	f := Format{Export: true}
	out := written(t, f, tabulate(t, "", one(), rows, f))
	if n := strings.Count(out, "\n"); n != len(rows) {
		t.Fatalf("%d lines for %d rows", n, len(rows))
	}
	return out
}

// In these locales a backslash can be the second byte of a character.
func TestExportMultibyte(t *testing.T) {
	localedef, err := exec.LookPath("localedef")
	if err != nil {
		t.Skip("no localedef to make locales with")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash; the other shells read bytes")
	}
	for _, l := range []struct{ name, charmap, source string }{{"zh_CN.GBK", "GBK", "zh_CN"}, {"ja_JP.SJIS", "SHIFT_JIS", "ja_JP"}} {
		t.Run(l.name, func(t *testing.T) {
			dir := t.TempDir()
			exec.Command(localedef, "--no-archive", "-f", l.charmap, "-i", l.source, filepath.Join(dir, l.name)).Run() // warnings make it fail
			t.Setenv("LOCPATH", dir)
			charmap, _ := exec.Command("env", "LC_ALL="+l.name, "locale", "charmap").Output()
			if got := strings.TrimSpace(string(charmap)); got != l.charmap {
				t.Skipf("no such locale here: the character set is %q", got)
			}
			out := exported(t, names())
			equal(t, shell(t, "bash", l.name, evalLines, out), names())
		})
	}
}

// Ordinary values look ordinary.
func TestExportLooks(t *testing.T) {
	for s, want := range map[string]string{
		"/a b": `"/a b"`, "": `""`, "é's": `"é's"`, "$x": `"\$x"`, "é$x": `"é""\$x"`, "a\nb": `"a$(printf '\n\142')"`, "\xff": "\"\xff\"",
	} {
		if got, _ := appendExport(nil, s); string(got) != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
	f := Format{Export: true}
	got := written(t, f, tabulate(t, "", one(), []string{"a\n"}, f))
	if want := `BEFORE="x y" NAME="a$(printf '\n.')" AFTER=""; NAME="${NAME%.}"` + "\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// unexport is a reader of what appendExport writes; ok is false for anything else.
func unexport(s string) (_ string, ok bool) {
	s, ok = strings.CutPrefix(s, `"`)
	if !ok {
		return "", false
	}
	s, ok = strings.CutSuffix(s, `"`)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\n' || s[i] == 0 || s[i] == '`':
			return "", false
		case s[i] == '"': // closed and opened again
			if i++; i == len(s) || s[i] != '"' {
				return "", false
			}
		case s[i] == '\\':
			if i++; i == len(s) || !strings.ContainsRune("\"\\$`", rune(s[i])) {
				return "", false
			}
			b.WriteByte(s[i])
		case s[i] == '$':
			rest, found := strings.CutPrefix(s[i:], "$(printf '")
			text, _, closed := strings.Cut(rest, "')")
			if !found || !closed {
				return "", false
			}
			i += len("$(printf '") + len(text) + len("')") - 1
			if strings.HasSuffix(text, `\n`) { // the shell would drop it
				return "", false
			}
			for len(text) > 0 {
				switch {
				case strings.HasPrefix(text, `\n`):
					b.WriteByte('\n')
					text = text[2:]
				case text == ".":
					b.WriteByte('.')
					text = ""
				case len(text) >= 4 && text[0] == '\\':
					b.WriteByte(text[1]<<6 + (text[2]-'0')<<3 + text[3] - '0')
					text = text[4:]
				default:
					return "", false
				}
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ok
}

func FuzzExport(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsRune(s, 0) {
			return
		}
		e, dot := appendExport(nil, s)
		got, ok := unexport(string(e))
		if dot {
			got = strings.TrimSuffix(got, ".")
		}
		if !ok || got != s {
			t.Errorf("%q is exported as %s and reads back as %q", s, e, got)
		}
	})
}

func TestExportNUL(t *testing.T) {
	if got, _ := appendExport(nil, "a\x00"); string(got) != `"a\\x00"` {
		t.Errorf("got %s", got)
	}
}

// Raw cells are words to read in any shell, and bash's printf %b gives the bytes back,
// a NUL for an empty cell.
func TestRawShell(t *testing.T) {
	f := Format{Raw: true, NoHeadings: true}
	rows := names()
	out := written(t, f, tabulate(t, "", one(), rows, f))
	want := make([]string, len(rows))
	for i, s := range rows {
		want[i] = string(appendRawString(nil, s))
	}
	shells(t, func(t *testing.T, sh, locale string) {
		script := `while read -r before name after; do [ "$before,$after" = 'x\x20y,-' ] || exit; printf '%s\0' "$name"; done`
		equal(t, shell(t, sh, locale, script, out), want)
		if sh != "bash" {
			return
		}
		script = `while read -r before name after; do printf '%b' "${name#'\x00'}"; printf '\0'; done`
		equal(t, shell(t, sh, locale, script, out), rows)
	})
}

func TestRaw(t *testing.T) {
	for s, want := range map[string]string{
		"": `\x00`, "-": `\x2d`, "--": "--", "-5": "-5", "a b": `a\x20b`, `\`: `\x5c`, "é": `\xc3\xa9`, "\t\n": `\x09\x0a`, "\x7f": `\x7f`, "$'\"": "$'\"",
	} {
		if got := string(appendRaw(nil, s)); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
	for want, l := range map[string][]string{"-": {}, `\x2d`: {"-"}, `\x00`: {""}, "a,b": {"a", "b"}, `a\x2cb,c`: {"a,b", "c"}, "a,b2": {"a", "b2"}} {
		if got := string(appendRaw(nil, l)); got != want {
			t.Errorf("%q: got %s, want %s", l, got, want)
		}
	}
}

func FuzzRaw(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "\x00" { // reads as the empty string
			return
		}
		cell := string(appendRaw(nil, s))
		back := unescape(cell)
		if cell == `\x00` {
			back = ""
		}
		if back != s || cell == "-" || cell == "" || strings.IndexFunc(cell, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
			t.Errorf("%q becomes %q, which reads back as %q", s, cell, back)
		}
	})
}

func TestCSV(t *testing.T) {
	f := Format{CSV: true}
	rows := slices.DeleteFunc(names(), func(s string) bool { return strings.Contains(s, "\r") }) // Go's reader changes \r\n
	r := csv.NewReader(strings.NewReader(written(t, f, tabulate(t, "", one(), rows, f))))
	records, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, rec := range records[1:] {
		got = append(got, rec[1])
	}
	equal(t, got, rows)
}

func TestJSONHostile(t *testing.T) {
	f := Format{JSON: true}
	rows := names()
	out := written(t, f, tabulate(t, "x", one(), rows, f))
	var got struct {
		X []struct{ Before, Name, After *string }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for i, row := range got.X {
		if unescape(*row.Name) != rows[i] || row.After != nil {
			t.Errorf("%q came back as %q", rows[i], *row.Name)
		}
		if utf8.ValidString(rows[i]) && !strings.Contains(rows[i], `\x41`) && *row.Name != rows[i] {
			t.Errorf("%q is UTF-8 and came back as %q", rows[i], *row.Name)
		}
	}
	for line := range strings.Lines(out) {
		checkShowable(t, strings.TrimSuffix(line, "\n"))
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := appendJSONString(nil, s)
		var back string
		if err := json.Unmarshal(b, &back); err != nil || unescape(back) != s {
			t.Errorf("%q becomes %s, which reads back as %q, %v", s, b, back, err)
		}
		checkShowable(t, string(b))
	})
}

// On a terminal the formats that otherwise keep the bytes escape them.
func TestTerminal(t *testing.T) {
	for _, f := range []Format{
		{Terminal: true}, {Terminal: true, JSON: true}, {Terminal: true, Raw: true}, {Terminal: true, Export: true}, {Terminal: true, CSV: true},
		{Terminal: true, TemplateSet: true, Template: "{{.name}}{{.list}}"},
	} {
		cols := append(one(), Column[string]{Name: "LIST", Kind: List, Default: true, Value: func(s string) any { return []string{s, s} }})
		for line := range strings.Lines(written(t, f, tabulate(t, "", cols, names(), f))) {
			checkShowable(t, strings.TrimSuffix(line, "\n"))
		}
	}
	f := Format{TemplateSet: true, Template: "{{.name}}"}
	if got := written(t, f, tabulate(t, "", one(), []string{"\x1b\xff\n"}, f)); got != "\x1b\xff\n\n" {
		t.Errorf("a template elsewhere: got %q", got)
	}
}
