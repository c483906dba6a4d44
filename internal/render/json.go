package render

import (
	"bufio"
	"time"
	"unicode"
	"unicode/utf8"
)

// writeJSON writes one object with an array per table, a row a line.
func writeJSON(out *bufio.Writer, tables []Table) error {
	b := []byte{'{'}
	for i, t := range tables {
		if i > 0 {
			b = append(b, ',')
		}
		for _, m := range t.members {
			b = appendJSONString(b, m.name)
			b = append(b, ':')
			b = appendJSON(b, m.val)
			b = append(b, ',')
		}
		b = appendJSONString(b, t.API)
		b = append(b, ":["...)
		shown, names := t.shown(), t.jsonNames()
		for r := range t.Len() {
			if r > 0 {
				b = append(b, ',')
			}
			b = append(b, "\n  "...)
			b = appendJSONRow(b, t, shown, names, r)
			if _, err := out.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
		if t.Len() > 0 {
			b = append(b, '\n')
		}
		b = append(b, ']')
	}
	_, err := out.Write(append(b, "}\n"...))
	return err
}

// jsonNames are the names of t's columns as they stand in front of a value, quoted and
// with the colon.
func (t Table) jsonNames() []string {
	names := make([]string, len(t.cols))
	for i, c := range t.cols {
		names[i] = string(append(appendJSONString(nil, c.key), ':'))
	}
	return names
}

func appendJSONRow(b []byte, t Table, shown []int, names []string, r int) []byte {
	row := t.row(r)
	sep := byte('{')
	for _, i := range shown {
		b = append(b, sep)
		b = append(b, names[i]...)
		b = appendJSON(b, row[i])
		sep = ','
	}
	return append(b, '}')
}

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return appendJSONString(b, v)
	case time.Time:
		b = append(b, '"')
		return append(appendTime(b, v), '"')
	case []string:
		b = append(b, '[')
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, s)
		}
		return append(b, ']')
	case Table:
		b = append(b, '[')
		shown, names := v.shown(), v.jsonNames()
		for r := range v.Len() {
			if r > 0 {
				b = append(b, ',')
			}
			b = appendJSONRow(b, v, shown, names, r)
		}
		return append(b, ']')
	}
	return appendPlain(b, v) // numbers
}

// appendJSONString writes s so that a reader gets s itself back. What JSON cannot hold,
// a byte that is not UTF-8, becomes the four characters \xNN; to keep that apart from a
// string in which these four were written, their backslash becomes \x5c, as in
// [Escape]. What could trick a terminal is written as \uNNNN, which means the same
// character to every reader.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && s[i] >= ' ' && s[i] < 0x7f && s[i] != '"' && s[i] != '\\' {
			i++
		}
		b = append(b, s[start:i]...)
		if i == len(s) {
			break
		}
		c := s[i]
		switch {
		case c == '\\' && isHexEscape(s[i:]):
			b = append(b, `\\x5c`...)
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < ' ' || c == 0x7f:
			b = appendUnit(b, rune(c))
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				b = appendHex(append(b, '\\'), c)
			case unicode.IsPrint(r):
				b = append(b, s[i:i+n]...)
			case r > 0xffff:
				r -= 0x10000
				b = appendUnit(appendUnit(b, 0xd800+r>>10), 0xdc00+r&0x3ff)
			default:
				b = appendUnit(b, r)
			}
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}

// appendUnit writes one unit of UTF-16 as \uNNNN.
func appendUnit(b []byte, u rune) []byte {
	b = append(b, '\\', 'u')
	for shift := 12; shift >= 0; shift -= 4 {
		b = append(b, hexDigits[u>>shift&15])
	}
	return b
}
