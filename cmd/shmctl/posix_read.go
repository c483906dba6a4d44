package main

import (
	"io/fs"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
)

type posixRead struct {
	*env
	readFlags
	name posix.Name
}

func newPosixRead(e *env) *cobra.Command {
	o := &posixRead{env: e}
	cmd := &cobra.Command{
		Use:   "read NAME",
		Short: "Write the bytes of an object to standard output",
		Long: `Write the bytes of an object to standard output, exactly, opened read-only
(O_RDONLY).

A terminal is only sent printable text; --hex and --string help there.`,
		Example: `  shmctl posix read /my_shm --string
  shmctl posix read /my_shm --offset 512 --length 16 --hex
  shmctl posix read /feed --wait --timeout 5s | consumer`,
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

func (o *posixRead) run() error {
	d := o.posix()
	var obj *posix.Object
	var making making
	err := o.await(func() (err error) {
		obj, err = d.Open(o.name, false)
		// An object without a size is about to get one, if it is new; who has little
		// time takes it as it is.
		if err == nil && o.wait && !(o.timeout.set && o.timeout.d < 2*lately) && obj.Size() == 0 && making.still(obj.Info()) {
			obj.Close()
			return fs.ErrNotExist
		}
		return err
	})
	if err != nil {
		return objectFail(d, o.name, err)
	}
	defer obj.Close()
	if err := o.read(o.env, "posix read", obj); err != nil {
		return objectFail(d, o.name, err)
	}
	return nil
}
