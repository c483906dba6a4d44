package sysv

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bulk is the step of large transfers in bytes, and what makes one large: past
// it the ways below are worth their set-up. It fits the second level cache.
const bulk = 1 << 20

// stream is what FillAt and DrainAt know of the calls before.
//
// A plain read(2) into a fresh segment spends more time on page faults than on
// the bytes. Faulting pages in beforehand, a step at a time, is faster. Faster
// again is not to touch the mapping at all: the kernel shows the file behind it
// in /proc/self/map_files (proc(5)), to root alone, and sendfile(2) or splice(2)
// then work on the segment's pages.
type stream struct {
	next      int64 // where the last FillAt ended
	filled    int64 // bytes that came in one sequence up to there
	populated int64 // end of what was faulted in for the sequence

	file   int   // of map_files, -1 when not open
	pos    int64 // its position
	denied bool  // it is not to be had, or does not help
}

func newStream() stream { return stream{next: -1, file: -1} }

// FillAt reads at most n bytes from the descriptor fd into the segment at off
// with one system call, and so may move less. 0 and no error is the end of the
// input. It waits for a descriptor that is non-blocking. No room at off is
// io.ErrShortWrite.
//
// Filling is fastest in sequence, with n the whole of what may come.
func (m *Mapping) FillAt(fd int, off, n int64) (int64, error) {
	dst, err := m.window(off, n, true)
	if err != nil || n == 0 {
		return 0, err
	}
	if len(dst) == 0 {
		return 0, io.ErrShortWrite
	}
	dst = dst[:min(len(dst), bulk)]

	s := &m.stream
	if off != s.next {
		s.filled, s.populated = 0, off
	}
	var moved int64
	done := false
	if s.filled >= bulk && len(dst) == bulk {
		// Not before: little input into a large segment costs little memory.
		moved, done, err = m.fillFile(fd, off, len(dst))
		if !done {
			m.populate(off, len(dst))
		}
	}
	if !done {
		moved, err = m.move("read", unix.SYS_READ, unix.POLLIN, fd, off, dst)
	}
	s.next = off + moved
	s.filled += moved
	return moved, err
}

// DrainAt writes at most n bytes of the segment at off to the descriptor fd with
// one system call, and so may move less. It waits for a descriptor that is
// non-blocking. An offset at the end or past it is io.EOF.
//
// Draining is fastest with n the whole of what is to go.
func (m *Mapping) DrainAt(fd int, off, n int64) (int64, error) {
	src, err := m.window(off, n, false)
	if err != nil || n == 0 {
		return 0, err
	}
	if len(src) == 0 {
		return 0, io.EOF
	}
	moved, done, err := m.drainFile(fd, off, int64(len(src)))
	if !done {
		src = src[:min(len(src), bulk)]
		if head, body := m.aligned(off, src); len(body) >= bulk/16 {
			m.madvise(off+int64(head), body, unix.MADV_POPULATE_READ)
		}
		moved, err = m.move("write", unix.SYS_WRITE, unix.POLLOUT, fd, off, src)
	}
	if moved == 0 && err == nil {
		err = io.ErrNoProgress
	}
	return moved, err
}

// populate faults in the n bytes at off, unless an earlier call did: a pipe gives
// less at a time than that.
func (m *Mapping) populate(off int64, n int) {
	s := &m.stream
	if off < s.populated {
		return
	}
	head, body := m.aligned(off, m.mem[off:off+int64(n)])
	s.populated = off + int64(head) + int64(len(body))
	if !m.madvise(off+int64(head), body, unix.MADV_POPULATE_WRITE) {
		s.populated = m.Size() // before Linux 5.14
	}
}

