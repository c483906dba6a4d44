package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// release is the version of this source: X-dev on the way to X. The manual and the
// package take it from here.
const release = "0.1.0-dev"

func newVersion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Print the version, and what the Go toolchain noted when it built this program: the
commit, whether files had been changed since, the version of Go and the machine. A build
from a tarball, or with -buildvcs=false, has no commit to tell.`,
		Example: `  shmctl version
  shmctl version | head -n 1`,
		Args: operands(0, 0, ""),
		RunE: func(*cobra.Command, []string) error { return e.printVersion() },
	}
}

// versionFlag makes --version another word for version.
func (e *env) versionFlag(root *cobra.Command) {
	given := root.Flags().Bool("version", false, "print the version")
	without := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *given {
			return e.printVersion()
		}
		return without(cmd, args)
	}
}

func (e *env) printVersion() error {
	info, _ := debug.ReadBuildInfo()
	return e.print("%s", versionText(info))
}

// versionText is what version prints of a build; info is nil where there is none.
func versionText(info *debug.BuildInfo) string {
	version, commit := release, "not recorded"
	if info != nil {
		vcs := map[string]string{}
		for _, s := range info.Settings {
			vcs[s.Key] = s.Value
		}
		revision := vcs["vcs.revision"]
		if revision != "" {
			commit = revision + " of " + vcs["vcs.time"]
		}
		if vcs["vcs.modified"] == "true" {
			commit += ", and changes that are not committed"
		}
		// A version made up of the commit says nothing that is not in the next line.
		if tag, ok := strings.CutPrefix(info.Main.Version, "v"); ok && (revision == "" || !strings.Contains(tag, revision[:min(12, len(revision))])) {
			version = tag
		}
	}
	return fmt.Sprintf("shmctl %s\ncommit    %s\nbuilt by  %s for %s/%s\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
