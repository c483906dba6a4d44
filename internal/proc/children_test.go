package proc

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const nobody = 65534

// children are what the test binary does as a child process.
var children = map[string]func(args []string){
	"sleep":             func([]string) { hold(facts{}) },
	"attach":            childAttach,
	"huge":              childHuge,
	"object":            childObject,
	"anonymous":         childAnonymous,
	"fork":              childFork,
	"first-thread-ends": childFirstThreadEnds,
	"mount":             childMount,
	"command":           childCommand,
	"nobody":            childNobody,
	"scan-as-nobody":    childScanAsNobody,
	"hidepid":           childHidepid,
}

func address(b []byte) uint64 { return uint64(uintptr(unsafe.Pointer(&b[0]))) }

func mmap(fd, size, prot, flags int) []byte {
	b, err := unix.Mmap(fd, 0, size, prot, flags)
	check(err)
	return b
}

// attach makes a segment and attaches it twice, to read and write at first.
func attach(flags int, size int) (int, []uint64, error) {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, size, unix.IPC_CREAT|0o600|flags)
	if err != nil {
		return 0, nil, err
	}
	a, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		unix.SysvShmCtl(id, unix.IPC_RMID, nil)
		return 0, nil, err
	}
	b, err := unix.SysvShmAttach(id, 0, unix.SHM_RDONLY)
	check(err)
	return id, []uint64{address(a), address(b)}, nil
}

// childAttach marks its segment for removal, unless told to keep it.
func childAttach(args []string) {
	id, addrs, err := attach(0, 2*os.Getpagesize())
	check(err)
	if len(args) == 0 {
		_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
		check(err)
	}
	hold(facts{ID: id, Addrs: addrs})
}

func childHuge([]string) {
	const shmHugetlb, shmNoreserve = 0o4000, 0o10000
	id, addrs, err := attach(shmHugetlb|shmNoreserve, 2<<20)
	unsupported(err, "a segment of huge pages")
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	check(err)
	hold(facts{ID: id, Addrs: addrs})
}

// childObject does things to the file args[0], of two pages.
func childObject(args []string) {
	var f facts
	page := os.Getpagesize()
	for _, what := range args[1:] {
		if what == "unlink" {
			check(unix.Unlink(args[0]))
			continue
		}
		flags := map[string]int{
			"open-read": unix.O_RDONLY, "open-write": unix.O_WRONLY, "open-path": unix.O_PATH,
			"map-read": unix.O_RDONLY, "map-none": unix.O_RDONLY, "map-private": unix.O_RDONLY,
		}
		flag, ok := flags[what]
		if !ok {
			flag = unix.O_RDWR
		}
		fd, err := unix.Open(args[0], flag|unix.O_CLOEXEC, 0)
		check(err)
		switch what {
		case "open", "open-read", "open-write", "open-path":
			continue
		case "map":
			f.Addrs = append(f.Addrs, address(mmap(fd, 2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)))
		case "map-read":
			f.Addrs = append(f.Addrs, address(mmap(fd, 2*page, unix.PROT_READ, unix.MAP_SHARED)))
		case "map-none":
			f.Addrs = append(f.Addrs, address(mmap(fd, 2*page, unix.PROT_NONE, unix.MAP_SHARED)))
		case "map-private":
			f.Addrs = append(f.Addrs, address(mmap(fd, 2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)))
		case "map-split":
			b := mmap(fd, 2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
			check(unix.Mprotect(b[page:], unix.PROT_READ))
			f.Addrs = append(f.Addrs, address(b))
		default:
			check(errors.New("what is " + what))
		}
		check(unix.Close(fd))
	}
	hold(f)
}

// childAnonymous has what looks like a segment and is none. Its ID is that of
// no segment but of the files' inodes.
func childAnonymous([]string) {
	size := os.Getpagesize()
	fd, err := unix.MemfdCreate("SYSV00000001", unix.MFD_CLOEXEC)
	check(err)
	check(unix.Ftruncate(fd, int64(size)))
	id, err := identify(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd))
	check(err)
	a := mmap(fd, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	b := mmap(-1, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS)
	hold(facts{Dev: id.dev, Ino: id.ino, Addrs: []uint64{address(a), address(b)}})
}

func childFork(args []string) {
	// The signal at the parent's death comes when this thread ends.
	runtime.LockOSThread()
	id, _, err := attach(0, os.Getpagesize())
	check(err)
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	check(err)
	fd, err := unix.Open(args[0], unix.O_RDWR|unix.O_CLOEXEC, 0)
	check(err)
	mmap(fd, os.Getpagesize(), unix.PROT_READ, unix.MAP_SHARED)
	check(unix.Close(fd))
	pid, errno := forkAndWait()
	if errno != 0 {
		check(errno)
	}
	hold(facts{ID: id, Forked: pid})
}

// forkAndWait returns in the parent alone. The new process has one thread and
// no runtime, so all that it does is system calls.
//
//go:norace
func forkAndWait() (int, unix.Errno) {
	parent := uintptr(os.Getpid())
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if pid != 0 || errno != 0 {
		return int(pid), errno
	}
	unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0, 0)
	for {
		// The parent may have died before.
		if ppid, _, _ := unix.RawSyscall6(unix.SYS_GETPPID, 0, 0, 0, 0, 0, 0); ppid != parent {
			unix.RawSyscall6(unix.SYS_EXIT_GROUP, 0, 0, 0, 0, 0, 0)
		}
		unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
	}
}

