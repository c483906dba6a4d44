//go:build !386

package posix

import "golang.org/x/sys/unix"

const (
	setresuid = unix.SYS_SETRESUID
	setresgid = unix.SYS_SETRESGID
)
