package proc

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A hiddenProcess could not be inspected, in whole or in part.
type hiddenProcess struct {
	pid   int
	uid   uint32 // effective
	owned bool   // uid is known
}

// Hidden returns how many processes could not be inspected, for lack of
// permission as a rule. Kernel threads and zombies, which have no memory, are
// not counted, save with hidepid=noaccess, where they cannot be told apart. A
// process of which only a part was seen is counted, and found as a user too.
func (s *Scan) Hidden() int { return len(s.hidden) }

// HiddenOf returns how many of the hidden processes may be a user's: their
// real, effective or saved user is uid, or cannot be known.
func (s *Scan) HiddenOf(uid uint32) int {
	n := 0
	for _, h := range s.hidden {
		if !h.owned || h.uid == uid || slices.Contains(s.fs.uids(h.pid), uid) {
			n++
		}
	}
	return n
}

// uids returns the users of a process, none when they cannot be read.
func (f FS) uids(pid int) []uint32 {
	data, err := readFile(unix.AT_FDCWD, f.path(strconv.Itoa(pid)+"/status"), make([]byte, 8<<10))
	if err != nil {
		return nil
	}
	return parseUids(data)
}

// parseUids finds "Uid:", the real, effective, saved and file system user, in
// /proc/PID/status, where a newline in the name is escaped.
func parseUids(status []byte) (uids []uint32) {
	for _, f := range strings.Fields(statusField(status, "Uid")) {
		if v, err := strconv.ParseUint(f, 10, 32); err == nil {
			uids = append(uids, uint32(v))
		}
	}
	return uids
}

func statusField(status []byte, name string) string {
	for line := range bytes.Lines(status) {
		if s, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			return string(bytes.TrimSpace(s))
		}
	}
	return ""
}

// HiddenUnknown reports that /proc does not even list some processes to the
// caller (hidepid=invisible or hidepid=ptraceable in proc(5)), so that nobody
// can tell how many were not seen: Hidden is then a lower bound.
func (s *Scan) HiddenUnknown() bool { return s.fs.hidesProcesses() }

func (f FS) hidesProcesses() bool {
	mounts, err := os.ReadFile(f.path("thread-self/mountinfo"))
	if err != nil {
		return false
	}
	hide, gid := parseHidepid(mounts, f.root())
	switch hide {
	case "invisible", "2":
		if member(gid) {
			return false
		}
	case "ptraceable", "4":
	default:
		return false
	}
	// Who may trace every process sees them all. A capability in a user
	// namespace reaches no farther than that.
	status, err := os.ReadFile(f.path("thread-self/status"))
	if err != nil {
		return true
	}
	capable, err := strconv.ParseUint(statusField(status, "CapEff"), 16, 64)
	if err != nil || capable&(1<<unix.CAP_SYS_PTRACE) == 0 {
		return true
	}
	ids, err := os.ReadFile(f.path("thread-self/uid_map"))
	return err != nil || !slices.Equal(strings.Fields(string(ids)), []string{"0", "0", "4294967295"})
}

// parseHidepid returns the option hidepid of the proc file system that is
// mounted at root, "" when it has none, and the group that it does not concern.
// mountinfo is as in proc_pid_mountinfo(5).
func parseHidepid(mountinfo []byte, root string) (hide string, gid int) {
	root = filepath.Clean(root)
	for line := range bytes.Lines(mountinfo) {
		// The fields after the lone dash: type, source, options of the file system.
		fields := strings.Fields(string(line))
		dash := slices.Index(fields, "-")
		if dash < 6 || len(fields) < dash+4 || unescapeMount(fields[4]) != root {
			continue
		}
		hide, gid = "", 0 // a later mount covers an earlier one
		if fields[dash+1] != "proc" {
			continue
		}
		for option := range strings.SplitSeq(fields[dash+3], ",") {
			if v, ok := strings.CutPrefix(option, "hidepid="); ok {
				hide = v
			} else if v, ok := strings.CutPrefix(option, "gid="); ok {
				gid, _ = strconv.Atoi(v)
			}
		}
	}
	return hide, gid
}

// unescapeMount undoes \040 and the like.
var unescapeMount = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace

// member tells whether the caller belongs to a group.
func member(gid int) bool {
	groups, err := os.Getgroups()
	return gid == os.Getegid() || err == nil && slices.Contains(groups, gid)
}
