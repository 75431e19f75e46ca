package main

import (
	"fmt"
	"text/tabwriter"

	"usher/lti"
)

type deploymentCommand struct {
	List  deploymentList  `cmd:"" help:"List deployments, those that wait for you first."`
	Allow deploymentAllow `cmd:"" help:"Allow a deployment's launches."`
}

type deploymentList struct {
	Platform string `help:"Only this platform's."`
}

func (deploymentList) examples() string {
	return "  usher deployment list\n  usher deployment list --platform Moodle\n"
}

// Run lists the deployments.
func (c deploymentList) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		if c.Platform != "" {
			if _, err := registry.PlatformByName(env.ctx, c.Platform); err != nil {
				return err
			}
		}
		deployments, err := registry.Deployments(env.ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(env.stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "PLATFORM\tDEPLOYMENT\tSTATUS\tFIRST SEEN")
		for _, d := range deployments {
			if c.Platform == "" || d.PlatformName == c.Platform {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", d.PlatformName, d.DeploymentID, d.Status, d.CreatedAt.Format("2006-01-02 15:04"))
			}
		}
		return table.Flush()
	})
}

type deploymentAllow struct {
	Platform     string `arg:"" help:"The platform's name."`
	DeploymentID string `arg:"" help:"The deployment's id, as the list shows it."`
}

func (deploymentAllow) examples() string {
	return "  usher deployment allow Blackboard 86e8b331-a6cd-486c-b006-9893c749e242\n"
}

// Run allows the deployment; a running server admits its next launch.
func (c deploymentAllow) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		p, err := registry.PlatformByName(env.ctx, c.Platform)
		if err != nil {
			return err
		}
		if err := registry.AllowDeployment(env.ctx, p.ID, c.DeploymentID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "Deployment %s of %s is allowed.\n", c.DeploymentID, p.Name)
		return err
	})
}
