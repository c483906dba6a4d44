package posix

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"shmctl/internal/nstest"
)

const page = 4096

func TestReserve(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", nil)
	if err := o.Reserve(0); err != nil {
		t.Errorf("nothing: %v", err)
	}
	if err := o.Reserve(10*page + 1); err != nil {
		t.Fatal(err)
	}
	wantLeft(t, o, 10*page+1, 11*page)
	if o.Size() != 10*page+1 {
		t.Errorf("Size is %d", o.Size())
	}
	wantBytes(t, "reserved", content(t, d, "x"), make([]byte, 10*page+1))
	// Less than there is changes nothing.
	if err := o.Reserve(page); err != nil || o.Size() != 10*page+1 {
		t.Errorf("less: %v, size %d", err, o.Size())
	}
	wantLeft(t, o, 10*page+1, 11*page)

	// Holes in what is there are filled; Grow leaves them.
	for _, c := range []struct {
		what  string
		grow  func(*Object, int64) error
		alloc int64
	}{{"Reserve", (*Object).Reserve, 20 * page}, {"Grow", (*Object).Grow, 11 * page}} {
		o := create(t, d, Name(c.what), nil)
		o.Truncate(10 * page)
		o.WriteAt([]byte("kept"), 5*page)
		if err := c.grow(o, 20*page); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		wantLeft(t, o, 20*page, c.alloc)
		want := make([]byte, 20*page)
		copy(want[5*page:], "kept")
		wantBytes(t, c.what, content(t, d, Name(c.what)), want)
		if err := c.grow(o, 20*page); err != nil || o.Size() != 20*page {
			t.Errorf("%s again: %v, size %d", c.what, err, o.Size())
		}
	}
}

// When there is not enough, everything is as before: the size, the bytes, the
// holes, and what had been reserved by an earlier call and not written yet.
func TestReserveFails(t *testing.T) {
	const total = 1 << 20
	d := tmpfs(t, "size=1m")
	create(t, d, "other", make([]byte, 100<<10))
	o := create(t, d, "x", nil)
	if err := o.Reserve(100 << 10); err != nil { // reserved, not written
		t.Fatal(err)
	}
	if err := o.Truncate(300 << 10); err != nil { // and a hole
		t.Fatal(err)
	}
	o.WriteAt(pattern(8<<10, 1), 250<<10) // and data
	const alloc = 100<<10 + 12<<10        // from 248 to 260 KiB
	want := content(t, d, "x")
	free := func() uint64 {
		t.Helper()
		s, err := d.Statfs()
		if err != nil {
			t.Fatal(err)
		}
		return s.Free
	}
	before := free()
	wantLeft(t, o, 300<<10, alloc)
	for _, c := range []struct {
		what  string
		grow  func(int64) error
		sizes []int64
	}{
		{"Reserve", o.Reserve, []int64{950 << 10, 1000 << 10, total}},
		{"Grow", o.Grow, nil},
	} {
		for _, size := range append(c.sizes, total+200<<10, 2*total, 1<<40, math.MaxInt64-page, math.MaxInt64-1, math.MaxInt64) {
			err := c.grow(size)
			e := wantSpace(t, c.what, err)
			if e.Asked != size || e.Total != total || e.Free != int64(before) || e.Path != d.Path {
				t.Errorf("%s(%d): %+v", c.what, size, e)
			}
			if errors.Is(err, unix.ENOSPC) && err.Error() != fmt.Sprintf("the tmpfs at %s has %d of 1048576 bytes free", d.Path, before) {
				t.Errorf("%s(%d): %v", c.what, size, err)
			}
			wantLeft(t, o, 300<<10, alloc)
			if o.Size() != 300<<10 || free() != before {
				t.Errorf("%s(%d): size %d, %d bytes free of %d", c.what, size, o.Size(), free(), before)
			}
			wantBytes(t, c.what, content(t, d, "x"), want)
		}
	}
	// And then what does fit still does.
	if err := o.Reserve(900 << 10); err != nil {
		t.Error(err)
	}
	wantLeft(t, o, 900<<10, 900<<10)

	// No room for the data of a hole.
	sparse := create(t, d, "sparse", nil)
	sparse.Truncate(10 << 20)
	big := make([]byte, 1<<20)
	_, err := sparse.WriteAt(big, 0)
	if e := wantSpace(t, "WriteAt", err); e.Total != total {
		t.Errorf("%+v", e)
	}
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zero.Close()
	_, err = sparse.FillAt(int(zero.Fd()), 5<<20, 1<<20)
	wantSpace(t, "FillAt of a device", err)
	in := file(t, big)
	_, err = sparse.FillAt(in, 5<<20, 1<<20)
	wantSpace(t, "FillAt of a file", err)
	r, w := pipe(t)
	unix.Write(w, big[:60<<10])
	_, err = sparse.FillAt(r, 5<<20, 1<<20)
	wantSpace(t, "FillAt of a pipe", err)
}

