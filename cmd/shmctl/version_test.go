package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	setting := func(pairs ...string) (s []debug.BuildSetting) {
		for i := 0; i < len(pairs); i += 2 {
			s = append(s, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return s
	}
	clean := setting("vcs.revision", commit, "vcs.time", "2026-11-23T03:24:52Z", "vcs.modified", "false")
	dirty := setting("vcs.revision", commit, "vcs.time", "2026-11-23T03:24:52Z", "vcs.modified", "true")
	of := commit + " of 2026-11-23T03:24:52Z"
	for name, c := range map[string]struct {
		info            *debug.BuildInfo
		version, commit string
	}{
		"nothing":           {nil, release, "not recorded"},
		"no repository":     {&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, release, "not recorded"},
		"a commit":          {&debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261123032452-0123456789ab"}, Settings: clean}, release, of},
		"and changes":       {&debug.BuildInfo{Main: debug.Module{Version: "v0.0.0-20261123032452-0123456789ab+dirty"}, Settings: dirty}, release, of + ", and changes that are not committed"},
		"a tag":             {&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: clean}, "1.2.3", of},
		"a tag, changed":    {&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3+dirty"}, Settings: dirty}, "1.2.3+dirty", of + ", and changes that are not committed"},
		"from a proxy":      {&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "1.2.3", "not recorded"},
		"without a tag yet": {&debug.BuildInfo{Settings: clean}, release, of},
	} {
		lines := strings.Split(versionText(c.info), "\n")
		if lines[0] != "shmctl "+c.version || lines[1] != "commit    "+c.commit {
			t.Errorf("%s: %q", name, lines)
		}
	}
}

// TestRelease holds the source's version against the changelog: its newest entry is
// this version, and unreleased as long as this is a version on the way.
func TestRelease(t *testing.T) {
	log, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^## (\S+) — (.*)$`).FindStringSubmatch(string(log))
	if m == nil {
		t.Fatal("no version in CHANGELOG.md")
	}
	want := m[1]
	if m[2] == "unreleased" {
		want += "-dev"
	}
	if release != want {
		t.Errorf("the version is %s, and CHANGELOG.md says %s", release, want)
	}
}
