//go:build !386

package nstest

import "golang.org/x/sys/unix"

const (
	setresuid = unix.SYS_SETRESUID
	setresgid = unix.SYS_SETRESGID
)
