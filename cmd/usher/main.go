// Command usher is an LTI 1.3 Advantage tool for live rooms and media, and its
// command line. Run "usher --help" for what it can do.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// commands is the command line; each field's type lives in a file of its name.
type commands struct {
	Serve      serveCommand      `cmd:"" help:"Run Usher."`
	Demo       demoCommand       `cmd:"" help:"Run Usher with a practice LMS on this machine."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database's schema up to date, or show where it is."`
	Platform   platformCommand   `cmd:"" help:"Register the LMS installations that launch Usher."`
	Deployment deploymentCommand `cmd:"" help:"Decide which installations of a platform may launch."`
	Admin      adminCommand      `cmd:"" help:"The accounts of those who use the console."`
	Keys       keysCommand       `cmd:"" help:"Usher's own signing keys."`
	Settings   settingsCommand   `cmd:"" help:"The rules that administrators change while Usher runs."`
	Doctor     doctorCommand     `cmd:"" help:"Examine this installation: clock, database, keys, addresses, platforms."`
	Version    versionCommand    `cmd:"" help:"Show the version."`
}

// environment is what commands know of the world.
type environment struct {
	ctx    context.Context
	getenv func(string) string
	stdout io.Writer
	stderr io.Writer
	// terminal says that somebody watches.
	terminal bool
	// password asks on the terminal without echo; nil where there is none.
	password func(prompt string) (string, error)
	// line asks on the terminal; nil where there is none.
	line func(prompt string) (string, error)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], &environment{
		ctx: ctx, getenv: os.Getenv, stdout: os.Stdout, stderr: os.Stderr,
		terminal: term.IsTerminal(int(os.Stdout.Fd())), password: terminalPassword(), line: terminalLine(),
	}))
}

// run parses the arguments, runs one command and returns the exit status: 0,
// 1 for a failure, 2 for arguments that make no sense.
func run(ctx context.Context, args []string, env *environment) (status int) {
	env.ctx = ctx
	var c commands
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("usher"),
		kong.Description("Usher brings live rooms, media and guests into Moodle, Canvas and Blackboard courses by LTI 1.3. Settings come from the environment; see .env.example."),
		kong.Writers(env.stdout, env.stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(helpWithExamples),
	)
	if err != nil {
		fmt.Fprintln(env.stderr, "usher:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(negatives(args))
	if exit >= 0 {
		return exit
	}
	if err != nil {
		command := "usher"
		var parsing *kong.ParseError
		if errors.As(err, &parsing) && parsing.Context != nil && parsing.Context.Selected() != nil {
			command = parsing.Context.Selected().FullPath()
		}
		fmt.Fprintf(env.stderr, "usher: %v\nRun \"%s --help\" for what it can do.\n", err, command)
		return 2
	}
	if err := parsed.Run(env); err != nil {
		fmt.Fprintln(env.stderr, "usher:", err)
		return 1
	}
	return 0
}

// exampled commands show how they are used.
type exampled interface{ examples() string }

// helpWithExamples prints kong's help and, below it, the command's examples.
func helpWithExamples(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	node := ctx.Selected()
	if node == nil || !node.Target.IsValid() || !node.Target.CanAddr() {
		return nil
	}
	if e, ok := node.Target.Addr().Interface().(exampled); ok {
		fmt.Fprintf(ctx.Stdout, "\nExamples:\n%s", e.examples())
	}
	return nil
}
