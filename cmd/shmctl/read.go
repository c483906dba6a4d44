package main

import (
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"shmctl/internal/transfer"
)

// readFlags are the flags of read, the same for both APIs.
type readFlags struct {
	offset  offsetValue
	length  offsetValue
	str     bool
	hex     bool
	wait    bool
	timeout durationValue

	progress progressMode
}

func (o *readFlags) bind(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Var(&o.offset, "offset", "start at byte N; the first is 0")
	f.Var(&o.length, "length", "read N bytes, or to the end where that comes first")
	f.BoolVar(&o.str, "string", false, "stop before the first NUL byte, as a C string ends")
	f.BoolVarP(&o.hex, "hex", "x", false, "print as hexdump -C does")
	f.BoolVarP(&o.wait, "wait", "w", false, "wait until it exists")
	f.Var(&o.timeout, "timeout", "with --wait: give up after this long, with status 6")
	o.progress.bind(cmd)
}

func (o *readFlags) check() error {
	switch {
	case o.str && o.hex:
		return usage("--string and --hex exclude each other")
	case o.timeout.set && !o.wait:
		return usage("--timeout goes with --wait")
	}
	return nil
}

// pollInterval is how often a condition is looked at that the kernel does not
// announce.
const pollInterval = 10 * time.Millisecond

// await calls get until it finds what it looks for, when --wait was given: as
// long as that is missing.
func (o *readFlags) await(get func() error) error {
	deadline := time.Now().Add(o.timeout.d)
	for {
		err := get()
		if err == nil || !o.wait || !missing(err) {
			return err
		}
		if o.timeout.set && !time.Now().Before(deadline) {
			return &failure{code: exitTimeout, msg: "did not appear within " + o.timeout.d.String()}
		}
		pause := pollInterval
		if o.timeout.set {
			pause = min(pause, time.Until(deadline))
		}
		time.Sleep(pause)
	}
}

// read writes to standard output what was asked for of m.
func (o *readFlags) read(e *env, verb string, m transfer.Memory) error {
	if o.offset.n > m.Size() {
		return &transfer.OffsetError{Offset: o.offset.n, Size: m.Size()}
	}
	n := m.Size() - o.offset.n
	if o.length.set {
		n = min(n, o.length.n)
	}
	terminal := transfer.IsTerminal(e.out)
	switch {
	case o.hex:
		if o.length.set && n == 0 && o.length.n == 0 {
			return nil // as hexdump -n 0
		}
		return transfer.Hexdump(e.out, m, o.offset.n, n)
	case o.str || terminal:
		last, err := transfer.CopyText{StopAtNUL: o.str, Printable: terminal}.Copy(e.out, m, o.offset.n, n)
		// A terminal's next prompt belongs on a line of its own.
		if err == nil && terminal && last != '\n' && last != 0 {
			_, err = io.WriteString(e.out, "\n")
		}
		if errors.Is(err, transfer.ErrBinary) {
			f := &failure{code: exitFailed, msg: "not printable text, and standard output is a terminal"}
			f.hint = "--hex or --string shows it, or redirect the output"
			if o.str {
				f.hint = "--hex shows it, or redirect the output"
			}
			return f
		}
		return err
	}
	bar := o.progress.start(e, verb, n)
	defer bar.done()
	return transfer.Drain(e.out, m, o.offset.n, n, bar.add)
}
