package main

import (
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"

	"usher/settings"
)

type settingsCommand struct {
	List settingsList `cmd:"" help:"List all rules with the values that hold."`
	Get  settingsGet  `cmd:"" help:"Show the value that holds for one rule."`
	Set  settingsSet  `cmd:"" help:"Change a rule; a running server follows at once."`
}

// scopeFlags name for whom a rule holds.
type scopeFlags struct {
	Platform string `help:"The platform by its name; without it the rule is everybody's."`
}

type settingsList struct{ scopeFlags }

func (settingsList) examples() string {
	return "  usher settings list\n  usher settings list --platform \"Moodle\"\n"
}

// Run lists all settings.
func (c settingsList) Run(env *environment) error {
	return withSettings(env, c.Platform, func(rules *settings.Service, scope string) error {
		list, err := rules.List(env.ctx, settings.Scope{PlatformID: scope})
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(env.stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "SETTING\tVALUE\tFROM\tWHAT IT DECIDES")
		for _, s := range list {
			from := "default"
			if s.Set {
				from = "set"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", s.Key, orDash(s.Value), from, s.Doc)
		}
		return table.Flush()
	})
}

type settingsGet struct {
	Key string `arg:"" help:"The rule, such as invite.link_duration."`
	scopeFlags
}

func (settingsGet) examples() string { return "  usher settings get invite.link_duration\n" }

// Run prints one value and nothing else, for scripts.
func (c settingsGet) Run(env *environment) error {
	return withSettings(env, c.Platform, func(rules *settings.Service, scope string) error {
		list, err := rules.List(env.ctx, settings.Scope{PlatformID: scope})
		if err != nil {
			return err
		}
		for _, s := range list {
			if string(s.Key) == c.Key {
				_, err := fmt.Fprintln(env.stdout, s.Value)
				return err
			}
		}
		return &settings.UnknownKeyError{Key: c.Key}
	})
}

type settingsSet struct {
	Key   string `arg:"" help:"The rule, such as invite.link_duration."`
	Value string `arg:"" help:"Its new value, such as 24h; \"default\" takes back what was set."`
	scopeFlags
}

func (settingsSet) examples() string {
	return `  usher settings set invite.link_duration 48h
  usher settings set invite.deny_domains "example.net, mail.example" --platform "Moodle"
  usher settings set invite.link_reusability default
`
}

// Run stores or takes back one value.
func (c settingsSet) Run(env *environment) error {
	return withSettings(env, c.Platform, func(rules *settings.Service, scope string) error {
		key := settings.Key(c.Key)
		if c.Value == "default" {
			if err := rules.Reset(env.ctx, scope, key); err != nil {
				return err
			}
			_, err := fmt.Fprintf(env.stdout, "%s is no longer set here.\n", key)
			return err
		}
		value, err := rules.Set(env.ctx, scope, key, c.Value)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "%s is now %s.\n", key, orDash(value))
		return err
	})
}

// negatives moves the values of "settings set" that begin with a minus and a
// digit behind a double dash: they are values that a rule refuses in words, and
// no flags.
func negatives(args []string) []string {
	if len(args) < 2 || args[0] != "settings" || args[1] != "set" || slices.Contains(args, "--") {
		return args
	}
	negative := func(arg string) bool { return len(arg) > 1 && arg[0] == '-' && arg[1] >= '0' && arg[1] <= '9' }
	if !slices.ContainsFunc(args, negative) {
		return args
	}
	var moved, rest []string
	for _, arg := range args {
		if negative(arg) {
			moved = append(moved, arg)
		} else {
			rest = append(rest, arg)
		}
	}
	return slices.Concat(rest, []string{"--"}, moved)
}

// withSettings runs f with the rules of the settings' database and the scope
// of a platform's name.
func withSettings(env *environment, platform string, f func(rules *settings.Service, scope string) error) error {
	base, err := migrated(env)
	if err != nil {
		return err
	}
	defer base.close()
	rules, err := settings.New(settings.Deps{DB: base.db, Now: now})
	if err != nil {
		return err
	}
	scope := settings.Everybody
	if platform != "" {
		registry, err := base.registry()
		if err != nil {
			return err
		}
		p, err := registry.PlatformByName(env.ctx, platform)
		if err != nil {
			return err
		}
		scope = p.ID
	}
	return explained(f(rules, scope))
}

// explained adds the way on to a mistyped key.
func explained(err error) error {
	var unknown *settings.UnknownKeyError
	if errors.As(err, &unknown) {
		return fmt.Errorf("%w; \"usher settings list\" shows all", err)
	}
	return err
}
