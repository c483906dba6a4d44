package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"shmctl/internal/posix"
	"shmctl/internal/render"
)

// parseName reads a NAME operand.
func parseName(s string) (posix.Name, error) {
	name, err := posix.ParseName(s)
	if err != nil {
		return "", usage("invalid name %q: %v", s, err)
	}
	return name, nil
}

// what is how messages call an object.
func what(n posix.Name) string { return render.Escape(n.String()) }

// objectFail explains err, which befell the object n.
func objectFail(d posix.Dir, n posix.Name, err error) *failure {
	f := fail(what(n), err)
	var space *posix.SpaceError
	if f.hint == "" && errors.As(err, &space) && errors.Is(err, syscall.ENOSPC) && (space.FreeInodes > 0 || space.Inodes == 0) {
		f.hint = "'shmctl posix ls --sort -ALLOC' shows what takes the space"
	}
	switch f.code {
	case exitMissing:
		if missing(err) && f.err == err {
			f.msg = "no such object"
		}
	case exitDenied:
		if info, serr := d.Stat(n); serr == nil && f.err == err {
			f.msg = fmt.Sprintf("permission denied (owner %s, %s)", newNames().owner(info.UID), render.Perms(info.Mode))
		}
	}
	return f
}

// missing says that there is nothing of that name at all, neither an object nor
// something else.
func missing(err error) bool {
	var other *posix.NotObjectError
	var sem *posix.SemaphoreError
	return errors.Is(err, fs.ErrNotExist) && !errors.As(err, &other) && !errors.As(err, &sem)
}

// dirFail explains err, which befell the directory of objects itself.
func dirFail(d posix.Dir, err error) *failure {
	f := fail(dirName(d), err)
	f.msg = strings.TrimPrefix(f.msg, dirName(d)+": ")
	return f
}

// dirName is how messages call the directory of objects.
func dirName(d posix.Dir) string {
	if d.Shown != "" {
		return d.Shown
	}
	return d.Path
}
