package sysv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"shmctl/internal/nstest"
)

// peer is testdata/peer built for one architecture, and what runs it.
type peer struct {
	arch    string
	command []string
}

// call runs one call of the peer and returns what it printed. Without proc it
// reads no file of /proc.
//
// qemu-user can hang in the Go runtime's start, the more so where signals preempt it:
// they are turned off, and a peer that hangs all the same is started again.
func (p peer) call(proc string, args ...any) (string, int, error) {
	var out []byte
	var err error
	for try := 0; try < 3; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		cmd := exec.CommandContext(ctx, p.command[0], p.command[1:]...)
		for _, a := range args {
			cmd.Args = append(cmd.Args, fmt.Sprint(a))
		}
		cmd.Env = append(os.Environ(), "PEER_PROC="+proc, "GODEBUG=asyncpreemptoff=1")
		out, err = cmd.Output()
		hung := ctx.Err() != nil
		cancel()
		if !hung {
			break
		}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return strings.TrimSpace(string(exit.Stderr)), exit.ExitCode(), nil
	}
	return strings.TrimSpace(string(out)), 0, err
}

// buildPeer builds the peer for an architecture, without cgo.
func buildPeer(t *testing.T, arch string) string {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		unavailable(t, "the go command")
	}
	bin := filepath.Join(t.TempDir(), "peer-"+arch)
	cmd := exec.Command(goTool, "build", "-o", bin, "./testdata/peer")
	cmd.Env = append(os.Environ(), "GOARCH="+arch, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build for %s: %v\n%s", arch, err, out)
	}
	return bin
}

func unavailable(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("SHMCTL_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is missing", what)
	}
	t.Skipf("needs %s", what)
}

// TestPeers has programs of other architectures look at a segment of this one,
// and change it: the layouts of struct shmid_ds and ipc_perm, and the numbers of
// the calls, must be right for each.
//
// qemu-user translates the structures itself, by its own idea of the other
// architecture's layout; it has no SHM_STAT_ANY, so lists there come by SHM_STAT.
// A program for 386 runs on an amd64 kernel as it is, which translates too.
// (qemu-i386 7.2 is no help: Go's runtime crashes in it.)
func TestPeers(t *testing.T) {
	nstest.Require(t)
	full := prepared(t)
	for _, tt := range []struct{ arch, emulator string }{
		{"amd64", ""}, {"arm64", "qemu-aarch64"}, {"riscv64", "qemu-riscv64"}, {"386", ""},
	} {
		t.Run(tt.arch, func(t *testing.T) {
			p := peer{arch: tt.arch}
			if tt.emulator != "" && tt.arch != runtime.GOARCH {
				path, err := exec.LookPath(tt.emulator)
				if err != nil {
					unavailable(t, tt.emulator)
				}
				p.command = []string{path}
			}
			p.command = append(p.command, buildPeer(t, tt.arch))
			if _, _, err := p.call("/none", "lookup", 1); errors.Is(err, syscall.ENOEXEC) {
				t.Skipf("programs for %s do not run here", tt.arch)
			} else if err != nil {
				t.Fatal(err)
			}
			testPeer(t, p, full)
		})
	}
}

