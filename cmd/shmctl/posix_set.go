package main

import (
	"github.com/spf13/cobra"

	"shmctl/internal/posix"
)

type posixSet struct {
	*env
	setFlags
	name posix.Name
}

func newPosixSet(e *env) *cobra.Command {
	o := &posixSet{env: e}
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "Change the mode and owner of an object",
		Long: `Change the mode and owner of an object (fchmod, fchown). Root may change both, its owner
the mode, and the group to another one of theirs.`,
		Example: `  shmctl posix set /my_shm --mode 0660 --owner :staff
  shmctl posix set /my_shm --owner alice`,
		Args: operands(1, 1, "NAME"),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			if o.name, err = parseName(args[0]); err != nil {
				return err
			}
			if err := o.check(); err != nil {
				return err
			}
			return o.run()
		},
	}
	o.bind(cmd)
	return cmd
}

func (o *posixSet) run() error {
	d := o.posix()
	var mode *uint32
	if o.mode.set {
		mode = &o.mode.bits
	}
	if err := d.Set(o.name, mode, o.owner.uid, o.owner.gid); err != nil {
		return objectFail(d, o.name, err)
	}
	o.done(o.env, "posix set", what(o.name))
	return nil
}
