package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"shmctl/internal/nstest"
)

// TestExamples runs the examples of the help, each line as it can be pasted, one after
// another in one bash.
func TestExamples(t *testing.T) {
	nstest.Require(t)
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	root := newRoot(&env{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	examples := map[string]string{"shmctl": root.Example}
	for _, noun := range root.Commands() {
		examples[noun.CommandPath()] = noun.Example
	}
	tree(root, func(cmd *cobra.Command) {
		if cmd.Example == "" {
			t.Errorf("%s has no examples", cmd.CommandPath())
		}
		examples[cmd.CommandPath()] = cmd.Example
	})
	// What is written first is there for what reads it; this machine has other users,
	// and nobody waits 10 seconds.
	for _, session := range [][]string{
		{"shmctl"}, {"shmctl sysv"}, {"shmctl posix"},
		{"shmctl sysv create", "shmctl sysv write", "shmctl sysv read", "shmctl sysv stat", "shmctl sysv ls", "shmctl sysv set",
			"shmctl sysv lock", "shmctl sysv unlock", "shmctl sysv key", "shmctl sysv limits", "shmctl sysv rm"},
		{"shmctl posix create", "shmctl posix write", "shmctl posix read", "shmctl posix stat", "shmctl posix ls", "shmctl posix set",
			"shmctl posix truncate", "shmctl posix limits", "shmctl posix rm", "shmctl ls", "shmctl limits", "shmctl version"},
	} {
		var lines []string
		for _, command := range session {
			if examples[command] == "" {
				t.Errorf("there is no %s", command)
			}
			lines = append(lines, strings.Split(examples[command], "\n")...)
			delete(examples, command)
		}
		t.Run(session[0], func(t *testing.T) { paste(t, bash, lines) })
	}
	delete(examples, "shmctl completion") // see completion_scripts.txtar
	for command := range examples {
		t.Errorf("the examples of %s are not run", command)
	}
}

func paste(t *testing.T, bash string, lines []string) {
	if err := unshare(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, filepath.Join(dir, "shmctl")); err != nil {
		t.Fatal(err)
	}
	local := strings.NewReplacer("10s", "10ms",
		":staff", fmt.Sprint(":", os.Getgid()), "alice", fmt.Sprint(os.Getuid()))
	var script strings.Builder
	script.WriteString(`set -o pipefail
PATH=$PWD:$PATH
producer() { echo produced; }
consumer() { cat; }
echo {} >config.json; echo png >picture.png
command -v jq >/dev/null || jq() { cat; }
`)
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "--hugepages") {
			continue // few machines have some
		}
		line = local.Replace(line)
		fmt.Fprintf(&script, "{ %s\n} || echo \"status $?: \"'%s' >>failed\n", line, strings.ReplaceAll(line, "'", `'\''`))
	}
	cmd := exec.Command(bash, "-c", script.String()+"exit 0")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	failed, _ := os.ReadFile(filepath.Join(dir, "failed"))
	if err != nil || len(failed) > 0 {
		t.Errorf("%v\n%s\n%s", err, failed, out)
	}
}
