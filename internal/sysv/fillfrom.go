package sysv

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// FillFrom reads n bytes at pos of the regular file fd into the segment at off, which
// must not be past its end, and says how many came. It may run beside FillAt in
// another place of the segment: the page faults of two threads do not wait for each
// other. Trace may be called from both.
func (m *Mapping) FillFrom(fd int, pos, off, n int64) (int64, error) {
	dst, err := m.window(off, n, true)
	if err != nil || len(dst) == 0 {
		return 0, err
	}
	if head, body := m.aligned(off, dst); len(body) > 0 {
		m.madvise(off+int64(head), body, unix.MADV_POPULATE_WRITE)
	}
	for {
		k, err := unix.Pread(fd, dst, pos)
		if m.host.Trace != nil {
			errno, _ := err.(syscall.Errno)
			m.host.note(fmt.Sprintf("pread(%d, %s, %d, %d)", fd, m.at(off), len(dst), pos), strconv.Itoa(k), errno)
		}
		switch err {
		case nil:
			return int64(k), nil
		case unix.EFAULT:
			return 0, ErrFault
		case unix.EINTR:
			continue
		}
		return 0, os.NewSyscallError("pread", err)
	}
}
