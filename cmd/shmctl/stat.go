package main

import (
	"fmt"
	"time"

	"shmctl/internal/proc"
	"shmctl/internal/render"
)

// withUsers replaces the USERS column, a number, by the users themselves: that is
// how stat differs from ls.
func withUsers[T any](v *view, cols []render.Column[T], users func(T) []proc.User) []render.Column[T] {
	for i := range cols {
		if cols[i].Name == "USERS" {
			cols[i].Kind = render.Nested
			cols[i].Search = false
			cols[i].Value = func(row T) any {
				if v.scan == nil {
					return nil
				}
				return v.userTable(users(row), render.Format{JSON: true})
			}
		}
	}
	return cols
}

// userTable is the table of users in the format f.
func (v *view) userTable(users []proc.User, f render.Format) render.Table {
	cols, err := render.Select(v.userColumns(), f)
	if err == nil {
		var t render.Table
		if t, err = render.Tabulate("users", cols, users, f); err == nil {
			return t
		}
	}
	panic(err) // the columns are those of this program, and so is f
}

// whole prints everything about one object: its fields, then who maps it.
func (o *outputFlags) writeWhole(e *env, v *view, title string, fields []field, users []proc.User) error {
	f := o.Format
	fcols, err := render.Select(fieldColumns, render.Format{})
	if err != nil {
		return err
	}
	table, err := render.Tabulate("stat", fcols, fields, f)
	if err != nil {
		return err
	}
	if err := e.print("%s\n\n", render.Escape(title)); err != nil {
		return err
	}
	if err := o.write(e, table); err != nil {
		return err
	}
	if v.scan == nil {
		return nil
	}
	if len(users) == 0 {
		return e.print("\nMapped by no process that can be seen\n")
	}
	if err := e.print("\nMapped by\n"); err != nil {
		return err
	}
	return o.write(e, v.userTable(users, f))
}

// clock is a time as stat shows it.
func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04:05")
}

// process is a process as stat shows it.
func (v *view) process(pid int, then time.Time) string {
	if pid == 0 {
		return "0"
	}
	line, gone := v.creator(pid, then)
	switch {
	case gone:
		return fmt.Sprintf("%d (gone)", pid)
	case line != "":
		return fmt.Sprintf("%d (%s)", pid, line)
	}
	return fmt.Sprint(pid)
}
