package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestImports holds the rules of which room may import what.
func TestImports(t *testing.T) {
	const (
		cobra = "github.com/spf13/cobra"
		unix  = "golang.org/x/sys/unix"
		table = "github.com/olekukonko/tablewriter"
	)
	rooms := map[string][]string{ // beside the standard library
		"cmd/shmctl":        {cobra, "github.com/spf13/pflag", "shmctl/internal/posix", "shmctl/internal/proc", "shmctl/internal/render", "shmctl/internal/stdfd", "shmctl/internal/sysv", "shmctl/internal/trace", "shmctl/internal/transfer", "github.com/cheggaaa/pb/v3"},
		"internal/sysv":     {unix},
		"internal/posix":    {unix},
		"internal/proc":     {unix},
		"internal/trace":    {unix},
		"internal/transfer": {unix},
		"internal/render":   {table, "github.com/mattn/go-runewidth"},
		"internal/nstest":   {unix},
		"internal/stdfd":    {},
	}
	root := filepath.Join("..", "..")
	tables := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		room := filepath.ToSlash(filepath.Dir(rel))
		allowed, ok := rooms[room]
		if !ok {
			t.Errorf("%s: no rule for its room", rel)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
	imports:
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if first, _, _ := strings.Cut(name, "/"); first != "shmctl" && !strings.Contains(first, ".") {
				continue // the standard library
			}
			if name == table {
				tables++
			}
			for _, a := range allowed {
				if name == a {
					continue imports
				}
			}
			t.Errorf("%s imports %s", rel, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if tables != 1 {
		t.Errorf("tablewriter is imported by %d files, and belongs in one", tables)
	}
}
