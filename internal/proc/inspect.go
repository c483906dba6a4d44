package proc

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A worker inspects one process after the other.
type worker struct {
	root     string
	proc     int // root, open
	want     Want
	segments []uint64 // devices of System V segments
	text     bool     // read maps as text
	buf      []byte

	current map[key]*use // of the process at hand

	users   map[key][]User
	objects map[key]object
	hidden  []hiddenProcess
}

// A use gathers what one process does with one piece of memory.
type use struct {
	read, write, exec bool
	mappings          int
	addresses         []uint64
	fds               int
	nextAddr, nextOff uint64 // where a continuation of the last mapping begins
	object            object // unless the worker has it already
}

func (u *use) access() string {
	i := 0
	if u.read {
		i |= 1
	}
	if u.write {
		i |= 2
	}
	if u.exec {
		i |= 4
	}
	return [...]string{"-", "r", "w", "rw", "x", "rx", "wx", "rwx"}[i]
}

func (f FS) newWorker(proc int, want Want, segments []uint64, text bool) *worker {
	return &worker{
		root: f.root(), proc: proc, want: want, segments: segments, text: text,
		buf:     make([]byte, 64<<10),
		current: make(map[key]*use), users: make(map[key][]User), objects: make(map[key]object),
	}
}

// inspect looks at one process and keeps what is of interest, or counts it as
// hidden.
func (w *worker) inspect(pid int) {
	dir, err := openat(w.proc, strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY)
	if err == nil {
		defer unix.Close(dir)
		err = w.look(pid, dir)
	}
	if err == nil || gone(err) {
		return
	}
	h := hiddenProcess{pid: pid}
	if dir >= 0 {
		h.uid, h.owned = owner(dir)
	}
	w.hidden = append(w.hidden, h)
}

// look reads what there is to be read of a process. An error means that
// something could not be seen; what could is kept.
func (w *worker) look(pid, dir int) error {
	of := pid
	for {
		clear(w.current)
		err := w.gather(dir, of)
		if err != errEnded && !gone(err) && len(w.current) > 0 {
			if kept := w.keep(pid, dir); kept != nil {
				err = kept
			}
		}
		if err != errEnded {
			return err
		}
		// The first thread of a process may have ended (pthread_exit(3)) while
		// the process lives on in the others. What they share shows in the
		// directory of any of them, which is there though not listed.
		if of, err = w.liveThread(dir); err != nil {
			return err
		}
		thread, err := openat(w.proc, strconv.Itoa(of), unix.O_PATH|unix.O_DIRECTORY)
		if err != nil {
			return err
		}
		defer unix.Close(thread)
		dir = thread
	}
}

// gather collects the uses of one process or thread into w.current. It returns
// errEnded when there is nothing because the thread has ended.
func (w *worker) gather(dir, of int) error {
	some, err := w.maps(dir, of)
	if some && err == nil && len(w.want.Devs) > 0 {
		err = w.fds(dir, of)
	}
	if some && err == nil {
		return nil
	}
	return w.explain(dir, err)
}

// explain finds out why there was nothing, or the error err, to be read of a
// thread. Nothing is hidden of one that is gone, has ended, or is the kernel's.
func (w *worker) explain(dir int, err error) error {
	st, staterr := w.stat(dir)
	switch {
	case gone(staterr):
		return staterr
	case staterr != nil:
		return cmp.Or(err, staterr)
	case st.kernelThread():
		return nil
	case st.ended():
		return errEnded
	}
	return err
}

var errEnded = errors.New("the thread has ended")

// maps goes through the mappings of a process. It reports false when there were
// none, or the process has no memory.
func (w *worker) maps(dir, of int) (some bool, err error) {
	fd, err := openat(dir, "maps", unix.O_RDONLY)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)

	if !w.text {
		// Segments are always mapped shared.
		err := queryMaps(fd, len(w.want.Devs) == 0, w.buf[:unix.PathMax], w.device, func(m *mapping) { w.mapping(m, of) })
		if err == nil || gone(err) {
			return err == nil, err
		}
		w.text = err == unix.ENOTTY
		clear(w.current)
	}
	n, err := eachLine(func(p []byte) (int, error) { return read(fd, p) }, w.buf, func(line []byte) {
		if m, ok := parseMapping(line); ok && w.device(unix.Mkdev(m.major, m.minor)) {
			m.path = unescapePath(m.path)
			w.mapping(&m, of)
		}
	})
	return n > 0, err
}

// device tells whether something on it may be of interest.
func (w *worker) device(dev uint64) bool {
	return w.want.Segments && slices.Contains(w.segments, dev) || slices.Contains(w.want.Devs, dev)
}

