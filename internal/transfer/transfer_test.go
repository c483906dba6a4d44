package transfer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// mem is a Memory of plain bytes.
type mem struct{ b []byte }

func (m *mem) Size() int64 { return int64(len(m.b)) }
func (m *mem) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, off)
}
func (m *mem) WriteAt(p []byte, off int64) (int, error) {
	n := copy(m.b[off:], p)
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}
func (m *mem) FillAt(fd int, off, n int64) (int64, error) {
	k, err := syscall.Read(fd, m.b[off:off+min(n, 1000)])
	return int64(k), err
}
func (m *mem) DrainAt(fd int, off, n int64) (int64, error) {
	k, err := syscall.Write(fd, m.b[off:off+min(n, 1000)])
	return int64(k), err
}
func (m *mem) ZeroAt(off, n int64) error { clear(m.b[off : off+n]); return nil }
func (m *mem) Truncate(size int64) error {
	if size <= int64(len(m.b)) {
		m.b = m.b[:size]
		return nil
	}
	m.b = append(m.b, make([]byte, size-int64(len(m.b)))...)
	return nil
}

// pipe is an Input from a pipe that holds s.
func pipe(t *testing.T, s string, nul bool) *Input {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { io.WriteString(w, s); w.Close() }()
	t.Cleanup(func() { r.Close() })
	return input(t, r, nul)
}

