package nstest

import "golang.org/x/sys/unix"

const (
	setresuid = unix.SYS_SETRESUID32
	setresgid = unix.SYS_SETRESGID32
)
