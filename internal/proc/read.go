package proc

import (
	"encoding/binary"
	"math"

	"golang.org/x/sys/unix"
)

// What is read of a file at most, in bytes. A command line may be megabytes;
// the rest of it is cut off.
const (
	cmdlineMax = 32 << 10
	statMax    = 4 << 10
)

func openat(dir int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func read(fd int, p []byte) (int, error) {
	for {
		n, err := unix.Read(fd, p)
		if err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

// readFile returns what fits into buf of a file, in buf. It does without the os
// package, which tries to poll every file that it opens.
func readFile(dir int, name string, buf []byte) ([]byte, error) {
	fd, err := openat(dir, name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	n := 0
	for n < len(buf) {
		m, err := read(fd, buf[n:])
		if err != nil {
			return nil, err
		}
		if m == 0 {
			break
		}
		n += m
	}
	return buf[:n], nil
}

// eachNumber calls f for every entry of an open directory whose name is a
// decimal number, as those of processes, threads and descriptors are.
func eachNumber(dir int, buf []byte, f func(n int)) error {
	for {
		n, err := unix.Getdents(dir, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if n <= 0 {
			return nil
		}
		parseNumbers(buf[:n], f)
	}
}

// parseNumbers walks through struct linux_dirent64 (getdents(2)): the length of
// the entry at 16, its name at 19.
func parseNumbers(data []byte, f func(n int)) {
	for len(data) > 19 {
		size := int(binary.NativeEndian.Uint16(data[16:]))
		if size <= 19 || size > len(data) {
			return
		}
		n, digits := int64(0), 0
		for _, c := range data[19:size] {
			if c == 0 {
				break
			}
			if c < '0' || c > '9' || digits == 10 {
				digits = 0
				break
			}
			n = n*10 + int64(c-'0')
			digits++
		}
		if digits > 0 && n <= math.MaxInt32 {
			f(int(n))
		}
		data = data[size:]
	}
}

// namespaceAt reads the number of a namespace from its link, "ipc:[4026531839]".
func namespaceAt(dir int, path, kind string) (uint64, error) {
	var buf [64]byte
	n, err := unix.Readlinkat(dir, path, buf[:])
	if err != nil {
		return 0, err
	}
	id, ok := parseNamespace(string(buf[:n]), kind)
	if !ok {
		return 0, unix.EINVAL
	}
	return id, nil
}
