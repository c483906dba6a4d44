package main

import (
	"errors"
	"io/fs"
	"syscall"
	"time"

	"shmctl/internal/proc"
	"shmctl/internal/render"
)

// view answers what columns ask beyond an object's own row: names, the creator's
// command, and the processes that use it. What costs anything is found out once.
type view struct {
	*names
	proc     proc.FS
	now      time.Time
	commands map[int]command
	scan     *proc.Scan // of what the columns in use need, else nil
	ns       uint64     // of the objects: IPC or mount namespace, 0 when not known
	mounts   func() (uint64, error)
}

type command struct {
	line  string
	start time.Time
	err   error
}

func newView(e *env) *view {
	v := &view{names: newNames(), proc: e.proc(), now: time.Now(), commands: map[int]command{}}
	v.mounts = v.proc.MountNamespace
	if e.pid != 0 {
		v.mounts = func() (uint64, error) { return v.proc.MountNamespaceOf(int(e.pid)) }
	}
	return v
}

// creator is the command line of the process that made something at t, "" where
// there is none: it ended, or its number belongs to a later process.
func (v *view) creator(pid int, t time.Time) (line string, gone bool) {
	if pid == 0 {
		return "", false // not visible from this PID namespace
	}
	c, ok := v.commands[pid]
	if !ok {
		// Most creators of a long list are gone, and kill(2) says so at a tenth of
		// the cost of a look into /proc.
		if syscall.Kill(pid, 0) == syscall.ESRCH {
			c.err = fs.ErrNotExist
		} else {
			c.line, c.start, c.err = v.proc.Command(pid)
		}
		v.commands[pid] = c
	}
	switch {
	case errors.Is(c.err, fs.ErrNotExist):
		return "", true
	case c.err != nil:
		return "", false
	case proc.StartedAfter(c.start, t):
		return "", true
	}
	return c.line, false
}

// age is how long ago t was.
func (v *view) age(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return max(v.now.Sub(t), 0)
}

// text is s, or no value.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// when is t, or no value: touch(1) sets years that RFC 3339 has no way to write.
func when(t time.Time) any {
	if year := t.UTC().Year(); t.IsZero() || year < 0 || year > 9999 {
		return nil
	}
	return t
}

// needs says whether one of the columns is called name.
func needs[T any](cols []render.Column[T], name string) bool {
	for _, c := range cols {
		if c.Name == name {
			return true
		}
	}
	return false
}

// userColumns are what stat shows of the processes that use an object.
func (v *view) userColumns() []render.Column[proc.User] {
	return []render.Column[proc.User]{
		{Name: "PID", Kind: render.Number, Default: true, Value: func(u proc.User) any { return int64(u.PID) }},
		{Name: "USER", Search: true, Default: true, Value: func(u proc.User) any { return v.owner(u.UID) }},
		{Name: "ACCESS", Default: true, Value: func(u proc.User) any { return u.Access }},
		{Name: "MAPPINGS", Kind: render.Number, Default: true, Value: func(u proc.User) any { return int64(u.Mappings) }},
		{Name: "COMMAND", Default: true, Value: func(u proc.User) any { return text(u.Command) }},
	}
}

// hidden says on standard error how many processes could not be inspected.
func (v *view) hidden(e *env) {
	if v.scan == nil {
		return
	}
	if n := v.scan.Hidden(); n > 0 {
		e.warn("%s not visible", plural(int64(n), "process"))
	}
}
