package posix

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// Object is an open object. Its methods must not run while Close does; those
// that change its size, and FillAt and ZeroAt, are for one goroutine at a time.
type Object struct {
	dir  Dir
	name Name // "" while it has none
	fd   int  // -1 after Close
	info Info
	size int64
	mem  []byte // nil when it is not mapped

	widened int // the pipe that was widened last, its descriptor + 1
}

// Info is what fstat(2) said when the object was opened.
func (o *Object) Info() Info { return o.info }

// Stat is what fstat(2) says now.
func (o *Object) Stat() (Info, error) { return o.dir.fstat(o.fd, o.name, false) }

// Size is the size in bytes when the object was opened, or what this Object has
// made of it since.
func (o *Object) Size() int64 { return o.size }

// Fd is the file descriptor, open as long as o is.
func (o *Object) Fd() int { return o.fd }

// Close unmaps and closes the object. A second call does nothing.
func (o *Object) Close() error {
	if o.fd < 0 {
		return nil
	}
	err := o.Unmap()
	if cerr := o.dir.close(o.fd); err == nil {
		err = cerr
	}
	o.fd = -1
	return err
}

// Map maps the whole object, of the size that Size says. A size that the address
// space has no room for is a *SpaceError. A store into a page that lies past the
// end by now, or that no memory is left for, is a SIGBUS; see mmap(2).
func (o *Object) Map(readonly bool) error {
	if err := o.Unmap(); err != nil {
		return err
	}
	if o.size == 0 {
		o.mem = []byte{} // which mmap(2) refuses
		return nil
	}
	if o.size > math.MaxInt {
		return &SpaceError{Path: o.dir.shown(), Asked: o.size, Err: sysError("mmap", unix.ENOMEM), detail: addressSpace(o.size)}
	}
	prot, word := unix.PROT_READ|unix.PROT_WRITE, "PROT_READ|PROT_WRITE"
	if readonly {
		prot, word = unix.PROT_READ, "PROT_READ"
	}
	mem, err := unix.Mmap(o.fd, 0, int(o.size), prot, unix.MAP_SHARED)
	if trace := o.dir.Trace; trace != nil {
		call := fmt.Sprintf("mmap(NULL, %d, %s, MAP_SHARED, %d, 0)", o.size, word, o.fd)
		if err != nil {
			trace(call, "", err)
		} else {
			trace(call, fmt.Sprintf("%p", mem), nil)
		}
	}
	if err == unix.ENOMEM {
		return &SpaceError{Path: o.dir.shown(), Asked: o.size, Err: sysError("mmap", err), detail: addressSpace(o.size)}
	}
	if err != nil {
		return sysError("mmap", err)
	}
	o.mem = mem
	return nil
}

func addressSpace(size int64) string {
	return fmt.Sprintf("%d bytes do not fit into the address space", size)
}

// Bytes is the mapped object, nil when it is not mapped. It must not be used
// after Unmap or Close.
func (o *Object) Bytes() []byte { return o.mem }

// Unmap undoes Map. A second call does nothing.
func (o *Object) Unmap() error {
	mem := o.mem
	o.mem = nil
	if len(mem) == 0 {
		return nil
	}
	err := unix.Munmap(mem)
	if o.dir.Trace != nil {
		o.dir.note(0, err, "munmap(%p, %d)", mem, len(mem))
	}
	return sysError("munmap", err)
}

// Chmod sets exactly the permission bits of mode.
func (o *Object) Chmod(mode uint32) error {
	if o.name.Semaphore() {
		return &SemaphoreError{o.name}
	}
	return o.dir.fchmod(o.fd, mode&0o777)
}

// Chown sets the owner and the group, -1 leaves either as it is.
func (o *Object) Chown(uid, gid int) error {
	if o.name.Semaphore() {
		return &SemaphoreError{o.name}
	}
	err := restart(func() error { return unix.Fchown(o.fd, uid, gid) })
	if o.dir.Trace != nil {
		o.dir.note(0, err, "fchown(%d, %d, %d)", o.fd, uid, gid)
	}
	return sysError("fchown", err)
}
