package sysv

import "golang.org/x/sys/unix"

// descTimes is shm_atime, shm_dtime and shm_ctime, in seconds since the epoch:
// asm-generic/shmbuf.h gives their high halves words of their own.
func descTimes(d *unix.SysvShmDesc) (atime, dtime, ctime int64) {
	join := func(low, high uint32) int64 { return int64(high)<<32 | int64(low) }
	return join(d.Atime, d.Atime_high), join(d.Dtime, d.Dtime_high), join(d.Ctime, d.Ctime_high)
}

func setDescMode(d *unix.SysvShmDesc, mode uint32) { d.Perm.Mode = uint16(mode) }
