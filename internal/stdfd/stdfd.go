// Package stdfd knows which of the standard descriptors were closed when the
// program began. The Go runtime opens /dev/null in their place before any Go code
// runs (runtime/fds_unix.go), so a closed output would swallow results and a closed
// input would look empty; and from /dev/null as its parent opened it, as Python
// does, that cannot be told. So the question is asked at the very entry of the
// program, a few instructions before the runtime's own.
//
// The entry is used where the linker is told to: -ldflags '-E _shmctl_entry', as the
// Makefile does. In other builds the runtime's way stays.
package stdfd

import (
	"os"
	"syscall"
)

// status is what fcntl(fd, F_GETFD) returned for 0, 1 and 2, set by entry_*.s.
var status [3]int

// Closed says whether the descriptor fd, 0 to 2, was closed.
func Closed(fd int) bool { return status[fd] == -int(syscall.EBADF) }

// Restore makes reading a closed standard input and writing to a closed standard
// output fail with EBADF again: it puts a /dev/null there that cannot do that. The
// numbers must stay taken, or the next file to be opened would be mistaken for them.
func Restore() {
	for fd, flag := range map[int]int{0: syscall.O_WRONLY, 1: syscall.O_RDONLY} {
		if !Closed(fd) {
			continue
		}
		null, err := syscall.Open(os.DevNull, flag|syscall.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		syscall.Dup3(null, fd, 0)
		syscall.Close(null)
	}
}
