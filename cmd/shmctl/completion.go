package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func newCompletion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion (bash | zsh | fish)",
		Short: "Print the completion script of a shell",
		Long: `Print the script that lets a shell complete command lines of shmctl: verbs and flags,
and the ids, keys, names, columns and owners that there are at that moment. 'make install'
and the package put the scripts in place; by hand it is done as below.

Names with characters that mean something to a shell are not offered.`,
		Example: `  . <(shmctl completion bash)              # for this bash, with bash-completion
  . <(shmctl completion zsh)               # for this zsh, after compinit
  shmctl completion fish | source          # for this fish
  shmctl completion bash > ~/.local/share/bash-completion/completions/shmctl
  shmctl completion zsh > "${fpath[1]}/_shmctl"
  shmctl completion fish > ~/.config/fish/completions/shmctl.fish`,
		Args:      operands(1, 1, "the name of a shell"),
		ValidArgs: []string{"bash", "zsh", "fish"},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			var b strings.Builder
			switch root := cmd.Root(); args[0] {
			case "bash":
				err = root.GenBashCompletionV2(&b, true)
			case "zsh":
				err = root.GenZshCompletion(&b)
			case "fish":
				err = root.GenFishCompletion(&b, true)
			default:
				return usage("unknown shell %q: not bash, zsh or fish", args[0])
			}
			if err != nil {
				return err
			}
			// For bash cobra quotes what is offered, a comma too, and then KEY,SI does
			// not become KEY,SIZE. Nothing is offered that needs quotes, see typable.
			return e.print("%s", strings.ReplaceAll(b.String(), `"%q`, `"%s`))
		},
	}
}
