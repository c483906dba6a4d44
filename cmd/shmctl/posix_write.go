package main

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"time"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
	"shmctl/internal/transfer"
)

type posixWrite struct {
	*env
	writeFlags
	name    posix.Name
	resize  bool
	replace bool
}

func newPosixWrite(e *env) *cobra.Command {
	o := &posixWrite{env: e}
	cmd := &cobra.Command{
		Use:   "write NAME",
		Short: "Write standard input, a text or a file into an object",
		Long: `Write standard input, a text or a file into an object, bytes as they come.

Input that is longer than the object is refused. An object of up to 1 MiB is then
untouched; so is a larger one when the input is a text or a regular file. A pipe is
written as it comes, and the message says how much of it was.

--create makes a missing object, sized to the input when there is no --size; it gets
its name when all of the input is in it, so whoever waits for it never sees a part.
--resize fits an existing object to the input, and changes nothing when that cannot be
had. --replace puts a new object, with the old one's owner and mode, in the place of the
old one in one step: a reader sees the old bytes or the new, never a mix, and whoever
has the old one open keeps it.`,
		Example: `  producer | shmctl posix write /feed --create
  shmctl posix write /my_shm --text 'hello' --nul --zero-fill
  shmctl posix write /config --replace --input config.json
  shmctl posix write /lease --create --size 1024 --text 'hello' --hold 10s --rm`,
		Args: operands(1, 1, "NAME"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.name, err = parseName(args[0]); err != nil {
				return err
			}
			if err := o.check(cmd, o.create || o.replace, "--create or --replace"); err != nil {
				return err
			}
			switch {
			case o.resize && o.replace:
				return usage("--resize and --replace exclude each other")
			case o.resize && o.size.set:
				return usage("--resize and --size exclude each other")
			}
			ctx, stop := untilSignal()
			defer stop()
			return o.run(ctx)
		},
	}
	o.bind(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.resize, "resize", false, "give the object the size of the input")
	f.BoolVar(&o.replace, "replace", false, "publish a new object under the name, in one step")
	return cmd
}

func (o *posixWrite) run(ctx context.Context) error {
	in, done, err := o.start(o.env, "posix write")
	if err != nil {
		return err
	}
	defer done()
	d := o.posix()
	if o.name.Semaphore() {
		return objectFail(d, o.name, &posix.SemaphoreError{Name: o.name})
	}
	if o.replace {
		return o.publish(ctx, d, in)
	}
	obj, err := d.Open(o.name, true)
	if o.create && missing(err) {
		return o.publish(ctx, d, in)
	}
	if err != nil {
		f := objectFail(d, o.name, err)
		if missing(err) {
			f.hint = "--create makes it, sized to the input"
		}
		return f
	}
	defer obj.Close()
	return o.write(ctx, d, obj, in)
}

// write writes into the object that is there.
func (o *posixWrite) write(ctx context.Context, d posix.Dir, obj *posix.Object, in *transfer.Input) error {
	n, err := o.fill(ctx, d, obj, in)
	if err == nil {
		o.wrote(o.env, "posix write", what(o.name), n)
		return o.finish(ctx, d, obj, nil)
	}
	return o.finish(ctx, d, obj, objectFail(d, o.name, err))
}

func (o *posixWrite) fill(ctx context.Context, d posix.Dir, obj *posix.Object, in *transfer.Input) (int64, error) {
	if o.resize {
		return o.fit(ctx, d, obj, in)
	}
	// A store into a hole needs memory that may not be there: that is found out
	// before anything is overwritten, where the length is known.
	if n, known := in.Len(); known && obj.Info().Alloc < obj.Size() {
		if end := o.length(n); end >= 0 && end <= obj.Size() {
			if err := obj.ReserveRange(o.offset.n, end); err != nil {
				return 0, err
			}
		}
	}
	n, err := transfer.Fill(ctx, obj, o.offset.n, in)
	if err == nil && o.zeroFill {
		err = obj.ZeroAt(o.offset.n+n, obj.Size()-o.offset.n-n)
	}
	return n, err
}

// fit gives the object the size of the input. What was in it stays until all of
// the input is known to find room.
func (o *posixWrite) fit(ctx context.Context, d posix.Dir, obj *posix.Object, in *transfer.Input) (int64, error) {
	if _, known := in.Len(); !known {
		staged, err := d.Temp(0o600)
		if err != nil {
			return 0, err
		}
		defer staged.Close()
		n, err := transfer.Grow(ctx, staged, 0, in)
		if err != nil {
			return 0, transfer.NothingLeft(err)
		}
		if in, err = transfer.Range(staged.Fd(), 0, n, d.Trace); err != nil {
			return 0, err
		}
	}
	n, _ := in.Len()
	end := o.length(n)
	if end < 0 {
		return 0, &transfer.TooLongError{Room: math.MaxInt64 - o.offset.n, Length: n}
	}
	if err := turn(ctx, obj); err != nil {
		return 0, err
	}
	old := obj.Size()
	if err := obj.Reserve(end); err != nil {
		return 0, err
	}
	// All of the input is there, so nothing has to be waited for; and half of it in
	// the object's new size would be neither the old content nor the new.
	n, err := transfer.Fill(context.WithoutCancel(ctx), obj, o.offset.n, in)
	if err != nil {
		if n == 0 {
			obj.Truncate(old)
		}
		return n, err
	}
	return n, obj.Truncate(o.offset.n + n)
}

