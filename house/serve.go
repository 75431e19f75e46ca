package house

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"usher/handlers"
	"usher/settings"
	"usher/views"
)

// stopMost bounds how long requests may take to finish when Usher stops.
const stopMost = 15 * time.Second

// Serve listens, calls ready and runs until ctx ends. Then it stops in this
// order: live connections are told to come back elsewhere, no new requests and
// those under way finish, the background work ends. The caller closes the
// database.
func (h *House) Serve(ctx context.Context, ready func()) error {
	if !views.HasAssets() {
		h.deps.Logger.Warn("this binary was built without styles and scripts; build it with: make build")
	}
	site, err := h.listen("USHER_LISTEN", h.deps.Config.Listen, h.Site)
	if err != nil {
		return errors.Join(err, h.Close(ctx))
	}
	servers := []*server{site}
	if h.metrics != nil {
		metrics, err := h.listen("USHER_METRICS_LISTEN", h.deps.Config.MetricsListen, promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{}))
		if err != nil {
			return errors.Join(err, site.listener.Close(), h.Close(ctx))
		}
		servers = append(servers, metrics)
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	var background sync.WaitGroup
	background.Go(func() { _ = h.Live.Run(work) })
	background.Go(func() { h.sweep(work) })
	background.Go(func() { h.Rosters.Run(work) })
	background.Go(func() {
		h.LTI.RunSamples(work, func(err error) { h.deps.Logger.Error("keep launch samples", "error", err) })
	})

	failed := make(chan error, len(servers))
	for _, s := range servers {
		go func() { failed <- s.Serve(s.listener) }()
	}
	h.deps.Logger.Info("serving", "address", site.listener.Addr().String(), "config", h.deps.Config)
	ready()
	select {
	case err = <-failed:
	case <-ctx.Done():
		h.deps.Logger.Info("stopping")
	}

	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopMost)
	defer cancel()
	// Live connections are requests that never finish: they go first, or the
	// server would wait for them.
	err = errors.Join(err, h.Close(stopping))
	for _, s := range servers {
		err = errors.Join(err, s.Shutdown(stopping))
	}
	stopWork()
	background.Wait()
	return err
}

// server is an HTTP server with the address it listens on.
type server struct {
	http.Server
	listener net.Listener
}

func (h *House) listen(setting, address string, handler http.Handler) (*server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", setting, err)
	}
	return &server{listener: listener, Server: http.Server{
		Handler:           handler,
		ReadHeaderTimeout: handlers.HeaderTimeout,
		ReadTimeout:       handlers.ReadTimeout,
		IdleTimeout:       handlers.IdleTimeout,
		MaxHeaderBytes:    64 << 10,
	}}, nil
}

// sweepEvery is how often what has expired is deleted.
const sweepEvery = 10 * time.Minute

// sweep deletes what has expired, at once and then again and again.
func (h *House) sweep(ctx context.Context) {
	for {
		for name, work := range map[string]func(context.Context) error{
			"launches":    func(ctx context.Context) error { _, err := h.LTI.Sweep(ctx); return err },
			"sessions":    h.Sessions.Sweep,
			"sign-ins":    h.Admin.Sweep,
			"invitations": h.Invite.Sweep,
			"rosters":     h.Roster.SweepRosters,
			"keys":        h.rotateKeys,
			"entries":     func(ctx context.Context) error { _, err := h.Media.Purge(ctx); return err },
		} {
			if err := work(ctx); err != nil && ctx.Err() == nil {
				h.deps.Logger.Error("sweep", "what", name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepEvery):
		}
	}
}

// rotateKeys makes the next signing key when the setting says so.
func (h *House) rotateKeys(ctx context.Context) error {
	values, err := h.Settings.Get(ctx, settings.Scope{})
	if err != nil {
		return fmt.Errorf("read how often keys rotate: %w", err)
	}
	every, scheduled := values.Duration(settings.KeysRotateEvery)
	if !scheduled {
		return nil
	}
	rotated, err := h.LTI.RotateKeyIfDue(ctx, every)
	if rotated {
		h.deps.Logger.Info("made the next signing key")
	}
	return err
}
