package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"shmctl/internal/render"
	"shmctl/internal/transfer"
)

// outputFlags choose what is shown, and how.
type outputFlags struct{ render.Format }

func (o *outputFlags) bind(cmd *cobra.Command, e *env, r registry) {
	f := cmd.Flags()
	f.StringVarP(&o.Output, "output", "o", "", "show these `COLUMNS`, COL[,COL…], or +COL[,COL…] beside the others")
	f.BoolVarP(&o.NoHeadings, "noheadings", "n", false, "print no headings")
	f.BoolVarP(&o.Bytes, "bytes", "b", false, "print sizes in bytes")
	f.StringVar(&o.Sort, "sort", "", "sort by `COL`, with -COL the largest first")
	f.BoolVarP(&o.JSON, "json", "J", false, "print JSON")
	f.BoolVarP(&o.Raw, "raw", "r", false, "print the cells with one blank between, escaped, - for none")
	f.BoolVarP(&o.Export, "export", "e", false, `print COL="value" for a shell to evaluate; bash keeps its own UID`)
	f.BoolVar(&o.CSV, "csv", false, "print comma-separated values")
	f.StringVar(&o.Template, "template", "", "print this Go text `TEMPLATE` for each object, such as '{{.size}}'")
	e.columns[cmd] = r
}

// registry is what help, completion and the manual ask of the columns of a command.
// They are only made then: it takes longer than making all of the commands.
type registry interface {
	describe() string
	each(func(name, help string, standard bool))
}

// columnsOf is the registry whose columns f makes.
func columnsOf[T any](f func(*view) []render.Column[T]) registry { return columns[T](f) }

type columns[T any] func(*view) []render.Column[T]

func (c columns[T]) describe() string { return render.Describe(c(nil)) }

func (c columns[T]) each(do func(name, help string, standard bool)) {
	for _, col := range c(nil) {
		do(col.Name, col.Help, col.Default)
	}
}

// help prints the help of cmd, with the columns that it has.
func (e *env) help(print func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		if r := e.columns[cmd]; r != nil {
			cmd.Long += "\n\nColumns, the default ones marked *:\n" + r.describe()
		}
		print(cmd, args)
	}
}

// check is what no single flag can see.
func (o *outputFlags) check(cmd *cobra.Command, e *env) error {
	o.OutputSet = cmd.Flags().Changed("output")
	o.TemplateSet = cmd.Flags().Changed("template")
	o.Terminal = transfer.IsTerminal(e.out)
	o.NoColor = os.Getenv("NO_COLOR") != ""
	if cmd.Flags().Changed("sort") && o.Sort == "" {
		return usage("--sort needs a column")
	}
	return o.Check()
}

// whole says that no flag chose a form for rows: stat then shows everything.
func (o *outputFlags) whole() bool {
	return !o.OutputSet && !o.JSON && !o.Raw && !o.Export && !o.CSV && !o.TemplateSet && o.Sort == ""
}

// write prints tables to standard output.
func (o *outputFlags) write(e *env, tables ...render.Table) error {
	err := render.Write(e.out, o.Format, tables...)
	var exec *render.ExecError
	if err == nil || errors.As(err, &exec) {
		return err
	}
	return outputError(err)
}

// field is one line of what stat shows: the kernel's own name, its value, and
// what that means.
type field struct{ name, value, meaning string }

var fieldColumns = []render.Column[field]{
	{Name: "FIELD", Default: true, Value: func(f field) any { return f.name }},
	{Name: "VALUE", Default: true, Value: func(f field) any { return f.value }},
	{Name: "MEANING", Default: true, Value: func(f field) any { return f.meaning }},
}

// account is a user or group by number and name.
func account(id uint32, name string) string {
	if name == "" {
		return fmt.Sprint(id)
	}
	return fmt.Sprintf("%d (%s)", id, name)
}

// sized is a number of bytes, and the same for people where that differs.
func sized(n uint64) string {
	if human := render.HumanSize(n); human != fmt.Sprint(n) && human != fmt.Sprintf("%dB", n) {
		return fmt.Sprintf("%d (%s)", n, human)
	}
	return fmt.Sprint(n)
}

// rows says that every object is a row of one form, whatever its API.
func (o *outputFlags) rows() bool { return o.Raw || o.Export || o.CSV || o.TemplateSet }
