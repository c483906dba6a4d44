package sysv

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"shmctl/internal/nstest"
)

func ptr[T any](v T) *T { return &v }

func TestGetAndLookup(t *testing.T) {
	k := freeKey(t)
	if id, err := host.Lookup(k); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.ENOENT) {
		t.Fatalf("lookup of no segment: %d, %v", id, err)
	}
	if _, err := host.Get(k, 100, GetFlags{Mode: 0o600}); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("get without create: %v", err)
	}
	id, err := host.Get(k, 100, GetFlags{Create: true, Exclusive: true, Mode: 0o7640})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Remove(id)

	s, err := host.Stat(id)
	if err != nil {
		t.Fatal(err)
	}
	if s.Key != k || s.ID != id || s.Mode != 0o640 || s.Size != 100 || s.CPID != os.Getpid() || s.LPID != 0 ||
		s.Attached != 0 || s.Dest || s.Locked || int(s.UID) != os.Geteuid() || int(s.CGID) != os.Getegid() {
		t.Errorf("new segment: %+v", s)
	}
	if !s.Atime.IsZero() || !s.Dtime.IsZero() || time.Since(s.Ctime).Abs() > time.Minute {
		t.Errorf("times of a new segment: %v, %v, %v", s.Atime, s.Dtime, s.Ctime)
	}
	if !s.HasRSS || s.RSS != 0 {
		t.Errorf("memory of a new segment: %d, %v", s.RSS, s.HasRSS)
	}

	for _, f := range []GetFlags{{}, {Create: true, Mode: 0o600}} {
		if again, err := host.Get(k, 100, f); err != nil || again != id {
			t.Errorf("get of the existing with %v: %d, %v", f, again, err)
		}
	}
	if again, err := host.Lookup(k); err != nil || again != id {
		t.Errorf("lookup: %d, %v", again, err)
	}
	_, err = host.Get(k, 100, GetFlags{Create: true, Exclusive: true, Mode: 0o600})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("exclusive get of the existing: %v", err)
	}
	for _, f := range []GetFlags{{}, {Create: true}} {
		_, err = host.Get(k, 101, f)
		if l := wantLimit(t, err, LimitExisting, unix.EINVAL); l.Value != 100 || l.Asked != 101 {
			t.Errorf("larger than the existing: %+v", l)
		}
	}
	if err != nil && err.Error() != "the existing segment has 100 bytes" {
		t.Errorf("larger than the existing: %v", err)
	}

	if err := host.Remove(id); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Lookup(k); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("lookup of the removed: %v", err)
	}
}

func TestLookupPrivate(t *testing.T) {
	before, err := host.List()
	if err != nil {
		t.Fatal(err)
	}
	if id, err := host.Lookup(0); err != ErrPrivate {
		t.Errorf("lookup of key 0: %d, %v", id, err)
	}
	after, err := host.List()
	if err != nil || nstest.Isolated() && len(after) != len(before) {
		t.Errorf("%d segments before, %d after, %v", len(before), len(after), err)
	}
}

func TestNoSuchID(t *testing.T) {
	id := segment(t, 1, 0o600)
	if err := host.Remove(id); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int{id, math.MaxInt32} {
		_, statErr := host.Stat(id)
		_, attachErr := host.Attach(id, true)
		for name, err := range map[string]error{
			"stat": statErr, "attach": attachErr, "remove": host.Remove(id),
			"set": host.Set(id, ptr(uint32(0)), nil, nil), "lock": host.Lock(id), "unlock": host.Unlock(id),
		} {
			var none *NotExistError
			if !errors.As(err, &none) || none.ID != id || !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, syscall.EINVAL) {
				t.Errorf("%s of id %d: %v", name, id, err)
			}
		}
	}
	for errno, want := range map[syscall.Errno]bool{unix.EINVAL: true, unix.EIDRM: true, unix.EACCES: false, unix.EPERM: false} {
		if err := idError("shmctl", 1, errno); errors.Is(err, fs.ErrNotExist) != want || !errors.Is(err, errno) {
			t.Errorf("%v: %v", errno, err)
		}
	}
}

