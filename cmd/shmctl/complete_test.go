package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// tree calls do with every command that has something to run.
func tree(cmd *cobra.Command, do func(*cobra.Command)) {
	for _, c := range cmd.Commands() {
		tree(c, do)
	}
	if !cmd.HasSubCommands() {
		do(cmd)
	}
}

// TestCompletion holds that every flag with a value, and every operand, is completed
// or known to be anything at all.
func TestCompletion(t *testing.T) {
	anything := []string{"size", "offset", "length", "text", "hold", "timeout", "template"}
	e := &env{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	root := newRoot(e)
	e.offer(root)
	tree(root, func(cmd *cobra.Command) {
		for line := range strings.Lines(cmd.Flags().FlagUsages()) {
			name, _, _ := strings.Cut(line[strings.Index(line, "--")+2:], " ")
			name, _, _ = strings.Cut(name, "[")
			flag := cmd.Flags().Lookup(name)
			if flag == nil || flag.Value.Type() == "bool" {
				continue
			}
			if _, ok := cmd.GetFlagCompletionFunc(name); ok == slices.Contains(anything, name) {
				t.Errorf("%s --%s: completed: %v", cmd.CommandPath(), name, ok)
			}
		}
		_, operands, _ := strings.Cut(cmd.Use, " ")
		operand := strings.Contains(operands, "ID") || strings.Contains(operands, "NAME") || strings.Contains(operands, "PATH")
		if operand != (cmd.ValidArgsFunction != nil) {
			t.Errorf("%s: its operand is completed: %v", cmd.CommandPath(), !operand)
		}
	})
}

func TestTypable(t *testing.T) {
	for _, name := range []string{"/a", "/my_shm.1", "/psm_41ac2", "/a-b+c,d=e@f%g:h", "/é", "/日本"} {
		if !typable(name) {
			t.Errorf("%q is not offered", name)
		}
	}
	for _, c := range " \t\n\r\x00\x1b\x7f!\"#$&'()*;<>?[\\]^`{|}~\u00a0\u202e\u200b\ufffd" {
		if name := "/a" + string(c) + "b"; typable(name) {
			t.Errorf("%q is offered", name)
		}
	}
	if typable("/a\xffb") || typable("") {
		t.Error("what is no text is offered")
	}
}
