package posix

import (
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

const (
	// bulk is the size in bytes of the buffer where bytes take a way through
	// memory, and of the pipes that more than a few go through: a pipe of 64 KiB,
	// the default, makes its two ends wait for each other most of the time.
	bulk = 1 << 20
	// maxStep bounds one sendfile(2); the kernel's own bound is 0x7ffff000.
	maxStep = 1 << 30
)

var buffers = sync.Pool{New: func() any { b := make([]byte, bulk); return &b }}

// negative is the error for an offset or length below 0.
var negative = sysError("pread", unix.EINVAL)

// ReadAt reads from the object at off, with pread(2): other than a load from a
// mapping it takes no memory for a hole and survives a truncation, which is
// ErrShrank. The end is where it was when the object was opened.
func (o *Object) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, negative
	}
	if len(p) == 0 {
		return 0, nil
	}
	if off >= o.size {
		return 0, io.EOF
	}
	atEnd := false
	if int64(len(p)) > o.size-off {
		p, atEnd = p[:o.size-off], true
	}
	done := 0
	for done < len(p) {
		n, err := o.pread(p[done:], off+int64(done))
		if err != nil {
			return done, err
		}
		done += n
	}
	if atEnd {
		return done, io.EOF
	}
	return done, nil
}

// pread is pread(2) of bytes before the end. It never returns 0 without an error.
func (o *Object) pread(p []byte, off int64) (n int, err error) {
	err = restart(func() error { n, err = unix.Pread(o.fd, p, off); return err })
	if o.dir.Trace != nil {
		o.dir.note(int64(n), err, "pread(%d, %s, %d, %d)", o.fd, quoteData(p[:max(n, 0)]), len(p), off)
	}
	if err != nil {
		return 0, sysError("pread", err)
	}
	if n == 0 {
		return 0, ErrShrank
	}
	return n, nil
}

// WriteAt writes to the object at off, with pwrite(2). It never makes the object
// longer: what does not fit is left out and io.ErrShortWrite. When the object
// has shrunk, to less than the write needs, that is ErrShrank and nothing is
// written. No memory for a hole is a *SpaceError.
func (o *Object) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, negative
	}
	var short error
	if int64(len(p)) > o.size-off {
		p, short = p[:max(o.size-off, 0)], io.ErrShortWrite
	}
	done := 0
	for done < len(p) {
		// In steps: the check is as of a moment before.
		step := p[done:min(done+bulk, len(p))]
		if err := o.checkSize(off + int64(done+len(step))); err != nil {
			return done, err
		}
		n, err := o.pwrite(step, off+int64(done))
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, short
}

// checkSize says ErrShrank when the object ends before end by now, where a write
// would make it longer. The kernel has no write that does not.
func (o *Object) checkSize(end int64) error {
	i, err := o.Stat()
	if err == nil && i.Size < end {
		err = ErrShrank
	}
	return err
}

func (o *Object) pwrite(p []byte, off int64) (n int, err error) {
	err = restart(func() error { n, err = unix.Pwrite(o.fd, p, off); return err })
	if o.dir.Trace != nil {
		o.dir.note(int64(n), err, "pwrite(%d, %s, %d, %d)", o.fd, quoteData(p), len(p), off)
	}
	if err != nil {
		return 0, o.dir.space("pwrite", o.size, err)
	}
	if n == 0 {
		return 0, io.ErrNoProgress
	}
	return n, nil
}

