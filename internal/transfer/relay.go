package transfer

import (
	"context"

	"golang.org/x/sys/unix"
)

// A relay is a pipe of this process's own, which takes over what is in the input's
// pipe. That moves pages and copies nothing. Copying out of the input's pipe would
// keep it locked all the while (splice_from_pipe and pipe_read, fs), and whoever
// writes to it waiting.
type relay struct {
	r, w int
	held int64 // bytes in it
}

const (
	// relayFrom is after how many bytes of input a relay is worth its descriptors.
	relayFrom = 1 << 20
	// relaySize is the size of both pipes in bytes, the most that
	// /proc/sys/fs/pipe-max-size lets everyone have.
	relaySize = 1 << 20
)

// newRelay makes a relay for what comes from the pipe fd, nil when there is none to be
// had.
func newRelay(fd int) *relay {
	var p [2]int
	if unix.Pipe2(p[:], unix.O_CLOEXEC) != nil {
		return nil
	}
	for _, end := range []int{fd, p[0]} {
		// The user's share of pipe memory may be used up; then it stays.
		if size, err := unix.FcntlInt(uintptr(end), unix.F_GETPIPE_SZ, 0); err == nil && size < relaySize {
			unix.FcntlInt(uintptr(end), unix.F_SETPIPE_SZ, relaySize)
		}
	}
	return &relay{r: p[0], w: p[1]}
}

func (r *relay) close() {
	unix.Close(r.r)
	unix.Close(r.w)
}

// fill is m.FillAt of the input by way of the relay. Without one, nil, it is FillAt
// alone.
func (r *relay) fill(ctx context.Context, in *Input, m Memory, off, n int64) (int64, error) {
	if r == nil {
		if err := in.ready(ctx); err != nil {
			return 0, err
		}
		return m.FillAt(in.fd, off, n)
	}
	for r.held == 0 {
		if err := in.ready(ctx); err != nil {
			return 0, err
		}
		k, err := unix.Splice(in.fd, nil, r.w, nil, int(min(n, relaySize)), unix.SPLICE_F_NONBLOCK)
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			continue
		case err != nil:
			return 0, &InputError{err}
		case k == 0:
			return 0, nil
		}
		r.held = int64(k)
	}
	k, err := m.FillAt(r.r, off, min(n, r.held))
	r.held -= k
	return k, err
}
