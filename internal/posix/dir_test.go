package posix

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"shmctl/internal/nstest"
)

func TestNotObjects(t *testing.T) {
	d := tmpDir(t)
	planted := plant(t, d)
	lstat := func(n Name) (st unix.Stat_t) {
		t.Helper()
		if err := unix.Lstat(d.path(n), &st); err != nil {
			t.Fatal(err)
		}
		return st
	}
	mode, owner := uint32(0o777), uint32(os.Getuid())
	mine := create(t, d, "mine", nil)
	for n, what := range planted {
		t.Run(string(n), func(t *testing.T) {
			before := lstat(n)
			d, lines := recorded(d)
			temp := func() *Object {
				o, err := d.Temp(0o600)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { o.Close() })
				return o
			}
			refused := func(what0 string, err error) {
				t.Helper()
				var other *NotObjectError
				if !errors.As(err, &other) {
					t.Errorf("%s: error is %v, want a NotObjectError", what0, err)
					return
				}
				if other.Name != n || other.What != what || err.Error() != "is "+what+", not an object" {
					t.Errorf("%s: %+v", what0, other)
				}
				wantErr(t, what0, err, fs.ErrNotExist)
			}
			_, err := d.Open(n, false)
			refused("Open to read", err)
			_, err = d.Open(n, true)
			refused("Open to write", err)
			_, err = d.Stat(n)
			refused("Stat", err)
			refused("Unlink", d.Unlink(n))
			refused("UnlinkObject", d.UnlinkObject(mine, n))
			refused("Set", d.Set(n, &mode, &owner, &owner))
			refused("Replace", temp().Replace(n))
			for _, line := range *lines {
				for _, bad := range []string{"shm_open", "shm_unlink", "chmod(\"", "chown", "rename"} {
					if strings.Contains(line, bad) {
						t.Errorf("was touched: %s", line)
					}
				}
			}
			_, err = d.Create(n, 0o600)
			wantErr(t, "Create", err, fs.ErrExist)
			wantErr(t, "Link", temp().Link(n), fs.ErrExist)
			// Device and inode, times, mode, owner and size: nothing has moved.
			if after := lstat(n); after != before {
				t.Errorf("changed: %+v, was %+v", after, before)
			}
		})
	}
	if got := names(t, d); strings.Contains(got, ".shmctl") {
		t.Errorf("left behind: %s", got)
	}
}

