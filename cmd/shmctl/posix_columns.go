package main

import (
	"fmt"
	"time"

	"shmctl/internal/posix"
	"shmctl/internal/proc"
	"shmctl/internal/render"
)

// objectColumns is the registry of what can be shown of an object.
func objectColumns(v *view) []render.Column[posix.Info] {
	type obj = posix.Info
	return []render.Column[obj]{
		{Name: "NAME", Default: true, Help: "name, as shm_open(3) takes it", Value: func(o obj) any { return o.Name.String() }},
		{Name: "OWNER", Default: true, Help: "owner's name, or number", Value: func(o obj) any { return v.owner(o.UID) }},
		{Name: "PERMS", Default: true, Help: "permissions as ls shows them", Value: func(o obj) any { return render.Perms(o.Mode) }},
		{Name: "SIZE", Kind: render.Size, Default: true, Help: "size", Value: func(o obj) any { return uint64(o.Size) }},
		{Name: "ALLOC", Kind: render.Size, Default: true, Help: "memory behind it", Value: func(o obj) any { return uint64(o.Alloc) }},
		{Name: "MTIME", Kind: render.Time, Default: true, Help: "last write(2) or change of size; stores through a mapping do not count", Value: func(o obj) any { return when(o.Mtime) }},

		{Name: "MODE", Help: "permissions in octal", Value: func(o obj) any { return fmt.Sprintf("%04o", o.Mode) }},
		{Name: "UID", Kind: render.Number, Help: "owner's number", Value: func(o obj) any { return int64(o.UID) }},
		{Name: "USER", Help: "owner's name, where there is one", Value: func(o obj) any { return text(v.user(o.UID)) }},
		{Name: "GID", Kind: render.Number, Help: "group's number", Value: func(o obj) any { return int64(o.GID) }},
		{Name: "GROUP", Help: "group's name, where there is one", Value: func(o obj) any { return text(v.group(o.GID)) }},
		{Name: "INODE", Kind: render.Number, Help: "inode number", Value: func(o obj) any { return o.Ino }},
		{Name: "DEV", Help: "device of the tmpfs, major:minor", Value: func(o obj) any { return o.DevString() }},
		{Name: "LINKS", Kind: render.Number, Help: "names, 0 when it is unlinked", Value: func(o obj) any { return o.Links }},
		{Name: "ATIME", Kind: render.Time, Help: "last access", Value: func(o obj) any { return when(o.Atime) }},
		{Name: "CTIME", Kind: render.Time, Help: "last change of owner, mode, size or name", Value: func(o obj) any { return when(o.Ctime) }},
		{Name: "AGE", Kind: render.Age, Help: "time since the later of MTIME and CTIME", Value: func(o obj) any { return v.age(changed(o)) }},
		{Name: "TYPE", Help: "object; semaphore; unlinked: mapped, but without a name", Value: func(o obj) any { return o.Type() }},
		{Name: "USERS", Kind: render.Number, Search: true, Help: "processes that map it or hold it open", Value: func(o obj) any {
			return int64(len(v.objectUsers(o)))
		}},
		{Name: "NS", Kind: render.Number, Help: "mount namespace", Value: func(o obj) any { return known(v.ns != 0, v.ns) }},
	}
}

// changed is when an object was last touched in a way that its times show.
func changed(o posix.Info) time.Time {
	if o.Ctime.After(o.Mtime) {
		return o.Ctime
	}
	return o.Mtime
}

// lookAtObjects gathers what columns need to know of processes that use objects
// on the device dev.
func (v *view) lookAtObjects(users bool, dev uint64) (err error) {
	v.ns, _ = v.mounts()
	if users {
		v.scan, err = v.proc.Scan(proc.Want{Devs: []uint64{dev}})
	}
	return err
}

// objectUsers are the processes that map an object or hold it open, as far as
// anybody looked.
func (v *view) objectUsers(o posix.Info) []proc.User {
	if v.scan == nil {
		return nil
	}
	return v.scan.Object(o.Dev, o.Ino)
}
