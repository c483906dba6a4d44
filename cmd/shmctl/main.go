// Shmctl makes shared memory on Linux workable from a shell.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"shmctl/internal/stdfd"
)

func main() {
	stdfd.Restore()
	// A closed pipe is an error to report like any other, not a silent death.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(&env{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:]))
}
