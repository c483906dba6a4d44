// Package render turns rows of typed values into what a person or a script reads: a
// table, JSON, raw or export lines, CSV, or the output of a template.
//
// A command has one registry of columns, a []Column. Select picks the columns that the
// flags ask for, Tabulate evaluates them and Write prints the result:
//
//	cols, err := render.Select(registry, format)
//	table, err := render.Tabulate("sysv", cols, rows, format)
//	err = render.Write(stdout, format, table)
//
// Values stay typed until they are printed, so that sorting compares numbers as numbers
// and JSON has numbers in it. How each kind of value looks:
//
//	kind     table                        elsewhere
//	Text     escaped by Escape            the bytes, see the formats
//	Number   decimal                      decimal
//	Size     1.5K, or bytes with --bytes  bytes
//	Time     2026-11-22 21:29:24, local   2026-11-22T20:29:24Z, RFC 3339 in UTC
//	Age      3d13h                        whole seconds
//	List     joined by commas             joined by commas; an array in JSON
//	Percent  0.17%                        0.17, all digits
//	Nested   the number of rows           the number of rows; an array in JSON
//
// No value is null in JSON, "-" in raw, and empty elsewhere.
package render

import (
	"bufio"
	"io"
)

// outputBuffer is what Write collects before a write(2), in bytes.
const outputBuffer = 64 << 10

// Write prints tables in the format that f asks for. JSON is one object with an array
// per table. In the table format several tables are separated by a blank line, each
// under headings of its own. The row formats (raw, export, CSV, template) print one set
// of rows, so several tables must agree in their columns there: they are joined, see
// [Join].
//
// Output is buffered; the first error of w is returned.
func Write(w io.Writer, f Format, tables ...Table) error {
	out := bufio.NewWriterSize(w, outputBuffer)
	if err := write(out, f, tables); err != nil {
		return err
	}
	return out.Flush()
}

func write(out *bufio.Writer, f Format, tables []Table) error {
	switch {
	case f.JSON:
		return writeJSON(out, tables)
	case f.rows():
		t, err := Join(f, tables...)
		if err != nil || len(t.shown()) == 0 {
			return err
		}
		switch {
		case f.Raw:
			return writeRaw(out, f, t)
		case f.Export:
			return writeExport(out, f, t)
		case f.CSV:
			return writeCSV(out, f, t)
		}
		return writeTemplate(out, f, t)
	}
	for i, t := range tables {
		if i > 0 {
			out.WriteByte('\n') // an error stays in the writer and comes with the flush
		}
		if err := writeTable(out, f, t); err != nil {
			return err
		}
	}
	return nil
}
