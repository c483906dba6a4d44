package main

import (
	"github.com/spf13/cobra"

	"shmctl/internal/render"
)

type posixList struct {
	*env
	outputFlags
}

func newPosixList(e *env) *cobra.Command {
	o := &posixList{env: e}
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List objects",
		Long: `List the objects in /dev/shm. SIZE is what a mapping can reach, ALLOC the memory behind
it. Directories, FIFOs, sockets, symbolic and hard links are not objects and are left out.`,
		Example: `  shmctl posix ls
  shmctl posix ls -b --sort -ALLOC
  shmctl posix ls -J | jq -r '.posix[].name'`,
		Args: operands(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd, e); err != nil {
				return err
			}
			return o.run()
		},
	}
	o.bind(cmd, e, columnsOf(objectColumns))
	return cmd
}

func (o *posixList) run() error {
	v := newView(o.env)
	cols, err := render.Select(objectColumns(v), o.Format)
	if err != nil {
		return err
	}
	d := o.posix()
	rows, listErr := d.List()
	relaxGC(len(rows))
	if listErr != nil && rows == nil {
		return dirFail(d, listErr)
	}
	if len(rows) > 0 {
		if err := v.lookAtObjects(needs(cols, "USERS"), rows[0].Dev); err != nil {
			return fail("processes", err)
		}
	}
	table, err := render.Tabulate("posix", cols, rows, o.Format)
	if err != nil {
		return err
	}
	if err := o.write(o.env, table); err != nil {
		return err
	}
	v.hidden(o.env)
	if listErr != nil {
		return dirFail(d, listErr)
	}
	return nil
}
