package posix

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// TryLock takes the object's advisory lock (flock(2)), which goes with the descriptor,
// and reports whether it was free. It keeps apart those who ask for it, and nobody else.
func (o *Object) TryLock() (bool, error) {
	err := restart(func() error { return unix.Flock(o.fd, unix.LOCK_EX|unix.LOCK_NB) })
	if o.dir.Trace != nil {
		o.dir.note(0, err, "flock(%d, LOCK_EX|LOCK_NB)", o.fd)
	}
	if err == unix.EWOULDBLOCK {
		return false, nil
	}
	return err == nil, sysError("flock", err)
}

// Truncate sets the size in bytes, as ftruncate(2): what is cut off is lost, and
// what is added is zeros with no memory behind them yet. A mapping keeps the
// length it has.
func (o *Object) Truncate(size int64) error {
	err := o.ftruncate(size)
	if err != nil {
		return o.dir.space("ftruncate", size, err)
	}
	o.size = size
	return nil
}

func (o *Object) ftruncate(size int64) error {
	err := restart(func() error { return unix.Ftruncate(o.fd, size) })
	if o.dir.Trace != nil {
		o.dir.note(0, err, "ftruncate(%d, %d)", o.fd, size)
	}
	return err
}

// Empty sets the size to 0 as shm_open(3) with O_TRUNC does, which takes write
// permission now and not when the object was opened.
func (o *Object) Empty() error {
	link := procFD(o.fd)
	fd, err := o.dir.open(link, unix.O_RDWR|unix.O_TRUNC, 0)
	if err == unix.ENOENT {
		return o.Truncate(0) // no /proc
	}
	if err != nil {
		return sysError("open", err)
	}
	o.size = 0
	return o.dir.close(fd)
}

// Reserve puts memory behind every byte of the first size, so that no store there
// can be a SIGBUS for want of it, and makes the object that long when it was
// shorter. When there is not enough, a *SpaceError, the size is as before and
// what memory was added is given back.
func (o *Object) Reserve(size int64) error { return o.reserve(0, size) }

// Grow is Reserve for what lies beyond the present size alone: holes in what is
// there stay holes.
func (o *Object) Grow(size int64) error {
	if size <= o.size {
		return nil
	}
	return o.reserve(o.size, size)
}

// ReserveRange puts memory behind the bytes from off to end alone.
func (o *Object) ReserveRange(off, end int64) error { return o.reserve(off, end) }

// reserve is Reserve from the offset from.
//
// It is one fallocate(2), because one undoes itself: shmem_fallocate (mm/shmem.c)
// gives back just the pages that the call added, and not those that had been
// written or reserved before, and it sets the size last. Several calls could not
// be undone by anyone: a page in a hole of the old size may have got another
// process's data between them, which punching a hole would destroy.
func (o *Object) reserve(from, size int64) error {
	if size == from {
		return nil // which fallocate(2) refuses
	}
	before, serr := o.Stat()
	if serr != nil {
		return serr
	}
	err := o.fallocate(from, size-from)
	if err == nil {
		o.size = max(size, before.Size)
		return nil
	}
	// Should a kernel leave pages behind all the same, those beyond the end are
	// not anybody's data yet, unless the size is another by now.
	if after, serr := o.Stat(); serr == nil && after.Size == before.Size && after.Blocks > before.Blocks {
		o.ftruncate(before.Size)
	}
	return o.dir.space("fallocate", size, err)
}

// fallocate is replaced by a test.
var fallocate = unix.Fallocate

// fallocate is fallocate(2) with the thread's signals blocked. On many kernels a
// pending signal, and Go sends itself some, makes a long call on a tmpfs give back
// all that it has done and return EINTR; repeating that might never end.
func (o *Object) fallocate(off, n int64) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, old unix.Sigset_t
	for i := range all.Val {
		all.Val[i] = ^all.Val[i]
	}
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &all, &old); err == nil {
		defer unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil)
	}
	// Stopping and tracing interrupt it still.
	err := restart(func() error { return fallocate(o.fd, 0, off, n) })
	if o.dir.Trace != nil {
		o.dir.note(0, err, "fallocate(%d, 0, %d, %d)", o.fd, off, n)
	}
	return err
}
