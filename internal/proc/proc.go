// Package proc answers from /proc who uses a piece of shared memory: which
// processes have a System V segment attached, and which map a file of a tmpfs
// or hold it open.
//
// Reading a file of /proc and parsing it are two functions everywhere, and the
// root is a value, so that the parsers run on fixtures.
package proc

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// FS is a mounted proc file system. The zero value is the one at /proc.
type FS struct {
	Root string
}

func (f FS) root() string {
	if f.Root == "" {
		return "/proc"
	}
	return f.Root
}

func (f FS) path(name string) string { return filepath.Join(f.root(), name) }

// Command returns the command line of a process and the time it started.
//
// The arguments are joined by blanks and otherwise raw bytes, chosen by the
// process: escape them before they reach a terminal. A process without a
// command line (a kernel thread, a zombie) gives its name in brackets, as in
// ps(1).
//
// The start is exact to a second, because boot time is in whole seconds
// (btime in proc_stat(5)), and moves with the wall clock when that is set.
//
// The error wraps fs.ErrNotExist when there is no such process, and
// fs.ErrPermission when /proc is mounted with hidepid=noaccess.
func (f FS) Command(pid int) (cmd string, start time.Time, err error) {
	st, dir, err := f.stat(pid)
	if err != nil {
		return "", time.Time{}, err
	}
	defer unix.Close(dir)
	start, err = f.started(st)
	if err != nil {
		return "", time.Time{}, err
	}
	line, err := readFile(dir, "cmdline", make([]byte, cmdlineMax))
	if err != nil {
		return "", time.Time{}, f.pathError(pid, "cmdline", err)
	}
	if cmd = commandLine(line); cmd == "" {
		cmd = st.name()
	}
	return cmd, start, nil
}

// StartedAfter reports whether a process that started at start, as [FS.Command] says,
// clearly did so after t, a time in whole seconds such as shm_ctime: then it is not
// the process that did something at t, but a later one with a reused number.
//
// Both times lack their fraction of a second, so up to a second (and a clock
// tick) of difference is no proof.
func StartedAfter(start, t time.Time) bool {
	// The process did what it did at t before t+1s, and had started by then;
	// the kernel stamps with a clock that lags by up to a tick.
	return start.After(t.Add(time.Second + 10*time.Millisecond))
}

// stat reads /proc/PID/stat, and leaves the directory of the process open: what
// is read through it is of the same process, even when the number is reused.
func (f FS) stat(pid int) (stat, int, error) {
	dir, err := openat(unix.AT_FDCWD, f.path(strconv.Itoa(pid)), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return stat{}, -1, f.pathError(pid, "", err)
	}
	data, err := readFile(dir, "stat", make([]byte, statMax))
	if err == nil {
		var st stat
		if st, err = parseStat(data); err == nil {
			return st, dir, nil
		}
	}
	unix.Close(dir)
	return stat{}, -1, f.pathError(pid, "stat", err)
}

// IPCNamespace returns the inode number of the caller's IPC namespace, which is
// the calling thread's: a locked goroutine may have entered another one.
func (f FS) IPCNamespace() (uint64, error) { return f.namespace("ipc") }

// MountNamespace returns the inode number of the calling thread's mount
// namespace.
func (f FS) MountNamespace() (uint64, error) { return f.namespace("mnt") }

func (f FS) namespace(kind string) (uint64, error) {
	path := f.path("thread-self/ns/" + kind)
	id, err := namespaceAt(unix.AT_FDCWD, path, kind)
	if errors.Is(err, fs.ErrNotExist) { // before Linux 3.17
		path = f.path("self/ns/" + kind)
		id, err = namespaceAt(unix.AT_FDCWD, path, kind)
	}
	if err != nil {
		return 0, &fs.PathError{Op: "readlink", Path: path, Err: err}
	}
	return id, nil
}

// IPCNamespaceOf returns the inode number of a process's IPC namespace. It
// takes the right to ptrace(2) the process, else the error wraps
// fs.ErrPermission; it wraps fs.ErrNotExist when there is no such process.
func (f FS) IPCNamespaceOf(pid int) (uint64, error) { return f.namespaceOf(pid, "ipc") }

// MountNamespaceOf returns the inode number of a process's mount namespace,
// with the errors of IPCNamespaceOf.
func (f FS) MountNamespaceOf(pid int) (uint64, error) { return f.namespaceOf(pid, "mnt") }

func (f FS) namespaceOf(pid int, kind string) (uint64, error) {
	name := "ns/" + kind
	id, err := namespaceAt(unix.AT_FDCWD, f.path(strconv.Itoa(pid)+"/"+name), kind)
	if err != nil {
		return 0, f.pathError(pid, name, err)
	}
	return id, nil
}

// pathError names the file, and makes ESRCH, which a read gives when the
// process ended after the open, the fs.ErrNotExist that an open gives.
func (f FS) pathError(pid int, name string, err error) error {
	if gone(err) {
		err = unix.ENOENT
	}
	return &fs.PathError{Op: "read", Path: f.path(filepath.Join(strconv.Itoa(pid), name)), Err: err}
}

// gone tells the errors that mean: the process is no more.
func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH)
}
