package sysv

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// NotExistError says that an id names no segment. It is fs.ErrNotExist.
type NotExistError struct {
	ID  int
	Err error // what the system call said; nil when a list said it
}

func (e *NotExistError) Error() string { return "no segment has id " + strconv.Itoa(e.ID) }

// Is reports whether target is fs.ErrNotExist.
func (e *NotExistError) Is(target error) bool { return target == fs.ErrNotExist }

func (e *NotExistError) Unwrap() error { return e.Err }

// ErrPrivate says that key 0, IPC_PRIVATE, was to be looked up: it names no
// segment, and shmget(2) would make one.
var ErrPrivate = errors.New("IPC_PRIVATE names no segment")

// ErrFault says that a page of a segment could not be had when it was touched,
// as happens with huge pages that were not reserved. In C it is a SIGBUS.
var ErrFault = errors.New("no memory behind a page of the segment")

// Names of limits, as LimitError.Limit has them.
const (
	LimitMax      = "SHMMAX"         // bytes of a segment
	LimitMin      = "SHMMIN"         // bytes of a segment
	LimitMNI      = "SHMMNI"         // segments
	LimitAll      = "SHMALL"         // pages of all segments
	LimitMemory   = "memory"         // bytes the kernel will promise
	LimitHuge     = "huge pages"     // free pages of the size asked for
	LimitHugeSize = "huge page size" // bytes; Asked is not among the kernel's
	LimitFile     = "file size"      // bytes; a segment is a file to the kernel
	LimitSizeT    = "size_t"         // bytes; what the call can be told
	LimitExisting = "existing size"  // bytes of the segment that has the key
	LimitAddress  = "address space"  // bytes of the process; 0 when not known
	LimitMemlock  = "RLIMIT_MEMLOCK" // bytes the user may lock
)

// LimitError says which limit stopped a call, and how it stands now.
type LimitError struct {
	Limit string // one of the names above
	Value uint64 // the limit, in the unit given there
	Used  uint64 // how much of it is taken, where that is counted
	Asked uint64 // how much of it the call wanted

	Err error // what the system call said; nil when none was made

	detail string // the clause, where it takes more than the numbers
}

func (e *LimitError) Unwrap() error { return e.Err }

func (e *LimitError) Error() string {
	if e.detail != "" {
		return e.detail
	}
	switch e.Limit {
	case LimitMNI:
		return fmt.Sprintf("SHMMNI is %d segments and %d exist", e.Value, e.Used)
	case LimitAll:
		return fmt.Sprintf("SHMALL is %d pages, %d are in use and %d more are needed", e.Value, e.Used, e.Asked)
	case LimitMax, LimitMin:
		return fmt.Sprintf("%s is %s", e.Limit, inBytes(e.Value))
	case LimitExisting:
		return "the existing segment has " + inBytes(e.Value)
	case LimitMemory:
		return fmt.Sprintf("memory and swap are %s in all", inBytes(e.Value))
	case LimitHuge:
		return fmt.Sprintf("HugePages_Free is %d, %d of them reserved, and %d are needed", e.Value, e.Used, e.Asked)
	case LimitHugeSize:
		return fmt.Sprintf("huge pages of %s are not supported", inBytes(e.Asked))
	case LimitFile:
		return fmt.Sprintf("the kernel's largest file has %s", inBytes(e.Value))
	case LimitSizeT:
		return fmt.Sprintf("size_t holds at most %d", e.Value)
	case LimitAddress:
		if e.Value == 0 {
			return inBytes(e.Asked) + " do not fit into the address space"
		}
		return fmt.Sprintf("the address space is %s", inBytes(e.Value))
	case LimitMemlock:
		return fmt.Sprintf("RLIMIT_MEMLOCK is %s", inBytes(e.Value))
	}
	return fmt.Sprintf("%s is %d", e.Limit, e.Value)
}

func inBytes(n uint64) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.FormatUint(n, 10) + " bytes"
}
