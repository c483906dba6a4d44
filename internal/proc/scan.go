package proc

import (
	"cmp"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Want says what a scan looks for; it passes over everything else, and does not
// look at descriptors when it looks for no files.
type Want struct {
	// Segments: attached System V segments.
	Segments bool
	// Devs: regular files on these file systems, by st_dev as in stat(2), mapped
	// or held open. ShmemDev among them adds memfds and shared anonymous memory.
	Devs []uint64
}

// A User is a process that uses a piece of shared memory.
type User struct {
	PID int
	// UID is the effective user.
	UID uint32
	// Command is the command line as Command gives it: raw bytes.
	Command string
	// Access is what the mappings and the descriptors together allow to do to
	// the memory: "r", "rw", "w", with "x" added for a mapping that can be
	// executed, or "-" for nothing. A private mapping writes to its own copy and
	// adds no "w".
	Access string
	// Mappings counts the mappings. Where one is split, because its parts have
	// different protections, it still counts once.
	Mappings int
	// Addresses are where they begin, ascending.
	Addresses []uint64
	// FDs counts the open descriptors.
	FDs int
}

// An Object is a file, on a wanted file system, that some process uses.
type Object struct {
	Dev, Ino uint64
	// Path is how its user sees it, raw bytes, without the mark of a deleted
	// file. It can be the path in another mount namespace or under another root.
	Path string
	// Unlinked: it has lost its last name. Where the link count cannot be read
	// (a mapping, seen without CAP_CHECKPOINT_RESTORE), this is the mark in
	// maps, which a file called `x (deleted)` has as well.
	Unlinked bool
	// Ref is a path that stat(2) and open(2) follow to the object itself while
	// its user lives: /proc/PID/fd/N, or /proc/PID/map_files/A-B, which takes
	// CAP_CHECKPOINT_RESTORE.
	Ref string
}

// A Scan is what one pass over all processes found.
type Scan struct {
	fs      FS
	users   map[key][]User
	objects []Object
	hidden  []hiddenProcess
}

// A key names a piece of memory: a segment by the inode of its IPC namespace
// and its id, a file by device and inode.
type key struct {
	segment bool
	space   uint64
	id      uint64
}

// Segment returns the processes that have a segment attached, by PID. Ids
// repeat in every IPC namespace; ns is the inode number of the right one. The
// slice belongs to the scan.
//
// A process that left the namespace after it attached (unshare(2), setns(2))
// is found under the namespace that it is in now.
func (s *Scan) Segment(ns uint64, id int) []User {
	return s.users[key{segment: true, space: ns, id: uint64(id)}]
}

// Object returns the processes that map a file or hold it open, by PID, the
// caller's own process among them. The slice belongs to the scan.
func (s *Scan) Object(dev, ino uint64) []User {
	return s.users[key{space: dev, id: ino}]
}

// Objects returns all files that were found in use, by device and inode.
func (s *Scan) Objects() []Object { return s.objects }

var errNoProcesses = errors.New("no processes there, is it a proc file system?")

// Scan looks at all processes once. Those that start or end meanwhile may be
// left out, and those that could not be inspected are counted (Scan.Hidden).
// Processes in PID namespaces other than the caller's and those below it are
// not in /proc at all. The error is that of opening or listing /proc.
func (f FS) Scan(want Want) (*Scan, error) {
	return f.scan(want, segmentDevs(), false)
}

func (f FS) scan(want Want, segments []uint64, text bool) (*Scan, error) {
	proc, err := openat(unix.AT_FDCWD, f.root(), unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: f.root(), Err: err}
	}
	defer unix.Close(proc)
	var pids []int
	if err := eachNumber(proc, make([]byte, 64<<10), func(n int) { pids = append(pids, n) }); err != nil {
		return nil, &fs.PathError{Op: "readdirent", Path: f.root(), Err: err}
	}

	slices.Sort(pids)
	if len(pids) == 0 {
		// An empty answer would say that nobody uses anything.
		return nil, &fs.PathError{Op: "read", Path: f.root(), Err: errNoProcesses}
	}

	// The time goes to the kernel, which walks each process by itself, so the
	// processors share the work.
	workers := make([]*worker, max(1, min(runtime.GOMAXPROCS(0), 8, len(pids)/16)))
	var next atomic.Int64
	var wg sync.WaitGroup
	for i := range workers {
		w := f.newWorker(proc, want, segments, text)
		workers[i] = w
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(pids) {
					return
				}
				w.inspect(pids[i])
			}
		})
	}
	wg.Wait()

	s := &Scan{fs: f, users: workers[0].users, hidden: workers[0].hidden}
	objects := workers[0].objects
	for _, w := range workers[1:] {
		for k, users := range w.users {
			s.users[k] = append(s.users[k], users...)
		}
		for k, o := range w.objects {
			if known, ok := objects[k]; !ok || o.better(known) {
				objects[k] = o
			}
		}
		s.hidden = append(s.hidden, w.hidden...)
	}
	for _, users := range s.users {
		slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.PID, b.PID) })
	}
	for _, o := range objects {
		s.objects = append(s.objects, o.resolve())
	}
	slices.SortFunc(s.objects, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Dev, b.Dev), cmp.Compare(a.Ino, b.Ino))
	})
	slices.SortFunc(s.hidden, func(a, b hiddenProcess) int { return cmp.Compare(a.pid, b.pid) })
	return s, nil
}

// An object is an Object as one process showed it.
type object struct {
	Object
	pid    int
	byFD   bool // Unlinked is the link count's word, not the mark's
	marked bool
}

// better prefers what can be told for sure and reached without privilege, and
// else is the same choice every time.
func (o object) better(than object) bool {
	if o.byFD != than.byFD {
		return o.byFD
	}
	return o.pid < than.pid
}

// resolve asks the file itself whether it is unlinked, where that is allowed.
func (o object) resolve() Object {
	if o.byFD || !o.marked {
		return o.Object
	}
	id, err := identify(unix.AT_FDCWD, o.Ref)
	if err == nil && id.dev == o.Dev && id.ino == o.Ino && id.links > 0 {
		o.Unlinked = false
		o.Path += deletedMark
	}
	return o.Object
}
