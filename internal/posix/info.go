package posix

import (
	"fmt"
	"io/fs"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Info is what stat(2) says of an object.
type Info struct {
	Name         Name
	Mode         uint32 // permission bits, 07777
	Size         int64  // st_size, bytes
	Alloc        int64  // bytes of memory behind it: st_blocks × 512
	Blocks       int64  // st_blocks, of 512 bytes each
	BlockSize    int64  // st_blksize, bytes
	UID, GID     uint32
	Ino, Dev     uint64 // Dev as dev_t, see makedev(3)
	Links        uint64 // 0 when it has lost its name
	Atime, Mtime time.Time
	Ctime        time.Time
}

// Semaphore reports whether this is a semaphore of sem_open(3).
func (i Info) Semaphore() bool { return i.Name.Semaphore() }

// Type is "object", "semaphore", or "unlinked" for an object without a name.
func (i Info) Type() string {
	switch {
	case i.Links == 0:
		return "unlinked"
	case i.Semaphore():
		return "semaphore"
	}
	return "object"
}

// DevString is the device as "maj:min", in decimal.
func (i Info) DevString() string {
	return fmt.Sprintf("%d:%d", unix.Major(i.Dev), unix.Minor(i.Dev))
}

// statMask is what Info has a place for.
const statMask = unix.STATX_BASIC_STATS

// statAt is fstatat(2) by way of statx(2), which has 64 bits for every time and
// size on every architecture. name ends with a NUL. An empty name is dirfd itself.
func statAt(dirfd int, name *byte, st *unix.Statx_t) error {
	const flags = unix.AT_SYMLINK_NOFOLLOW | unix.AT_EMPTY_PATH | unix.AT_NO_AUTOMOUNT
	for {
		_, _, errno := unix.Syscall6(unix.SYS_STATX, uintptr(dirfd), uintptr(unsafe.Pointer(name)),
			flags, statMask, uintptr(unsafe.Pointer(st)), 0)
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
			continue
		case unix.ENOSYS, unix.EPERM:
			// Before Linux 4.11, or in a sandbox that does not know the call.
			return oldStatAt(dirfd, unix.BytePtrToString(name), st)
		}
		return errno
	}
}

func oldStatAt(dirfd int, name string, sx *unix.Statx_t) error {
	var st unix.Stat_t
	var err error
	if name == "" {
		err = unix.Fstat(dirfd, &st)
	} else {
		err = unix.Fstatat(dirfd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	}
	if err != nil {
		return err
	}
	stamp := func(t unix.Timespec) unix.StatxTimestamp {
		s, ns := t.Unix()
		return unix.StatxTimestamp{Sec: s, Nsec: uint32(ns)}
	}
	*sx = unix.Statx_t{
		Blksize: uint32(st.Blksize), Nlink: uint32(st.Nlink), Uid: st.Uid, Gid: st.Gid,
		Mode: uint16(st.Mode), Ino: st.Ino, Size: uint64(st.Size), Blocks: uint64(st.Blocks),
		Atime: stamp(st.Atim), Mtime: stamp(st.Mtim), Ctime: stamp(st.Ctim),
		Dev_major: unix.Major(uint64(st.Dev)), Dev_minor: unix.Minor(uint64(st.Dev)),
	}
	return nil
}

// info is st as an Info, or the error that says why it is no object.
func info(n Name, st *unix.Statx_t) (Info, error) {
	if what := kind(st); what != "" {
		return Info{}, &NotObjectError{n, what}
	}
	stamp := func(t unix.StatxTimestamp) time.Time { return time.Unix(t.Sec, int64(t.Nsec)) }
	return Info{
		Name: n, Mode: uint32(st.Mode) & 0o7777,
		Size: int64(st.Size), Alloc: int64(st.Blocks) * 512, Blocks: int64(st.Blocks), BlockSize: int64(st.Blksize),
		UID: st.Uid, GID: st.Gid,
		Ino: st.Ino, Dev: unix.Mkdev(st.Dev_major, st.Dev_minor), Links: uint64(st.Nlink),
		Atime: stamp(st.Atime), Mtime: stamp(st.Mtime), Ctime: stamp(st.Ctime),
	}, nil
}

// kind says what an entry is, "" when it is an object or was one.
func kind(st *unix.Statx_t) string {
	switch uint32(st.Mode) & unix.S_IFMT {
	case unix.S_IFREG:
		if st.Nlink > 1 {
			return fmt.Sprintf("a hard link (%d links)", st.Nlink)
		}
		return ""
	case unix.S_IFIFO:
		return "a FIFO"
	case unix.S_IFLNK:
		return "a symbolic link"
	case unix.S_IFDIR:
		return "a directory"
	case unix.S_IFSOCK:
		return "a socket"
	case unix.S_IFCHR, unix.S_IFBLK:
		return "a device"
	}
	return "of an unknown type"
}

// lstat is the Info of the entry n, which is not opened: a FIFO does not block
// and a device is not touched.
func (d Dir) lstat(n Name) (Info, error) {
	path, err := unix.BytePtrFromString(d.path(n))
	if err != nil {
		return Info{}, err
	}
	var st unix.Statx_t
	err = statAt(unix.AT_FDCWD, path, &st)
	if d.Trace != nil {
		d.note(0, err, "lstat(%s, %s)", quote(d.path(n)), statText(&st, err))
	}
	if err != nil {
		return Info{}, d.pathError("lstat", err)
	}
	return info(n, &st)
}

// fstat is the Info of an open file, fs.ErrNotExist when it has no name any more
// and is to have one.
func (d Dir) fstat(fd int, n Name, named bool) (Info, error) {
	var st unix.Statx_t
	var empty byte
	err := statAt(fd, &empty, &st)
	if d.Trace != nil {
		d.note(0, err, "fstat(%d, %s)", fd, statText(&st, err))
	}
	if err != nil {
		return Info{}, sysError("fstat", err)
	}
	if named && st.Nlink == 0 {
		return Info{}, fs.ErrNotExist
	}
	return info(n, &st)
}
