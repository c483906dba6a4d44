package render

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Table is a set of rows, evaluated and sorted, ready for [Write].
type Table struct {
	API string // "sysv", "posix": the key of the array in JSON

	cols    []field
	vals    []any    // row after row, one for each of cols
	words   []string // like vals, for the columns whose cells have words of their own; nil: none has
	alerts  []bool   // like vals; nil: none is to be coloured
	members []member
}

// field is what remains of a Column when its rows have been evaluated.
type field struct {
	name, key, head string
	kind            Kind
	worded          bool // the cells are in words, not vals
	hidden          bool
}

type member struct {
	name string
	val  any
}

// Len is the number of rows.
func (t Table) Len() int {
	if len(t.cols) == 0 {
		return 0
	}
	return len(t.vals) / len(t.cols)
}

func (t Table) row(i int) []any { return t.vals[i*len(t.cols) : (i+1)*len(t.cols)] }

// shown are the indices of the columns that are printed.
func (t Table) shown() []int {
	out := make([]int, 0, len(t.cols))
	for i, c := range t.cols {
		if !c.hidden {
			out = append(out, i)
		}
	}
	return out
}

// Member returns t with a member more in JSON's outer object, in front of the array, as
// usage's "shmem". The other formats do not show it. The value is of a type that a
// [Kind] names, or nil.
func (t Table) Member(name string, value any) Table {
	t.members = append(slices.Clip(t.members), member{name, value})
	return t
}

// Tabulate evaluates the columns, as [Select] returned them, over the rows and sorts by
// --sort: by value and not by text, stable, rows without a value last in either
// direction.
//
// A --sort by a column that is not in cols is a *UsageError. A value of a type that
// does not fit its column's kind is an error.
func Tabulate[T any](api string, cols []Column[T], rows []T, f Format) (Table, error) {
	t := Table{API: api, cols: make([]field, len(cols)), vals: make([]any, 0, len(rows)*len(cols))}
	for i, c := range cols {
		t.cols[i] = field{name: c.Name, key: key(c.Name), head: cmp.Or(c.Head, c.Name), kind: c.Kind, hidden: c.hidden}
		if f.table() && !c.hidden {
			t.cols[i].worded = c.Table != nil
			if c.Table != nil && t.words == nil {
				t.words = make([]string, len(rows)*len(cols))
			}
			if c.Alert != nil && t.alerts == nil && f.colour() {
				t.alerts = make([]bool, len(rows)*len(cols))
			}
		}
	}
	by, _, err := t.sortedBy(f)
	if err != nil {
		return Table{}, err
	}
	for _, row := range rows {
		for i := range cols {
			c := &cols[i]
			at := len(t.vals)
			var v any
			if t.cols[i].worded {
				t.words[at] = c.Table(row)
			}
			if !t.cols[i].worded || i == by {
				if v, err = normal(c.Kind, c.Value(row)); err != nil {
					return Table{}, fmt.Errorf("column %s: %w", c.Name, err)
				}
			}
			if t.alerts != nil && c.Alert != nil {
				t.alerts[at] = c.Alert(row)
			}
			t.vals = append(t.vals, v)
		}
	}
	return t.sorted(f)
}

// Join makes one table of several that have the same columns (see [Shared]) and sorts
// it anew.
func Join(f Format, tables ...Table) (Table, error) {
	if len(tables) == 0 {
		return Table{}, nil
	}
	if len(tables) == 1 {
		return tables[0], nil
	}
	out := Table{cols: tables[0].cols}
	for _, t := range tables {
		if !slices.Equal(t.cols, out.cols) {
			return Table{}, errors.New("tables of different columns cannot be joined")
		}
		if t.words != nil && out.words == nil {
			out.words = make([]string, len(out.vals))
		}
		if t.alerts != nil && out.alerts == nil {
			out.alerts = make([]bool, len(out.vals))
		}
		out.vals = append(out.vals, t.vals...)
		out.words = join(out.words, t.words, len(out.vals))
		out.alerts = join(out.alerts, t.alerts, len(out.vals))
	}
	return out.sorted(f)
}

// join appends b to a; where there is an a but no b it is filled up to n.
func join[E any](a, b []E, n int) []E {
	if a == nil {
		return nil
	}
	a = append(a, b...)
	return append(a, make([]E, n-len(a))...)
}

// normal checks a value against the kind of its column and makes what stands for no
// value nil.
func normal(k Kind, v any) (any, error) {
	ok := v == nil
	switch x := v.(type) {
	case string:
		ok = k == Text
	case int64:
		ok = k == Number
	case uint64:
		ok = k == Number || k == Size
	case time.Time:
		ok = k == Time
		if x.IsZero() {
			v = nil
		}
	case time.Duration:
		ok = k == Age
	case []string:
		ok = k == List
	case float64:
		ok = k == Percent
		if math.IsNaN(x) || math.IsInf(x, 0) {
			v = nil
		}
	case Table:
		ok = k == Nested
	}
	if !ok {
		return nil, fmt.Errorf("a value of type %T does not fit its kind", v)
	}
	return v, nil
}

// sortedBy finds the column of --sort, -1 when there is none to sort by.
func (t Table) sortedBy(f Format) (col int, descending bool, err error) {
	if f.Sort == "" || len(t.cols) == 0 {
		return -1, false, nil
	}
	name, descending := f.sort()
	for i, c := range t.cols {
		if strings.EqualFold(c.name, name) || strings.EqualFold(c.head, name) {
			return i, descending, nil
		}
	}
	names := make([]string, len(t.cols))
	for i, c := range t.cols {
		names[i] = c.name
	}
	return 0, false, listing(fmt.Errorf("unknown column %q", name), "columns", names)
}

// sorted returns t with its rows in the order that --sort asks for.
func (t Table) sorted(f Format) (Table, error) {
	by, descending, err := t.sortedBy(f)
	if err != nil || by < 0 {
		return t, err
	}
	n := len(t.cols)
	order := make([]int, t.Len())
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := t.vals[a*n+by], t.vals[b*n+by]
		switch {
		case x == nil && y == nil:
			return 0
		case x == nil:
			return 1
		case y == nil:
			return -1
		case descending:
			return compare(y, x)
		}
		return compare(x, y)
	})
	t.vals = reorder(t.vals, order, n)
	t.words = reorder(t.words, order, n)
	t.alerts = reorder(t.alerts, order, n)
	return t, nil
}

func reorder[E any](cells []E, order []int, n int) []E {
	if cells == nil {
		return nil
	}
	out := make([]E, 0, len(cells))
	for _, i := range order {
		out = append(out, cells[i*n:(i+1)*n]...)
	}
	return out
}

// compare orders two values of one column. Text is compared byte by byte, in every
// locale.
func compare(x, y any) int {
	switch x := x.(type) {
	case string:
		return strings.Compare(x, y.(string))
	case int64:
		if y, ok := y.(uint64); ok {
			return -compareMixed(y, x)
		}
		return cmp.Compare(x, y.(int64))
	case uint64:
		if y, ok := y.(int64); ok {
			return compareMixed(x, y)
		}
		return cmp.Compare(x, y.(uint64))
	case time.Time:
		return x.Compare(y.(time.Time))
	case time.Duration:
		return cmp.Compare(x, y.(time.Duration))
	case []string:
		return slices.Compare(x, y.([]string))
	case float64:
		return cmp.Compare(x, y.(float64))
	case Table:
		return cmp.Compare(x.Len(), y.(Table).Len())
	}
	return 0
}

func compareMixed(u uint64, i int64) int {
	if i < 0 {
		return 1
	}
	return cmp.Compare(u, uint64(i))
}
