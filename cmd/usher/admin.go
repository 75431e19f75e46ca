package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"usher/admin"
	"usher/house"
)

type adminCommand struct {
	Create   adminCreate   `cmd:"" help:"Make an account for the console."`
	List     adminList     `cmd:"" help:"List the accounts."`
	Password adminPassword `cmd:"" help:"Give an account another password; it is signed out everywhere."`
}

// passwordFlags say where a password comes from.
type passwordFlags struct {
	PasswordFile string `name:"password-file" help:"A file whose first line is the password; without it the terminal is asked." type:"path"`
}

type adminCreate struct {
	Name  string `help:"The person's name." required:""`
	Email string `help:"The address to sign in with." required:""`
	passwordFlags
}

func (adminCreate) examples() string {
	return "  usher admin create --name \"Noor Haddad\" --email noor@example.edu\n" +
		"  usher admin create --name \"Noor Haddad\" --email noor@example.edu --password-file /run/secrets/console\n"
}

// Run makes the account; a running server knows it at once.
func (c adminCreate) Run(env *environment) error {
	return withAdmins(env, func(base *foundation, admins *admin.Service) error {
		password, err := c.read(env)
		if err != nil {
			return err
		}
		a, err := admins.Create(env.ctx, c.Name, c.Email, password)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "Made an account for %s. Sign in as %s at %s/admin\n", a.Name, a.Email, strings.TrimSuffix(base.config.PublicURL.String(), "/"))
		return err
	})
}

type adminList struct{}

func (adminList) examples() string { return "  usher admin list\n" }

// Run lists the accounts.
func (adminList) Run(env *environment) error {
	return withAdmins(env, func(_ *foundation, admins *admin.Service) error {
		accounts, err := admins.Accounts(env.ctx)
		if err != nil {
			return err
		}
		if len(accounts) == 0 {
			_, err := fmt.Fprintf(env.stdout, "There are no accounts yet. %s\n", makeFirstAdmin)
			return err
		}
		table := tabwriter.NewWriter(env.stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tEMAIL\tLAST SIGNED IN\tMADE")
		for _, a := range accounts {
			last := "never"
			if a.SignedInAt != nil {
				last = a.SignedInAt.Format("2006-01-02 15:04")
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", a.Name, a.Email, last, a.CreatedAt.Format("2006-01-02"))
		}
		return table.Flush()
	})
}

type adminPassword struct {
	Email string `arg:"" help:"The account's address."`
	passwordFlags
}

func (adminPassword) examples() string { return "  usher admin password noor@example.edu\n" }

// Run sets the password and ends the account's sessions.
func (c adminPassword) Run(env *environment) error {
	return withAdmins(env, func(base *foundation, admins *admin.Service) error {
		password, err := c.read(env)
		if err != nil {
			return err
		}
		sessions, err := house.Sessions(base.deps())
		if err != nil {
			return err
		}
		a, err := admins.SetPassword(env.ctx, c.Email, password)
		if err != nil {
			return err
		}
		if err := sessions.EndAdmins(env.ctx, a.ID, ""); err != nil {
			return err
		}
		_, err = fmt.Fprintf(env.stdout, "%s has another password and is signed out everywhere.\n", a.Email)
		return err
	})
}

// makeFirstAdmin tells whoever starts Usher how to get into the console.
const makeFirstAdmin = `Make one for the console with: usher admin create --name "Your name" --email you@example.edu`

// read returns a new password: the file's first line, or what is typed twice on
// the terminal, unseen.
func (f passwordFlags) read(env *environment) (string, error) {
	if f.PasswordFile != "" {
		content, err := os.ReadFile(f.PasswordFile)
		if err != nil {
			return "", fmt.Errorf("read password: %w", err)
		}
		line, _, _ := strings.Cut(string(content), "\n")
		return strings.TrimSuffix(line, "\r"), nil
	}
	if env.password == nil {
		return "", errors.New("there is no terminal to ask for the password; give it with --password-file")
	}
	first, err := env.password("Password (at least 12 characters): ")
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	if err := admin.CheckPassword(first); err != nil {
		return "", err
	}
	second, err := env.password("The same again: ")
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	if first != second {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return first, nil
}

// terminalPassword returns a function that asks on the terminal without echo,
// nil where there is none.
func terminalPassword() func(prompt string) (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return nil
	}
	return func(prompt string) (string, error) {
		fmt.Fprint(os.Stderr, prompt)
		typed, err := term.ReadPassword(in)
		fmt.Fprintln(os.Stderr)
		return string(typed), err
	}
}

// withAdmins runs f with the accounts of the settings' database.
func withAdmins(env *environment, f func(*foundation, *admin.Service) error) error {
	base, err := migrated(env)
	if err != nil {
		return err
	}
	defer base.close()
	admins, err := admin.New(admin.Deps{DB: base.db, Now: now})
	if err != nil {
		return err
	}
	return f(base, admins)
}