func TestSet(t *testing.T) {
	id := segment(t, 1, 0o600)
	get := func() Segment {
		t.Helper()
		s, err := host.Stat(id)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	was := get()
	if err := host.Set(id, ptr(uint32(0o7644)), nil, nil); err != nil {
		t.Fatal(err)
	}
	if s := get(); s.Mode != 0o644 || s.UID != was.UID || s.GID != was.GID {
		t.Errorf("after a mode: %+v", s)
	}
	if err := host.Set(id, nil, ptr(was.UID), ptr(was.GID)); err != nil {
		t.Fatal(err)
	}
	if s := get(); s.Mode != 0o644 || s.UID != was.UID || s.GID != was.GID {
		t.Errorf("after an owner: %+v", s)
	}
	// An id that no user can have is a fault of the argument, not of the id.
	if err := host.Set(id, nil, ptr(uint32(math.MaxUint32)), nil); !errors.Is(err, unix.EINVAL) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("owner -1: %v", err)
	}
	if err := host.Set(id, nil, ptr(uint32(65534)), ptr(uint32(65533))); err != nil {
		if !errors.Is(err, unix.EINVAL) {
			t.Fatal(err)
		}
		t.Skip("the user namespace has no other user")
	}
	if s := get(); s.UID != 65534 || s.GID != 65533 || s.CUID != was.CUID || s.CGID != was.CGID || s.Mode != 0o644 {
		t.Errorf("after another owner: %+v", s)
	}
}

func TestUnreadable(t *testing.T) {
	id := segment(t, 100, 0)
	want, err := host.Stat(id)
	if err != nil {
		t.Fatal(err)
	}
	noProc := Host{Proc: t.TempDir()}
	nstest.Powerless(t, func() {
		for _, readonly := range []bool{true, false} {
			if _, err := host.Attach(id, readonly); !errors.Is(err, fs.ErrPermission) || !errors.Is(err, unix.EACCES) {
				t.Errorf("attach: %v", err)
			}
		}
		if got, err := host.Stat(id); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("stat: %+v, %v, want %+v", got, err, want)
		}
		got, err := noProc.Stat(id)
		got.RSS, got.HasRSS = want.RSS, want.HasRSS
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("stat without /proc: %+v, %v, want %+v", got, err, want)
		}
		rows, err := noProc.List()
		if err != nil || !contains(rows, id) {
			t.Errorf("list without /proc: %+v, %v", rows, err)
		}
		// The owner needs no read permission to be given it.
		if err := host.Set(id, ptr(uint32(0o400)), nil, nil); err != nil {
			t.Errorf("set: %v", err)
		}
	})
	s, err := host.Stat(id)
	if err != nil || s.Mode != 0o400 || s.UID != want.UID || s.GID != want.GID {
		t.Errorf("after set: %+v, %v", s, err)
	}
	nstest.Powerless(t, func() {
		m, err := host.Attach(id, true)
		if err != nil {
			t.Error(err)
			return
		}
		m.Detach()
	})
}

func contains(rows []Segment, id int) bool {
	for _, s := range rows {
		if s.ID == id {
			return true
		}
	}
	return false
}

func TestAnotherUser(t *testing.T) {
	k := freeKey(t)
	id, err := host.Get(k, 100, GetFlags{Create: true, Mode: 0o600})
	if err != nil {
		t.Fatal(err)
	}
	defer host.Remove(id)
	nstest.Nobody(t, func() {
		for name, err := range map[string]error{
			"remove": host.Remove(id),
			"set":    host.Set(id, ptr(uint32(0o666)), nil, nil),
			"lock":   host.Lock(id),
			"unlock": host.Unlock(id),
		} {
			if !errors.Is(err, unix.EPERM) || !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := host.Get(k, 1, GetFlags{Create: true, Mode: 0o600}); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("get: %v", err)
		}
		if got, err := host.Lookup(k); err != nil || got != id {
			t.Errorf("lookup: %d, %v", got, err)
		}
		if s, err := host.Stat(id); err != nil || s.Key != k || s.Size != 100 || s.Mode != 0o600 {
			t.Errorf("stat: %+v, %v", s, err)
		}
		if rows, err := host.List(); err != nil || !contains(rows, id) {
			t.Errorf("list: %v, %v", rows, err)
		}
		none := host.Remove(math.MaxInt32)
		if !errors.Is(none, fs.ErrNotExist) {
			t.Errorf("remove of no segment: %v", none)
		}
	})
	if s, err := host.Stat(id); err != nil || s.Mode != 0o600 {
		t.Errorf("afterwards: %+v, %v", s, err)
	}
}

