package posix

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// maxErrors is how many bad entries List names; a directory of bad ones is one
// thing wrong, not thousands.
const maxErrors = 8

// List is the objects of the directory, semaphores too, in the order of their
// names' bytes. What is no object is left out, and so is what goes away in the
// meantime. An entry that cannot be looked at does not hide the others: then
// there are both rows and an error. A directory that cannot be read is
// fs.ErrPermission.
func (d Dir) List() ([]Info, error) {
	fd, err := d.open(d.Path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err == unix.ENOENT || err == unix.ENOTDIR {
		return nil, &DirError{d.shown(), err}
	}
	if err != nil {
		return nil, sysError("open", err)
	}
	defer d.close(fd)
	names, err := d.entries(fd)
	if err != nil {
		return nil, err
	}

	rows := make([]Info, 0, len(names))
	var bad []error
	skipped := 0
	var st unix.Statx_t // one for all of them: it is passed to the kernel, and so on the heap
	for _, name := range names {
		// The byte after a name is its NUL, see entries.
		err := statAt(fd, unsafe.StringData(name), &st)
		if d.Trace != nil {
			d.note(0, err, "fstatat(%d, %s, %s, AT_SYMLINK_NOFOLLOW)", fd, quote(name), statText(&st, err))
		}
		switch {
		case err == nil:
			if i, err := info(Name(name), &st); err == nil {
				rows = append(rows, i)
			}
		case err == unix.ENOENT:
		case len(bad) < maxErrors:
			bad = append(bad, &fs.PathError{Op: "stat", Path: d.path(Name(name)), Err: err})
		default:
			skipped++
		}
	}
	if skipped > 0 {
		bad = append(bad, fmt.Errorf("%d more entries of %s cannot be looked at", skipped, d.shown()))
	}
	return rows, errors.Join(bad...)
}

// entries are the names in the open directory that may be objects, sorted and
// each once. The byte in memory after a name is NUL, so that a name is also a C
// string: 20,000 of them take few allocations.
func (d Dir) entries(fd int) ([]string, error) {
	// struct linux_dirent64, see getdents64(2).
	const (
		reclen = 16
		typ    = 18
		start  = 19
	)
	var all []byte
	ends := make([]int, 0, 64)
	// Aligned: of a buffer that is not, Getdents passes on less than the whole.
	words := make([]uint64, 8<<10)
	buf := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 8*len(words))
	for {
		n := 0
		err := restart(func() (err error) {
			n, err = unix.Getdents(fd, buf)
			return err
		})
		if d.Trace != nil {
			d.note(int64(n), err, "getdents64(%d, dirp, %d)", fd, len(buf))
		}
		if err != nil {
			return nil, sysError("getdents64", err)
		}
		if n == 0 {
			break
		}
		for b := buf[:n]; len(b) > start; {
			length := int(binary.NativeEndian.Uint16(b[reclen:]))
			if length <= start || length > len(b) {
				break
			}
			name, _, _ := bytes.Cut(b[start:length], []byte{0})
			// A file system that keeps no types says DT_UNKNOWN.
			if t := b[typ]; (t == unix.DT_REG || t == unix.DT_UNKNOWN) && string(name) != "." && string(name) != ".." {
				all = append(append(all, name...), 0)
				ends = append(ends, len(all)-1)
			}
			b = b[length:]
		}
	}
	blob := string(all)
	names := make([]string, len(ends))
	from := 0
	for i, end := range ends {
		names[i] = blob[from:end]
		from = end + 1
	}
	slices.SortFunc(names, strings.Compare)
	// A name that is made anew while the directory is read can come twice.
	return slices.Compact(names), nil
}
