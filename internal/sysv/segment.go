package sysv

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Segment is what the kernel says about one segment: all of struct shmid_ds
// (shmctl(2)), and what only /proc/sysvipc/shm has (proc(5)).
type Segment struct {
	Key    Key    // 0 when private, or marked for removal
	ID     int    //
	Seq    uint16 // shm_perm.__seq, how often the slot of the id was used
	Mode   uint32 // permission bits alone
	Dest   bool   // SHM_DEST: goes with its last attachment
	Locked bool   // SHM_LOCKED: not swapped out
	Size   uint64 // bytes

	CPID, LPID int    // creator, and last to attach or detach; 0 when none or not visible
	Attached   uint64 // attachments, of which a process may have several

	UID, GID   uint32 // owner
	CUID, CGID uint32 // creator

	Atime, Dtime, Ctime time.Time // last attach, detach and change; zero when never

	RSS, Swap uint64 // bytes in memory and in swap
	HasRSS    bool   // RSS and Swap are known
}

// setMode takes shm_perm.mode apart.
func (s *Segment) setMode(mode uint32) {
	s.Mode = mode & 0o777
	s.Dest = mode&shmDest != 0
	s.Locked = mode&shmLocked != 0
}

// unixTime is a time of the kernel's, which says 0 for never.
func unixTime(sec int64) time.Time {
	if sec == 0 {
		return time.Time{}
	}
	return time.Unix(sec, 0)
}

func fromDesc(id int, d *unix.SysvShmDesc) Segment {
	s := Segment{
		Key: Key(d.Perm.Key), ID: id, Seq: d.Perm.Seq, Size: uint64(d.Segsz),
		CPID: int(d.Cpid), LPID: int(d.Lpid), Attached: uint64(d.Nattch),
		UID: d.Perm.Uid, GID: d.Perm.Gid, CUID: d.Perm.Cuid, CGID: d.Perm.Cgid,
	}
	s.setMode(uint32(d.Perm.Mode))
	atime, dtime, ctime := descTimes(d)
	s.Atime, s.Dtime, s.Ctime = unixTime(atime), unixTime(dtime), unixTime(ctime)
	return s
}

// Stat is IPC_STAT, and RSS and Swap from /proc where it can be read. What the
// caller may not read is looked up in /proc/sysvipc/shm, which anyone may. An id
// in no use gives a *NotExistError.
func (h Host) Stat(id int) (Segment, error) {
	var d unix.SysvShmDesc
	_, errno := h.shmctl(id, unix.IPC_STAT, unsafe.Pointer(&d))
	if errno != 0 && errno != unix.EACCES {
		return Segment{}, idError("shmctl", id, errno)
	}
	row, ok, err := h.row(id)
	switch {
	case errno == 0 && !ok:
		return fromDesc(id, &d), nil
	case errno == 0:
		s := fromDesc(id, &d)
		s.RSS, s.Swap, s.HasRSS = row.RSS, row.Swap, row.HasRSS
		if strconv.IntSize == 32 {
			s.Size = row.Size // a 64-bit kernel cuts shm_segsz for a 32-bit program
		}
		return s, nil
	case ok:
		return row, nil
	case err == nil:
		return Segment{}, &NotExistError{ID: id, Err: os.NewSyscallError("shmctl", errno)}
	}
	// No /proc: SHM_STAT_ANY takes the index within the id, which has 15 bits,
	// or 24 with ipcmni_extend on the kernel's command line (ipc/util.h).
	for _, mask := range []int{1<<15 - 1, 1<<24 - 1} {
		if r, e := h.shmctl(id&mask, shmStatAny, unsafe.Pointer(&d)); e == 0 && r == id {
			return fromDesc(id, &d), nil
		}
	}
	return Segment{}, os.NewSyscallError("shmctl", errno)
}

// row is the line of /proc/sysvipc/shm for id.
func (h Host) row(id int) (Segment, bool, error) {
	data, err := h.readShm()
	if err != nil {
		return Segment{}, false, err
	}
	rows, err := ParseShm(data)
	for _, s := range rows {
		if s.ID == id {
			return s, true, nil
		}
	}
	return Segment{}, false, err
}

// List is all segments of the IPC namespace, in the kernel's order, whoever may
// read them: the lines of /proc/sysvipc/shm, or SHM_STAT_ANY for each where /proc
// lacks the file. A line that makes no sense is left out; the rest is returned
// along with the error.
func (h Host) List() ([]Segment, error) {
	data, err := h.readShm()
	if errors.Is(err, fs.ErrNotExist) {
		return h.listByIndex()
	}
	if err != nil {
		return nil, err
	}
	return ParseShm(data)
}

// ListStat is List without RSS and Swap, in a quarter of the time: SHM_STAT_ANY (Linux
// 4.17) spares the kernel the text, and the look at every page that is behind a
// segment. A kernel that has it not gets List, and so does a 32-bit program, to
// which shmctl(2) cuts sizes.
func (h Host) ListStat() ([]Segment, error) {
	if strconv.IntSize == 32 {
		return h.List()
	}
	rows, err := h.listByIndex()
	if err != nil {
		return h.List()
	}
	return rows, nil
}

// readShm reads /proc/sysvipc/shm to its end. The kernel hands it out a page at
// a time.
func (h Host) readShm() ([]byte, error) {
	f, err := os.Open(h.proc("sysvipc/shm"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, 0, 64<<10)
	for {
		if cap(data)-len(data) < 8<<10 {
			data = append(make([]byte, 0, 4*cap(data)), data...)
		}
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			if h.Trace != nil {
				h.Trace(fmt.Sprintf("read %s of %s", inBytes(uint64(len(data))), f.Name()), "", nil)
			}
			return data, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func (h Host) listByIndex() ([]Segment, error) {
	// IPC_INFO returns the highest index in use as SHM_INFO does, and does not look
	// at the pages of every segment for that.
	var info [9]uintptr // struct shminfo64
	last, errno := h.shmctl(0, ipcInfo, unsafe.Pointer(&info))
	if errno != 0 {
		return nil, os.NewSyscallError("shmctl", errno)
	}
	rows := make([]Segment, 0, min(last+1, 1<<16))
	var errs []error
	for i := 0; i <= last; i++ {
		var d unix.SysvShmDesc
		id, errno := h.shmctl(i, shmStatAny, unsafe.Pointer(&d))
		if errno == unix.EINVAL {
			// A slot not in use, or a kernel before 4.17.
			id, errno = h.shmctl(i, shmStat, unsafe.Pointer(&d))
		}
		switch errno {
		case 0:
			rows = append(rows, fromDesc(id, &d))
		case unix.EINVAL, unix.EIDRM:
		default:
			errs = append(errs, fmt.Errorf("segment at index %d: %w", i, os.NewSyscallError("shmctl", errno)))
		}
	}
	return rows, errors.Join(errs...)
}
