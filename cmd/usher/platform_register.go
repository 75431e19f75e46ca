package main

import (
	"fmt"
	"time"

	"usher/lti"
)

type platformInvite struct {
	Name string `help:"What the platform will be called." required:""`
	Days int    `help:"How many days the link works." default:"7"`
}

func (platformInvite) examples() string {
	return "  usher platform invite --name \"Moodle, main campus\"\n  usher platform invite --name \"Canvas\" --days 30\n"
}

// Run makes a one-time registration link and prints it, this once.
func (c platformInvite) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		link, err := registry.InviteRegistration(env.ctx, lti.RegistrationInvite{
			Name: c.Name, CreatedBy: "command line", Life: time.Duration(c.Days) * 24 * time.Hour,
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(env.stdout, link)
		_, err = fmt.Fprintf(env.stderr, "Paste it into the LMS as its tool or registration URL. It connects one LMS, once, within %d days, and is not shown again.\n", c.Days)
		return err
	})
}

type platformApprove struct {
	Name string `arg:"" help:"The platform's name."`
}

func (platformApprove) examples() string {
	return "  usher platform approve \"Moodle, main campus\"\n"
}

// Run lets a platform launch that registered itself and waits.
func (c platformApprove) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		p, err := registry.PlatformByName(env.ctx, c.Name)
		if err != nil {
			return err
		}
		if err := registry.ApproveRegistration(env.ctx, p.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "Platform %s may launch now.\n", p.Name)
		return err
	})
}

type platformUpdate struct {
	Name string `arg:"" help:"The platform's name."`
}

func (platformUpdate) examples() string {
	return "  usher platform update \"Moodle, main campus\"\n"
}

// Run tells a platform that registered itself what Usher serves now.
func (c platformUpdate) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		p, err := registry.PlatformByName(env.ctx, c.Name)
		if err != nil {
			return err
		}
		if err := registry.UpdateRegistration(env.ctx, p.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "Platform %s knows what Usher serves now.\n", p.Name)
		return err
	})
}
