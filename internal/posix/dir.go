// Package posix is shmctl's POSIX side: shared memory objects, which to the
// kernel are the files of a tmpfs (shm_overview(7)). It makes the system calls
// that shm_open(3) and its kin are made of, and prints nothing.
//
// An object is a plain regular file with one link. Anything else in the
// directory is a *NotObjectError, is looked at by lstat(2) only, and is never
// opened, written, removed or replaced.
//
// Failed system calls are *os.SyscallError, so errors.Is works with
// fs.ErrNotExist, fs.ErrExist, fs.ErrPermission and the errno values. What did
// not fit is a *SpaceError.
package posix

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Dir is the directory that objects are the files of.
type Dir struct {
	Path  string // "/dev/shm"
	Shown string // what messages call it, where that is not Path

	// Trace, when not nil, is told of every API call after it was made: the
	// call in C spelling and its result as C prints it. On failure err is a
	// syscall.Errno and result says nothing.
	Trace func(call, result string, err error)
}

func (d Dir) shown() string {
	if d.Shown != "" {
		return d.Shown
	}
	return d.Path
}

func (d Dir) path(n Name) string { return d.Path + "/" + string(n) }

// sysError is the error of a failed system call.
func sysError(call string, err error) error { return os.NewSyscallError(call, err) }

