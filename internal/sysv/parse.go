package sysv

import (
	"bytes"
	"errors"
	"fmt"
	"math/bits"
)

// maxColumns is more than any kernel's /proc/sysvipc/shm has.
const maxColumns = 32

// columns are the names in the header of /proc/sysvipc/shm that mean something
// here. Kernels before 2.6.37 lack the last two.
var columns = [...]string{
	"key", "shmid", "perms", "size", "cpid", "lpid", "nattch",
	"uid", "gid", "cuid", "cgid", "atime", "dtime", "ctime", "rss", "swap",
}

const (
	colKey = iota
	colID
	colPerms
	colSize
	colCPID
	colLPID
	colAttached
	colUID
	colGID
	colCUID
	colCGID
	colAtime
	colDtime
	colCtime
	colRSS
	colSwap
)

// ParseShm reads the text of /proc/sysvipc/shm, as sysvipc_shm_proc_show() of
// ipc/shm.c writes it. Columns are found by the names in the header line. Some
// kernels repeat the last line: of an id that comes twice the first line counts.
// A line that is torn or makes no sense is left out, and the error, which joins
// one for each such line, says so next to the segments that were read.
func ParseShm(data []byte) ([]Segment, error) {
	header, data, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return nil, errors.New("sysvipc/shm: no header line")
	}
	var at [len(columns)]int // field number of each column, -1 without
	names := bytes.Fields(header)
	for i, want := range columns {
		at[i] = -1
		for j, name := range names {
			if string(name) == want {
				at[i] = j
				break
			}
		}
		if at[i] < 0 && i < colRSS {
			return nil, fmt.Errorf("sysvipc/shm: no column %s in the header", want)
		}
	}
	if len(names) > maxColumns {
		return nil, fmt.Errorf("sysvipc/shm: %d columns", len(names))
	}

	rows := make([]Segment, 0, bytes.Count(data, []byte("\n")))
	seen := make(map[int]struct{}, cap(rows))
	var (
		errs   []error
		fields [maxColumns][]byte
	)
	for n := 2; len(data) > 0; n++ {
		var line []byte
		line, data, ok = bytes.Cut(data, []byte("\n"))
		if len(bytes.TrimSpace(line)) == 0 && ok {
			continue
		}
		s, err := parseLine(line, &at, fields[:len(names)])
		if !ok && err == nil {
			err = errors.New("cut short") // its last number may lack digits
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("sysvipc/shm: line %d: %w", n, err))
			continue
		}
		if _, dup := seen[s.ID]; dup {
			continue
		}
		seen[s.ID] = struct{}{}
		rows = append(rows, s)
	}
	return rows, errors.Join(errs...)
}

// parseLine reads one line, in which column i is field at[i]; fields is as long as
// the header, and room to work in.
func parseLine(line []byte, at *[len(columns)]int, fields [][]byte) (Segment, error) {
	n := 0
	for i := 0; i < len(line); {
		if line[i] == ' ' || line[i] == '\t' {
			i++
			continue
		}
		start := i
		for i < len(line) && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		if n < len(fields) {
			fields[n] = line[start:i]
		}
		n++
	}
	if n != len(fields) {
		return Segment{}, fmt.Errorf("%d fields, the header has %d", n, len(fields))
	}

	var bad error
	num := func(col int, base, limit uint64) uint64 {
		if at[col] < 0 {
			return 0
		}
		v, ok := parseUint(fields[at[col]], base)
		if bad == nil && (!ok || v > limit) {
			bad = fmt.Errorf("%s is %q", columns[col], fields[at[col]])
		}
		return v
	}
	const (
		int31   = 1<<31 - 1
		uint32s = 1<<32 - 1
		int63   = 1<<63 - 1
		uint64s = 1<<64 - 1
	)
	var s Segment
	// The key is printed signed; take what a kernel that did not would print.
	if key := fields[at[colKey]]; len(key) > 0 && key[0] == '-' {
		v, ok := parseUint(key[1:], 10)
		if !ok || v > 1<<31 {
			bad = fmt.Errorf("key is %q", key)
		}
		s.Key = Key(-int64(v))
	} else {
		s.Key = Key(uint32(num(colKey, 10, uint32s)))
	}
	s.ID = int(num(colID, 10, int31))
	s.Seq = uint16(s.ID >> 15) // IPCMNI_SEQ_SHIFT of ipc/util.h
	s.setMode(uint32(num(colPerms, 8, uint32s)))
	s.Size = num(colSize, 10, uint64s)
	s.CPID = int(num(colCPID, 10, int31))
	s.LPID = int(num(colLPID, 10, int31))
	s.Attached = num(colAttached, 10, uint64s)
	s.UID = uint32(num(colUID, 10, uint32s))
	s.GID = uint32(num(colGID, 10, uint32s))
	s.CUID = uint32(num(colCUID, 10, uint32s))
	s.CGID = uint32(num(colCGID, 10, uint32s))
	s.Atime = unixTime(int64(num(colAtime, 10, int63)))
	s.Dtime = unixTime(int64(num(colDtime, 10, int63)))
	s.Ctime = unixTime(int64(num(colCtime, 10, int63)))
	if at[colRSS] >= 0 && at[colSwap] >= 0 {
		s.RSS, s.Swap, s.HasRSS = num(colRSS, 10, uint64s), num(colSwap, 10, uint64s), true
	}
	return s, bad
}

// parseUint reads digits alone, without strconv's allocation for each error.
func parseUint(b []byte, base uint64) (uint64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	var v uint64
	for _, c := range b {
		d := uint64(c - '0')
		over, low := bits.Mul64(v, base)
		sum, carry := bits.Add64(low, d, 0)
		if d >= base || over != 0 || carry != 0 {
			return 0, false
		}
		v = sum
	}
	return v, true
}
