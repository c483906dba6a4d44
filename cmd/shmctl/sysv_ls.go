package main

import (
	"runtime/debug"

	"github.com/spf13/cobra"

	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

type sysvList struct {
	*env
	outputFlags
}

func newSysvList(e *env) *cobra.Command {
	o := &sysvList{env: e}
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List segments",
		Long: `List the segments of this IPC namespace, those too that may not be read. NATTCH counts
attachments, not processes: USERS does that.`,
		Example: `  shmctl sysv ls
  shmctl sysv ls -o +USERS --sort -SIZE
  shmctl sysv ls -J | jq '.sysv[] | select(.nattch == 0) | .id'`,
		Args: operands(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd, e); err != nil {
				return err
			}
			return o.run()
		},
	}
	o.bind(cmd, e, columnsOf(segmentColumns))
	return cmd
}

func (o *sysvList) run() error {
	v := newView(o.env)
	cols, err := render.Select(segmentColumns(v), o.Format)
	if err != nil {
		return err
	}
	rows, listErr := listSegments(o.sysv(), cols)
	if listErr != nil && rows == nil {
		return fail("segments", listErr)
	}
	if err := v.lookAtSegments(needs(cols, "USERS")); err != nil {
		return fail("processes", err)
	}
	table, err := render.Tabulate("sysv", cols, rows, o.Format)
	if err != nil {
		return err
	}
	if err := o.write(o.env, table); err != nil {
		return err
	}
	v.hidden(o.env)
	if listErr != nil {
		return fail("segments", listErr)
	}
	return nil
}

// listSegments lists the segments with what the columns need.
func listSegments(h sysv.Host, cols []render.Column[sysv.Segment]) ([]sysv.Segment, error) {
	list := h.ListStat
	if needs(cols, "RSS") || needs(cols, "SWAP") {
		list = h.List
	}
	rows, err := list()
	relaxGC(len(rows))
	return rows, err
}

// relaxGC spares a long list the garbage collector, which would run for every 4 MiB
// of it: the command is over before its garbage matters.
func relaxGC(rows int) {
	if rows > 500 {
		debug.SetGCPercent(400)
	}
}
