package posix

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// FillFrom reads n bytes at pos of the regular file fd into the object at off, which
// must not be past its end, and says how many came. Other than FillAt, which it may
// run beside in another place of the object, it reads into a mapping of that place:
// page faults do not wait for the lock of the object that every write takes
// (shmem_file_write_iter, mm/shmem.c).
//
// Nothing but the kernel touches the mapping, so a page that is not there any more, or
// that no memory is left for, is EFAULT and no signal.
func (o *Object) FillFrom(fd int, pos, off, n int64) (int64, error) {
	const prot, flags = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_SHARED | unix.MAP_POPULATE
	head := off & int64(os.Getpagesize()-1)
	mem, err := unix.Mmap(o.fd, off-head, int(head+n), prot, flags)
	if o.dir.Trace != nil {
		call := fmt.Sprintf("mmap(NULL, %d, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_POPULATE, %d, %d)", head+n, o.fd, off-head)
		o.dir.Trace(call, fmt.Sprintf("%p", mem), err)
	}
	if err != nil {
		return 0, sysError("mmap", err)
	}
	var got int
	err = restart(func() error { got, err = unix.Pread(fd, mem[head:], pos); return err })
	if o.dir.Trace != nil {
		o.dir.note(int64(got), err, "pread(%d, %p, %d, %d)", fd, mem[head:], n, pos)
	}
	uerr := unix.Munmap(mem)
	if o.dir.Trace != nil {
		o.dir.note(0, uerr, "munmap(%p, %d)", mem, len(mem))
	}
	switch {
	case err != nil:
		return 0, sysError("pread", err)
	case uerr != nil:
		return 0, sysError("munmap", uerr)
	}
	return int64(got), nil
}
