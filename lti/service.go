package lti

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"usher/database"
	"usher/secret"
)

// Deps are what a [Service] needs. All but AllowPrivate are required.
type Deps struct {
	DB      *database.DB
	Keyring *secret.Keyring
	// HTTP fetches platforms' keys, tokens and rosters; [HTTPClient] makes a
	// guarded one.
	HTTP *http.Client
	// Now is the clock, in UTC and microseconds.
	Now func() time.Time
	// PublicURL is where browsers reach Usher; launches come to /lti/launch
	// below it.
	PublicURL *url.URL
	// AllowPrivate accepts platforms on plain HTTP, as demo and test
	// installations are.
	AllowPrivate bool
}

// Service is LTI's protocol and registry. Safe for parallel use.
type Service struct {
	store        *store
	keyring      *secret.Keyring
	keys         *keyCache
	tokens       *tokenCache
	samples      *sampler
	http         *http.Client
	now          func() time.Time
	publicURL    *url.URL
	launchURL    string
	allowPrivate bool
}

// New returns a Service, or an error that names the missing dependency.
func New(d Deps) (*Service, error) {
	switch {
	case d.DB == nil:
		return nil, errors.New("lti.New: DB is required")
	case d.Keyring == nil:
		return nil, errors.New("lti.New: Keyring is required")
	case d.HTTP == nil:
		return nil, errors.New("lti.New: HTTP is required")
	case d.Now == nil:
		return nil, errors.New("lti.New: Now is required")
	case d.PublicURL == nil:
		return nil, errors.New("lti.New: PublicURL is required")
	}
	return &Service{
		store:        &store{db: d.DB},
		keyring:      d.Keyring,
		keys:         newKeyCache(d.HTTP, d.Now),
		tokens:       newTokenCache(),
		samples:      newSampler(),
		http:         d.HTTP,
		now:          d.Now,
		publicURL:    d.PublicURL,
		launchURL:    strings.TrimSuffix(d.PublicURL.String(), "/") + "/lti/launch",
		allowPrivate: d.AllowPrivate,
	}, nil
}