func TestRemoveAttached(t *testing.T) {
	k := freeKey(t)
	id, err := host.Get(k, 10, GetFlags{Create: true, Mode: 0o600})
	if err != nil {
		t.Fatal(err)
	}
	m := attach(t, id, false)
	if _, err := m.WriteAt([]byte("0123456789"), 0); err != nil {
		t.Fatal(err)
	}
	if err := host.Remove(id); err != nil {
		t.Fatal(err)
	}
	s, err := host.Stat(id)
	if err != nil || !s.Dest || s.Key != 0 || s.Attached != 1 || s.Mode != 0o600 {
		t.Errorf("marked for removal: %+v, %v", s, err)
	}
	rows, err := host.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.ID == id && !reflect.DeepEqual(row, s) {
			t.Errorf("the list says %+v, want %+v", row, s)
		}
	}
	if _, err := host.Lookup(k); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("lookup: %v", err)
	}
	other, err := host.Get(k, 20, GetFlags{Create: true, Exclusive: true, Mode: 0o600})
	if err != nil || other == id {
		t.Errorf("the key anew: %d, %v", other, err)
	}
	host.Remove(other)
	p := make([]byte, 10)
	second := attach(t, id, true)
	if _, err := second.ReadAt(p, 0); err != nil || string(p) != "0123456789" {
		t.Errorf("attached by id: %q, %v", p, err)
	}
	if err := errors.Join(second.Detach(), m.Detach()); err != nil {
		t.Fatal(err)
	}
	if _, err := host.Stat(id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the last detach: %v", err)
	}
}

func TestList(t *testing.T) {
	const n = 300 // more than a page of the file
	ids := make(map[int]bool)
	for i := range n {
		ids[segment(t, uint64(i)+1, 0o600)] = true
	}
	byProc, err := host.List()
	if err != nil {
		t.Fatal(err)
	}
	byIndex, err := Host{Proc: t.TempDir()}.List()
	if err != nil {
		t.Fatal(err)
	}
	quick, err := host.ListStat()
	if err != nil {
		t.Fatal(err)
	}
	for name, rows := range map[string][]Segment{"/proc": byProc, "SHM_STAT_ANY": byIndex, "ListStat": quick} {
		found := 0
		for _, s := range rows {
			if ids[s.ID] {
				found++
			}
		}
		if found != n || nstest.Isolated() && len(rows) != n {
			t.Errorf("%s: %d rows, %d of %d found", name, len(rows), found, n)
		}
	}
	if nstest.Isolated() {
		for i := range n {
			byIndex[i].HasRSS, quick[i].HasRSS = true, true // nothing was touched, so both are 0
		}
		if !reflect.DeepEqual(byProc, byIndex) || !reflect.DeepEqual(byProc, quick) {
			t.Errorf("the lists differ:\n%+v\n%+v\n%+v", byProc, byIndex, quick)
		}
	}
}

