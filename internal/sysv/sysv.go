// Package sysv is shmctl's System V side: keys, segments and what the kernel
// says about them. It makes the system calls itself (shmget(2), shmat(2),
// shmdt(2), shmctl(2)) and reads the files of /proc that describe segments; it
// prints nothing.
//
// Failed system calls are *os.SyscallError, so errors.Is works with fs.ErrExist,
// fs.ErrPermission and the errno values. An id that names no segment is a
// *NotExistError, and a limit that was hit is a *LimitError.
package sysv

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Host is the place where segments live: the caller's IPC namespace, and the
// kernel's files about it. The zero value is the running system.
type Host struct {
	Proc string // root of proc(5), "/proc" when empty
	Sys  string // root of sysfs(5), "/sys" when empty

	// Trace, when not nil, is told of every API call after it was made: the
	// call in C spelling and its result as C prints it. On failure err is a
	// syscall.Errno and result says nothing.
	Trace func(call, result string, err error)
}

// From linux/ipc.h and linux/shm.h; x/sys/unix has the rest.
const (
	ipcInfo    = 3
	shmLock    = 11
	shmUnlock  = 12
	shmStat    = 13
	shmInfo    = 14
	shmStatAny = 15 // since Linux 4.17

	shmDest   = 0o1000
	shmLocked = 0o2000

	shmHugeTLB   = 0o4000
	shmNoReserve = 0o10000
	hugeShift    = 26
)

var ctlNames = map[int]string{
	unix.IPC_RMID: "IPC_RMID",
	unix.IPC_SET:  "IPC_SET",
	unix.IPC_STAT: "IPC_STAT",
	ipcInfo:       "IPC_INFO",
	shmLock:       "SHM_LOCK",
	shmUnlock:     "SHM_UNLOCK",
	shmStat:       "SHM_STAT",
	shmInfo:       "SHM_INFO",
	shmStatAny:    "SHM_STAT_ANY",
}

// shmctl is shmctl(2). No IPC_64 here: the system call of its own, which every
// architecture built for has (386 since Linux 5.1), knows the new structures only.
func (h Host) shmctl(id, cmd int, buf unsafe.Pointer) (int, syscall.Errno) {
	r, _, errno := unix.Syscall(unix.SYS_SHMCTL, uintptr(id), uintptr(cmd), uintptr(buf))
	if h.Trace != nil {
		arg := "buf"
		switch {
		case buf == nil:
			arg = "NULL"
		case cmd == unix.IPC_SET:
			arg = fmt.Sprintf("{%s}", permText((*unix.SysvShmDesc)(buf)))
		case errno == 0 && (cmd == unix.IPC_STAT || cmd == shmStat || cmd == shmStatAny):
			d := (*unix.SysvShmDesc)(buf)
			arg = fmt.Sprintf("{%s, shm_segsz=%d, shm_nattch=%d}", permText(d), uint64(d.Segsz), uint64(d.Nattch))
		}
		h.note(fmt.Sprintf("shmctl(%d, %s, %s)", id, ctlNames[cmd], arg), strconv.Itoa(int(r)), errno)
	}
	return int(r), errno
}

// permText spells what IPC_SET can change of struct shmid_ds.
func permText(d *unix.SysvShmDesc) string {
	flags := ""
	if uint32(d.Perm.Mode)&shmDest != 0 {
		flags += "SHM_DEST|"
	}
	if uint32(d.Perm.Mode)&shmLocked != 0 {
		flags += "SHM_LOCKED|"
	}
	return fmt.Sprintf("shm_perm={uid=%d, gid=%d, mode=%s%#o}", d.Perm.Uid, d.Perm.Gid, flags, d.Perm.Mode&0o777)
}

// quote spells s as a C string literal.
func quote(s string) string {
	b := []byte{'"'}
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, `\%03o`, c) // three digits end by themselves, unlike \xNN
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// note hands one call to Trace, which must not be nil.
func (h Host) note(call, result string, errno syscall.Errno) {
	if errno != 0 {
		h.Trace(call, "", errno)
		return
	}
	h.Trace(call, result, nil)
}

func (h Host) proc(name string) string {
	if h.Proc == "" {
		return filepath.Join("/proc", name)
	}
	return filepath.Join(h.Proc, name)
}

func (h Host) sys(name string) string {
	if h.Sys == "" {
		return filepath.Join("/sys", name)
	}
	return filepath.Join(h.Sys, name)
}

// idError is the error of a call that names a segment by its id. The kernel says
// EINVAL for an id that is not in use and EIDRM for one that was removed while
// the call looked it up; both mean that there is no such segment.
func idError(call string, id int, errno syscall.Errno) error {
	err := os.NewSyscallError(call, errno)
	if errno == unix.EINVAL || errno == unix.EIDRM {
		return &NotExistError{ID: id, Err: err}
	}
	return err
}
