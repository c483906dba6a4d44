package posix

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sys/unix"
)

// file is a descriptor of a regular file with these bytes.
func file(t testing.TB, data []byte) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return openFile(t, path, unix.O_RDWR)
}

func openFile(t testing.TB, path string, flags int) int {
	t.Helper()
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func pipe(t testing.TB) (r, w int) {
	t.Helper()
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(p[0]); unix.Close(p[1]) })
	return p[0], p[1]
}

func socketpair(t testing.TB) (a, b int) {
	t.Helper()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(p[0]); unix.Close(p[1]) })
	return p[0], p[1]
}

// fill moves all of fd into o at off.
func fill(o *Object, fd int, off, n int64) (int64, error) {
	var done int64
	for done < n {
		k, err := o.FillAt(fd, off+done, n-done)
		done += k
		if err != nil || k == 0 {
			return done, err
		}
	}
	return done, nil
}

// drain moves n bytes of o at off to fd.
func drain(o *Object, fd int, off, n int64) (int64, error) {
	var done int64
	for done < n {
		k, err := o.DrainAt(fd, off+done, n-done)
		done += k
		if err != nil {
			return done, err
		}
		if k == 0 {
			return done, errors.New("DrainAt moved nothing, without an error")
		}
	}
	return done, nil
}

// feed writes data to fd in the background, in pieces, and closes it. It ends
// early when the other end is closed.
func feed(t testing.TB, fd int, data []byte, piece int) {
	w := os.NewFile(uintptr(mustDup(t, fd)), "feed")
	unix.Close(fd)
	go func() {
		defer w.Close()
		for len(data) > 0 {
			n, err := w.Write(data[:min(piece, len(data))])
			if err != nil {
				return
			}
			data = data[n:]
		}
	}()
}

// collect reads fd to its end in the background, piece by piece.
func collect(t testing.TB, fd int, piece int) func() []byte {
	r := os.NewFile(uintptr(mustDup(t, fd)), "collect")
	var all bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer r.Close()
		p := make([]byte, piece)
		for {
			n, err := r.Read(p)
			all.Write(p[:n])
			if err != nil {
				return
			}
		}
	}()
	return func() []byte { <-done; return all.Bytes() }
}

