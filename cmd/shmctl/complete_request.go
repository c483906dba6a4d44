package main

import (
	"bufio"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// asked says that a shell asks for completions: its script calls the command that
// cobra keeps for that.
func asked(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// complete answers a shell. Whatever goes wrong, a command line that is being typed
// is no place for messages: there is nothing to offer then.
func (e *env) complete(args []string) int {
	quiet := *e
	quiet.err = io.Discard // of --trace on that line too
	e = &quiet
	root := newRoot(e)
	out := bufio.NewWriter(e.out)
	root.SetOut(out)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	e.offer(root)

	// To cobra the - of a descending order begins a flag.
	if n := len(args); n > 2 && args[n-2] == "--sort" && strings.HasPrefix(args[n-1], "-") {
		args = append(args[:n-2:n-2], "--sort="+args[n-1])
	}
	root.SetArgs(args)
	if root.Execute() != nil || out.Flush() != nil {
		return exitFailed
	}
	return exitDone
}

// offer tells cobra what can be offered for the flags and operands of cmd and the
// commands under it. Where nothing is told, as for sizes, spans of time and texts,
// nothing is offered.
func (e *env) offer(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		e.offer(c)
	}
	for name, complete := range map[string]cobra.CompletionFunc{
		"key":       e.completeKeys,
		"output":    e.completeColumns,
		"sort":      e.completeSort,
		"owner":     completeOwners,
		"mode":      completeModes,
		"hugepages": e.completeHugePages,
		"input":     completeFiles,
		"progress":  completeProgress,
	} {
		if cmd.Flags().Lookup(name) != nil {
			cmd.RegisterFlagCompletionFunc(name, complete)
		}
	}
	if cmd.ValidArgs == nil {
		cmd.ValidArgsFunction = e.operandValues(cmd)
	}
}

// operandValues offers operands of cmd, as its usage line names them.
func (e *env) operandValues(cmd *cobra.Command) cobra.CompletionFunc {
	for _, word := range strings.Fields(cmd.Use)[1:] {
		switch strings.Trim(word, "().") {
		case "ID":
			return e.completeIDs
		case "NAME":
			return e.completeNames
		case "PATH:PROJ":
			return completeKeyPath
		}
	}
	return nil
}

// several says that cmd takes its operand any number of times.
func several(cmd *cobra.Command) bool { return strings.HasSuffix(cmd.Use, "...") }

// manyMatches is how many completions come without descriptions: a shell takes its
// time to set them, and nobody reads so many.
const manyMatches = 500

// matches are those of the candidates that begin with s, as cobra hands them to a
// shell.
type matches struct {
	s    string
	list []cobra.Completion
}

func (m *matches) add(value, description string) {
	if strings.HasPrefix(value, m.s) {
		m.list = append(m.list, cobra.CompletionWithDesc(value, description))
	}
}

// done is what a completion function returns. No file is offered instead of nothing.
func (m *matches) done(d cobra.ShellCompDirective) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(m.list) > manyMatches {
		for i, c := range m.list {
			m.list[i], _, _ = strings.Cut(c, "\t")
		}
	}
	return m.list, d | cobra.ShellCompDirectiveNoFileComp
}

func completeFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}
