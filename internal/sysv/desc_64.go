//go:build amd64 || arm64 || riscv64

package sysv

import "golang.org/x/sys/unix"

// descTimes is shm_atime, shm_dtime and shm_ctime, in seconds since the epoch.
//
// Each architecture built for has its layout of struct shmid64_ds checked by
// TestPeers; another needs its own look at asm/shmbuf.h first.
func descTimes(d *unix.SysvShmDesc) (atime, dtime, ctime int64) {
	return d.Atime, d.Dtime, d.Ctime
}

func setDescMode(d *unix.SysvShmDesc, mode uint32) { d.Perm.Mode = mode }
