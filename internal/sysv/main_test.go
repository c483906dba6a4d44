package sysv

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"shmctl/internal/nstest"
)

func TestMain(m *testing.M) { nstest.Main(m) }

var host Host

// segment makes a private segment that is gone after the test.
func segment(t testing.TB, size uint64, mode uint32) int {
	t.Helper()
	id, err := host.Get(0, size, GetFlags{Create: true, Mode: mode})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Remove(id) })
	return id
}

// freeKey is a key that no segment has.
func freeKey(t testing.TB) Key {
	t.Helper()
	rows, err := host.List()
	if err != nil {
		t.Fatal(err)
	}
	for k := Key(0x5ca1ab1e); ; k++ {
		used := false
		for _, s := range rows {
			used = used || s.Key == k
		}
		if !used {
			return k
		}
	}
}

// attach maps the segment until the test is over.
func attach(t testing.TB, id int, readonly bool) *Mapping {
	t.Helper()
	m, err := host.Attach(id, readonly)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Detach() })
	return m
}

// setting changes a file of /proc/sys/kernel in the test's IPC namespace.
func setting(t testing.TB, name string, value uint64) {
	t.Helper()
	nstest.Require(t)
	file := "/proc/sys/kernel/" + name
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strconv.FormatUint(value, 10)), 0); err != nil {
		t.Skipf("the limits of this namespace cannot be set: %v", err)
	}
	t.Cleanup(func() { os.WriteFile(file, old, 0) })
}

// wantLimit checks that err is a LimitError of that name, and returns it.
func wantLimit(t testing.TB, err error, name string, errno syscall.Errno) LimitError {
	t.Helper()
	var limit *LimitError
	if !errors.As(err, &limit) {
		t.Errorf("error is %v, want a LimitError of %s", err, name)
		return LimitError{}
	}
	if limit.Limit != name || errno != 0 && !errors.Is(err, errno) {
		t.Errorf("limit is %s (%v), want %s (%v)", limit.Limit, limit.Err, name, errno)
	}
	if text := err.Error(); strings.ContainsAny(text, "\n") || strings.HasSuffix(text, ".") {
		t.Errorf("text of the error: %q", text)
	}
	return *limit
}
