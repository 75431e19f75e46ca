package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"usher/handlers"
	"usher/invite"
	"usher/live"
	"usher/lti"
	"usher/media"
	"usher/roster"
	"usher/session"
	"usher/settings"
	"usher/views"
)

// house is a running Usher: every room, wired.
type house struct {
	*foundation
	protocol *lti.Service
	media    *media.Service
	invite   *invite.Service
	live     *live.Service
	sessions *session.Service
	site     *handlers.Server
}

// newHouse wires all packages. What one needs from a neighbour that it may
// not import is fulfilled here; neighbours.go has the adapters.
func newHouse(f *foundation) (*house, error) {
	h := &house{foundation: f}
	cookieKeys, err := f.cookieKeys()
	if err != nil {
		return nil, err
	}
	if h.protocol, err = f.lti(); err != nil {
		return nil, err
	}
	people, err := roster.New(roster.Deps{DB: f.db, Now: now})
	if err != nil {
		return nil, err
	}
	rules, err := settings.New(settings.Deps{DB: f.db, Now: now})
	if err != nil {
		return nil, err
	}
	if h.sessions, err = session.New(session.Deps{DB: f.db, Now: now, CookieKeys: cookieKeys}); err != nil {
		return nil, err
	}
	// Rooms tell live what changed, and live's clock ends rooms: one of the two
	// has to come first.
	announce := func(ctx context.Context, e media.Entry, what media.Change) { h.live.Announce(ctx, e, what) }
	if h.media, err = media.New(media.Deps{DB: f.db, Now: now, Announce: announce}); err != nil {
		return nil, err
	}
	if h.live, err = live.New(live.Deps{
		DB: f.db, Now: now, Logger: f.logger, PublicURL: f.config.PublicURL,
		Sessions: h.sessions, Permissions: permissions{h.media, people}, Entries: h.media,
	}); err != nil {
		return nil, err
	}
	if h.invite, err = invite.New(invite.Deps{
		DB: f.db, Keyring: f.keyring, Now: now, Entries: h.media, Roster: people, Settings: rules,
		Seats: seats{h.live}, Sessions: h.sessions,
	}); err != nil {
		return nil, err
	}
	pages, err := views.New(views.Options{})
	if err != nil {
		return nil, err
	}
	h.site, err = handlers.New(handlers.Deps{
		LTI: h.protocol, Roster: people, Media: h.media, Invite: h.invite, Live: h.live, Settings: rules,
		Sessions: h.sessions, Views: pages, Ready: f.db.Ping, PublicURL: f.config.PublicURL,
		AllowHTTPFrames: f.config.AllowPrivateNetworks, TrustedProxies: f.config.TrustedProxies, Now: now, Logger: f.logger,
	})
	if err != nil {
		return nil, errors.Join(err, h.live.Shutdown(context.Background()))
	}
	return h, nil
}

// Times of stopping: a load balancer needs a moment to look elsewhere, then
// requests may finish.
const stopMost = 15 * time.Second

// serve runs until ctx ends, then stops in this order: no new connections and
// requests finish, live connections are told to come back elsewhere, the
// background work ends. The caller closes the database.
func (h *house) serve(ctx context.Context, ready func()) error {
	if !views.HasAssets() {
		h.logger.Warn("this binary was built without styles and scripts; build it with: make build")
	}
	listener, err := net.Listen("tcp", h.config.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on USHER_LISTEN: %w", err), h.live.Shutdown(ctx))
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	background.Go(func() { _ = h.live.Run(work) })
	background.Go(func() { h.sweep(work) })

	server := &http.Server{
		Handler:           h.site,
		ReadHeaderTimeout: handlers.HeaderTimeout,
		ReadTimeout:       handlers.ReadTimeout,
		IdleTimeout:       handlers.IdleTimeout,
		MaxHeaderBytes:    64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	h.logger.Info("serving", "address", listener.Addr().String(), "config", h.config)
	ready()

	select {
	case err = <-failed:
	case <-ctx.Done():
		h.logger.Info("stopping")
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopMost)
	defer cancel()
	// Live connections are requests that never finish: they go first, or the
	// server would wait for them.
	err = errors.Join(ignoreClosed(err), h.live.Shutdown(stopping), server.Shutdown(stopping))
	stopWork()
	background.Wait()
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// sweepEvery is how often what has expired is deleted.
const sweepEvery = 10 * time.Minute

// sweep deletes what has expired, at once and then again and again.
func (h *house) sweep(ctx context.Context) {
	for {
		for name, work := range map[string]func(context.Context) error{
			"launches":    func(ctx context.Context) error { _, err := h.protocol.Sweep(ctx); return err },
			"sessions":    h.sessions.Sweep,
			"invitations": h.invite.Sweep,
			"entries":     func(ctx context.Context) error { _, err := h.media.Purge(ctx); return err },
		} {
			if err := work(ctx); err != nil && ctx.Err() == nil {
				h.logger.Error("sweep", "what", name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepEvery):
		}
	}
}
