package main

import (
	"github.com/spf13/cobra"
)

// setFlags are the flags of set, the same for both APIs.
type setFlags struct {
	mode    modeValue
	owner   ownerValue
	verbose bool
}

func (o *setFlags) bind(cmd *cobra.Command) {
	f := cmd.Flags()
	f.VarP(&o.mode, "mode", "m", "its new permissions in octal")
	f.Lookup("mode").DefValue = ""
	f.Var(&o.owner, "owner", "its new owner: USER, USER:GROUP or :GROUP, by name or number")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say on standard error what was done")
}

func (o *setFlags) check() error {
	if !o.mode.set && o.owner.text == "" {
		return usage("--mode or --owner is missing")
	}
	return nil
}

// done says what was set.
func (o *setFlags) done(e *env, verb, what string) {
	if !o.verbose {
		return
	}
	said := ""
	if o.mode.set {
		said += " mode " + o.mode.String()
	}
	if o.owner.text != "" {
		said += " owner " + o.owner.text
	}
	e.say("%s: %s: set%s", verb, what, said)
}
