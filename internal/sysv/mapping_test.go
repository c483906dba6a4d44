package sysv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var (
	_ io.ReaderAt = (*Mapping)(nil)
	_ io.WriterAt = (*Mapping)(nil)
)

// noise is n bytes that differ from page to page.
func noise(n int) []byte {
	p := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(p)
	return p
}

func TestMapping(t *testing.T) {
	id := segment(t, 10, 0o600)
	m := attach(t, id, false)
	if m.Size() != 10 || len(m.Bytes()) != 10 || m.Addr() == 0 {
		t.Fatalf("attached: %d bytes at %#x", m.Size(), m.Addr())
	}
	for _, tt := range []struct {
		off  int64
		p    string
		n    int
		err  error
		want string
	}{
		{0, "0123456789", 10, nil, "0123456789"},
		{3, "abc", 3, nil, "012abc6789"},
		{8, "xyz", 2, io.ErrShortWrite, "012abc67xy"},
		{10, "q", 0, io.ErrShortWrite, "012abc67xy"},
		{math.MaxInt64, "q", 0, io.ErrShortWrite, "012abc67xy"},
		{10, "", 0, nil, "012abc67xy"},
		{-1, "q", 0, unix.EINVAL, "012abc67xy"},
	} {
		n, err := m.WriteAt([]byte(tt.p), tt.off)
		if n != tt.n || !errors.Is(err, tt.err) || string(m.Bytes()) != tt.want {
			t.Errorf("WriteAt(%q, %d) = %d, %v, leaving %q", tt.p, tt.off, n, err, m.Bytes())
		}
	}
	for _, tt := range []struct {
		off  int64
		len  int
		want string
		err  error
	}{
		{0, 10, "012abc67xy", nil},
		{7, 3, "7xy", nil},
		{7, 4, "7xy", io.EOF},
		{10, 1, "", io.EOF},
		{math.MaxInt64, 1, "", io.EOF},
		{-1, 1, "", unix.EINVAL},
		{0, 0, "", nil},
	} {
		p := make([]byte, tt.len)
		n, err := m.ReadAt(p, tt.off)
		if string(p[:n]) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("ReadAt(%d bytes, %d) = %q, %v", tt.len, tt.off, p[:n], err)
		}
	}
	if err := m.ZeroAt(2, 3); err != nil || string(m.Bytes()) != "01\x00\x00\x00c67xy" {
		t.Errorf("ZeroAt: %v, %q", err, m.Bytes())
	}
	if err := m.ZeroAt(9, 2); err != io.ErrShortWrite || m.Bytes()[9] != 0 {
		t.Errorf("ZeroAt past the end: %v, %q", err, m.Bytes())
	}
	if err := m.ZeroAt(-1, 2); !errors.Is(err, unix.EINVAL) {
		t.Errorf("ZeroAt before the start: %v", err)
	}

	ro := attach(t, id, true)
	for name, err := range map[string]error{
		"WriteAt": func() error { _, err := ro.WriteAt([]byte("x"), 0); return err }(),
		"ZeroAt":  ro.ZeroAt(0, 1),
		"FillAt":  func() error { _, err := ro.FillAt(0, 0, 1); return err }(),
	} {
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%s to a read-only mapping: %v", name, err)
		}
	}
	if s, err := host.Stat(id); err != nil || s.Attached != 2 || s.LPID != os.Getpid() || time.Since(s.Atime).Abs() > time.Minute {
		t.Errorf("attached twice: %+v, %v", s, err)
	}

	for range 2 {
		if err := errors.Join(m.Detach(), ro.Detach()); err != nil {
			t.Errorf("Detach: %v", err)
		}
	}
	if s, err := host.Stat(id); err != nil || s.Attached != 0 || time.Since(s.Dtime).Abs() > time.Minute {
		t.Errorf("detached: %+v, %v", s, err)
	}
	for name, err := range map[string]error{
		"WriteAt": func() error { _, err := m.WriteAt([]byte("x"), 0); return err }(),
		"ReadAt":  func() error { _, err := m.ReadAt(make([]byte, 1), 0); return err }(),
		"ZeroAt":  m.ZeroAt(0, 1),
		"FillAt":  func() error { _, err := m.FillAt(0, 0, 1); return err }(),
		"DrainAt": func() error { _, err := m.DrainAt(1, 0, 1); return err }(),
	} {
		if err != os.ErrClosed {
			t.Errorf("%s after Detach: %v", name, err)
		}
	}
	if m.Bytes() != nil || m.Size() != 0 {
		t.Error("bytes are left after Detach")
	}
}

