package main

import (
	"context"
	"errors"
	"io/fs"
	"math"

	"github.com/spf13/cobra"

	"shmctl/internal/sysv"
	"shmctl/internal/transfer"
)

type sysvWrite struct {
	*env
	writeFlags
	segmentArg
}

func newSysvWrite(e *env) *cobra.Command {
	o := &sysvWrite{env: e}
	cmd := &cobra.Command{
		Use:   "write (ID | --key KEY)",
		Short: "Write standard input, a text or a file into a segment",
		Long: `Write standard input, a text or a file into a segment, bytes as they come.

Input that is longer than the segment is refused. A segment of up to 1 MiB is then
untouched; so is a larger one when the input is a text or a regular file. A pipe is
written as it comes, and the message says how much of it was.`,
		Example: `  echo hello | shmctl sysv write --key /tmp:A
  shmctl sysv write $id --text 'hello' --nul --zero-fill
  shmctl sysv write --key /tmp:B --create --input picture.png
  shmctl sysv write --key /tmp:C --create --size 1K --text 'hello' --hold 10s --rm`,
		Args: operands(0, 1, "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.parse(args); err != nil {
				return err
			}
			if err := o.check(cmd, o.create, "--create"); err != nil {
				return err
			}
			if o.create && !o.key.set {
				return usage("--create goes with --key")
			}
			ctx, stop := untilSignal()
			defer stop()
			return o.run(ctx)
		},
	}
	o.segmentArg.bind(cmd)
	o.writeFlags.bind(cmd)
	return cmd
}

func (o *sysvWrite) run(ctx context.Context) error {
	in, done, err := o.start(o.env, "sysv write")
	if err != nil {
		return err
	}
	defer done()
	h := o.sysv()
	seg, made, err := o.get(h, in)
	if err != nil {
		return err
	}
	err = o.write(ctx, h, seg, in, made)
	if made && err != nil || o.rm && (err == nil || ctx.Err() != nil) {
		switch rerr := h.Remove(seg.id); {
		case rerr == nil && o.verbose:
			o.say("sysv write: %s: removed", seg.what)
		case rerr == nil, errors.Is(rerr, fs.ErrNotExist):
		case err == nil:
			err = seg.fail(h, rerr)
		}
	}
	return err
}

// attachable is what the owner needs to write; less than that is set afterwards.
const attachable = 0o600

// get finds the segment, or makes it.
func (o *sysvWrite) get(h sysv.Host, in *transfer.Input) (seg segment, made bool, err error) {
	for {
		seg, err = o.find(h)
		if err == nil {
			return seg, false, nil
		}
		var f *failure
		var path *fs.PathError // the key's path is missing, not the segment
		if errors.As(err, &f) && f.code == exitMissing && !errors.As(err, &path) {
			f.hint = "--create makes it, sized to a text or a file"
		}
		if !o.create || exitCode(err) != exitMissing || path != nil {
			return seg, false, err
		}
		size, err := o.newSize(seg.what, in)
		if err != nil {
			return seg, false, err
		}
		id, err := h.Get(seg.key, size, sysv.GetFlags{Create: true, Exclusive: true, Mode: o.mode.bits | attachable})
		if errors.Is(err, fs.ErrExist) {
			continue // somebody was faster
		}
		if err != nil {
			return seg, false, getFail(h, o.key.spec, seg.key, size, err)
		}
		seg.id = id
		o.warnForced(h)
		if o.verbose {
			o.say("sysv write: %s: made id %d with %d bytes", seg.what, id, size)
		}
		return seg, true, nil
	}
}

// newSize is the size of a segment to be made for the input.
func (o *sysvWrite) newSize(what string, in *transfer.Input) (uint64, error) {
	n, known := in.Len()
	if !o.size.set {
		switch end := o.length(n); {
		case !known:
			return 0, usage("--size is missing: the length of the input is not known before it is read")
		case end < 0:
			return 0, fail(what, &transfer.TooLongError{Room: math.MaxInt64 - o.offset.n, Length: n})
		case end == 0:
			return 0, usage("--size is missing: the input is empty, and a segment cannot be")
		default:
			return uint64(end), nil
		}
	}
	// What is known not to fit needs no segment.
	if known && (o.size.n < uint64(o.offset.n) || uint64(n) > o.size.n-uint64(o.offset.n)) {
		room := int64(min(o.size.n, math.MaxInt64)) - o.offset.n
		if room < 0 {
			return 0, fail(what, &transfer.OffsetError{Offset: o.offset.n, Size: int64(o.size.n)})
		}
		return 0, fail(what, &transfer.TooLongError{Room: room, Length: n})
	}
	return o.size.n, nil
}

func (o *sysvWrite) write(ctx context.Context, h sysv.Host, seg segment, in *transfer.Input, made bool) (err error) {
	m, err := h.Attach(seg.id, false)
	if err != nil {
		return seg.fail(h, err)
	}
	defer func() {
		if derr := m.Detach(); derr != nil && err == nil {
			err = seg.fail(h, derr)
		}
	}()
	n, err := transfer.Fill(ctx, m, o.offset.n, in)
	if err == nil && o.zeroFill && !made {
		err = m.ZeroAt(o.offset.n+n, m.Size()-o.offset.n-n)
	}
	if err == nil && made && o.mode.bits&attachable != attachable {
		err = h.Set(seg.id, &o.mode.bits, nil, nil)
	}
	if err != nil {
		if made {
			err = transfer.NothingLeft(err)
		}
		return seg.fail(h, err)
	}
	o.wrote(o.env, "sysv write", seg.what, n)
	if o.hold.set {
		hold(ctx, o.hold.d)
	}
	return nil
}
