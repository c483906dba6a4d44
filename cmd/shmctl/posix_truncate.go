package main

import (
	"math"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
)

type posixTruncate struct {
	*env
	name    posix.Name
	size    sizeValue
	verbose bool
}

func newPosixTruncate(e *env) *cobra.Command {
	o := &posixTruncate{env: e}
	cmd := &cobra.Command{
		Use:   "truncate NAME --size SIZE",
		Short: "Change the size of an object",
		Long: `Change the size of an object (ftruncate). Memory for growth is reserved at once; when it
cannot be had, the size stays as it is. What lies past a smaller size is lost, and a
process that still maps it is killed by SIGBUS when it goes there.`,
		Example: `  shmctl posix truncate /my_shm --size 2M`,
		Args:    operands(1, 1, "NAME"),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			if o.name, err = parseName(args[0]); err != nil {
				return err
			}
			if !o.size.set {
				return usage("--size is missing")
			}
			return o.run()
		},
	}
	f := cmd.Flags()
	f.VarP(&o.size, "size", "s", "its new size: bytes, or with a unit as in 64K, 2M, 1G")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say on standard error what was done")
	return cmd
}

func (o *posixTruncate) run() error {
	d := o.posix()
	if o.size.n > math.MaxInt64 {
		return objectFail(d, o.name, tooBig(o.size.n))
	}
	obj, err := d.Open(o.name, true)
	if err != nil {
		return objectFail(d, o.name, err)
	}
	defer obj.Close()
	was, size := obj.Size(), int64(o.size.n)
	if size > was {
		err = obj.Grow(size)
	} else {
		err = obj.Truncate(size)
	}
	if err != nil {
		return objectFail(d, o.name, err)
	}
	if o.verbose {
		o.say("posix truncate: %s: %d bytes, were %d", what(o.name), size, was)
	}
	return nil
}
