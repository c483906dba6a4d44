package stdfd

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestEntry builds shmctl as the Makefile does and runs it without one of the
// standard descriptors: for this architecture, and for the others under qemu-user.
func TestEntry(t *testing.T) {
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	for arch, qemu := range map[string]string{"amd64": "qemu-x86_64", "386": "qemu-i386", "arm64": "qemu-aarch64", "riscv64": "qemu-riscv64"} {
		t.Run(arch, func(t *testing.T) {
			run := ""
			native := arch == runtime.GOARCH || arch == "386" && runtime.GOARCH == "amd64"
			if !native {
				if run, err = exec.LookPath(qemu); err != nil {
					if os.Getenv("SHMCTL_REQUIRE_PEERS") != "" {
						t.Fatal(err)
					}
					t.Skip(err)
				}
			}
			bin := filepath.Join(t.TempDir(), "shmctl")
			build := exec.Command(tool, "build", "-o", bin, "-ldflags", "-E _shmctl_entry", "../../cmd/shmctl")
			build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+arch)
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, tt := range []struct {
				command, stderr string
				status          int
			}{
				{"sysv key /:A >&-", "shmctl: sysv key: standard output: bad file descriptor\n", 1},
				{"sysv key /:A >/dev/null", "", 0},
				{"sysv key /:A 1<>/dev/null", "", 0},
				{"sysv key /:A >/dev/null <&-", "", 0},
				{"posix write /shmctl-test-none --replace <&-", "shmctl: posix write: /shmctl-test-none: input: bad file descriptor\n", 1},
				{"sysv key /:A >/dev/null 2>&-", "", 0},
			} {
				var stderr strings.Builder
				var err error
				// qemu-user can hang in the Go runtime's start, the more so where
				// signals preempt it.
				for try := 0; try < 3; try++ {
					ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
					cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+run+" "+bin+" "+tt.command)
					cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
					stderr.Reset()
					cmd.Stderr = &stderr
					err = cmd.Run()
					hung := ctx.Err() != nil
					cancel()
					if !hung {
						break
					}
				}
				status := 0
				var exit *exec.ExitError
				if errors.As(err, &exit) {
					status = exit.ExitCode()
				} else if err != nil {
					t.Fatal(err)
				}
				if status != tt.status || stderr.String() != tt.stderr {
					t.Errorf("shmctl %s: status %d, %q; want %d, %q", tt.command, status, stderr.String(), tt.status, tt.stderr)
				}
			}
		})
	}
}
