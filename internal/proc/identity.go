package proc

import (
	"math/bits"
	"os"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// An identity says which file a path leads to.
type identity struct {
	dev, ino, links uint64
	regular         bool
}

// identify follows name to its file. It does not ask the server of a network
// file system anything, which may be out of reach.
func identify(dir int, name string) (identity, error) {
	var sx unix.Statx_t
	err := unix.Statx(dir, name, unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT,
		unix.STATX_TYPE|unix.STATX_INO|unix.STATX_NLINK, &sx)
	if err == nil {
		return identity{
			dev: unix.Mkdev(sx.Dev_major, sx.Dev_minor), ino: sx.Ino, links: uint64(sx.Nlink),
			regular: sx.Mode&unix.S_IFMT == unix.S_IFREG,
		}, nil
	}
	if err != unix.ENOSYS {
		return identity{}, err
	}
	var st unix.Stat_t // before Linux 4.11
	if err := fstatat(dir, name, &st, 0); err != nil {
		return identity{}, err
	}
	return identity{
		dev: uint64(st.Dev), ino: st.Ino, links: uint64(st.Nlink),
		regular: st.Mode&unix.S_IFMT == unix.S_IFREG,
	}, nil
}

func fstatat(dir int, name string, st *unix.Stat_t, flags int) error {
	for {
		if err := unix.Fstatat(dir, name, st, flags); err != unix.EINTR {
			return err
		}
	}
}

// ShmemDev returns the device number, as st_dev in stat(2), of the tmpfs that
// the kernel mounts for itself: System V segments, memfds and shared anonymous
// memory are files there. It is 0:1 where the kernel does not tell.
func ShmemDev() uint64 { return shmemDev() }

var shmemDev = sync.OnceValue(func() uint64 {
	if dev, ok := memfdDev(0); ok {
		return dev
	}
	return unix.Mkdev(0, 1)
})

// segmentDevs returns the devices that System V segments are on: ShmemDev and,
// for those made with SHM_HUGETLB, one for each size of huge page.
var segmentDevs = sync.OnceValue(func() []uint64 {
	devs := []uint64{ShmemDev()}
	dirs, err := os.ReadDir("/sys/kernel/mm/hugepages")
	if err != nil {
		return devs // a kernel without huge pages
	}
	for _, dir := range dirs {
		size := strings.TrimSuffix(strings.TrimPrefix(dir.Name(), "hugepages-"), "kB")
		kB, err := strconv.ParseUint(size, 10, 32)
		if err != nil || kB == 0 {
			continue
		}
		// The size is told as its logarithm (memfd_create(2)).
		log := bits.TrailingZeros64(kB << 10)
		if dev, ok := memfdDev(unix.MFD_HUGETLB | log<<unix.MFD_HUGE_SHIFT); ok {
			devs = append(devs, dev)
		}
	}
	return devs
})

// memfdDev returns the device of a new memfd, which takes no pages. The kernel
// makes segments and memfds on the same mounts.
func memfdDev(flags int) (uint64, bool) {
	const name = "shmctl"
	// Without the first flag the kernel grumbles in its log, or refuses
	// (vm.memfd_noexec in proc_sys_vm(5)); before Linux 6.3 it knows no such flag.
	fd, err := unix.MemfdCreate(name, flags|unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL {
		fd, err = unix.MemfdCreate(name, flags|unix.MFD_CLOEXEC)
	}
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, false
	}
	return uint64(st.Dev), true
}
