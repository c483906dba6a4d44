package render

import (
	"bufio"
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	// v0.0.5 and not v1: every start of the program pays for v1's width cache, regexp,
	// database/sql, html and slog among 14 modules, 1.4 ms against the 0.3 ms of this
	// version, which links two; for a program that lives 2 ms that is the difference
	// one sees.
	"github.com/olekukonko/tablewriter"
)

// init makes the widths of characters the same in every locale. go-runewidth has read
// LC_ALL and RUNEWIDTH_EASTASIAN by now and counts the ambiguous characters, as the
// bars of usage, twice where it found an East Asian one.
func init() {
	runewidth.EastAsianWidth = false
	runewidth.DefaultCondition.EastAsianWidth = false
}

const (
	gap   = "  "
	red   = "\x1b[31m"
	reset = "\x1b[0m"
)

// maxLaidOut is the number of cells up to which tablewriter lays out a table. It
// matches a regular expression and looks every character up in four tables, twice for
// each cell: about 1.2 µs, 143 ms for 20,000 rows of 6 cells and still 83 ms when it
// gets whole lines. A table that long is no longer read by eye; its lines are put
// together from the widths alone, to the same bytes (TestLongTable) in less than a
// tenth of the time.
const maxLaidOut = 1000

// cells are the texts of a table, row after row, with the headings as the first row
// where there are any.
type cells struct {
	cols   int
	right  []bool // by column: aligned to the right
	text   []byte // all cells, one after the other
	ends   []int  // of each cell in text
	widths []int  // of each cell on a terminal, in columns of it
	max    []int  // by column: the widest cell
}

// end ends the cell that was appended to text since the last one, w wide.
func (c *cells) end(w int) {
	col := len(c.ends) % c.cols
	c.max[col] = max(c.max[col], w)
	c.ends = append(c.ends, len(c.text))
	c.widths = append(c.widths, w)
}

func (c *cells) cell(i int) []byte {
	start := 0
	if i > 0 {
		start = c.ends[i-1]
	}
	return c.text[start:c.ends[i]]
}

func width(s []byte) int {
	for _, b := range s {
		if b >= utf8.RuneSelf {
			return runewidth.StringWidth(string(s))
		}
	}
	return len(s)
}

// writeTable writes a table without borders: two blanks between the columns, words to
// the left, numbers to the right, no blanks at the end of a line, no line broken or
// cut. Without rows it is the headings alone.
func writeTable(out *bufio.Writer, f Format, t Table) error {
	c := cellsOf(f, t)
	if c.cols == 0 {
		return nil
	}
	if len(c.ends) <= maxLaidOut {
		return c.layOut(out)
	}
	return c.writeLong(out)
}

func cellsOf(f Format, t Table) *cells {
	shown, rows := t.shown(), t.Len()
	c := &cells{cols: len(shown), max: make([]int, len(shown))}
	for _, i := range shown {
		c.right = append(c.right, t.cols[i].kind.right())
	}
	c.ends = make([]int, 0, (rows+1)*c.cols)
	c.widths = make([]int, 0, (rows+1)*c.cols)
	c.text = make([]byte, 0, 10*cap(c.ends))
	if !f.NoHeadings {
		for _, i := range shown {
			c.text = append(c.text, t.cols[i].head...)
			c.end(width([]byte(t.cols[i].head)))
		}
	}
	for r := range rows {
		row := t.row(r)
		for _, i := range shown {
			alert := t.alerts != nil && t.alerts[r*len(t.cols)+i]
			if alert {
				c.text = append(c.text, red...)
			}
			start := len(c.text)
			if t.cols[i].worded {
				c.text = appendCell(c.text, f, Text, t.words[r*len(t.cols)+i])
			} else {
				c.text = appendCell(c.text, f, t.cols[i].kind, row[i])
			}
			w := width(c.text[start:])
			switch {
			case alert && w == 0:
				c.text = c.text[:start-len(red)]
			case alert:
				c.text = append(c.text, reset...)
			}
			c.end(w)
		}
	}
	return c
}

// layOut has tablewriter write the cells.
func (c *cells) layOut(out *bufio.Writer) error {
	align := make([]int, c.cols)
	for i := range align {
		align[i] = tablewriter.ALIGN_LEFT
		if c.right[i] {
			align[i] = tablewriter.ALIGN_RIGHT
		}
	}
	var b bytes.Buffer
	t := tablewriter.NewWriter(&b)
	t.SetBorder(false)
	t.SetAutoWrapText(false)
	t.SetNoWhiteSpace(true)
	t.SetTablePadding(gap)
	t.SetColumnAlignment(align)
	row := make([]string, c.cols)
	for i := range c.ends {
		// The headings are a row like the others, since tablewriter aligns headings all
		// in one way.
		row[i%c.cols] = string(c.cell(i))
		if (i+1)%c.cols == 0 {
			t.Append(row)
		}
	}
	t.Render()
	for line := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight(line, " \n"))
		if err := out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

// writeLong writes what layOut would.
func (c *cells) writeLong(out *bufio.Writer) error {
	var line []byte
	for i := range c.ends {
		col := i % c.cols
		cell, pad := c.cell(i), c.max[col]-c.widths[i]
		if c.right[col] {
			line = append(appendBlanks(line, pad), cell...)
		} else {
			line = appendBlanks(append(line, cell...), pad)
		}
		if col < c.cols-1 {
			line = append(line, gap...)
			continue
		}
		line = append(bytes.TrimRight(line, " "), '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = line[:0]
	}
	return nil
}

func appendBlanks(b []byte, n int) []byte {
	for ; n > 0; n-- {
		b = append(b, ' ')
	}
	return b
}
