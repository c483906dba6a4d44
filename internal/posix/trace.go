package posix

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// note hands one call to Trace, which must not be nil: asking first is for the
// caller, so that nothing is formatted in vain.
func (d Dir) note(result int64, err error, format string, args ...any) {
	call := fmt.Sprintf(format, args...)
	if err != nil {
		d.Trace(call, "", err)
		return
	}
	d.Trace(call, strconv.FormatInt(result, 10), nil)
}

// quote spells s as a C string literal.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\t':
			b.WriteString(`\t`)
		case '\r':
			b.WriteString(`\r`)
		default:
			if c < ' ' || c > '~' {
				// Three digits end by themselves, unlike \xNN.
				fmt.Fprintf(&b, `\%03o`, c)
				continue
			}
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// shownBytes is how much of the data of a call is shown, as by strace(1).
const shownBytes = 32

// quoteData spells the first of p as a C string literal.
func quoteData(p []byte) string {
	if len(p) > shownBytes {
		return quote(string(p[:shownBytes])) + "..."
	}
	return quote(string(p))
}

var flagNames = []struct {
	bits int
	name string
}{
	{unix.O_TMPFILE, "O_TMPFILE"}, // before O_DIRECTORY, which is part of it
	{unix.O_CREAT, "O_CREAT"},
	{unix.O_EXCL, "O_EXCL"},
	{unix.O_TRUNC, "O_TRUNC"},
	{unix.O_NONBLOCK, "O_NONBLOCK"},
	{unix.O_DIRECTORY, "O_DIRECTORY"},
	{unix.O_NOFOLLOW, "O_NOFOLLOW"},
	{unix.O_CLOEXEC, "O_CLOEXEC"},
}

// openFlags spells the flags of open(2).
func openFlags(flags int) string {
	s := "O_RDONLY"
	switch {
	case flags&unix.O_ACCMODE == unix.O_RDWR:
		s = "O_RDWR"
	case flags&unix.O_PATH != 0:
		s = "O_PATH"
	}
	for _, f := range flagNames {
		if flags&f.bits == f.bits {
			s += "|" + f.name
			flags &^= f.bits
		}
	}
	return s
}
