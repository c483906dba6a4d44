package sysv

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// GetFlags is what shmget(2) may be told apart from key and size.
type GetFlags struct {
	Create    bool // IPC_CREAT
	Exclusive bool // IPC_EXCL
	NoReserve bool // SHM_NORESERVE

	// HugePage asks for huge pages, SHM_HUGETLB: 0 for none, 1 for the
	// system's default size, else their size in bytes, a power of two.
	HugePage uint64

	Mode uint32 // permission bits; others are left out
}

// hugeNames are the sizes that linux/shm.h has names for, by their logarithm.
var hugeNames = map[int]string{
	16: "SHM_HUGE_64KB", 19: "SHM_HUGE_512KB", 20: "SHM_HUGE_1MB", 21: "SHM_HUGE_2MB",
	23: "SHM_HUGE_8MB", 24: "SHM_HUGE_16MB", 25: "SHM_HUGE_32MB", 28: "SHM_HUGE_256MB",
	29: "SHM_HUGE_512MB", 30: "SHM_HUGE_1GB", 31: "SHM_HUGE_2GB", 34: "SHM_HUGE_16GB",
}

// word is shmflg as the call takes it.
func (f GetFlags) word() uint32 {
	w := f.Mode & 0o777
	if f.Create {
		w |= unix.IPC_CREAT
	}
	if f.Exclusive {
		w |= unix.IPC_EXCL
	}
	if f.NoReserve {
		w |= shmNoReserve
	}
	if f.HugePage != 0 {
		w |= shmHugeTLB | uint32(bits.TrailingZeros64(f.HugePage))<<hugeShift
	}
	return w
}

// String is shmflg in C spelling.
func (f GetFlags) String() string {
	var names []string
	if f.Create {
		names = append(names, "IPC_CREAT")
	}
	if f.Exclusive {
		names = append(names, "IPC_EXCL")
	}
	if f.HugePage != 0 {
		names = append(names, "SHM_HUGETLB")
	}
	if f.HugePage > 1 {
		log := bits.TrailingZeros64(f.HugePage)
		name := hugeNames[log]
		if name == "" {
			name = fmt.Sprintf("%d<<SHM_HUGE_SHIFT", log)
		}
		names = append(names, name)
	}
	if f.NoReserve {
		names = append(names, "SHM_NORESERVE")
	}
	return strings.Join(append(names, fmt.Sprintf("%#o", f.Mode&0o777)), "|")
}

// Get is shmget(2): the id of the segment with key k, of at least size bytes, or
// of a new one. Key 0 always makes a new one, whatever the flags. A limit that
// is in the way is a *LimitError; its Err is nil when the call could not even
// be told the size.
func (h Host) Get(k Key, size uint64, f GetFlags) (int, error) {
	if size > math.MaxUint {
		return 0, &LimitError{Limit: LimitSizeT, Value: math.MaxUint, Asked: size}
	}
	if bits.OnesCount64(f.HugePage) > 1 {
		return 0, h.hugeSizeError(f.HugePage, nil)
	}
	id, errno := h.shmget(k, size, f)
	if errno == 0 {
		return id, nil
	}
	err := os.NewSyscallError("shmget", errno)
	switch errno {
	case unix.EINVAL, unix.ENOSPC, unix.ENOMEM:
	default:
		return 0, err
	}
	// The kernel does not say which limit it was, so see how each stands now.
	limits, _ := h.Limits()
	rows, _ := h.List()
	switch limit := hitLimit(errno, k, size, limits, rows); {
	case limit != nil:
		limit.Err = err
		return 0, limit
	case errno == unix.EINVAL && f.HugePage != 0:
		return 0, h.hugeSizeError(f.HugePage, err)
	case errno == unix.ENOMEM && f.HugePage != 0:
		return 0, h.hugeError(size, f.HugePage, err)
	case errno == unix.ENOMEM:
		return 0, h.memoryError(size, err)
	}
	return 0, err
}

func (h Host) shmget(k Key, size uint64, f GetFlags) (int, syscall.Errno) {
	r, _, errno := unix.Syscall(unix.SYS_SHMGET, uintptr(k), uintptr(size), uintptr(f.word()))
	if h.Trace != nil {
		key := "IPC_PRIVATE"
		if k != 0 {
			key = k.String()
		}
		h.note(fmt.Sprintf("shmget(%s, %d, %s)", key, size, f), strconv.Itoa(int(r)), errno)
	}
	return int(r), errno
}

// Lookup is the id of the segment with key k, which needs no permission on it:
// shmget(k, 0, 0). Without one the error is fs.ErrNotExist. Key 0 is refused
// with ErrPrivate, since the call would make a segment.
func (h Host) Lookup(k Key) (int, error) {
	if k == 0 {
		return 0, ErrPrivate
	}
	id, errno := h.shmget(k, 0, GetFlags{})
	if errno != 0 {
		return 0, os.NewSyscallError("shmget", errno)
	}
	return id, nil
}

