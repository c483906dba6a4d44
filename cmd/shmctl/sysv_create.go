package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

type sysvCreate struct {
	*env
	key       keyValue
	size      memorySize
	mode      modeValue
	existOK   bool
	huge      hugeValue
	noReserve bool
}

func newSysvCreate(e *env) *cobra.Command {
	o := &sysvCreate{env: e, key: keyValue{spec: sysv.KeySpec{Text: "private"}, any: true}, mode: modeValue{bits: 0o600}}
	cmd := &cobra.Command{
		Use:   "create --size SIZE",
		Short: "Make a segment and print its id",
		Long: `Make a segment with shmget(2) and print its id.

The segment is new (IPC_CREAT|IPC_EXCL) unless --exist-ok is given, and filled with
zeros. It stays until it is removed, or the system is restarted.`,
		Example: `  id=$(shmctl sysv create --size 64K)
  shmctl sysv create --key /tmp:A --size 1024 --mode 0666
  shmctl sysv create --size 1G --hugepages=2M     # where vm.nr_hugepages is 512 or more`,
		Args: operands(0, 0, ""),
		RunE: func(*cobra.Command, []string) error {
			if !o.size.set {
				return usage("--size is missing")
			}
			return o.run()
		},
	}
	f := cmd.Flags()
	f.VarP(&o.key, "key", "k", "its key: PATH:PROJ (ftok), 0x…, a decimal number, or private")
	f.VarP(&o.size, "size", "s", "its size: bytes, or with a unit as in 64K, 2M, 1G")
	f.VarP(&o.mode, "mode", "m", "its permissions in octal")
	f.BoolVar(&o.existOK, "exist-ok", false, "take a segment that has the key already, if it is large enough, and print its id")
	f.Var(&o.huge, "hugepages", "use huge pages (SHM_HUGETLB) of this size, or of the default one")
	f.Lookup("hugepages").NoOptDefVal = "default"
	f.BoolVar(&o.noReserve, "noreserve", false, "do not reserve swap space (SHM_NORESERVE)")
	return cmd
}

func (o *sysvCreate) run() error {
	h := o.sysv()
	spec := o.key.spec
	key, err := h.Resolve(spec)
	if err != nil {
		return fail("key "+spec.Text, err)
	}
	began := time.Now()
	id, err := h.Get(key, o.size.n, sysv.GetFlags{
		Create: true, Exclusive: !o.existOK, NoReserve: o.noReserve, HugePage: o.huge.size, Mode: o.mode.bits,
	})
	if err != nil {
		return getFail(h, spec, key, o.size.n, err)
	}
	o.warnForced(h)
	if _, err := fmt.Fprintln(o.out, strconv.Itoa(id)); err != nil {
		if o.madeHere(h, id, began) {
			h.Remove(id)
		}
		return outputError(err)
	}
	return nil
}

// warnForced says that a segment made by a command will not outlive it.
func (e *env) warnForced(h sysv.Host) {
	if h.RmidForced() {
		e.warn("kernel.shm_rmid_forced is 1: a segment that nobody has attached is destroyed when its creator exits, so this one goes with this command")
	}
}

// madeHere says whether this very process made the segment. With IPC_CREAT alone
// shmget(2) does not tell; a creator of our number may be an earlier process, but
// then the segment is older, or somebody has attached it.
func (o *sysvCreate) madeHere(h sysv.Host, id int, began time.Time) bool {
	if !o.existOK || o.key.spec.Private() {
		return true
	}
	seg, err := h.Stat(id)
	return err == nil && seg.CPID == os.Getpid() && seg.Attached == 0 && seg.Atime.IsZero() &&
		!seg.Ctime.Before(began.Truncate(time.Second).Add(-time.Second)) // the kernel's seconds lag by a tick
}

// getFail explains why shmget(2) made no segment: what is there instead, or which
// limit was met.
func getFail(h sysv.Host, spec sysv.KeySpec, key sysv.Key, size uint64, err error) error {
	what := "key " + spec.Describe(key)
	if spec.Private() {
		what = "private segment"
	}
	f := fail(what, err)
	var limit *sysv.LimitError
	switch {
	case errors.Is(err, syscall.EPERM): // shmget(2) says it of huge pages alone
		f.hint = "huge pages take CAP_IPC_LOCK, or the group that is vm.hugetlb_shm_group"
	case errors.As(err, &limit):
		f.hint = limitHint(limit)
		if limit.Limit != "existing size" {
			break
		}
		fallthrough
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrPermission):
		id, lerr := h.Lookup(key)
		if lerr != nil {
			break
		}
		seg, serr := h.Stat(id)
		if serr != nil {
			break
		}
		f.msg = fmt.Sprintf("already exists as id %d (%d bytes, owner %s)", id, seg.Size, newNames().owner(seg.UID))
		switch f.code {
		case exitExists:
			f.hint = fmt.Sprintf("--exist-ok takes it as it is, 'shmctl sysv rm %d' removes it", id)
		case exitDenied:
			f.msg = fmt.Sprintf("permission denied: it is id %d (%d bytes, owner %s, %s)", id, seg.Size, newNames().owner(seg.UID), render.Perms(seg.Mode))
		case exitNoFit:
			f.msg += fmt.Sprintf(", smaller than the %d asked for", size)
			f.hint = fmt.Sprintf("'shmctl sysv rm %d' removes it, if nobody needs it", id)
		}
	}
	return f
}

// limitHint says where a limit is raised, "" where it cannot be.
func limitHint(l *sysv.LimitError) string {
	switch l.Limit {
	case "SHMMNI":
		return "'shmctl sysv ls' shows the segments; sysctl kernel.shmmni raises the limit"
	case "SHMALL":
		return "'shmctl sysv ls' shows the segments; sysctl kernel.shmall raises the limit"
	case "SHMMAX":
		return "sysctl kernel.shmmax raises the limit"
	case "huge pages":
		return "sysctl vm.nr_hugepages reserves huge pages"
	}
	return ""
}