func TestListFiles(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "sysvipc", "shm")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, fixture(t, "shm-torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := Host{Proc: root}
	if rows, err := h.List(); err == nil || len(rows) != 2 {
		t.Errorf("torn file: %d rows, %v", len(rows), err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if rows, err := h.List(); !errors.Is(err, syscall.EISDIR) || rows != nil {
		t.Errorf("a directory instead: %v, %v", rows, err)
	}
}

func TestRSS(t *testing.T) {
	id := segment(t, 1<<20, 0o600)
	m := attach(t, id, false)
	page := os.Getpagesize()
	for i := range 5 {
		if _, err := m.WriteAt([]byte{1}, int64(i*page)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := host.Stat(id)
	if err != nil || !s.HasRSS || s.RSS+s.Swap != uint64(5*page) {
		t.Errorf("five pages touched: %d in memory, %d in swap, %v", s.RSS, s.Swap, err)
	}
	s, err = Host{Proc: t.TempDir()}.Stat(id)
	if err != nil || s.HasRSS || s.Size != 1<<20 || s.Attached != 1 {
		t.Errorf("without /proc: %+v, %v", s, err)
	}
}

func TestLock(t *testing.T) {
	id := segment(t, 1<<20, 0o600)
	if err := host.Lock(id); err != nil {
		var l *LimitError
		if errors.As(err, &l) && l.Limit == LimitMemlock || errors.Is(err, unix.EPERM) {
			t.Skip(err)
		}
		t.Fatal(err)
	}
	if s, err := host.Stat(id); err != nil || !s.Locked || s.Mode != 0o600 {
		t.Errorf("locked: %+v, %v", s, err)
	}
	m := attach(t, id, false)
	if _, err := m.WriteAt([]byte{1}, 0); err != nil {
		t.Fatal(err)
	}
	if err := m.ZeroAt(0, m.Size()); err != nil {
		t.Fatal(err)
	}
	if s, err := host.Stat(id); err != nil || s.RSS != s.Size {
		t.Errorf("cleared while locked: %+v, %v", s, err)
	}
	if err := host.Unlock(id); err != nil {
		t.Fatal(err)
	}
	if s, err := host.Stat(id); err != nil || s.Locked {
		t.Errorf("unlocked: %+v, %v", s, err)
	}
}

func TestLockLimit(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &unix.Rlimit{Cur: 64 << 10, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_MEMLOCK, &old)
	id := segment(t, 1<<20, 0o600)
	nstest.Powerless(t, func() {
		l := wantLimit(t, host.Lock(id), LimitMemlock, unix.ENOMEM)
		if l.Value != 64<<10 || l.Asked != 1<<20 || l.Error() != "RLIMIT_MEMLOCK is 65536 bytes" {
			t.Errorf("%+v", l)
		}
	})
}

func TestLimits(t *testing.T) {
	nstest.Require(t)
	page := uint64(os.Getpagesize())
	was, err := host.Limits()
	if err != nil {
		t.Fatal(err)
	}
	if was.Min != 1 || was.PageSize != page || was.Segments != 0 || was.Pages != 0 || was.Bytes != 0 || was.RmidForced {
		t.Errorf("an empty namespace: %+v", was)
	}
	byCall, err := Host{Proc: t.TempDir()}.Limits()
	if strconv.IntSize == 64 && (err != nil || byCall != was) {
		t.Errorf("IPC_INFO says %+v, %v, want %+v", byCall, err, was)
	}
	segment(t, 1, 0o600)
	segment(t, page, 0o600)
	segment(t, page+1, 0o600)
	l, err := host.Limits()
	if err != nil || l.Segments != 3 || l.Pages != 4 || l.Bytes != 2*page+2 {
		t.Errorf("three segments: %+v, %v", l, err)
	}

	// Not reserved, segments may be far larger than memory is.
	if strconv.IntSize == 64 {
		for range 4 {
			id, err := host.Get(0, 1<<62+1, GetFlags{Create: true, NoReserve: true, Mode: 0o600})
			if err != nil {
				t.Skip(err)
			}
			defer host.Remove(id)
		}
		l, err = host.Limits()
		if want := 4 + 4*(1<<62/page+1); err != nil || l.Segments != 7 || l.Pages != want || l.Bytes != math.MaxUint64 {
			t.Errorf("and four of 2^62+1 bytes: %+v, %v, want %d pages", l, err, want)
		}
	}
	setting(t, "shm_rmid_forced", 1)
	if l, err = host.Limits(); err != nil || !l.RmidForced || !host.RmidForced() {
		t.Errorf("with shm_rmid_forced: %+v, %v", l, err)
	}
}

func TestGetLimits(t *testing.T) {
	page := uint64(os.Getpagesize())
	create := func(size uint64) error {
		id, err := host.Get(0, size, GetFlags{Create: true, Mode: 0o600})
		if err == nil {
			host.Remove(id)
		}
		return err
	}
	text := func(err error, want string) {
		t.Helper()
		if err == nil || err.Error() != want {
			t.Errorf("error is %q, want %q", err, want)
		}
	}
	t.Run("SHMMIN", func(t *testing.T) {
		err := create(0)
		wantLimit(t, err, LimitMin, unix.EINVAL)
		text(err, "SHMMIN is 1 byte")
	})
	t.Run("size_t", func(t *testing.T) {
		if strconv.IntSize == 64 {
			t.Skip("size_t holds every size here")
		}
		for _, size := range []uint64{1 << 32, 1<<32 + 1, math.MaxUint64} {
			err := create(size)
			wantLimit(t, err, LimitSizeT, 0)
			text(err, "size_t holds at most 4294967295")
		}
	})
	if strconv.IntSize == 64 {
		t.Run("largest", func(t *testing.T) {
			// SHMMAX is 2^64 - 2^24 by default (linux/shm.h), so its own error
			// comes first, and the file's before it.
			l, err := host.Limits()
			if err != nil || l.Max != math.MaxUint64-1<<24 {
				t.Skip(l.Max, err)
			}
			wantLimit(t, create(math.MaxUint64), LimitMax, unix.EINVAL)
			err = create(1 << 63)
			wantLimit(t, err, LimitFile, unix.EINVAL)
			text(err, "the kernel's largest file has 9223372036854775807 bytes")
		})
		t.Run("memory", func(t *testing.T) {
			if mode, err := readUint("/proc/sys/vm/overcommit_memory"); err != nil || mode == 1 {
				t.Skip("the kernel promises everything", err)
			}
			l := wantLimit(t, create(1<<60), LimitMemory, unix.ENOMEM)
			if l.Value < 1<<20 || l.Asked != 1<<60 {
				t.Errorf("%+v", l)
			}
		})
	}
	t.Run("SHMMAX", func(t *testing.T) {
		setting(t, "shmmax", 5000)
		err := create(5001)
		if l := wantLimit(t, err, LimitMax, unix.EINVAL); l.Value != 5000 || l.Asked != 5001 {
			t.Errorf("%+v", l)
		}
		text(err, "SHMMAX is 5000 bytes")
		if err := create(5000); err != nil {
			t.Error(err)
		}
	})
	t.Run("SHMALL", func(t *testing.T) {
		segment(t, page+1, 0o600)
		setting(t, "shmall", 5)
		err := create(3*page + 1)
		if l := wantLimit(t, err, LimitAll, unix.ENOSPC); l.Value != 5 || l.Used != 2 || l.Asked != 4 {
			t.Errorf("%+v", l)
		}
		text(err, "SHMALL is 5 pages, 2 are in use and 4 more are needed")
		wantLimit(t, create(100*page), LimitAll, unix.ENOSPC)
		if err := create(3 * page); err != nil {
			t.Error(err)
		}
	})
	t.Run("SHMMNI", func(t *testing.T) {
		segment(t, 1, 0o600)
		segment(t, 1, 0o600)
		setting(t, "shmmni", 2)
		err := create(1)
		if l := wantLimit(t, err, LimitMNI, unix.ENOSPC); l.Value != 2 || l.Used != 2 {
			t.Errorf("%+v", l)
		}
		text(err, "SHMMNI is 2 segments and 2 exist")
	})
}

// TestHitLimit has what no kernel here can be brought to say.
func TestHitLimit(t *testing.T) {
	l := Limits{MNI: 10, All: 1 << 40, Max: math.MaxUint64, Min: 1, Segments: 5, Pages: 7, PageSize: 4096}
	rows := []Segment{{Key: 5, Size: 100}, {Key: 0, Size: 1}}
	for _, tt := range []struct {
		errno syscall.Errno
		key   Key
		size  uint64
		want  string
	}{
		{unix.EINVAL, 5, 101, LimitExisting},
		{unix.EINVAL, 5, 100, ""},
		{unix.EINVAL, 0, 2, ""},
		{unix.EINVAL, 6, 2, ""},
		{unix.EINVAL, 0, 0, LimitMin},
		{unix.EINVAL, 0, math.MaxUint64, LimitFile},
		{unix.ENOSPC, 0, math.MaxUint64, LimitAll},
		{unix.ENOSPC, 0, 1, ""},
		{unix.ENOMEM, 0, 0, ""},
	} {
		got := ""
		if e := hitLimit(tt.errno, tt.key, tt.size, l, rows); e != nil {
			got = e.Limit
		}
		if got != tt.want {
			t.Errorf("%v for %d bytes with key %v: %q, want %q", tt.errno, tt.size, tt.key, got, tt.want)
		}
	}
	if e := hitLimit(unix.ENOSPC, 0, 1, Limits{}, nil); e != nil {
		t.Errorf("without the limits: %v", e)
	}
	for _, tt := range []struct{ size, want uint64 }{{0, 0}, {1, 1}, {4096, 1}, {4097, 2}, {math.MaxUint64, 1 << 52}} {
		if got := pages(tt.size, 4096); got != tt.want {
			t.Errorf("%d bytes are %d pages, want %d", tt.size, got, tt.want)
		}
	}
}

func TestMemoryError(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := Host{Proc: root, Sys: root}
	if err := h.memoryError(1, unix.ENOMEM); err != unix.ENOMEM {
		t.Errorf("without /proc/meminfo: %v", err)
	}
	write("meminfo", "MemTotal:  1000 kB\nSwapTotal: 24 kB\nCommitLimit:  500 kB\nCommitted_AS: 100 kB\nodd\nHugepagesize: 2048 kB\n")
	write("sys/vm/overcommit_memory", "0\n")
	want := func(err error, text string) {
		t.Helper()
		if err == nil || err.Error() != text {
			t.Errorf("error is %q, want %q", err, text)
		}
	}
	want(h.memoryError(1, unix.ENOMEM), "memory and swap are 1048576 bytes in all")
	write("sys/vm/overcommit_memory", "2\n")
	want(h.memoryError(1, unix.ENOMEM), "CommitLimit is 512000 bytes and 102400 bytes are committed")

	want(h.hugeSizeError(1<<21, unix.EINVAL), "the kernel has no huge pages")
	write("kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "3\n")
	write("kernel/mm/hugepages/hugepages-2048kB/resv_hugepages", "1\n")
	write("kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "0\n")
	want(h.hugeSizeError(4096, unix.EINVAL), "huge pages of 4096 bytes are not supported, those of 1073741824 and 2097152 are")
	for _, page := range []uint64{1, 1 << 21} {
		want(h.hugeError(5<<21+1, page, unix.ENOMEM), "HugePages_Free is 3, 1 reserved, and 6 pages of 2097152 bytes are needed")
	}
	want(h.hugeError(1, 1<<30, unix.ENOMEM), unix.ENOMEM.Error())

	if _, err := h.HugePools(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("pools without a size: %v", err)
	}
	write("kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "5\n")
	write("kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "1\n")
	pools, err := h.HugePools()
	if err != nil || !slices.Equal(pools, []HugePool{{Size: 2 << 20, Total: 5, Free: 3}, {Size: 1 << 30, Total: 1}}) {
		t.Errorf("pools: %+v, %v", pools, err)
	}
	if pools, err := (Host{Sys: t.TempDir()}).HugePools(); err != nil || len(pools) != 0 {
		t.Errorf("no pools: %+v, %v", pools, err)
	}
}

func TestLimitErrorText(t *testing.T) {
	for want, e := range map[string]LimitError{
		"8 bytes do not fit into the address space":                 {Limit: LimitAddress, Asked: 8},
		"the address space is 2147483647 bytes":                     {Limit: LimitAddress, Value: 1<<31 - 1, Asked: 1 << 31},
		"HugePages_Free is 3, 1 of them reserved, and 5 are needed": {Limit: LimitHuge, Value: 3, Used: 1, Asked: 5},
		"huge pages of 4096 bytes are not supported":                {Limit: LimitHugeSize, Asked: 4096},
		"size_t holds at most 4294967295":                           {Limit: LimitSizeT, Value: 1<<32 - 1},
		"odd is 7":                                                  {Limit: "odd", Value: 7},
		"as said":                                                   {Limit: LimitMNI, detail: "as said"},
	} {
		if e.Error() != want {
			t.Errorf("%+v says %q", e, e.Error())
		}
	}
	if got := (&NotExistError{ID: 7}).Error(); got != "no segment has id 7" {
		t.Errorf("no segment: %q", got)
	}
}

func TestRlimitAS(t *testing.T) {
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &old); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var used uint64 // pages of address space
	if _, err := fmt.Sscan(string(data), &used); err != nil {
		t.Fatal(err)
	}
	const size = 1<<30 + 1
	id := segment(t, size, 0o600)
	limit := used*uint64(os.Getpagesize()) + size/2 // leaves room for Go's own memory
	if err := unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: limit, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	_, err = host.Attach(id, true)
	if err := unix.Setrlimit(unix.RLIMIT_AS, &old); err != nil {
		t.Fatal(err)
	}
	l := wantLimit(t, err, LimitAddress, unix.ENOMEM)
	if l.Value != limit || l.Asked != size || l.Error() != fmt.Sprintf("RLIMIT_AS is %d bytes", limit) {
		t.Errorf("%+v", l)
	}
}

func TestHugePages(t *testing.T) {
	for _, page := range []uint64{3, 4096, 1 << 63} {
		_, err := host.Get(0, 1, GetFlags{Create: true, HugePage: page, Mode: 0o600})
		wantLimit(t, err, LimitHugeSize, 0)
	}
	sizes, err := host.HugePageSizes()
	if err != nil || len(sizes) == 0 {
		t.Skip("the kernel has no huge pages", err)
	}
	want := uint64(1 << 46) // more than there can be
	if strconv.IntSize == 32 {
		want = 3 << 30
	}
	for _, page := range append(sizes, 1) {
		id, err := host.Get(0, want, GetFlags{Create: true, HugePage: page, Mode: 0o600})
		if errors.Is(err, fs.ErrPermission) {
			t.Skip("huge pages are for root and one group (vm.hugetlb_shm_group)")
		}
		if err == nil {
			host.Remove(id)
		}
		l := wantLimit(t, err, LimitHuge, unix.ENOMEM)
		if page != 1 && l.Asked != want/page {
			t.Errorf("pages of %d: %+v", page, l)
		}
	}
}

// TestFault touches a huge page that is not there.
func TestFault(t *testing.T) {
	mem, err := host.meminfo()
	if err != nil || mem["HugePages_Total"] != 0 || mem["Hugepagesize"] == 0 {
		t.Skip("needs a default pool of no huge pages")
	}
	if over, err := readUint("/proc/sys/vm/nr_overcommit_hugepages"); err != nil || over != 0 {
		t.Skip("needs a default pool of no huge pages")
	}
	id, err := host.Get(0, 2*mem["Hugepagesize"], GetFlags{Create: true, HugePage: 1, NoReserve: true, Mode: 0o600})
	if err != nil {
		t.Skip(err)
	}
	defer host.Remove(id)
	m := attach(t, id, false)
	p := make([]byte, 2<<20)
	null, err := os.OpenFile("/dev/zero", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, f := range map[string]func() error{
		"WriteAt":  func() error { _, err := m.WriteAt(p, 1); return err },
		"ReadAt":   func() error { _, err := m.ReadAt(p, 1); return err },
		"ZeroAt":   func() error { return m.ZeroAt(1, 100) },
		"FillAt":   func() error { _, err := m.FillAt(int(null.Fd()), 0, m.Size()); return err },
		"FillFrom": func() error { _, err := m.FillFrom(int(null.Fd()), 0, 1, 100); return err },
		"DrainAt":  func() error { _, err := m.DrainAt(int(file.Fd()), 1, 100); return err },
	} {
		if err := f(); err != ErrFault {
			t.Errorf("%s: %v, want %v", name, err, ErrFault)
		}
	}
}

func TestGetFlagsString(t *testing.T) {
	for want, f := range map[string]GetFlags{
		"0":                            {},
		"0644":                         {Mode: 0o7644},
		"IPC_CREAT|0":                  {Create: true},
		"IPC_CREAT|IPC_EXCL|0600":      {Create: true, Exclusive: true, Mode: 0o600},
		"IPC_CREAT|SHM_NORESERVE|0600": {Create: true, NoReserve: true, Mode: 0o600},
		"IPC_CREAT|SHM_HUGETLB|0600":   {Create: true, HugePage: 1, Mode: 0o600},
		"IPC_CREAT|SHM_HUGETLB|SHM_HUGE_2MB|0600":       {Create: true, HugePage: 2 << 20, Mode: 0o600},
		"SHM_HUGETLB|SHM_HUGE_1GB|SHM_NORESERVE|0600":   {NoReserve: true, HugePage: 1 << 30, Mode: 0o600},
		"IPC_CREAT|SHM_HUGETLB|12<<SHM_HUGE_SHIFT|0600": {Create: true, HugePage: 4096, Mode: 0o600},
		"IPC_CREAT|SHM_HUGETLB|SHM_HUGE_16GB|0600":      {Create: true, HugePage: 1 << 34, Mode: 0o600},
	} {
		if f.String() != want {
			t.Errorf("%+v is %s, want %s", f, f, want)
		}
	}
	// linux/shm.h: SHM_HUGE_16GB is 34U << 26.
	if w := (GetFlags{Create: true, HugePage: 1 << 34, Mode: 0o600}).word(); w != 34<<26|0o4000|0o1000|0o600 {
		t.Errorf("flags are %#o", w)
	}
}

// TestTrace is the whole life of a segment, call by call.
func TestTrace(t *testing.T) {
	k := freeKey(t)
	var lines []string
	h := Host{Trace: func(call, result string, err error) {
		if err != nil {
			result = "-1 " + unix.ErrnoName(err.(syscall.Errno))
		}
		if result != "" {
			result = " = " + result
		}
		lines = append(lines, call+result)
	}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Lookup(k); err == nil {
		t.Fatal("the key is in use")
	}
	id, err := h.Get(k, 100, GetFlags{Create: true, Exclusive: true, Mode: 0o600})
	must(err)
	defer host.Remove(id)
	_, err = h.Stat(id)
	must(err)
	m, err := h.Attach(id, false)
	must(err)
	_, err = m.WriteAt([]byte("hello"), 3)
	must(err)
	_, err = m.ReadAt(make([]byte, 1), 3)
	must(err)
	must(m.ZeroAt(4, 96))
	r, w, err := os.Pipe()
	must(err)
	defer r.Close()
	defer w.Close()
	_, err = m.DrainAt(int(w.Fd()), 3, 5)
	must(err)
	_, err = m.FillAt(int(r.Fd()), 10, 1000)
	must(err)
	must(m.Detach())
	must(m.Detach())
	must(h.Set(id, ptr(uint32(0o640)), nil, nil))
	ro, err := h.Attach(id, true)
	must(err)
	must(ro.Detach())
	must(h.Remove(id))
	if err := h.Remove(id); err == nil {
		t.Fatal("removed twice")
	}
	_, err = h.Get(0, 0, GetFlags{Create: true, Mode: 0o600})
	wantLimit(t, err, LimitMin, unix.EINVAL)

	at := func(m *Mapping, off uintptr) string { return fmt.Sprintf("%#x", m.Addr()+off) }
	limits, err := host.Limits()
	must(err)
	stat := func(mode uint32, attached int) string {
		return fmt.Sprintf("shmctl(%d, IPC_STAT, {shm_perm={uid=%d, gid=%d, mode=%#o}, shm_segsz=100, shm_nattch=%d}) = 0",
			id, os.Geteuid(), os.Getegid(), mode, attached)
	}
	want := []string{
		fmt.Sprintf("shmget(%v, 0, 0) = -1 ENOENT", k),
		fmt.Sprintf("shmget(%v, 100, IPC_CREAT|IPC_EXCL|0600) = %d", k, id),
		stat(0o600, 0),
		"read N bytes of /proc/sysvipc/shm",
		fmt.Sprintf("shmat(%d, NULL, 0) = %s", id, at(m, 0)),
		stat(0o600, 1),
		"copy 5 bytes to " + at(m, 3),
		"copy 1 byte from " + at(m, 3),
		"clear 96 bytes at " + at(m, 4),
		fmt.Sprintf("write(%d, %s, 5) = 5", w.Fd(), at(m, 3)),
		fmt.Sprintf("read(%d, %s, 90) = 5", r.Fd(), at(m, 10)),
		fmt.Sprintf("shmdt(%s) = 0", at(m, 0)),
		stat(0o600, 0),
		fmt.Sprintf("shmctl(%d, IPC_SET, {shm_perm={uid=%d, gid=%d, mode=0640}}) = 0", id, os.Geteuid(), os.Getegid()),
		fmt.Sprintf("shmat(%d, NULL, SHM_RDONLY) = %s", id, at(ro, 0)),
		stat(0o640, 1),
		fmt.Sprintf("shmdt(%s) = 0", at(ro, 0)),
		fmt.Sprintf("shmctl(%d, IPC_RMID, NULL) = 0", id),
		fmt.Sprintf("shmctl(%d, IPC_RMID, NULL) = -1 EINVAL", id),
		"shmget(IPC_PRIVATE, 0, IPC_CREAT|0600) = -1 EINVAL",
		fmt.Sprintf("read %d from /proc/sys/kernel/shmmni", limits.MNI),
		fmt.Sprintf("read %d from /proc/sys/kernel/shmall", limits.All),
		fmt.Sprintf("read %d from /proc/sys/kernel/shmmax", limits.Max),
		"read N bytes of /proc/sysvipc/shm",
		"read N bytes of /proc/sysvipc/shm",
	}
	got := regexp.MustCompile("read [0-9]+ bytes").ReplaceAllString(strings.Join(lines, "\n"), "read N bytes")
	if got != strings.Join(want, "\n") {
		t.Errorf("trace is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func BenchmarkList(b *testing.B) {
	for range 2000 {
		segment(b, 4096, 0o600)
	}
	b.Run("kernel", func(b *testing.B) {
		for b.Loop() {
			if _, err := host.readShm(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			if rows, err := host.List(); err != nil || len(rows) < 2000 {
				b.Fatal(len(rows), err)
			}
		}
	})
}
