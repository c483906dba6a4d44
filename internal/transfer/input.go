package transfer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Input is what is to be written: a text, or a file from where it stands to its
// end, and after it a NUL where one is asked for.
type Input struct {
	Moved func(n int64) // told of every n bytes moved, where not nil; by two workers at once at times
	Plain bool          // the memory's own calls do all of it, which it narrates

	file *os.File
	fd   int
	text []byte
	left int64  // bytes still to come, -1 where unknown
	poll bool   // a read may block for as long as a peer likes
	pipe bool   // it is a pipe, for a relay
	peek []byte // a byte read ahead
	nul  bool   // a NUL is still to come

	trace func(call, result string, err error) // see Range
}

// Text is an Input of the bytes of s.
func Text(s string, nul bool) *Input {
	return &Input{fd: -1, text: []byte(s), left: int64(len(s)), nul: nul}
}

// File is an Input of f from where it stands. A regular file is measured now,
// and no more than that is read of it. A directory is an error.
func File(f *os.File, nul bool) (*Input, error) {
	in := &Input{file: f, fd: int(f.Fd()), left: -1, nul: nul}
	var st unix.Stat_t
	if err := unix.Fstat(in.fd, &st); err != nil {
		return nil, err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return nil, syscall.EISDIR
	case unix.S_IFREG:
		// The files of /proc are regular and of size 0, whatever they hold.
		if st.Size > 0 {
			pos, err := unix.Seek(in.fd, 0, 1)
			if err != nil {
				return nil, err
			}
			in.left = max(st.Size-pos, 0)
		}
	default:
		in.poll = true
		in.pipe = st.Mode&unix.S_IFMT == unix.S_IFIFO
	}
	return in, nil
}

// Len is the number of bytes to be written, its NUL included, where it is known
// before reading.
func (in *Input) Len() (n int64, known bool) {
	if in.left < 0 {
		return 0, false
	}
	if in.nul {
		return in.left + 1, true
	}
	return in.left, true
}

func (in *Input) moved(n int64) {
	if in.Moved != nil && n > 0 {
		in.Moved(n)
	}
}

// InputError is a failure to read the input.
type InputError struct{ Err error }

func (e *InputError) Error() string {
	var path *os.PathError
	if errors.As(e.Err, &path) {
		return "input: " + path.Path + ": " + path.Err.Error()
	}
	return "input: " + reason(e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }

// buffer reads the whole input, or fails with a *TooLongError when it is longer
// than room.
func (in *Input) buffer(ctx context.Context, room int64) ([]byte, error) {
	if in.fd < 0 {
		p := in.text
		if in.nul {
			p = append(p[:len(p):len(p)], 0)
		}
		if int64(len(p)) > room {
			return nil, &TooLongError{Room: room, Length: int64(len(p))}
		}
		return p, nil
	}
	// One byte more than fits tells that there is more; a NUL must fit as well.
	p := make([]byte, 0, room+1)
	for int64(len(p)) <= room {
		n, err := in.read(ctx, p[len(p):cap(p)])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			if in.nul {
				p = append(p, 0)
			}
			break
		}
		p = p[:len(p)+n]
	}
	if int64(len(p)) > room {
		e := &TooLongError{Room: room, Length: -1}
		if length, known := in.Len(); known {
			e.Length = length
		}
		return nil, e
	}
	return p, nil
}

// read is read(2) of the file, interrupted by ctx; 0, nil is the end.
func (in *Input) read(ctx context.Context, p []byte) (int, error) {
	if err := in.ready(ctx); err != nil {
		return 0, err
	}
	for {
		n, err := unix.Read(in.fd, p)
		in.note(int64(n), err, "read(%d, buf, %d)", in.fd, len(p))
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			if err := pollIn(ctx, in.fd); err != nil {
				return 0, err
			}
			continue
		case err != nil:
			return 0, &InputError{err}
		}
		return n, nil
	}
}

// ready waits until a read will not block.
func (in *Input) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if !in.poll {
		return nil
	}
	return pollIn(ctx, in.fd)
}

