// Package nstest runs tests where they cannot touch the host: the test binary
// executes itself again in IPC and mount namespaces of its own, with an empty
// tmpfs on /dev/shm, so that tests may use any key and any name, change the
// limits, and be killed without leaving anything behind. It is for tests only.
package nstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// guard is the environment variable that tells a process how far the entry
// got. Everything the tests start inherits it, fuzz workers included.
const guard = "SHMCTL_TEST_NAMESPACES"

const (
	entering = "entering" // in new namespaces, mounts still to be made
	isolated = "isolated"
	refused  = "refused" // on the host, and the reason has been said
)

type config struct{ shmSize string }

// An Option changes how the namespaces are set up.
type Option func(*config)

// ShmSize sets the size of the tmpfs on /dev/shm, as its mount option size=
// takes it (tmpfs(5)); without this option it is 256m.
func ShmSize(size string) Option { return func(c *config) { c.shmSize = size } }

// Main is the whole of a TestMain: it runs the tests of m isolated, and exits.
func Main(m *testing.M, opts ...Option) {
	Reexec(opts...)
	os.Exit(m.Run())
}

// Reexec is the first call of a TestMain that has to run its tests itself. In
// the process that go test started, it runs the same binary with the same
// arguments in new namespaces and exits with its status; in that second process
// it makes the mounts and returns. Where namespaces are refused, it says so on
// stderr and returns, so that the tests run on the host; see Isolated.
//
// It does nothing in a process named shmctl: testscript runs the test binary
// under the name of the command.
func Reexec(opts ...Option) {
	c := config{shmSize: "256m"}
	for _, o := range opts {
		o(&c)
	}
	if filepath.Base(os.Args[0]) == "shmctl" {
		return
	}
	switch os.Getenv(guard) {
	case isolated, refused:
		return
	case entering:
		if err := mounts(c); err != nil {
			refuse(err)
			return
		}
		os.Setenv(guard, isolated)
		return
	}
	for _, arg := range os.Args[1:] {
		// The coordinator speaks to its workers through descriptors that a
		// further process would not have.
		if strings.TrimLeft(arg, "-") == "test.fuzzworker" {
			return
		}
	}
	status, err := run()
	if err != nil {
		refuse(err)
		return
	}
	os.Exit(status)
}

// Isolated reports whether the process has IPC and mount namespaces of its own.
func Isolated() bool { return os.Getenv(guard) == isolated }

// Require skips a test that would disturb the host, or be disturbed by it.
func Require(t testing.TB) {
	t.Helper()
	if !Isolated() {
		t.Skip("needs IPC and mount namespaces of its own, which were refused")
	}
}

func refuse(err error) {
	fmt.Fprintf(os.Stderr, "nstest: no namespaces, the tests run on the host: %v\n", err)
	os.Setenv(guard, refused)
}

// run executes the binary in new namespaces and returns its exit status. The
// error means that it could not be started.
func run() (int, error) {
	exe, err := os.Executable()
	if err != nil {
		return 0, err
	}
	// PDEATHSIG is sent when the thread that made the child ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	start := func(userNS bool) (*exec.Cmd, error) {
		cmd := exec.Command(exe, os.Args[1:]...)
		cmd.Args[0] = os.Args[0]
		cmd.Env = append(os.Environ(), guard+"="+entering)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags: syscall.CLONE_NEWIPC | syscall.CLONE_NEWNS,
			Pdeathsig:  syscall.SIGKILL,
		}
		if userNS {
			cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
		}
		return cmd, cmd.Start()
	}
	cmd, err := start(os.Geteuid() != 0)
	if err != nil && os.Geteuid() == 0 {
		// Root of a container may lack CAP_SYS_ADMIN and still be allowed this.
		cmd, err = start(true)
	}
	if err != nil {
		return 0, err
	}

	// go test asks for a stack dump with SIGQUIT when the time is up; SIGINT
	// ends a fuzzing run in good order.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	err = cmd.Wait()
	signal.Stop(signals)

	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return ws.ExitStatus(), nil
}

// mounts puts an empty tmpfs on /dev/shm of this mount namespace. Unless every
// mount is private first, it would show on the host too (mount_namespaces(7)).
func mounts(c config) error {
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	const flags = syscall.MS_NOSUID | syscall.MS_NODEV
	if err := syscall.Mount("tmpfs", "/dev/shm", "tmpfs", flags, "mode=1777,size="+c.shmSize); err != nil {
		return fmt.Errorf("mount a tmpfs on /dev/shm: %w", err)
	}
	return nil
}
