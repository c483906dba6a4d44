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

// statText spells the struct stat of a call, or its name in the manual page when
// the call failed and said nothing.
func statText(st *unix.Statx_t, err error) string {
	if err != nil {
		return "statbuf"
	}
	return fmt.Sprintf("{st_mode=%s|%#o, st_nlink=%d, st_size=%d}",
		typeNames[uint32(st.Mode)&unix.S_IFMT], st.Mode&0o7777, st.Nlink, st.Size)
}

var typeNames = map[uint32]string{
	unix.S_IFREG: "S_IFREG", unix.S_IFDIR: "S_IFDIR", unix.S_IFLNK: "S_IFLNK", unix.S_IFIFO: "S_IFIFO",
	unix.S_IFSOCK: "S_IFSOCK", unix.S_IFCHR: "S_IFCHR", unix.S_IFBLK: "S_IFBLK", 0: "0",
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

// shown is data that is spelled when a call is shown, after it was made.
type shown []byte

func (s *shown) String() string { return quoteData(*s) }

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
