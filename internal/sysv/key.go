package sysv

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"
)

// Key is a key_t: the number under which programs find the same segment. 0 is
// IPC_PRIVATE, which finds none.
type Key int32

// String is the key as ipcs(1) shows it: unsigned, 8 hexadecimal digits.
func (k Key) String() string {
	b := []byte("0x00000000")
	for i, n := len(b)-1, uint32(k); n > 0; i, n = i-1, n>>4 {
		b[i] = "0123456789abcdef"[n&15]
	}
	return string(b)
}

// KeySpec is a key as a person names it: by number, or by the path and project
// of ftok(3).
type KeySpec struct {
	Text string // as given
	Path string // "" when a number was given
	Proj byte   // ftok's proj_id, never 0 with a Path
	Num  Key    // the number, when Path is ""
}

// ParseKeySpec reads PATH:PROJ, a hexadecimal number with 0x, a decimal number
// in -2^31 … 2^32-1, or the word private, which is 0. The last colon splits, so
// that a path may hold one. PROJ is one character, which stands for its byte, or
// a number of 0x and digits or of two or more decimal digits, of which the low 8
// bits count.
//
// The file need not exist; see Host.Resolve.
func ParseKeySpec(s string) (KeySpec, error) {
	spec := KeySpec{Text: s}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		proj, err := parseProj(s[i+1:])
		if err != nil {
			return KeySpec{}, fmt.Errorf("%q: %w", s, err)
		}
		if i == 0 {
			return KeySpec{}, fmt.Errorf("%q has no path before the colon", s)
		}
		if strings.IndexByte(s, 0) >= 0 {
			return KeySpec{}, fmt.Errorf("%q: a path cannot hold a NUL byte", s)
		}
		spec.Path, spec.Proj = s[:i], proj
		return spec, nil
	}
	switch {
	case s == "":
		return KeySpec{}, errors.New("an empty word is neither PATH:PROJ nor a number")
	case s == "private":
		return spec, nil
	case strings.HasPrefix(s, "/"), strings.HasPrefix(s, "."):
		return KeySpec{}, fmt.Errorf("%q lacks the :PROJ that ftok needs", s)
	}
	n, err := parseInt(s)
	if err == nil && (n < -1<<31 || n > 1<<32-1) {
		err = errRange
	}
	switch {
	case err == errRange:
		return KeySpec{}, fmt.Errorf("%q does not fit in 32 bits", s)
	case err != nil:
		return KeySpec{}, fmt.Errorf("%q is neither PATH:PROJ nor a number", s)
	}
	spec.Num = Key(uint32(n))
	return spec, nil
}

func parseProj(s string) (byte, error) {
	switch {
	case s == "":
		return 0, errors.New("no project follows the last colon")
	case len(s) == 1 && s[0] != 0:
		return s[0], nil
	case utf8.RuneCountInString(s) == 1 && len(s) > 1:
		return 0, fmt.Errorf("the project %q takes %d bytes, and ftok has room for one", s, len(s))
	}
	n, err := parseInt(s)
	switch {
	case err == errRange || err == nil && (n < 0 || n > 1<<31-1) && s[0] != '-':
		return 0, fmt.Errorf("the project %q does not fit in 32 bits", s)
	case err != nil || s[0] == '-':
		return 0, fmt.Errorf("the project %q is not one character, 0xNN or a number", s)
	case byte(n) == 0:
		return 0, fmt.Errorf("the low 8 bits of the project %q are 0, which ftok leaves undefined", s)
	}
	return byte(n), nil
}

var (
	errSyntax = errors.New("not a number")
	errRange  = errors.New("out of range")
)

// parseInt reads 0x and hexadecimal digits, or decimal digits after at most a
// minus sign. strconv's own bases would take underscores and a plus too.
func parseInt(s string) (int64, error) {
	digits, base, set := s, 10, "0123456789"
	switch {
	case strings.HasPrefix(s, "0x"), strings.HasPrefix(s, "0X"):
		digits, base, set = s[2:], 16, "0123456789abcdefABCDEF"
	case strings.HasPrefix(s, "-"):
		digits = s[1:]
	}
	if digits == "" || strings.Trim(digits, set) != "" {
		return 0, errSyntax
	}
	n, err := strconv.ParseInt(digits, base, 64)
	if err != nil {
		return 0, errRange
	}
	if s[0] == '-' {
		n = -n
	}
	return n, nil
}

// Private reports whether the spec is IPC_PRIVATE: the word private, or 0.
func (s KeySpec) Private() bool { return s.Path == "" && s.Num == 0 }

// Describe is k for a message: with the path and project it was made from, when
// it was given so.
func (s KeySpec) Describe(k Key) string {
	if s.Path == "" {
		return k.String()
	}
	text := s.Text
	if q := strconv.Quote(text); q != `"`+text+`"` {
		text = q // one line, whatever the path
	}
	return k.String() + " (" + text + ")"
}

// ParseID reads an id as shmget(2) returns it: decimal digits alone, at most
// 2147483647.
func ParseID(s string) (int, error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, fmt.Errorf("%q is not a number of decimal digits", s)
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is more than 2147483647", s)
	}
	return int(n), nil
}

// Ftok is ftok(3) of glibc: the low 8 bits of proj, the low 8 of st_dev and the
// low 16 of st_ino. Different files can have the same key.
func Ftok(dev, ino uint64, proj byte) Key {
	return Key(uint32(proj)<<24 | uint32(dev&0xff)<<16 | uint32(ino&0xffff))
}

// Resolve is the key that s names. The path must exist and every directory
// before it be searchable; otherwise the error is an *fs.PathError.
func (h Host) Resolve(s KeySpec) (Key, error) {
	if s.Path == "" {
		return s.Num, nil
	}
	var k Key
	fi, err := os.Stat(s.Path)
	if err == nil {
		st := fi.Sys().(*syscall.Stat_t)
		k = Ftok(uint64(st.Dev), uint64(st.Ino), s.Proj)
	}
	if h.Trace != nil {
		var errno syscall.Errno
		errors.As(err, &errno)
		proj := fmt.Sprintf("0x%02x", s.Proj)
		if s.Proj > ' ' && s.Proj < 0x7f && s.Proj != '\'' && s.Proj != '\\' {
			proj = fmt.Sprintf("'%c'", s.Proj)
		}
		h.note(fmt.Sprintf("ftok(%s, %s)", quote(s.Path), proj), k.String(), errno)
	}
	return k, err
}
