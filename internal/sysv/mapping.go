package sysv

import (
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Mapping is a segment attached to this process. Its methods must not run while
// Detach does, and FillAt and DrainAt are for one goroutine at a time.
type Mapping struct {
	host     Host
	addr     uintptr
	mem      []byte // nil after Detach
	readonly bool
	locked   bool // SHM_LOCKED when it was attached
	stream   stream
}

// Attach is shmat(2) at an address of the kernel's choosing. Without readonly it
// takes permission to read and to write. A segment that does not fit into the
// address space is a *LimitError.
func (h Host) Attach(id int, readonly bool) (*Mapping, error) {
	flags, word := "0", 0
	if readonly {
		flags, word = "SHM_RDONLY", unix.SHM_RDONLY
	}
	addr, _, errno := unix.Syscall(unix.SYS_SHMAT, uintptr(id), 0, uintptr(word))
	if h.Trace != nil {
		h.note(fmt.Sprintf("shmat(%d, NULL, %s)", id, flags), fmt.Sprintf("%#x", addr), errno)
	}
	if errno == unix.ENOMEM {
		size := uint64(0)
		if s, ok, _ := h.row(id); ok {
			size = s.Size
		}
		return nil, addressError(size, os.NewSyscallError("shmat", errno))
	}
	if errno != 0 {
		return nil, idError("shmat", id, errno)
	}
	m := &Mapping{host: h, addr: addr, readonly: readonly, stream: newStream()}

	// While it is attached the segment stays, and so does its id.
	var d unix.SysvShmDesc
	if _, errno := h.shmctl(id, unix.IPC_STAT, unsafe.Pointer(&d)); errno != 0 {
		m.detach()
		return nil, idError("shmctl", id, errno)
	}
	size := uint64(d.Segsz)
	if size > math.MaxInt {
		m.detach()
		return nil, addressError(size, nil)
	}
	m.locked = uint32(d.Perm.Mode)&shmLocked != 0
	// The address is not Go memory; going through a pointer to it says so.
	m.mem = unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&addr))), int(size))
	return m, nil
}

func addressError(size uint64, err error) error {
	e := &LimitError{Limit: LimitAddress, Asked: size, Err: err}
	var rl unix.Rlimit
	switch {
	case unix.Getrlimit(unix.RLIMIT_AS, &rl) == nil && rl.Cur < math.MaxInt64:
		e.Value = rl.Cur
		e.detail = fmt.Sprintf("RLIMIT_AS is %s", inBytes(rl.Cur))
	case strconv.IntSize == 32:
		e.Value = math.MaxInt32
	}
	return e
}

func (m *Mapping) detach() syscall.Errno {
	_, _, errno := unix.Syscall(unix.SYS_SHMDT, m.addr, 0, 0)
	if m.host.Trace != nil {
		m.host.note(fmt.Sprintf("shmdt(%#x)", m.addr), "0", errno)
	}
	return errno
}

// Detach is shmdt(2). Slices of Bytes must not be used afterwards. A second call
// does nothing.
func (m *Mapping) Detach() error {
	if m.mem == nil {
		return nil
	}
	m.mem = nil
	m.closeFile()
	if errno := m.detach(); errno != 0 {
		return os.NewSyscallError("shmdt", errno)
	}
	return nil
}

// Bytes is the segment itself, until Detach. Of a read-only mapping it must not
// be written to.
func (m *Mapping) Bytes() []byte { return m.mem }

// Addr is the address that the segment is attached at.
func (m *Mapping) Addr() uintptr { return m.addr }

// Size is the segment's size in bytes.
func (m *Mapping) Size() int64 { return int64(len(m.mem)) }

// window is the part of the segment from off that is at most n bytes long, empty
// when off is past the end.
func (m *Mapping) window(off, n int64, write bool) ([]byte, error) {
	switch {
	case m.mem == nil:
		return nil, os.ErrClosed
	case off < 0 || n < 0:
		return nil, os.NewSyscallError("copy", unix.EINVAL)
	case write && m.readonly:
		return nil, os.NewSyscallError("copy", unix.EACCES)
	case off >= m.Size():
		return nil, nil
	}
	return m.mem[off:][:min(n, m.Size()-off)], nil
}