// stream moves the input straight into room bytes of m at off. What does not fit
// is a *TooLongError, and the first byte that did not is kept for the next call.
func (in *Input) stream(ctx context.Context, m Memory, off, room int64) (int64, error) {
	var n int64
	var own *relay
	put := func(p []byte) error {
		if int64(len(p)) > room-n {
			return &TooLongError{Room: room, Length: -1, Written: n}
		}
		k, err := m.WriteAt(p, off+n)
		n += int64(k)
		in.moved(int64(k))
		return err
	}
	if len(in.peek) > 0 {
		if err := put(in.peek); err != nil {
			return n, err
		}
		in.peek = nil
	}
	for {
		if in.fd < 0 {
			if err := put(in.text); err != nil {
				return n, err
			}
			in.text, in.left = nil, 0
			break
		}
		if in.left == 0 {
			break
		}
		if n == room {
			p := make([]byte, 1)
			k, err := in.read(ctx, p)
			if err != nil {
				return n, err
			}
			if k == 0 {
				break
			}
			in.peek = p
			return n, &TooLongError{Room: room, Length: -1, Written: n}
		}
		if w, ok := m.(secondWay); ok && in.Halved() && in.left <= room-n {
			k, err := in.meet(ctx, m, w, off+n)
			n += k
			in.left = 0
			if err != nil {
				return n, err
			}
			break
		}
		if in.pipe && !in.Plain && own == nil && n >= relayFrom {
			if own = newRelay(in.fd); own != nil {
				defer own.close()
			} else {
				in.pipe = false // without one it works as well
			}
		}
		want := min(room-n, step)
		if in.left > 0 {
			want = min(want, in.left)
		}
		k, err := own.fill(ctx, in, m, off+n, want)
		n += k
		in.moved(k)
		if err != nil {
			return n, fillError(err)
		}
		if k == 0 {
			break
		}
		if in.left > 0 {
			in.left -= k
		}
	}
	if in.nul {
		if err := put([]byte{0}); err != nil {
			return n, err
		}
		in.nul = false
	}
	return n, nil
}

// pollIn waits until fd can be read or ctx ends.
func pollIn(ctx context.Context, fd int) error {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	if ctx.Done() != nil {
		// A first look spares the event of a busy pipe.
		if n, err := unix.Poll(fds, 0); n > 0 && err == nil {
			return nil
		}
		wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		if err != nil {
			return os.NewSyscallError("eventfd", err)
		}
		// The event's write must be over before its descriptor is closed.
		woken := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			defer close(woken)
			unix.Write(wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // any value wakes
		})
		defer func() {
			if !stop() {
				<-woken
			}
			unix.Close(wake)
		}()
		fds = append(fds, unix.PollFd{Fd: int32(wake), Events: unix.POLLIN})
	}
	for {
		_, err := unix.Poll(fds, -1)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("poll", err)
		}
		if fds[0].Revents != 0 {
			return nil
		}
	}
}

// Range is an Input of n bytes of the regular file fd from off.
//
// trace, where it is not nil, is told of the calls on fd, as those of the memories are:
// it is one itself.
func Range(fd int, off, n int64, trace func(call, result string, err error)) (*Input, error) {
	in := &Input{fd: fd, left: n, trace: trace}
	_, err := unix.Seek(fd, off, 0)
	in.note(off, err, "lseek(%d, %d, SEEK_SET)", fd, off)
	if err != nil {
		return nil, err
	}
	return in, nil
}

// note tells of a call on the file.
func (in *Input) note(result int64, err error, format string, args ...any) {
	switch {
	case in.trace == nil:
	case err != nil:
		in.trace(fmt.Sprintf(format, args...), "", err)
	default:
		in.trace(fmt.Sprintf(format, args...), strconv.FormatInt(result, 10), nil)
	}
}

// fillError tells a failure to read the input from one to find memory for it.
func fillError(err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	switch errno {
	case unix.ENOSPC, unix.EFBIG, unix.ENOMEM, unix.EDQUOT:
		return err
	}
	return &InputError{err}
}