func TestZeroLarge(t *testing.T) {
	const size = 3*bulk + 100
	id := segment(t, size, 0o600)
	m := attach(t, id, false)
	data := noise(size)
	for _, tt := range []struct{ off, n int64 }{
		{0, size}, {1, size - 1}, {4095, 2*bulk + 2}, {4096, bulk}, {5000, bulk + 4096}, {bulk, 2*bulk + 100}, {17, 100}, {4097, 4095 + bulk - 1},
	} {
		if _, err := m.WriteAt(data, 0); err != nil {
			t.Fatal(err)
		}
		if err := m.ZeroAt(tt.off, tt.n); err != nil {
			t.Fatal(err)
		}
		want := bytes.Clone(data)
		clear(want[tt.off : tt.off+tt.n])
		if !bytes.Equal(m.Bytes(), want) {
			t.Errorf("ZeroAt(%d, %d) cleared something else", tt.off, tt.n)
		}
	}
	// A fresh segment is not brought into memory to be cleared.
	id = segment(t, 256<<20, 0o600)
	m = attach(t, id, false)
	if err := m.ZeroAt(5, m.Size()-5); err != nil {
		t.Fatal(err)
	}
	if s, err := host.Stat(id); err != nil || s.RSS > 2*uint64(os.Getpagesize()) {
		t.Errorf("clearing it took %d bytes of memory, %v", s.RSS, err)
	}
}

func TestAttachTooLarge(t *testing.T) {
	if strconv.IntSize == 32 {
		t.Skip("size_t holds no size that is too large")
	}
	const size = 1 << 57
	id, err := host.Get(0, size, GetFlags{Create: true, NoReserve: true, Mode: 0o600})
	if err != nil {
		t.Skip(err)
	}
	defer host.Remove(id)
	if s, err := host.Stat(id); err != nil || s.Size != size {
		t.Errorf("stat: %+v, %v", s, err)
	}
	_, err = host.Attach(id, true)
	if l := wantLimit(t, err, LimitAddress, unix.ENOMEM); l.Asked != size {
		t.Errorf("%+v", l)
	}
	if s, err := host.Stat(id); err != nil || s.Attached != 0 {
		t.Errorf("afterwards: %+v, %v", s, err)
	}
}

// ways runs a test of FillAt or DrainAt with and without /proc/self/map_files.
func ways(t *testing.T, f func(t *testing.T, m *Mapping)) {
	for _, plain := range []bool{false, true} {
		t.Run(fmt.Sprintf("plain=%v", plain), func(t *testing.T) {
			m := attach(t, segment(t, 5*bulk+777, 0o600), false)
			if !plain && !m.openFile() {
				t.Skip("/proc/self/map_files is for root")
			}
			m.stream.denied = plain
			f(t, m)
			if m.stream.denied != plain {
				t.Error("the fast way was given up")
			}
		})
	}
}

// fill calls FillAt until the end of the input or an error.
func fill(m *Mapping, fd int, off, n int64) (int64, error) {
	total := int64(0)
	for total < n {
		moved, err := m.FillAt(fd, off+total, n-total)
		total += moved
		if err != nil || moved == 0 {
			return total, err
		}
	}
	return total, nil
}

func drain(m *Mapping, fd int, off, n int64) (int64, error) {
	total := int64(0)
	for total < n {
		moved, err := m.DrainAt(fd, off+total, n-total)
		total += moved
		if err != nil {
			return total, err
		}
		if moved == 0 {
			return total, errors.New("DrainAt returned 0, nil")
		}
	}
	return total, nil
}

// input is a file of the test's own with data in it, open at its start.
func input(t testing.TB, data []byte) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "data"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	return f
}

// end is one end of a pipe that stays as it was made: os.File would make it
// known to Go's poller.
type end struct {
	fd     int
	closed sync.Once
}

func (e *end) Close() error {
	e.closed.Do(func() { unix.Close(e.fd) })
	return nil
}

