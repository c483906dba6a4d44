package sysv

import (
	"bytes"
	"sync"
	"testing"
)

func TestFillFrom(t *testing.T) {
	m := attach(t, segment(t, 5*bulk+777, 0o600), false)
	data := noise(4*bulk + 555)
	fd := int(input(t, data).Fd())
	want := make([]byte, m.Size())
	for _, tt := range []struct{ pos, off, n, got int64 }{
		{0, 0, bulk, bulk},
		{1, bulk + 5, 4096, 4096},
		{777, bulk + 8191, 2, 2},
		{4096, 2*bulk + 4095, 2*bulk + 1, 2*bulk + 1},
		{4 * bulk, 5 * bulk, 777, 555}, // the file ends
		{4 * bulk, m.Size() - 10, 100, 10},
		{9 * bulk, 0, 10, 0},
	} {
		n, err := m.FillFrom(fd, tt.pos, tt.off, tt.n)
		if err != nil || n != tt.got {
			t.Errorf("%+v: %d, %v", tt, n, err)
			continue
		}
		if n > 0 {
			copy(want[tt.off:], data[tt.pos:tt.pos+n])
		}
	}
	if !bytes.Equal(m.Bytes(), want) {
		t.Error("the segment holds something else")
	}
}

// TestFillFromBeside runs it beside FillAt in one segment.
func TestFillFromBeside(t *testing.T) {
	ways(t, func(t *testing.T, m *Mapping) {
		data := noise(int(m.Size()))
		fd := int(input(t, data).Fd())
		const half = 2*bulk + 1234
		var wg sync.WaitGroup
		wg.Go(func() {
			for off := m.Size(); off > half; {
				n := min(off-half, 300<<10)
				off -= n
				if k, err := m.FillFrom(fd, off, off, n); err != nil || k != n {
					t.Errorf("FillFrom: %d of %d, %v", k, n, err)
				}
			}
		})
		if n, err := fill(m, fd, 0, half); err != nil || n != half {
			t.Errorf("FillAt: %d, %v", n, err)
		}
		wg.Wait()
		if !bytes.Equal(m.Bytes(), data) {
			t.Error("the segment holds something else")
		}
	})
}
