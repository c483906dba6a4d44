package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
	"shmctl/internal/proc"
	"shmctl/internal/render"
)

type posixStat struct {
	*env
	outputFlags
	name posix.Name
}

func newPosixStat(e *env) *cobra.Command {
	o := &posixStat{env: e}
	cmd := &cobra.Command{
		Use:   "stat NAME",
		Short: "Show all of one object, and who maps it",
		Long: `Show one object whole: every field of struct stat under the kernel's own name, then the
processes that map it or hold it open. An object that may not be read is shown as well.
With an output flag it is one row, as of ls.`,
		Example: `  shmctl posix stat /my_shm
  shmctl posix stat /my_shm -J
  shmctl posix stat /my_shm -n -b -o SIZE`,
		Args: operands(1, 1, "NAME"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.name, err = parseName(args[0]); err != nil {
				return err
			}
			if err := o.check(cmd, e); err != nil {
				return err
			}
			return o.run()
		},
	}
	o.bind(cmd, e, columnsOf(objectColumns))
	return cmd
}

func (o *posixStat) run() error {
	v := newView(o.env)
	users := func(i posix.Info) []proc.User { return v.objectUsers(i) }
	cols, err := render.Select(withUsers(v, objectColumns(v), users), o.Format)
	if err != nil {
		return err
	}
	d := o.posix()
	info, err := d.Stat(o.name)
	if err != nil {
		return objectFail(d, o.name, err)
	}
	if err := v.lookAtObjects(o.whole() || needs(cols, "USERS"), info.Dev); err != nil {
		o.warn("who maps it is not known: %v", err)
	}
	if o.whole() {
		err = o.writeWhole(o.env, v, "POSIX "+info.Type()+" "+info.Name.String(), o.fields(v, info), users(info))
	} else {
		var table render.Table
		if table, err = render.Tabulate("posix", cols, []posix.Info{info}, o.Format); err == nil {
			err = o.write(o.env, table)
		}
	}
	if err != nil {
		return err
	}
	v.hidden(o.env)
	return nil
}

// fields are all of struct stat.
func (o *posixStat) fields(v *view, i posix.Info) []field {
	return []field{
		{"st_dev", i.DevString(), "device of the tmpfs"},
		{"st_ino", fmt.Sprint(i.Ino), "inode number"},
		{"st_mode", fmt.Sprintf("%04o %s", i.Mode, render.Perms(i.Mode)), "who may read and write"},
		{"st_nlink", fmt.Sprint(i.Links), "names"},
		{"st_uid", account(i.UID, v.user(i.UID)), "owner"},
		{"st_gid", account(i.GID, v.group(i.GID)), "owner's group"},
		{"st_size", sized(uint64(i.Size)), "size in bytes"},
		{"st_blksize", fmt.Sprint(i.BlockSize), "bytes that memory is given out in"},
		{"st_blocks", fmt.Sprintf("%d (%s)", i.Blocks, render.HumanSize(uint64(i.Alloc))), "units of 512 bytes of memory behind it"},
		{"st_atime", clock(i.Atime), "last access"},
		{"st_mtime", clock(i.Mtime), "last write(2) or change of size"},
		{"st_ctime", clock(i.Ctime), "last change of owner, mode, size or name"},
	}
}