func mustDup(t testing.TB, fd int) int {
	t.Helper()
	fd, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestReadWriteAt(t *testing.T) {
	d := tmpDir(t)
	data := pattern(10_000, 3)
	o := create(t, d, "x", data)
	if err := iotest.TestReader(io.NewSectionReader(o, 0, o.Size()), data); err != nil {
		t.Error(err)
	}
	p := make([]byte, 100)
	for _, c := range []struct {
		off  int64
		n    int
		want error
	}{
		{0, 100, nil}, {9_900, 100, io.EOF}, {9_901, 99, io.EOF}, {9_999, 1, io.EOF}, {10_000, 0, io.EOF}, {1 << 40, 0, io.EOF},
	} {
		n, err := o.ReadAt(p, c.off)
		// At the very end of the object io.EOF is allowed and not needed.
		if n != c.n || err != c.want && !(n == len(p) && err == nil) {
			t.Errorf("ReadAt %d: %d, %v; want %d, %v", c.off, n, err, c.n, c.want)
		}
		if int64(n) > 0 && !bytes.Equal(p[:n], data[c.off:c.off+int64(n)]) {
			t.Errorf("ReadAt %d: other bytes", c.off)
		}
	}
	if n, err := o.ReadAt(nil, 5); n != 0 || err != nil {
		t.Errorf("ReadAt of nothing: %d, %v", n, err)
	}
	for _, c := range []struct {
		off  int64
		n    int
		want error
	}{
		{0, 100, nil}, {9_900, 100, nil}, {9_901, 99, io.ErrShortWrite}, {10_000, 0, io.ErrShortWrite}, {1 << 40, 0, io.ErrShortWrite},
	} {
		if n, err := o.WriteAt(p, c.off); n != c.n || err != c.want {
			t.Errorf("WriteAt %d: %d, %v; want %d, %v", c.off, n, err, c.n, c.want)
		}
	}
	for what, err := range map[string]error{
		"ReadAt":  second(o.ReadAt(p, -1)),
		"WriteAt": second(o.WriteAt(p, -1)),
		"FillAt":  second(o.FillAt(0, -1, 1)),
		"DrainAt": second(o.DrainAt(1, 0, -1)),
		"ZeroAt":  o.ZeroAt(-1, 1),
	} {
		wantErr(t, what+" below 0", err, unix.EINVAL)
	}
	wantLeft(t, o, 10_000, 3*page)
	if _, err := open2(t, d, "x", false).WriteAt(p, 0); err == nil {
		t.Error("written although open for reading")
	}
}

func second[T any](_ T, err error) error { return err }

// inputs are all the ways of FillAt. Each returns a descriptor that gives data.
var inputs = map[string]func(t testing.TB, data []byte) int{
	"file": func(t testing.TB, data []byte) int { return file(t, data) },
	"file on tmpfs": func(t testing.TB, data []byte) int {
		return create(t, tmpDir(t), "source", data).Fd()
	},
	"pipe": func(t testing.TB, data []byte) int {
		r, w := pipe(t)
		feed(t, mustDup(t, w), data, 1<<20)
		unix.Close(w)
		return r
	},
	"pipe in pieces": func(t testing.TB, data []byte) int {
		r, w := pipe(t)
		feed(t, mustDup(t, w), data, 10_007)
		unix.Close(w)
		return r
	},
	"pipe that does not block": func(t testing.TB, data []byte) int {
		r, w := pipe(t)
		unix.SetNonblock(r, true)
		feed(t, mustDup(t, w), data, 10_007)
		unix.Close(w)
		return r
	},
	"socket": func(t testing.TB, data []byte) int {
		a, b := socketpair(t)
		feed(t, mustDup(t, b), data, 100_000)
		unix.Close(b)
		return a
	},
	"socket that does not block": func(t testing.TB, data []byte) int {
		a, b := socketpair(t)
		unix.SetNonblock(a, true)
		feed(t, mustDup(t, b), data, 10_007)
		unix.Close(b)
		return a
	},
}

func TestFillAt(t *testing.T) {
	d := tmpDir(t)
	data := pattern(3<<20+12345, 7)
	for what, input := range inputs {
		t.Run(what, func(t *testing.T) {
			// Room to spare: the end of the input ends it.
			const off = 777
			o := create(t, d, "x", bytes.Repeat([]byte{0xee}, len(data)+2000))
			defer d.Unlink("x")
			n, err := fill(o, input(t, data), off, o.Size()-off)
			if n != int64(len(data)) || err != nil {
				t.Errorf("%d of %d bytes, %v", n, len(data), err)
			}
			got := content(t, d, "x")
			wantBytes(t, "at the offset", got[off:off+len(data)], data)
			wantBytes(t, "before", got[:off], bytes.Repeat([]byte{0xee}, off))
			wantBytes(t, "after", got[off+len(data):], bytes.Repeat([]byte{0xee}, 2000-off))
		})
		t.Run(what+", too long", func(t *testing.T) {
			o := create(t, d, "x", make([]byte, 1<<20+1))
			defer d.Unlink("x")
			in := input(t, data)
			n, err := fill(o, in, 0, 1<<62)
			if n != 1<<20+1 || err != io.ErrShortWrite {
				t.Errorf("%d bytes, %v", n, err)
			}
			wantBytes(t, "what fits", content(t, d, "x"), data[:1<<20+1])
			// The rest is still in the input, and the object as long as before.
			rest, err := unix.FcntlInt(uintptr(in), unix.F_DUPFD_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			f := os.NewFile(uintptr(rest), "rest")
			left, err := io.ReadAll(f)
			f.Close()
			if err != nil {
				t.Error(err)
			}
			wantBytes(t, "what is left", left, data[1<<20+1:])
		})
	}
	o := create(t, d, "x", make([]byte, 10))
	if n, err := o.FillAt(file(t, data), 3, 0); n != 0 || err != nil {
		t.Errorf("nothing: %d, %v", n, err)
	}
	if n, err := o.FillAt(file(t, nil), 3, 5); n != 0 || err != nil {
		t.Errorf("an empty file: %d, %v", n, err)
	}
	w := openFile(t, filepath.Join(t.TempDir(), "new"), unix.O_CREAT|unix.O_WRONLY)
	wantErr(t, "what is not open for reading", second(o.FillAt(w, 0, 5)), unix.EBADF)
	wantErr(t, "what is not open", second(o.FillAt(1<<20, 0, 5)), unix.EBADF)
	dir := openFile(t, d.Path, unix.O_RDONLY)
	wantErr(t, "a directory", second(o.FillAt(dir, 0, 5)), unix.EISDIR)
}

// Files that the kernel does not send from, or has no length of.
func TestFillAtOddFiles(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", make([]byte, 1<<20))
	for _, path := range []string{"/proc/self/maps", "/proc/version", "/proc/sys/kernel/ostype", "/sys/kernel/mm/transparent_hugepage/shmem_enabled"} {
		want, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		n, err := fill(o, openFile(t, path, unix.O_RDONLY), 0, o.Size())
		if n < int64(len(want)/2) || err != nil || path != "/proc/self/maps" && string(content(t, d, "x")[:n]) != string(want) {
			t.Errorf("%s: %d of %d bytes, %v", path, n, len(want), err)
		}
	}
	wantErr(t, "a process without memory", second(o.FillAt(openFile(t, "/proc/self/mem", unix.O_RDONLY), 0, 10)), unix.EIO)
	o.WriteAt([]byte("xxxxxxxxxx"), 0)
	if n, err := fill(o, openFile(t, "/dev/zero", unix.O_RDONLY), 2, 1<<20-2); n != 1<<20-2 || err != nil {
		t.Errorf("/dev/zero: %d, %v", n, err)
	}
	if got := content(t, d, "x"); string(got[:4]) != "xx\x00\x00" {
		t.Errorf("%q", got[:4])
	}
	if n, err := o.FillAt(openFile(t, "/dev/null", unix.O_RDONLY), 0, 10); n != 0 || err != nil {
		t.Errorf("/dev/null: %d, %v", n, err)
	}
}

// outputs are all the ways of DrainAt. Each returns a descriptor, and what has
// arrived once that is closed.
var outputs = map[string]func(t testing.TB) (int, func() []byte){
	"file": func(t testing.TB) (int, func() []byte) {
		path := filepath.Join(t.TempDir(), "out")
		return openFile(t, path, unix.O_CREAT|unix.O_WRONLY), func() []byte { b, _ := os.ReadFile(path); return b }
	},
	"file in append mode": func(t testing.TB) (int, func() []byte) {
		path := filepath.Join(t.TempDir(), "out")
		return openFile(t, path, unix.O_CREAT|unix.O_WRONLY|unix.O_APPEND), func() []byte { b, _ := os.ReadFile(path); return b }
	},
	"pipe": func(t testing.TB) (int, func() []byte) {
		r, w := pipe(t)
		return w, collect(t, r, 1<<20)
	},
	"pipe in pieces, not blocking": func(t testing.TB) (int, func() []byte) {
		r, w := pipe(t)
		unix.SetNonblock(w, true)
		return w, collect(t, r, 10_007)
	},
	"socket": func(t testing.TB) (int, func() []byte) {
		a, b := socketpair(t)
		return a, collect(t, b, 1<<20)
	},
	"socket that does not block": func(t testing.TB) (int, func() []byte) {
		a, b := socketpair(t)
		unix.SetNonblock(a, true)
		return a, collect(t, b, 10_007)
	},
}

func TestDrainAt(t *testing.T) {
	d := tmpDir(t)
	data := pattern(3<<20+12345, 9)
	create(t, d, "x", data)
	o := open2(t, d, "x", false)
	for what, output := range outputs {
		for _, c := range []struct{ off, n int64 }{{0, o.Size()}, {4097, 2 << 20}, {o.Size() - 1, 1}, {5, 1 << 62}} {
			t.Run(what, func(t *testing.T) {
				fd, arrived := output(t)
				n, err := drain(o, fd, c.off, c.n)
				unix.Shutdown(fd, unix.SHUT_WR)
				closeEarly(fd)
				end := min(c.n, o.Size()-c.off)
				if n != end || err != nil && !(c.n > end && err == io.EOF) {
					t.Errorf("%d of %d bytes at %d, %v", n, end, c.off, err)
				}
				wantBytes(t, "arrived", arrived(), data[c.off:c.off+end])
			})
		}
	}
	if n, err := o.DrainAt(1<<20, 0, 0); n != 0 || err != nil {
		t.Errorf("nothing: %d, %v", n, err)
	}
	for _, off := range []int64{o.Size(), o.Size() + 1, 1 << 60} {
		if n, err := o.DrainAt(1<<20, off, 5); n != 0 || err != io.EOF {
			t.Errorf("at %d: %d, %v", off, n, err)
		}
	}
	null := openFile(t, "/dev/null", unix.O_WRONLY)
	if n, err := drain(o, null, 0, o.Size()); n != o.Size() || err != nil {
		t.Errorf("/dev/null: %d, %v", n, err)
	}

	// What is wrong with the output is not a want of room in the object.
	var space *SpaceError
	full := openFile(t, "/dev/full", unix.O_WRONLY)
	if _, err := o.DrainAt(full, 0, 5); !errors.Is(err, unix.ENOSPC) || errors.As(err, &space) {
		t.Errorf("/dev/full: %v", err)
	}
	r, w := pipe(t)
	unix.Close(mustMove(t, r))
	wantErr(t, "a closed pipe", second(o.DrainAt(w, 0, 5)), unix.EPIPE)
	wantErr(t, "what is not open for writing", second(o.DrainAt(file2(t), 0, 5)), unix.EBADF)
	wantErr(t, "what is not open", second(o.DrainAt(1<<20, 0, 5)), unix.EBADF)
}

// closeEarly puts /dev/null in the place of fd, so that its other end is closed
// and its number is not another file's when the test closes it.
func closeEarly(fd int) {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		unix.Dup3(null, fd, unix.O_CLOEXEC)
		unix.Close(null)
	}
}

// mustMove is the file of fd under another number; fd is /dev/null after it.
func mustMove(t testing.TB, fd int) int {
	t.Helper()
	moved := mustDup(t, fd)
	closeEarly(fd)
	return moved
}

func file2(t testing.TB) int { return openFile(t, "/dev/null", unix.O_RDONLY) }

// What was moved to a pipe stays as it was when DrainAt returned, whatever is
// stored afterwards.
func TestDrainAtSnapshot(t *testing.T) {
	d := tmpDir(t)
	data := pattern(256<<10, 1)
	for _, kind := range []string{"pipe", "socket"} {
		o := create(t, d, Name(kind), data)
		r, w := pipe(t)
		if kind == "socket" {
			w, r = socketpair(t)
		}
		n, err := o.DrainAt(w, 0, 48<<10)
		if n != 48<<10 || err != nil {
			t.Fatalf("%s: %d, %v", kind, n, err)
		}
		o.WriteAt(make([]byte, len(data)), 0)
		o.Truncate(100)
		got := make([]byte, 48<<10)
		for k := 0; k < len(got); {
			n, err := unix.Read(r, got[k:])
			if n <= 0 {
				t.Fatal(err)
			}
			k += n
		}
		wantBytes(t, kind, got, data[:48<<10])
	}
}

func TestShrunk(t *testing.T) {
	d := tmpDir(t)
	for what, output := range outputs {
		o := create(t, d, "x", pattern(1<<20, 5))
		reader := open2(t, d, "x", false)
		o.Truncate(300_000)
		fd, arrived := output(t)
		n, err := drain(reader, fd, 0, reader.Size())
		unix.Shutdown(fd, unix.SHUT_WR)
		closeEarly(fd)
		if n != 300_000 || err != ErrShrank {
			t.Errorf("%s: %d, %v", what, n, err)
		}
		wantBytes(t, what, arrived(), pattern(1<<20, 5)[:300_000])
		d.Unlink("x")
	}
	for what, input := range inputs {
		o := create(t, d, "x", make([]byte, 1<<20))
		open2(t, d, "x", true).Truncate(300_000)
		n, err := fill(o, input(t, make([]byte, 2000)), 299_000, 2000)
		if n != 0 || err != ErrShrank {
			t.Errorf("FillAt of a %s: %d, %v", what, n, err)
		}
		wantLeft(t, o, 300_000, 74*page)
		d.Unlink("x")
	}
	o := create(t, d, "x", make([]byte, 1<<20))
	open2(t, d, "x", true).Truncate(300_000)
	p := make([]byte, 2000)
	if n, err := o.ReadAt(p, 299_000); n != 1000 || err != ErrShrank {
		t.Errorf("ReadAt: %d, %v", n, err)
	}
	if n, err := o.WriteAt(p, 299_000); n != 0 || err != ErrShrank {
		t.Errorf("WriteAt: %d, %v", n, err)
	}
	wantErr(t, "ZeroAt", o.ZeroAt(299_000, 2000), ErrShrank)
	wantLeft(t, o, 300_000, 74*page)
	wantText(t, ErrShrank)
}

// While another process cuts it off and fills it again, bytes are old or new or
// it is an error; nothing hangs and nothing crashes.
func TestShrinking(t *testing.T) {
	d := tmpDir(t)
	const size = 2 << 20
	data := pattern(size, 8)
	create(t, d, "x", data)
	stop := background(t, func(stopped func() bool) {
		o, err := d.Open("x", true)
		if err != nil {
			t.Error(err)
			return
		}
		defer o.Close()
		for !stopped() {
			o.Truncate(size / 3)
			time.Sleep(200 * time.Microsecond)
			o.Truncate(size)
			o.WriteAt(data, 0)
			time.Sleep(200 * time.Microsecond)
		}
	})
	shrank, whole := 0, 0
	null := openFile(t, "/dev/null", unix.O_WRONLY)
	out := openFile(t, filepath.Join(t.TempDir(), "out"), unix.O_CREAT|unix.O_RDWR)
	deadline := time.Now().Add(time.Second)
	for i := 0; time.Now().Before(deadline); i++ {
		o, err := d.Open("x", false)
		if err != nil {
			t.Fatal(err)
		}
		n := o.Size()
		switch i % 3 {
		case 0:
			_, err = drain(o, null, 0, n)
		case 1:
			unix.Seek(out, 0, 0)
			_, err = drain(o, out, 0, n)
		case 2:
			_, err = o.ReadAt(make([]byte, n), 0)
		}
		o.Close()
		switch err {
		case ErrShrank:
			shrank++
		case nil, io.EOF:
			whole++
		default:
			t.Fatal(err)
		}
	}
	stop()
	t.Logf("%d shrank, %d whole", shrank, whole)
}

// Offsets beyond 4 GiB, where an int of 32 bits would wrap.
func TestSparse(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", nil)
	const size = 5 << 30
	if err := o.Truncate(size); err != nil {
		t.Fatal(err)
	}
	const far = 4<<30 + 4096
	if n, err := o.WriteAt([]byte("far"), far); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	data := pattern(100_000, 4)
	if n, err := fill(o, file(t, data), far+10, 100_000); n != 100_000 || err != nil {
		t.Errorf("FillAt of a file: %d, %v", n, err)
	}
	r, w := pipe(t)
	feed(t, mustMove(t, w), data, 4096)
	if n, err := fill(o, r, size-100_000, 1<<40); n != 100_000 || err != nil && err != io.ErrShortWrite {
		t.Errorf("FillAt of a pipe: %d, %v", n, err)
	}
	const alloc = (1 + 24 + 25) * page // 3 and 100,010 bytes at far, 100,000 before the end
	want := make([]byte, 100_010)
	copy(want, "far")
	copy(want[10:], data)
	p := make([]byte, 100_010)
	if n, err := o.ReadAt(p, far); n != len(p) || err != nil {
		t.Errorf("ReadAt: %d, %v", n, err)
	}
	wantBytes(t, "ReadAt", p, want)
	for what, output := range outputs {
		fd, arrived := output(t)
		if n, err := drain(o, fd, far, 100_010); n != 100_010 || err != nil {
			t.Errorf("DrainAt to a %s: %d, %v", what, n, err)
		}
		unix.Shutdown(fd, unix.SHUT_WR)
		closeEarly(fd)
		wantBytes(t, what, arrived(), want)
	}
	// A hole of 4 GiB takes no memory when it is read.
	null := openFile(t, "/dev/null", unix.O_WRONLY)
	if n, err := drain(o, null, far-64<<20, 64<<20); n != 64<<20 || err != nil {
		t.Errorf("the hole: %d, %v", n, err)
	}
	before, _ := o.Stat()
	if before.Alloc > alloc {
		t.Errorf("%d bytes allocated, want %d", before.Alloc, alloc)
	}
	// Clearing all of it does not fill the holes.
	if err := o.ZeroAt(0, size); err != nil {
		t.Error(err)
	}
	if after, err := o.Stat(); err != nil || after.Alloc != before.Alloc || after.Size != size {
		t.Errorf("after ZeroAt: %+v, was %+v, %v", after, before, err)
	}
	if n, err := o.ReadAt(p, far); n != len(p) || err != nil || !bytes.Equal(p, make([]byte, len(p))) {
		t.Errorf("not cleared: %d, %v", n, err)
	}
}

func TestZeroAt(t *testing.T) {
	d := tmpDir(t)
	const size = 300_000
	data := pattern(size, 2)
	for i := range data {
		data[i] |= 1
	}
	for _, c := range []struct{ off, n int64 }{{0, size}, {0, 0}, {0, 1}, {4095, 2}, {5000, 200_000}, {size - 1, 1}, {size, 0}} {
		o := create(t, d, "x", data)
		if err := o.ZeroAt(c.off, c.n); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		want := bytes.Clone(data)
		clear(want[c.off : c.off+c.n])
		wantBytes(t, "cleared", content(t, d, "x"), want)
		d.Unlink("x")
	}
	o := create(t, d, "x", data)
	if err := o.ZeroAt(size-10, 20); err != io.ErrShortWrite {
		t.Errorf("past the end: %v", err)
	}
	if err := o.ZeroAt(size+10, 20); err != io.ErrShortWrite {
		t.Errorf("beyond the end: %v", err)
	}
	wantBytes(t, "the end", content(t, d, "x"), append(bytes.Clone(data[:size-10]), make([]byte, 10)...))

	// Reserved and not written is nothing to be cleared, and stays reserved.
	r := create(t, d, "reserved", nil)
	r.Reserve(size)
	if err := r.ZeroAt(0, size); err != nil {
		t.Error(err)
	}
	wantLeft(t, r, size, 74*page)
}

const benchSize = 256 << 20

func BenchmarkFillFile(b *testing.B) {
	d := tmpDir(b)
	in := file(b, pattern(benchSize, 1))
	b.SetBytes(benchSize)
	for b.Loop() {
		o, err := d.Temp(0o600)
		if err != nil {
			b.Fatal(err)
		}
		o.Truncate(benchSize)
		unix.Seek(in, 0, 0)
		if n, err := fill(o, in, 0, benchSize); n != benchSize || err != nil {
			b.Fatal(n, err)
		}
		o.Close()
	}
}

func BenchmarkDrainPipe(b *testing.B) {
	o := create(b, tmpDir(b), "x", pattern(benchSize, 1))
	r, w := pipe(b)
	go io.Copy(io.Discard, struct{ io.Reader }{os.NewFile(uintptr(mustDup(b, r)), "r")})
	b.SetBytes(benchSize)
	for b.Loop() {
		if n, err := drain(o, w, 0, benchSize); n != benchSize || err != nil {
			b.Fatal(n, err)
		}
	}
}
