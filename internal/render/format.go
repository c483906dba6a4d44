package render

import (
	"errors"
	"slices"
	"strings"
)

// Format holds the output flags as they were parsed. The zero value is the table with
// the default columns.
type Format struct {
	Output      string // --output: COL[,COL…] or +COL[,COL…]
	OutputSet   bool
	NoHeadings  bool
	Bytes       bool // sizes in bytes in the table too
	JSON        bool
	Raw         bool
	Export      bool
	CSV         bool
	Template    string
	TemplateSet bool
	Sort        string // [-]COL; empty: as the rows come

	// Terminal says that the output is a terminal. Alerts are coloured there, unless
	// NoColor is set; and CSV, export and template, which keep the bytes of names
	// elsewhere, have them escaped.
	Terminal bool
	NoColor  bool
}

// UsageError is a flag that cannot be obeyed as given. Its text is one line.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// TemplateError is a template that does not parse. Its text is one line.
type TemplateError struct{ Err error }

func (e *TemplateError) Error() string {
	return templateText(e.Err)
}

func (e *TemplateError) Unwrap() error { return e.Err }

// ExecError is a template that parses and fails on a row. Its text is one line.
type ExecError struct{ Err error }

func (e *ExecError) Error() string { return templateText(e.Err) }
func (e *ExecError) Unwrap() error { return e.Err }

// templateText is the text of an error of text/template, one line even where it quotes
// the template.
func templateText(err error) string {
	return Escape(strings.TrimPrefix(err.Error(), "template: "))
}

// Check finds what is wrong with the flags alone: more than one format is a
// *UsageError, a template that does not parse a *TemplateError.
func (f Format) Check() error {
	var given []string
	for _, o := range []struct {
		set  bool
		name string
	}{{f.JSON, "--json"}, {f.Raw, "--raw"}, {f.Export, "--export"}, {f.CSV, "--csv"}, {f.TemplateSet, "--template"}} {
		if o.set {
			given = append(given, o.name)
		}
	}
	if len(given) > 1 {
		return &UsageError{strings.Join(given, " and ") + " exclude each other"}
	}
	if f.TemplateSet {
		_, err := f.parse()
		return err
	}
	return nil
}

// Needs tells whether --output, --sort or the template names the column, whose name is
// given as in the registry. A command asks it before a search that only this column
// needs; default columns are needed without being named.
func Needs(f Format, name string) bool {
	if f.TemplateSet {
		if fields, err := f.fields(); err == nil && fields.has(key(name)) {
			return true
		}
	} else if names, _, err := f.names(); err == nil && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
		return true
	}
	by, _ := f.sort()
	return strings.EqualFold(by, name)
}

// rows tells whether f prints one object a line and nothing around them.
func (f Format) rows() bool { return f.Raw || f.Export || f.CSV || f.TemplateSet }

// table tells whether f is the format for eyes.
func (f Format) table() bool { return !f.JSON && !f.rows() }

// colour tells whether alerts are coloured.
func (f Format) colour() bool { return f.table() && f.Terminal && !f.NoColor }

// names splits --output; add says that they come on top of the default ones.
func (f Format) names() (names []string, add bool, err error) {
	if !f.OutputSet {
		return nil, false, nil
	}
	list, add := strings.CutPrefix(strings.TrimSpace(f.Output), "+")
	for n := range strings.SplitSeq(list, ",") {
		n = strings.TrimSpace(n)
		if n == "" {
			return nil, add, errors.New("empty column name")
		}
		names = append(names, n)
	}
	return names, add, nil
}

// sort splits --sort.
func (f Format) sort() (name string, descending bool) {
	return strings.CutPrefix(f.Sort, "-")
}
