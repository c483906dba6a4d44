package proc

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"shmctl/internal/nstest"
)

const fixture = "testdata/proc"

func TestFixture(t *testing.T) {
	dev := unix.Mkdev(0, 0x1b)
	s, err := FS{Root: fixture}.scan(Want{Segments: true, Devs: []uint64{dev}},
		[]uint64{unix.Mkdev(0, 1), unix.Mkdev(0, 15)}, false)
	if err != nil {
		t.Fatal(err)
	}
	uid := uint32(0)
	if fi, err := os.Stat(fixture); err == nil {
		uid = fi.Sys().(*syscall.Stat_t).Uid
	}
	const ns, other = 4026531839, 4026532001
	feeder := User{PID: 101, UID: uid, Command: "./feeder --rate 10"}
	hostile := User{PID: 102, UID: uid, Command: "[a) R 1 (b]"}
	with := func(u User, access string, addrs ...uint64) []User {
		u.Access, u.Mappings, u.Addresses = access, len(addrs), addrs
		return []User{u}
	}
	for _, tt := range []struct {
		what      string
		got, want []User
	}{
		{"segment", s.Segment(ns, 7), with(feeder, "rw", 0x7f0000000000, 0x7f0000002000)},
		{"same id elsewhere", s.Segment(other, 7), with(hostile, "rwx", 0x7f0000000000)},
		{"segment of huge pages", s.Segment(ns, 9), with(feeder, "rw", 0x7f0000030000)},
		{"memfd", s.Segment(ns, 8), nil},
		{"no namespace", s.Segment(0, 7), nil},
		{"object", s.Object(dev, 12), append(with(feeder, "r", 0x7f0000300000), with(hostile, "-", 0x7f0000300000)...)},
		{"unlinked object", s.Object(dev, 13), with(feeder, "r", 0x7f0000310000)},
		{"segment taken for an object", s.Object(unix.Mkdev(0, 1), 7), nil},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.what, tt.got, tt.want)
		}
	}
	objects := []Object{
		{Dev: dev, Ino: 12, Path: "/dev/shm/ring\nbuffer", Ref: fixture + "/101/map_files/7f0000300000-7f0000301000"},
		{Dev: dev, Ino: 13, Path: "/dev/shm/gone", Unlinked: true, Ref: fixture + "/101/map_files/7f0000310000-7f0000311000"},
	}
	if !reflect.DeepEqual(s.Objects(), objects) {
		t.Errorf("%+v, want %+v", s.Objects(), objects)
	}
	if s.Hidden() != 0 || s.HiddenOf(0) != 0 || s.HiddenUnknown() {
		t.Errorf("hidden %d, of root %d, unknown %v", s.Hidden(), s.HiddenOf(0), s.HiddenUnknown())
	}

	// On the kernel's own tmpfs there are files and segments.
	s, err = FS{Root: fixture}.scan(Want{Devs: []uint64{unix.Mkdev(0, 1)}}, []uint64{unix.Mkdev(0, 1)}, false)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Object(unix.Mkdev(0, 1), 7), with(feeder, "rw", 0x7f0000010000); !reflect.DeepEqual(got, want) {
		t.Errorf("shared anonymous memory: %+v, want %+v", got, want)
	}
	if got, want := s.Object(unix.Mkdev(0, 1), 8), with(feeder, "rw", 0x7f0000020000); !reflect.DeepEqual(got, want) {
		t.Errorf("memfd: %+v, want %+v", got, want)
	}
	if got := s.Segment(ns, 7); got != nil {
		t.Errorf("segments were not asked for: %+v", got)
	}
}

