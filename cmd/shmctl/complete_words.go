package main

import (
	"bytes"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"shmctl/internal/render"
)

// completeColumns offers columns for the last name of an --output list.
func (e *env) completeColumns(cmd *cobra.Command, _ []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	adds := strings.HasPrefix(s, "+")
	head := s[:strings.LastIndexByte(s, ',')+1]
	if head == "" && adds {
		head = "+"
	}
	given := strings.Split(strings.TrimPrefix(strings.ToUpper(head), "+"), ",")
	return e.columnNames(cmd, head, s[len(head):], func(name string, standard bool) bool {
		return !(adds && standard) && !slices.Contains(given, name)
	}).done(cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveKeepOrder) // a comma may follow
}

// completeSort offers columns for --sort, after a - too.
func (e *env) completeSort(cmd *cobra.Command, _ []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	name := strings.TrimPrefix(s, "-")
	return e.columnNames(cmd, s[:len(s)-len(name)], name, func(string, bool) bool { return true }).
		done(cobra.ShellCompDirectiveKeepOrder)
}

// columnNames are the columns of cmd that begin with s, each after head, in the case
// that s is in.
func (e *env) columnNames(cmd *cobra.Command, head, s string, want func(name string, standard bool) bool) *matches {
	m := &matches{s: head + s}
	lower := s != "" && s == strings.ToLower(s)
	if r := e.columns[cmd]; r != nil {
		r.each(func(name, help string, standard bool) {
			if !want(name, standard) {
				return
			}
			if lower {
				name = strings.ToLower(name)
			}
			m.add(head+name, help)
		})
	}
	return m
}

// completeOwners offers users, and groups after a colon.
func completeOwners(_ *cobra.Command, _ []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	m := matches{s: s}
	file, what, head := "/etc/passwd", "user ", ""
	if i := strings.IndexByte(s, ':'); i >= 0 {
		file, what, head = "/etc/group", "group ", s[:i+1]
	}
	accounts(file, func(name, number string) {
		if typable(name) {
			m.add(head+name, what+render.Escape(number))
		}
	})
	return m.done(0)
}

// accounts calls do with each name and number in a file such as /etc/passwd.
func accounts(file string, do func(name, number string)) {
	data, err := os.ReadFile(file)
	if err != nil {
		return
	}
	for line := range bytes.Lines(data) {
		// NAME:PASSWORD:NUMBER:…
		if f := strings.SplitN(string(line), ":", 4); len(f) == 4 && !strings.HasPrefix(f[0], "#") {
			do(f[0], f[2])
		}
	}
}

// completeModes offers the modes that memory to share mostly has.
func completeModes(_ *cobra.Command, _ []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	m := matches{s: s}
	for _, mode := range []modeValue{{bits: 0o600}, {bits: 0o640}, {bits: 0o644}, {bits: 0o660}, {bits: 0o666}} {
		m.add(mode.String(), render.Perms(mode.bits))
	}
	return m.done(cobra.ShellCompDirectiveKeepOrder)
}

// completeHugePages offers the sizes of huge pages that this machine has.
func (e *env) completeHugePages(_ *cobra.Command, _ []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	m := matches{s: s}
	sizes, _ := e.sysv().HugePageSizes()
	slices.Sort(sizes)
	for _, size := range sizes {
		m.add(render.HumanSize(size), "huge pages of this size")
	}
	return m.done(cobra.ShellCompDirectiveKeepOrder)
}

func completeProgress(_ *cobra.Command, _ []string, s string) ([]cobra.Completion, cobra.ShellCompDirective) {
	m := matches{s: s}
	for mode := range strings.SplitSeq(new(progressMode).Type(), "|") {
		m.add(mode, "")
	}
	return m.done(cobra.ShellCompDirectiveKeepOrder)
}