// at is the address of offset off, for a trace.
func (m *Mapping) at(off int64) string { return fmt.Sprintf("%#x", m.addr+uintptr(off)) }

// touch runs f, which touches memory of the segment, and turns the SIGBUS of a
// page that cannot be had into ErrFault.
func touch(f func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(interface{ Addr() uintptr }); !ok {
				panic(r)
			}
			err = ErrFault
		}
	}()
	f()
	return nil
}

// ReadAt copies bytes out of the segment, as io.ReaderAt does.
func (m *Mapping) ReadAt(p []byte, off int64) (int, error) {
	src, err := m.window(off, int64(len(p)), false)
	if err != nil {
		return 0, err
	}
	if m.host.Trace != nil && len(src) > 0 {
		m.host.Trace(fmt.Sprintf("copy %s from %s", inBytes(uint64(len(src))), m.at(off)), "", nil)
	}
	if err := touch(func() { copy(p, src) }); err != nil {
		return 0, err
	}
	if len(src) < len(p) {
		return len(src), io.EOF
	}
	return len(src), nil
}

// WriteAt copies bytes into the segment, as io.WriterAt does. What would lie past
// its end is left out and io.ErrShortWrite returned.
func (m *Mapping) WriteAt(p []byte, off int64) (int, error) {
	dst, err := m.window(off, int64(len(p)), true)
	if err != nil {
		return 0, err
	}
	if m.host.Trace != nil && len(dst) > 0 {
		m.host.Trace(fmt.Sprintf("copy %s to %s", inBytes(uint64(len(dst))), m.at(off)), "", nil)
	}
	if err := touch(func() { copy(dst, p) }); err != nil {
		return 0, err
	}
	if len(dst) < len(p) {
		return len(dst), io.ErrShortWrite
	}
	return len(dst), nil
}

// ZeroAt clears n bytes at off. Past the end of the segment it does nothing and
// returns io.ErrShortWrite.
func (m *Mapping) ZeroAt(off, n int64) error {
	dst, err := m.window(off, n, true)
	if err != nil {
		return err
	}
	head, body := m.aligned(off, dst)
	if len(body) < bulk || m.locked || !m.madvise(off+int64(head), body, unix.MADV_REMOVE) {
		body = nil
	}
	// The whole pages of a large part are given back to the kernel, which hands
	// out zeroes again at the next touch; the rest is cleared by hand. Pages that
	// were locked stay.
	for _, part := range [][]byte{dst[:head], dst[head+len(body):]} {
		if len(part) == 0 {
			continue
		}
		if m.host.Trace != nil {
			m.host.Trace(fmt.Sprintf("clear %s at %#x", inBytes(uint64(len(part))), &part[0]), "", nil)
		}
		if err := touch(func() { clear(part) }); err != nil {
			return err
		}
	}
	if int64(len(dst)) < n {
		return io.ErrShortWrite
	}
	return nil
}

// aligned is the whole pages in p, which lies at off: where they start in p, and
// themselves.
func (m *Mapping) aligned(off int64, p []byte) (int, []byte) {
	page := int64(os.Getpagesize())
	start := min(-off&(page-1), int64(len(p)))
	return int(start), p[start : int64(len(p))-(int64(len(p))-start)&(page-1)]
}

var adviceNames = map[int]string{
	unix.MADV_REMOVE:         "MADV_REMOVE",
	unix.MADV_POPULATE_READ:  "MADV_POPULATE_READ",
	unix.MADV_POPULATE_WRITE: "MADV_POPULATE_WRITE",
}

// madvise is madvise(2) on p, which lies at off and starts a page. What it says
// no to is done without, so there is no more than that to know.
func (m *Mapping) madvise(off int64, p []byte, advice int) bool {
	err := unix.Madvise(p, advice)
	if m.host.Trace != nil {
		errno, _ := err.(syscall.Errno)
		m.host.note(fmt.Sprintf("madvise(%s, %d, %s)", m.at(off), len(p), adviceNames[advice]), "0", errno)
	}
	return err == nil
}