func TestFixtureCommand(t *testing.T) {
	f := FS{Root: fixture}
	for _, tt := range []struct {
		pid   int
		cmd   string
		start float64 // after boot, in seconds
	}{
		{101, "./feeder --rate 10", 50},
		{102, "[a) R 1 (b]", 1234.56},
		{103, "[sh]", 50},
		{2, "[kthreadd]", 50},
	} {
		cmd, start, err := f.Command(tt.pid)
		want := time.Unix(1700000000, 0).Add(time.Duration(tt.start * float64(time.Second)))
		if err != nil || cmd != tt.cmd || start.Sub(want).Abs() > time.Microsecond {
			t.Errorf("%d: %q, %v, %v; want %q, %v", tt.pid, cmd, start, err, tt.cmd, want)
		}
	}
	if _, _, err := f.Command(999); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if ns, err := f.IPCNamespaceOf(102); err != nil || ns != 4026532001 {
		t.Errorf("%d, %v", ns, err)
	}
	if _, err := f.IPCNamespaceOf(999); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestNoProc(t *testing.T) {
	if _, err := (FS{Root: filepath.Join(t.TempDir(), "no")}).Scan(Want{Segments: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := (FS{Root: t.TempDir()}).Scan(Want{Segments: true}); err == nil {
		t.Error("an empty directory passed for /proc")
	}
}

func TestCommandOfKernel(t *testing.T) {
	before := time.Now()
	c := start(t, "command", nil, "a) R 1 (b", "two words", "", "\x1b[1m")
	cmd, started, err := FS{}.Command(c.PID)
	if err != nil || !strings.HasSuffix(cmd, " a) R 1 (b two words  \x1b[1m") {
		t.Errorf("%q, %v", cmd, err)
	}
	if d := started.Sub(before); d < -2*time.Second || time.Now().Before(started) {
		t.Errorf("started %v after it was started", d)
	}
	st, dir, err := FS{}.stat(c.PID)
	if err != nil || st.comm != "a) R 1 (b" || st.threads < 1 || st.ended() || st.kernelThread() {
		t.Errorf("%+v, %v", st, err)
	}
	unix.Close(dir)
	if !StartedAfter(started, before.Add(-time.Minute)) {
		t.Error("did not start after a minute ago")
	}
	// What it has done since then, as the kernel would stamp it.
	if StartedAfter(started, time.Now().Truncate(time.Second)) || StartedAfter(started, time.Now().Add(time.Hour)) {
		t.Error("clearly started later than it did")
	}

	c.stop()
	if _, _, err := (FS{}).Command(c.PID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of an ended process: %v", err)
	}
}

func TestNamespaces(t *testing.T) {
	for kind, f := range map[string]func() (uint64, error){"ipc": FS{}.IPCNamespace, "mnt": FS{}.MountNamespace} {
		got, err := f()
		link, lerr := os.Readlink("/proc/self/ns/" + kind)
		if err != nil || lerr != nil || link != kind+":["+strconv.FormatUint(got, 10)+"]" {
			t.Errorf("%s: %d, %v; %q, %v", kind, got, err, link, lerr)
		}
	}
	if ns, err := (FS{}).MountNamespaceOf(os.Getpid()); err != nil || ns == 0 {
		t.Errorf("%d, %v", ns, err)
	}
	if _, err := (FS{Root: t.TempDir()}).IPCNamespace(); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// both runs a test with the two ways to read mappings.
func both(t *testing.T, want Want, f func(t *testing.T, s *Scan)) {
	t.Helper()
	for name, text := range map[string]bool{"query": false, "text": true} {
		t.Run(name, func(t *testing.T) {
			s, err := FS{}.scan(want, segmentDevs(), text)
			if err != nil {
				t.Fatal(err)
			}
			f(t, s)
		})
	}
}

func TestQueryIsUsed(t *testing.T) {
	fd, err := openat(unix.AT_FDCWD, "/proc/self/maps", unix.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	n := 0
	err = queryMaps(fd, false, make([]byte, unix.PathMax), func(uint64) bool { return true }, func(m *mapping) {
		n++
		if m.start >= m.end || len(m.path) == 0 {
			t.Errorf("%+v %q", m, m.path)
		}
	})
	if errors.Is(err, unix.ENOTTY) {
		t.Skip("PROCMAP_QUERY needs Linux 6.11")
	}
	if err != nil || n == 0 {
		t.Errorf("%d mappings, %v", n, err)
	}
}

// of picks the process of a child.
func of(users []User, pid int) (User, bool) {
	i := slices.IndexFunc(users, func(u User) bool { return u.PID == pid })
	if i < 0 {
		return User{}, false
	}
	return users[i], true
}

func sorted(addrs []uint64) []uint64 {
	addrs = slices.Clone(addrs)
	slices.Sort(addrs)
	return addrs
}

func ipcNamespace(t *testing.T) uint64 {
	t.Helper()
	ns, err := FS{}.IPCNamespace()
	if err != nil {
		t.Fatal(err)
	}
	return ns
}

func testSegment(t *testing.T, ns uint64, c *child) {
	t.Helper()
	both(t, Want{Segments: true}, func(t *testing.T, s *Scan) {
		u, ok := of(s.Segment(ns, c.ID), c.PID)
		if !ok {
			t.Fatalf("segment %d: no process %d in %+v", c.ID, c.PID, s.Segment(ns, c.ID))
		}
		if u.Access != "rw" || u.Mappings != 2 || !slices.Equal(u.Addresses, sorted(c.Addrs)) || u.FDs != 0 {
			t.Errorf("%+v, want addresses %#x", u, c.Addrs)
		}
		if u.UID != uint32(os.Geteuid()) || !strings.Contains(u.Command, filepath.Base(os.Args[0])) {
			t.Errorf("%+v", u)
		}
		if _, ok := of(s.Segment(ns+1, c.ID), c.PID); ok {
			t.Error("found in another namespace as well")
		}
	})
}

func TestSegment(t *testing.T) {
	t.Run("removed", func(t *testing.T) { testSegment(t, ipcNamespace(t), start(t, "attach", nil)) })
	t.Run("kept", func(t *testing.T) {
		nstest.Require(t)
		testSegment(t, ipcNamespace(t), start(t, "attach", nil, "keep"))
	})
	t.Run("huge pages", func(t *testing.T) { testSegment(t, ipcNamespace(t), start(t, "huge", nil)) })
	t.Run("other namespace", func(t *testing.T) {
		c := start(t, "attach", &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWIPC})
		ns, err := FS{}.IPCNamespaceOf(c.PID)
		if err != nil {
			t.Fatal(err)
		}
		own := ipcNamespace(t)
		if ns == own {
			t.Fatal("the namespace is not another one")
		}
		testSegment(t, ns, c)
		// The id is most likely the same as that of a segment here.
		both(t, Want{Segments: true}, func(t *testing.T, s *Scan) {
			if _, ok := of(s.Segment(own, c.ID), c.PID); ok {
				t.Error("found in this namespace as well")
			}
		})
	})
	t.Run("detached by ending", func(t *testing.T) {
		c := start(t, "attach", nil)
		c.stop()
		both(t, Want{Segments: true}, func(t *testing.T, s *Scan) {
			if _, ok := of(s.Segment(ipcNamespace(t), c.ID), c.PID); ok {
				t.Error("an ended process is attached")
			}
		})
	})
}

// newObject makes a file of two pages on /dev/shm.
func newObject(t *testing.T, suffix string) (path string, id identity) {
	t.Helper()
	f, err := os.CreateTemp("/dev/shm", "shmctl-proc-*"+suffix)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	t.Cleanup(func() { os.Remove(f.Name()) })
	if err := f.Truncate(int64(2 * os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	if err := f.Chmod(0o666); err != nil {
		t.Fatal(err)
	}
	if id, err = identify(unix.AT_FDCWD, f.Name()); err != nil {
		t.Fatal(err)
	}
	return f.Name(), id
}

func TestObject(t *testing.T) {
	for _, tt := range []struct {
		do       string
		suffix   string
		access   string
		fds      int
		unlinked bool
	}{
		{do: "map", access: "rw"},
		{do: "map-read", access: "r"},
		{do: "map-none", access: "-"},
		{do: "map-private", access: "r"},
		{do: "map-split", access: "rw"},
		{do: "map map-read", access: "rw"},
		{do: "open", access: "rw", fds: 1},
		{do: "open-read", access: "r", fds: 1},
		{do: "open-write", access: "w", fds: 1},
		{do: "open-path", access: "-", fds: 1},
		{do: "open-read open-write", access: "rw", fds: 2},
		{do: "map-read open-write open-path", access: "rw", fds: 2},
		{do: "map unlink", access: "rw", unlinked: true},
		{do: "open-read unlink", access: "r", fds: 1, unlinked: true},
		{do: "map-private open-path unlink", access: "r", fds: 1, unlinked: true},
		{do: "map", suffix: "\n\\ (x)\xff", access: "rw"},
		{do: "open unlink", suffix: "\n\\ (x)\xff", access: "rw", fds: 1, unlinked: true},
		{do: "open", suffix: " (deleted)", access: "rw", fds: 1},
		{do: "open unlink", suffix: " (deleted)", access: "rw", fds: 1, unlinked: true},
	} {
		t.Run(tt.do+tt.suffix, func(t *testing.T) {
			path, id := newObject(t, tt.suffix)
			c := start(t, "object", nil, append([]string{path}, strings.Fields(tt.do)...)...)
			both(t, Want{Segments: true, Devs: []uint64{1<<63 - 1, id.dev}}, func(t *testing.T, s *Scan) {
				u, ok := of(s.Object(id.dev, id.ino), c.PID)
				if !ok {
					t.Fatalf("no process %d in %+v", c.PID, s.Object(id.dev, id.ino))
				}
				if u.Access != tt.access || u.Mappings != len(c.Addrs) || !slices.Equal(u.Addresses, sorted(c.Addrs)) || u.FDs != tt.fds {
					t.Errorf("%+v, want addresses %#x", u, c.Addrs)
				}
				i := slices.IndexFunc(s.Objects(), func(o Object) bool { return o.Dev == id.dev && o.Ino == id.ino })
				if i < 0 {
					t.Fatal("not among the objects")
				}
				o := s.Objects()[i]
				if o.Path != path || o.Unlinked != tt.unlinked {
					t.Errorf("%+v", o)
				}
				ref, err := identify(unix.AT_FDCWD, o.Ref)
				if errors.Is(err, unix.EPERM) && tt.fds == 0 {
					t.Logf("%s: %v", o.Ref, err)
				} else if err != nil || ref.dev != id.dev || ref.ino != id.ino {
					t.Errorf("%s: %+v, %v", o.Ref, ref, err)
				}
			})
		})
	}
}

// A mapped file that is called `x (deleted)` shows as an unlinked x.
func TestObjectCalledDeleted(t *testing.T) {
	path, id := newObject(t, " (deleted)")
	start(t, "object", nil, path, "map")
	both(t, Want{Devs: []uint64{id.dev}}, func(t *testing.T, s *Scan) {
		for _, o := range s.Objects() {
			if o.Ino != id.ino {
				continue
			}
			if _, err := identify(unix.AT_FDCWD, o.Ref); err != nil {
				t.Skip(err)
			}
			if o.Path != path || o.Unlinked {
				t.Errorf("%+v", o)
			}
			return
		}
		t.Error("not found")
	})
}

func TestNotWanted(t *testing.T) {
	path, id := newObject(t, "")
	c := start(t, "object", nil, path, "map", "open")
	a := start(t, "attach", nil)
	both(t, Want{Devs: []uint64{id.dev + 1}}, func(t *testing.T, s *Scan) {
		if _, ok := of(s.Object(id.dev, id.ino), c.PID); ok {
			t.Error("another device's object was found")
		}
		if _, ok := of(s.Segment(ipcNamespace(t), a.ID), a.PID); ok {
			t.Error("a segment was found")
		}
	})
}

// Memory that lives beside the segments is not taken for them.
func TestAnonymous(t *testing.T) {
	c := start(t, "anonymous", nil)
	if c.Dev != ShmemDev() {
		t.Fatalf("a memfd is on %#x, not %#x", c.Dev, ShmemDev())
	}
	both(t, Want{Segments: true, Devs: []uint64{ShmemDev()}}, func(t *testing.T, s *Scan) {
		for k, users := range s.users {
			if _, ok := of(users, c.PID); ok && k.segment {
				t.Errorf("a segment: %+v", k)
			}
		}
		u, ok := of(s.Object(c.Dev, c.Ino), c.PID)
		if !ok || u.Mappings != 1 || u.FDs != 1 || u.Addresses[0] != c.Addrs[0] {
			t.Errorf("memfd: %+v", u)
		}
		var paths []string
		for _, o := range s.Objects() {
			if u, ok := of(s.Object(o.Dev, o.Ino), c.PID); ok && slices.Contains(c.Addrs, u.Addresses[0]) {
				if !o.Unlinked {
					t.Errorf("%+v", o)
				}
				paths = append(paths, o.Path)
			}
		}
		slices.Sort(paths)
		if want := []string{"/dev/zero", "/memfd:SYSV00000001"}; !slices.Equal(paths, want) {
			t.Errorf("%q", paths)
		}
	})
}

func TestFork(t *testing.T) {
	path, id := newObject(t, "")
	c := start(t, "fork", nil, path)
	both(t, Want{Segments: true, Devs: []uint64{id.dev}}, func(t *testing.T, s *Scan) {
		for what, users := range map[string][]User{"segment": s.Segment(ipcNamespace(t), c.ID), "object": s.Object(id.dev, id.ino)} {
			a, ok := of(users, c.PID)
			b, forked := of(users, c.Forked)
			if !ok || !forked {
				t.Fatalf("%s: want %d and %d: %+v", what, c.PID, c.Forked, users)
			}
			b.PID = a.PID
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%s: %+v, but %+v", what, a, b)
			}
			if !slices.IsSortedFunc(users, func(a, b User) int { return a.PID - b.PID }) {
				t.Errorf("%s: not by PID: %+v", what, users)
			}
		}
	})
}

func TestFirstThreadEnded(t *testing.T) {
	path, id := newObject(t, "")
	c := start(t, "first-thread-ends", nil, path)
	both(t, Want{Segments: true, Devs: []uint64{id.dev}}, func(t *testing.T, s *Scan) {
		if u, ok := of(s.Segment(ipcNamespace(t), c.ID), c.PID); !ok || u.Mappings != 2 {
			t.Errorf("segment: %+v", u)
		}
		u, ok := of(s.Object(id.dev, id.ino), c.PID)
		if !ok || u.Mappings != 1 || u.FDs != 1 || !strings.Contains(u.Command, path) {
			t.Errorf("object: %+v", u)
		}
	})
}

func TestMountedElsewhere(t *testing.T) {
	c := start(t, "mount", &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}, t.TempDir())
	if ns, err := (FS{}).MountNamespaceOf(c.PID); err != nil {
		t.Error(err)
	} else if own, err := (FS{}).MountNamespace(); err != nil || ns == own {
		t.Errorf("%d and %d, %v", ns, own, err)
	}
	both(t, Want{Segments: true, Devs: []uint64{c.Dev}}, func(t *testing.T, s *Scan) {
		if u, ok := of(s.Object(c.Dev, c.Ino), c.PID); !ok || u.Mappings != 1 {
			t.Errorf("%+v", u)
		}
		// Its path is that of a segment.
		for k, users := range s.users {
			if _, ok := of(users, c.PID); ok && k.segment {
				t.Errorf("a segment: %+v", k)
			}
		}
	})
}

// inspectOne looks at one process as Scan would.
func inspectOne(t *testing.T, pid int, want Want, text bool) *worker {
	t.Helper()
	proc, err := openat(unix.AT_FDCWD, "/proc", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(proc)
	w := FS{}.newWorker(proc, want, segmentDevs(), text)
	w.inspect(pid)
	return w
}

func TestNothingToHide(t *testing.T) {
	want := Want{Segments: true, Devs: []uint64{ShmemDev()}}
	zombie := start(t, "sleep", nil)
	zombie.cmd.Process.Kill()
	until(t, "the child is a zombie", func() bool {
		st, dir, err := FS{}.stat(zombie.PID)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(dir)
		return st.state == 'Z'
	})
	ended := start(t, "sleep", nil)
	ended.stop()
	pids := map[string]int{"zombie": zombie.PID, "ended": ended.PID}
	if st, dir, err := (FS{}).stat(2); err == nil {
		unix.Close(dir)
		if st.kernelThread() {
			pids["kernel thread"] = 2
		}
	}
	for what, pid := range pids {
		for _, text := range []bool{false, true} {
			w := inspectOne(t, pid, want, text)
			if len(w.hidden) != 0 || len(w.users) != 0 {
				t.Errorf("%s: hidden %+v, found %+v", what, w.hidden, w.users)
			}
		}
	}
}

// Processes that come and go are neither errors nor hidden.
func TestVanishing(t *testing.T) {
	var mu sync.Mutex
	started := make(map[int]bool)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				cmd := exec.Command("true")
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				started[cmd.Process.Pid] = true
				mu.Unlock()
				cmd.Wait()
			}
		})
	}
	defer wg.Wait()
	defer close(done)
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(started)
	}
	for i, end := 0, time.Now().Add(deadline); i < 50 || count() < 100 && time.Now().Before(end); i++ {
		s, err := FS{}.scan(Want{Segments: true, Devs: []uint64{ShmemDev()}}, segmentDevs(), i%2 == 1)
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		for _, h := range s.hidden {
			if started[h.pid] {
				t.Errorf("%d is hidden", h.pid)
			}
		}
		mu.Unlock()
	}
}

