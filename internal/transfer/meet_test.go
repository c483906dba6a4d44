package transfer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// twoWays is a mem with a second way, which a test may spoil.
type twoWays struct {
	mem
	second atomic.Int64 // bytes that came that way
	spoil  func(off int64) (fail bool)
	first  func(off int64) error
}

func (m *twoWays) FillAt(fd int, off, n int64) (int64, error) {
	if m.first != nil {
		if err := m.first(off); err != nil {
			return 0, err
		}
	}
	return m.mem.FillAt(fd, off, n)
}

func (m *twoWays) FillFrom(fd int, pos, off, n int64) (int64, error) {
	if m.spoil != nil && m.spoil(off) {
		return 0, syscall.EFAULT
	}
	k, err := syscall.Pread(fd, m.b[off:off+n], pos)
	m.second.Add(int64(k))
	return int64(k), err
}

// small makes the pieces of meet small, and has two processors.
func small(t *testing.T) {
	from, size, procs := meetFrom, piece, runtime.GOMAXPROCS(2)
	meetFrom, piece = 1, 4096
	t.Cleanup(func() { meetFrom, piece = from, size; runtime.GOMAXPROCS(procs) })
}

func noise(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*7 + i>>8*13 + i>>16)
	}
	return p
}

// source is a file of data, standing at start.
func source(t *testing.T, data []byte, start int64) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Seek(start, 0); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestMeet(t *testing.T) {
	small(t)
	for _, tt := range []struct {
		name       string
		length     int
		start, off int64
	}{
		{"whole pieces", 3 << 20, 0, 0},
		{"odd length", 3<<20 + 123, 0, 0},
		{"odd offset", 3<<20 + 1, 0, 4097},
		{"from the middle", 3<<20 + 7, 12345, 5000},
		{"one piece", 4096, 0, 0},
		{"one byte", 1, 0, 4095},
	} {
		for name, spoil := range map[string]func(int64) bool{
			"":               nil,
			", spoilt":       func(int64) bool { return true },
			", spoilt later": func(off int64) bool { return off < 2<<20 },
		} {
			t.Run(tt.name+name, func(t *testing.T) {
				data := noise(tt.length + int(tt.start))
				f := source(t, data, tt.start)
				want := bytes.Repeat([]byte{'.'}, Buffered+tt.length+int(tt.off)+99)
				m := &twoWays{mem: mem{bytes.Clone(want)}, spoil: spoil}
				copy(want[tt.off:], data[tt.start:])
				want[int(tt.off)+tt.length] = 0
				in := input(t, f, true)
				var moved atomic.Int64
				in.Moved = func(n int64) { moved.Add(n) }
				n, err := Fill(context.Background(), m, tt.off, in)
				if err != nil || n != int64(tt.length)+1 || moved.Load() != n {
					t.Fatalf("wrote %d, told of %d: %v", n, moved.Load(), err)
				}
				if !bytes.Equal(m.b, want) {
					t.Error("the memory holds something else")
				}
				if pos, _ := f.Seek(0, 1); pos != int64(len(data)) {
					t.Errorf("the file stands at %d of %d", pos, len(data))
				}
			})
		}
	}
}

// TestMeetShrunk has the source lose its end before the two met.
func TestMeetShrunk(t *testing.T) {
	small(t)
	const length, left = 3<<20 + 123, 1<<20 + 45
	data := noise(length)
	f := source(t, data, 0)
	m := &twoWays{mem: mem{make([]byte, length)}}
	var cut atomic.Bool
	m.spoil = func(int64) bool {
		if m.second.Load() > 0 && cut.CompareAndSwap(false, true) {
			f.Truncate(left)
		}
		return false
	}
	m.first = func(off int64) error {
		for off > 100<<10 && !cut.Load() {
			time.Sleep(time.Millisecond)
		}
		return nil
	}
	n, err := Fill(context.Background(), m, 0, input(t, f, false))
	if err != nil || n != left || !bytes.Equal(m.b[:n], data[:n]) {
		t.Errorf("wrote %d of %d: %v", n, left, err)
	}
}

// TestMeetFails has the front fail: what is written is counted from both ends.
func TestMeetFails(t *testing.T) {
	small(t)
	const length = 3 << 20
	for name, want := range map[string]error{"no room": syscall.ENOSPC, "cancelled": context.Canceled} {
		t.Run(name, func(t *testing.T) {
			m := &twoWays{mem: mem{make([]byte, length)}}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			m.first = func(off int64) error {
				for m.second.Load() == 0 {
					time.Sleep(time.Millisecond)
				}
				if off < 16<<10 {
					return nil
				}
				if want == context.Canceled {
					cancel()
					return nil
				}
				return want
			}
			in := input(t, source(t, noise(length), 0), false)
			m.spoil = func(off int64) bool { return off < 2<<20 }
			var moved atomic.Int64
			in.Moved = func(n int64) { moved.Add(n) }
			n, err := Fill(ctx, m, 0, in)
			var part *PartialError
			if !errors.Is(err, want) || !errors.As(err, &part) || part.Written != n {
				t.Fatalf("got %v after %d bytes", err, n)
			}
			if back := m.second.Load(); n != moved.Load() || back == 0 || n <= back || n >= length {
				t.Errorf("wrote %d, of it %d from the back, told of %d", n, back, moved.Load())
			}
		})
	}
}

// TestMeetAlone has one processor: nothing runs beside FillAt.
func TestMeetAlone(t *testing.T) {
	small(t)
	runtime.GOMAXPROCS(1)
	data := noise(3 << 20)
	m := &twoWays{mem: mem{make([]byte, len(data))}}
	n, err := Fill(context.Background(), m, 0, input(t, source(t, data, 0), false))
	if err != nil || n != int64(len(data)) || !bytes.Equal(m.b, data) || m.second.Load() != 0 {
		t.Errorf("wrote %d, %d of it by the second way: %v", n, m.second.Load(), err)
	}
}