// A kernel that leaves pages behind, as they did when it came to swap.
func TestReserveUndone(t *testing.T) {
	defer func() { fallocate = unix.Fallocate }()
	d := tmpDir(t)
	o := create(t, d, "x", []byte("data"))
	fallocate = func(fd int, mode uint32, off, n int64) error {
		if err := unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, 0, 20*page); err != nil {
			t.Error(err)
		}
		return unix.ENOSPC
	}
	wantSpace(t, "Reserve", o.Reserve(40*page))
	wantLeft(t, o, 4, page)
	wantBytes(t, "after", content(t, d, "x"), []byte("data"))

	// Another process has made it longer in the meantime: its bytes are its own.
	fallocate = func(fd int, mode uint32, off, n int64) error {
		unix.Pwrite(fd, []byte("theirs"), 10*page)
		return unix.ENOSPC
	}
	wantSpace(t, "Reserve", o.Reserve(40*page))
	wantLeft(t, o, 10*page+6, 2*page)
}

func TestReserveErrors(t *testing.T) {
	defer func() { fallocate = unix.Fallocate }()
	d := tmpDir(t)
	o := create(t, d, "x", nil)
	for errno, text := range map[unix.Errno]string{
		unix.ENOMEM: "the kernel has no memory for it",
		unix.EDQUOT: "the quota on the tmpfs at " + d.Path + " is used up",
		unix.EFBIG:  "4096 bytes are more than a file can have",
	} {
		fallocate = func(int, uint32, int64, int64) error { return errno }
		if e := wantSpace(t, errno.Error(), o.Reserve(page)); e.Error() != text || !errors.Is(e, errno) {
			t.Errorf("%v: %v", errno, e)
		}
	}
	fallocate = func(int, uint32, int64, int64) error { return unix.EOPNOTSUPP }
	var space *SpaceError
	if err := o.Reserve(page); !errors.Is(err, unix.EOPNOTSUPP) || errors.As(err, &space) {
		t.Errorf("not supported: %v", err)
	}
	if err := o.Truncate(-1); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a negative size: %v", err)
	}
}

func TestFileSizeLimit(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", nil)
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 64 << 10, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	rerr, terr := o.Reserve(1<<20), o.Truncate(1<<20)
	unix.Setrlimit(unix.RLIMIT_FSIZE, &old)
	for _, err := range []error{rerr, terr} {
		if e := wantSpace(t, "past it", err); e.Error() != "RLIMIT_FSIZE is 65536 bytes" || e.Asked != 1<<20 {
			t.Errorf("%v", e)
		}
	}
	wantLeft(t, o, 0, 0)
}

