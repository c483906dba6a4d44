package transfer

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"syscall"
	"testing"
	"time"
)

// TestRelay has a pipe bring more than comes without a relay, in odd portions.
func TestRelay(t *testing.T) {
	for name, flags := range map[string]int{"blocking": 0, "non-blocking": syscall.O_NONBLOCK} {
		t.Run(name, func(t *testing.T) {
			before := descriptors(t)
			data := noise(3*relaySize + 12345)
			var p [2]int
			if err := syscall.Pipe2(p[:], flags|syscall.O_CLOEXEC); err != nil {
				t.Fatal(err)
			}
			r, w := os.NewFile(uintptr(p[0]), "r"), os.NewFile(uintptr(p[1]), "w")
			defer r.Close()
			go func() {
				defer w.Close()
				for rest := data; len(rest) > 0; {
					n := min(len(rest), 70001)
					w.Write(rest[:n])
					rest = rest[n:]
				}
			}()
			m := &mem{make([]byte, len(data)+10)}
			n, err := Fill(context.Background(), m, 5, input(t, r, false))
			if err != nil || n != int64(len(data)) || !bytes.Equal(m.b[5:5+n], data) {
				t.Errorf("wrote %d of %d: %v", n, len(data), err)
			}
			r.Close()
			if after := descriptors(t); after != before {
				t.Errorf("%d descriptors are open, %d were", after, before)
			}
		})
	}
}

// TestRelayTooLong ends at the memory's end, and Grow goes on behind it.
func TestRelayTooLong(t *testing.T) {
	data := noise(2*relaySize + 1)
	m := &mem{make([]byte, 2*relaySize)}
	n, err := Fill(context.Background(), m, 0, pipe(t, string(data), false))
	var long *TooLongError
	if !errors.As(err, &long) || n != 2*relaySize || long.Written != n || !bytes.Equal(m.b, data[:n]) {
		t.Errorf("wrote %d: %v", n, err)
	}

	old := window
	defer func() { window = old }()
	window = relayFrom + 4097
	m = &mem{}
	n, err = Grow(context.Background(), m, 0, pipe(t, string(data), true))
	if err != nil || n != int64(len(data))+1 || !bytes.Equal(m.b, append(data, 0)) {
		t.Errorf("wrote %d of %d: %v", n, len(data)+1, err)
	}
}

// TestRelayPause has the writer pause: what it wrote is in the memory nevertheless,
// and a signal is heard.
func TestRelayPause(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	const sent = relayFrom + 12345
	go w.Write(noise(sent))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in := input(t, r, false)
	var moved int64
	in.Moved = func(n int64) {
		if moved += n; moved == sent {
			time.AfterFunc(20*time.Millisecond, cancel)
		}
	}
	time.AfterFunc(10*time.Second, cancel)
	n, err := Fill(ctx, &mem{make([]byte, 4*relaySize)}, 0, in)
	if n != sent || !errors.Is(err, context.Canceled) {
		t.Errorf("wrote %d of %d: %v", n, sent, err)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	d, err := os.Open("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	names, err := d.Readdirnames(0)
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return len(names)
}
