package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"shmctl/internal/nstest"
)

func TestMain(m *testing.M) {
	nstest.Reexec()
	testscript.Main(m, map[string]func(){"shmctl": main})
}

// TestScripts runs the sessions in testdata/scripts, each in IPC and mount
// namespaces of its own.
func TestScripts(t *testing.T) {
	peers := buildPeers(t)
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(root, "testdata", "scripts"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", peers+string(filepath.ListSeparator)+env.Getenv("PATH"))
			env.Setenv("TZ", "UTC")
			env.Setenv("GORACE", os.Getenv("GORACE"))
			env.Setenv("LC_ALL", "C")
			env.Setenv("PAGE", strconv.Itoa(os.Getpagesize()))
			env.Setenv("ROOT", top)
			return unshare()
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"eventually": eventually,
			"capture":    capture,
			"session":    session,
			"narrates":   narrates,
		},
	})
}

// unshare gives the script that runs on this goroutine namespaces of its own:
// what it executes is forked from this thread. The thread is not unlocked, and so
// ends with the goroutine, and the namespaces with it.
func unshare() error {
	if !nstest.Isolated() {
		return nil
	}
	runtime.LockOSThread()
	if err := syscall.Unshare(syscall.CLONE_FS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	return os.NewSyscallError("mount",
		syscall.Mount("tmpfs", "/dev/shm", "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=1777,size=64m"))
}

// condition answers [isolated], [root] and [peer:NAME]. A machine that has to have
// the peers, as CI does, fails a script instead of skipping it.
func condition(cond string) (bool, error) {
	switch name, peer := strings.CutPrefix(cond, "peer:"); {
	case peer:
		_, err := exec.LookPath(name)
		if err != nil && os.Getenv("SHMCTL_REQUIRE_PEERS") != "" {
			return false, err
		}
		return err == nil, nil
	case cond == "isolated":
		return nstest.Isolated(), nil
	case cond == "root":
		// Root of a user namespace cannot become somebody else.
		b, err := os.ReadFile("/proc/self/uid_map")
		return os.Getuid() == 0 && strings.Contains(string(b), "4294967295"), err
	}
	return false, errors.New("unknown condition")
}

// exits runs a program and asserts its exit status: exits N PROGRAM ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits status program [argument...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s: exit status %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// eventually repeats a program until it succeeds: eventually PROGRAM ARG...
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: eventually program [argument...]")
	}
	deadline := time.Now().Add(60 * time.Second)
	for {
		cmd := exec.Command(args[0], args[1:]...)
		if path, err := exec.LookPath(args[0]); err == nil {
			cmd.Path = path
		}
		cmd.Dir = ts.MkAbs(".")
		cmd.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"), "WORK="+ts.Getenv("WORK"))
		out, err := cmd.CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// capture puts the last standard output, without its newline, into a variable:
// capture NAME
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: capture name")
	}
	ts.Setenv(args[0], strings.TrimSuffix(ts.ReadFile("stdout"), "\n"))
}

// volatile is what no two runs of a session have in common: keys, times, processes,
// owners, and the widths that these make.
var volatile = []struct {
	re   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`0x[0-9a-f]{8}`), "KEY"},
	{regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}`), "TIME"},
	{regexp.MustCompile(`(TIME +)[0-9]+`), "${1}PID"},
	{regexp.MustCompile(` +`), " "},
	{regexp.MustCompile(`(?m) +$`), ""},
}

// session runs the first console block of a file at the top of the repository, and
// compares what the commands print, on both streams, with what the block says:
// session FILE
func session(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: session file")
	}
	text, err := os.ReadFile(filepath.Join(root, args[0]))
	ts.Check(err)
	_, block, ok := strings.Cut(string(text), "```console\n")
	block, _, end := strings.Cut(block, "```")
	if !ok || !end {
		ts.Fatalf("%s has no console block", args[0])
	}
	var script strings.Builder
	for line := range strings.Lines(block) {
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			command = strings.TrimSuffix(command, "\n")
			fmt.Fprintf(&script, "echo %s\n%s\n", "'$ "+strings.ReplaceAll(command, "'", `'\''`)+"'", command)
		}
	}
	ts.Check(ts.Exec("sh", "-c", "exec 2>&1\n"+script.String()))
	got, want := ts.ReadFile("stdout"), block
	for _, v := range volatile {
		got, want = v.re.ReplaceAllString(got, v.with), v.re.ReplaceAllString(want, v.with)
	}
	if got != want {
		ts.Fatalf("%s: the session prints\n%s\nand not\n%s", args[0], got, want)
	}
}

// root is the top of the repository.
var root = filepath.Join("..", "..")

// buildPeers compiles the C programs of testdata/peers and returns their folder;
// without a compiler it is empty, and scripts that need one skip.
func buildPeers(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob(filepath.Join(root, "testdata", "peers", "*.c"))
	if err != nil {
		t.Fatal(err)
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Logf("the C peers are not built: %v", err)
		return dir
	}
	for _, source := range sources {
		name := strings.TrimSuffix(filepath.Base(source), ".c")
		out, err := exec.Command(cc, "-O2", "-Wall", "-Wextra", "-Werror", "-o", filepath.Join(dir, name), source, "-lrt").CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", source, err, out)
		}
	}
	return dir
}
