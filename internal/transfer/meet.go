package transfer

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// A secondWay is a Memory that a regular file comes into on another way than
// FillAt's, too, so that both may run at once in different places.
type secondWay interface {
	// FillFrom reads n bytes at pos of the file fd into the memory at off. Less
	// than that without an error is the end of the file.
	FillFrom(fd int, pos, off, n int64) (int64, error)
}

// Tests make these small.
var (
	// meetFrom is from how many bytes on a second worker is worth its start.
	meetFrom int64 = 64 << 20
	// piece is what a worker takes at a time, so about what the one that is first
	// at the meeting waits for the other. A power of two.
	piece int64 = 4 << 20
)

// Halved says that [Fill] has two workers for in where the memory lets it. Each of
// them finds memory for what it writes faster than one call reserves it for both.
func (in *Input) Halved() bool {
	return in.fd >= 0 && in.left >= meetFrom && runtime.GOMAXPROCS(0) > 1
}

// meet fills m at off with what is left of a regular file from both ends: by FillAt
// from the front, by w from the back. Two FillAt would wait for one lock of the
// kernel's.
//
// The worker at the back only spares the other one work. Where it fails it stops,
// and the one at the front gets there and says what is wrong. What counts as
// written is what lies between off and the first byte missing, and when something
// failed all that was.
func (in *Input) meet(ctx context.Context, m Memory, w secondWay, off int64) (n int64, err error) {
	start, err := unix.Seek(in.fd, 0, 1)
	if err != nil {
		return 0, &InputError{err}
	}
	var (
		length = in.left
		g      = gap{from: off, to: off + length}
		tail   int64
		over   = make(chan struct{})
	)
	go func() {
		defer close(over)
		for {
			from, to := g.last()
			if from == to {
				return
			}
			k, err := w.FillFrom(in.fd, start+from-off, from, to-from)
			if err != nil || k < to-from {
				g.giveBack(to)
				return
			}
			tail += k
			in.moved(k)
		}
	}()
	joined := false
	for n < length && err == nil {
		from, to := g.first()
		if from < to {
			var k int64
			k, err = in.fill(ctx, m, from, to)
			n += k
			if k < to-from {
				break
			}
			continue
		}
		if joined {
			n += tail
			break
		}
		<-over // and what it may have given back
		joined = true
	}
	g.close()
	<-over
	if err != nil {
		return n + tail, err
	}
	// Whoever shares the descriptor goes on behind what was taken.
	if _, err := unix.Seek(in.fd, start+n, 0); err != nil {
		return n, &InputError{err}
	}
	return n, nil
}

// fill fills m between two places from where the input stands. Less without an
// error is the end of the input.
func (in *Input) fill(ctx context.Context, m Memory, from, to int64) (n int64, err error) {
	for from+n < to {
		if err := in.ready(ctx); err != nil {
			return n, err
		}
		k, err := m.FillAt(in.fd, from+n, to-from-n)
		n += k
		in.moved(k)
		if err != nil {
			return n, fillError(err)
		}
		if k == 0 {
			break
		}
	}
	return n, nil
}

// gap is what neither worker has taken yet.
type gap struct {
	mu       sync.Mutex
	from, to int64
}

// first takes the first piece. Pieces end at multiples of their size, because a page
// in two of them is worked on twice.
func (g *gap) first() (from, to int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	from = g.from
	g.from = min(from|(piece-1)+1, g.to)
	return from, g.from
}

// last takes the last piece.
func (g *gap) last() (from, to int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	to = g.to
	g.to = max((to-1)&^(piece-1), g.from)
	return g.to, to
}

// giveBack undoes last.
func (g *gap) giveBack(to int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.to = to
}

// close leaves nothing to take.
func (g *gap) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.to = g.from
}
