package main

import (
	"github.com/spf13/cobra"

	"shmctl/internal/sysv"
)

type sysvRead struct {
	*env
	readFlags
	segmentArg
}

func newSysvRead(e *env) *cobra.Command {
	o := &sysvRead{env: e}
	cmd := &cobra.Command{
		Use:   "read (ID | --key KEY)",
		Short: "Write the bytes of a segment to standard output",
		Long: `Write the bytes of a segment to standard output, exactly, attached read-only
(SHM_RDONLY).

A terminal is only sent printable text; --hex and --string help there.`,
		Example: `  shmctl sysv read --key /tmp:A --string
  shmctl sysv read $id --offset 512 --length 16 --hex
  shmctl sysv read $id > copy`,
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
	o.readFlags.bind(cmd)
	return cmd
}

func (o *sysvRead) run() error {
	h := o.sysv()
	var seg segment
	var m *sysv.Mapping
	err := o.await(func() (err error) {
		if seg, err = o.find(h); err != nil {
			return err
		}
		m, err = h.Attach(seg.id, true)
		return err
	})
	if err != nil {
		return seg.fail(h, err)
	}
	err = o.read(o.env, "sysv read", m)
	if derr := m.Detach(); err == nil {
		err = derr
	}
	if err != nil {
		return seg.fail(h, err)
	}
	return nil
}
