// Package trace narrates API calls the way strace(1) does: C spelling, symbolic
// flags, the result or the error's name. The backends say what they called, this
// package says it in one form.
package trace

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// Func is told of one API call after it was made: the call in C spelling and
// what it returned, also as C prints it. When err is not nil the call failed and
// result says nothing. An empty result is left out, for steps that are no call,
// such as a copy.
type Func func(call, result string, err error)

// To returns a Func that writes one line a call to w, each after prefix.
func To(w io.Writer, prefix string) Func {
	return func(call, result string, err error) {
		switch {
		case err != nil:
			fmt.Fprintf(w, "%s%s = -1 %s\n", prefix, call, errno(err))
		case result == "":
			fmt.Fprintf(w, "%s%s\n", prefix, call)
		default:
			fmt.Fprintf(w, "%s%s = %s\n", prefix, call, result)
		}
	}
}

// errno spells an error as strace does: EEXIST (File exists).
func errno(err error) string {
	var n syscall.Errno
	if !errors.As(err, &n) {
		return err.Error()
	}
	name := unix.ErrnoName(n)
	if name == "" {
		name = fmt.Sprintf("errno %d", int(n))
	}
	text := []byte(n.Error())
	if len(text) > 0 && 'a' <= text[0] && text[0] <= 'z' {
		text[0] -= 'a' - 'A' // Go's texts are those of strerror(3) in lower case
	}
	return fmt.Sprintf("%s (%s)", name, text)
}
