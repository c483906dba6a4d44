package transfer

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
)

// Hexdump writes n bytes of m at off as hexdump(1) -C prints them, byte for byte:
// 16 bytes a line, addresses from off, repeated lines as one "*". (hexdump -n 0 is
// the exception: it prints nothing at all, which is for the caller to know.)
func Hexdump(out io.Writer, m io.ReaderAt, off, n int64) error {
	w := bufio.NewWriterSize(out, 64<<10)
	buf := make([]byte, min(n, 64<<10))
	var (
		last    [16]byte
		printed bool // a line was printed, so last may repeat
		starred bool // the repetition has its "*"
	)
	end := off + n
	for n > 0 {
		p := buf[:min(n, int64(len(buf)))]
		k, err := m.ReadAt(p, off)
		if err != nil && !(err == io.EOF && k == len(p)) {
			return err
		}
		n -= int64(k)
		for len(p) > 0 {
			line := p[:min(len(p), 16)]
			p = p[len(line):]
			if len(line) == 16 && printed && bytes.Equal(line, last[:]) {
				if !starred {
					w.WriteString("*\n")
					starred = true
				}
			} else {
				hexLine(w, off, line)
				copy(last[:], line)
				printed, starred = true, false
			}
			off += int64(len(line))
		}
	}
	// hexdump has no last address for an empty dump that starts at 0.
	if end > 0 {
		fmt.Fprintf(w, "%08x\n", end)
	}
	if err := w.Flush(); err != nil {
		return &OutputError{err}
	}
	return nil
}

// hexLine writes one line: address, two groups of eight bytes, the characters.
func hexLine(w *bufio.Writer, addr int64, line []byte) {
	const digits = "0123456789abcdef"
	b := fmt.Appendf(nil, "%08x ", addr)
	for i := range 16 {
		if i%8 == 0 {
			b = append(b, ' ')
		}
		if i < len(line) {
			b = append(b, digits[line[i]>>4], digits[line[i]&15], ' ')
		} else {
			b = append(b, "   "...)
		}
	}
	b = append(b, " |"...)
	for _, c := range line {
		if c < ' ' || c > '~' {
			c = '.'
		}
		b = append(b, c)
	}
	b = append(b, "|\n"...)
	w.Write(b)
}
