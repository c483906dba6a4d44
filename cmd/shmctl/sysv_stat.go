package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"shmctl/internal/proc"
	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

type sysvStat struct {
	*env
	outputFlags
	segmentArg
}

func newSysvStat(e *env) *cobra.Command {
	o := &sysvStat{env: e}
	cmd := &cobra.Command{
		Use:   "stat (ID | --key KEY)",
		Short: "Show all of one segment, and who has it attached",
		Long: `Show one segment whole: every field of struct shmid_ds and struct ipc_perm under the
kernel's own name, then the processes that have it attached. A segment that may not be
read is shown as well. With an output flag it is one row, as of ls.`,
		Example: `  shmctl sysv stat $id
  shmctl sysv stat --key /tmp:A -J
  shmctl sysv stat $id -n -o NATTCH`,
		Args: operands(0, 1, "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.parse(args); err != nil {
				return err
			}
			if err := o.check(cmd, e); err != nil {
				return err
			}
			return o.run()
		},
	}
	o.segmentArg.bind(cmd)
	o.outputFlags.bind(cmd, e, columnsOf(segmentColumns))
	return cmd
}

func (o *sysvStat) run() error {
	v := newView(o.env)
	users := func(s sysv.Segment) []proc.User { return v.segmentUsers(s) }
	cols, err := render.Select(withUsers(v, segmentColumns(v), users), o.Format)
	if err != nil {
		return err
	}
	h := o.sysv()
	seg, err := o.find(h)
	if err != nil {
		return err
	}
	s, err := h.Stat(seg.id)
	if err != nil {
		return seg.fail(h, err)
	}
	if err := v.lookAtSegments(o.whole() || needs(cols, "USERS")); err != nil {
		o.warn("who maps it is not known: %v", err)
	}
	if o.whole() {
		err = o.writeWhole(o.env, v, fmt.Sprintf("System V segment %d", s.ID), o.fields(v, s), users(s))
	} else {
		var table render.Table
		if table, err = render.Tabulate("sysv", cols, []sysv.Segment{s}, o.Format); err == nil {
			err = o.write(o.env, table)
		}
	}
	if err != nil {
		return err
	}
	v.hidden(o.env)
	return nil
}

// fields are all of struct shmid_ds, with struct ipc_perm, and what only
// /proc/sysvipc/shm has.
func (o *sysvStat) fields(v *view, s sysv.Segment) []field {
	key := s.Key.String()
	if o.key.set && s.Key != 0 {
		key = o.key.spec.Describe(s.Key)
	}
	mode := fmt.Sprintf("%04o %s", s.Mode, render.Perms(s.Mode))
	for _, status := range segmentStatus(s) {
		mode += " " + status
	}
	fields := []field{
		{"shm_perm.__key", key, "key given to shmget(2), 0 when private or marked for removal"},
		{"shm_perm.uid", account(s.UID, v.user(s.UID)), "owner"},
		{"shm_perm.gid", account(s.GID, v.group(s.GID)), "owner's group"},
		{"shm_perm.cuid", account(s.CUID, v.user(s.CUID)), "creator"},
		{"shm_perm.cgid", account(s.CGID, v.group(s.CGID)), "creator's group"},
		{"shm_perm.mode", mode, "who may read and write; dest: goes with its last attachment; locked: not swapped out"},
		{"shm_perm.__seq", fmt.Sprint(s.Seq), "how often the slot of the id was used"},
		{"shm_segsz", sized(s.Size), "size in bytes"},
		{"shm_atime", clock(s.Atime), "last attach"},
		{"shm_dtime", clock(s.Dtime), "last detach"},
		{"shm_ctime", clock(s.Ctime), "creation, or last change by IPC_SET or IPC_RMID"},
		{"shm_cpid", v.process(s.CPID, s.Ctime), "process that made it"},
		{"shm_lpid", v.process(s.LPID, lastUse(s)), "process that attached or detached last"},
		{"shm_nattch", fmt.Sprint(s.Attached), "attachments now"},
	}
	if s.HasRSS {
		fields = append(fields,
			field{"rss", sized(s.RSS), "bytes in memory"},
			field{"swap", sized(s.Swap), "bytes in swap"})
	}
	return fields
}

// lastUse is when LPID did what it did.
func lastUse(s sysv.Segment) time.Time {
	if s.Dtime.After(s.Atime) {
		return s.Dtime
	}
	return s.Atime
}
