package lti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"usher/secret"
)

// ScopeMemberships asks for the members of a context [NRPS-20 §3.1].
const ScopeMemberships = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

// The lives of service tokens (C-52).
const (
	// tokenMargin is what a token must have left: a roster's page can take long.
	tokenMargin = time.Minute
	// tokenDefaultLife is that of a token whose platform does not say.
	tokenDefaultLife = 5 * time.Minute
	// tokenMaxLife bounds what a platform says; all known ones say an hour.
	tokenMaxLife = 12 * time.Hour
	// tokenPause keeps a hundred courses from asking a broken endpoint at once.
	tokenPause   = 15 * time.Second
	maxTokenSize = 64 << 10
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// tokenCache keeps service tokens in memory. Safe for parallel use.
type tokenCache struct {
	mu     sync.Mutex
	grants map[tokenSource]*grant
}

// tokenSource is everything that a token depends on, so that none outlives a
// changed registration.
type tokenSource struct{ platformID, clientID, url, audience, scope string }

// grant is a token, or the failure to get one. Who holds turn may change it.
type grant struct {
	turn    chan struct{}
	token   string
	until   time.Time
	failure error
	again   time.Time // after a failure, asked again from then on
}

func newTokenCache() *tokenCache { return &tokenCache{grants: map[tokenSource]*grant{}} }

func (c *tokenCache) grant(source tokenSource) *grant {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.grants[source]
	if !ok {
		g = &grant{turn: make(chan struct{}, 1)}
		c.grants[source] = g
	}
	return g
}

// serviceToken returns a token of the platform for a scope. refused is one that
// a service did not take, which is not returned again; "" for none. Parallel
// callers wait for one request. The error is a [*ServiceError] where the
// platform is at fault.
func (s *Service) serviceToken(ctx context.Context, p Platform, scope, refused string) (string, error) {
	g := s.tokens.grant(tokenSource{p.ID, p.ClientID, p.TokenURL, p.Audience, scope})
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return "", fmt.Errorf("wait for service token: %w", ctx.Err())
	}
	now := s.now()
	if g.token != "" && g.token != refused && now.Before(g.until) {
		return g.token, nil
	}
	if g.failure != nil && now.Before(g.again) {
		return "", g.failure
	}
	g.token = ""
	answer, err := s.requestToken(ctx, p, scope)
	var refusal *ServiceError
	if errors.As(err, &refusal) {
		g.failure, g.again = err, now.Add(max(tokenPause, refusal.RetryAfter))
	}
	if err != nil {
		return "", err
	}
	g.token, g.until, g.failure = answer.AccessToken, now.Add(answer.life()-tokenMargin), nil
	return g.token, nil
}

// tokenAnswer is a successful answer [RFC 6749 §5.1].
type tokenAnswer struct {
	AccessToken string  `json:"access_token"`
	TokenType   text    `json:"token_type"`
	ExpiresIn   numeric `json:"expires_in"`
	Scope       string  `json:"scope"`
}

func (a tokenAnswer) life() time.Duration {
	if a.ExpiresIn == 0 {
		return tokenDefaultLife
	}
	return min(time.Duration(min(a.ExpiresIn, numeric(tokenMaxLife/time.Second)))*time.Second, tokenMaxLife)
}

// usable tells whether the answer is a bearer token for the scope. Moodle gives
// a token for those of the scopes that the admin allowed, and says which.
func (a tokenAnswer) usable(scope string) (ServiceCode, string) {
	switch {
	case a.AccessToken == "" || strings.ContainsFunc(a.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }):
		return ServiceTokenUnreadable, ""
	case a.TokenType != "" && !strings.EqualFold(string(a.TokenType), "bearer"):
		return ServiceTokenUnreadable, ""
	case a.Scope != "" && !grants(a.Scope, scope):
		return ServiceTokenRefused, "scope not granted"
	}
	return "", ""
}

func grants(given, wanted string) bool {
	for scope := range strings.FieldsSeq(given) {
		if scope == wanted {
			return true
		}
	}
	return false
}

// requestToken asks the platform for a token with an assertion of our key
// [SEC §4.1.1] (C-49, C-50).
func (s *Service) requestToken(ctx context.Context, p Platform, scope string) (tokenAnswer, error) {
	aud := p.Audience
	if aud == "" {
		aud = p.TokenURL
	}
	assertion, err := s.sign(ctx, map[string]any{"iss": p.ClientID, "sub": p.ClientID, "aud": aud, "jti": secret.Token()})
	if err != nil {
		return tokenAnswer{}, fmt.Errorf("sign token request: %w", err)
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType},
		"client_assertion": {assertion}, "scope": {scope},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return tokenAnswer{}, &ServiceError{Code: ServiceTokenUnreachable, Err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	answer, err := s.call(req, maxTokenSize)
	switch {
	case errors.Is(err, errTooLarge):
		return tokenAnswer{}, &ServiceError{Code: ServiceTokenUnreadable, Err: err}
	case ctx.Err() != nil:
		return tokenAnswer{}, fmt.Errorf("request service token: %w", ctx.Err())
	case err != nil:
		return tokenAnswer{}, &ServiceError{Code: ServiceTokenUnreachable, Err: err}
	case answer.status == http.StatusTooManyRequests || answer.status >= http.StatusInternalServerError:
		return tokenAnswer{}, answer.refusal(ServiceTokenUnreachable, s.now())
	case answer.status != http.StatusOK && answer.status != http.StatusCreated:
		return tokenAnswer{}, answer.refusal(ServiceTokenRefused, s.now())
	}
	return readToken(answer, scope)
}

// readToken reads the answer whatever its content type: Moodle sends its JSON
// as text/html.
func readToken(answer serviceAnswer, scope string) (tokenAnswer, error) {
	var token tokenAnswer
	if err := json.Unmarshal(answer.body, &token); err != nil && token.AccessToken == "" {
		return tokenAnswer{}, &ServiceError{Code: ServiceTokenUnreadable, Status: answer.status}
	}
	if code, words := token.usable(scope); code != "" {
		return tokenAnswer{}, &ServiceError{Code: code, Status: answer.status, Words: words}
	}
	return token, nil
}
