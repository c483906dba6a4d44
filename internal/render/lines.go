package render

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"strings"
)

// writeRaw writes a row a line with one blank between the cells, for `while read -r`.
// Blanks, backslashes, control characters and every byte that is not ASCII are \xNN, so
// that a cell is one word in any locale and bash's printf %b, or whatever reads the
// escapes of C, gives the bytes back. No value and an empty list are "-"; a cell that
// holds just a minus is \x2d, and an empty one \x00, the empty string of C: no string of
// the system holds a NUL.
func writeRaw(out *bufio.Writer, f Format, t Table) error {
	var line []byte
	shown := t.shown()
	if !f.NoHeadings {
		for _, i := range shown {
			line = append(append(line, t.cols[i].name...), ' ')
		}
		line[len(line)-1] = '\n'
	}
	for r := range t.Len() {
		row := t.row(r)
		for _, i := range shown {
			line = append(appendRaw(line, row[i]), ' ')
		}
		line[len(line)-1] = '\n'
		if _, err := out.Write(line); err != nil {
			return err
		}
		line = line[:0]
	}
	_, err := out.Write(line) // the headings of a table without rows
	return err
}

func appendRaw(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, '-')
	case string:
		return appendRawString(b, v)
	case []string:
		switch len(v) {
		case 0:
			return append(b, '-')
		case 1:
			return appendRawString(b, v[0])
		}
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			for _, c := range []byte(s) {
				b = appendRawByte(b, c, c == ',')
			}
		}
		return b
	}
	return appendPlain(b, v)
}

func appendRawString(b []byte, s string) []byte {
	switch s {
	case "":
		return appendHex(b, 0)
	case "-":
		return appendHex(b, '-')
	}
	for i := range len(s) {
		b = appendRawByte(b, s[i], false)
	}
	return b
}

func appendRawByte(b []byte, c byte, escape bool) []byte {
	if escape || c <= ' ' || c > '~' || c == '\\' {
		return appendHex(b, c)
	}
	return append(b, c)
}

// writeExport writes a row a line as COL="value" COL="value", for eval in any shell of
// POSIX, which gets the bytes back exactly; see appendExport.
//
// UID and GID come last: bash has a UID of its own, which it refuses to change, and
// gives up the rest of the line (zsh has both, and root's takes on what they are set to).
func writeExport(out *bufio.Writer, f Format, t Table) error {
	var line, text []byte
	var dotted []string
	var shown, last []int
	for _, i := range t.shown() {
		switch t.cols[i].name {
		case "UID":
			last = append(last, i)
		case "GID":
			last = append([]int{i}, last...)
		default:
			shown = append(shown, i)
		}
	}
	assign := func(v any, name string) {
		if len(line) > 0 {
			line = append(line, ' ')
		}
		line = append(append(line, name...), '=')
		text = f.appendText(text[:0], v)
		var dot bool
		if line, dot = appendExport(line, string(text)); dot {
			dotted = append(dotted, name)
		}
	}
	for r := range t.Len() {
		line, dotted = line[:0], dotted[:0]
		row := t.row(r)
		for _, i := range shown {
			assign(row[i], t.cols[i].name)
		}
		for _, name := range dotted {
			line = fmt.Appendf(line, `; %s="${%[1]s%%.}"`, name)
		}
		for _, i := range last {
			assign(row[i], t.cols[i].name)
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// appendText is appendPlain, escaped where the output is a terminal.
func (f Format) appendText(b []byte, v any) []byte {
	if f.Terminal {
		switch s := v.(type) {
		case string:
			return appendEscaped(b, s)
		case []string:
			return appendEscaped(b, strings.Join(s, ","))
		}
	}
	return appendPlain(b, v)
}

// appendExport writes s between double quotes as one line of shell. Backslashes stand
// before the four characters that mean something there. A newline cannot be quoted
// within one line by the shells that do not know $'…', dash among them, so it becomes
// the output of a printf, together with what follows it, because a shell cuts newlines
// from the end of such an output. Newlines at the very end of s get a dot behind them
// for the same reason: dot tells that it has to be taken off again.
//
// In the locales whose second bytes reach up to the backslash (GBK, Big5, Shift JIS) a
// shell could read a byte above 0x7f and the backslash after it as one character, which
// would set the next character free. Between such a byte and a backslash the quotes are
// closed and opened again: no second byte is a double quote. The same is done in front
// of \x01, which bash 5 loses behind the first byte of a character that has no second.
//
// A NUL, which no variable can hold, becomes \x00.
func appendExport(b []byte, s string) (_ []byte, dot bool) {
	s = strings.ReplaceAll(s, "\x00", `\x00`)
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		i++
		switch c {
		case '"', '\\', '$', '`', 1:
			if i > 1 && s[i-2] >= 0x80 {
				b = append(b, `""`...)
			}
			if c != 1 {
				b = append(b, '\\')
			}
			b = append(b, c)
		case '\n':
			b = append(b, `$(printf '\n`...)
			for ; i < len(s) && s[i] == '\n'; i++ {
				b = append(b, `\n`...)
			}
			if i == len(s) {
				b = append(b, '.')
				dot = true
			}
			for first := true; i < len(s) && (first || s[i] >= 0x80 && s[i-1] >= 0x80); i++ {
				b = append(b, '\\', '0'+s[i]>>6, '0'+s[i]>>3&7, '0'+s[i]&7)
				first = false
			}
			b = append(b, "')"...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"'), dot
}

// writeCSV writes RFC 4180 with line feeds: the names of the columns, then the rows.
func writeCSV(out *bufio.Writer, f Format, t Table) error {
	w := csv.NewWriter(out)
	record := make([]string, 0, len(t.cols))
	write := func() error {
		if len(record) == 1 && record[0] == "" {
			// encoding/csv writes an empty line here, which readers skip.
			w.Flush()
			_, err := out.WriteString("\"\"\n")
			return err
		}
		return w.Write(record)
	}
	shown := t.shown()
	if !f.NoHeadings {
		for _, i := range shown {
			record = append(record, t.cols[i].name)
		}
		if err := write(); err != nil {
			return err
		}
	}
	for r := range t.Len() {
		record = record[:0]
		row := t.row(r)
		for _, i := range shown {
			record = append(record, f.text(row[i]))
		}
		if err := write(); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// text is appendText for who needs a string.
func (f Format) text(v any) string {
	if s, ok := v.(string); ok && !f.Terminal {
		return s
	}
	return string(f.appendText(nil, v))
}
