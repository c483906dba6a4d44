package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	// For tests alone: draft 2020-12 and nothing beside the standard library.
	// santhosh-tekuri/jsonschema/v6, the usual one, brings golang.org/x/text along, and
	// Python's jsonschema is not on every machine that has Python, so the test would
	// often be skipped. This one does not check "format", which the patterns of the
	// schema make up for.
	"github.com/google/jsonschema-go/jsonschema"

	"shmctl/internal/posix"
	"shmctl/internal/proc"
	"shmctl/internal/render"
	"shmctl/internal/sysv"
)

// schema is the published schema: of one definition in it, or whole for "".
func schema(t *testing.T, def string) *jsonschema.Resolved {
	t.Helper()
	s := readSchema(t)
	if def != "" {
		s = &jsonschema.Schema{Ref: "#/$defs/" + def, Defs: s.Defs}
	}
	r, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "docs", "shmctl.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := new(jsonschema.Schema)
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}

// document is JSON as the validator takes it.
func document(t *testing.T, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return doc
}

// TestSchema validates what every verb prints in a world of many states, for root and
// for somebody else, and in an empty one.
func TestSchema(t *testing.T) {
	ownNamespaces(t)
	whole := schema(t, "")
	valid := func(def string, uid int, args ...string) map[string]any {
		t.Helper()
		r := shmctlAs(t, uid, append(args, "-J")...)
		if r.code != 0 {
			t.Fatalf("%q: status %d\n%s", args, r.code, r.err)
		}
		doc := document(t, r.out)
		if err := schema(t, def).Validate(doc); err != nil {
			t.Errorf("%q: %v\n%s", args, err, r.out)
		}
		if err := whole.Validate(doc); err != nil {
			t.Errorf("%q against the whole: %v\n%s", args, err, r.out)
		}
		return doc
	}
	every := func(uid int) (docs []map[string]any) {
		t.Helper()
		for _, verb := range [][]string{{"sysv", "ls"}, {"posix", "ls"}, {"ls"}} {
			docs = append(docs, valid("ls", uid, verb...))
			docs = append(docs, valid("ls", uid, append(verb, "-o", "+USERS")...))
			valid("chosen", uid, append(verb, "-o", "users,size,ns")...)
		}
		for _, verb := range [][]string{{"sysv", "limits"}, {"posix", "limits"}, {"limits"}} {
			docs = append(docs, valid("limits", uid, verb...))
			valid("chosen", uid, append(verb, "-o", "use%")...)
		}
		return docs
	}

	for i, doc := range every(-1)[:6] {
		want := []map[string]any{{"sysv": []any{}}, {"posix": []any{}}, {"sysv": []any{}, "posix": []any{}}}[i/2]
		if !reflect.DeepEqual(doc, want) {
			t.Errorf("where there is nothing it is %v", doc)
		}
	}

	w := newWorld(t)
	uids := []int{-1}
	if really, err := condition("root"); err != nil {
		t.Fatal(err)
	} else if really && havePeer(t, "setpriv") {
		uids = append(uids, 65534)
	}
	for _, uid := range uids {
		docs := every(uid)
		if n := len(docs[4]["sysv"].([]any)); n != len(w.segments) {
			t.Errorf("uid %d: %d segments", uid, n)
		}
		if n := len(docs[4]["posix"].([]any)); n != len(w.objects) {
			t.Errorf("uid %d: %d objects", uid, n)
		}
		for _, row := range w.segments {
			docs = append(docs, valid("stat", uid, "sysv", "stat", row["ID"].plain()))
		}
		for i, row := range w.objects {
			docs = append(docs, valid("stat", uid, "posix", "stat", row["NAME"].plain()))
			if i == 0 {
				valid("chosen", uid, "posix", "stat", row["NAME"].plain(), "-o", "users,mode")
			}
		}
		if uid < 0 {
			strict(t, docs)
		}
	}
}

