package nstest

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// onThread runs f on a thread of its own, which become has changed and which ends
// with it. Inside f, t.Error may be used and t.Fatal may not.
func onThread(t testing.TB, become func() error, f func()) {
	t.Helper()
	failed := make(chan error)
	go func() {
		runtime.LockOSThread()
		err := become()
		if err == nil {
			f()
		}
		failed <- err
	}()
	if err := <-failed; err != nil {
		t.Skipf("cannot become someone else: %v", err)
	}
}

// Powerless runs f without capabilities, so that permission bits count, for the
// owner too. Inside f, t.Error may be used and t.Fatal may not.
func Powerless(t testing.TB, f func()) {
	t.Helper()
	onThread(t, func() error {
		hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		return unix.Capset(&hdr, &none[0])
	}, f)
}

// Nobody runs f as another user, where the user namespace has one; as for
// Powerless, without t.Fatal in it.
func Nobody(t testing.TB, f func()) {
	t.Helper()
	onThread(t, func() error {
		const id = 65534
		for _, trap := range []uintptr{setresgid, setresuid} {
			if _, _, errno := unix.RawSyscall(trap, id, id, id); errno != 0 {
				return os.NewSyscallError("setresuid", errno)
			}
		}
		return nil
	}, f)
}
