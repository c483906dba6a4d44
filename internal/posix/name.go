package posix

import (
	"errors"
	"fmt"
	"strings"
)

// Name names an object, without the leading slash. Names are bytes: any but the
// slash and NUL may be in them.
type Name string

// maxName is NAME_MAX of tmpfs, in bytes.
const maxName = 255

// semPrefix is what sem_open(3) puts before the name of a semaphore.
const semPrefix = "sem."

// ParseName reads a name with or without its leading slash. It refuses what
// shm_open(3) cannot have as a name; the error says why.
func ParseName(s string) (Name, error) {
	s = strings.TrimPrefix(s, "/")
	switch {
	case s == "":
		return "", errors.New("it is empty")
	case s == "." || s == "..":
		return "", errors.New("it is a directory's")
	case strings.Contains(s, "/"):
		return "", errors.New("only its first byte may be a slash")
	case strings.Contains(s, "\x00"):
		return "", errors.New("it has a NUL in it")
	case len(s) > maxName:
		return "", fmt.Errorf("it has %d bytes, and %d is the most", len(s), maxName)
	}
	return Name(s), nil
}

// String is the name with its slash, as shm_open(3) takes it.
func (n Name) String() string { return "/" + string(n) }

// Semaphore reports whether a semaphore of sem_open(3) has this name. It is an
// object to the kernel, and not to be written or removed as one.
func (n Name) Semaphore() bool { return strings.HasPrefix(string(n), semPrefix) }