// strict proves that the schema refuses what is not as it is published: each
// member of another type, missing, or one too many.
func strict(t *testing.T, docs []map[string]any) {
	t.Helper()
	defs := map[string]*jsonschema.Resolved{}
	for _, def := range []string{"ls", "stat", "limits"} {
		defs[def] = schema(t, def)
	}
	kind := func(doc map[string]any) *jsonschema.Resolved {
		for _, s := range defs {
			if s.Validate(doc) == nil {
				return s
			}
		}
		t.Fatalf("valid as no verb's: %v", doc)
		return nil
	}
	seen := map[string]bool{} // each member of each kind of row once
	for _, doc := range docs {
		s := kind(doc)
		for api, rows := range doc {
			list := rows.([]any)
			if len(list) == 0 {
				continue
			}
			row := list[0].(map[string]any)
			refused := func(what, name string, v any, change func(map[string]any)) {
				t.Helper()
				changed := maps.Clone(row)
				change(changed)
				if s.Validate(map[string]any{api: []any{changed}}) == nil {
					t.Errorf("%s: %s of %s, %v, is valid", api, what, name, v)
				}
			}
			for name, v := range row {
				id := fmt.Sprintf("%p %s %s", s, api, name)
				if seen[id] {
					continue
				}
				seen[id] = true
				wrong := []any{true, map[string]any{}, []any{1}, "", -1.0}
				switch v.(type) {
				case float64:
					wrong = append(wrong, fmt.Sprint(v), []any{})
					if name != "use_pct" {
						wrong = append(wrong, 1.5)
					}
				case string:
					wrong = append(wrong, 1.0)
					if strings.HasSuffix(name, "time") {
						wrong = append(wrong, "2026-11-22 21:29:24", "2026-11-22T21:29:24", 1795382964.0)
					}
				}
				switch name {
				case "key":
					wrong = append(wrong, "0x4100C4A3", "0x41", "1090569379")
				case "mode":
					wrong = append(wrong, "644", "0o644", "0648")
				case "perms":
					wrong = append(wrong, "-rw-r--r--", "rw-")
				case "status":
					wrong = append(wrong, "dest", []any{"odd"})
				case "dev":
					wrong = append(wrong, "0x2a", 42.0)
				case "users":
					wrong = append(wrong, []any{map[string]any{"pid": 1.0}})
				}
				for _, bad := range wrong {
					refused("a value", name, bad, func(m map[string]any) { m[name] = bad })
				}
				// Of ls, users may be left out.
				if _, number := v.(float64); name != "users" || !number {
					refused("the lack", name, v, func(m map[string]any) { delete(m, name) })
				}
			}
			refused("a member", "odd", 1, func(m map[string]any) { m["odd"] = 1.0 })
			if s.Validate(map[string]any{api: rows, "odd": []any{}}) == nil {
				t.Errorf("an array of its own is valid beside %s", api)
			}
		}
	}
}

// TestSchemaHasTheColumns holds the members of the schema against the registries, so
// that no column comes or goes without it.
func TestSchemaHasTheColumns(t *testing.T) {
	defs := readSchema(t).Defs
	same := func(what string, got, want []string) {
		t.Helper()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %s, the registry %s", what, got, want)
		}
	}
	members := func(s *jsonschema.Schema) []string { return slices.Collect(maps.Keys(s.Properties)) }

	v := &view{names: newNames()}
	segment, segmentLess := keysOf(segmentColumns(v))
	object, objectLess := keysOf(objectColumns(v))
	_, user := keysOf(v.userColumns())
	res, _ := keysOf(limitColumns(new(render.Format)))

	same("segment", members(defs["segment"]), segment)
	same("object", members(defs["object"]), object)
	same("user", members(defs["users"].Items), user)
	same("user required", defs["users"].Items.Required, user)
	same("resource", members(defs["resource"]), res)
	same("resource required", defs["wholeResources"].Items.Required, res)
	same("sysv ls required", defs["ls"].Properties["sysv"].Items.Required, segmentLess)
	same("posix ls required", defs["ls"].Properties["posix"].Items.Required, objectLess)
	same("sysv stat required", defs["stat"].Properties["sysv"].Items.Required, segment)
	same("posix stat required", defs["stat"].Properties["posix"].Items.Required, object)

	// A word that the validator does not know says nothing.
	var walk func(path string, s *jsonschema.Schema)
	walk = func(path string, s *jsonschema.Schema) {
		if s == nil {
			return
		}
		if len(s.Extra) > 0 {
			t.Errorf("%s: unknown words %v", path, s.Extra)
		}
		if s.Type == "object" && s.Properties != nil && s.AdditionalProperties == nil {
			t.Errorf("%s: further members are allowed", path)
		}
		for _, group := range []map[string]*jsonschema.Schema{s.Properties, s.Defs} {
			for name, sub := range group {
				walk(path+"/"+name, sub)
			}
		}
		for i, sub := range s.AnyOf {
			walk(fmt.Sprintf("%s/anyOf/%d", path, i), sub)
		}
		walk(path+"/items", s.Items)
	}
	walk("", readSchema(t))
}

// keysOf are the JSON keys of a registry, and those that cost no search.
func keysOf[T sysv.Segment | posix.Info | proc.User | resource](cols []render.Column[T]) (all, cheap []string) {
	for _, c := range cols {
		all = append(all, strings.ToLower(c.Name))
		if !c.Search {
			cheap = append(cheap, strings.ToLower(c.Name))
		}
	}
	return all, cheap
}
