package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"usher/lti"
)

type platformCommand struct {
	Invite  platformInvite  `cmd:"" help:"Make a one-time link by which a platform registers itself."`
	Approve platformApprove `cmd:"" help:"Let a platform launch that registered itself and waits."`
	Update  platformUpdate  `cmd:"" help:"Tell a platform that registered itself what Usher serves now."`
	Add     platformAdd     `cmd:"" help:"Register a platform by hand."`
	List    platformList    `cmd:"" help:"List the registered platforms."`
	Remove  platformRemove  `cmd:"" help:"Remove a platform and everything that belongs to it."`
}

type platformAdd struct {
	Name             string   `help:"What you call it; unique." required:""`
	Issuer           string   `help:"The platform's issuer (iss), exactly as it sends it." required:""`
	ClientID         string   `name:"client-id" help:"The client id that the platform gave to Usher." required:""`
	AuthURL          string   `name:"auth-url" help:"The platform's OIDC authorization address." required:""`
	TokenURL         string   `name:"token-url" help:"The platform's access token address." required:""`
	JWKSURL          string   `name:"jwks-url" help:"The address of the platform's public keys." required:""`
	DeploymentID     []string `name:"deployment-id" help:"A deployment to allow; may be given several times." sep:"none"`
	TrustDeployments bool     `name:"trust-deployments" help:"Admit deployments that nobody allowed. For platforms of one institution only."`
	FrameOrigin      []string `name:"frame-origin" help:"An origin that may show Usher in a frame, beyond those that launches name; may be given several times." sep:"none"`
}

func (platformAdd) examples() string {
	return `  usher platform add --name "Moodle" --issuer https://moodle.example.edu --client-id gC1GHxFn4ZDCOIh \
    --auth-url https://moodle.example.edu/mod/lti/auth.php --token-url https://moodle.example.edu/mod/lti/token.php \
    --jwks-url https://moodle.example.edu/mod/lti/certs.php --deployment-id 2
  usher platform add --name "Canvas" --issuer https://canvas.instructure.com --client-id 170000000000559 \
    --auth-url https://sso.canvaslms.com/api/lti/authorize_redirect --token-url https://sso.canvaslms.com/login/oauth2/token \
    --jwks-url https://sso.canvaslms.com/api/lti/security/jwks --frame-origin https://canvas.example.edu
`
}

// Run registers the platform; a running server knows it at once.
func (c platformAdd) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		p, err := registry.AddPlatform(env.ctx, lti.Platform{
			Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID,
			AuthURL: c.AuthURL, TokenURL: c.TokenURL, JWKSURL: c.JWKSURL,
			TrustDeployments: c.TrustDeployments, FrameOrigins: c.FrameOrigin,
		}, c.DeploymentID...)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "Added platform %s.\n", p.Name)
		if len(c.DeploymentID) == 0 && !c.TrustDeployments {
			fmt.Fprintln(env.stdout, "No deployment is allowed yet. The first launch notes it; then run \"usher deployment list\".")
		}
		return nil
	})
}

type platformList struct{}

func (platformList) examples() string { return "  usher platform list\n" }

// Run lists the platforms.
func (platformList) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		platforms, err := registry.Platforms(env.ctx)
		if err != nil {
			return err
		}
		if len(platforms) == 0 {
			_, err := fmt.Fprintln(env.stdout, "There are no platforms yet. \"usher platform add --help\" shows how to add one.")
			return err
		}
		table := tabwriter.NewWriter(env.stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tISSUER\tCLIENT ID\tPRODUCT\tDEPLOYMENTS\tSTATE\tADDED")
		for _, p := range platforms {
			deployments := "allowed ones"
			if p.TrustDeployments {
				deployments = "all"
			}
			state := "on"
			if p.DisabledAt != nil {
				state = "disabled"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.Name, p.Issuer, p.ClientID, orDash(p.ProductFamily), deployments, state, p.CreatedAt.Format("2006-01-02"))
		}
		return table.Flush()
	})
}

type platformRemove struct {
	Name string `arg:"" help:"The platform's name."`
	Yes  bool   `help:"Do not ask; for scripts."`
}

func (platformRemove) examples() string {
	return "  usher platform remove \"Moodle (old)\"\n  usher platform remove \"Moodle (old)\" --yes\n"
}

// Run says what is lost, asks, and removes the platform with its courses,
// people, entries and invitations.
func (c platformRemove) Run(env *environment) error {
	return withRegistry(env, func(registry *lti.Service) error {
		p, err := registry.PlatformByName(env.ctx, c.Name)
		if err != nil {
			return err
		}
		loss, err := registry.RemovalLoss(env.ctx, p.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "Removing %s deletes %d courses, %d people, %d rooms and %d invitations for good.\n", p.Name, loss.Courses, loss.People, loss.Entries, loss.Invitations)
		if err := c.confirm(env); err != nil {
			return err
		}
		if err := registry.RemovePlatform(env.ctx, p.Name); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "Removed platform %s and everything that belonged to it.\n", p.Name)
		return err
	})
}

// confirm wants the name typed once more, unless --yes was given.
func (c platformRemove) confirm(env *environment) error {
	if c.Yes {
		return nil
	}
	if env.line == nil {
		return errors.New("nothing was removed: there is no terminal to ask on; add --yes if you are sure")
	}
	typed, err := env.line("Type the platform's name to go on: ")
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if typed != c.Name {
		return errors.New("that is not its name; nothing was removed")
	}
	return nil
}

// terminalLine returns a function that asks on the terminal, nil where there is
// none.
func terminalLine() func(prompt string) (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	return func(prompt string) (string, error) {
		fmt.Fprint(os.Stderr, prompt)
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return strings.TrimRight(line, "\r\n"), err
	}
}

// withRegistry runs f with the registry of the settings' database.
func withRegistry(env *environment, f func(*lti.Service) error) error {
	base, err := migrated(env)
	if err != nil {
		return err
	}
	defer base.close()
	registry, err := base.registry()
	if err != nil {
		return err
	}
	return f(registry)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
