package posix

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Of is the directory of objects that the process pid sees: /dev/shm under its root
// (/proc/PID/root in proc(5)), which is another one in a container. What links lead
// to is looked for under that root too, and not outside (RESOLVE_IN_ROOT in
// openat2(2), Linux 5.6). It takes the right to trace the process. The error wraps
// fs.ErrNotExist when there is no such process.
//
// The directory stays open for as long as this process lives.
func (d Dir) Of(pid int) (Dir, error) {
	d.Shown = fmt.Sprintf("/proc/%d/root/dev/shm", pid)
	name := fmt.Sprintf("/proc/%d/root", pid)
	root, err := d.open(name, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err == unix.ESRCH || err == unix.ENOENT {
		return d, fs.ErrNotExist
	}
	if err != nil {
		return d, os.NewSyscallError("open", err)
	}
	defer d.close(root)
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT}
	var fd int
	err = restart(func() error {
		fd, err = unix.Openat2(root, "dev/shm", &how)
		return err
	})
	if d.Trace != nil {
		d.note(int64(fd), err, "openat2(%d, \"dev/shm\", {O_PATH|O_DIRECTORY|O_CLOEXEC, RESOLVE_IN_ROOT})", root)
	}
	if err != nil {
		return d, &DirError{d.shown(), err}
	}
	d.Path = procFD(fd)
	return d, nil
}