// childFirstThreadEnds runs on its first thread (see init), which ends; the
// process shows as a zombie and lives on.
func childFirstThreadEnds(args []string) {
	id, _, err := attach(0, os.Getpagesize())
	check(err)
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	check(err)
	fd, err := unix.Open(args[0], unix.O_RDWR|unix.O_CLOEXEC, 0)
	check(err)
	mmap(fd, os.Getpagesize(), unix.PROT_READ, unix.MAP_SHARED)
	go func() {
		for end := time.Now().Add(deadline); ; time.Sleep(time.Millisecond) {
			st, dir, err := FS{}.stat(os.Getpid())
			check(err)
			unix.Close(dir)
			if st.state == 'Z' {
				break
			}
			if time.Now().After(end) {
				check(errors.New("the first thread does not end"))
			}
		}
		hold(facts{ID: id})
		os.Exit(0)
	}()
	// With Syscall, not RawSyscall: the runtime takes the processor back from a
	// thread that stays in the kernel.
	unix.Syscall(unix.SYS_EXIT, 0, 0, 0)
}

// childMount maps a file of a tmpfs that only its own mount namespace has.
func childMount(args []string) {
	dir := args[0]
	unsupported(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), "make the mounts private")
	unsupported(unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"), "mount a tmpfs")
	f, err := os.Create(dir + "/SYSV00000000")
	check(err)
	check(f.Truncate(int64(os.Getpagesize())))
	id, err := identify(unix.AT_FDCWD, f.Name())
	check(err)
	mmap(int(f.Fd()), os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	check(f.Close())
	// Seen from outside, the path begins at the file system's own root.
	check(os.Remove(dir + "/SYSV00000000"))
	hold(facts{Dev: id.dev, Ino: id.ino})
}

// childCommand has the name args[0], and the arguments that follow.
func childCommand(args []string) {
	check(os.WriteFile("/proc/self/comm", []byte(args[0]), 0))
	hold(facts{})
}

func becomeNobody() {
	unsupported(unix.Setgroups(nil), "setgroups")
	unsupported(unix.Setresgid(nobody, nobody, nobody), "setresgid")
	unsupported(unix.Setresuid(nobody, nobody, nobody), "setresuid")
}

// childNobody maps args[0] and becomes another user.
func childNobody(args []string) {
	fd, err := unix.Open(args[0], unix.O_RDWR|unix.O_CLOEXEC, 0)
	check(err)
	mmap(fd, os.Getpagesize(), unix.PROT_READ, unix.MAP_SHARED)
	check(unix.Close(fd))
	becomeNobody()
	hold(facts{})
}

// childScanAsNobody looks for the users of args[0].
func childScanAsNobody(args []string) {
	id, err := identify(unix.AT_FDCWD, args[0])
	check(err)
	becomeNobody()
	s, err := FS{}.Scan(Want{Segments: true, Devs: []uint64{id.dev}})
	check(err)
	f := facts{HiddenOf: s.HiddenOf(nobody), Users: s.Object(id.dev, id.ino)}
	for _, h := range s.hidden {
		f.HiddenPIDs = append(f.HiddenPIDs, h.pid)
	}
	if len(f.HiddenPIDs) != s.Hidden() {
		check(errors.New("hidden processes counted twice"))
	}
	ready(f)
	io.Copy(io.Discard, os.Stdin)
}

// childHidepid mounts /proc for a PID namespace of its own, where old kernels
// keep the option, and tells whether processes are hidden from it: as it is, and
// as nobody.
func childHidepid(args []string) {
	unsupported(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), "make the mounts private")
	unsupported(unix.Mount("proc", "/proc", "proc", 0, args[0]), "mount a proc file system")
	s, err := FS{}.Scan(Want{Segments: true})
	check(err)
	unknown := []bool{s.HiddenUnknown()}
	becomeNobody()
	s, err = FS{}.Scan(Want{Segments: true})
	check(err)
	hold(facts{Unknown: append(unknown, s.HiddenUnknown())})
}
