package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"usher/config"
	"usher/database"
	"usher/demo"
	"usher/house"
	"usher/lti"
)

type demoCommand struct {
	Folder string `help:"Where the demo keeps its database. (default: .build/demo, with --empty .build/demo-empty)" type:"path"`
	Empty  bool   `help:"Begin without platforms, to register Usher on the campuses by hand."`
	Listen string `help:"Address and port of Usher." default:"127.0.0.1:8080"`
	LMS    string `name:"lms" help:"Address and port of the practice LMS." default:"127.0.0.1:8081"`
}

func (demoCommand) examples() string {
	return "  usher demo\n  usher demo --empty\n  usher demo --folder /tmp/usher-demo\n"
}

// Run starts Usher and the practice LMS, registered with each other, until it
// is told to stop.
func (d demoCommand) Run(env *environment) error {
	if d.Folder == "" {
		d.Folder = d.usualFolder()
	}
	if err := os.MkdirAll(d.Folder, 0o700); err != nil {
		return fmt.Errorf("make demo folder: %w", err)
	}
	c, err := d.config(env)
	if err != nil {
		return err
	}
	f, err := newFoundation(env, c)
	if err != nil {
		return err
	}
	defer f.close()
	if err := database.Migrate(env.ctx, f.db); err != nil {
		return err
	}
	h, err := house.New(f.deps())
	if err != nil {
		return err
	}
	lms, err := demo.New(demo.Options{
		Addr: d.LMS, ToolURL: c.PublicURL.String(), Now: now, Logger: f.logger, Empty: d.Empty,
		File: filepath.Join(d.Folder, "lms.json"),
	})
	if err != nil {
		return fmt.Errorf("start practice LMS: %w", err)
	}
	if !d.Empty {
		err = registerCampuses(env.ctx, h.LTI, lms)
	}
	if err != nil {
		return errors.Join(err, lms.Close())
	}
	return d.run(env, h, lms)
}

// usualFolder keeps an empty demo apart from one with platforms.
func (d demoCommand) usualFolder() string {
	if d.Empty {
		return filepath.Join(".build", "demo-empty")
	}
	return filepath.Join(".build", "demo")
}

// config is the environment's with what the demo decides: its own database and
// address, and private networks, since its campuses are on this machine.
func (d demoCommand) config(env *environment) (config.Config, error) {
	c, err := config.Load(func(name string) string {
		switch name {
		case "USHER_DATABASE_URL":
			return "sqlite://" + d.Folder + "/usher.db"
		case "USHER_LISTEN":
			return d.Listen
		case "USHER_PUBLIC_URL", "USHER_DATABASE_URL_FILE":
			return ""
		case "USHER_ALLOW_PRIVATE_NETWORKS":
			return "true"
		case "USHER_LOG_LEVEL":
			if level := env.getenv(name); level != "" {
				return level
			}
			return "warn"
		}
		return env.getenv(name)
	})
	if err != nil {
		return c, err
	}
	_, port, _ := splitPort(d.Listen)
	c.PublicURL = &url.URL{Scheme: "http", Host: "usher.localhost:" + port}
	return c, nil
}

// run serves both until one fails or ctx ends.
func (d demoCommand) run(env *environment, h *house.House, lms *demo.Server) error {
	ctx, stop := context.WithCancel(env.ctx)
	defer stop()
	var campus sync.WaitGroup
	var campusErr error
	campus.Go(func() {
		defer stop()
		campusErr = lms.Run(ctx)
	})
	err := h.Serve(ctx, func() { d.welcome(env, lms) })
	stop()
	campus.Wait()
	return errors.Join(err, campusErr)
}

func (d demoCommand) welcome(env *environment, lms *demo.Server) {
	_, port, _ := splitPort(lms.Addr())
	if d.Empty {
		d.welcomeAdmin(env, port)
		return
	}
	fmt.Fprintf(env.stdout, `
Usher runs at    http://usher.%[1]s
Practice LMS at  http://lms.localhost:%[2]s

Open the practice LMS in Chromium, Chrome or Edge and launch Usher from a course:
  Moodle      http://moodle.localhost:%[2]s/launch?as=teacher&in=frame
  Canvas      http://canvas.localhost:%[2]s/launch?as=teacher&in=frame
  Blackboard  http://blackboard.localhost:%[2]s/launch?as=teacher&in=frame

Nothing here is real: the people and courses are made up, and everything stays
on this machine. Stop with Ctrl+C; delete %[3]s to begin anew.
`, d.localhost(), port, d.Folder)
}

// welcomeAdmin says how to begin where nothing is registered.
func (d demoCommand) welcomeAdmin(env *environment, port string) {
	fmt.Fprintf(env.stdout, `
Usher runs at    http://usher.%[1]s, without any platform
Its console      http://usher.%[1]s/admin
Make an account  USHER_DATABASE_URL=sqlite://%[3]s/usher.db \
                 usher admin create --name "Your name" --email you@example.edu

Register it where administrators of each LMS do (in Chromium, Chrome or Edge):
  Moodle      http://moodle.localhost:%[2]s/admin
  Canvas      http://canvas.localhost:%[2]s/admin
  Blackboard  http://developer.blackboard.localhost:%[2]s/portal/applications
              http://blackboard.localhost:%[2]s/admin

Nothing here is real: the people and courses are made up, and everything stays
on this machine. Stop with Ctrl+C; delete %[3]s to begin anew.
`, d.localhost(), port, d.Folder)
}

func (d demoCommand) localhost() string {
	_, port, _ := splitPort(d.Listen)
	return "localhost:" + port
}

// registerCampuses makes the practice LMS's campuses known to Usher; those of
// an earlier start are known already.
func registerCampuses(ctx context.Context, registry *lti.Service, lms *demo.Server) error {
	for _, r := range lms.Registrations() {
		_, err := registry.AddPlatform(ctx, lti.Platform{
			Name: r.Name, Issuer: r.Issuer, ClientID: r.ClientID, AuthURL: r.AuthURL, TokenURL: r.TokenURL,
			JWKSURL: r.JWKSURL, TrustDeployments: r.TrustDeployments, FrameOrigins: r.FrameOrigins,
		}, r.DeploymentIDs...)
		if err != nil && !errors.Is(err, lti.ErrPlatformExists) {
			return fmt.Errorf("register %s: %w", r.Name, err)
		}
	}
	return nil
}
