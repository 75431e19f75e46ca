package main

import (
	"fmt"

	"usher/database"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Bring the schema to this version's."`
	Status migrateStatus `cmd:"" help:"List all steps and whether they were done."`
}

type migrateUp struct{}

func (migrateUp) examples() string {
	return "  usher migrate up\n  USHER_DATABASE_URL=postgres://usher@db/usher usher migrate up\n"
}

// Run migrates the database of the settings.
func (migrateUp) Run(env *environment) error {
	f, err := openFoundation(env)
	if err != nil {
		return err
	}
	defer f.close()
	if err := database.Migrate(env.ctx, f.db); err != nil {
		return err
	}
	_, err = fmt.Fprintln(env.stdout, "The schema is up to date.")
	return err
}

type migrateStatus struct{}

func (migrateStatus) examples() string { return "  usher migrate status\n" }

// Run lists the migrations.
func (migrateStatus) Run(env *environment) error {
	f, err := openFoundation(env)
	if err != nil {
		return err
	}
	defer f.close()
	list, err := database.Status(env.ctx, f.db)
	if err != nil {
		return err
	}
	for _, m := range list {
		state := "waiting"
		if m.Applied {
			state = "done"
		}
		if _, err := fmt.Fprintf(env.stdout, "%04d  %-8s %s\n", m.Version, state, m.Name); err != nil {
			return err
		}
	}
	return nil
}
