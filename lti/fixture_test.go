package lti_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
	"usher/secret"
)

// clock is a hand that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fixture is a service and a platform that knows it.
type fixture struct {
	service  *lti.Service
	platform *ltitest.Platform
	added    lti.Platform
	db       *database.DB
	clock    *clock
}

const publicURL = "https://usher.example"

func newFixture(tb testing.TB, db *database.DB) *fixture {
	tb.Helper()
	c := newClock()
	f := &fixture{db: db, clock: c, platform: ltitest.New(tb), service: newService(tb, db, c, lti.HTTPClient(true))}
	f.platform.Now = c.Now
	f.added = f.platform.Register(tb.Context(), f.service)
	return f
}

func newService(tb testing.TB, db *database.DB, c *clock, client *http.Client) *lti.Service {
	tb.Helper()
	public, err := url.Parse(publicURL)
	if err != nil {
		tb.Fatalf("parse public URL: %v", err)
	}
	s, err := lti.New(lti.Deps{DB: db, Keyring: ring(tb), HTTP: client, Now: c.Now, PublicURL: public, AllowPrivate: true})
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	return s
}

func sqliteFixture(tb testing.TB) *fixture {
	tb.Helper()
	return newFixture(tb, dbtest.OpenSQLite(tb))
}

// login begins a launch for the person of that hint.
func (f *fixture) login(tb testing.TB, hint string) lti.Login {
	tb.Helper()
	request, err := lti.ParseLogin(f.platform.LoginForm(hint))
	if err != nil {
		tb.Fatalf("ParseLogin: %v", err)
	}
	login, err := f.service.Login(tb.Context(), request)
	if err != nil {
		tb.Fatalf("Login: %v", err)
	}
	return login
}

// request is the launch that follows a login, from the browser that began it.
func (f *fixture) request(tb testing.TB, hint string, changes ...ltitest.Change) lti.LaunchRequest {
	tb.Helper()
	login := f.login(tb, hint)
	idToken, state := f.platform.Answer(login.AuthURL, changes...)
	return lti.LaunchRequest{IDToken: idToken, State: state, Secret: login.Secret}
}

// launch makes a whole launch.
func (f *fixture) launch(tb testing.TB, hint string, changes ...ltitest.Change) (*lti.Launch, error) {
	tb.Helper()
	return f.service.Verify(tb.Context(), f.request(tb, hint, changes...))
}

// rows counts a table's rows. The name is a test's own constant.
func (f *fixture) rows(tb testing.TB, table string) int64 {
	tb.Helper()
	var n int64
	if err := database.From(context.Background(), f.db).Table(table).Count(&n).Error; err != nil {
		tb.Fatalf("count %s: %v", table, err)
	}
	return n
}

// atNow makes a token of now that lives so long.
func atNow(f *fixture, lifetime time.Duration) ltitest.Change {
	return ltitest.At(f.clock.Now(), lifetime)
}

func ring(tb testing.TB) *secret.Keyring {
	tb.Helper()
	k, err := secret.NewKeyring(bytes.Repeat([]byte{7}, secret.KeySize))
	if err != nil {
		tb.Fatalf("NewKeyring: %v", err)
	}
	return k
}
