package sysv

import (
	"fmt"
	"math"
	"os"
	"unsafe"
)

// Limits is the limits of the IPC namespace and how much of them is used.
type Limits struct {
	MNI uint64 // most segments
	All uint64 // most pages of all segments
	Max uint64 // most bytes of a segment
	Min uint64 // fewest bytes of a segment, always 1

	Segments uint64 // segments that exist, those marked for removal included
	Pages    uint64 // pages of all segments, each rounded up as the kernel does
	Bytes    uint64 // bytes of all segments, at most 2^64-1
	PageSize uint64 // bytes

	// RmidForced is kernel.shm_rmid_forced: a segment goes with its creator
	// when nobody is attached.
	RmidForced bool
}

// Limits reads the limits, and what is used of them. When lines of the list of
// segments could not be read, the result lacks those and the error is that of
// Host.List.
func (h Host) Limits() (Limits, error) {
	l := Limits{Min: 1, PageSize: uint64(os.Getpagesize()), RmidForced: h.RmidForced()}
	if err := h.settings(&l); err != nil {
		return Limits{}, err
	}
	rows, err := h.List()
	l.count(rows)
	return l, err
}

// settings prefers /proc/sys/kernel, which has the numbers in full: IPC_INFO
// tells a 32-bit program less than the truth.
func (h Host) settings(l *Limits) error {
	var err error
	for _, f := range []struct {
		name string
		to   *uint64
	}{{"shmmni", &l.MNI}, {"shmall", &l.All}, {"shmmax", &l.Max}} {
		path := h.proc("sys/kernel/" + f.name)
		if *f.to, err = readUint(path); err != nil {
			break
		}
		if h.Trace != nil {
			h.Trace(fmt.Sprintf("read %d from %s", *f.to, path), "", nil)
		}
	}
	if err == nil {
		return nil
	}
	// struct shminfo64: shmmax, shmmin, shmmni, shmseg, shmall, four unused.
	var info [9]uintptr
	if _, errno := h.shmctl(0, ipcInfo, unsafe.Pointer(&info)); errno != 0 {
		return os.NewSyscallError("shmctl", errno)
	}
	l.Max, l.Min, l.MNI, l.All = uint64(info[0]), uint64(info[1]), uint64(info[2]), uint64(info[4])
	return nil
}

func (l *Limits) count(rows []Segment) {
	for _, s := range rows {
		l.Segments++
		l.Pages = addCapped(l.Pages, pages(s.Size, l.PageSize))
		l.Bytes = addCapped(l.Bytes, s.Size)
	}
}

// RmidForced reports whether kernel.shm_rmid_forced is on.
func (h Host) RmidForced() bool {
	n, err := readUint(h.proc("sys/kernel/shm_rmid_forced"))
	return err == nil && n != 0
}

// pages is size in pages, rounded up, and right up to 2^64-1.
func pages(size, page uint64) uint64 {
	if page == 0 || size == 0 {
		return 0
	}
	return (size-1)/page + 1
}

func addCapped(a, b uint64) uint64 {
	if a+b < a {
		return math.MaxUint64
	}
	return a + b
}