func input(t *testing.T, f *os.File, nul bool) *Input {
	t.Helper()
	in, err := File(f, nul)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func regular(t *testing.T, s string, nul bool) *Input {
	t.Helper()
	name := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(name, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return input(t, f, nul)
}

func TestFill(t *testing.T) {
	kinds := map[string]func(*testing.T, string, bool) *Input{
		"text":    func(_ *testing.T, s string, nul bool) *Input { return Text(s, nul) },
		"regular": regular,
		"pipe":    pipe,
	}
	big := Buffered + 5000
	tests := []struct {
		name      string
		size, off int
		data      string
		nul       bool
		tooLong   bool
		written   int // of a large memory fed by a pipe, when the input is too long
	}{
		{"exact", 5, 0, "hello", false, false, 0},
		{"shorter", 10, 2, "hello", false, false, 0},
		{"nul fits", 6, 0, "hello", true, false, 0},
		{"nul does not fit", 5, 0, "hello", true, true, 0},
		{"too long", 4, 0, "hello", false, true, 0},
		{"empty at the end", 4, 4, "", false, false, 0},
		{"empty with nul at the end", 4, 4, "", true, true, 0},
		{"one byte at the end", 4, 4, "x", false, true, 0},
		{"empty memory", 0, 0, "", false, false, 0},
		{"large exact", big, 0, strings.Repeat("x", big), false, false, 0},
		{"large with offset and nul", big, 7, strings.Repeat("x", big-8), true, false, 0},
		{"large too long", big, 0, strings.Repeat("x", big+1), false, true, big},
		{"large, nul too long", big, 0, strings.Repeat("x", big), true, true, big},
	}
	for _, tt := range tests {
		for kind, newInput := range kinds {
			t.Run(tt.name+"/"+kind, func(t *testing.T) {
				before := bytes.Repeat([]byte{'.'}, tt.size)
				m := &mem{bytes.Clone(before)}
				var moved int64
				in := newInput(t, tt.data, tt.nul)
				in.Moved = func(n int64) { moved += n }
				n, err := Fill(context.Background(), m, int64(tt.off), in)
				if moved != n {
					t.Errorf("Moved was told of %d bytes, Fill returned %d", moved, n)
				}
				want := tt.data
				if tt.nul {
					want += "\x00"
				}
				if !tt.tooLong {
					if err != nil || int(n) != len(want) {
						t.Fatalf("got %d, %v", n, err)
					}
					copy(before[tt.off:], want)
					if !bytes.Equal(m.b, before) {
						t.Error("the memory holds something else")
					}
					return
				}
				var long *TooLongError
				if !errors.As(err, &long) {
					t.Fatalf("got %v, want a TooLongError", err)
				}
				written := 0
				if kind == "pipe" {
					written = tt.written
				}
				if int(n) != written || int(long.Written) != written {
					t.Errorf("wrote %d, said %d, want %d", n, long.Written, written)
				}
				if written == 0 && !bytes.Equal(m.b, before) {
					t.Error("the memory was touched")
				}
			})
		}
	}
}

func TestFillOffsetPastEnd(t *testing.T) {
	_, err := Fill(context.Background(), &mem{make([]byte, 4)}, 5, Text("", false))
	var past *OffsetError
	if !errors.As(err, &past) {
		t.Errorf("got %v", err)
	}
}

func TestGrow(t *testing.T) {
	defer func(w int64) { window = w }(window)
	window = 1 << 20
	for _, n := range []int{0, 1, 4096, 3<<20 + 17} {
		data := strings.Repeat("0123456789abcdef", n/16+1)[:n]
		for _, nul := range []bool{false, true} {
			m := &mem{}
			got, err := Grow(context.Background(), m, 3, pipe(t, data, nul))
			want := "\x00\x00\x00" + data
			if nul {
				want += "\x00"
			}
			if err != nil || got != int64(len(want)-3) || string(m.b) != want {
				t.Errorf("%d bytes, nul %v: wrote %d, %v, holds %d", n, nul, got, err, len(m.b))
			}
		}
	}
}

func TestFileKinds(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if _, err := File(dir, false); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("directory: got %v", err)
	}
	// A file of /proc says that it is empty and is not.
	f, err := os.Open("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	in := input(t, f, false)
	if _, known := in.Len(); known {
		t.Error("the length of a file of /proc is taken for known")
	}
	m := &mem{make([]byte, 1<<16)}
	if n, err := Fill(context.Background(), m, 0, in); n == 0 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	r := regular(t, "0123456789", false)
	if _, err := r.file.Seek(4, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	r = input(t, r.file, true)
	if n, known := r.Len(); n != 7 || !known {
		t.Errorf("from the middle: got %d, %v", n, known)
	}
}

func TestInterrupt(t *testing.T) {
	cause := errors.New("interrupted")
	for _, size := range []int{100, Buffered + 1} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		ctx, cancel := context.WithCancelCause(context.Background())
		done := make(chan error)
		go func() {
			_, err := Fill(ctx, &mem{make([]byte, size)}, 0, input(t, r, false))
			done <- err
		}()
		io.WriteString(w, "x")
		cancel(cause)
		if err := <-done; !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
	}
}

func TestCopyText(t *testing.T) {
	long := strings.Repeat("é", Buffered) // cut in mid-character by the buffer
	tests := []struct {
		data string
		c    CopyText
		want string
		err  error
	}{
		{"", CopyText{}, "", nil},
		{"hello\x00rest", CopyText{StopAtNUL: true}, "hello", nil},
		{"hello", CopyText{StopAtNUL: true}, "hello", nil},
		{"\x00", CopyText{StopAtNUL: true}, "", nil},
		{"hello\x00\x01", CopyText{}, "hello\x00\x01", nil},
		{"hello\n\tworld", CopyText{Printable: true}, "hello\n\tworld", nil},
		{"hello\x00", CopyText{Printable: true}, "", ErrBinary},
		{"\x1b[2J", CopyText{Printable: true, StopAtNUL: true}, "", ErrBinary},
		{"\xff", CopyText{Printable: true}, "", ErrBinary},
		{"caf\xc3", CopyText{Printable: true}, "", ErrBinary},
		{"\u009b2J", CopyText{Printable: true}, "", ErrBinary},
		{long, CopyText{Printable: true}, long, nil},
		{"x" + long, CopyText{Printable: true}, "x" + long, nil},
		{long + "\x00tail", CopyText{StopAtNUL: true, Printable: true}, long, nil},
	}
	for i, tt := range tests {
		var b bytes.Buffer
		last, err := tt.c.Copy(&b, strings.NewReader(tt.data), 0, int64(len(tt.data)))
		if b.String() != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%d: got %d bytes, %v; want %d, %v", i, b.Len(), err, len(tt.want), tt.err)
		}
		if err == nil && tt.want != "" && last != tt.want[len(tt.want)-1] {
			t.Errorf("%d: last byte %q", i, last)
		}
	}
	if _, err := (CopyText{}).Copy(io.Discard, strings.NewReader("ab"), 0, 3); err != io.EOF {
		t.Errorf("a memory that shrank: got %v", err)
	}
}

// The peer is hexdump itself.
func TestHexdump(t *testing.T) {
	peer, err := exec.LookPath("hexdump")
	if err != nil {
		if os.Getenv("SHMCTL_REQUIRE_PEERS") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	check := func(data []byte, off, n int64) {
		t.Helper()
		name := filepath.Join(dir, "data")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"-C", "-s", fmt.Sprint(off), "-n", fmt.Sprint(n), name}
		if n == 0 {
			args = []string{"-C", "-s", fmt.Sprint(len(data)), name}
			off = int64(len(data))
		}
		cmd := exec.Command(peer, args...)
		cmd.Env = []string{"LC_ALL=C"}
		want, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := Hexdump(&b, bytes.NewReader(data), off, n); err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Fatalf("%d bytes from %d of %d: got\n%s\nwant\n%s", n, off, len(data), b.String(), want)
		}
	}
	check([]byte{}, 0, 0)
	check([]byte("hello"), 5, 0)
	check(make([]byte, 48), 0, 48)
	check(make([]byte, 40), 0, 40)
	check(make([]byte, 200000), 3, 199000)
	for range 60 {
		data := make([]byte, rng.IntN(200))
		for i := range data {
			data[i] = byte(rng.IntN(2))
			if rng.IntN(4) == 0 {
				data[i] = byte(rng.IntN(256))
			}
		}
		if rng.IntN(2) == 0 {
			data = bytes.Repeat(data, 3)
		}
		off := rng.Int64N(int64(len(data)) + 1)
		check(data, off, rng.Int64N(int64(len(data))-off+1))
	}
}
