package sysv

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Enter makes the calling thread one of the IPC namespace of the process pid
// (setns(2)), so that the caller has to be locked to it: runtime.LockOSThread. It
// takes CAP_SYS_ADMIN, unless it is there already. The error wraps fs.ErrNotExist when there is no such process.
func (h Host) Enter(pid int) error {
	name := h.proc(fmt.Sprintf("%d/ns/ipc", pid))
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if h.Trace != nil {
		h.Trace(fmt.Sprintf("open(%q, O_RDONLY|O_CLOEXEC)", name), fmt.Sprint(fd), err)
	}
	if err == unix.ESRCH {
		err = fs.ErrNotExist
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var its, ours unix.Stat_t
	if unix.Fstat(fd, &its) == nil && unix.Stat(h.proc("thread-self/ns/ipc"), &ours) == nil && its.Ino == ours.Ino && its.Dev == ours.Dev {
		return nil
	}
	err = unix.Setns(fd, unix.CLONE_NEWIPC)
	if h.Trace != nil {
		h.Trace(fmt.Sprintf("setns(%d, CLONE_NEWIPC)", fd), "0", err)
	}
	return os.NewSyscallError("setns", err)
}