// What is swapped for a FIFO between the check and the opening must not block.
func TestOpenRace(t *testing.T) {
	d := tmpDir(t)
	stop := background(t, func(stopped func() bool) {
		for i := 0; !stopped(); i++ {
			tmp := d.path("tmp")
			switch i % 3 {
			case 0:
				unix.Mkfifo(tmp, 0o600)
			case 1:
				os.WriteFile(tmp, []byte("object"), 0o600)
			case 2:
				os.Symlink("object", tmp)
			}
			os.Rename(tmp, d.path("x"))
			for n := i % 7 * 1000; n > 0 && !stopped(); n-- { // for a while it stays
			}
		}
	})
	opened := 0
	deadline := time.Now().Add(20 * time.Second)
	for i := 0; i < 5000 || opened == 0 && time.Now().Before(deadline); i++ {
		o, err := d.Open("x", i%2 == 0)
		if err == nil {
			opened++
			if mode := fileType(o.Fd()); mode != unix.S_IFREG {
				t.Errorf("opened a file of type %#o", mode)
			}
			o.Close()
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	stop()
	if opened == 0 {
		t.Error("never opened an object")
	}
}

func TestSemaphore(t *testing.T) {
	d := tmpDir(t)
	create(t, d, "sem.x", []byte("0123456789abcdef0123456789abcdef"))
	o := open2(t, d, "sem.x", false)
	i, err := d.Stat("sem.x")
	if err != nil || i.Type() != "semaphore" || !i.Semaphore() {
		t.Errorf("Stat: %+v, %v", i, err)
	}
	mode := uint32(0o777)
	temp, err := d.Temp(0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer temp.Close()
	_, oerr := d.Open("sem.x", true)
	for what, err := range map[string]error{
		"Open": oerr, "Unlink": d.Unlink("sem.x"), "Set": d.Set("sem.x", &mode, nil, nil),
		"Replace": temp.Replace("sem.x"), "Replace of none": temp.Replace("sem.none"),
		"Chmod": o.Chmod(0o777), "Chown": o.Chown(-1, -1),
	} {
		var sem *SemaphoreError
		if !errors.As(err, &sem) || !errors.Is(err, fs.ErrNotExist) || err.Error() != "is a semaphore, not an object" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if after, err := d.Stat("sem.x"); after != i {
		t.Errorf("changed: %+v, %v", after, err)
	}
	if err := d.Unlink("sem.none"); !missing(err) {
		t.Errorf("Unlink of no semaphore: %v", err)
	}
	if _, err := d.Open("sem.none", true); !missing(err) {
		t.Errorf("Open of no semaphore: %v", err)
	}
}

// missing says that nothing has the name at all.
func missing(err error) bool {
	var other *NotObjectError
	var sem *SemaphoreError
	return errors.Is(err, fs.ErrNotExist) && !errors.As(err, &other) && !errors.As(err, &sem)
}

func TestMissing(t *testing.T) {
	d := tmpDir(t)
	mode := uint32(0o600)
	_, rerr := d.Open("x", false)
	_, werr := d.Open("x", true)
	_, serr := d.Stat("x")
	for what, err := range map[string]error{
		"Open to read": rerr, "Open to write": werr, "Stat": serr, "Unlink": d.Unlink("x"),
		"Set": d.Set("x", &mode, nil, nil), "UnlinkObject": d.UnlinkObject(create(t, d, "y", nil), "x"),
	} {
		if !missing(err) {
			t.Errorf("%s: %v", what, err)
		}
		wantText(t, err)
	}
}

// No /dev/shm is another thing than no object.
func TestNoDirectory(t *testing.T) {
	d := tmpDir(t)
	temp, err := d.Temp(0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer temp.Close()
	if err := os.WriteFile(d.path("file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, d := range []Dir{{Path: d.path("gone")}, {Path: d.path("file")}} {
		temp.dir = d
		mode := uint32(0o600)
		_, oerr := d.Open("x", false)
		_, serr := d.Stat("x")
		_, cerr := d.Create("x", 0o600)
		_, terr := d.Temp(0o600)
		_, lerr := d.List()
		_, ferr := d.Statfs()
		errs := map[string]error{
			"Open": oerr, "Stat": serr, "Create": cerr, "List": lerr, "Unlink": d.Unlink("x"),
			"Set": d.Set("x", &mode, nil, nil), "Link": temp.Link("x"), "Replace": temp.Replace("x"), "Temp": terr,
		}
		if d.Path[len(d.Path)-1] == 'e' { // statfs is content with a file
			ferr = nil
		} else {
			errs["Statfs"] = ferr
		}
		for what, err := range errs {
			var dir *DirError
			if !errors.As(err, &dir) || dir.Path != d.Path || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s in %s: %v", what, d.Path, err)
			}
			wantText(t, err)
		}
	}
}

func TestCreate(t *testing.T) {
	d := tmpDir(t)
	old := unix.Umask(0o077)
	defer unix.Umask(old)
	for _, mode := range []uint32{0o666, 0o600, 0o777, 0o000, 0o421, 0o400} {
		n := Name(fmt.Sprintf("%o", mode))
		for _, o := range []func() (*Object, error){
			func() (*Object, error) { return d.Create(n, mode) },
			func() (*Object, error) { return d.Temp(mode) },
		} {
			o, err := o()
			if err != nil {
				t.Fatal(err)
			}
			defer o.Close()
			i, err := o.Stat()
			if err != nil || i.Mode != mode || i.Size != 0 || o.Size() != 0 || i.Alloc != 0 {
				t.Errorf("mode %#o: %+v, %v", mode, i, err)
			}
			if o.Info() != i {
				t.Errorf("Info is %+v, and Stat is %+v", o.Info(), i)
			}
			// Open for both, whatever the mode.
			if err := o.Truncate(3); err != nil {
				t.Error(err)
			}
			if n, err := o.WriteAt([]byte("abc"), 0); n != 3 || err != nil {
				t.Errorf("WriteAt: %d, %v", n, err)
			}
			p := make([]byte, 3)
			if n, err := o.ReadAt(p, 0); n != 3 || string(p) != "abc" {
				t.Errorf("ReadAt: %q, %v", p, err)
			}
		}
		if _, err := d.Create(n, mode); !errors.Is(err, fs.ErrExist) {
			t.Errorf("again: %v", err)
		}
	}
	if got := names(t, d); got != "0 400 421 600 666 777" {
		t.Errorf("there are %s", got)
	}
}

func TestCreateRace(t *testing.T) {
	d := tmpDir(t)
	for round := 0; round < 50; round++ {
		n := Name(fmt.Sprint("x", round))
		var won, lost atomic.Int32
		var wg sync.WaitGroup
		for i := 0; i < 8; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				var o *Object
				var err error
				if i%2 == 0 {
					o, err = d.Create(n, 0o600)
				} else if o, err = d.Temp(0o600); err == nil {
					defer o.Close()
					err = o.Link(n)
				}
				switch {
				case err == nil:
					won.Add(1)
					o.Close()
				case errors.Is(err, fs.ErrExist):
					lost.Add(1)
				default:
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 7 {
			t.Fatalf("%d won and %d lost", won.Load(), lost.Load())
		}
	}
}

func TestNoInodes(t *testing.T) {
	d := tmpfs(t, "nr_inodes=4,size=64k")
	var err error
	for i := 0; err == nil && i < 10; i++ {
		var o *Object
		if o, err = d.Create(Name(fmt.Sprint(i)), 0o600); err == nil {
			o.Close()
		}
	}
	before := names(t, d)
	e := wantSpace(t, "Create", err)
	if !errors.Is(err, unix.ENOSPC) || e.FreeInodes != 0 || e.Inodes != 4 ||
		err.Error() != fmt.Sprintf("the tmpfs at %s has 0 of 4 inodes free", d.Path) {
		t.Errorf("%v: %+v", err, e)
	}
	_, err = d.Temp(0o600)
	wantSpace(t, "Temp", err)
	if after := names(t, d); after != before {
		t.Errorf("left behind: %s", after)
	}
}

func TestNames(t *testing.T) {
	d := tmpDir(t)
	all := []Name{
		"a\nb", "\x1b[31mred", "\xff\xfe", " ", "...", `a"b\c`, "é", "%s",
		Name(strings.Repeat("n", 255)), Name(strings.Repeat("\xff", 255)),
	}
	for _, n := range all {
		o, err := d.Create(n, 0o600)
		if err != nil {
			t.Fatalf("%q: %v", n, err)
		}
		o.Close()
		if i, err := d.Stat(n); err != nil || i.Name != n {
			t.Errorf("%q: %+v, %v", n, i, err)
		}
		temp, err := d.Temp(0o640)
		if err != nil {
			t.Fatal(err)
		}
		if err := temp.Replace(n); err != nil {
			t.Errorf("Replace(%q): %v", n, err)
		}
		temp.Close()
		if o, err := d.Open(n, true); err != nil {
			t.Errorf("%q: %v", n, err)
		} else {
			o.Close()
		}
	}
	rows, err := d.List()
	if err != nil || len(rows) != len(all) {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	for _, n := range all {
		if err := d.Unlink(n); err != nil {
			t.Errorf("Unlink(%q): %v", n, err)
		}
	}
	if got := names(t, d); got != "" {
		t.Errorf("left: %q", got)
	}
}

func TestUnlinkObject(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", nil)
	if err := d.Unlink("x"); err != nil {
		t.Fatal(err)
	}
	if i, err := o.Stat(); err != nil || i.Links != 0 || i.Type() != "unlinked" {
		t.Errorf("unlinked: %+v, %v", i, err)
	}
	other := create(t, d, "x", []byte("other"))
	wantErr(t, "another's name", d.UnlinkObject(o, "x"), ErrReplaced)
	wantBytes(t, "the other", content(t, d, "x"), []byte("other"))
	if err := d.UnlinkObject(other, "x"); err != nil || names(t, d) != "" {
		t.Errorf("its own name: %v", err)
	}
}

func TestLink(t *testing.T) {
	d := tmpDir(t)
	o, err := d.Temp(0o640)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := o.Truncate(5); err != nil {
		t.Fatal(err)
	}
	o.WriteAt([]byte("hello"), 0)
	if got := names(t, d); got != "" {
		t.Errorf("seen before it has a name: %s", got)
	}
	if err := o.Link("x"); err != nil {
		t.Fatal(err)
	}
	i, err := d.Stat("x")
	if err != nil || i.Mode != 0o640 || i.Size != 5 || i.Ino != o.Info().Ino || o.Info().Name != "x" {
		t.Errorf("%+v, %v", i, err)
	}
	if o.Link("y") == nil || o.Replace("y") == nil || names(t, d) != "x" {
		t.Error("a second name was made")
	}

	unnamed, err := d.Temp(0o600)
	if err != nil {
		t.Fatal(err)
	}
	unnamed.Close()
	if got := names(t, d); got != "x" {
		t.Errorf("after closing one without a name: %s", got)
	}
}

// Without /proc an object gets its name in another way, or the error says so.
func TestLinkWithoutProc(t *testing.T) {
	nstest.Require(t)
	d := tmpDir(t)
	o, err := d.Temp(0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := unix.Mount("none", "/proc", "tmpfs", 0, ""); err != nil {
		t.Skip(err)
	}
	err = o.Link("x")
	create := Dir{Path: d.Path}
	mode := uint32(0o666)
	obj, cerr := create.Create("y", 0o600)
	serr := create.Set("y", &mode, nil, nil)
	eerr := obj.Empty()
	if err := unix.Unmount("/proc", unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	if cerr != nil || eerr != nil {
		t.Errorf("Create: %v, Empty: %v", cerr, eerr)
	}
	obj.Close()
	if err != nil && err != errNoProc || serr != nil {
		t.Errorf("Link: %v, Set: %v", err, serr)
	}
	if _, serr := d.Stat("x"); (serr == nil) != (err == nil) {
		t.Errorf("Link: %v, Stat: %v", err, serr)
	}
}

func TestReplace(t *testing.T) {
	d := tmpDir(t)
	publish := func(n Name, data []byte) error {
		o, err := d.Temp(0o600)
		if err != nil {
			return err
		}
		defer o.Close()
		if err := o.Truncate(int64(len(data))); err != nil {
			return err
		}
		if _, err := o.WriteAt(data, 0); err != nil {
			return err
		}
		return o.Replace(n)
	}
	if err := publish("x", []byte("first")); err != nil {
		t.Fatal(err)
	}
	old := open2(t, d, "x", false)
	if err := publish("x", []byte("second")); err != nil {
		t.Fatal(err)
	}
	wantBytes(t, "new", content(t, d, "x"), []byte("second"))
	p := make([]byte, 5)
	old.ReadAt(p, 0)
	wantBytes(t, "old", p, []byte("first"))

	// A reader sees one version whole.
	const size = 300_000
	versions := map[byte][]byte{}
	for v := byte(0); v < 4; v++ {
		versions[v] = append(pattern(size+int(v)*1000, v), v)
	}
	if err := publish("x", versions[0]); err != nil {
		t.Fatal(err)
	}
	var stops []func()
	for i := 0; i < 2; i++ {
		stops = append(stops, background(t, func(stopped func() bool) {
			for !stopped() {
				o, err := d.Open("x", false)
				if missing(err) {
					continue // it was unlinked between the opening and the check
				}
				if err != nil {
					t.Error(err)
					return
				}
				p := make([]byte, o.Size())
				o.ReadAt(p, 0)
				o.Close()
				if string(p) != string(versions[p[len(p)-1]]) {
					t.Error("a mix")
					return
				}
			}
		}))
	}
	for i := 0; i < 300; i++ {
		if err := publish("x", versions[byte(i%4)]); err != nil {
			t.Error(err)
		}
	}
	for _, stop := range stops {
		stop()
	}
	if got := names(t, d); got != "x" {
		t.Errorf("left behind: %s", got)
	}
}

// Two publishers of a missing name: both succeed, one after the other.
func TestReplaceRace(t *testing.T) {
	d := tmpDir(t)
	for round := 0; round < 100; round++ {
		n := Name(fmt.Sprint("x", round))
		var wg sync.WaitGroup
		for i := 0; i < 4; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				o, err := d.Temp(0o600)
				if err != nil {
					t.Error(err)
					return
				}
				defer o.Close()
				if err := o.Replace(n); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		if err := d.Unlink(n); err != nil {
			t.Error(err)
		}
	}
	if got := names(t, d); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

func TestSet(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", []byte("x"))
	u := func(n int) *uint32 { v := uint32(n); return &v }
	if err := d.Set("x", u(0), nil, nil); err != nil {
		t.Fatal(err)
	}
	nstest.Powerless(t, func() {
		// Mode 0 and no capability: not to be opened by its owner, but to be changed.
		if _, err := d.Open("x", false); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("Open: %v", err)
		}
		if i, err := d.Stat("x"); err != nil || i.Size != 1 {
			t.Errorf("Stat: %+v, %v", i, err)
		}
		// The owner may not be given away, so the mode stays too.
		if err := d.Set("x", u(0o777), u(12345), nil); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("giving it away: %v", err)
		}
		if i, _ := d.Stat("x"); i.Mode != 0 {
			t.Errorf("after a failure the mode is %#o", i.Mode)
		}
		if err := d.Set("x", u(0o640), u(os.Getuid()), u(os.Getgid())); err != nil {
			t.Errorf("Set: %v", err)
		}
	})
	if i, err := o.Stat(); err != nil || i.Mode != 0o640 || int(i.UID) != os.Getuid() {
		t.Errorf("%+v, %v", i, err)
	}
	if err := d.Set("x", u(0o604), u(65534), u(65533)); err == nil {
		if i, err := o.Stat(); err != nil || i.Mode != 0o604 || i.UID != 65534 || i.GID != 65533 {
			t.Errorf("%+v, %v", i, err)
		}
	} else if os.Getuid() == 0 && !errors.Is(err, unix.EINVAL) { // no such user in the namespace
		t.Error(err)
	}
	if err := o.Chmod(0o1755); err != nil {
		t.Error(err)
	}
	if i, _ := o.Stat(); i.Mode != 0o755 {
		t.Errorf("mode %#o", i.Mode)
	}
	if err := o.Chown(-1, os.Getgid()); err != nil {
		t.Error(err)
	}
}

func TestPermission(t *testing.T) {
	d := tmpDir(t)
	if err := unix.Chmod(d.Path, 0o1777); err != nil { // as /dev/shm is
		t.Fatal(err)
	}
	create(t, d, "secret", []byte("secret"))
	create(t, d, "public", []byte("public")).Chmod(0o644)
	shared := create(t, d, "shared", []byte("shared"))
	shared.Chmod(0o666)
	mode := uint32(0o777)
	before, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	nstest.Nobody(t, func() {
		_, rerr := d.Open("secret", false)
		_, werr := d.Open("public", true)
		for what, err := range map[string]error{
			"Open to read": rerr, "Open to write": werr,
			"Unlink": d.Unlink("public"), "UnlinkObject": d.UnlinkObject(shared, "shared"), "Set": d.Set("shared", &mode, nil, nil),
		} {
			wantErr(t, what, err, fs.ErrPermission)
		}
		if i, err := d.Stat("secret"); err != nil || i.Size != 6 || i.Mode != 0o600 {
			t.Errorf("Stat: %+v, %v", i, err)
		}
		for n, write := range map[Name]bool{"public": false, "shared": true} {
			o, err := d.Open(n, write)
			if err != nil {
				t.Errorf("%s: %v", n, err)
				continue
			}
			o.Close()
		}
		o, err := d.Temp(0o600)
		if err != nil {
			t.Error(err)
			return
		}
		defer o.Close()
		wantErr(t, "Replace", o.Replace("shared"), fs.ErrPermission)
		wantErr(t, "Link", o.Link("secret"), fs.ErrExist)
		if rows, err := d.List(); err != nil || len(rows) != 3 {
			t.Errorf("List: %d rows, %v", len(rows), err)
		}
	})
	after, err := d.List()
	if err != nil || fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("changed: %v, was %v", after, before)
	}
	if got := names(t, d); got != "public secret shared" {
		t.Errorf("left behind: %s", got)
	}
}

func TestDirectoryPermission(t *testing.T) {
	d := tmpDir(t)
	create(t, d, "public", nil)
	// One that may be searched and not written.
	os.Chmod(d.Path, 0o555)
	nstest.Powerless(t, func() {
		_, cerr := d.Create("new", 0o600)
		_, terr := d.Temp(0o600)
		wantErr(t, "Create", cerr, fs.ErrPermission)
		wantErr(t, "Temp", terr, fs.ErrPermission)
		wantErr(t, "Unlink", d.Unlink("public"), fs.ErrPermission)
	})
	// One that may not be searched.
	os.Chmod(d.Path, 0o600)
	nstest.Powerless(t, func() {
		_, oerr := d.Open("public", false)
		_, serr := d.Stat("public")
		wantErr(t, "Open", oerr, fs.ErrPermission)
		wantErr(t, "Stat", serr, fs.ErrPermission)
	})
	os.Chmod(d.Path, 0o700)
}

// fs.protected_regular refuses O_CREAT on another's file in a sticky directory,
// even to root: what exists is opened without it.
func TestStickyDirectory(t *testing.T) {
	d := tmpDir(t)
	if err := unix.Chmod(d.Path, 0o1777); err != nil {
		t.Fatal(err)
	}
	create(t, d, "x", []byte("x")).Chmod(0o666)
	if err := os.Chown(d.path("x"), 65534, 65534); err != nil {
		t.Skip("takes another user: ", err)
	}
	o := open2(t, d, "x", true)
	if err := o.Empty(); err != nil {
		t.Error(err)
	}
}

func TestStatfs(t *testing.T) {
	d := tmpfs(t, "size=1m,nr_inodes=10")
	s, err := d.Statfs()
	if err != nil || s.Total != 1<<20 || s.Free != 1<<20 || s.Avail != 1<<20 || s.Inodes != 10 || s.FreeInodes != 9 {
		t.Errorf("%+v, %v", s, err)
	}
	create(t, d, "x", make([]byte, 64<<10))
	if s, err = d.Statfs(); err != nil || s.Free != 1<<20-64<<10 || s.FreeInodes != 8 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestInfo(t *testing.T) {
	d := tmpDir(t)
	o := create(t, d, "x", []byte("hello"))
	i, err := d.Stat("x")
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(d.path("x"), &st); err != nil {
		t.Fatal(err)
	}
	same := func(a time.Time, b unix.Timespec) bool { s, ns := b.Unix(); return a.Equal(time.Unix(s, ns)) }
	if i.Ino != st.Ino || i.Dev != uint64(st.Dev) || i.Mode != st.Mode&0o7777 || i.Size != st.Size || i.Links != uint64(st.Nlink) ||
		i.Blocks != int64(st.Blocks) || i.BlockSize != int64(st.Blksize) || i.UID != st.Uid || i.GID != st.Gid ||
		!same(i.Atime, st.Atim) || !same(i.Mtime, st.Mtim) || !same(i.Ctime, st.Ctim) {
		t.Errorf("%+v, and stat(2) says %+v", i, st)
	}
	if i.Alloc != i.Blocks*512 || i.Alloc < 5 || i.Type() != "object" || i.Name != "x" {
		t.Errorf("%+v", i)
	}
	if want := fmt.Sprintf("%d:%d", unix.Major(uint64(st.Dev)), unix.Minor(uint64(st.Dev))); i.DevString() != want {
		t.Errorf("device %s, want %s", i.DevString(), want)
	}

	// The call before statx(2) says the same.
	var a, b unix.Statx_t
	path, _ := unix.BytePtrFromString(d.path("x"))
	if err := statAt(unix.AT_FDCWD, path, &a); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"fstatat": oldStatAt(unix.AT_FDCWD, d.path("x"), &b),
		"fstat":   oldStatAt(o.Fd(), "", &b),
	} {
		if err != nil {
			t.Fatal(err)
		}
		ia, _ := info("x", &a)
		ib, _ := info("x", &b)
		if ia != ib {
			t.Errorf("%s: %+v, statx: %+v", what, ib, ia)
		}
	}
}
