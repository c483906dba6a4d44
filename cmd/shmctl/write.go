package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"shmctl/internal/transfer"
)

// writeFlags are the flags of write that both APIs have.
type writeFlags struct {
	text     string
	textSet  bool
	input    string
	inputSet bool
	offset   offsetValue
	nul      bool
	zeroFill bool
	hold     durationValue
	rm       bool
	verbose  bool
	progress progressMode
	bar      *progress

	create bool
	size   memorySize
	mode   modeValue
}

func (o *writeFlags) bind(cmd *cobra.Command) {
	o.mode.bits = 0o600
	f := cmd.Flags()
	f.StringVarP(&o.text, "text", "t", "", "write `TEXT` instead of standard input")
	f.StringVarP(&o.input, "input", "i", "", "write `FILE` instead of standard input, which is -")
	f.Var(&o.offset, "offset", "start at byte N; the first is 0")
	f.BoolVar(&o.nul, "nul", false, "end the data with a NUL byte")
	f.BoolVar(&o.zeroFill, "zero-fill", false, "clear all that follows the data")
	f.Var(&o.hold, "hold", "then stay attached for this long, or until SIGINT or SIGTERM")
	f.BoolVar(&o.rm, "rm", false, "remove it at the end, also on a signal")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say on standard error what was done")
	o.progress.bind(cmd)
	f.BoolVar(&o.create, "create", false, "make it when it is missing, sized to the input")
	f.VarP(&o.size, "size", "s", "where it is made: this size, not that of the input")
	f.VarP(&o.mode, "mode", "m", "where it is made: these permissions in octal")
}

// check is what no single flag can see. makes says that something may be made.
func (o *writeFlags) check(cmd *cobra.Command, makes bool, maker string) error {
	o.textSet = cmd.Flags().Changed("text")
	o.inputSet = cmd.Flags().Changed("input")
	switch {
	case o.textSet && o.inputSet:
		return usage("--text and --input exclude each other")
	case o.size.set && !makes:
		return usage("--size goes with %s", maker)
	case o.mode.set && !makes:
		return usage("--mode goes with %s", maker)
	}
	return nil
}

// start opens the input, and watches it: done takes the progress bar away and
// closes it.
func (o *writeFlags) start(e *env, verb string) (in *transfer.Input, done func(), err error) {
	in, closed, err := o.open(e)
	if err != nil {
		return nil, nil, err
	}
	total, _ := in.Len()
	o.bar = o.progress.start(e, verb, total)
	in.Moved = o.bar.add
	in.Plain = e.tracing
	return in, func() { o.bar.done(); closed() }, nil
}

// open opens the input.
func (o *writeFlags) open(e *env) (*transfer.Input, func(), error) {
	if o.textSet {
		return transfer.Text(o.text, o.nul), func() {}, nil
	}
	f, name := e.in, "standard input"
	done := func() {}
	if o.inputSet && o.input != "-" {
		var err error
		// A FIFO without a writer must not hang here, where no signal is heard; it
		// is waited for when it is read.
		if f, err = os.OpenFile(o.input, os.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
			return nil, nil, &transfer.InputError{Err: err}
		}
		name = o.input
		done = func() { f.Close() }
	}
	in, err := transfer.File(f, o.nul)
	if err != nil {
		done()
		return nil, nil, &transfer.InputError{Err: &os.PathError{Op: "read", Path: name, Err: err}}
	}
	return in, done, nil
}

// length is offset+n, -1 when that is more than 63 bits hold.
func (o *writeFlags) length(n int64) int64 {
	if end := o.offset.n + n; end >= 0 {
		return end
	}
	return -1
}

// wrote ends the writing, and says what was written.
func (o *writeFlags) wrote(e *env, verb, what string, n int64) {
	o.bar.done()
	if o.verbose {
		e.say("%s: %s: wrote %s at offset %d", verb, what, plural(n, "byte"), o.offset.n)
	}
}

// plural is a count with its noun.
func plural(n int64, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