// prepared is a segment in which every field has a value of its own, as this
// process sees it without /proc.
func prepared(t *testing.T) Segment {
	t.Helper()
	id, err := host.Get(freeKey(t), 20, GetFlags{Create: true, Exclusive: true, Mode: 0o641})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Remove(id) })
	m := attach(t, id, false)
	attach(t, id, true)
	last := attach(t, id, true)
	if _, err := m.WriteAt([]byte("A"), 0); err != nil {
		t.Fatal(err)
	}
	nextSecond(t)
	if err := last.Detach(); err != nil {
		t.Fatal(err)
	}
	nextSecond(t)
	if err := host.Lock(id); err != nil {
		t.Log(err)
	}
	uid, gid := uint32(65534), uint32(65533)
	if err := host.Set(id, nil, &uid, &gid); err != nil {
		t.Log("the user namespace has no other user")
		if err := host.Set(id, ptr(uint32(0o641)), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	s := view(t, id)
	if s.Attached != 2 || s.Size != 20 || s.Mode != 0o641 || s.CPID != os.Getpid() || s.LPID != os.Getpid() ||
		!s.Atime.Before(s.Dtime) || !s.Dtime.Before(s.Ctime) {
		t.Errorf("prepared: %+v", s)
	}
	return s
}

func testPeer(t *testing.T, p peer, full Segment) {
	must := func(want any, proc string, args ...any) {
		t.Helper()
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, code, err := p.call(proc, args...); err != nil || code != 0 || got != string(b) {
			t.Errorf("%v: status %d, %v\n%s\nwant\n%s", args, code, err, got, b)
		}
	}
	fails := func(want int, args ...any) {
		t.Helper()
		if got, code, err := p.call("/none", args...); err != nil || code != want {
			t.Errorf("%v: status %d, %v, want %d: %s", args, code, err, want, got)
		}
	}

	must(full, "/none", "stat", full.ID)
	must([]Segment{full}, "/none", "list")
	full.RSS, full.HasRSS = uint64(os.Getpagesize()), true
	must(full, "/proc", "stat", full.ID)
	must([]Segment{full}, "/proc", "list")
	must(full.ID, "/none", "lookup", int(full.Key))
	l, err := host.Limits()
	if err != nil {
		t.Fatal(err)
	}
	must(l, "/proc", "limits")

	k := freeKey(t)
	out, code, err := p.call("/none", "create", int(k), 20, 0o620)
	id, idErr := ParseID(out)
	if err != nil || code != 0 || idErr != nil {
		t.Fatalf("create: status %d, %v, %s", code, err, out)
	}
	defer host.Remove(id)
	was := view(t, id)
	if was.Key != k || was.Size != 20 || was.Mode != 0o620 || was.CPID == os.Getpid() || int(was.CUID) != os.Geteuid() || !was.Atime.IsZero() {
		t.Errorf("created by the peer: %+v", was)
	}
	must(was, "/none", "stat", id)
	fails(4, "create", int(k), 1, 0o600)

	must(nil, "/none", "set", id, 0o604, full.UID, full.GID)
	if s := view(t, id); s.Mode != 0o604 || s.UID != full.UID || s.GID != full.GID || s.CUID != was.CUID || s.Size != 20 {
		t.Errorf("after IPC_SET: %+v", s)
	}
	if full.Locked {
		must(nil, "/none", "lock", id)
		if !view(t, id).Locked {
			t.Error("SHM_LOCK did nothing")
		}
		must(nil, "/none", "unlock", id)
		if view(t, id).Locked {
			t.Error("SHM_UNLOCK did nothing")
		}
	}
	m := attach(t, id, false)
	copy(m.Bytes(), "ABCDEFGHIJKLMNOPQRST")
	must("ABCDEFGHIJKLMNOPQRST", "/none", "attach", id)
	if got := string(m.Bytes()); got != "BCDEFGHIJKLMNOPQRSTU" {
		t.Errorf("the peer left %q", got)
	}
	if s := view(t, id); s.Attached != 1 || s.LPID == os.Getpid() {
		t.Errorf("after the peer had it attached: %+v", s)
	}

	must(nil, "/none", "remove", id)
	if s := view(t, id); !s.Dest || s.Key != 0 {
		t.Errorf("after IPC_RMID: %+v", s)
	}
	must(view(t, id), "/none", "stat", id)
	if err := m.Detach(); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"stat", "remove", "lock", "attach"} {
		fails(3, verb, id)
	}
	fails(3, "lookup", int(k))
	fails(7, "create", 0, 0, 0o600)

	// A size that 32 bits do not hold is told in full, and not attached to.
	if p.arch == "386" && strconv.IntSize == 64 {
		id, err := host.Get(0, 5<<30+1, GetFlags{Create: true, NoReserve: true, Mode: 0o600})
		if err != nil {
			t.Fatal(err)
		}
		defer host.Remove(id)
		s, err := host.Stat(id)
		if err != nil {
			t.Fatal(err)
		}
		must(utc(s), "/proc", "stat", id)
		must([]Segment{full, utc(s)}, "/proc", "quick")
		fails(7, "attach", id)
	}
}

// view is IPC_STAT of this process, checked against /proc/sysvipc/shm, without
// what only that has.
func view(t *testing.T, id int) Segment {
	t.Helper()
	s, err := Host{Proc: "/none"}.Stat(id)
	if err != nil {
		t.Fatal(err)
	}
	row, ok, err := host.row(id)
	row.RSS, row.Swap, row.HasRSS = 0, 0, false
	if !ok || err != nil || row != s {
		t.Errorf("/proc has %+v, %v, IPC_STAT says %+v", row, err, s)
	}
	return utc(s)
}

func utc(s Segment) Segment {
	s.Atime, s.Dtime, s.Ctime = s.Atime.UTC(), s.Dtime.UTC(), s.Ctime.UTC()
	return s
}

// nextSecond waits until the kernel's times of a segment are new ones.
func nextSecond(t *testing.T) {
	t.Helper()
	now := time.Now()
	time.Sleep(now.Truncate(time.Second).Add(time.Second + 20*time.Millisecond).Sub(now))
}
