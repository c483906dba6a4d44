package render

import (
	"bufio"
	"bytes"
	"slices"
	"text/template"
	"text/template/parse"
	"time"
)

// fields are the names that a template takes from a row.
type fields struct {
	sure  []string // certainly a row's: .name and $.name outside of range and with
	maybe []string // perhaps: the dot may be something else there, or the name is a string as in index . "name"
}

func (f *fields) has(key string) bool {
	return slices.Contains(f.sure, key) || slices.Contains(f.maybe, key)
}

func (f Format) parse() (*template.Template, error) {
	t, err := template.New("--template").Option("missingkey=error").Parse(f.Template)
	if err != nil {
		return nil, &TemplateError{err}
	}
	return t, nil
}

func (f Format) fields() (*fields, error) {
	t, err := f.parse()
	if err != nil {
		return nil, err
	}
	var out fields
	for _, d := range t.Templates() {
		if d.Tree != nil && d.Tree.Root != nil {
			out.walk(d.Tree.Root, d == t, d == t)
		}
	}
	return &out, nil
}

// walk collects the names below n; dot and dollar tell that . and $ are the row there.
func (f *fields) walk(n parse.Node, dot, dollar bool) {
	add := func(name string, sure bool) {
		if sure {
			f.sure = append(f.sure, name)
		} else {
			f.maybe = append(f.maybe, name)
		}
	}
	list := func(l *parse.ListNode, dot bool) {
		if l != nil {
			f.walk(l, dot, dollar)
		}
	}
	branch := func(n *parse.BranchNode, inner bool) {
		f.walk(n.Pipe, dot, dollar)
		list(n.List, inner)
		list(n.ElseList, dot)
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, n := range n.Nodes {
			f.walk(n, dot, dollar)
		}
	case *parse.ActionNode:
		f.walk(n.Pipe, dot, dollar)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			f.walk(c, dot, dollar)
		}
	case *parse.CommandNode:
		for _, a := range n.Args {
			f.walk(a, dot, dollar)
		}
	case *parse.IfNode:
		branch(&n.BranchNode, dot)
	case *parse.WithNode:
		branch(&n.BranchNode, false)
	case *parse.RangeNode:
		branch(&n.BranchNode, false)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			f.walk(n.Pipe, dot, dollar)
		}
	case *parse.ChainNode:
		f.walk(n.Node, dot, dollar)
		add(n.Field[0], false)
	case *parse.FieldNode:
		add(n.Ident[0], dot)
	case *parse.VariableNode:
		if len(n.Ident) > 1 {
			add(n.Ident[1], dollar && n.Ident[0] == "$")
		}
	case *parse.StringNode:
		add(n.Text, false)
	}
}

// stamp is a time that a template prints as RFC 3339; the methods of time.Time are
// there too.
type stamp struct{ time.Time }

func (s stamp) String() string { return string(appendTime(nil, s.Time)) }

// words is a list that a template prints with commas and ranges over.
type words []string

func (w words) String() string { return string(appendPlain(nil, []string(w))) }

// writeTemplate executes the template for each row, with a map from the lower-case
// names to the values, and ends it with a newline.
func writeTemplate(out *bufio.Writer, f Format, t Table) error {
	tmpl, err := f.parse()
	if err != nil {
		return err
	}
	var b bytes.Buffer // so that an error of the writer does not come back as one of the template
	for r := range t.Len() {
		b.Reset()
		if err := tmpl.Execute(&b, f.data(t, r)); err != nil {
			return &ExecError{err}
		}
		b.WriteByte('\n')
		if _, err := out.Write(b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// data is what the template gets of row r. No value is the empty string, which prints
// as nothing and is false to if.
func (f Format) data(t Table, r int) map[string]any {
	m := make(map[string]any, len(t.cols))
	row := t.row(r)
	for _, i := range t.shown() {
		v := row[i]
		switch x := v.(type) {
		case nil:
			v = ""
			if k := t.cols[i].kind; k == List || k == Nested {
				v = words(nil) // prints as nothing too, and can be ranged over
			}
		case string:
			v = f.text(x)
		case time.Time:
			v = stamp{x}
		case time.Duration:
			v = int64(x / time.Second)
		case []string:
			w := make(words, len(x))
			for i, s := range x {
				w[i] = f.text(s)
			}
			v = w
		case Table:
			rows := make([]map[string]any, x.Len())
			for i := range rows {
				rows[i] = f.data(x, i)
			}
			v = rows
		}
		m[t.cols[i].key] = v
	}
	return m
}
