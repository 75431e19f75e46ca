package demo

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// fakeTool is a tool with keys of its own and an address where campuses find
// them.
type fakeTool struct {
	t       testing.TB
	server  *httptest.Server
	keys    *keySet
	fetched atomic.Int32
	config  string // answered under /canvas.json
}

func newTool(t testing.TB) *fakeTool { return newToolWith(t, toolKeys()) }

// toolKeys are those of all fake tools but one: making keys is slow.
var toolKeys = sync.OnceValue(func() *keySet { return newKeySet("JWT", 0, "tool-key-1") })

func newToolWith(t testing.TB, keys *keySet) *fakeTool {
	t.Helper()
	f := &fakeTool{t: t, keys: keys}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		f.fetched.Add(1)
		body, err := f.keys.public()
		if err != nil {
			t.Errorf("public keys: %v", err)
		}
		sendRaw(w, http.StatusOK, jsonType, body)
	})
	mux.HandleFunc("GET /canvas.json", func(w http.ResponseWriter, _ *http.Request) {
		sendRaw(w, http.StatusOK, "application/json", []byte(f.config))
	})
	f.server = httptest.NewServer(mux)
	t.Cleanup(f.server.Close)
	return f
}

// registration is a request to register the tool, good on Moodle and Canvas.
func (f *fakeTool) registration() map[string]any {
	base := f.server.URL
	return map[string]any{
		"application_type": "web", "response_types": []any{"id_token"}, "grant_types": []any{"implicit", "client_credentials"},
		"initiate_login_uri": base + "/login", "redirect_uris": []any{base + "/launch"}, "client_name": "A tool",
		"jwks_uri": base + "/jwks", "logo_uri": base + "/logo.png", "token_endpoint_auth_method": "private_key_jwt",
		"scope": scopeNRPS + " " + scopeAGS + "score",
		claimTool: map[string]any{
			"domain": strings.TrimPrefix(base, "http://"), "description": "Made for a test", "target_link_uri": base + "/launch",
			"custom_parameters": map[string]any{"history": "$Context.id.history", "literal": "yes"},
			"claims":            []any{"iss", "sub", "name", "given_name", "family_name", "email"},
			"messages": []any{
				map[string]any{"type": "LtiDeepLinkingRequest", "target_link_uri": base + "/pick", "placements": []any{"ContentArea"}},
				map[string]any{"type": "LtiResourceLinkRequest", "placements": []any{canvasPrefix + "course_navigation"}},
			},
		},
	}
}

// sign makes a token of the tool; changes are made to the header.
func (f *fakeTool) sign(claims map[string]any, header map[string]any) string {
	f.t.Helper()
	if len(header) == 0 {
		raw, err := f.keys.signClaims(claims)
		if err != nil {
			f.t.Fatalf("sign: %v", err)
		}
		return raw
	}
	keys, err := f.keys.make()
	if err != nil {
		f.t.Fatalf("keys: %v", err)
	}
	var private any
	if err := keys[0].Raw(&private); err != nil {
		f.t.Fatalf("key: %v", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		f.t.Fatalf("claims: %v", err)
	}
	headers := jws.NewHeaders()
	for name, value := range header {
		if value == nil {
			continue
		}
		if err := headers.Set(name, value); err != nil {
			f.t.Fatalf("header: %v", err)
		}
	}
	key, err := jwk.FromRaw(private)
	if err != nil {
		f.t.Fatalf("key: %v", err)
	}
	raw, err := jws.Sign(payload, jws.WithKey(jwa.RS256, key, jws.WithProtectedHeaders(headers)))
	if err != nil {
		f.t.Fatalf("sign: %v", err)
	}
	return string(raw)
}

// send asks with a body and headers.
func (b *browser) send(method, address, body string, header map[string]string) *http.Response {
	b.t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	return w.Result()
}

// json reads an answer.
func (b *browser) json(res *http.Response, status int) map[string]any {
	b.t.Helper()
	var out map[string]any
	body := b.page(res, status)
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		b.t.Fatalf("answer is no JSON: %v: %s", err, body)
	}
	return out
}

// encoded writes JSON.
func encoded(t testing.TB, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("write JSON: %v", err)
	}
	return string(raw)
}

// capture reads a file of testdata.
func capture[T any](t testing.TB, name string) (out T) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		t.Fatalf("read capture: %v", err)
	}
	return out
}

// names are the keys of an object, in order.
func keysOf(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }

// frameOf finds the address that a registration page frames.
func (b *browser) frameOf(page string) string {
	b.t.Helper()
	_, after, ok := strings.Cut(page, `" src="`)
	src, _, closed := strings.Cut(after, `"`)
	if !ok || !closed {
		b.t.Fatalf("no frame in page: %s", page)
	}
	return strings.ReplaceAll(src, "&amp;", "&")
}

// registersOnMoodle registers the tool dynamically and returns its client id
// and deployment.
func (f *fakeTool) registersOnMoodle(b *browser) (clientID, deployment string) {
	b.t.Helper()
	origin := b.s.origin(hostMoodle)
	page := b.page(b.do(http.MethodPost, origin+"/mod/lti/toolconfigure.php", url.Values{
		"toolurl": {f.server.URL + "/register"}, "choice": {"new"},
	}), http.StatusOK)
	location, err := b.get(origin + b.frameOf(page)).Location()
	if err != nil {
		b.t.Fatalf("registration goes nowhere: %v", err)
	}
	q := location.Query()
	config := b.json(b.get(q.Get("openid_configuration")), http.StatusOK)
	answer := b.json(b.send(http.MethodPost, textOf(config["registration_endpoint"]), encoded(b.t, f.registration()), map[string]string{
		"Authorization": "Bearer " + q.Get("registration_token"), "Content-Type": "application/json",
	}), http.StatusOK)
	tool, _ := answer[claimTool].(map[string]any)
	return textOf(answer["client_id"]), textOf(tool["deployment_id"])
}