// turn waits until no other --resize is at work on the object: two at once would leave
// the size of the one with the content of the other. Whoever can read the object can
// lock it, and may mean something else by that, so the wait has an end.
func turn(ctx context.Context, obj *posix.Object) error {
	const patience = 2 * time.Second
	for deadline := time.Now().Add(patience); ; {
		free, err := obj.TryLock()
		if free || err != nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(pollInterval):
		}
	}
}

// publish makes a new object, and gives it its name when all of the input is in it.
func (o *posixWrite) publish(ctx context.Context, d posix.Dir, in *transfer.Input) error {
	mode := o.mode.bits
	var uid, gid = -1, -1
	if o.replace {
		switch info, err := d.Stat(o.name); {
		case err == nil:
			if !o.mode.set {
				mode = info.Mode & 0o777
			}
			uid, gid = int(info.UID), int(info.GID)
		case !missing(err):
			return objectFail(d, o.name, err)
		}
	}
	obj, err := d.Temp(mode)
	if err != nil {
		return objectFail(d, o.name, err)
	}
	defer obj.Close()
	n, err := o.fillNew(ctx, d, obj, in)
	if err != nil {
		return objectFail(d, o.name, transfer.NothingLeft(err))
	}
	if uid >= 0 {
		if info := obj.Info(); int(info.UID) != uid || int(info.GID) != gid {
			if err := obj.Chown(uid, gid); err != nil {
				return objectFail(d, o.name, err)
			}
		}
	}
	if o.replace {
		err = obj.Replace(o.name)
	} else {
		err = obj.Link(o.name)
	}
	if errors.Is(err, fs.ErrExist) && !o.replace {
		return o.late(ctx, d, obj, n)
	}
	if err != nil {
		return objectFail(d, o.name, err)
	}
	if o.verbose {
		o.say("posix write: %s: made with %s", what(o.name), plural(obj.Size(), "byte"))
	}
	o.wrote(o.env, "posix write", what(o.name), n)
	return o.finish(ctx, d, obj, nil)
}

// fillNew puts the input into an object that nobody else sees yet.
func (o *posixWrite) fillNew(ctx context.Context, d posix.Dir, obj *posix.Object, in *transfer.Input) (int64, error) {
	length, known := in.Len()
	switch end := o.length(length); {
	case o.size.set && o.size.n > math.MaxInt64:
		return 0, tooBig(o.size.n)
	case o.size.set:
		if err := obj.Reserve(int64(o.size.n)); err != nil {
			return 0, err
		}
		return transfer.Fill(ctx, obj, o.offset.n, in)
	case known && end < 0:
		return 0, &transfer.TooLongError{Room: math.MaxInt64 - o.offset.n, Length: length}
	case known:
		if err := o.makeRoom(d, obj, in, end); err != nil {
			return 0, err
		}
		n, err := transfer.Fill(ctx, obj, o.offset.n, in)
		if err == nil && n < length {
			err = obj.Truncate(o.offset.n + n) // a file that became shorter
		}
		return n, err
	default:
		n, err := transfer.Grow(ctx, obj, o.offset.n, in)
		if err == nil && o.offset.n > 0 {
			err = obj.Reserve(obj.Size())
		}
		return n, err
	}
}

// makeRoom gives a new object the size end, of which all behind the offset will be
// written. Where the writing finds the memory faster by itself, it is enough to know
// beforehand that there is as much.
func (o *posixWrite) makeRoom(d posix.Dir, obj *posix.Object, in *transfer.Input, end int64) error {
	if in.Halved() {
		if s, err := d.Statfs(); err == nil && (s.Total == 0 || s.Free >= uint64(end)) {
			if err := obj.Truncate(end); err != nil {
				return err
			}
			return obj.ReserveRange(0, o.offset.n)
		}
	}
	return obj.Reserve(end)
}

// late writes n bytes of obj into an object that got the name in the meantime.
func (o *posixWrite) late(ctx context.Context, d posix.Dir, obj *posix.Object, n int64) error {
	in, err := transfer.Range(obj.Fd(), o.offset.n, n, d.Trace)
	if err != nil {
		return objectFail(d, o.name, err)
	}
	there, err := d.Open(o.name, true)
	if err != nil {
		return objectFail(d, o.name, err)
	}
	defer there.Close()
	return o.write(ctx, d, there, in)
}

// finish holds the object mapped and removes it, as asked. err is what came of
// the writing.
func (o *posixWrite) finish(ctx context.Context, d posix.Dir, obj *posix.Object, err error) error {
	if err == nil && o.hold.set {
		if merr := obj.Map(false); merr != nil {
			err = objectFail(d, o.name, merr)
		} else {
			hold(ctx, o.hold.d)
			if merr := obj.Unmap(); merr != nil {
				err = objectFail(d, o.name, merr)
			}
		}
	}
	if o.rm && (err == nil || ctx.Err() != nil) {
		switch uerr := d.UnlinkObject(obj, o.name); {
		case uerr == nil && o.verbose:
			o.say("posix write: %s: removed", what(o.name))
		case uerr == nil, errors.Is(uerr, fs.ErrNotExist):
		case errors.Is(uerr, posix.ErrReplaced):
			o.warn("%s: not removed: %v", what(o.name), uerr)
		case err == nil:
			err = objectFail(d, o.name, uerr)
		}
	}
	return err
}
