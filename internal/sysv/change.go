package sysv

import (
	"errors"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Remove is IPC_RMID: the segment goes at once, or with its last attachment,
// until when it has no key and Segment.Dest. Only owner, creator and root may.
func (h Host) Remove(id int) error {
	if _, errno := h.shmctl(id, unix.IPC_RMID, nil); errno != 0 {
		return idError("shmctl", id, errno)
	}
	return nil
}

// Set is IPC_SET of what is not nil: permission bits, owner, group. Only owner,
// creator and root may, and they need no read permission. It moves shm_ctime.
func (h Host) Set(id int, mode *uint32, uid, gid *uint32) error {
	var d unix.SysvShmDesc
	switch _, errno := h.shmctl(id, unix.IPC_STAT, unsafe.Pointer(&d)); errno {
	case 0:
	case unix.EACCES:
		// IPC_SET replaces all three, so learn the others where anyone may.
		s, ok, err := h.row(id)
		if err != nil || !ok {
			return os.NewSyscallError("shmctl", errno)
		}
		d.Perm.Uid, d.Perm.Gid = s.UID, s.GID
		setDescMode(&d, s.Mode)
	default:
		return idError("shmctl", id, errno)
	}
	setDescMode(&d, uint32(d.Perm.Mode)&0o777)
	if mode != nil {
		setDescMode(&d, *mode&0o777)
	}
	if uid != nil {
		d.Perm.Uid = *uid
	}
	if gid != nil {
		d.Perm.Gid = *gid
	}
	_, errno := h.shmctl(id, unix.IPC_SET, unsafe.Pointer(&d))
	if errno == 0 {
		return nil
	}
	err := idError("shmctl", id, errno)
	if errors.Is(err, fs.ErrNotExist) {
		// EINVAL too for a uid or gid that the user namespace does not have.
		if _, ok, _ := h.row(id); ok {
			return os.NewSyscallError("shmctl", errno)
		}
	}
	return err
}

// Lock is SHM_LOCK: pages of the segment stay in memory once they are there.
// Those not touched yet are not made. Without CAP_IPC_LOCK only owner and creator
// may, within RLIMIT_MEMLOCK.
func (h Host) Lock(id int) error {
	_, errno := h.shmctl(id, shmLock, nil)
	if errno == 0 {
		return nil
	}
	err := idError("shmctl", id, errno)
	var rl unix.Rlimit
	if errno == unix.ENOMEM && unix.Getrlimit(unix.RLIMIT_MEMLOCK, &rl) == nil {
		limit := &LimitError{Limit: LimitMemlock, Value: rl.Cur, Err: err}
		if s, ok, _ := h.row(id); ok {
			limit.Asked = s.Size
		}
		return limit
	}
	return err
}

// Unlock is SHM_UNLOCK: the segment may be swapped out again.
func (h Host) Unlock(id int) error {
	if _, errno := h.shmctl(id, shmUnlock, nil); errno != 0 {
		return idError("shmctl", id, errno)
	}
	return nil
}
