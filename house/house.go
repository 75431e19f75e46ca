// Package house wires all rooms of Usher into one running process: what one
// package needs from a neighbour that it may not import is fulfilled here, and
// nowhere else. It decides the order of starting and stopping. Only cmd and
// tests import it.
package house

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"usher/admin"
	"usher/config"
	"usher/database"
	"usher/doctor"
	"usher/handlers"
	"usher/invite"
	"usher/live"
	"usher/lti"
	"usher/media"
	"usher/roster"
	"usher/secret"
	"usher/session"
	"usher/settings"
	"usher/views"
	"usher/visit"
)

// Deps are what a [House] stands on.
type Deps struct {
	Config config.Config
	DB     *database.DB // migrated
	// Keys seal secrets and authenticate cookies; the first is used, all are
	// accepted. 32 bytes each.
	Keys   [][]byte
	Now    func() time.Time
	Logger *slog.Logger
	// Views renders pages; nil: one is made. Tests share one, since parsing all
	// templates takes longer than most of them.
	Views *views.Renderer
}

// House is Usher with every room wired.
type House struct {
	Admin    *admin.Service
	Doctor   *doctor.Doctor
	LTI      *lti.Service
	Roster   *roster.Service
	Rosters  *roster.Fetcher
	Media    *media.Service
	Invite   *invite.Service
	Live     *live.Service
	Sessions *session.Service
	Settings *settings.Service
	// Site answers HTTP.
	Site *handlers.Server

	deps    Deps
	metrics *prometheus.Registry // nil where no address was set for it
}

// New wires a house. It starts the node of the live rooms, which [House.Serve]
// or [House.Close] ends.
func New(d Deps) (*House, error) {
	h := &House{deps: d}
	var measures prometheus.Registerer // stays nil, not a nil registry
	if d.Config.MetricsListen != "" {
		h.metrics = prometheus.NewRegistry()
		h.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		measures = h.metrics
	}
	if err := h.wireDomain(); err != nil {
		return nil, err
	}
	visits, err := visit.New(d.DB)
	pages := d.Views
	if err == nil && pages == nil {
		pages, err = views.New(views.Options{})
	}
	if err == nil {
		h.Site, err = handlers.New(handlers.Deps{
			Admin: h.Admin, Doctor: h.Doctor, LTI: h.LTI, Roster: h.Roster, Rosters: h.Rosters, Media: h.Media, Invite: h.Invite, Live: h.Live, Settings: h.Settings,
			Visits: visits, Sessions: h.Sessions, Views: pages, Ready: d.DB.Ping, PublicURL: d.Config.PublicURL,
			AllowHTTPFrames: d.Config.AllowPrivateNetworks, TrustedProxies: d.Config.TrustedProxies,
			Metrics: measures, Now: d.Now, Logger: d.Logger,
		})
	}
	if err != nil {
		return nil, errors.Join(err, h.Close(context.Background()))
	}
	return h, nil
}

// Registry returns the protocol and its registry alone, for commands that
// need no more.
func Registry(d Deps) (*lti.Service, error) {
	ring, err := secret.NewKeyring(d.Keys...)
	if err != nil {
		return nil, err
	}
	return lti.New(lti.Deps{
		DB: d.DB, Keyring: ring, HTTP: lti.HTTPClient(d.Config.AllowPrivateNetworks), Now: d.Now,
		PublicURL: d.Config.PublicURL, AllowPrivate: d.Config.AllowPrivateNetworks,
	})
}

// Sessions returns who is signed in alone, for commands that sign people out.
func Sessions(d Deps) (*session.Service, error) {
	keys, err := cookieKeys(d.Keys)
	if err != nil {
		return nil, err
	}
	return session.New(session.Deps{DB: d.DB, Now: d.Now, CookieKeys: keys})
}

func (h *House) wireDomain() (err error) {
	d := h.deps
	ring, err := secret.NewKeyring(d.Keys...)
	if err != nil {
		return err
	}
	if h.LTI, err = Registry(d); err != nil {
		return err
	}
	if h.Doctor, err = physician(d, h.LTI); err != nil {
		return err
	}
	if h.Admin, err = admin.New(admin.Deps{DB: d.DB, Now: d.Now}); err != nil {
		return err
	}
	if h.Roster, err = roster.New(roster.Deps{DB: d.DB, Now: d.Now}); err != nil {
		return err
	}
	if h.Rosters, err = roster.NewFetcher(roster.FetcherDeps{DB: d.DB, Now: d.Now, Source: h.LTI, Logger: d.Logger}); err != nil {
		return err
	}
	if h.Settings, err = settings.New(settings.Deps{DB: d.DB, Now: d.Now}); err != nil {
		return err
	}
	if h.Sessions, err = Sessions(d); err != nil {
		return err
	}
	// Media tells live what changed, and live's clock ends what media keeps;
	// invitations seat people in live, and live asks whom they let in: one has to
	// come first.
	admits := func(ctx context.Context, tenantID, entryID, personID string) (bool, error) {
		return h.Invite.Admits(ctx, tenantID, entryID, personID)
	}
	announce := func(ctx context.Context, e media.Entry, what media.Change) { h.Live.Announce(ctx, e, what) }
	if h.Media, err = media.New(media.Deps{DB: d.DB, Now: d.Now, Announce: announce}); err != nil {
		return err
	}
	if h.Live, err = live.New(live.Deps{
		DB: d.DB, Now: d.Now, Logger: d.Logger, PublicURL: d.Config.PublicURL,
		Sessions: h.Sessions, Permissions: permissions{h.Media, h.Roster, admits}, Entries: h.Media,
	}); err != nil {
		return err
	}
	h.Invite, err = invite.New(invite.Deps{
		DB: d.DB, Keyring: ring, Now: d.Now, Entries: h.Media, Roster: h.Roster, Settings: h.Settings,
		Seats: seats{h.Live}, Sessions: h.Sessions,
	})
	return err
}

// cookieKeys are derived, so that a cookie's key seals nothing else.
func cookieKeys(keys [][]byte) (list [][]byte, err error) {
	for _, key := range keys {
		derived, err := hkdf.Key(sha256.New, key, nil, "usher session cookie", secret.KeySize)
		if err != nil {
			return nil, fmt.Errorf("derive cookie key: %w", err)
		}
		list = append(list, derived)
	}
	return list, nil
}

// Close ends the live rooms of a house that does not serve.
func (h *House) Close(ctx context.Context) error { return h.Live.Shutdown(ctx) }
