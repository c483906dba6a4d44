package main

import (
	"fmt"

	"shmctl/internal/proc"
	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

// segmentColumns is the registry of what can be shown of a segment.
func segmentColumns(v *view) []render.Column[sysv.Segment] {
	type seg = sysv.Segment
	command := func(s seg) (string, bool) { return v.creator(s.CPID, s.Ctime) }
	return []render.Column[seg]{
		{Name: "KEY", Default: true, Help: "key given to shmget(2)", Value: func(s seg) any { return s.Key.String() }},
		{Name: "ID", Kind: render.Number, Default: true, Help: "identifier", Value: func(s seg) any { return int64(s.ID) }},
		{Name: "OWNER", Default: true, Help: "owner's name, or number", Value: func(s seg) any { return v.owner(s.UID) }},
		{Name: "PERMS", Default: true, Help: "permissions as ls shows them", Value: func(s seg) any { return render.Perms(s.Mode) }},
		{Name: "SIZE", Kind: render.Size, Default: true, Help: "size as asked for", Value: func(s seg) any { return s.Size }},
		{Name: "NATTCH", Kind: render.Number, Default: true, Help: "attachments, of which a process may have several", Value: func(s seg) any { return s.Attached }},
		{Name: "STATUS", Kind: render.List, Default: true, Help: "dest: goes with its last attachment; locked: not swapped out", Value: func(s seg) any { return segmentStatus(s) }},
		{Name: "CTIME", Kind: render.Time, Default: true, Help: "creation, or last change by IPC_SET or IPC_RMID", Value: func(s seg) any { return when(s.Ctime) }},
		{Name: "CPID", Kind: render.Number, Default: true, Help: "process that made it, 0 when not visible", Value: func(s seg) any { return int64(s.CPID) }},
		{Name: "COMMAND", Default: true, Help: "command of that process, while it lives",
			Table: func(s seg) string {
				line, gone := command(s)
				if gone {
					return "(gone)"
				}
				return line
			},
			// Nobody uses it, and nobody is there who made it: it may have leaked.
			Alert: func(s seg) bool { _, gone := command(s); return gone && s.Attached == 0 },
			Value: func(s seg) any { line, _ := command(s); return text(line) }},

		{Name: "MODE", Help: "permissions in octal", Value: func(s seg) any { return fmt.Sprintf("%04o", s.Mode) }},
		{Name: "UID", Kind: render.Number, Help: "owner's number", Value: func(s seg) any { return int64(s.UID) }},
		{Name: "USER", Help: "owner's name, where there is one", Value: func(s seg) any { return text(v.user(s.UID)) }},
		{Name: "GID", Kind: render.Number, Help: "group's number", Value: func(s seg) any { return int64(s.GID) }},
		{Name: "GROUP", Help: "group's name, where there is one", Value: func(s seg) any { return text(v.group(s.GID)) }},
		{Name: "CUID", Kind: render.Number, Help: "creator's number", Value: func(s seg) any { return int64(s.CUID) }},
		{Name: "CUSER", Help: "creator's name, where there is one", Value: func(s seg) any { return text(v.user(s.CUID)) }},
		{Name: "CGID", Kind: render.Number, Help: "creator's group's number", Value: func(s seg) any { return int64(s.CGID) }},
		{Name: "CGROUP", Help: "creator's group's name, where there is one", Value: func(s seg) any { return text(v.group(s.CGID)) }},
		{Name: "LPID", Kind: render.Number, Help: "process that attached or detached last", Value: func(s seg) any { return int64(s.LPID) }},
		{Name: "ATIME", Kind: render.Time, Help: "last attach", Value: func(s seg) any { return when(s.Atime) }},
		{Name: "DTIME", Kind: render.Time, Help: "last detach", Value: func(s seg) any { return when(s.Dtime) }},
		{Name: "AGE", Kind: render.Age, Help: "time since CTIME", Value: func(s seg) any { return v.age(s.Ctime) }},
		{Name: "RSS", Kind: render.Size, Help: "bytes in memory", Value: func(s seg) any { return known(s.HasRSS, s.RSS) }},
		{Name: "SWAP", Kind: render.Size, Help: "bytes in swap", Value: func(s seg) any { return known(s.HasRSS, s.Swap) }},
		{Name: "USERS", Kind: render.Number, Search: true, Help: "processes that have it attached", Value: func(s seg) any {
			return int64(len(v.segmentUsers(s)))
		}},
		{Name: "NS", Kind: render.Number, Help: "IPC namespace", Value: func(s seg) any { return known(v.ns != 0, v.ns) }},
	}
}

// known is n, or no value.
func known(ok bool, n uint64) any {
	if !ok {
		return nil
	}
	return n
}

// segmentStatus is what a segment is beside its permissions.
func segmentStatus(s sysv.Segment) []string {
	status := []string{}
	if s.Dest {
		status = append(status, "dest")
	}
	if s.Locked {
		status = append(status, "locked")
	}
	return status
}

// lookAtSegments gathers what columns need to know of processes.
func (v *view) lookAtSegments(users bool) (err error) {
	v.ns, _ = v.proc.IPCNamespace()
	if users {
		v.scan, err = v.proc.Scan(proc.Want{Segments: true})
	}
	return err
}

// segmentUsers are the processes that have a segment attached, as far as anybody
// looked.
func (v *view) segmentUsers(s sysv.Segment) []proc.User {
	if v.scan == nil {
		return nil
	}
	return v.scan.Segment(v.ns, s.ID)
}