// move is one read(2) into p or write(2) out of it, repeated until it was not
// interrupted and fd was ready.
func (m *Mapping) move(name string, trap uintptr, events int16, fd int, off int64, p []byte) (int64, error) {
	for {
		r, _, errno := unix.Syscall(trap, uintptr(fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		if m.host.Trace != nil {
			m.host.note(fmt.Sprintf("%s(%d, %s, %d)", name, fd, m.at(off), len(p)), strconv.Itoa(int(r)), errno)
		}
		if errno == 0 {
			return int64(r), nil
		}
		if errno == unix.EFAULT {
			return 0, ErrFault
		}
		if !again(errno, fd, events) {
			return 0, os.NewSyscallError(name, errno)
		}
	}
}

// again reports whether a call that failed with errno is to be made once more,
// after waiting for fd when it is non-blocking and not ready.
func again(errno syscall.Errno, fd int, events int16) bool {
	switch errno {
	case unix.EINTR:
		return true
	case unix.EAGAIN:
		ready := []unix.PollFd{{Fd: int32(fd), Events: events}}
		_, err := unix.Poll(ready, -1)
		return err == nil || err == unix.EINTR
	}
	return false
}

// openFile opens the file behind the mapping and reports whether there is one.
func (m *Mapping) openFile() bool {
	s := &m.stream
	if s.denied || s.file >= 0 {
		return !s.denied
	}
	page := uintptr(os.Getpagesize())
	end := m.addr + (uintptr(len(m.mem))+page-1)&^(page-1)
	name := fmt.Sprintf("%s/%x-%x", m.host.proc("self/map_files"), m.addr, end)
	flags, word := unix.O_RDWR, "O_RDWR"
	if m.readonly {
		flags, word = unix.O_RDONLY, "O_RDONLY"
	}
	fd, err := unix.Open(name, flags|unix.O_CLOEXEC, 0)
	if m.host.Trace != nil {
		errno, _ := err.(syscall.Errno)
		m.host.note(fmt.Sprintf("open(%q, %s|O_CLOEXEC)", name, word), strconv.Itoa(fd), errno)
	}
	if err != nil {
		s.denied = true
		return false
	}
	s.file, s.pos = fd, 0
	return true
}

func (m *Mapping) closeFile() {
	s := &m.stream
	if s.file < 0 {
		return
	}
	unix.Close(s.file)
	if m.host.Trace != nil {
		m.host.note(fmt.Sprintf("close(%d)", s.file), "0", 0)
	}
	s.file = -1
}

// fileType is the S_IFMT bits of a descriptor.
func fileType(fd int) uint32 {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return 0
	}
	return st.Mode & unix.S_IFMT
}

// fillFile moves bytes from a regular file or a pipe into the file behind the
// mapping. When it reports that it did not, nothing was moved and the plain way
// is left, which will also have the better error.
func (m *Mapping) fillFile(fd int, off int64, n int) (moved int64, done bool, err error) {
	s := &m.stream
	if s.denied {
		return 0, false, nil
	}
	kind := fileType(fd)
	if kind != unix.S_IFREG && kind != unix.S_IFIFO || !m.openFile() {
		return 0, false, nil
	}
	if kind == unix.S_IFREG && s.pos != off {
		_, err := unix.Seek(s.file, off, io.SeekStart)
		if m.host.Trace != nil {
			errno, _ := err.(syscall.Errno)
			m.host.note(fmt.Sprintf("lseek(%d, %d, SEEK_SET)", s.file, off), strconv.FormatInt(off, 10), errno)
		}
		if err != nil {
			s.denied = true
			return 0, false, nil
		}
		s.pos = off
	}
	for {
		var r int64
		var call string
		if kind == unix.S_IFREG {
			call = "sendfile"
			k, e := unix.Sendfile(s.file, fd, nil, n)
			r, err = int64(k), e
			s.pos += max(r, 0)
		} else {
			call = "splice"
			to := off
			k, e := unix.Splice(fd, nil, s.file, &to, n, 0)
			r, err = int64(k), e
		}
		errno, _ := err.(syscall.Errno)
		if m.host.Trace != nil {
			args := fmt.Sprintf("(%d, %d, NULL, %d)", s.file, fd, n)
			if call == "splice" {
				args = fmt.Sprintf("(%d, NULL, %d, [%d], %d, 0)", fd, s.file, off, n)
			}
			m.host.note(call+args, strconv.FormatInt(r, 10), errno)
		}
		if errno == 0 {
			return r, true, nil
		}
		if !again(errno, fd, unix.POLLIN) {
			s.denied = true
			return 0, false, nil
		}
	}
}

// drainFile moves bytes from the file behind the mapping to a regular file or a
// pipe, as fillFile does the other way.
func (m *Mapping) drainFile(fd int, off, n int64) (moved int64, done bool, err error) {
	s := &m.stream
	if s.denied || n < bulk {
		return 0, false, nil
	}
	switch fileType(fd) {
	case unix.S_IFREG:
	case unix.S_IFIFO:
		// A pipe is given the segment's pages, not a copy: what is stored in
		// them later would still change what its reader gets. So the end of the
		// data, which is in the pipe when the last call returns, is copied.
		size, err := unix.FcntlInt(uintptr(fd), unix.F_GETPIPE_SZ, 0)
		if err != nil || n < int64(size)+bulk {
			return 0, false, nil
		}
	default:
		return 0, false, nil
	}
	if !m.openFile() {
		return 0, false, nil
	}
	for {
		from := off
		r, err := unix.Sendfile(fd, s.file, &from, bulk)
		errno, _ := err.(syscall.Errno)
		if m.host.Trace != nil {
			m.host.note(fmt.Sprintf("sendfile(%d, %d, [%d], %d)", fd, s.file, off, bulk), strconv.Itoa(r), errno)
		}
		if errno == 0 && r > 0 {
			return int64(r), true, nil
		}
		if errno == 0 || !again(errno, fd, unix.POLLOUT) {
			s.denied = true
			return 0, false, nil
		}
	}
}
