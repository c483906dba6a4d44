package main

import (
	"github.com/spf13/cobra"

	"shmctl/internal/posix"
)

type posixRemove struct {
	*env
	names   []posix.Name
	force   bool
	verbose bool
}

func newPosixRemove(e *env) *cobra.Command {
	o := &posixRemove{env: e}
	cmd := &cobra.Command{
		Use:   "rm NAME...",
		Short: "Remove objects",
		Long: `Remove the names of objects (shm_unlink). The memory goes with the last process that
maps the object or holds it open. What is not an object is refused, semaphores too.

Every operand is tried; each failure is a line of its own.`,
		Example: `  shmctl posix rm /my_shm
  shmctl posix rm -fv /cache /feed`,
		Args: operands(1, -1, "NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			for _, arg := range args {
				name, err := parseName(arg)
				if err != nil {
					return err
				}
				o.names = append(o.names, name)
			}
			return o.run()
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.force, "force", "f", false, "a missing object is no error")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say on standard error what was done")
	return cmd
}

func (o *posixRemove) run() error {
	d := o.posix()
	var failed failures
	for _, name := range o.names {
		err := d.Unlink(name)
		switch {
		case err == nil && o.verbose:
			o.say("posix rm: %s: removed", what(name))
		case err != nil && !(o.force && missing(err)):
			failed = append(failed, objectFail(d, name, err))
		}
	}
	return failed.orNil()
}
