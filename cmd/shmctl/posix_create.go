package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"time"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
	"shmctl/internal/transfer"
)

type posixCreate struct {
	*env
	name     posix.Name
	size     memorySize
	mode     modeValue
	existOK  bool
	truncate bool
	sparse   bool
}

func newPosixCreate(e *env) *cobra.Command {
	o := &posixCreate{env: e, mode: modeValue{bits: 0o600}}
	cmd := &cobra.Command{
		Use:   "create NAME --size SIZE",
		Short: "Make an object and print its name",
		Long: `Make an object with shm_open(3), give it its size, and print its name.

The object is new (O_CREAT|O_EXCL) unless --exist-ok or --truncate is given, and filled
with zeros. Its mode is exactly what was asked for, whatever the umask. All of its memory
is reserved at once, so that no later store can be killed by SIGBUS; --sparse leaves
that out.`,
		Example: `  shmctl posix create /my_shm --size 1024
  shmctl posix create /cache --size 16M --mode 0660 --exist-ok`,
		Args: operands(1, 1, "NAME"),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			if o.name, err = parseName(args[0]); err != nil {
				return err
			}
			if !o.size.set {
				return usage("--size is missing")
			}
			ctx, stop := untilSignal()
			defer stop()
			return o.run(ctx)
		},
	}
	f := cmd.Flags()
	f.VarP(&o.size, "size", "s", "its size: bytes, or with a unit as in 64K, 2M, 1G")
	f.VarP(&o.mode, "mode", "m", "its permissions in octal")
	f.BoolVar(&o.existOK, "exist-ok", false, "take an object that is there already as it is, if it is large enough")
	f.BoolVar(&o.truncate, "truncate", false, "empty an object that is there already (O_TRUNC), then give it its size")
	f.BoolVar(&o.sparse, "sparse", false, "do not reserve memory: a store can fail with SIGBUS later")
	return cmd
}

func (o *posixCreate) run(ctx context.Context) error {
	d := o.posix()
	if o.size.n > math.MaxInt64 {
		return objectFail(d, o.name, tooBig(o.size.n))
	}
	if o.name.Semaphore() {
		return objectFail(d, o.name, &posix.SemaphoreError{Name: o.name})
	}
	for {
		err := o.make(ctx, d)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if !o.existOK && !o.truncate {
			return o.exists(d, err)
		}
		err = o.take(ctx, d)
		// It may have gone since; then there is one to be made.
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
}

// make makes the object; what it made is gone again when anything fails.
func (o *posixCreate) make(ctx context.Context, d posix.Dir) error {
	obj, err := d.Create(o.name, o.mode.bits)
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	if err != nil {
		return objectFail(d, o.name, err)
	}
	defer obj.Close()
	err = o.resize(obj)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		err = objectFail(d, o.name, err)
	} else {
		err = o.printName()
	}
	if err != nil {
		d.UnlinkObject(obj, o.name)
	}
	return err
}

func (o *posixCreate) resize(obj *posix.Object) error {
	if o.sparse {
		return obj.Truncate(int64(o.size.n))
	}
	// The size follows the memory, so that nobody is killed in between. ftruncate(2)
	// then only confirms it: the API's own call, which whoever reads --trace looks for.
	if err := obj.Reserve(int64(o.size.n)); err != nil {
		return err
	}
	return obj.Truncate(int64(o.size.n))
}

// take uses the object that is there. fs.ErrNotExist says that there is none.
func (o *posixCreate) take(ctx context.Context, d posix.Dir) error {
	obj, err := d.Open(o.name, o.truncate)
	if err != nil {
		var other *posix.NotObjectError
		var sem *posix.SemaphoreError
		if errors.As(err, &other) || errors.As(err, &sem) {
			return &failure{code: exitExists, what: what(o.name), msg: "already exists and " + err.Error()}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !o.truncate && errors.Is(err, fs.ErrPermission) {
			// An object that may not be read is there all the same.
			if info, serr := d.Stat(o.name); serr == nil {
				if uint64(info.Size) >= o.size.n {
					return o.printName()
				}
				return o.smaller(info.Size)
			}
		}
		return objectFail(d, o.name, err)
	}
	defer obj.Close()
	if !o.truncate {
		info, err := o.grown(ctx, obj)
		if err != nil {
			return objectFail(d, o.name, err)
		}
		if uint64(info.Size) < o.size.n {
			return o.smaller(info.Size)
		}
		return o.printName()
	}
	// Whether the memory can be had is found out while there is still something
	// to keep.
	if !o.sparse {
		if err := obj.Reserve(int64(o.size.n)); err != nil {
			return objectFail(d, o.name, err)
		}
	}
	if err := obj.Empty(); err != nil {
		return objectFail(d, o.name, err)
	}
	if err := o.resize(obj); err != nil {
		return objectFail(d, o.name, err)
	}
	return o.printName()
}

// grown waits while somebody else is making the object, and says what it became.
func (o *posixCreate) grown(ctx context.Context, obj *posix.Object) (posix.Info, error) {
	making := making{}
	for {
		info, err := obj.Stat()
		if err != nil || uint64(info.Size) >= o.size.n || !making.still(info) {
			return info, err
		}
		select {
		case <-ctx.Done():
			return info, context.Cause(ctx)
		case <-time.After(pollInterval):
		}
	}
}

// making watches an object that somebody else may be making: between its name and
// its size are two calls at least, and the second takes as long as the memory does.
type making struct {
	blocks int64
	moved  time.Time
}

// lately is how long ago a maker may have done its last step.
const lately = 250 * time.Millisecond

// still says whether the object has changed lately.
func (m *making) still(info posix.Info) bool {
	now := time.Now()
	if info.Blocks != m.blocks {
		m.blocks, m.moved = info.Blocks, now
	}
	return now.Sub(info.Ctime) < lately || now.Sub(m.moved) < lately
}

// smaller is the failure of --exist-ok.
func (o *posixCreate) smaller(size int64) error {
	return &failure{code: exitNoFit, what: what(o.name), msg: fmt.Sprintf("already exists with %d bytes, smaller than the %d asked for", size, o.size.n)}
}

// printName prints the name as it is for a script, and escaped for a terminal.
func (o *posixCreate) printName() error {
	if transfer.IsTerminal(o.out) {
		return o.print("%s\n", what(o.name))
	}
	return o.print("%s\n", o.name)
}

// exists says what is there instead of the object to be made.
func (o *posixCreate) exists(d posix.Dir, err error) error {
	f := fail(what(o.name), err)
	f.msg = "already exists"
	info, serr := d.Stat(o.name)
	var other *posix.NotObjectError
	switch {
	case errors.As(serr, &other):
		f.msg += " and " + other.Error()
	case serr == nil:
		f.msg += fmt.Sprintf(" (%d bytes, owner %s)", info.Size, newNames().owner(info.UID))
		f.hint = "--exist-ok takes it as it is, 'shmctl posix rm " + what(o.name) + "' removes it"
	}
	return f
}

// tooBig is the error for a size that an off_t does not hold.
func tooBig(size uint64) error {
	return &failure{code: exitNoFit, msg: fmt.Sprintf("%d bytes are more than the 2^63-1 that an object can have", size)}
}
