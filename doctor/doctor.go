// Package doctor examines an installation: clock, database, keys, the way to
// its public address and to its platforms. "usher doctor" and the console's
// page of health show what it finds.
//
// It changes nothing and decides nothing. A finding has a code and arguments;
// the words are the catalogue's. Each check has its own time, so that one that
// hangs says so and holds up no other.
package doctor

import (
	"context"
	"crypto/rsa"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"usher/database"
	"usher/lti"
	"usher/roster"
)

// Status says how bad a finding is.
type Status string

// The statuses of a finding.
const (
	Good   Status = "good"
	Warn   Status = "warn"   // works, but somebody should look
	Danger Status = "danger" // broken
)

// Finding is the outcome of one check.
type Finding struct {
	Check  string // what was examined, such as database
	Status Status
	Code   string // what was found
	Args   []any  // of the text of Code: pairs of name and value
}

// Registry is what the doctor asks of [lti.Service].
type Registry interface {
	Platforms(ctx context.Context) ([]lti.Platform, error)
	Examine(ctx context.Context, p lti.Platform) lti.Examination
	SigningKey(ctx context.Context) (keyID string, key *rsa.PrivateKey, err error)
}

// Rosters is what the doctor asks of [roster.Service].
type Rosters interface {
	Health(ctx context.Context) ([]roster.PlatformHealth, error)
}

// Deps are what a [Doctor] needs; all but TrustedProxies are required.
type Deps struct {
	DB        *database.DB
	Registry  Registry
	Rosters   Rosters
	Now       func() time.Time
	PublicURL *url.URL
	// TrustedProxies are those whose word on addresses is believed.
	TrustedProxies []netip.Prefix
	// HTTP reaches the public address; it follows no redirect.
	HTTP *http.Client
}

// Doctor examines one installation. Safe for parallel use.
type Doctor struct{ Deps }

// New returns a doctor, or an error where a dependency is missing.
func New(d Deps) (*Doctor, error) {
	if d.DB == nil || d.Registry == nil || d.Rosters == nil || d.Now == nil || d.PublicURL == nil || d.HTTP == nil {
		return nil, errors.New("doctor.New: a dependency is missing")
	}
	return &Doctor{d}, nil
}

// HTTPClient returns a client for [Deps]: it gives up in seconds, follows
// nothing, and reaches this machine by its own names.
func HTTPClient() *http.Client {
	client := lti.HTTPClient(true)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}

// checkTimeout is how long one check may take, platformsAtOnce how many
// platforms are asked side by side.
const (
	checkTimeout    = 10 * time.Second
	platformsAtOnce = 8
)

// Examine makes all checks side by side and returns their findings in a fixed
// order.
func (d *Doctor) Examine(ctx context.Context) []Finding {
	checks := []func(context.Context) []Finding{d.database, d.migrations, d.clock, d.keys, d.publicAddress, d.proxies, d.platforms, d.rosters}
	found := make([][]Finding, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() {
			limited, cancel := context.WithTimeout(ctx, checkTimeout)
			defer cancel()
			found[i] = check(limited)
		})
	}
	all.Wait()
	var list []Finding
	for _, findings := range found {
		list = append(list, findings...)
	}
	return list
}

// Broken tells whether any finding is a [Danger].
func Broken(findings []Finding) bool {
	for _, f := range findings {
		if f.Status == Danger {
			return true
		}
	}
	return false
}

func one(check string, status Status, code string, args ...any) []Finding {
	return []Finding{{Check: check, Status: status, Code: code, Args: args}}
}

// reason is an error in a line that fits a page.
func reason(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:300]) + "…"
	}
	return text
}
