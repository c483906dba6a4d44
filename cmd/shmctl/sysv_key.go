package main

import (
	"github.com/spf13/cobra"

	"shmctl/internal/sysv"
)

func newSysvKey(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "key PATH:PROJ",
		Short: "Print the key that ftok(3) makes of a path and a project",
		Long: `Print the key that ftok(3) makes of an existing PATH and PROJ.

PROJ is one character, or a number of two or more digits or in hexadecimal (0x41);
its low 8 bits count and must not be zero. Different paths can have the same key.`,
		Example: `  shmctl sysv key /tmp:A
  shmctl sysv key /var/lib:0x41`,
		Args: operands(1, 1, "PATH:PROJ"),
		RunE: func(_ *cobra.Command, args []string) error {
			spec, err := sysv.ParseKeySpec(args[0])
			if err != nil {
				return usage("invalid key %q: %v", args[0], err)
			}
			if spec.Path == "" {
				return usage("invalid key %q: not PATH:PROJ", args[0])
			}
			key, err := e.sysv().Resolve(spec)
			if err != nil {
				return fail("key "+spec.Text, err)
			}
			return e.print("%v\n", key)
		},
	}
}
