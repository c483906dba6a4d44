package main

import (
	"os/user"
	"strconv"
)

// names looks up users and groups, each number once: ls of thousands of segments
// asks for the same few.
type names struct{ users, groups map[uint32]string }

func newNames() *names {
	return &names{users: map[uint32]string{}, groups: map[uint32]string{}}
}

// user is the name of uid, "" where it has none.
func (n *names) user(uid uint32) string {
	name, ok := n.users[uid]
	if !ok {
		if u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10)); err == nil {
			name = u.Username
		}
		n.users[uid] = name
	}
	return name
}

// group is the name of gid, "" where it has none.
func (n *names) group(gid uint32) string {
	name, ok := n.groups[gid]
	if !ok {
		if g, err := user.LookupGroupId(strconv.FormatUint(uint64(gid), 10)); err == nil {
			name = g.Name
		}
		n.groups[gid] = name
	}
	return name
}

// owner is the name of uid, or its number.
func (n *names) owner(uid uint32) string {
	if name := n.user(uid); name != "" {
		return name
	}
	return strconv.FormatUint(uint64(uid), 10)
}
