package render

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// HumanSize writes n bytes as lsipc(1) does: in the largest unit of 1024 that is not
// larger than n, rounded to one decimal, which is left out when it is 0. As there, the
// unit is chosen before the rounding: one byte less than 1M is 1024K.
func HumanSize(n uint64) string { return string(appendSize(nil, n)) }

func appendSize(b []byte, n uint64) []byte {
	unit := 0
	for unit < 6 && n>>(10*(unit+1)) != 0 {
		unit++
	}
	shift := 10 * unit
	whole, rest := n>>shift, n&(1<<shift-1)
	if shift > 50 { // keeps rest * 1000 within 64 bits
		rest, shift = rest>>10, shift-10
	}
	tenths := (rest*1000>>shift + 50) / 100
	if tenths == 10 {
		whole, tenths = whole+1, 0
	}
	b = strconv.AppendUint(b, whole, 10)
	if tenths != 0 {
		b = append(b, '.', byte('0'+tenths))
	}
	return append(b, "BKMGTPE"[unit])
}

// HumanAge writes d in its two largest units: 3d13h, 5h02m, and below an hour in one:
// 12m, 40s. What is less than the smaller unit is cut off, not rounded. A negative age,
// of something dated in the future, has a minus in front.
func HumanAge(d time.Duration) string { return string(appendAge(nil, d)) }

func appendAge(b []byte, d time.Duration) []byte {
	s := int64(d / time.Second)
	if s < 0 {
		b, s = append(b, '-'), -s
	}
	two := func(n int64) { b = append(b, byte('0'+n/10), byte('0'+n%10)) }
	switch {
	case s < 60:
		return append(strconv.AppendInt(b, s, 10), 's')
	case s < 3600:
		return append(strconv.AppendInt(b, s/60, 10), 'm')
	case s < 86400:
		b = append(strconv.AppendInt(b, s/3600, 10), 'h')
		two(s / 60 % 60)
		return append(b, 'm')
	}
	b = append(strconv.AppendInt(b, s/86400, 10), 'd')
	two(s / 3600 % 24)
	return append(b, 'h')
}

// Perms writes the permission bits of mode as ls(1) does, without the letter for the
// type: rw-r--r--. The bits 07000 show as s, S, t and T, so a caller whose mode has
// other meanings there (SHM_DEST is 01000) masks them off.
func Perms(mode uint32) string {
	p := []byte("rwxrwxrwx")
	for i := range p {
		if mode&(0400>>i) == 0 {
			p[i] = '-'
		}
	}
	for i, special := range []byte("sst") {
		if mode&(04000>>i) == 0 {
			continue
		}
		at := 3*i + 2
		if p[at] == '-' {
			special -= 'a' - 'A'
		}
		p[at] = special
	}
	return string(p)
}

const hexDigits = "0123456789abcdef"

func appendHex(b []byte, c byte) []byte {
	return append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}

// Escape makes a string that the system handed out safe to show. Each byte of what is
// not printable is written as \xNN: control characters of either set (C0, DEL, C1),
// bytes that are not UTF-8, direction overrides, invisible characters, line separators,
// and every blank but the ASCII one. The rest stays as it is, with one exception that
// keeps the result unambiguous: a backslash in the string that is followed by x and two
// hexadecimal digits is written as \x5c. So replacing every \xNN by its byte, from left
// to right, gives the string back, and no other backslash means anything.
func Escape(s string) string {
	if plain(s) {
		return s
	}
	return string(appendEscaped(make([]byte, 0, len(s)+16), s))
}

// plain tells whether Escape leaves s alone because it is printable ASCII without a
// backslash.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

func appendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			switch {
			case c < ' ' || c == 0x7f, c == '\\' && isHexEscape(s[i:]):
				b = appendHex(b, c)
			default:
				b = append(b, c)
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			for ; n > 0; n-- {
				b = appendHex(b, s[i])
				i++
			}
			continue
		}
		b = append(b, s[i:i+n]...)
		i += n
	}
	return b
}

// isHexEscape tells whether s starts with what Escape writes for a byte.
func isHexEscape(s string) bool {
	return len(s) >= 4 && s[0] == '\\' && s[1] == 'x' && isHex(s[2]) && isHex(s[3])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// appendCell writes a value of kind k as the table shows it.
func appendCell(b []byte, f Format, k Kind, v any) []byte {
	switch v := v.(type) {
	case string:
		if plain(v) {
			return append(b, v...)
		}
		return appendEscaped(b, v)
	case uint64:
		if k == Size && !f.Bytes {
			return appendSize(b, v)
		}
	case time.Time:
		return appendLocal(b, v)
	case time.Duration:
		return appendAge(b, v)
	case []string:
		for i, s := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendEscaped(b, s)
		}
		return b
	case float64:
		return append(strconv.AppendFloat(b, v, 'f', 2, 64), '%')
	}
	return appendPlain(b, v)
}

func appendLocal(b []byte, t time.Time) []byte { return t.Local().AppendFormat(b, time.DateTime) }

// appendTime writes RFC 3339 in UTC, whole seconds: the shape that jq's fromdate takes,
// and that sorts as text.
func appendTime(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, time.RFC3339) }

// appendPlain writes a value for a script, unquoted and unescaped.
func appendPlain(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(b, v...)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case uint64:
		return strconv.AppendUint(b, v, 10)
	case time.Time:
		return appendTime(b, v)
	case time.Duration:
		return strconv.AppendInt(b, int64(v/time.Second), 10)
	case []string:
		return append(b, strings.Join(v, ",")...)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case Table:
		return strconv.AppendInt(b, int64(v.Len()), 10)
	}
	return b
}
