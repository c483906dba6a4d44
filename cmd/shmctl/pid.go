package main

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strconv"

	"shmctl/internal/posix"
	"shmctl/internal/sysv"
)

// pidValue is the process of --pid, 0 for none.
type pidValue int

func (v *pidValue) Type() string { return "PID" }
func (v *pidValue) String() string {
	if *v == 0 {
		return ""
	}
	return strconv.Itoa(int(*v))
}
func (v *pidValue) Set(s string) error {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return errors.New("not a process number")
		}
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n == 0 {
		return errors.New("not a process number")
	}
	*v = pidValue(n)
	return nil
}

// enterIPC goes where the segments of --pid are. A namespace is a thread's, so the
// command stays on this one; only the main goroutine asks for segments.
func (e *env) enterIPC() error {
	if e.pid == 0 {
		return nil
	}
	runtime.LockOSThread()
	return e.pidFail(sysv.Host{Proc: "/proc", Trace: e.trace()}.Enter(int(e.pid)))
}

// enterRoot finds the objects of --pid.
func (e *env) enterRoot() (err error) {
	if e.pid == 0 {
		return nil
	}
	e.dir, err = posix.Dir{Path: "/dev/shm", Trace: e.trace()}.Of(int(e.pid))
	return e.pidFail(err)
}

// pidFail explains why the process cannot be followed.
func (e *env) pidFail(err error) error {
	if err == nil {
		return nil
	}
	f := fail(fmt.Sprintf("process %d", e.pid), err)
	if errors.Is(err, fs.ErrNotExist) {
		f.msg = "no such process"
	}
	if f.code == exitDenied {
		f.hint = "it takes the rights of root over that process; nsenter(1) goes where it is with its own"
	}
	return f
}