func (w *worker) mapping(m *mapping, of int) {
	dev := unix.Mkdev(m.major, m.minor)
	k := key{space: dev, id: m.ino}
	// The device tells a segment from a file that somebody has called so.
	if segmentPath(m.path) && slices.Contains(w.segments, dev) {
		k = key{segment: true, id: m.ino}
		if !w.want.Segments {
			return
		}
	} else if !slices.Contains(w.want.Devs, dev) {
		return
	}
	u := w.current[k]
	if u == nil {
		u = &use{}
		w.current[k] = u
		if _, known := w.objects[k]; !known && !k.segment {
			path, marked := strings.CutSuffix(string(m.path), deletedMark)
			u.object = object{pid: of, marked: marked, Object: Object{
				Dev: dev, Ino: m.ino, Path: path, Unlinked: marked,
				Ref: w.path(of, "map_files/"+strconv.FormatUint(m.start, 16)+"-"+strconv.FormatUint(m.end, 16)),
			}}
		}
	}
	u.read = u.read || m.read
	u.write = u.write || m.write && m.share
	u.exec = u.exec || m.exec
	if u.mappings == 0 || m.start != u.nextAddr || m.offset != u.nextOff {
		u.mappings++
		u.addresses = append(u.addresses, m.start)
	}
	u.nextAddr, u.nextOff = m.end, m.offset+(m.end-m.start)
}

// fds goes through the open descriptors of a process.
func (w *worker) fds(dir, of int) error {
	fds, err := openat(dir, "fd", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(fds)
	var denied error
	err = eachNumber(fds, w.buf, func(n int) {
		name := strconv.Itoa(n)
		id, err := identify(fds, name)
		if err == unix.EACCES || err == unix.EPERM {
			// FUSE refuses what it does not know to root as well, and is no tmpfs.
			if _, linkerr := readlink(fds, name); linkerr == unix.EACCES || linkerr == unix.EPERM {
				denied = err
			}
		}
		// Any other error is a descriptor closed meanwhile, or a broken file
		// system, which is not the one looked for.
		if err == nil && id.regular && slices.Contains(w.want.Devs, id.dev) {
			w.held(id, fds, name, of)
		}
	})
	if err != nil {
		return err
	}
	return denied
}

func (w *worker) held(id identity, fds int, name string, of int) {
	k := key{space: id.dev, id: id.ino}
	u := w.current[k]
	if u == nil {
		u = &use{}
		w.current[k] = u
	}
	u.fds++
	// The link has the permissions that the descriptor was opened for, none of
	// them with O_PATH (proc_pid_fd(5)).
	var st unix.Stat_t
	if err := fstatat(fds, name, &st, unix.AT_SYMLINK_NOFOLLOW); err == nil {
		u.read = u.read || st.Mode&unix.S_IRUSR != 0
		u.write = u.write || st.Mode&unix.S_IWUSR != 0
	}
	if !u.object.byFD && !w.objects[k].byFD {
		path, _ := readlink(fds, name)
		if id.links == 0 {
			path = strings.TrimSuffix(path, deletedMark)
		}
		u.object = object{pid: of, byFD: true, Object: Object{
			Dev: id.dev, Ino: id.ino, Path: path, Unlinked: id.links == 0, Ref: w.path(of, "fd/"+name),
		}}
	}
}

// keep adds what was gathered about a process, or nothing when it has ended. It
// keeps no segments, whose ids mean nothing then, and returns the error, when
// the namespace is hidden.
func (w *worker) keep(pid, dir int) error {
	var ns uint64
	var hidden error
	for k := range w.current {
		if !k.segment {
			continue
		}
		if ns, hidden = namespaceAt(dir, "ns/ipc", "ipc"); hidden != nil {
			hidden = w.explain(dir, hidden)
			if hidden == errEnded || gone(hidden) {
				return hidden
			}
		}
		break
	}
	uid, _ := owner(dir)
	line, err := readFile(dir, "cmdline", w.buf[:cmdlineMax])
	if gone(err) {
		return err
	}
	command := commandLine(line)
	if command == "" {
		st, err := w.stat(dir)
		if err != nil {
			return err
		}
		if st.ended() {
			return errEnded
		}
		command = st.name()
	}
	for k, u := range w.current {
		if k.segment {
			if hidden != nil {
				continue
			}
			k.space = ns
		} else if known, ok := w.objects[k]; !ok || u.object.byFD && !known.byFD {
			w.objects[k] = u.object
		}
		w.users[k] = append(w.users[k], User{
			PID: pid, UID: uid, Command: command, Access: u.access(),
			Mappings: u.mappings, Addresses: u.addresses, FDs: u.fds,
		})
	}
	return hidden
}

// liveThread returns the number of a thread that has not ended, or ESRCH.
func (w *worker) liveThread(dir int) (int, error) {
	tasks, err := openat(dir, "task", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return 0, err
	}
	defer unix.Close(tasks)
	var tids []int
	if err := eachNumber(tasks, w.buf, func(n int) { tids = append(tids, n) }); err != nil {
		return 0, err
	}
	for _, tid := range tids {
		data, err := readFile(tasks, strconv.Itoa(tid)+"/stat", w.buf[:statMax])
		if err != nil {
			continue
		}
		if st, err := parseStat(data); err == nil && !st.ended() {
			return tid, nil
		}
	}
	return 0, unix.ESRCH
}

func (w *worker) stat(dir int) (stat, error) {
	data, err := readFile(dir, "stat", w.buf[:statMax])
	if err != nil {
		return stat{}, err
	}
	return parseStat(data)
}

func (w *worker) path(pid int, name string) string {
	return w.root + "/" + strconv.Itoa(pid) + "/" + name
}

// owner returns the effective user of a process, which owns its directory.
func owner(dir int) (uint32, bool) {
	var st unix.Stat_t
	err := unix.Fstat(dir, &st)
	return st.Uid, err == nil
}

func readlink(dir int, name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buf)
	return string(buf[:max(n, 0)]), err
}
