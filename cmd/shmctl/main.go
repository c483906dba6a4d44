// Shmctl makes shared memory on Linux workable from a shell.
package main

import (
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"shmctl/internal/stdfd"
)

func main() {
	// A command is over before its garbage matters, and what it moves is not on the
	// heap. 16 MiB of it are waited for, not 4.
	debug.SetGCPercent(400)
	stdfd.Restore()
	// A closed pipe is an error to report like any other, not a silent death.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(&env{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:]))
}
