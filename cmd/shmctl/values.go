package main

import (
	"errors"
	"fmt"
	"math"
	"os/user"
	"strconv"
	"strings"
	"time"

	"shmctl/internal/sysv"
)

// The values of flags, parsed where they are given, so that bad input is a usage
// error before anything is done. Each is a pflag.Value.

// sizeValue is a number of bytes: digits with an optional unit.
type sizeValue struct {
	n   uint64
	set bool
}

func (v *sizeValue) Type() string { return "SIZE" }
func (v *sizeValue) String() string {
	if !v.set {
		return ""
	}
	return strconv.FormatUint(v.n, 10)
}
func (v *sizeValue) Set(s string) (err error) {
	v.n, err = parseSize(s)
	v.set = err == nil
	return err
}

// memorySize is a sizeValue of memory to be made, which cannot be 0.
type memorySize struct{ sizeValue }

func (v *memorySize) Set(s string) error {
	if err := v.sizeValue.Set(s); err != nil {
		return err
	}
	if v.n == 0 {
		v.set = false
		return errors.New("must be at least 1 byte")
	}
	return nil
}

var errSize = errors.New("not a size: digits with an optional K, M, G, T, P (KiB … of 1024 bytes, KB … of 1000)")

// parseSize reads a SIZE: bytes, or with K M G T P or KiB MiB … units of 1024, with
// KB MB … units of 1000.
func parseSize(s string) (uint64, error) {
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i == 0 {
		return 0, errSize
	}
	n, err := strconv.ParseUint(s[:i], 10, 64)
	if err != nil {
		return 0, errors.New("does not fit in 64 bits")
	}
	unit := s[i:]
	if unit == "" {
		return n, nil
	}
	power := strings.IndexByte("KMGTP", unit[0]) + 1
	if power == 0 {
		power = strings.IndexByte("kmgtp", unit[0]) + 1 // as dd and ipcmk take them
	}
	base := uint64(1024)
	switch {
	case power == 0:
		return 0, errSize
	case unit[1:] == "B":
		base = 1000
	case unit[1:] != "" && unit[1:] != "iB":
		return 0, errSize
	}
	for range power {
		if n > math.MaxUint64/base {
			return 0, errors.New("does not fit in 64 bits")
		}
		n *= base
	}
	return n, nil
}

// offsetValue is a position or a length in bytes within a memory.
type offsetValue struct {
	n   int64
	set bool
}

func (v *offsetValue) Type() string   { return "N" }
func (v *offsetValue) String() string { return strconv.FormatInt(v.n, 10) }
func (v *offsetValue) Set(s string) error {
	n, err := parseSize(s)
	if err != nil {
		return err
	}
	// No memory reaches past 63 bits, so neither does a place in it; what is
	// larger is past every end.
	v.n, v.set = int64(min(n, math.MaxInt64)), true
	return nil
}

// modeValue is permission bits, octal, 0 to 0777.
type modeValue struct {
	bits uint32
	set  bool
}

func (v *modeValue) Type() string   { return "MODE" }
func (v *modeValue) String() string { return fmt.Sprintf("%04o", v.bits) }
func (v *modeValue) Set(s string) (err error) {
	v.bits, err = parseMode(s)
	v.set = err == nil
	return err
}

// parseMode reads a MODE.
func parseMode(s string) (uint32, error) {
	for _, c := range []byte(s) {
		if c < '0' || c > '7' {
			return 0, errors.New("not an octal mode from 0 to 0777")
		}
	}
	n, err := strconv.ParseUint(s, 8, 64)
	if err != nil || n > 0o777 {
		return 0, errors.New("not an octal mode from 0 to 0777")
	}
	return uint32(n), nil
}

// durationValue is a span of time; a bare number is seconds.
type durationValue struct {
	d   time.Duration
	set bool
}

func (v *durationValue) Type() string { return "DURATION" }
func (v *durationValue) String() string {
	if !v.set {
		return ""
	}
	return v.d.String()
}
func (v *durationValue) Set(s string) (err error) {
	v.d, err = parseDuration(s)
	v.set = err == nil
	return err
}

