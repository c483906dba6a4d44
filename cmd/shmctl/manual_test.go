package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// The manual is made here and not by cobra/doc, which is man pages by way of
// markdown: it drops what looks like HTML, runs the lines of a list of columns
// together, and brings a markdown renderer into the modules. Being a test, this is no
// part of the program.

const manualDate = "2026-11-23" // of the last change by hand to docs/man/shmctl.1.in

// TestManual holds the pages in docs/man against the commands that they describe.
// With UPDATE_MANUAL set it writes them.
func TestManual(t *testing.T) {
	dir := filepath.Join(root, "docs", "man")
	pages := manual(t, filepath.Join(dir, "shmctl.1.in"))
	if os.Getenv("UPDATE_MANUAL") != "" {
		for name, page := range pages {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	there, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range there {
		there[i] = filepath.Base(there[i])
	}
	if want := slices.Sorted(maps.Keys(pages)); !slices.Equal(there, want) {
		t.Errorf("docs/man has %v, and the commands are %v", there, want)
	}
	for _, name := range there {
		page, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(page) != pages[name] {
			t.Errorf("docs/man/%s is not what 'make manual' makes", name)
		}
	}
	// Both renderers that people have, where this machine has them.
	for _, lint := range [][]string{
		{"mandoc", "-Tlint", "-Wwarning"},
		{"groff", "-man", "-Tutf8", "-ww", "-z"},
	} {
		if _, err := exec.LookPath(lint[0]); err != nil {
			t.Logf("not rendered: %v", err)
			continue
		}
		cmd := exec.Command(lint[0], append(lint[1:], there...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", strings.Join(lint, " "), err, out)
		}
	}
}

// manual is the text of every page, by file name; written is that of the first one,
// with @NAMES@ where the commands have their say.
func manual(t *testing.T, written string) map[string]string {
	t.Helper()
	e := &env{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	cmd := newRoot(e)
	pages := map[string]string{}
	var commands bytes.Buffer
	tree(cmd, func(cmd *cobra.Command) {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
		pages[name+".1"] = e.page(name, cmd)
		fmt.Fprintf(&commands, ".TP\n.BR %s (1)\n%s\n", roff(name), roff(lowerFirst(cmd.Short)))
	})
	text, err := os.ReadFile(written)
	if err != nil {
		t.Fatal(err)
	}
	pages["shmctl.1"] = ".\\\" Made from shmctl.1.in by 'make manual'.\n" + strings.NewReplacer(
		"@HEADING@", heading("shmctl"),
		"@COMMANDS@\n", commands.String(),
		"@SEGMENT_COLUMNS@\n", columnList(columnsOf(segmentColumns)),
		"@OBJECT_COLUMNS@\n", columnList(columnsOf(objectColumns)),
		"@LIMIT_COLUMNS@\n", columnList(e.columns[find(cmd, "limits")]),
	).Replace(string(text))
	return pages
}

func find(cmd *cobra.Command, name string) *cobra.Command {
	cmd, _, _ = cmd.Find([]string{name})
	return cmd
}

func heading(name string) string {
	return fmt.Sprintf(".TH %s 1 %s \"shmctl %s\" \"User Commands\"", strings.ToUpper(roff(name)), manualDate, release)
}

// page is the page of one verb: its help, set for a manual.
func (e *env) page(name string, cmd *cobra.Command) string {
	var b strings.Builder
	section := func(name string) { fmt.Fprintf(&b, ".SH %s\n", name) }
	fmt.Fprintf(&b, ".\\\" Made from the help of '%s' by 'make manual'.\n%s\n", cmd.CommandPath(), heading(name))
	section("NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", roff(name), roff(lowerFirst(cmd.Short)))
	section("SYNOPSIS")
	fmt.Fprintf(&b, "%s\n", synopsis(cmd))
	section("DESCRIPTION")
	for i, paragraph := range strings.Split(cmd.Long, "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		fmt.Fprintf(&b, "%s\n", roff(paragraph))
	}
	section("OPTIONS")
	b.WriteString(options(cmd.LocalFlags().FlagUsages() + cmd.InheritedFlags().FlagUsages()))
	if r := e.columns[cmd]; r != nil {
		section("COLUMNS")
		b.WriteString("Those marked * are shown when\n.B \\-\\-output\nis not given.\n" + columnList(r))
	}
	if cmd.Example != "" {
		section("EXAMPLES")
		fmt.Fprintf(&b, ".EX\n%s\n.EE\n", roff(regexp.MustCompile(`(?m)^  `).ReplaceAllString(cmd.Example, "")))
	}
	section("EXIT STATUS")
	b.WriteString("0 when it is done; otherwise the status says why, see\n.BR shmctl (1).\n")
	section("SEE ALSO")
	also := []string{".BR shmctl (1)"}
	if noun := cmd.Parent(); noun.HasParent() {
		for _, c := range noun.Commands() {
			if c != cmd && c.IsAvailableCommand() {
				also = append(also, fmt.Sprintf(`.BR \%%%s (1)`, roff(strings.ReplaceAll(c.CommandPath(), " ", "-"))))
			}
		}
		also = append(also, map[string]string{"sysv": ".BR sysvipc (7)", "posix": ".BR shm_overview (7)"}[noun.Name()])
	}
	b.WriteString(strings.Join(also, ",\n") + "\n")
	return b.String()
}

// synopsis is the usage line, with what is typed as it is in bold and what is put in
// its place in italics.
func synopsis(cmd *cobra.Command) string {
	verb, operands, _ := strings.Cut(cmd.Use, " ")
	line := regexp.MustCompile(`--?[a-z-]+|\b[a-z]+\b|[A-Z:]*[A-Z][A-Z:]*`).ReplaceAllStringFunc(operands, func(word string) string {
		if strings.ToUpper(word) == word {
			return `\fI` + word + `\fP`
		}
		return `\fB` + roff(word) + `\fP`
	})
	path := strings.TrimSuffix(cmd.CommandPath(), verb) + verb
	return strings.Join(strings.Fields(`\fB`+path+`\fP `+line+` [\fIOPTION\fP]...`), " ")
}

// option is a line of the help on flags: its letter, its name, what it takes, whether
// that may be left out, what it does.
var option = regexp.MustCompile(`^ +(?:-(\w), )?--([\w-]+)(?: ([^\s\[]+))?(\[=\S+\])? {3,}(\S.*)$`)

// options is the list of options that the help text lists.
func options(help string) string {
	var b strings.Builder
	for line := range strings.Lines(help) {
		m := option.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m == nil {
			panic("not a line about a flag: " + line)
		}
		letter, name, value, optional, text := m[1], m[2], m[3], m[4], m[5]
		b.WriteString(".TP\n")
		if letter != "" {
			fmt.Fprintf(&b, `\fB\-%s\fP, `, letter)
		}
		fmt.Fprintf(&b, `\fB%s\fP`, roff("--"+name))
		switch {
		case optional != "":
			fmt.Fprintf(&b, `[=\fI%s\fP]`, roff(value))
		case value != "":
			fmt.Fprintf(&b, `=\fI%s\fP`, roff(value))
		}
		fmt.Fprintf(&b, "\n%s\n", roff(text))
	}
	return b.String()
}

func columnList(r registry) string {
	var b strings.Builder
	r.each(func(name, help string, standard bool) {
		mark := ""
		if standard {
			mark = " *"
		}
		fmt.Fprintf(&b, ".TP 14\n\\fB%s\\fP%s\n%s\n", roff(name), mark, roff(help))
	})
	return b.String()
}

// roff is text as troff prints it.
func roff(text string) string {
	var b strings.Builder
	bol := true
	for _, r := range text {
		if bol && (r == '.' || r == '\'') {
			b.WriteString(`\&`)
		}
		bol = r == '\n'
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case r == '\'':
			b.WriteString(`\(aq`)
		case r == '`':
			b.WriteString(`\(ga`)
		case r == '^':
			b.WriteString(`\(ha`)
		case r == '…':
			b.WriteString("...") // there is none in ASCII
		case r == '~':
			b.WriteString(`\(ti`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func lowerFirst(s string) string {
	if first, _, _ := strings.Cut(s, " "); strings.ToUpper(first) == first {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