// restart makes a call until it was not interrupted: Go's own signals do that
// to any of them (signal(7)).
func restart(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

// open is open(2), restarted when it is interrupted.
func (d Dir) open(path string, flags int, mode uint32) (int, error) {
	flags |= unix.O_CLOEXEC
	fd, err := open(path, flags, mode)
	if d.Trace != nil {
		arg := ""
		if flags&unix.O_TMPFILE == unix.O_TMPFILE {
			arg = fmt.Sprintf(", %#o", mode)
		}
		d.note(int64(fd), err, "open(%s, %s%s)", quote(path), openFlags(flags), arg)
	}
	return fd, err
}

// shmOpen is what shm_open(3) does, which adds the same two flags.
func (d Dir) shmOpen(n Name, flags int, mode uint32) (int, error) {
	fd, err := open(d.path(n), flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
	if d.Trace != nil {
		d.note(int64(fd), err, "shm_open(%s, %s, %#o)", quote(n.String()), openFlags(flags), mode)
	}
	return fd, err
}

func open(path string, flags int, mode uint32) (fd int, err error) {
	err = restart(func() error { fd, err = unix.Open(path, flags, mode); return err })
	return fd, err
}

func (d Dir) close(fd int) error {
	err := unix.Close(fd) // on Linux it closes even when it is interrupted
	if d.Trace != nil {
		d.note(0, err, "close(%d)", fd)
	}
	return sysError("close", err)
}

// Open opens the object n for reading, or for reading and writing. A semaphore
// is a *SemaphoreError when it is to be written.
func (d Dir) Open(n Name, write bool) (*Object, error) {
	flags := unix.O_RDONLY
	if write {
		flags = unix.O_RDWR
	}
	for try := 0; ; try++ {
		if _, err := d.lstat(n); err != nil {
			return nil, err
		}
		if write && n.Semaphore() {
			return nil, &SemaphoreError{n}
		}
		// What was an object a moment ago may be a FIFO now, which would block. No
		// O_CREAT: fs.protected_regular would refuse it for what exists, even to root.
		fd, err := d.shmOpen(n, flags|unix.O_NONBLOCK, 0)
		switch err {
		case nil:
			i, err := d.fstat(fd, n, true)
			if err != nil {
				d.close(fd)
				return nil, err
			}
			return &Object{dir: d, name: n, fd: fd, info: i, size: i.Size}, nil
		case unix.ELOOP, unix.ENXIO, unix.EISDIR, unix.ENODEV:
			// And here it was something else, which lstat names.
			if try < 16 {
				continue
			}
		}
		return nil, d.pathError("shm_open", err)
	}
}

// Create makes the object n, empty and open for reading and writing, with
// exactly the permission bits of mode, whatever the umask. A name that is taken
// by anything is fs.ErrExist, having no more inodes a *SpaceError. A failure
// leaves nothing behind.
func (d Dir) Create(n Name, mode uint32) (*Object, error) {
	fd, err := d.shmOpen(n, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL, mode&0o777)
	if err != nil {
		return nil, d.makeError("shm_open", err)
	}
	o, err := d.made(fd, n, mode)
	if err != nil {
		d.unlink(n)
	}
	return o, err
}

// Temp makes an object without a name, open for reading and writing, with
// exactly the permission bits of mode. It is gone when it is closed unless Link
// or Replace gave it a name.
func (d Dir) Temp(mode uint32) (*Object, error) {
	fd, err := d.open(d.Path, unix.O_TMPFILE|unix.O_RDWR, mode&0o777)
	if err != nil {
		return nil, d.makeError("open", err)
	}
	return d.made(fd, "", mode)
}

func (d Dir) makeError(call string, err error) error {
	if err == unix.ENOENT || err == unix.ENOTDIR {
		return d.pathError(call, err)
	}
	return d.space(call, 0, err)
}

// made is the object of the new file fd, which it closes on failure.
func (d Dir) made(fd int, n Name, mode uint32) (*Object, error) {
	err := d.fchmod(fd, mode&0o777)
	if err == nil {
		var i Info
		if i, err = d.fstat(fd, n, false); err == nil {
			return &Object{dir: d, name: n, fd: fd, info: i, size: i.Size}, nil
		}
	}
	d.close(fd)
	return nil, err
}

func (d Dir) fchmod(fd int, mode uint32) error {
	err := restart(func() error { return unix.Fchmod(fd, mode) })
	if d.Trace != nil {
		d.note(0, err, "fchmod(%d, %#o)", fd, mode)
	}
	return sysError("fchmod", err)
}

// Stat is the Info of the object n, which need not be readable.
func (d Dir) Stat(n Name) (Info, error) { return d.lstat(n) }

// Unlink removes the name of the object n. The object itself goes with its last
// user. It refuses what is no object and what is a semaphore, as of a moment
// before: the kernel cannot compare and remove.
func (d Dir) Unlink(n Name) error {
	if _, err := d.lstat(n); err != nil {
		return err
	}
	if n.Semaphore() {
		return &SemaphoreError{n}
	}
	return d.unlink(n)
}

// UnlinkObject removes the name n when it still is that of o, as of a moment
// before. When it is another's it is ErrReplaced.
func (d Dir) UnlinkObject(o *Object, n Name) error {
	i, err := d.lstat(n)
	if err != nil {
		return err
	}
	if i.Ino != o.info.Ino || i.Dev != o.info.Dev {
		return ErrReplaced
	}
	return d.unlink(n)
}

func (d Dir) unlink(n Name) error {
	err := restart(func() error { return unix.Unlink(d.path(n)) })
	if d.Trace != nil {
		d.note(0, err, "shm_unlink(%s)", quote(n.String()))
	}
	if err != nil {
		return d.pathError("shm_unlink", err)
	}
	return nil
}

// Set changes the permission bits, the owner and the group of the object n,
// each where it is not nil: fchmod(2) and fchown(2). The object need not be
// readable. It refuses a semaphore. A failure changes nothing.
func (d Dir) Set(n Name, mode, uid, gid *uint32) error {
	if n.Semaphore() {
		if _, err := d.lstat(n); err != nil {
			return err
		}
		return &SemaphoreError{n}
	}
	o, err := d.Open(n, false)
	if err == nil {
		defer o.Close()
		return o.set(mode, uid, gid)
	}
	if !isErrno(err, unix.EACCES) {
		return err
	}
	// Who may not read an object may still own it. O_PATH holds on to the very file
	// that is checked, without opening it.
	fd, err := d.open(d.path(n), unix.O_PATH|unix.O_NOFOLLOW, 0)
	if err != nil {
		return d.pathError("open", err)
	}
	defer d.close(fd)
	old, err := d.fstat(fd, n, true)
	if err != nil {
		return err
	}
	return change(old.Mode, mode, uid, gid,
		func(mode uint32) error { return d.chmod(fd, mode) },
		func(u, g int) error {
			err := restart(func() error { return unix.Fchownat(fd, "", u, g, unix.AT_EMPTY_PATH) })
			if d.Trace != nil {
				d.note(0, err, `fchownat(%d, "", %d, %d, AT_EMPTY_PATH)`, fd, u, g)
			}
			return sysError("fchownat", err)
		})
}

func (o *Object) set(mode, uid, gid *uint32) error {
	return change(o.info.Mode, mode, uid, gid,
		func(mode uint32) error { return o.dir.fchmod(o.fd, mode) }, o.Chown)
}

// change is the order of Set, with the calls to make; old is the mode before.
func change(old uint32, mode, uid, gid *uint32, chmod func(uint32) error, chown func(uid, gid int) error) error {
	// The mode first: who gives an object away may not change it afterwards.
	if mode != nil {
		if err := chmod(*mode & 0o777); err != nil {
			return err
		}
	}
	if uid == nil && gid == nil {
		return nil
	}
	u, g := -1, -1
	if uid != nil {
		u = int(*uid)
	}
	if gid != nil {
		g = int(*gid)
	}
	err := chown(u, g)
	if err != nil && mode != nil {
		chmod(old)
	}
	return err
}

// chmod changes the mode of an O_PATH descriptor, which fchmod(2) does not take;
// fchmodat2(2) would, and is as new as Linux 6.6.
func (d Dir) chmod(fd int, mode uint32) error {
	link := procFD(fd)
	err := restart(func() error { return unix.Chmod(link, mode) })
	if d.Trace != nil {
		d.note(0, err, "chmod(%s, %#o)", quote(link), mode)
	}
	if err == unix.ENOENT {
		return errNoProc
	}
	return sysError("chmod", err)
}

// procFD is the magic link of an open file, see proc_pid_fd(5).
func procFD(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

var errNoProc = errors.New("/proc is not mounted, and is needed to reach an open file")

// errNamed says that Link or Replace was called for an object with a name: it
// would get a second one and be no object any more.
var errNamed = errors.New("the object has a name already")

// Link gives an object of Temp its name, in one step. A name that is taken by
// anything is fs.ErrExist.
func (o *Object) Link(n Name) error {
	if o.name != "" {
		return errNamed
	}
	if err := o.link(n); err != nil {
		return err
	}
	o.name, o.info.Name = n, n
	return nil
}

func (o *Object) link(n Name) error {
	d, path := o.dir, o.dir.path(n)
	link := procFD(o.fd)
	err := restart(func() error {
		return unix.Linkat(unix.AT_FDCWD, link, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	})
	if d.Trace != nil {
		d.note(0, err, "linkat(AT_FDCWD, %s, AT_FDCWD, %s, AT_SYMLINK_FOLLOW)", quote(link), quote(path))
	}
	if err == unix.ENOENT || err == unix.ENOTDIR {
		if perr := d.pathError("linkat", err); !errors.Is(perr, fs.ErrNotExist) {
			return perr
		}
		// Without /proc there is this way, which takes CAP_DAC_READ_SEARCH before
		// Linux 6.10 and says ENOENT when it is not allowed.
		err = restart(func() error {
			return unix.Linkat(o.fd, "", unix.AT_FDCWD, path, unix.AT_EMPTY_PATH)
		})
		if d.Trace != nil {
			d.note(0, err, `linkat(%d, "", AT_FDCWD, %s, AT_EMPTY_PATH)`, o.fd, quote(path))
		}
		if err == unix.ENOENT {
			return errNoProc
		}
	}
	if err != nil {
		return d.space("linkat", 0, err)
	}
	return nil
}

// Replace gives an object of Temp the name n, in one step: whoever opens n gets
// the object that was there or this one, and whoever has the old one keeps it.
// It refuses to replace what is no object and what is a semaphore. A failure
// leaves n as it was, and nothing else behind.
func (o *Object) Replace(n Name) error {
	if o.name != "" {
		return errNamed
	}
	d := o.dir
	missing, err := d.replaceable(n)
	if err != nil {
		return err
	}
	if missing {
		if err := o.link(n); !errors.Is(err, fs.ErrExist) {
			if err == nil {
				o.name, o.info.Name = n, n
			}
			return err
		}
		// It came to be in this moment; then it is replaced.
	}

	// link(2) never replaces and rename(2) needs a name to begin with. Nobody can
	// guess this one, so nobody can be there before.
	tmp, err := hiddenName()
	if err != nil {
		return err
	}
	if err := o.link(tmp); err != nil {
		return err
	}
	if _, err = d.replaceable(n); err == nil {
		from, to := d.path(tmp), d.path(n)
		err = restart(func() error { return unix.Rename(from, to) })
		if d.Trace != nil {
			d.note(0, err, "rename(%s, %s)", quote(from), quote(to))
		}
		if err == nil {
			o.name, o.info.Name = n, n
			return nil
		}
		err = sysError("rename", err)
	}
	d.unlink(tmp)
	return err
}

// replaceable reports whether nothing has the name n. What is neither nothing
// nor an object is an error.
func (d Dir) replaceable(n Name) (missing bool, err error) {
	_, err = d.lstat(n)
	var other *NotObjectError
	switch {
	case err != nil && (errors.As(err, &other) || !errors.Is(err, fs.ErrNotExist)):
		return false, err
	case n.Semaphore():
		return false, &SemaphoreError{n}
	}
	return err != nil, nil
}

// hiddenName is a name that cannot be guessed.
func hiddenName() (Name, error) {
	var b [16]byte
	err := restart(func() error { _, err := unix.Getrandom(b[:], 0); return err })
	if err != nil {
		return "", sysError("getrandom", err)
	}
	return Name(".shmctl-" + hex.EncodeToString(b[:])), nil
}

// Space is the room of a tmpfs.
type Space struct {
	Total, Free, Avail uint64 // bytes; Total is 0 when there is no limit
	Inodes, FreeInodes uint64 // Inodes is 0 when there is no limit
}

// Statfs is the room that the tmpfs of d has and has left.
func (d Dir) Statfs() (Space, error) {
	var st unix.Statfs_t
	err := restart(func() error { return unix.Statfs(d.Path, &st) })
	if d.Trace != nil {
		buf := "buf"
		if err == nil {
			buf = fmt.Sprintf("{f_bsize=%d, f_blocks=%d, f_bfree=%d, f_files=%d, f_ffree=%d}", st.Bsize, st.Blocks, st.Bfree, st.Files, st.Ffree)
		}
		d.note(0, err, "statfs(%s, %s)", quote(d.Path), buf)
	}
	if err == unix.ENOENT || err == unix.ENOTDIR {
		return Space{}, &DirError{d.shown(), err}
	}
	if err != nil {
		return Space{}, sysError("statfs", err)
	}
	block := uint64(st.Bsize)
	return Space{
		Total: st.Blocks * block, Free: st.Bfree * block, Avail: st.Bavail * block,
		Inodes: st.Files, FreeInodes: st.Ffree,
	}, nil
}