// FillAt reads at most n bytes from the descriptor fd into the object at off,
// with one copy where the kernel has a way, and may move less. 0 and no error is
// the end of the input. It waits for a descriptor that is non-blocking. It does
// not write past Size: no room at off is io.ErrShortWrite.
//
// A read of fd that failed is an *os.SyscallError of read, any other one of
// sendfile, splice or pwrite; no memory for a hole is a *SpaceError.
func (o *Object) FillAt(fd int, off, n int64) (int64, error) {
	if off < 0 || n < 0 {
		return 0, negative
	}
	if n == 0 {
		return 0, nil
	}
	if n = min(n, o.size-off, maxStep); n <= 0 {
		return 0, io.ErrShortWrite
	}
	if err := o.checkSize(off + n); err != nil {
		return 0, err
	}
	switch fileType(fd) {
	case unix.S_IFREG, unix.S_IFBLK:
		if err := o.seek(off); err != nil {
			return 0, err
		}
		moved, err := o.move("sendfile", fd, unix.POLLIN, func() (int64, error) {
			k, err := unix.Sendfile(o.fd, fd, nil, int(n))
			return int64(k), err
		}, "sendfile(%d, %d, NULL, %d)", o.fd, fd, n)
		// Files of /proc and the like have no page cache to send from.
		if err == nil || !unsupported(err) {
			return moved, o.room(err)
		}
	case unix.S_IFIFO:
		n = min(n, bulk)
		o.widen(fd, n)
		to := off
		moved, err := o.move("splice", fd, unix.POLLIN, func() (int64, error) {
			to = off
			k, err := unix.Splice(fd, nil, o.fd, &to, int(n), 0)
			return int64(k), err
		}, "splice(%d, NULL, %d, [%d], %d, 0)", fd, o.fd, off, n)
		if err == nil || !unsupported(err) {
			return moved, o.room(err)
		}
	}
	return o.fillBuffered(fd, off, n)
}

// room makes a SpaceError of an error for want of room in the object.
func (o *Object) room(err error) error {
	var call *os.SyscallError
	if !errors.As(err, &call) {
		return err
	}
	return o.dir.space(call.Syscall, o.size, call.Err)
}

// fillBuffered is FillAt for a descriptor that the kernel does not copy from.
func (o *Object) fillBuffered(fd int, off, n int64) (int64, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	p := (*buf)[:min(n, bulk)]
	var came shown
	got, err := o.move("read", fd, unix.POLLIN, func() (int64, error) {
		k, err := unix.Read(fd, p)
		came = p[:max(k, 0)]
		return int64(k), err
	}, "read(%d, %v, %d)", fd, &came, len(p))
	if err != nil {
		return 0, err
	}
	done, err := o.WriteAt(p[:got], off)
	return int64(done), err
}

// DrainAt writes at most n bytes of the object at off to the descriptor fd, and
// may move less, but not nothing without an error. It waits for a descriptor
// that is non-blocking. Bytes that are not there any more are ErrShrank; an
// offset at the end as it was on opening, or past it, is io.EOF.
//
// What failed of fd is an *os.SyscallError of write or sendfile.
//
// To a regular file the kernel copies. To a pipe or a socket it would lend the
// object's pages instead, so that a store after this call would still change
// what the reader gets: these are written from a buffer.
func (o *Object) DrainAt(fd int, off, n int64) (int64, error) {
	if off < 0 || n < 0 {
		return 0, negative
	}
	if n == 0 {
		return 0, nil
	}
	if n = min(n, o.size-off, maxStep); n <= 0 {
		return 0, io.EOF
	}
	switch fileType(fd) {
	case unix.S_IFREG, unix.S_IFBLK:
		from := off
		moved, err := o.move("sendfile", fd, unix.POLLOUT, func() (int64, error) {
			from = off
			k, err := unix.Sendfile(fd, o.fd, &from, int(n))
			return int64(k), err
		}, "sendfile(%d, %d, [%d], %d)", fd, o.fd, off, n)
		if moved > 0 {
			return moved, nil
		}
		// A file in append mode is refused (EINVAL).
		if err != nil && !unsupported(err) {
			return 0, err
		}
	case unix.S_IFIFO:
		o.widen(fd, n)
	}
	return o.drainBuffered(fd, off, n)
}

// drainBuffered is DrainAt for a descriptor that the kernel should not copy to.
func (o *Object) drainBuffered(fd int, off, n int64) (int64, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	p := (*buf)[:min(n, bulk)]
	got, err := o.pread(p, off)
	if err != nil {
		return 0, err
	}
	var done int64
	for p = p[:got]; len(p) > 0; {
		k, err := o.move("write", fd, unix.POLLOUT, func() (int64, error) {
			k, err := unix.Write(fd, p)
			return int64(k), err
		}, "write(%d, %v, %d)", fd, (*shown)(&p), len(p))
		if err == nil && k == 0 {
			err = io.ErrNoProgress
		}
		if err != nil {
			return done, err
		}
		done += k
		p = p[k:]
	}
	return done, nil
}

