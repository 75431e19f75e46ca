package main

import (
	"fmt"

	"usher/database"
	"usher/house"
)

type serveCommand struct {
	NoMigrate bool `help:"Do not bring the schema up to date first; 'usher migrate up' does."`
}

func (serveCommand) examples() string {
	return "  usher serve\n  USHER_PUBLIC_URL=https://rooms.example.edu USHER_DATABASE_URL=postgres://usher@db/usher USHER_SECRET_KEY_FILE=/run/secrets/usher usher serve\n"
}

// Run serves until it is told to stop.
func (s serveCommand) Run(env *environment) error {
	f, err := openFoundation(env)
	if err != nil {
		return err
	}
	defer f.close()
	if !s.NoMigrate {
		if err := database.Migrate(env.ctx, f.db); err != nil {
			return err
		}
	}
	h, err := house.New(f.deps())
	if err != nil {
		return err
	}
	return h.Serve(env.ctx, func() {
		roomyMemory(env.getenv)
		fmt.Fprintf(env.stdout, "Usher serves %s\n", f.config.PublicURL)
		if any, err := h.Admin.Any(env.ctx); env.terminal && err == nil && !any {
			fmt.Fprintf(env.stdout, "Nobody has an account yet. %s\n", makeFirstAdmin)
		}
	})
}