// parseDuration reads a DURATION: 500ms, 5s, 1m30s, or a number of seconds.
func parseDuration(s string) (time.Duration, error) {
	bare := s != ""
	for _, c := range []byte(s) {
		bare = bare && (c == '.' || '0' <= c && c <= '9')
	}
	if bare {
		s += "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		return 0, errors.New("not a duration such as 500ms, 5s, 1m30s or a number of seconds")
	}
	return d, nil
}

// keyValue is a KEY; it is resolved when the command runs.
type keyValue struct {
	spec sysv.KeySpec
	set  bool
	any  bool // private is allowed
}

func (v *keyValue) Type() string   { return "KEY" }
func (v *keyValue) String() string { return v.spec.Text }
func (v *keyValue) Set(s string) (err error) {
	v.spec, err = parseKey(s, v.any)
	v.set = err == nil
	return err
}

// parseKey reads a KEY; one that names no segment only where private is allowed,
// and then only by that word.
func parseKey(s string, private bool) (sysv.KeySpec, error) {
	spec, err := sysv.ParseKeySpec(s)
	if err != nil {
		return spec, err
	}
	if spec.Private() && !(private && s == "private") {
		return spec, errors.New("key 0 (IPC_PRIVATE) names no segment")
	}
	return spec, nil
}

// keyList is several KEYs.
type keyList []sysv.KeySpec

func (v *keyList) Type() string   { return "KEY" }
func (v *keyList) String() string { return "" }
func (v *keyList) Set(s string) error {
	spec, err := parseKey(s, false)
	if err == nil {
		*v = append(*v, spec)
	}
	return err
}

// hugeValue is a size of huge pages; given without one, the system's default.
type hugeValue struct{ size uint64 }

func (v *hugeValue) Type() string { return "SIZE" }
func (v *hugeValue) String() string {
	if v.size == 0 {
		return ""
	}
	return strconv.FormatUint(v.size, 10)
}
func (v *hugeValue) Set(s string) error {
	if s == "default" {
		v.size = 1
		return nil
	}
	n, err := parseSize(s)
	if err != nil {
		return err
	}
	if n < 2 || n&(n-1) != 0 {
		return errors.New("not a page size such as 2M or 1G")
	}
	v.size = n
	return nil
}

// owner is a user, a group, or both; nil is left as it is.
type owner struct{ uid, gid *uint32 }

// ownerValue is an OWNER.
type ownerValue struct {
	owner
	text string
}

func (v *ownerValue) Type() string   { return "OWNER" }
func (v *ownerValue) String() string { return v.text }
func (v *ownerValue) Set(s string) (err error) {
	v.owner, err = parseOwner(s)
	v.text = s
	return err
}

// parseOwner reads an OWNER: USER, USER:GROUP or :GROUP, by name or number.
func parseOwner(s string) (o owner, err error) {
	name, group, both := strings.Cut(s, ":")
	if name == "" && group == "" || both && group == "" {
		return o, errors.New("not USER, USER:GROUP or :GROUP")
	}
	if name != "" {
		o.uid, err = parseAccount(name, "user", func(s string) (string, error) {
			u, err := user.Lookup(s)
			if err != nil {
				return "", err
			}
			return u.Uid, nil
		})
		if err != nil {
			return owner{}, err
		}
	}
	if group != "" {
		o.gid, err = parseAccount(group, "group", func(s string) (string, error) {
			g, err := user.LookupGroup(s)
			if err != nil {
				return "", err
			}
			return g.Gid, nil
		})
		if err != nil {
			return owner{}, err
		}
	}
	return o, nil
}

// parseAccount reads a user or group: a name first, as chown(1) does, or a number.
func parseAccount(s, what string, lookup func(string) (string, error)) (*uint32, error) {
	text, err := lookup(s)
	if err != nil {
		text = s
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return nil, fmt.Errorf("unknown %s %q", what, s)
		}
	}
	// The highest number means "leave as it is" to chown(2).
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == math.MaxUint32 {
		return nil, fmt.Errorf("%s %q is out of range", what, s)
	}
	id := uint32(n)
	return &id, nil
}
