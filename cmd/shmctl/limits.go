package main

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

// resource is one limit and how much of it is used.
type resource struct {
	name, what string
	limit      uint64
	used       uint64
	counted    bool // used is known
	bytes      bool // not a count
	unlimited  bool
}

func limitColumns(f *render.Format) []render.Column[resource] {
	human := func(r resource, n uint64) string {
		if r.bytes && !f.Bytes {
			return render.HumanSize(n)
		}
		return fmt.Sprint(n)
	}
	return []render.Column[resource]{
		{Name: "RESOURCE", Default: true, Help: "name of the limit", Value: func(r resource) any { return r.name }},
		{Name: "DESCRIPTION", Default: true, Help: "what it limits", Value: func(r resource) any { return r.what }},
		{Name: "LIMIT", Kind: render.Number, Default: true, Help: "the limit",
			Table: func(r resource) string {
				if r.unlimited {
					return "none"
				}
				return human(r, r.limit)
			},
			Value: func(r resource) any { return known(!r.unlimited, r.limit) }},
		{Name: "USED", Kind: render.Number, Default: true, Help: "how much of it is used now",
			Table: func(r resource) string {
				if !r.counted {
					return ""
				}
				return human(r, r.used)
			},
			Value: func(r resource) any { return known(r.counted, r.used) }},
		{Name: "USE_PCT", Head: "USE%", Kind: render.Percent, Default: true, Help: "the same as a share of the limit",
			Alert: func(r resource) bool { return r.counted && r.limit > 0 && float64(r.used) >= 0.9*float64(r.limit) },
			Value: func(r resource) any {
				if !r.counted || r.limit == 0 {
					return nil
				}
				return math.Round(float64(r.used)/float64(r.limit)*10000) / 100
			}},
	}
}

type limits struct {
	*env
	outputFlags
	sysvToo, posixToo bool
}

func newSysvLimits(e *env) *cobra.Command {
	return (&limits{env: e, sysvToo: true}).command(
		"Show the limits on segments, and their use",
		`Show the limits on segments of this IPC namespace, and how much of them is used, then the
huge pages. Pages count as the kernel counts them, each segment rounded up.`,
		"  shmctl sysv limits\n  shmctl sysv limits -J")
}

func newPosixLimits(e *env) *cobra.Command {
	return (&limits{env: e, posixToo: true}).command(
		"Show how much of the tmpfs is used",
		"Show the limits of the tmpfs on /dev/shm, bytes and inodes, and how much of them is used.",
		"  shmctl posix limits\n  shmctl posix limits -n -o USE_PCT")
}

func newLimits(e *env) *cobra.Command {
	return (&limits{env: e, sysvToo: true, posixToo: true}).command(
		"Show the limits of both APIs, and their use",
		"Show the limits on System V segments and on POSIX objects, and how much of them is used.",
		"  shmctl limits\n  shmctl limits -J")
}

func (o *limits) command(short, long, example string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "limits", Short: short, Long: long, Example: example,
		Args: operands(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(cmd, o.env); err != nil {
				return err
			}
			return o.run()
		},
	}
	o.bind(cmd, o.env, columnsOf(func(*view) []render.Column[resource] { return limitColumns(&o.Format) }))
	return cmd
}

func (o *limits) run() error {
	cols := limitColumns(&o.Format)
	var segments, objects []resource
	var partial error
	if o.sysvToo {
		l, err := o.sysv().Limits()
		if err != nil && l.MNI == 0 {
			return fail("limits", err)
		}
		partial = err
		if segments, err = o.segments(l); err != nil {
			return fail("huge pages", err)
		}
	}
	if o.posixToo {
		d := o.posix()
		space, err := d.Statfs()
		if err != nil {
			return dirFail(d, err)
		}
		objects = tmpfsResources(d, space)
	}
	if err := o.show(cols, segments, objects); err != nil {
		return err
	}
	if partial != nil {
		return fail("segments", partial)
	}
	return nil
}

// show prints one table for one API, and for both of them what the format has
// for two.
func (o *limits) show(cols []render.Column[resource], segments, objects []resource) error {
	var tables []render.Table
	add := func(api string, cols []render.Column[resource], rows []resource) error {
		sel, err := render.Select(cols, o.Format)
		if err != nil {
			return err
		}
		table, err := render.Tabulate(api, sel, rows, o.Format)
		tables = append(tables, table)
		return err
	}
	scols, pcols := cols, cols
	if o.sysvToo && o.posixToo && o.rows() {
		scols, pcols = render.Shared("sysv", cols, "posix", cols)
	}
	if o.sysvToo {
		if err := add("sysv", scols, segments); err != nil {
			return err
		}
	}
	if o.posixToo {
		if err := add("posix", pcols, objects); err != nil {
			return err
		}
	}
	return o.write(o.env, tables...)
}

func (o *limits) segments(l sysv.Limits) ([]resource, error) {
	forced := uint64(0)
	if l.RmidForced {
		forced = 1
	}
	rows := []resource{
		{name: "SHMMNI", what: "segments", limit: l.MNI, used: l.Segments, counted: true},
		{name: "SHMALL", what: fmt.Sprintf("pages of %d bytes in all segments", l.PageSize), limit: l.All, used: l.Pages, counted: true},
		{name: "SHMMAX", what: "bytes of a segment", limit: l.Max, bytes: true},
		{name: "SHMMIN", what: "fewest bytes of a segment", limit: l.Min, bytes: true},
		{name: "SHM_RMID_FORCED", what: "1: a segment goes with its creator when nobody is attached", limit: forced},
	}
	pools, err := o.sysv().HugePools()
	for _, p := range pools {
		rows = append(rows, resource{
			name: "HUGETLB_" + render.HumanSize(p.Size), what: fmt.Sprintf("huge pages of %s", render.HumanSize(p.Size)),
			limit: p.Total, used: p.Total - min(p.Free, p.Total), counted: true,
		})
	}
	return rows, err
}

func tmpfsResources(d posix.Dir, s posix.Space) []resource {
	return []resource{
		{name: "SHMFS_BYTES", what: "bytes in " + dirName(d), limit: s.Total, used: s.Total - min(s.Free, s.Total), counted: s.Total > 0, bytes: true, unlimited: s.Total == 0},
		{name: "SHMFS_INODES", what: "files in " + dirName(d), limit: s.Inodes, used: s.Inodes - min(s.FreeInodes, s.Inodes), counted: s.Inodes > 0, unlimited: s.Inodes == 0},
	}
}