// Signals neither fail a reservation nor make it start over for ever.
func TestReserveSignals(t *testing.T) {
	defer func() { fallocate = unix.Fallocate }()
	d := tmpDir(t)
	background(t, func(stopped func() bool) {
		for !stopped() {
			tasks, _ := os.ReadDir("/proc/self/task")
			for _, task := range tasks {
				var tid int
				fmt.Sscan(task.Name(), &tid)
				unix.Tgkill(os.Getpid(), tid, unix.SIGURG)
			}
		}
	})
	for i := 0; i < 8; i++ {
		o := create(t, d, "x", nil)
		if err := o.Reserve(64 << 20); err != nil {
			t.Fatal(err)
		}
		wantLeft(t, o, 64<<20, 64<<20)
		o.Close()
		d.Unlink("x")
	}

	// What keeps them away is the mask; what interrupts all the same is tried again.
	o := create(t, d, "x", nil)
	calls := 0
	fallocate = func(fd int, mode uint32, off, n int64) error {
		if calls++; calls < 5 {
			return unix.EINTR
		}
		var now unix.Sigset_t
		if err := unix.PthreadSigmask(unix.SIG_BLOCK, nil, &now); err != nil {
			t.Error(err)
		}
		if bit := uint(unix.SIGURG - 1); uint64(now.Val[0])&(1<<bit) == 0 {
			t.Error("SIGURG is not blocked")
		}
		return unix.Fallocate(fd, mode, off, n)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after unix.Sigset_t
	unix.PthreadSigmask(unix.SIG_BLOCK, nil, &before)
	if err := o.Reserve(page); err != nil || calls != 5 {
		t.Errorf("%v after %d calls", err, calls)
	}
	unix.PthreadSigmask(unix.SIG_BLOCK, nil, &after)
	if before != after {
		t.Error("the signal mask was not restored")
	}
}

// While an object is reserved another process stores into its holes: no byte is
// lost, whether the reservation is had or not.
func TestReserveRace(t *testing.T) {
	d := tmpfs(t, "size=4m")
	o := create(t, d, "x", nil)
	const pages = 512 // 2 MiB
	for round := 0; round < 40; round++ {
		o.Truncate(0)
		o.Truncate(pages * page)
		done := make(chan error)
		go func() {
			other, err := d.Open("x", true)
			if err == nil {
				defer other.Close()
				for i := pages - 1; i >= 0 && err == nil; i -= 3 {
					_, err = other.WriteAt([]byte{1}, int64(i)*page)
				}
			}
			done <- err
		}()
		size := int64(pages * page)
		if round%2 == 0 {
			size = 4<<20 + page // which fails
		}
		if err := o.Reserve(size); (err != nil) != (round%2 == 0) {
			t.Error(err)
		}
		if err := <-done; err != nil {
			// Both want the last page: the other one may lose.
			wantSpace(t, "the other", err)
			continue
		}
		b := content(t, d, "x")
		for i := pages - 1; i >= 0; i -= 3 {
			if b[i*page] != 1 {
				t.Fatalf("round %d: the byte at page %d is lost", round, i)
			}
		}
		if i, err := o.Stat(); err != nil || i.Size != pages*page {
			t.Errorf("size %d, %v", i.Size, err)
		}
	}
}

func TestTruncate(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", []byte("hello"))
	for _, size := range []int64{3, 10, 0, 5 << 30, 1} {
		if err := o.Truncate(size); err != nil || o.Size() != size {
			t.Errorf("%d: %v, size %d", size, err, o.Size())
		}
		if i, err := o.Stat(); err != nil || i.Size != size {
			t.Errorf("%d: size %d, %v", size, i.Size, err)
		}
	}
	ro := open2(t, d, "x", false)
	if err := ro.Truncate(9); err == nil {
		t.Error("of what is open for reading")
	}
	if err := ro.Reserve(9); err == nil {
		t.Error("Reserve of what is open for reading")
	}
}

func TestEmpty(t *testing.T) {
	d, lines := recorded(tmpDir(t))
	o := create(t, d, "x", []byte("hello"))
	if err := o.Empty(); err != nil || o.Size() != 0 {
		t.Fatal(err)
	}
	wantLeft(t, o, 0, 0)
	if s := strings.Join(*lines, "\n"); !strings.Contains(s, "O_TRUNC") {
		t.Error(s)
	}
	nstest.Powerless(t, func() {
		o.Chmod(0o400)
		wantErr(t, "no longer writable", o.Empty(), fs.ErrPermission)
	})
}

func TestMap(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", []byte("hello"))
	if o.Bytes() != nil {
		t.Error("mapped before Map")
	}
	if err := o.Map(false); err != nil {
		t.Fatal(err)
	}
	copy(o.Bytes(), "J")
	if string(o.Bytes()) != "Jello" {
		t.Errorf("%q", o.Bytes())
	}
	ro := open2(t, d, "x", false)
	wantErr(t, "writable, of what is open for reading", ro.Map(false), fs.ErrPermission)
	if err := ro.Map(true); err != nil || string(ro.Bytes()) != "Jello" {
		t.Errorf("%q, %v", ro.Bytes(), err)
	}
	if err := o.Truncate(8000); err != nil {
		t.Fatal(err)
	}
	if err := o.Map(true); err != nil || len(o.Bytes()) != 8000 { // again, anew
		t.Errorf("%d bytes, %v", len(o.Bytes()), err)
	}
	for i := 0; i < 2; i++ {
		if err := o.Unmap(); err != nil || o.Bytes() != nil {
			t.Error(err)
		}
	}
	empty := create(t, d, "empty", nil)
	if err := empty.Map(false); err != nil || empty.Bytes() == nil || len(empty.Bytes()) != 0 {
		t.Errorf("empty: %v, %v", empty.Bytes(), err)
	}
	huge := create(t, d, "huge", nil)
	if err := huge.Truncate(math.MaxInt64 - page + 1); err != nil {
		t.Fatal(err)
	}
	if e := wantSpace(t, "huge", huge.Map(true)); e.Asked != huge.Size() || !strings.Contains(e.Error(), "address space") {
		t.Error(e)
	}
	o.Map(false)
	for i := 0; i < 2; i++ {
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
	if o.Bytes() != nil || o.Fd() != -1 {
		t.Error("open after Close")
	}
}

func TestTrace(t *testing.T) {
	// Numbers below are not those of the descriptors.
	for {
		fd := openFile(t, "/dev/null", unix.O_RDONLY)
		if fd > 200 {
			break
		}
	}
	d, lines := recorded(tmpDir(t))
	o, err := d.Create("a\nb", 0o640)
	if err != nil {
		t.Fatal(err)
	}
	fd := o.Fd()
	o.Reserve(1024)
	o.Truncate(2048)
	o.Map(false)
	addr := fmt.Sprintf("%p", o.Bytes())
	o.Unmap()
	o.WriteAt([]byte("hello, all of you"), 100)
	p := make([]byte, 17)
	o.ReadAt(p, 100)
	o.Chmod(0o600)
	o.Chown(-1, -1)
	o.Close()
	d.Create("a\nb", 0)
	d.Open("none", true)
	again := open2(t, d, "a\nb", false)
	d.Unlink("a\nb")
	got := strings.ReplaceAll(strings.Join(*lines, "\n"), addr, "ADDR")
	got = strings.ReplaceAll(got, d.Path, "DIR")
	got = regexp.MustCompile(fmt.Sprintf(`\b(%d|%d)\b`, fd, again.Fd())).ReplaceAllString(got, "FD")
	want := `shm_open("/a\nb", O_RDWR|O_CREAT|O_EXCL, 0640) = FD
fchmod(FD, 0640) = 0
fstat(FD, {st_mode=S_IFREG|0640, st_nlink=1, st_size=0}) = 0
fstat(FD, {st_mode=S_IFREG|0640, st_nlink=1, st_size=0}) = 0
fallocate(FD, 0, 0, 1024) = 0
ftruncate(FD, 2048) = 0
mmap(NULL, 2048, PROT_READ|PROT_WRITE, MAP_SHARED, FD, 0) = ADDR
munmap(ADDR, 2048) = 0
fstat(FD, {st_mode=S_IFREG|0640, st_nlink=1, st_size=2048}) = 0
pwrite(FD, "hello, all of you", 17, 100) = 17
pread(FD, "hello, all of you", 17, 100) = 17
fchmod(FD, 0600) = 0
fchown(FD, -1, -1) = 0
close(FD) = 0
shm_open("/a\nb", O_RDWR|O_CREAT|O_EXCL, 0) = -1 EEXIST
lstat("DIR/none", statbuf) = -1 ENOENT
stat("DIR", {st_mode=S_IFDIR|0700}) = 0
lstat("DIR/a\nb", {st_mode=S_IFREG|0600, st_nlink=1, st_size=2048}) = 0
shm_open("/a\nb", O_RDONLY|O_NONBLOCK, 0) = FD
fstat(FD, {st_mode=S_IFREG|0600, st_nlink=1, st_size=2048}) = 0
lstat("DIR/a\nb", {st_mode=S_IFREG|0600, st_nlink=1, st_size=2048}) = 0
shm_unlink("/a\nb") = 0`
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("from line %d it is\n%s\nwant\n%s", i+1, strings.Join(g[min(i, len(g)):], "\n"), strings.Join(w[min(i, len(w)):], "\n"))
		}
	}

	// Temp and Replace, and List.
	*lines = nil
	o, err = d.Temp(0o600)
	if err != nil {
		t.Fatal(err)
	}
	o.Replace("new")
	o.Close()
	o, _ = d.Temp(0o600)
	o.Replace("new")
	o.Close()
	d.List()
	s := strings.Join(*lines, "\n")
	for _, part := range []string{
		`open("` + d.Path + `", O_RDWR|O_TMPFILE|O_CLOEXEC, 0600) = `,
		`linkat(AT_FDCWD, "/proc/self/fd/`, `, AT_FDCWD, "` + d.Path + `/new", AT_SYMLINK_FOLLOW) = 0`,
		`rename("` + d.Path + `/.shmctl-`, `", "` + d.Path + `/new") = 0`,
		`open("` + d.Path + `", O_RDONLY|O_DIRECTORY|O_CLOEXEC) = `, `, dirp, 65536) = 0`,
		`, "new", {st_mode=S_IFREG|0600, st_nlink=1, st_size=0}, AT_SYMLINK_NOFOLLOW) = 0`,
	} {
		if !strings.Contains(s, part) {
			t.Errorf("%s is not in\n%s", part, s)
		}
	}
	if slices.ContainsFunc(*lines, func(s string) bool { return strings.Contains(s, "(EXTRA") || strings.Contains(s, "%!") }) {
		t.Error(s)
	}
}
