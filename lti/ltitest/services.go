package ltitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"usher/lti"
	"usher/secret"
)

// TokenFaults say how the token endpoint misbehaves. The zero value is a good
// one, that checks the request as strictly as the strictest platform does.
type TokenFaults struct {
	Status      int           // answer with this status
	Body        string        // answer with this instead of a token
	Delay       time.Duration // answer late
	RetryAfter  string        // the header
	RedirectTo  string        // answer with a redirect
	Oversize    bool          // answer without end
	ContentType string        // instead of application/json; Moodle says text/html
	ExpiresIn   int           // seconds, -1 to leave it out; 0 means 3600
	Scope       string        // grant this instead of what was asked for
	Type        string        // token_type; "" means Bearer
}

// RosterFaults say how the membership service misbehaves. The zero value is a
// good one, that pages as far as it is asked to.
type RosterFaults struct {
	Status      int
	Body        string
	Delay       time.Duration
	RetryAfter  string
	RedirectTo  string
	Oversize    bool
	ContentType string
	PageSize    int                      // a page has at most this many, as on Canvas
	NoPaging    bool                     // all at once, whatever was asked for
	Link        func(next string) string // writes the Link header; "" next on the last page
	Endless     bool                     // every page has a next one, with new people
	EmptyPages  bool                     // every page has a next one, with nobody on it
	Refuse      int                      // refuse that many requests with 401
}

// SetTokenFaults changes how the token endpoint behaves from now on.
func (p *Platform) SetTokenFaults(f TokenFaults) { p.mu.Lock(); defer p.mu.Unlock(); p.tokenFaults = f }

// SetRosterFaults changes how the membership service behaves from now on.
func (p *Platform) SetRosterFaults(f RosterFaults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rosterFaults = f
}

// SetMembers says who is in the course, as members on the wire.
func (p *Platform) SetMembers(members ...map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.members = members
}

// RevokeTokens makes every token given so far worthless.
func (p *Platform) RevokeTokens() { p.mu.Lock(); defer p.mu.Unlock(); clear(p.tokens) }

// TokenRequests returns how often a token was asked for.
func (p *Platform) TokenRequests() int { p.mu.Lock(); defer p.mu.Unlock(); return p.tokenRequests }

// RosterRequests returns the requests for pages of the roster, without their
// tokens.
func (p *Platform) RosterRequests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.rosterRequests...)
}

// MembershipsURL is where the roster is; it has a parameter of its own, as the
// certification suite's.
func (p *Platform) MembershipsURL() string { return p.URL("/memberships?memberships=1879") }

// Member is an active member on the wire.
func Member(id, given, family, email string, roles ...string) map[string]any {
	if len(roles) == 0 {
		roles = []string{RoleLearner}
	}
	m := map[string]any{"status": "Active", "user_id": id, "roles": roles}
	for name, value := range map[string]string{"given_name": given, "family_name": family, "email": email, "name": strings.TrimSpace(given + " " + family)} {
		if value != "" {
			m[name] = value
		}
	}
	return m
}

// WithRoster makes a launch name the platform's membership service, without a
// scope, as the certification suite does (C-56).
func WithRoster(p *Platform) Change {
	return With(lti.ClaimNamesAndRoles, map[string]any{"context_memberships_url": p.MembershipsURL(), "service_versions": []string{"2.0"}})
}

// serveToken answers POST /token.
func (p *Platform) serveToken(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.tokenRequests++
	f := p.tokenFaults
	p.mu.Unlock()
	if !pause(r, f.Delay) {
		return
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	w.Header().Set("Content-Type", or(f.ContentType, "application/json"))
	switch {
	case f.RedirectTo != "":
		http.Redirect(w, r, f.RedirectTo, http.StatusTemporaryRedirect)
		return
	case f.Oversize:
		_, _ = fmt.Fprintf(w, `{"access_token":%q}`, strings.Repeat("x", 1<<20))
		return
	case f.Status != 0 || f.Body != "":
		w.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = w.Write([]byte(f.Body))
		return
	}
	if err := p.checkTokenRequest(r); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_client", "error_description": err.Error()})
		return
	}
	answer := map[string]any{"access_token": p.newToken(), "token_type": or(f.Type, "Bearer"), "expires_in": 3600, "scope": or(f.Scope, r.PostFormValue("scope"))}
	switch {
	case f.ExpiresIn < 0:
		delete(answer, "expires_in")
	case f.ExpiresIn > 0:
		answer["expires_in"] = f.ExpiresIn
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (p *Platform) newToken() string {
	token := secret.Token()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens[token] = true
	return token
}

// serveMembers answers GET /memberships.
func (p *Platform) serveMembers(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.rosterRequests = append(p.rosterRequests, r.URL.RequestURI())
	f := p.rosterFaults
	known := p.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if f.Refuse > 0 {
		p.rosterFaults.Refuse--
		known = false
	}
	p.mu.Unlock()
	if !pause(r, f.Delay) {
		return
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	w.Header().Set("Content-Type", or(f.ContentType, mediaMembers+"; charset=utf-8"))
	switch {
	case f.RedirectTo != "":
		http.Redirect(w, r, f.RedirectTo, http.StatusFound)
	case f.Oversize:
		_, _ = fmt.Fprintf(w, `{"members":[],"padding":%q}`, strings.Repeat("x", 17<<20))
	case f.Status != 0 || f.Body != "":
		w.WriteHeader(max(f.Status, http.StatusOK))
		_, _ = w.Write([]byte(f.Body))
	case !known:
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"status":401,"reason":"Unauthorized"}`))
	case r.Header.Get("Accept") != mediaMembers:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"status":400,"reason":"No handler found"}`))
	case r.URL.Query().Get("memberships") != "1879":
		w.WriteHeader(http.StatusNotFound)
	default:
		p.membersPage(w, r, f)
	}
}

const mediaMembers = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

func (p *Platform) membersPage(w http.ResponseWriter, r *http.Request, f RosterFaults) {
	q := r.URL.Query()
	from, _ := strconv.Atoi(q.Get("from")) // none is the first
	limit, _ := strconv.Atoi(q.Get("limit"))
	p.mu.Lock()
	members := p.members
	p.mu.Unlock()
	if f.PageSize > 0 && (limit == 0 || limit > f.PageSize) {
		limit = f.PageSize
	}
	if limit == 0 || f.NoPaging {
		limit = len(members) + 1
	}
	page := append([]map[string]any{}, members[min(from, len(members)):min(from+limit, len(members))]...)
	next := ""
	if from+limit < len(members) || f.Endless || f.EmptyPages {
		q.Set("from", strconv.Itoa(from+limit))
		next = p.URL("/memberships?" + q.Encode())
	}
	switch {
	case f.Endless:
		page = []map[string]any{Member(fmt.Sprint("endless-", from), "En", "Dless", "")}
	case f.EmptyPages:
		page = []map[string]any{}
	}
	if f.Link != nil {
		w.Header().Set("Link", f.Link(next))
	} else if next != "" {
		w.Header().Set("Link", "<"+next+`>; rel="next"`)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"id": p.MembershipsURL(), "context": map[string]any{"id": "course-1"}, "members": page})
}

// pause waits, unless the caller leaves before.
func pause(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
