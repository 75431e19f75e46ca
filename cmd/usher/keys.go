package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"usher/lti"
)

type keysCommand struct {
	List   keysList   `cmd:"" help:"List Usher's own signing keys."`
	Rotate keysRotate `cmd:"" help:"Make a new signing key and retire the old one."`
}

type keysList struct{}

func (keysList) examples() string { return "  usher keys list\n" }

// Run lists the keys; the private halves are shown by nothing.
func (keysList) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		keys, err := registry.Keys(env.ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(env.stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "KEY ID\tSTATE\tMADE")
		for _, k := range keys {
			fmt.Fprintf(table, "%s\t%s\t%s\n", k.KeyID, keyState(k, now()), k.CreatedAt.Format("2006-01-02 15:04"))
		}
		return table.Flush()
	})
}

func keyState(k lti.ToolKey, at time.Time) string {
	switch {
	case k.Signs(at):
		return "signs"
	case at.Before(k.ActiveFrom):
		return "published, signs from " + k.ActiveFrom.Format("2006-01-02 15:04 MST")
	case k.Published(at):
		return "published, retired"
	}
	return "retired"
}

type keysRotate struct{}

func (keysRotate) examples() string { return "  usher keys rotate\n" }

// Run makes a new key. Both stay published, so no launch fails meanwhile.
func (keysRotate) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		k, err := registry.RotateKey(env.ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "Made key %s. It is published now and signs from %s; the old one stays published for a month.\n", k.KeyID, k.ActiveFrom.Format("2006-01-02 15:04 MST"))
		return err
	})
}
