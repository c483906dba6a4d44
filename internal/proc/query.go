package proc

import (
	"bytes"
	"unsafe"

	"golang.org/x/sys/unix"
)

// procmapQuery is struct procmap_query of include/uapi/linux/fs.h.
type procmapQuery struct {
	size, flags, addr    uint64
	start, end, vmaFlags uint64
	pageSize, offset     uint64
	ino                  uint64
	major, minor         uint32
	nameSize             uint32 // in: of the buffer, out: of the name and its NUL
	buildIDSize          uint32
	nameAddr             uint64
	buildIDAddr          uint64
}

const (
	procmapQueryCmd = 0xc0686611 // _IOWR('f', 17, struct procmap_query)

	procmapReadable      = 0x01
	procmapWritable      = 0x02
	procmapExecutable    = 0x04
	procmapShared        = 0x08
	procmapCoveringOrNxt = 0x10
	procmapFileBacked    = 0x20
)

// queryMaps goes through the mappings behind an open maps file with the ioctl
// PROCMAP_QUERY (Linux 6.11): the kernel writes no text, formats no path that is
// not asked for, and passes over what has no file. It calls f as eachMapping
// does. The error is ENOTTY on older kernels.
func queryMaps(fd int, shared bool, name []byte, wanted func(dev uint64) bool, f func(m *mapping)) error {
	var q procmapQuery
	next := func(addr uint64, name []byte) error {
		q = procmapQuery{flags: procmapCoveringOrNxt | procmapFileBacked, addr: addr}
		q.size = uint64(unsafe.Sizeof(q))
		if shared {
			q.flags |= procmapShared
		}
		if name != nil {
			q.nameAddr = uint64(uintptr(unsafe.Pointer(&name[0])))
			q.nameSize = uint32(len(name))
		}
		for {
			_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), procmapQueryCmd, uintptr(unsafe.Pointer(&q)))
			switch errno {
			case 0:
				return nil
			case unix.EINTR:
			default:
				return errno
			}
		}
	}
	// What is wanted often comes in a row, so after one the next is asked for its
	// name at once, and else only when it turns out to be wanted.
	var ask []byte
	for addr := uint64(0); ; addr = q.end {
		err := next(addr, ask)
		if err == nil && ask == nil && wanted(unix.Mkdev(q.major, q.minor)) {
			// Only the second answer counts: the mapping may have changed.
			err = next(addr, name)
		}
		if err == unix.ENOENT {
			return nil
		}
		if err != nil {
			return err
		}
		if q.end <= addr {
			return unix.EINVAL
		}
		ask = nil
		if !wanted(unix.Mkdev(q.major, q.minor)) || q.nameSize == 0 || int(q.nameSize) > len(name) {
			continue
		}
		ask = name
		path := name[:q.nameSize]
		if i := bytes.IndexByte(path, 0); i >= 0 {
			path = path[:i]
		}
		f(&mapping{
			start: q.start, end: q.end, offset: q.offset,
			read:  q.vmaFlags&procmapReadable != 0,
			write: q.vmaFlags&procmapWritable != 0,
			exec:  q.vmaFlags&procmapExecutable != 0,
			share: q.vmaFlags&procmapShared != 0,
			major: q.major, minor: q.minor, ino: q.ino, path: path,
		})
	}
}
