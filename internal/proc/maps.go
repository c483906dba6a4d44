package proc

import "bytes"

// A mapping is a line of /proc/PID/maps (proc_pid_maps(5)).
type mapping struct {
	start, end uint64
	read       bool
	write      bool
	exec       bool
	share      bool
	offset     uint64
	major      uint32
	minor      uint32
	ino        uint64
	path       []byte
}

// parseMapping parses a line without its newline, and allocates nothing. The
// path is part of the line; see unescapePath.
func parseMapping(line []byte) (m mapping, ok bool) {
	var v uint64
	if m.start, line, ok = hex(line, '-'); !ok {
		return mapping{}, false
	}
	if m.end, line, ok = hex(line, ' '); !ok {
		return mapping{}, false
	}
	if len(line) < 5 || line[4] != ' ' {
		return mapping{}, false
	}
	m.read, m.write, m.exec, m.share = line[0] == 'r', line[1] == 'w', line[2] == 'x', line[3] == 's'
	if m.offset, line, ok = hex(line[5:], ' '); !ok {
		return mapping{}, false
	}
	if v, line, ok = hex(line, ':'); !ok || v > 1<<32-1 {
		return mapping{}, false
	}
	m.major = uint32(v)
	if v, line, ok = hex(line, ' '); !ok || v > 1<<32-1 {
		return mapping{}, false
	}
	m.minor = uint32(v)

	i := 0
	for ; i < len(line) && line[i] != ' '; i++ {
		c := line[i] - '0'
		if c > 9 || m.ino > (1<<64-1-uint64(c))/10 {
			return mapping{}, false
		}
		m.ino = m.ino*10 + uint64(c)
	}
	if i == 0 {
		return mapping{}, false
	}
	for i < len(line) && line[i] == ' ' {
		i++
	}
	m.path = line[i:]
	return m, true
}

// hex parses a number of at most 64 bits that sep ends.
func hex(b []byte, sep byte) (v uint64, rest []byte, ok bool) {
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return v, b[i+1:], c == sep && i > 0
		}
		if i == 16 {
			break
		}
		v = v<<4 | uint64(c)
	}
	return 0, nil, false
}

// segmentPath tells the name that the kernel gives to the file behind a System
// V segment, from its key (newseg in ipc/shm.c). The key stays in it when the
// segment is marked for removal.
func segmentPath(path []byte) bool {
	const prefix = "/SYSV"
	if len(path) < len(prefix)+8 || string(path[:len(prefix)]) != prefix {
		return false
	}
	for _, c := range path[len(prefix) : len(prefix)+8] {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	rest := path[len(prefix)+8:]
	return len(rest) == 0 || string(rest) == deletedMark
}

// deletedMark follows the path of a file that has lost its name. A file may be
// called so too.
const deletedMark = " (deleted)"

// unescapePath undoes what the kernel does to a path in maps, a newline and
// nothing else. The name `a\012b` looks like one with a newline there, and is
// taken for it.
func unescapePath(path []byte) []byte {
	return bytes.ReplaceAll(path, []byte(`\012`), []byte("\n"))
}

// eachLine calls f with every line that read delivers, without its newline. It
// reads into buf, and the line is valid until f returns. A line that does not
// fit into buf is passed over, as is one cut short by the end: half a number is
// another number. It returns the number of bytes read.
func eachLine(read func([]byte) (int, error), buf []byte, f func(line []byte)) (total int, err error) {
	n, skip := 0, false
	for {
		m, err := read(buf[n:])
		if err != nil {
			return total, err
		}
		if m == 0 {
			return total, nil
		}
		total += m
		data := buf[:n+m]
		for {
			i := bytes.IndexByte(data, '\n')
			if i < 0 {
				break
			}
			if !skip {
				f(data[:i])
			}
			skip = false
			data = data[i+1:]
		}
		n = copy(buf, data)
		if n == len(buf) {
			n, skip = 0, true
		}
	}
}
