package doctor_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/doctor"
	"usher/lti"
	"usher/roster"
)

// registry answers what a test wants.
type registry struct {
	platforms []lti.Platform
	examine   func(ctx context.Context, p lti.Platform) lti.Examination
	err       error
}

func (r registry) Platforms(context.Context) ([]lti.Platform, error) { return r.platforms, r.err }
func (r registry) Examine(ctx context.Context, p lti.Platform) lti.Examination {
	return r.examine(ctx, p)
}
func (r registry) SigningKey(context.Context) (string, *rsa.PrivateKey, error) {
	return "key-1", nil, r.err
}

// rosters are as a test wants them.
type rosters struct {
	health []roster.PlatformHealth
	err    error
}

func (r rosters) Health(context.Context) ([]roster.PlatformHealth, error) { return r.health, r.err }

// patient is an installation in good health, on a public address that answers
// as site does.
func patient(t *testing.T, db *database.DB, site http.HandlerFunc) doctor.Deps {
	t.Helper()
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	public, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return doctor.Deps{
		DB: db, Now: func() time.Time { return time.Now().UTC() }, PublicURL: public, HTTP: doctor.HTTPClient(), Rosters: rosters{},
		Registry: registry{platforms: []lti.Platform{{Name: "Moodle", JWKSURL: "https://m.example/k"}}, examine: func(context.Context, lti.Platform) lti.Examination {
			return lti.Examination{Keys: 2, Told: true}
		}},
	}
}

func usher(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"keys":[]}`) }

// found examines and returns the findings by check.
func found(t *testing.T, d doctor.Deps) map[string]doctor.Finding {
	t.Helper()
	doc, err := doctor.New(d)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	byCheck := map[string]doctor.Finding{}
	for _, f := range doc.Examine(t.Context()) {
		byCheck[f.Check] = f
	}
	return byCheck
}

func TestHealthyInstallationHasNothingButGoodFindings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		got := found(t, patient(t, db, usher))
		for _, check := range []string{"database", "migrations", "clock", "keys", "public", "proxies", "platform"} {
			if got[check].Status != doctor.Good {
				t.Errorf("%s = %+v, want good", check, got[check])
			}
		}
	})
}

func TestEachIllnessIsFound(t *testing.T) {
	t.Parallel()
	ill := func(e lti.Examination) func(*doctor.Deps) {
		return func(d *doctor.Deps) {
			d.Registry = registry{platforms: []lti.Platform{{Name: "Moodle"}}, examine: func(context.Context, lti.Platform) lti.Examination { return e }}
		}
	}
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = io.WriteString(w, body) }
	}
	off := time.Now()
	tests := map[string]struct {
		site   http.HandlerFunc
		change func(*doctor.Deps)
		check  string
		status doctor.Status
		code   string
	}{
		"keys cannot be opened":       {usher, func(d *doctor.Deps) { d.Registry = registry{err: errors.New("sealed")} }, "keys", doctor.Danger, "keys_closed"},
		"platforms cannot be read":    {usher, func(d *doctor.Deps) { d.Registry = registry{err: errors.New("no")} }, "platforms", doctor.Danger, "platforms_unknown"},
		"no platforms":                {usher, func(d *doctor.Deps) { d.Registry = registry{} }, "platforms", doctor.Warn, "platforms_none"},
		"platform is down":            {usher, ill(lti.Examination{Err: errors.New("refused")}), "platform", doctor.Danger, "platform_unreachable"},
		"platform has weak keys only": {usher, ill(lti.Examination{Weak: 1}), "platform", doctor.Danger, "platform_weak"},
		"platform's clock is ahead":   {usher, ill(lti.Examination{Keys: 1, Told: true, Clock: 40 * time.Second}), "platform", doctor.Warn, "platform_ahead"},
		"platform's clock is behind":  {usher, ill(lti.Examination{Keys: 1, Told: true, Clock: -2 * time.Minute}), "platform", doctor.Danger, "platform_behind"},
		"platform is switched off": {usher, func(d *doctor.Deps) {
			d.Registry = registry{platforms: []lti.Platform{{Name: "Moodle", DisabledAt: &off}}}
		}, "platform", doctor.Good, "platform_off"},
		"proxy drops the host": {answer(http.StatusMisdirectedRequest, ""), nil, "public", doctor.Danger, "public_host"},
		"proxy has no way":     {answer(http.StatusBadGateway, ""), nil, "public", doctor.Danger, "public_status"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://else.example/", http.StatusFound)
		}, nil, "public", doctor.Danger, "public_status"},
		"something else answers":            {answer(http.StatusOK, "<html>"), nil, "public", doctor.Danger, "public_other"},
		"endless answer":                    {answer(http.StatusOK, strings.Repeat("x", 1<<20)), nil, "public", doctor.Danger, "public_other"},
		"nobody answers":                    {usher, func(d *doctor.Deps) { d.PublicURL = &url.URL{Scheme: "http", Host: "127.0.0.1:1"} }, "public", doctor.Warn, "public_unreachable"},
		"https and no proxy is trusted":     {usher, func(d *doctor.Deps) { d.PublicURL = &url.URL{Scheme: "https", Host: "127.0.0.1:1"} }, "proxies", doctor.Warn, "proxies_missing"},
		"https behind a proxy":              {usher, func(d *doctor.Deps) { d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} }, "proxies", doctor.Good, "proxies_set"},
		"database is gone":                  {usher, func(d *doctor.Deps) { _ = d.DB.Close() }, "database", doctor.Danger, "database_down"},
		"schema of a database that is gone": {usher, func(d *doctor.Deps) { _ = d.DB.Close() }, "migrations", doctor.Danger, "migrations_unknown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := patient(t, dbtest.OpenSQLite(t), tt.site)
			if tt.change != nil {
				tt.change(&d)
			}
			if got := found(t, d)[tt.check]; got.Status != tt.status || got.Code != tt.code {
				t.Errorf("%s = %+v, want %s %s", tt.check, got, tt.status, tt.code)
			}
		})
	}
}

// A platform that hangs holds up neither the other checks nor the doctor.
func TestHangingPlatformIsGivenUp(t *testing.T) {
	t.Parallel()
	d := patient(t, dbtest.OpenSQLite(t), usher)
	d.Registry = registry{platforms: []lti.Platform{{Name: "Slow"}}, examine: func(ctx context.Context, _ lti.Platform) lti.Examination {
		<-ctx.Done()
		return lti.Examination{Err: ctx.Err()}
	}}
	doc, err := doctor.New(d)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	findings := doc.Examine(ctx)
	if last := findings[len(findings)-1]; last.Code != "platform_unreachable" || !doctor.Broken(findings) {
		t.Errorf("finding of a platform that hangs = %+v", last)
	}
	if findings[0].Check != "database" {
		t.Errorf("first finding = %+v, want the database's", findings[0])
	}
}

func TestNewNamesMissingDependencies(t *testing.T) {
	t.Parallel()
	if _, err := doctor.New(doctor.Deps{}); err == nil {
		t.Error("New without anything succeeds")
	}
}
