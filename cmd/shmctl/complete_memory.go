package main

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

// segments are those that there are where --pid says. What cannot be read is not
// offered.
func (e *env) segments() []sysv.Segment {
	if e.enterIPC() != nil {
		return nil
	}
	segments, _ := e.sysv().List()
	return segments
}

// objects are those that there are where --pid says.
func (e *env) objects() []posix.Info {
	if e.enterRoot() != nil {
		return nil
	}
	objects, _ := e.posix().List()
	return objects
}

// completeIDs offers the ids of segments, beside those that are given already.
func (e *env) completeIDs(cmd *cobra.Command, args []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	m := matches{s: s}
	if several(cmd) || len(args) == 0 && !cmd.Flags().Changed("key") {
		names := newNames()
		for _, seg := range e.segments() {
			id := strconv.Itoa(seg.ID)
			if !strings.HasPrefix(id, s) || slices.Contains(args, id) {
				continue
			}
			key := "key " + seg.Key.String()
			switch {
			case seg.Dest:
				key = "marked for removal"
			case seg.Key == 0:
				key = "private"
			}
			m.add(id, key+", "+sizeAndOwner(names, seg.Size, seg.UID))
		}
	}
	return m.done(0)
}

// completeKeys offers the keys of segments, or the path that a key is made of.
func (e *env) completeKeys(cmd *cobra.Command, args []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	makes := cmd.Name() == "create"
	if s != "" && (s[0] < '0' || s[0] > '9') && !(makes && strings.HasPrefix("private", s)) {
		return completeKeyPath(cmd, nil, s)
	}
	m := matches{s: s}
	if makes {
		m.add("private", "a segment without a key")
	}
	// Only what is there already can be looked up, and only what is not can be made.
	exists := cmd.Flags().Lookup("exist-ok")
	if !makes || exists != nil && exists.Changed {
		names := newNames()
		for _, seg := range e.segments() {
			if key := seg.Key.String(); seg.Key != 0 && strings.HasPrefix(key, s) {
				m.add(key, "id "+strconv.Itoa(seg.ID)+", "+sizeAndOwner(names, seg.Size, seg.UID))
			}
		}
	}
	return m.done(0)
}

// completeKeyPath offers the files of a PATH:PROJ; the colon has to follow at once.
func completeKeyPath(cmd *cobra.Command, args []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 || strings.Contains(s, ":") {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveNoSpace
}

// completeNames offers the names of objects, with a slash or without as it was begun,
// beside those that are given already.
func (e *env) completeNames(cmd *cobra.Command, args []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	m := matches{s: s}
	if len(args) > 0 && !several(cmd) || !takesExisting(cmd) {
		return m.done(0)
	}
	slash := ""
	if s == "" || s[0] == '/' {
		slash = "/"
	}
	names := newNames()
	for _, o := range e.objects() {
		name := slash + string(o.Name)
		if !strings.HasPrefix(name, s) || !typable(name) || slices.ContainsFunc(args, func(a string) bool {
			return strings.TrimPrefix(a, "/") == string(o.Name)
		}) {
			continue
		}
		if o.Name.Semaphore() && cmd.Name() != "read" && cmd.Name() != "stat" {
			continue // no other verb touches one
		}
		m.add(name, sizeAndOwner(names, uint64(o.Size), o.UID))
	}
	return m.done(0)
}

// takesExisting says that cmd, as far as it is typed, takes an object that is there:
// create does so only when it is told to.
func takesExisting(cmd *cobra.Command) bool {
	if cmd.Name() != "create" {
		return true
	}
	for _, name := range []string{"exist-ok", "truncate"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			return true
		}
	}
	return false
}

// typable says that a name is the same word to every shell, without quotes: anybody
// may make an object, and its name may not do anything on the line that it lands on.
func typable(name string) bool {
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+,=@%:", r) {
			return false
		}
	}
	return name != ""
}

func sizeAndOwner(names *names, size uint64, uid uint32) string {
	return render.HumanSize(size) + ", " + render.Escape(names.owner(uid))
}
