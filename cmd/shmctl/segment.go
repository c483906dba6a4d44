package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

// segmentArg names one segment on the command line: an ID operand or --key.
type segmentArg struct {
	id  int
	key keyValue
}

func (a *segmentArg) bind(cmd *cobra.Command) {
	cmd.Flags().VarP(&a.key, "key", "k", "the segment with this key: PATH:PROJ (ftok), 0x… or a decimal number")
}

// parse reads the operand, where there is one.
func (a *segmentArg) parse(args []string) (err error) {
	switch {
	case len(args) > 0 && a.key.set:
		return usage("unexpected operand %q: --key names the segment", args[0])
	case len(args) > 0:
		a.id, err = parseID(args[0])
	case !a.key.set:
		return usage("an id or --key is missing")
	}
	return err
}

// parseID reads an ID operand.
func parseID(s string) (int, error) {
	id, err := sysv.ParseID(s)
	if err != nil {
		return 0, usage("invalid id %q: %v", s, err)
	}
	return id, nil
}

// segment is a segment that was found: its id, what the user calls it, and the key
// that it was found by.
type segment struct {
	id   int
	what string
	key  sysv.Key
}

// find looks the segment up. By id nothing is asked of the kernel yet.
func (a *segmentArg) find(h sysv.Host) (segment, error) {
	if !a.key.set {
		return segment{id: a.id, what: fmt.Sprintf("id %d", a.id)}, nil
	}
	return findKey(h, a.key.spec)
}

// findKey looks up the segment with a key.
func findKey(h sysv.Host, spec sysv.KeySpec) (segment, error) {
	key, err := h.Resolve(spec)
	if err != nil {
		s := segment{what: "key " + spec.Text}
		return s, fail(s.what, err)
	}
	s := segment{what: "key " + spec.Describe(key), key: key}
	s.id, err = h.Lookup(key)
	if err != nil {
		return s, s.fail(h, err)
	}
	return s, nil
}

// fail explains err, which befell the segment.
func (s segment) fail(h sysv.Host, err error) *failure {
	f := fail(s.what, err)
	switch f.code {
	case exitMissing:
		if f.err == err {
			f.msg = "no such segment"
		}
	case exitDenied:
		if seg, serr := h.Stat(s.id); serr == nil && f.err == err {
			f.msg = fmt.Sprintf("permission denied (owner %s, %s)", newNames().owner(seg.UID), render.Perms(seg.Mode))
		}
	}
	return f
}
