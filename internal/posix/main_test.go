package posix

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"shmctl/internal/nstest"
)

func TestMain(m *testing.M) { nstest.Main(m, nstest.ShmSize("1g")) }

// tmpDir is an empty directory on /dev/shm, so that a test has it for itself
// where there are no namespaces too.
func tmpDir(t testing.TB) Dir {
	t.Helper()
	path, err := os.MkdirTemp("/dev/shm", "shmctl-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(path) })
	return Dir{Path: path}
}

// tmpfs is a tmpfs of its own, with the mount options given.
func tmpfs(t testing.TB, options string) Dir {
	t.Helper()
	nstest.Require(t)
	path := t.TempDir()
	if err := unix.Mount("tmpfs", path, "tmpfs", 0, options); err != nil {
		t.Skipf("mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(path, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return Dir{Path: path}
}

// create makes an object with these bytes, open until the test is over.
func create(t testing.TB, d Dir, n Name, data []byte) *Object {
	t.Helper()
	o, err := d.Create(n, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	if err := o.Truncate(int64(len(data))); err != nil {
		t.Fatal(err)
	}
	if _, err := o.WriteAt(data, 0); err != nil {
		t.Fatal(err)
	}
	return o
}

func open2(t testing.TB, d Dir, n Name, write bool) *Object {
	t.Helper()
	o, err := d.Open(n, write)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	return o
}

// pattern is n bytes that differ from page to page and with seed.
func pattern(n int, seed byte) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i) ^ byte(i>>8)*31 ^ byte(i>>16)*17 ^ seed
	}
	return p
}

// content is what is in the file now.
func content(t testing.TB, d Dir, n Name) []byte {
	t.Helper()
	p, err := os.ReadFile(d.path(n))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func wantBytes(t testing.TB, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes differ from the %d wanted", what, len(got), len(want))
	}
}

// names are the entries of the directory, hidden ones too.
func names(t testing.TB, d Dir) string {
	t.Helper()
	list, err := os.ReadDir(d.Path)
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	for _, e := range list {
		s = append(s, e.Name())
	}
	return strings.Join(s, " ")
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error is %v, want %v", what, err, want)
	}
	wantText(t, err)
}

// wantText checks the form of an error's text.
func wantText(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if s := err.Error(); s == "" || strings.Contains(s, "\n") || strings.HasSuffix(s, ".") {
		t.Errorf("text of the error: %q", s)
	}
}

func wantSpace(t testing.TB, what string, err error) *SpaceError {
	t.Helper()
	var space *SpaceError
	if !errors.As(err, &space) {
		t.Errorf("%s: error is %v, want a SpaceError", what, err)
		return &SpaceError{}
	}
	wantText(t, err)
	return space
}

// wantLeft checks that this Path has size bytes and that much memory behind them.
func wantLeft(t testing.TB, o *Object, size, alloc int64) {
	t.Helper()
	i, err := o.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if i.Size != size || i.Alloc != alloc {
		t.Errorf("%d bytes, %d allocated; want %d and %d", i.Size, i.Alloc, size, alloc)
	}
}

// recorded is d with Trace writing into the slice.
func recorded(d Dir) (Dir, *[]string) {
	var lines []string
	d.Trace = func(call, result string, err error) {
		if err != nil {
			result = fmt.Sprintf("-1 %s", unix.ErrnoName(err.(unix.Errno)))
		}
		lines = append(lines, call+" = "+result)
	}
	return d, &lines
}

// background runs f until stop is called, or the test is over: a file made later
// would be in the way of removing the directory. f asks stopped.
func background(t testing.TB, f func(stopped func() bool)) (stop func()) {
	var over atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() { f(over.Load) })
	stop = func() { over.Store(true); wg.Wait() }
	t.Cleanup(stop)
	return stop
}

// plant puts one of everything that is no object into d, and says what each is.
func plant(t testing.TB, d Dir) map[Name]string {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(unix.Mkfifo(d.path("fifo"), 0o666))
	ok(os.WriteFile(filepath.Join(t.TempDir(), "target"), []byte("target"), 0o666))
	ok(os.WriteFile(d.path("plain"), []byte("plain"), 0o666))
	ok(os.Symlink("plain", d.path("symlink")))
	ok(os.Symlink("nowhere", d.path("dangling")))
	ok(os.Mkdir(d.path("directory"), 0o777))
	ok(os.WriteFile(d.path("link1"), []byte("linked"), 0o666))
	ok(os.Link(d.path("link1"), d.path("link2")))
	sock, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	ok(err)
	t.Cleanup(func() { unix.Close(sock) })
	ok(unix.Bind(sock, &unix.SockaddrUnix{Name: d.path("socket")}))
	planted := map[Name]string{
		"fifo": "a FIFO", "symlink": "a symbolic link", "dangling": "a symbolic link",
		"directory": "a directory", "socket": "a socket",
		"link1": "a hard link (2 links)", "link2": "a hard link (2 links)",
	}
	if err := unix.Mknod(d.path("device"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err == nil {
		planted["device"] = "a device"
	} else if !errors.Is(err, fs.ErrPermission) {
		t.Fatal(err)
	}
	return planted
}
