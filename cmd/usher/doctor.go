package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"usher/config"
	"usher/doctor"
	"usher/house"
)

type doctorCommand struct {
	JSON bool `name:"json" help:"Print the findings as JSON."`
}

func (doctorCommand) examples() string {
	return "  usher doctor\n  usher doctor --json\n"
}

// errBroken makes the exit status tell scripts that something is broken.
var errBroken = errors.New("something is broken: see the lines that begin with FAIL")

// Run examines and prints; the exit status is 1 where something is broken.
// Settings that do not fit and a database that is not there are findings like
// others.
func (c doctorCommand) Run(env *environment) error {
	lines, err := c.examine(env)
	if err != nil {
		return err
	}
	if err := c.print(env, lines); err != nil {
		return err
	}
	for _, line := range lines {
		if line.Status == doctor.Danger {
			return errBroken
		}
	}
	return nil
}

func (doctorCommand) examine(env *environment) ([]house.HealthLine, error) {
	settings, err := config.Load(env.getenv)
	if err != nil {
		return house.HealthLines([]doctor.Finding{{Check: "config", Status: doctor.Danger, Code: "config_wrong", Args: []any{"Error", oneLine(err)}}})
	}
	f, err := newFoundation(env, settings)
	if err != nil {
		return house.HealthLines([]doctor.Finding{{Check: "database", Status: doctor.Danger, Code: "database_down", Args: []any{"Error", oneLine(err)}}})
	}
	defer f.close()
	return house.Examine(env.ctx, f.deps())
}

// oneLine joins the lines of several mistakes.
func oneLine(err error) string { return strings.Join(strings.Split(err.Error(), "\n"), "; ") }

// marks begin the lines; they are as wide as each other.
var marks = map[doctor.Status]string{doctor.Good: "ok  ", doctor.Warn: "warn", doctor.Danger: "FAIL"}

func (c doctorCommand) print(env *environment, lines []house.HealthLine) error {
	if c.JSON {
		encoder := json.NewEncoder(env.stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(lines)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(env.stdout, "%s  %s: %s\n", marks[line.Status], line.Title, line.Text); err != nil {
			return err
		}
	}
	return nil
}
