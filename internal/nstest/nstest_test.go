package nstest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// play makes the binary act a part in the tests below, after Reexec.
const play = "SHMCTL_NSTEST_PLAY"

func TestMain(m *testing.M) {
	Reexec(ShmSize("3m"))
	switch os.Getenv(play) {
	case "status":
		os.Exit(7)
	case "signal":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "state":
		os.Stdout.WriteString(os.Getenv(guard) + " " + ipc())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func ipc() string {
	s, _ := os.Readlink("/proc/self/ns/ipc")
	return s
}

// outside runs the test binary as go test would have: without the guard.
func outside(t *testing.T, part string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, guard+"=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, play+"="+part)
	return cmd
}

func TestIsolated(t *testing.T) {
	Require(t)
	var st syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &st); err != nil {
		t.Fatal(err)
	}
	if size := int64(st.Blocks) * int64(st.Bsize); size != 3<<20 {
		t.Errorf("the tmpfs on /dev/shm has %d bytes, want %d", size, 3<<20)
	}
	names, err := os.ReadDir("/dev/shm")
	if err != nil || len(names) != 0 {
		t.Errorf("/dev/shm is not empty: %v, %v", names, err)
	}
	data, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\n"); n != 1 {
		t.Errorf("/proc/sysvipc/shm has %d lines, want the header alone", n)
	}
	if os.Geteuid() != 0 {
		t.Errorf("effective uid %d, want 0", os.Geteuid())
	}

	out, err := outside(t, "state").Output()
	if err != nil {
		t.Fatal(err)
	}
	state, ns, _ := strings.Cut(string(out), " ")
	if state != isolated || ns == ipc() {
		t.Errorf("a run of its own is %s in %s, this one is in %s", state, ns, ipc())
	}
}

func TestExitStatus(t *testing.T) {
	Require(t)
	for part, want := range map[string]int{"status": 7, "signal": 128 + 9} {
		var exit *exec.ExitError
		err := outside(t, part).Run()
		if !errors.As(err, &exit) || exit.ExitCode() != want {
			t.Errorf("%s: %v, want exit status %d", part, err, want)
		}
	}
}

func TestOwnName(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "shmctl")
	if err := os.Symlink(exe, name); err != nil {
		t.Fatal(err)
	}
	cmd := outside(t, "state")
	cmd.Path, cmd.Args[0] = name, name
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out), " "+ipc(); got != want {
		t.Errorf("under the name shmctl: %q, want %q", got, want)
	}
}

func FuzzWorker(f *testing.F) {
	// The coordinator, and a plain run of the seeds, are the process that
	// Reexec made; workers are their children and must be in the same place.
	const where = "SHMCTL_NSTEST_WHERE"
	if os.Getenv(where) == "" {
		os.Setenv(where, ipc()+" "+os.Getenv(guard))
	}
	f.Add(1)
	f.Fuzz(func(t *testing.T, _ int) {
		if got := ipc() + " " + os.Getenv(guard); got != os.Getenv(where) {
			t.Fatalf("worker in %s, coordinator in %s", got, os.Getenv(where))
		}
	})
}

func TestFuzzWorker(t *testing.T) {
	cmd := outside(t, "", "-test.run=^$", "-test.fuzz=^FuzzWorker$", "-test.fuzztime=20x",
		"-test.parallel=2", "-test.fuzzcachedir="+t.TempDir())
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
