package main

// This file is the voice of shmctl on standard error. The rules are:
//
//   - Every line starts with "shmctl: ", the Try line of a usage error aside.
//   - An error is one line: the command, the object, what is wrong and what is
//     there now; lower case, no full stop.
//   - A hint says what to do about it, where there is something to do.
//   - Whatever came from outside is escaped, so a line stays a line.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
	"shmctl/internal/render"
	"shmctl/internal/sysv"
	"shmctl/internal/transfer"
)

// The exit statuses.
const (
	exitDone    = 0
	exitFailed  = 1 // for no reason below, or several operands for several reasons
	exitUsage   = 2
	exitMissing = 3
	exitExists  = 4
	exitDenied  = 5
	exitTimeout = 6
	exitNoFit   = 7
)

// failure is an error as it is shown: the object, what is wrong with it, a hint
// where there is one, and the exit status.
type failure struct {
	code int
	what string // the object, "" where there is none
	msg  string
	hint string
	err  error // what it was made of
}

func (f *failure) Error() string {
	if f.what == "" {
		return f.msg
	}
	return f.what + ": " + f.msg
}

func (f *failure) Unwrap() error { return f.err }

// usage is a failure of the command line itself.
func usage(format string, args ...any) error {
	return &failure{code: exitUsage, msg: fmt.Sprintf(format, args...)}
}

// fail says that err befell what, where err does not say so itself.
func fail(what string, err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		if f.what == "" {
			f.what = what
		}
		return f
	}
	return &failure{code: exitCode(err), what: what, msg: reason(err), err: err}
}

// outputError is a failure to write results.
func outputError(err error) error { return &transfer.OutputError{Err: err} }

// failures are those of several operands.
type failures []error

func (f failures) Error() string { return errors.Join(f...).Error() }

// orNil is f as an error, nil when nothing failed.
func (f failures) orNil() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// interrupted is the end of a command by a signal.
type interrupted struct{ sig syscall.Signal }

func (i *interrupted) Error() string {
	return "interrupted by " + map[syscall.Signal]string{
		syscall.SIGINT: "SIGINT", syscall.SIGTERM: "SIGTERM", syscall.SIGQUIT: "SIGQUIT", syscall.SIGHUP: "SIGHUP",
	}[i.sig]
}

// exitCode is the one place that turns an error into an exit status.
func exitCode(err error) int {
	var (
		f        *failure
		several  failures
		in       *transfer.InputError
		out      *transfer.OutputError
		long     *transfer.TooLongError
		past     *transfer.OffsetError
		limit    *sysv.LimitError
		space    *posix.SpaceError
		usage    *render.UsageError
		template *render.TemplateError
		sig      *interrupted
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &several):
		code := exitCode(several[0])
		for _, e := range several[1:] {
			if exitCode(e) != code {
				return exitFailed
			}
		}
		return code
	case errors.As(err, &f):
		return f.code
	case errors.As(err, &sig):
		return 128 + int(sig.sig)
	case errors.As(err, &usage), errors.As(err, &template):
		return exitUsage
	case errors.As(err, &in), errors.As(err, &out):
		return exitFailed
	case errors.As(err, &long), errors.As(err, &past), errors.As(err, &limit), errors.As(err, &space),
		errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG), errors.Is(err, syscall.ENOMEM),
		errors.Is(err, syscall.EDQUOT):
		return exitNoFit
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return exitMissing
	case errors.Is(err, fs.ErrExist):
		return exitExists
	case errors.Is(err, fs.ErrPermission):
		return exitDenied
	}
	return exitFailed
}

// reason is what an error says, without the name of the system call.
func reason(err error) string {
	var call *os.SyscallError
	if errors.As(err, &call) && err == error(call) {
		return call.Err.Error()
	}
	var path *fs.PathError
	if errors.As(err, &path) && err == error(path) {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}

// report prints err, which ended cmd, and returns the exit status.
func (e *env) report(cmd *cobra.Command, err error) int {
	verb := strings.TrimPrefix(strings.TrimPrefix(cmd.CommandPath(), "shmctl"), " ")
	if verb != "" {
		verb += ": "
	}
	each := []error{err}
	if several, ok := err.(failures); ok {
		each = several
	}
	for _, err := range each {
		e.say("%s%s", verb, reason(err))
		var f *failure
		if errors.As(err, &f) && f.hint != "" {
			e.say("hint: %s", f.hint)
		}
	}
	code := exitCode(err)
	if code == exitUsage {
		fmt.Fprintf(e.err, "Try '%s --help' for more information.\n", cmd.CommandPath())
	}
	return code
}

// say prints one line on standard error.
func (e *env) say(format string, args ...any) {
	fmt.Fprintf(e.err, "shmctl: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

// warn prints a warning.
func (e *env) warn(format string, args ...any) {
	e.say("warning: %s", fmt.Sprintf(format, args...))
}

// oneLine escapes what could break a line or fool a terminal, as \xNN.
func oneLine(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if (r == utf8.RuneError && n == 1) || !unicode.IsPrint(r) {
			for _, c := range []byte(s[:n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
