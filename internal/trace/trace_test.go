package trace

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestTo(t *testing.T) {
	tests := []struct {
		call, result string
		err          error
		want         string
	}{
		{"shmget(0x41010002, 1024, IPC_CREAT|IPC_EXCL|0600)", "7", nil,
			"shmctl: trace: shmget(0x41010002, 1024, IPC_CREAT|IPC_EXCL|0600) = 7\n"},
		{"shmget(0x41010002, 0, 0)", "", syscall.ENOENT,
			"shmctl: trace: shmget(0x41010002, 0, 0) = -1 ENOENT (No such file or directory)\n"},
		{"shm_open(\"/x\", O_RDONLY, 0)", "", os.NewSyscallError("open", syscall.EACCES),
			"shmctl: trace: shm_open(\"/x\", O_RDONLY, 0) = -1 EACCES (Permission denied)\n"},
		{"copy 5 bytes to 0x7f00", "", nil, "shmctl: trace: copy 5 bytes to 0x7f00\n"},
		{"shmctl(7, IPC_STAT, buf)", "", errors.New("odd"), "shmctl: trace: shmctl(7, IPC_STAT, buf) = -1 odd\n"},
		{"x()", "", syscall.Errno(4095), "shmctl: trace: x() = -1 errno 4095 (Errno 4095)\n"},
	}
	for _, tt := range tests {
		var b strings.Builder
		To(&b, "shmctl: trace: ")(tt.call, tt.result, tt.err)
		if b.String() != tt.want {
			t.Errorf("%s: got %q, want %q", tt.call, b.String(), tt.want)
		}
	}
}
