package posix

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrShrank says that an object has become smaller than it was when it was
// opened, so that bytes to be moved are not there any more.
var ErrShrank = errors.New("the object shrank")

// ErrReplaced says that a name is another object's now.
var ErrReplaced = errors.New("the name is another object's now")

// NotObjectError says that a directory entry is no object, that is, no plain
// regular file with one link. It is fs.ErrNotExist.
type NotObjectError struct {
	Name Name
	What string // "a FIFO", "a symbolic link", "a hard link (2 links)" …
}

func (e *NotObjectError) Error() string { return "is " + e.What + ", not an object" }

// Is reports whether target is fs.ErrNotExist.
func (e *NotObjectError) Is(target error) bool { return target == fs.ErrNotExist }

// SemaphoreError says that what was to be changed is a semaphore. It is
// fs.ErrNotExist.
type SemaphoreError struct{ Name Name }

func (e *SemaphoreError) Error() string { return "is a semaphore, not an object" }

// Is reports whether target is fs.ErrNotExist.
func (e *SemaphoreError) Is(target error) bool { return target == fs.ErrNotExist }

// DirError says that the directory of the objects is not there. It is not
// fs.ErrNotExist, which says that an object is not.
type DirError struct {
	Path string
	Err  error
}

func (e *DirError) Error() string { return e.Path + ": " + e.Err.Error() }

// SpaceError says that something did not fit, and what there is room for now.
type SpaceError struct {
	Path  string // of the tmpfs
	Asked int64  // bytes the object was to have; 0 when an inode was asked for

	Free, Total        int64 // bytes of the tmpfs; Total is 0 when it is not limited
	FreeInodes, Inodes int64 // inodes of the tmpfs; Inodes is 0 when they are not limited

	Err error // what the system call said

	detail string // the clause, where it is not about the tmpfs
}

func (e *SpaceError) Unwrap() error { return e.Err }

func (e *SpaceError) Error() string {
	switch {
	case e.detail != "":
		return e.detail
	case errors.Is(e.Err, unix.EDQUOT):
		return "the quota on the tmpfs at " + e.Path + " is used up"
	case e.Asked == 0 && e.Inodes > 0 && e.FreeInodes == 0:
		return fmt.Sprintf("the tmpfs at %s has 0 of %d inodes free", e.Path, e.Inodes)
	case errors.Is(e.Err, unix.ENOSPC) && e.Total > 0:
		return fmt.Sprintf("the tmpfs at %s has %d of %d bytes free", e.Path, e.Free, e.Total)
	}
	return "the kernel has no memory for it"
}

// space makes a SpaceError of an error that is about room, and returns any other
// as it is. asked is the size in bytes that the object was to have.
func (d Dir) space(call string, asked int64, err error) error {
	errno, _ := err.(syscall.Errno)
	err = os.NewSyscallError(call, err)
	e := &SpaceError{Path: d.shown(), Asked: asked, Err: err}
	switch errno {
	case unix.EFBIG:
		// Past RLIMIT_FSIZE it comes with SIGXFSZ, which the Go runtime drops.
		e.detail = fmt.Sprintf("%d bytes are more than a file can have", asked)
		var rl unix.Rlimit
		if unix.Getrlimit(unix.RLIMIT_FSIZE, &rl) == nil && rl.Cur < math.MaxInt64 {
			e.detail = fmt.Sprintf("RLIMIT_FSIZE is %d bytes", rl.Cur)
		}
	case unix.ENOSPC, unix.EDQUOT, unix.ENOMEM:
	default:
		return err
	}
	if s, serr := d.Statfs(); serr == nil {
		e.Free, e.Total = int64(s.Free), int64(s.Total)
		e.FreeInodes, e.Inodes = int64(s.FreeInodes), int64(s.Inodes)
	}
	return e
}

// pathError is the error of a call on an entry of the directory.
func (d Dir) pathError(call string, err error) error {
	if err == unix.ENOENT || err == unix.ENOTDIR {
		var st unix.Stat_t
		serr := restart(func() error { return unix.Stat(d.Path, &st) })
		if d.Trace != nil {
			buf := "statbuf"
			if serr == nil {
				buf = fmt.Sprintf("{st_mode=%s|%#o}", typeNames[st.Mode&unix.S_IFMT], st.Mode&0o7777)
			}
			d.note(0, serr, "stat(%s, %s)", quote(d.Path), buf)
		}
		if serr != nil {
			return &DirError{d.shown(), serr}
		}
		if st.Mode&unix.S_IFMT != unix.S_IFDIR {
			return &DirError{d.shown(), unix.ENOTDIR}
		}
	}
	return os.NewSyscallError(call, err)
}

// isErrno reports whether err is that of a system call with one of these.
func isErrno(err error, list ...syscall.Errno) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && slices.Contains(list, errno)
}