// hitLimit finds the limit behind a failed shmget(2), in the order in which
// ipcget() and newseg() of ipc/shm.c look at them; nil when it is none of those.
func hitLimit(errno syscall.Errno, k Key, size uint64, l Limits, rows []Segment) *LimitError {
	switch errno {
	case unix.EINVAL:
		if k != 0 {
			for _, s := range rows {
				if s.Key == k && size > s.Size {
					return &LimitError{Limit: LimitExisting, Value: s.Size, Asked: size}
				}
			}
		}
		switch {
		case size < l.Min:
			return &LimitError{Limit: LimitMin, Value: l.Min, Asked: size}
		case l.Max != 0 && size > l.Max:
			return &LimitError{Limit: LimitMax, Value: l.Max, Asked: size}
		}
	case unix.ENOSPC:
		if l.PageSize == 0 {
			break // the limits could not be read
		}
		need := pages(size, l.PageSize)
		switch {
		case need > l.All || l.Pages > l.All-need:
			return &LimitError{Limit: LimitAll, Value: l.All, Used: l.Pages, Asked: need}
		case l.Segments >= l.MNI:
			return &LimitError{Limit: LimitMNI, Value: l.MNI, Used: l.Segments, Asked: 1}
		}
	}
	if errno != unix.ENOMEM && size > math.MaxInt64 {
		// MAX_LFS_FILESIZE of linux/fs.h, and the rounding up to pages before.
		return &LimitError{Limit: LimitFile, Value: math.MaxInt64, Asked: size}
	}
	return nil
}

// hugeSizeError says that page, a size or 1 for the default, is none that the
// kernel has huge pages of.
func (h Host) hugeSizeError(page uint64, err error) error {
	e := &LimitError{Limit: LimitHugeSize, Asked: page, Err: err}
	sizes, _ := h.HugePageSizes()
	switch {
	case len(sizes) == 0:
		e.detail = "the kernel has no huge pages"
	case page != 1:
		list := make([]string, len(sizes))
		for i, n := range sizes {
			list[i] = strconv.FormatUint(n, 10)
			e.Value = max(e.Value, n)
		}
		e.detail = fmt.Sprintf("huge pages of %d bytes are not supported, those of %s are", page, strings.Join(list, " and "))
	default:
		return err
	}
	return e
}

// HugePageSizes is the sizes of huge pages that the kernel offers, in bytes,
// from /sys/kernel/mm/hugepages.
func (h Host) HugePageSizes() ([]uint64, error) {
	entries, err := os.ReadDir(h.sys("kernel/mm/hugepages"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var sizes []uint64
	for _, e := range entries {
		var kib uint64
		if _, err := fmt.Sscanf(e.Name(), "hugepages-%dkB", &kib); err == nil {
			sizes = append(sizes, kib<<10)
		}
	}
	return sizes, nil
}

// hugeError says how many huge pages are left: each pool counts its own, and
// pages that other mappings reserved are free and yet not to be had.
func (h Host) hugeError(size, page uint64, err error) error {
	if page == 1 {
		mem, _ := h.meminfo()
		if page = mem["Hugepagesize"]; page == 0 {
			return err
		}
	}
	dir := filepath.Join(h.sys("kernel/mm/hugepages"), fmt.Sprintf("hugepages-%dkB", page>>10))
	free, err1 := readUint(filepath.Join(dir, "free_hugepages"))
	reserved, err2 := readUint(filepath.Join(dir, "resv_hugepages"))
	if err1 != nil || err2 != nil {
		return err
	}
	need := pages(size, page)
	return &LimitError{
		Limit: LimitHuge, Value: free, Used: reserved, Asked: need, Err: err,
		detail: fmt.Sprintf("HugePages_Free is %d, %d reserved, and %d pages of %d bytes are needed", free, reserved, need, page),
	}
}

// memoryError says what the kernel would promise at most: by its default
// heuristic all of memory and swap, and under strict accounting the commit limit
// (vm.overcommit_memory, proc_sys_vm(5)).
func (h Host) memoryError(size uint64, err error) error {
	mem, merr := h.meminfo()
	if merr != nil {
		return err
	}
	e := &LimitError{Limit: LimitMemory, Value: mem["MemTotal"] + mem["SwapTotal"], Asked: size, Err: err}
	if mode, err := readUint(h.proc("sys/vm/overcommit_memory")); err == nil && mode == 2 {
		e.Value, e.Used = mem["CommitLimit"], mem["Committed_AS"]
		e.detail = fmt.Sprintf("CommitLimit is %s and %s are committed", inBytes(e.Value), inBytes(e.Used))
	}
	return e
}

// meminfo is proc_meminfo(5): bytes for lines in kB, plain numbers otherwise.
func (h Host) meminfo() (map[string]uint64, error) {
	data, err := os.ReadFile(h.proc("meminfo"))
	if err != nil {
		return nil, err
	}
	mem := make(map[string]uint64)
	for line := range strings.Lines(string(data)) {
		name, rest, _ := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			continue
		}
		n, err := strconv.ParseUint(fields[0], 10, 64)
		if err != nil {
			continue
		}
		if len(fields) > 1 {
			n <<= 10
		}
		mem[name] = n
	}
	return mem, nil
}

// readUint reads a file that holds one number.
func readUint(name string) (uint64, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return n, nil
}
