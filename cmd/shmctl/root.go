package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"shmctl/internal/posix"
	"shmctl/internal/proc"
	"shmctl/internal/sysv"
	"shmctl/internal/trace"
)

// env is what a command reaches the outside through.
type env struct {
	in, out *os.File
	err     io.Writer
	tracing bool
	columns map[*cobra.Command]registry // of the commands that have some
	pid     pidValue
	dir     posix.Dir // of the process pid
}

// sysv is the System V side of this host.
func (e *env) sysv() sysv.Host {
	return sysv.Host{Proc: "/proc", Trace: e.trace()}
}

// posix is the directory of POSIX objects of this host.
func (e *env) posix() posix.Dir {
	if e.pid != 0 {
		return e.dir
	}
	return posix.Dir{Path: "/dev/shm", Trace: e.trace()}
}

func (e *env) proc() proc.FS { return proc.FS{Root: "/proc"} }

func (e *env) trace() trace.Func {
	if !e.tracing {
		return nil
	}
	return trace.To(e.err, "shmctl: trace: ")
}

// run runs one command line and returns the exit status.
func run(e *env, args []string) int {
	if asked(args) {
		return e.complete(args)
	}
	root := newRoot(e)
	root.SetArgs(args)
	help := &firstError{w: e.out}
	root.SetOut(help)
	cmd, err := root.ExecuteC()
	if err == nil && help.err != nil {
		err = outputError(help.err)
	}
	if err == nil {
		return exitDone
	}
	return e.report(cmd, err)
}

// firstError remembers the first error of w: cobra prints help without looking.
type firstError struct {
	w   io.Writer
	err error
}

func (f *firstError) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if f.err == nil {
		f.err = err
	}
	return n, err
}

func newRoot(e *env) *cobra.Command {
	e.columns = map[*cobra.Command]registry{}
	root := &cobra.Command{
		Use:   "shmctl",
		Short: "Shared memory on Linux, from a shell",
		Long: `shmctl creates, writes, reads, shows, lists and removes shared memory:
System V segments (shmctl sysv) and POSIX objects (shmctl posix).`,
		Example: `  id=$(shmctl sysv create --key /tmp:A --size 1024)
  shmctl sysv write $id --text 'hello' --nul
  shmctl sysv read --key /tmp:A --string
  producer | shmctl posix write /my_shm --create
  shmctl posix ls`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetErr(e.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%v", err) })
	root.PersistentFlags().BoolVar(&e.tracing, "trace", false, "narrate each API call on standard error")
	root.AddCommand(newSysv(e), newPosix(e), newList(e), newLimits(e), newCompletion(e), newVersion(e))
	root.SetHelpFunc(e.help(root.HelpFunc()))
	noun(root)
	e.versionFlag(root)
	return root
}

func newSysv(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sysv",
		Short: "System V segments: shmget, shmat, shmdt, shmctl",
		Long: `System V segments: shmget, shmat, shmdt, shmctl.

A segment has an id, which the kernel gives it, and may have a key, under which the
programs that share it find it: --key /tmp:A is the key that ftok("/tmp", 'A') makes. It
stays until it is removed, or the system is restarted.`,
		Example: `  id=$(shmctl sysv create --key /tmp:A --size 1024)
  shmctl sysv write $id --text 'hello' --nul
  shmctl sysv read --key /tmp:A --string
  shmctl sysv rm $id`,

		PersistentPreRunE: func(*cobra.Command, []string) error { return e.enterIPC() },
	}
	cmd.PersistentFlags().Var(&e.pid, "pid", "act in the IPC namespace of this process")
	cmd.AddCommand(
		newSysvCreate(e), newSysvWrite(e), newSysvRead(e), newSysvStat(e), newSysvList(e), newSysvRemove(e),
		newSysvKey(e), newSysvSet(e), newSysvLock(e), newSysvUnlock(e), newSysvLimits(e),
	)
	return noun(cmd)
}

func newPosix(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "posix",
		Short: "POSIX objects: shm_open, ftruncate, mmap, shm_unlink",
		Long: `POSIX objects: shm_open, ftruncate, mmap, shm_unlink.

An object has a name, with a slash in front that may be left out here, and is a file in
/dev/shm. It stays until it is removed, or the system is restarted.`,
		Example: `  producer | shmctl posix write /my_shm --create
  shmctl posix read /my_shm
  shmctl posix rm /my_shm`,

		PersistentPreRunE: func(*cobra.Command, []string) error { return e.enterRoot() },
	}
	cmd.PersistentFlags().Var(&e.pid, "pid", "act on the /dev/shm under the root directory of this process")
	cmd.AddCommand(
		newPosixCreate(e), newPosixWrite(e), newPosixRead(e), newPosixStat(e), newPosixList(e), newPosixRemove(e),
		newPosixSet(e), newPosixTruncate(e), newPosixLimits(e),
	)
	return noun(cmd)
}

// noun makes cmd refuse to run without one of its verbs. Without a RunE of its
// own cobra prints the help of a noun with an unknown verb, and succeeds.
func noun(cmd *cobra.Command) *cobra.Command {
	cmd.SuggestionsMinimumDistance = 2
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("a command is missing: one of %s", strings.Join(verbs(cmd), ", "))
		}
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return usage("unknown command %q, did you mean %s?", args[0], strings.Join(near, " or "))
		}
		return usage("unknown command %q", args[0])
	}
	return cmd
}

// verbs are the names of cmd's own commands.
func verbs(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	return names
}

// operands checks the number of operands; what names them in a message.
func operands(low, high int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < low:
			return usage("%s is missing", what)
		case high >= 0 && len(args) > high:
			return usage("unexpected operand %q", args[high])
		}
		return nil
	}
}

// print writes a result to standard output.
func (e *env) print(format string, args ...any) error {
	if _, err := fmt.Fprintf(e.out, format, args...); err != nil {
		return outputError(err)
	}
	return nil
}
