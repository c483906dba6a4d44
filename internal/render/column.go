package render

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what the values of a column are. It fixes the Go type that Column.Value
// returns and how every format shows it.
type Kind int

const (
	Text    Kind = iota // string
	Number              // int64 or uint64
	Size                // uint64, bytes
	Time                // time.Time; the zero time is no value
	Age                 // time.Duration
	List                // []string; an empty list is a value
	Percent             // float64, 0 to 100; NaN and infinities are no value
	Nested              // Table: the rows that belong to a row, as stat's users
)

// right tells whether the table aligns values of the kind to the right.
func (k Kind) right() bool {
	return k == Number || k == Size || k == Percent || k == Nested
}

// Column is one column of a registry whose rows are of type T.
type Column[T any] struct {
	Name    string // "NATTCH"; its lower case is the JSON key and the template's name
	Head    string // the table's heading where it is not Name: USE% for USE_PCT; flags take both
	Help    string // one line for --help and the manual
	Kind    Kind
	Default bool // in the table when no --output is given
	Search  bool // costs a search through /proc: in JSON only when --output asks for it

	Table func(T) string // other words for the table alone, such as "(gone)"; nil: by Kind
	Alert func(T) bool   // true colours the cell on a terminal: dead, leaked, over a limit; nil: never
	Value func(T) any    // of the type that Kind names, or nil for no value

	always bool // stays whatever --output says: the API column of joined tables
	hidden bool // evaluated to sort by, not shown
}

func (c *Column[T]) is(name string) bool {
	return strings.EqualFold(c.Name, name) || c.Head != "" && strings.EqualFold(c.Head, name)
}

func key(name string) string { return strings.ToLower(name) }

// Names returns the names of the columns, for completion.
func Names[T any](cols []Column[T]) []string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return names
}

// Describe lists the columns for --help and the manual: a line for each with its name
// and help, the default ones marked with an asterisk.
func Describe[T any](cols []Column[T]) string {
	width := 0
	for _, c := range cols {
		width = max(width, len(c.Name))
	}
	var b strings.Builder
	for _, c := range cols {
		mark := ' '
		if c.Default {
			mark = '*'
		}
		fmt.Fprintf(&b, "%c %-*s  %s\n", mark, width, c.Name, c.Help)
	}
	return b.String()
}

// Select returns the columns that the flags ask for, in the order in which they are
// shown.
//
// Without --output these are the default columns, and in JSON every column that costs
// no search. --output A,B is these alone, --output +A,B is the former and A and B.
// Names are taken in any case, and a repeated one counts once. A template may use every
// column, whatever --output says, so it gets every column save the Search columns that
// it does not name. The column of --sort is among the result even where it is not
// shown: what is returned is what has to be gathered.
//
// An unknown or empty name is a *UsageError that lists the columns; so is a field of
// the template that is no column.
func Select[T any](cols []Column[T], f Format) ([]Column[T], error) {
	names, add, err := f.names()
	if err != nil {
		return nil, listing(err, "columns", Names(cols))
	}
	asked := make([]int, len(names))
	for i, n := range names {
		if asked[i], err = find(cols, n); err != nil {
			return nil, err
		}
	}

	var picked []int
	pick := func(i int) {
		if !slices.Contains(picked, i) {
			picked = append(picked, i)
		}
	}
	if f.TemplateSet {
		fields, err := f.fields()
		if err != nil {
			return nil, err
		}
		for _, name := range fields.sure {
			if !slices.ContainsFunc(cols, func(c Column[T]) bool { return key(c.Name) == name }) {
				var keys []string
				for _, c := range cols {
					keys = append(keys, key(c.Name))
				}
				return nil, listing(fmt.Errorf("unknown field %q in the template", name), "fields", keys)
			}
		}
		for i, c := range cols {
			if !c.Search || fields.has(key(c.Name)) {
				pick(i)
			}
		}
	} else {
		for i, c := range cols {
			if c.always || (!f.OutputSet || add) && (c.Default || f.JSON) && !(c.Search && f.JSON) {
				pick(i)
			}
		}
		for _, i := range asked {
			pick(i)
		}
	}

	out := make([]Column[T], 0, len(picked)+1)
	for _, i := range picked {
		out = append(out, cols[i])
	}
	if name, _ := f.sort(); f.Sort != "" {
		i, err := find(cols, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(picked, i) {
			c := cols[i]
			c.hidden = true
			out = append(out, c)
		}
	}
	return out, nil
}

func find[T any](cols []Column[T], name string) (int, error) {
	i := slices.IndexFunc(cols, func(c Column[T]) bool { return c.is(name) })
	if i < 0 {
		return 0, listing(fmt.Errorf("unknown column %q", name), "columns", Names(cols))
	}
	return i, nil
}

// listing is the usage error for a name that is none of names.
func listing(err error, noun string, names []string) error {
	return &UsageError{fmt.Sprintf("%v; the %s are %s", err, noun, strings.Join(names, " "))}
}

// Shared narrows two registries to the columns that both have (the same name and kind),
// in a's order, and puts a column API in front whose values are apiA and apiB. Every
// one of them is a default column, save the Search ones; API stays whatever --output
// says. Tables made over the two can be joined.
func Shared[A, B any](apiA string, a []Column[A], apiB string, b []Column[B]) ([]Column[A], []Column[B]) {
	outA := []Column[A]{apiColumn[A](apiA)}
	outB := []Column[B]{apiColumn[B](apiB)}
	for _, ca := range a {
		i := slices.IndexFunc(b, func(cb Column[B]) bool { return cb.Name == ca.Name && cb.Kind == ca.Kind })
		if i < 0 {
			continue
		}
		cb := b[i]
		ca.Default, cb.Default = !ca.Search, !cb.Search
		cb.Head = ca.Head
		outA, outB = append(outA, ca), append(outB, cb)
	}
	return outA, outB
}

func apiColumn[T any](api string) Column[T] {
	return Column[T]{Name: "API", Help: "sysv or posix", Default: true, always: true, Value: func(T) any { return api }}
}
