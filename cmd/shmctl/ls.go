package main

import (
	"github.com/spf13/cobra"

	"shmctl/internal/posix"
	"shmctl/internal/proc"
	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

type list struct {
	*env
	outputFlags
}

func newList(e *env) *cobra.Command {
	o := &list{env: e}
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List segments and objects",
		Long: `List System V segments and POSIX objects. The table and JSON show each API with the
columns of its own ls; the other formats have the columns that both share, after a column
API. -o takes columns that both have.`,
		Example: `  shmctl ls
  shmctl ls -J
  shmctl ls --csv --sort -SIZE`,
		Args: operands(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd, e); err != nil {
				return err
			}
			return o.run()
		},
	}
	o.bind(cmd, e, columnsOf(sharedColumns))
	return cmd
}

// sharedColumns are those that both APIs have.
func sharedColumns(v *view) []render.Column[sysv.Segment] {
	shared, _ := render.Shared("sysv", segmentColumns(v), "posix", objectColumns(v))
	return shared
}

func (o *list) run() error {
	sv, pv := newView(o.env), newView(o.env)
	pv.names, pv.commands = sv.names, sv.commands
	scols, pcols := segmentColumns(sv), objectColumns(pv)
	if o.rows() {
		scols, pcols = render.Shared("sysv", scols, "posix", pcols)
	}
	// What both have can be asked for; a column of one of them alone is an error that
	// should not offer the others of that one.
	shared, _ := render.Shared("sysv", segmentColumns(sv), "posix", objectColumns(pv))
	if _, err := render.Select(shared, o.Format); err != nil {
		return err
	}
	scols, err := render.Select(scols, o.Format)
	if err != nil {
		return err
	}
	pcols, err = render.Select(pcols, o.Format)
	if err != nil {
		return err
	}

	var failed failures
	segments, serr := listSegments(o.sysv(), scols)
	if serr != nil {
		failed = append(failed, fail("segments", serr))
	}
	d := o.posix()
	objects, perr := d.List()
	if perr != nil {
		failed = append(failed, dirFail(d, perr))
	}
	if err := o.look(sv, pv, needs(scols, "USERS") || needs(pcols, "USERS"), objects); err != nil {
		return fail("processes", err)
	}
	// What could not be listed at all is no empty list.
	var tables []render.Table
	if segments != nil || serr == nil {
		table, err := render.Tabulate("sysv", scols, segments, o.Format)
		if err != nil {
			return err
		}
		tables = append(tables, table)
	}
	if objects != nil || perr == nil {
		table, err := render.Tabulate("posix", pcols, objects, o.Format)
		if err != nil {
			return err
		}
		tables = append(tables, table)
	}
	if err := o.write(o.env, tables...); err != nil {
		return err
	}
	sv.hidden(o.env)
	return failed.orNil()
}

// look gathers what both views need of processes, in one pass.
func (o *list) look(sv, pv *view, users bool, objects []posix.Info) (err error) {
	sv.ns, _ = sv.proc.IPCNamespace()
	pv.ns, _ = pv.mounts()
	if !users {
		return nil
	}
	want := proc.Want{Segments: true}
	if len(objects) > 0 {
		want.Devs = []uint64{objects[0].Dev}
	}
	sv.scan, err = sv.proc.Scan(want)
	pv.scan = sv.scan
	return err
}
