package main

import (
	"github.com/spf13/cobra"
)

type sysvSet struct {
	*env
	segmentArg
	setFlags
}

func newSysvSet(e *env) *cobra.Command {
	o := &sysvSet{env: e}
	cmd := &cobra.Command{
		Use:   "set (ID | --key KEY)",
		Short: "Change the mode and owner of a segment",
		Long: `Change the mode and owner of a segment (IPC_SET). Its owner, its creator and root may
do that; the creator stays what it is.`,
		Example: `  shmctl sysv set $id --mode 0660 --owner :staff
  shmctl sysv set --key /tmp:A --owner alice`,
		Args: operands(0, 1, "ID"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := o.parse(args); err != nil {
				return err
			}
			if err := o.check(); err != nil {
				return err
			}
			return o.run()
		},
	}
	o.segmentArg.bind(cmd)
	o.setFlags.bind(cmd)
	return cmd
}

func (o *sysvSet) run() error {
	h := o.sysv()
	seg, err := o.find(h)
	if err != nil {
		return err
	}
	var mode *uint32
	if o.mode.set {
		mode = &o.mode.bits
	}
	if err := h.Set(seg.id, mode, o.owner.uid, o.owner.gid); err != nil {
		return seg.fail(h, err)
	}
	o.done(o.env, "sysv set", seg.what)
	return nil
}