func TestOtherUser(t *testing.T) {
	path, id := newObject(t, "")
	c := start(t, "nobody", nil, path)
	both(t, Want{Devs: []uint64{id.dev}}, func(t *testing.T, s *Scan) {
		u, ok := of(s.Object(id.dev, id.ino), c.PID)
		if !ok || u.UID != nobody || u.Access != "r" {
			t.Errorf("%+v", u)
		}
	})
}

func TestHidden(t *testing.T) {
	path, id := newObject(t, "")
	root := start(t, "object", nil, path, "map")
	setuid := start(t, "nobody", nil, path)

	// A program that nobody started itself, with the object open.
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sleep := exec.Command("sleep", "600")
	sleep.Stdin = f
	sleep.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := sleep.Start(); err != nil {
		t.Skipf("no program of another user: %v", err)
	}
	defer func() { sleep.Process.Kill(); sleep.Wait() }()

	c := start(t, "scan-as-nobody", nil, path)
	for _, pid := range []int{root.PID, setuid.PID, os.Getpid()} {
		if !slices.Contains(c.HiddenPIDs, pid) {
			t.Errorf("%d is not hidden", pid)
		}
	}
	if slices.Contains(c.HiddenPIDs, sleep.Process.Pid) || slices.Contains(c.HiddenPIDs, c.PID) {
		t.Errorf("a process of its own is hidden from nobody: %d or %d", sleep.Process.Pid, c.PID)
	}
	for _, pid := range c.HiddenPIDs {
		if st, dir, err := (FS{}).stat(pid); err == nil {
			unix.Close(dir)
			if st.kernelThread() {
				t.Errorf("kernel thread %d is hidden", pid)
			}
		}
	}
	if u, ok := of(c.Users, sleep.Process.Pid); len(c.Users) != 1 || !ok || u.UID != nobody || u.Command != "sleep 600" || u.FDs != 1 || u.Access != "rw" {
		t.Errorf("%+v", c.Users)
	}
	if c.HiddenOf < 1 || c.HiddenOf >= len(c.HiddenPIDs) {
		t.Errorf("%d of %d hidden processes may be nobody's", c.HiddenOf, len(c.HiddenPIDs))
	}

	s, err := FS{}.Scan(Want{Devs: []uint64{id.dev}})
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{root.PID, setuid.PID, sleep.Process.Pid, os.Getpid()} {
		if _, ok := of(s.Object(id.dev, id.ino), pid); !ok {
			t.Errorf("root does not see %d", pid)
		}
	}
}

func TestHidepid(t *testing.T) {
	namespaces := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
	for _, tt := range []struct {
		option string
		want   bool
	}{
		{"hidepid=2", true},
		{"hidepid=2,gid=65534", false},
		{"hidepid=2,gid=12345", true},
		{"hidepid=1", false},
		{"hidepid=0", false},
	} {
		t.Run(tt.option, func(t *testing.T) {
			c := start(t, "hidepid", namespaces, tt.option)
			if c.Unknown[1] != tt.want {
				t.Errorf("nobody: %v", c.Unknown[1])
			}
			if c.Unknown[0] {
				t.Error("unknown to root")
			}
		})
	}
}

func TestFSZero(t *testing.T) {
	if got := (FS{}).path("stat"); got != "/proc/stat" {
		t.Error(got)
	}
}

func BenchmarkScan(b *testing.B) {
	for name, want := range map[string]Want{
		"segments": {Segments: true},
		"objects":  {Devs: []uint64{ShmemDev() + 1<<32}},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := (FS{}).Scan(want); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
