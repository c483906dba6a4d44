package posix

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFillFrom(t *testing.T) {
	d, calls := recorded(tmpDir(t))
	data := pattern(3<<20+17, 5)
	fd := file(t, data)
	want := bytes.Repeat([]byte{'.'}, 4<<20+3)
	o := create(t, d, "x", want)
	for _, tt := range []struct{ pos, off, n, got int64 }{
		{0, 0, 1 << 20, 1 << 20},
		{1, 1<<20 + 5, 4096, 4096},
		{12345, 1<<20 + 8191, 2, 2},
		{4096, 2<<20 + 4095, 1<<20 + 1, 1<<20 + 1},
		{3 << 20, 4<<20 - 100, 103, 17}, // the file ends
		{5 << 20, 0, 10, 0},
	} {
		*calls = nil
		n, err := o.FillFrom(fd, tt.pos, tt.off, tt.n)
		if err != nil || n != tt.got {
			t.Errorf("%+v: %d, %v", tt, n, err)
			continue
		}
		if n > 0 {
			copy(want[tt.off:], data[tt.pos:tt.pos+n])
		}
		shown := strings.Join(*calls, "\n")
		for _, call := range []string{"mmap(NULL, ", "MAP_SHARED|MAP_POPULATE", "pread(", "munmap("} {
			if !strings.Contains(shown, call) {
				t.Errorf("%+v: the trace lacks %s:\n%s", tt, call, shown)
			}
		}
	}
	wantBytes(t, "the object", content(t, d, "x"), want)
	if pos, err := unix.Seek(fd, 0, 1); err != nil || pos != 0 {
		t.Errorf("the file stands at %d: %v", pos, err)
	}
}

// TestFillFromNoMemory has no page to read into: an error each time, and no signal.
func TestFillFromNoMemory(t *testing.T) {
	fd := file(t, pattern(2<<20, 1))

	t.Run("shrunk", func(t *testing.T) {
		d := tmpDir(t)
		o := create(t, d, "x", pattern(1<<20, 2))
		if err := unix.Ftruncate(o.Fd(), 8192); err != nil {
			t.Fatal(err)
		}
		_, err := o.FillFrom(fd, 0, 64<<10, 4096)
		wantErr(t, "past the end", err, unix.EFAULT)
		if n, err := o.FillFrom(fd, 0, 4096, 16<<10); err == nil && n > 4096 {
			t.Errorf("across the end: %d bytes", n)
		}
		if i, err := o.Stat(); err != nil || i.Size != 8192 {
			t.Errorf("the object is %d bytes: %v", i.Size, err)
		}
	})

	t.Run("full", func(t *testing.T) {
		d := tmpfs(t, "size=1m")
		o, err := d.Create("x", 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		if err := o.Truncate(2 << 20); err != nil {
			t.Fatal(err)
		}
		if n, err := o.FillFrom(fd, 0, 0, 2<<20); err == nil && n > 1<<20 {
			t.Errorf("%d bytes in 1 MiB", n)
		}
		_, err = o.FillFrom(fd, 0, 1<<20+4096, 4096)
		wantErr(t, "full", err, unix.EFAULT)
	})
}

// TestFillFromBeside runs it beside FillAt in one object.
func TestFillFromBeside(t *testing.T) {
	d := tmpDir(t)
	data := pattern(16<<20, 9)
	fd := file(t, data)
	o, err := d.Create("x", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := o.Truncate(int64(len(data))); err != nil {
		t.Fatal(err)
	}
	const half = 8<<20 + 1234
	var wg sync.WaitGroup
	wg.Go(func() {
		for off := int64(len(data)); off > half; {
			n := min(off-half, 300<<10)
			off -= n
			if k, err := o.FillFrom(fd, off, off, n); err != nil || k != n {
				t.Errorf("FillFrom: %d of %d, %v", k, n, err)
			}
		}
	})
	if n, err := fill(o, fd, 0, half); err != nil || n != half {
		t.Errorf("FillAt: %d, %v", n, err)
	}
	wg.Wait()
	wantBytes(t, "the object", content(t, d, "x"), data)
}
