package transfer

import (
	"bytes"
	"errors"
	"io"
	"unicode"
	"unicode/utf8"
)

// ErrBinary says that bytes are not printable text.
var ErrBinary = errors.New("not printable text")

// Text copying options.
type CopyText struct {
	StopAtNUL bool // end before the first NUL
	Printable bool // refuse, with ErrBinary, what is not printable text
}

// Copy writes n bytes of m at off to w through a buffer. Up to Buffered bytes are
// looked at before the first is written. It returns the last byte written, 0 for
// none.
func (c CopyText) Copy(w io.Writer, m io.ReaderAt, off, n int64) (last byte, err error) {
	buf := make([]byte, min(n, Buffered))
	held := 0 // bytes of a character cut by the buffer's end
	for n > 0 {
		p := buf[:held+int(min(n, int64(len(buf)-held)))]
		k, err := m.ReadAt(p[held:], off)
		if err != nil && !(err == io.EOF && k == len(p)-held) {
			return last, err
		}
		off += int64(k)
		n -= int64(k)
		ends := n == 0
		if c.StopAtNUL {
			if i := bytes.IndexByte(p, 0); i >= 0 {
				p, ends = p[:i], true
			}
		}
		out := p
		if c.Printable {
			if !ends {
				out = p[:wholeRunes(p)]
			}
			if !printable(out) {
				return last, ErrBinary
			}
		}
		if len(out) > 0 {
			if _, err := w.Write(out); err != nil {
				return last, &OutputError{err}
			}
			last = out[len(out)-1]
		}
		if ends {
			break
		}
		held = copy(buf, p[len(out):])
	}
	return last, nil
}

// wholeRunes is the length of p without a character cut off at its end.
func wholeRunes(p []byte) int {
	for i := len(p) - 1; i >= 0 && i > len(p)-utf8.UTFMax; i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return i
			}
			break
		}
	}
	return len(p)
}

// printable says whether p can be shown on a terminal as it is: UTF-8 without
// control characters other than the line's own.
func printable(p []byte) bool {
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n == 1 {
			return false
		}
		if !unicode.IsPrint(r) && r != '\n' && r != '\t' {
			return false
		}
		p = p[n:]
	}
	return true
}
