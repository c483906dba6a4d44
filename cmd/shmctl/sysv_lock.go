package main

import (
	"github.com/spf13/cobra"

	"shmctl/internal/sysv"
)

func newSysvLock(e *env) *cobra.Command {
	return lockCommand(e, "lock", "Keep a segment in memory, out of swap",
		`Keep the pages of a segment in memory (SHM_LOCK). Pages are locked as they are first
touched. It takes CAP_IPC_LOCK, or RLIMIT_MEMLOCK for the size.`,
		"locked", "it takes the owner or creator, with RLIMIT_MEMLOCK for its size ('ulimit -l'), or CAP_IPC_LOCK", sysv.Host.Lock)
}

func newSysvUnlock(e *env) *cobra.Command {
	return lockCommand(e, "unlock", "Let a segment be swapped out again",
		"Let the pages of a segment be swapped out again (SHM_UNLOCK).",
		"unlocked", "it takes the owner, the creator or CAP_IPC_LOCK", sysv.Host.Unlock)
}

func lockCommand(e *env, verb, short, long, done, needs string, do func(sysv.Host, int) error) *cobra.Command {
	var arg segmentArg
	var verbose bool
	cmd := &cobra.Command{
		Use:     verb + " (ID | --key KEY)",
		Short:   short,
		Long:    long,
		Example: "  shmctl sysv " + verb + " $id\n  shmctl sysv " + verb + " --key /tmp:A",
		Args:    operands(0, 1, "ID"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := arg.parse(args); err != nil {
				return err
			}
			h := e.sysv()
			seg, err := arg.find(h)
			if err != nil {
				return err
			}
			if err := do(h, seg.id); err != nil {
				f := seg.fail(h, err)
				if f.code == exitDenied || f.code == exitNoFit {
					f.hint = needs
				}
				return f
			}
			if verbose {
				e.say("sysv %s: %s: %s", verb, seg.what, done)
			}
			return nil
		},
	}
	arg.bind(cmd)
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "say on standard error what was done")
	return cmd
}
