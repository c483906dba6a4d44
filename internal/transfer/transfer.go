// Package transfer moves bytes between shared memory of either API and a file:
// standard input into a segment or an object, and out of it again. What the two
// kinds of memory have in common is bytes, so moving them is written once, here.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Memory is shared memory of either API, as opened or attached.
//
// FillAt and DrainAt take one step with one copy in the kernel and may move less
// than asked; FillAt returns 0, nil at the end of input, DrainAt never does.
type Memory interface {
	io.ReaderAt
	io.WriterAt
	Size() int64                                 // bytes
	FillAt(fd int, off, n int64) (int64, error)  // fd to memory
	DrainAt(fd int, off, n int64) (int64, error) // memory to fd
	ZeroAt(off, n int64) error
}

// Growable is a new memory that nobody else can see yet, so that its size may
// follow the input.
type Growable interface {
	Memory
	Truncate(size int64) error
}

const (
	// Buffered is the size in bytes up to which a memory is written all or not at
	// all: the input is read first and moved when all of it is known to fit.
	Buffered = 1 << 20
	// step bounds one FillAt or DrainAt, so that a signal and a progress bar are
	// served several times a second.
	step = 8 << 20
)

// window is by how many bytes Grow sets the size ahead of the data: without
// memory behind it that costs nothing, and what lies beyond the data is cut off
// at the end. Tests make it small.
var window int64 = 1 << 30

// TooLongError says that the input is longer than the memory.
type TooLongError struct {
	Room    int64 // bytes from the offset to the end of the memory
	Length  int64 // bytes of input where known, else -1
	Written int64 // bytes written before this was known
}

func (e *TooLongError) Error() string {
	s := fmt.Sprintf("the input is longer than the %d bytes that fit", e.Room)
	if e.Length >= 0 {
		s = fmt.Sprintf("%d bytes of input do not fit into %d", e.Length, e.Room)
	}
	if e.Written > 0 {
		return s + fmt.Sprintf(": %d bytes were written", e.Written)
	}
	return s + ": nothing was written"
}

// PartialError says how much had been written when something failed.
type PartialError struct {
	Written int64
	Err     error
}

func (e *PartialError) Error() string {
	return fmt.Sprintf("%v: %d bytes were written", e.Err, e.Written)
}

func (e *PartialError) Unwrap() error { return e.Err }

// NothingLeft is err without what it says of bytes written, for a memory that is
// gone again.
func NothingLeft(err error) error {
	var long *TooLongError
	if errors.As(err, &long) {
		return &TooLongError{Room: long.Room, Length: long.Length}
	}
	var part *PartialError
	if errors.As(err, &part) {
		return part.Err
	}
	return err
}

// OffsetError says that an offset lies past the end of the memory.
type OffsetError struct{ Offset, Size int64 }

func (e *OffsetError) Error() string {
	return fmt.Sprintf("offset %d is past the end at %d", e.Offset, e.Size)
}

// OutputError is a failure of the file that bytes were moved to.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return "standard output: " + reason(e.Err) }
func (e *OutputError) Unwrap() error { return e.Err }

// reason is the text of a system error without the name of the call.
func reason(err error) string {
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		return sys.Err.Error()
	}
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// Fill moves the whole of in into m at off and returns the number of bytes
// written. Input that does not fit is a *TooLongError; it leaves a memory of up
// to Buffered bytes untouched, and any memory when the length was known.
func Fill(ctx context.Context, m Memory, off int64, in *Input) (int64, error) {
	room := m.Size() - off
	if room < 0 {
		return 0, &OffsetError{off, m.Size()}
	}
	if m.Size() <= Buffered {
		p, err := in.buffer(ctx, room)
		if err != nil {
			return 0, err
		}
		n, err := m.WriteAt(p, off)
		in.moved(int64(n))
		if err != nil && n > 0 {
			err = &PartialError{int64(n), err}
		}
		return int64(n), err
	}
	if length, known := in.Len(); known && length > room {
		return 0, &TooLongError{Room: room, Length: length}
	}
	n, err := in.stream(ctx, m, off, room)
	if err != nil && n > 0 {
		var long *TooLongError
		if !errors.As(err, &long) {
			err = &PartialError{n, err}
		}
	}
	return n, err
}

// Grow moves the whole of in into the new memory m at off and leaves it exactly
// as long as that needs.
func Grow(ctx context.Context, m Growable, off int64, in *Input) (int64, error) {
	if off > math.MaxInt64-window {
		return 0, &TooLongError{Room: math.MaxInt64 - off, Length: -1}
	}
	var n int64
	for window := window; ; {
		err := m.Truncate(off + n + window)
		if errors.Is(err, syscall.EFBIG) && window > 1 {
			window /= 2 // RLIMIT_FSIZE (setrlimit(2)) may have room for the data itself
			continue
		}
		if err != nil {
			return n, err
		}
		k, err := in.stream(ctx, m, off+n, window)
		n += k
		var long *TooLongError
		if errors.As(err, &long) {
			continue // the window was too small, not the memory
		}
		if err != nil {
			return n, err
		}
		return n, m.Truncate(off + n)
	}
}

// Drain moves n bytes of m at off to the file out.
func Drain(out *os.File, m Memory, off, n int64, moved func(int64)) error {
	for n > 0 {
		k, err := m.DrainAt(int(out.Fd()), off, min(n, step))
		if k > 0 && moved != nil {
			moved(k)
		}
		if err != nil {
			// Only the file fails with a system error; memory shrinks, at worst.
			var errno syscall.Errno
			if errors.As(err, &errno) {
				return &OutputError{err}
			}
			return err
		}
		off += k
		n -= k
	}
	return nil
}

// IsTerminal says whether f is a terminal.
func IsTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
