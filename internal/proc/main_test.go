package proc

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"shmctl/internal/nstest"
)

// deadline bounds every wait for another process.
const deadline = 30 * time.Second

// childEnv names what the test binary does in place of running tests.
const childEnv = "SHMCTL_PROC_TEST_CHILD"

func init() {
	// Before main, so that the main goroutine stays on the first thread.
	if os.Getenv(childEnv) == "first-thread-ends" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	if what := os.Getenv(childEnv); what != "" {
		f, ok := children[what]
		if !ok {
			fatal(fmt.Errorf("no child %q", what))
		}
		f(os.Args[1:])
		os.Exit(0)
	}
	nstest.Main(m)
}

// facts is what a child tells about itself once it has done its work.
type facts struct {
	PID      int
	Skip     string // why the test cannot be made here
	ID       int    // of a segment
	Dev, Ino uint64 // of a file
	Addrs    []uint64
	Forked   int // PID of a further process

	HiddenPIDs []int
	HiddenOf   int // of nobody
	Unknown    []bool
	Users      []User
}

// ready tells the facts to the test.
func ready(f facts) {
	f.PID = os.Getpid()
	if err := json.NewEncoder(os.Stdout).Encode(f); err != nil {
		fatal(err)
	}
}

// hold tells the facts to the test and lives until the test closes stdin.
func hold(f facts) {
	ready(f)
	io.Copy(io.Discard, os.Stdin)
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "child:", err)
	os.Exit(1)
}

func check(err error) {
	if err != nil {
		fatal(err)
	}
}

// A child is a running child process.
type child struct {
	facts
	cmd   *exec.Cmd
	stdin io.Closer
}

// start runs a child until the end of the test, or until it is stopped.
func start(t testing.TB, what string, attr *syscall.SysProcAttr, args ...string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), childEnv+"="+what)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = attr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		if attr != nil && attr.Cloneflags != 0 && errors.Is(err, os.ErrPermission) {
			t.Skipf("namespaces are refused: %v", err)
		}
		t.Fatal(err)
	}
	c := &child{cmd: cmd, stdin: stdin}
	t.Cleanup(c.stop)

	type answer struct {
		line []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(stdout).ReadBytes('\n')
		answers <- answer{line, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			t.Fatalf("child %s: %v", what, a.err)
		}
		if err := json.Unmarshal(a.line, &c.facts); err != nil {
			t.Fatalf("child %s: %v", what, err)
		}
	case <-time.After(deadline):
		t.Fatalf("child %s: no answer", what)
	}
	// In a PID namespace of its own it sees another number.
	c.PID = cmd.Process.Pid
	if c.Skip != "" {
		t.Skip(c.Skip)
	}
	return c
}

// stop ends the child and waits for it; more than once does no harm.
func (c *child) stop() {
	c.stdin.Close()
	c.cmd.Process.Kill()
	c.cmd.Wait()
}

// until waits for a condition.
func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(deadline); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, deadline)
		}
	}
}

// unsupported ends a child with a reason to skip when err is one, and fails it
// when err is another error.
func unsupported(err error, what string) {
	for _, e := range []error{os.ErrPermission, unix.EINVAL, unix.ENOSYS, unix.ENODEV, unix.ENOMEM} {
		if errors.Is(err, e) {
			ready(facts{Skip: what + ": " + err.Error()})
			os.Exit(0)
		}
	}
	check(err)
}