func (e *end) Read(p []byte) (int, error) {
	n, err := unix.Read(e.fd, p)
	for err == unix.EINTR {
		n, err = unix.Read(e.fd, p)
	}
	if n == 0 && err == nil {
		err = io.EOF
	}
	return max(n, 0), err
}

func (e *end) Write(p []byte) (int, error) {
	total := 0
	for total < len(p) {
		n, err := unix.Write(e.fd, p[total:])
		if err != nil && err != unix.EINTR {
			return total, err
		}
		total += max(n, 0)
	}
	return total, nil
}

func pipe(t testing.TB) (r, w *end) {
	t.Helper()
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r, w = &end{fd: fds[0]}, &end{fd: fds[1]}
	t.Cleanup(func() { r.Close() })
	t.Cleanup(func() { w.Close() })
	return r, w
}

// feed writes data to w in pieces, and closes it.
func feed(w *end, data []byte, pause time.Duration) {
	go func() {
		defer w.Close()
		for piece := range slices.Chunk(data, 200000) {
			if _, err := w.Write(piece); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}()
}

func TestFillFile(t *testing.T) {
	ways(t, func(t *testing.T, m *Mapping) {
		data := noise(4*bulk + 555)
		f := input(t, data)
		n, err := fill(m, int(f.Fd()), 222, m.Size()-222)
		if err != nil || n != int64(len(data)) || !bytes.Equal(m.Bytes()[222:][:n], data) {
			t.Errorf("filled %d of %d bytes, %v", n, len(data), err)
		}
		// Again from the middle of the file, to elsewhere.
		if _, err := f.Seek(1000, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		n, err = fill(m, int(f.Fd()), bulk, 3*bulk)
		if err != nil || n != 3*bulk || !bytes.Equal(m.Bytes()[bulk:][:n], data[1000:][:n]) {
			t.Errorf("filled %d bytes, %v", n, err)
		}
		if pos, err := f.Seek(0, io.SeekCurrent); err != nil || pos != 1000+3*bulk {
			t.Errorf("the file is at %d, %v", pos, err)
		}
		if !bytes.Equal(m.Bytes()[222:bulk], data[:bulk-222]) || m.Bytes()[m.Size()-1] != 0 {
			t.Error("bytes elsewhere were changed")
		}
		// Input that does not fit stops at the end.
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		n, err = fill(m, int(f.Fd()), 2*bulk, 4*bulk)
		if err != io.ErrShortWrite || n != m.Size()-2*bulk || !bytes.Equal(m.Bytes()[2*bulk:], data[:n]) {
			t.Errorf("filled %d bytes, %v", n, err)
		}
	})
}

func TestFillPipe(t *testing.T) {
	for _, nonblock := range []bool{false, true} {
		t.Run(fmt.Sprintf("nonblock=%v", nonblock), func(t *testing.T) {
			ways(t, func(t *testing.T, m *Mapping) {
				data := noise(5 * bulk)
				r, w := pipe(t)
				if err := unix.SetNonblock(r.fd, nonblock); err != nil {
					t.Fatal(err)
				}
				feed(w, data, time.Millisecond)
				n, err := fill(m, r.fd, 0, m.Size())
				if err != nil || n != int64(len(data)) || !bytes.Equal(m.Bytes()[:n], data) {
					t.Errorf("filled %d of %d bytes, %v", n, len(data), err)
				}
			})
		})
	}
}

func TestFillOdd(t *testing.T) {
	m := attach(t, segment(t, 100, 0o600), false)
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if n, err := m.FillAt(int(null.Fd()), 0, 100); n != 0 || err != nil {
		t.Errorf("end of input: %d, %v", n, err)
	}
	if n, err := m.FillAt(int(null.Fd()), 0, 0); n != 0 || err != nil {
		t.Errorf("nothing wanted: %d, %v", n, err)
	}
	for _, off := range []int64{100, 101, math.MaxInt64} {
		if n, err := m.FillAt(int(null.Fd()), off, 1); n != 0 || err != io.ErrShortWrite {
			t.Errorf("at %d: %d, %v", off, n, err)
		}
	}
	if n, err := m.FillAt(int(null.Fd()), -1, 1); n != 0 || !errors.Is(err, unix.EINVAL) {
		t.Errorf("at -1: %d, %v", n, err)
	}
	if n, err := m.FillAt(-1, 0, 1); n != 0 || !errors.Is(err, unix.EBADF) || !strings.HasPrefix(err.Error(), "read: ") {
		t.Errorf("no descriptor: %d, %v", n, err)
	}
	dir, err := os.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if n, err := m.FillAt(int(dir.Fd()), 0, 1); n != 0 || !errors.Is(err, unix.EISDIR) {
		t.Errorf("a directory: %d, %v", n, err)
	}
	r, w := pipe(t)
	if err := unix.SetNonblock(r.fd, true); err != nil {
		t.Fatal(err)
	}
	feed(w, []byte("late"), 0)
	if n, err := m.FillAt(r.fd, 50, 100); n != 4 || err != nil || string(m.Bytes()[50:54]) != "late" {
		t.Errorf("late input: %d, %v", n, err)
	}
	// Devices have neither sendfile nor splice into the segment.
	big := attach(t, segment(t, 4*bulk, 0o600), false)
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	if _, err := big.WriteAt(noise(4*bulk), 0); err != nil {
		t.Fatal(err)
	}
	if n, err := fill(big, int(zero.Fd()), 0, 4*bulk); err != nil || n != 4*bulk || !bytes.Equal(big.Bytes(), make([]byte, 4*bulk)) {
		t.Errorf("from /dev/zero: %d, %v", n, err)
	}
}

func TestDrainFile(t *testing.T) {
	ways(t, func(t *testing.T, m *Mapping) {
		copy(m.Bytes(), noise(len(m.Bytes())))
		f := input(t, []byte("head"))
		if _, err := f.Seek(4, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		for _, part := range []struct{ off, n int64 }{{0, 3}, {3, m.Size() - 3}} {
			if n, err := drain(m, int(f.Fd()), part.off, part.n); err != nil || n != part.n {
				t.Errorf("drained %d of %d bytes, %v", n, part.n, err)
			}
		}
		got, err := os.ReadFile(f.Name())
		if err != nil || string(got[:4]) != "head" || !bytes.Equal(got[4:], m.Bytes()) {
			t.Errorf("the file differs, %v", err)
		}
	})
}

func TestDrainAppend(t *testing.T) {
	m := attach(t, segment(t, 3*bulk, 0o600), true)
	f := input(t, []byte("head"))
	out, err := os.OpenFile(f.Name(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	// sendfile(2) refuses such a file.
	if n, err := drain(m, int(out.Fd()), 0, m.Size()); err != nil || n != m.Size() {
		t.Errorf("drained %d bytes, %v", n, err)
	}
	got, err := os.ReadFile(f.Name())
	if err != nil || string(got[:4]) != "head" || !bytes.Equal(got[4:], m.Bytes()) {
		t.Errorf("the file differs, %v", err)
	}
}

func TestDrainPipe(t *testing.T) {
	for _, nonblock := range []bool{false, true} {
		t.Run(fmt.Sprintf("nonblock=%v", nonblock), func(t *testing.T) {
			ways(t, func(t *testing.T, m *Mapping) {
				copy(m.Bytes(), noise(len(m.Bytes())))
				want := bytes.Clone(m.Bytes())
				r, w := pipe(t)
				if err := unix.SetNonblock(w.fd, nonblock); err != nil {
					t.Fatal(err)
				}
				left, err := unix.FcntlInt(uintptr(w.fd), unix.F_GETPIPE_SZ, 0)
				if err != nil {
					t.Fatal(err)
				}
				left -= 2 * os.Getpagesize() // parts of pages take a whole slot
				drained := make(chan error, 1)
				go func() {
					defer w.Close()
					_, err := drain(m, w.fd, 0, m.Size())
					// What is in the pipe now must not follow the segment.
					for i := range m.Bytes() {
						m.Bytes()[i] = 0
					}
					drained <- err
				}()
				got := make([]byte, len(want))
				read := func(p []byte) {
					if n, err := io.ReadFull(r, p); err != nil {
						t.Errorf("%d of %d bytes, %v", n, len(p), err)
					}
				}
				read(got[:len(got)-left])
				if err := <-drained; err != nil {
					t.Error(err)
				}
				read(got[len(got)-left:])
				if !bytes.Equal(got, want) {
					t.Error("the reader got something else")
				}
			})
		})
	}
}

func TestDrainOdd(t *testing.T) {
	m := attach(t, segment(t, 2*bulk, 0o600), true)
	for _, off := range []int64{m.Size(), math.MaxInt64} {
		if n, err := m.DrainAt(1, off, 1); n != 0 || err != io.EOF {
			t.Errorf("at %d: %d, %v", off, n, err)
		}
	}
	if n, err := m.DrainAt(1, 0, 0); n != 0 || err != nil {
		t.Errorf("nothing wanted: %d, %v", n, err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	if n, err := m.DrainAt(int(full.Fd()), 0, m.Size()); n != 0 || !errors.Is(err, unix.ENOSPC) {
		t.Errorf("/dev/full: %d, %v", n, err)
	}
	r, w := pipe(t)
	r.Close()
	if n, err := m.DrainAt(w.fd, 0, m.Size()); n != 0 || !errors.Is(err, unix.EPIPE) || !strings.HasPrefix(err.Error(), "write: ") {
		t.Errorf("a closed pipe: %d, %v", n, err)
	}
	if n, err := m.DrainAt(-1, 0, m.Size()); n != 0 || !errors.Is(err, unix.EBADF) {
		t.Errorf("no descriptor: %d, %v", n, err)
	}
}

// TestLarge moves more than 3 GiB in and out with little memory of its own.
func TestLarge(t *testing.T) {
	const size int64 = 3<<30 + 12345
	mem, err := host.meminfo()
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case testing.Short():
		t.Skip("takes 3 GiB of memory")
	case strconv.IntSize == 32:
		t.Skip("does not fit into the address space")
	case mem["MemAvailable"] < uint64(size)+1<<30:
		t.Skipf("takes 3 GiB of memory, %d bytes are available", mem["MemAvailable"])
	}
	m := attach(t, segment(t, uint64(size), 0o600), false)
	if m.Size() != size {
		t.Fatalf("size is %d", m.Size())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)

	// Each block starts with its number.
	const block int64 = 1 << 20
	r, w := pipe(t)
	go func() {
		defer w.Close()
		p := noise(int(block))
		for off := int64(0); off < size; off += block {
			copy(p, fmt.Sprintf("%016x", off))
			if _, err := w.Write(p[:min(block, size-off)]); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	if n, err := fill(m, r.fd, 0, size); err != nil || n != size {
		t.Fatalf("filled %d bytes, %v", n, err)
	}

	out, in := pipe(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer in.Close()
		if n, err := drain(m, in.fd, 0, size); err != nil || n != size {
			t.Errorf("drained %d bytes, %v", n, err)
		}
	}()
	want, got := noise(int(block)), make([]byte, block)
	for off := int64(0); off < size; off += block {
		n := min(block, size-off)
		copy(want, fmt.Sprintf("%016x", off))
		if _, err := io.ReadFull(out, got[:n]); err != nil || !bytes.Equal(got[:n], want[:n]) {
			t.Fatalf("the block at %d differs, %v", off, err)
		}
	}
	if n, err := out.Read(got); n != 0 || err != io.EOF {
		t.Errorf("and %d more bytes, %v", n, err)
	}
	<-done
	runtime.ReadMemStats(&after)
	if grown := int64(after.Sys) - int64(before.Sys); grown > 64<<20 {
		t.Errorf("the transfer took %d bytes of memory", grown)
	}
}

func BenchmarkFill(b *testing.B) {
	const size = 1 << 30
	f := input(b, make([]byte, size))
	for _, plain := range []bool{false, true} {
		b.Run(fmt.Sprintf("plain=%v", plain), func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				id := segment(b, size, 0o600)
				m, err := host.Attach(id, false)
				if err != nil {
					b.Fatal(err)
				}
				if err := host.Remove(id); err != nil {
					b.Fatal(err)
				}
				m.stream.denied = plain
				if _, err := f.Seek(0, io.SeekStart); err != nil {
					b.Fatal(err)
				}
				if n, err := fill(m, int(f.Fd()), 0, size); err != nil || n != size {
					b.Fatal(n, err)
				}
				if err := m.Detach(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
