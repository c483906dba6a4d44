package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"shmctl/internal/sysv"
)

type sysvRemove struct {
	*env
	ids     []int
	keys    keyList
	force   bool
	verbose bool
}

func newSysvRemove(e *env) *cobra.Command {
	o := &sysvRemove{env: e}
	cmd := &cobra.Command{
		Use:   "rm (ID | --key KEY)...",
		Short: "Remove segments",
		Long: `Remove segments (IPC_RMID). One that is still attached is marked for removal: its key
is free at once, its memory when the last process detaches.

Every operand is tried; each failure is a line of its own.`,
		Example: `  shmctl sysv rm $id
  shmctl sysv rm --key /tmp:A --key /tmp:B -v`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && len(o.keys) == 0 {
				return usage("an id or --key is missing")
			}
			for _, arg := range args {
				id, err := parseID(arg)
				if err != nil {
					return err
				}
				o.ids = append(o.ids, id)
			}
			return o.run()
		},
	}
	f := cmd.Flags()
	f.VarP(&o.keys, "key", "k", "the segment with this key: PATH:PROJ (ftok), 0x… or a decimal number; may be given several times")
	f.BoolVarP(&o.force, "force", "f", false, "a missing segment is no error")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say on standard error what was done")
	return cmd
}

func (o *sysvRemove) run() error {
	h := o.sysv()
	var failed failures
	try := func(seg segment, err error) {
		if err == nil {
			err = o.remove(h, seg)
		}
		if err != nil && !(o.force && exitCode(err) == exitMissing) {
			failed = append(failed, err)
		}
	}
	for _, id := range o.ids {
		try(segment{id: id, what: fmt.Sprintf("id %d", id)}, nil)
	}
	for _, spec := range o.keys {
		try(findKey(h, spec))
	}
	return failed.orNil()
}

func (o *sysvRemove) remove(h sysv.Host, seg segment) error {
	// What -v says of the attachments is asked for first: of a segment that is
	// gone nothing can be asked.
	var was sysv.Segment
	if o.verbose {
		was, _ = h.Stat(seg.id)
	}
	if err := h.Remove(seg.id); err != nil {
		return seg.fail(h, err)
	}
	if o.verbose {
		if was.Attached > 0 {
			o.say("sysv rm: %s: marked for removal, %d attached", seg.what, was.Attached)
		} else {
			o.say("sysv rm: %s: removed", seg.what)
		}
	}
	return nil
}