// move makes a call until it was not interrupted and fd was ready. The last
// arguments are how Trace shows it.
func (o *Object) move(name string, fd int, events int16, call func() (int64, error), format string, args ...any) (int64, error) {
	for {
		n, err := call()
		if err == unix.EINTR {
			continue
		}
		if o.dir.Trace != nil {
			o.dir.note(n, err, format, args...)
		}
		if err == nil {
			return n, nil
		}
		if err != unix.EAGAIN {
			return 0, sysError(name, err)
		}
		ready := []unix.PollFd{{Fd: int32(fd), Events: events}}
		if _, err := unix.Poll(ready, -1); err != nil && err != unix.EINTR {
			return 0, sysError("poll", err)
		}
	}
}

func unsupported(err error) bool {
	return isErrno(err, unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP)
}

// fileType is the S_IFMT bits of a descriptor, 0 when there are none.
func fileType(fd int) uint32 {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return 0
	}
	return st.Mode & unix.S_IFMT
}

// widen makes a pipe hold bulk bytes when more than it holds by default are to
// go through it. The user's share of pipe memory may be used up; then it stays.
func (o *Object) widen(fd int, n int64) {
	if n <= 64<<10 || o.widened == fd+1 {
		return
	}
	o.widened = fd + 1
	if size, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0); err == nil && size < bulk {
		unix.FcntlInt(uintptr(fd), unix.F_SETPIPE_SZ, bulk)
	}
}

func (o *Object) seek(off int64) error {
	_, err := unix.Seek(o.fd, off, unix.SEEK_SET)
	if o.dir.Trace != nil {
		o.dir.note(off, err, "lseek(%d, %d, SEEK_SET)", o.fd, off)
	}
	return sysError("lseek", err)
}

// zeros is what ZeroAt writes.
var zeros [64 << 10]byte

// ZeroAt clears n bytes at off. Holes, which read as zeros, stay holes. It does
// not write past Size: what lies there is io.ErrShortWrite, after the rest.
func (o *Object) ZeroAt(off, n int64) error {
	if off < 0 || n < 0 {
		return negative
	}
	var short error
	if n > o.size-off {
		n, short = max(o.size-off, 0), io.ErrShortWrite
	}
	if n > 0 {
		// Past the end there is no data, and lseek(2) does not say which it is.
		if err := o.checkSize(off + n); err != nil {
			return err
		}
	}
	for end := off + n; off < end; {
		data, hole, err := o.data(off, end)
		if err != nil {
			return err
		}
		for ; data < hole; data += int64(len(zeros)) {
			if _, err := o.WriteAt(zeros[:min(hole-data, int64(len(zeros)))], data); err != nil {
				return err
			}
		}
		off = hole
	}
	return short
}

// data is the first run of data in off … end, which may be empty at its end.
// Memory that is reserved and not written yet is a hole to lseek(2).
func (o *Object) data(off, end int64) (data, hole int64, err error) {
	data, err = o.lseek(off, unix.SEEK_DATA, "SEEK_DATA")
	switch err {
	case nil:
	case unix.ENXIO:
		return end, end, nil
	case unix.EINVAL: // the file system cannot tell
		return off, end, nil
	default:
		return 0, 0, sysError("lseek", err)
	}
	if data >= end {
		return end, end, nil
	}
	hole, err = o.lseek(data, unix.SEEK_HOLE, "SEEK_HOLE")
	if err == unix.ENXIO {
		return 0, 0, ErrShrank
	}
	if err != nil {
		return 0, 0, sysError("lseek", err)
	}
	return data, min(hole, end), nil
}

func (o *Object) lseek(off int64, whence int, word string) (int64, error) {
	r, err := unix.Seek(o.fd, off, whence)
	if o.dir.Trace != nil {
		o.dir.note(r, err, "lseek(%d, %d, %s)", o.fd, off, word)
	}
	return r, err
}
