package ltitest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"html/template"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"usher/lti"
	"usher/secret"
)

// Platform is a running platform. Change its exported fields before it is
// used, not while.
type Platform struct {
	Name         string
	Issuer       string
	ClientID     string
	DeploymentID string
	// Family is the product_family_code of its tokens.
	Family string
	// StorageTarget is the lti_storage_target of its logins, "" for none.
	StorageTarget string
	// Audience is the one it wants in token requests; "" means its token URL.
	Audience string
	// Now is the platform's clock.
	Now func() time.Time

	tb     testing.TB
	server *httptest.Server

	mu      sync.Mutex
	key     *rsa.PrivateKey
	keyID   string
	old     *rsa.PrivateKey
	oldID   string
	faults  KeyFaults
	fetches int

	// toolKeys is the key set of the tool that registered.
	toolKeys       func(context.Context) ([]byte, error)
	tokenFaults    TokenFaults
	rosterFaults   RosterFaults
	members        []map[string]any
	tokens         map[string]bool
	assertions     map[string]bool // by jti
	tokenRequests  int
	rosterRequests []string
}

// New starts a platform that ends with the test.
func New(tb testing.TB) *Platform {
	tb.Helper()
	p := &Platform{
		Name:         "Practice campus " + secret.NewID()[:6],
		ClientID:     "client-" + secret.NewID()[:8],
		DeploymentID: "deployment-1",
		Family:       "practice",
		Now:          func() time.Time { return time.Now().UTC() },
		tb:           tb,
		key:          pooledKey(tb),
		keyID:        "key-1",
		tokens:       map[string]bool{},
		assertions:   map[string]bool{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /auth", p.authorize)
	mux.HandleFunc("GET /jwks", p.serveKeys)
	mux.HandleFunc("POST /token", p.serveToken)
	mux.HandleFunc("GET /memberships", p.serveMembers)
	p.server = httptest.NewServer(mux)
	tb.Cleanup(p.server.Close)
	p.Issuer = p.server.URL
	return p
}

// keyPool spares tests the making of keys, which takes longer than most of
// them: the nth platform of each test has the nth key of the process, so that
// no two of one test share one.
var keyPool struct {
	sync.Mutex
	keys  []*rsa.PrivateKey
	taken map[testing.TB]int
}

func pooledKey(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()
	keyPool.Lock()
	defer keyPool.Unlock()
	if keyPool.taken == nil {
		keyPool.taken = map[testing.TB]int{}
	}
	n := keyPool.taken[tb]
	if n == 0 {
		tb.Cleanup(func() {
			keyPool.Lock()
			defer keyPool.Unlock()
			delete(keyPool.taken, tb)
		})
	}
	keyPool.taken[tb]++
	if n == len(keyPool.keys) {
		keyPool.keys = append(keyPool.keys, newKey(tb))
	}
	return keyPool.keys[n]
}

func newKey(tb testing.TB) *rsa.PrivateKey {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatalf("make platform key: %v", err)
	}
	return key
}

// URL returns the platform's own address followed by path.
func (p *Platform) URL(path string) string { return p.server.URL + path }

// Registration returns what an admin would enter for this platform.
func (p *Platform) Registration() lti.Platform {
	return lti.Platform{
		Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID,
		AuthURL: p.URL("/auth"), TokenURL: p.URL("/token"), JWKSURL: p.URL("/jwks"), Audience: p.Audience,
	}
}

// Register adds the platform and its deployment to a service, which must allow
// private networks.
func (p *Platform) Register(ctx context.Context, s *lti.Service) lti.Platform {
	p.tb.Helper()
	added, err := s.AddPlatform(ctx, p.Registration(), p.DeploymentID)
	if err != nil {
		p.tb.Fatalf("register platform: %v", err)
	}
	p.toolKeys = s.JWKS
	return added
}

// LoginForm returns the parameters of a login initiation for the person of
// that hint.
func (p *Platform) LoginForm(hint string) url.Values {
	form := url.Values{
		"iss":               {p.Issuer},
		"client_id":         {p.ClientID},
		"login_hint":        {hint},
		"lti_message_hint":  {`{"link":"link-1","n":"+/=%"}`},
		"lti_deployment_id": {p.DeploymentID},
		"target_link_uri":   {"https://tool.example/lti/launch"},
	}
	if p.StorageTarget != "" {
		form.Set("lti_storage_target", p.StorageTarget)
	}
	return form
}

// Answer returns what the platform's page would post to the tool after the
// authorization request authURL, with changes.
func (p *Platform) Answer(authURL string, changes ...Change) (idToken, state string) {
	p.tb.Helper()
	u, err := url.Parse(authURL)
	if err != nil {
		p.tb.Fatalf("authorization request: %v", err)
	}
	q := u.Query()
	return p.Message(q.Get("login_hint"), q.Get("nonce"), changes...).Token(), q.Get("state")
}

// Message returns a resource link message for the person of that hint.
func (p *Platform) Message(hint, nonce string, changes ...Change) *Message {
	p.mu.Lock()
	key, keyID := p.key, p.keyID
	p.mu.Unlock()
	m := &Message{
		Header: map[string]any{"typ": "JWT", "alg": "RS256", "kid": keyID},
		Claims: p.claims(hint, nonce),
		sign:   signRS256(key),
		tb:     p.tb,
	}
	for _, change := range changes {
		change(m)
	}
	return m
}

// answerPage posts itself, as platforms' do.
var answerPage = template.Must(template.New("answer").Parse(`<!doctype html><title>Practice campus</title>
<form method="post" action="{{.Action}}">{{range $name, $value := .Fields}}<input type="hidden" name="{{$name}}" value="{{$value}}">{{end}}
<button>Continue</button></form><script>document.forms[0].submit()</script>`))

// authorize answers GET /auth with a page that posts the launch.
func (p *Platform) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	fields := map[string]string{"state": q.Get("state")}
	if q.Get("client_id") == p.ClientID {
		fields["id_token"] = p.Message(q.Get("login_hint"), q.Get("nonce")).Token()
	} else {
		maps.Copy(fields, map[string]string{"error": "unauthorized_client", "error_description": "unknown client"})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	page := struct {
		Action string
		Fields map[string]string
	}{q.Get("redirect_uri"), fields}
	if err := answerPage.Execute(w, page); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
