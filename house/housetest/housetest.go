// Package housetest runs a whole Usher for tests, with platforms to launch it
// from and browsers to use it by. Only tests import it.
//
//	site := housetest.New(t, dbtest.OpenSQLite(t))
//	teacher := site.Browser().Launch("teacher")       // a page of its own
//	framed := site.Browser().LaunchInFrame("teacher") // a bearer
//	page := teacher.Get("/e/" + id)
package housetest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"usher/config"
	"usher/database"
	"usher/house"
	"usher/lti/ltitest"
	"usher/secret"
	"usher/views"
)

// Site is a running Usher on a loopback address.
type Site struct {
	*house.House
	// URL is its public address, without a trailing slash.
	URL string
	// Platform is registered, and so is Other, where the same ids mean other
	// people and courses.
	Platform, Other *ltitest.Platform
	// Log is everything it logged.
	Log *Log
	// Clock is its time and the platforms'.
	Clock *Clock

	tb testing.TB
}

// New starts a site on an empty database; it ends with the test.
func New(tb testing.TB, db *database.DB) *Site {
	tb.Helper()
	s := &Site{Log: &Log{}, Clock: &Clock{t: time.Now().UTC().Truncate(time.Microsecond)}, tb: tb}
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	public, err := url.Parse(server.URL)
	if err != nil {
		tb.Fatalf("site address: %v", err)
	}
	s.URL = server.URL
	s.House, err = house.New(house.Deps{
		Config: config.Config{PublicURL: public, AllowPrivateNetworks: true}, DB: db,
		Keys: [][]byte{bytes.Repeat([]byte{7}, secret.KeySize)}, Now: s.Clock.Now, Views: pages(tb),
		Logger: slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		tb.Fatalf("wire the house: %v", err)
	}
	handler = s.Site
	tb.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			tb.Logf("close the house: %v", err)
		}
		server.Close()
	})
	s.Platform, s.Other = s.platform(), s.platform()
	return s
}

var renderer = sync.OnceValues(func() (*views.Renderer, error) { return views.New(views.Options{}) })

func pages(tb testing.TB) *views.Renderer {
	tb.Helper()
	r, err := renderer()
	if err != nil {
		tb.Fatalf("parse templates: %v", err)
	}
	return r
}

func (s *Site) platform() *ltitest.Platform {
	p := ltitest.New(s.tb)
	p.Now = s.Clock.Now
	p.Register(s.tb.Context(), s.LTI)
	return p
}

// Clock is a time that tests move. Safe for parallel use.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// Now returns the clock's time.
func (c *Clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

// Add moves the clock on.
func (c *Clock) Add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// Log collects log lines. Safe for parallel use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements [io.Writer].
func (l *Log) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.text.Write(p) }

// String returns all lines so far.
func (l *Log) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.text.String() }
