package demo

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// accessLife is how long an access token is good for, on every campus.
const accessLife = time.Hour

// access is an access token that a campus gave out.
type access struct {
	clientID string
	scopes   []string
	until    time.Time
}

// tokens keeps access tokens and the assertions that were used up.
type tokens struct {
	now  func() time.Time
	mu   sync.Mutex
	live map[string]access
	used map[string]time.Time // jti by client, until it may be forgotten
}

// give makes a token.
func (t *tokens) give(clientID string, scopes []string, life time.Duration) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live == nil {
		t.live = map[string]access{}
	}
	for raw, old := range t.live {
		if t.now().After(old.until) {
			delete(t.live, raw)
		}
	}
	raw := randomHex(64)
	t.live[raw] = access{clientID: clientID, scopes: scopes, until: t.now().Add(life)}
	return raw
}

// spend says whether an assertion's id is new, and remembers it.
func (t *tokens) spend(clientID, jti string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used == nil {
		t.used = map[string]time.Time{}
	}
	for id, until := range t.used {
		if t.now().After(until) {
			delete(t.used, id)
		}
	}
	id := clientID + " " + jti
	if _, seen := t.used[id]; seen {
		return false
	}
	t.used[id] = t.now().Add(accessLife)
	return true
}

// bearer finds the token of a request.
func (t *tokens) bearer(r *http.Request) (access, bool) {
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return access{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.live[raw]
	return found, ok && t.now().Before(found.until)
}

// assertionType is the only way of saying who asks for a token.
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// tokenRequest is a request for an access token with its assertion.
type tokenRequest struct {
	form   url.Values
	tool   tool
	claims map[string]any
	scopes []string // asked for and granted
}

// readTokenRequest reads the form of a token request. It fails where there is
// no form or no assertion that can be read.
func readTokenRequest(r *http.Request) (tokenRequest, bool) {
	isForm := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if r.Method != http.MethodPost || !isForm || r.ParseForm() != nil {
		return tokenRequest{}, false
	}
	q := tokenRequest{form: r.PostForm}
	var err error
	q.claims, err = unverified(q.form.Get("client_assertion"))
	return q, err == nil
}

// subject is the client id that the assertion names.
func (q *tokenRequest) subject() string {
	sub, _ := q.claims["sub"].(string)
	return sub
}

// grant keeps the scopes that the tool may have.
func (q *tokenRequest) grant() {
	for _, scope := range strings.Fields(q.form.Get("scope")) {
		if q.tool.grants(scope) {
			q.scopes = append(q.scopes, scope)
		}
	}
}

// verify checks the assertion's signature.
func (c *site) verify(ctx context.Context, q tokenRequest, fresh bool) error {
	return c.checkSigned(ctx, q.tool, q.form.Get("client_assertion"), fresh)
}

// sendJSON answers with JSON under a content type.
func (c *site) sendJSON(w http.ResponseWriter, status int, contentType string, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		c.fault(w, err)
		return
	}
	sendRaw(w, status, contentType, raw)
}

func sendRaw(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a reader that went away needs no answer
}

const jsonType = "application/json; charset=utf-8"
