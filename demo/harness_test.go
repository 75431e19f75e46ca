package demo

import (
	"context"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

const testTool = "http://usher.localhost:18080"

// clock is a settable time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// newServer makes a practice LMS on a free port, which tests ask through its
// handler.
func newServer(t testing.TB) (*Server, *clock) {
	t.Helper()
	c := &clock{at: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	s, err := New(Options{Addr: "127.0.0.1:0", ToolURL: testTool, Now: c.now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("New() error = %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() error = %v", err)
		}
	})
	with := shared(t)
	s.moodle.keys, s.canvas.keys, s.blackboard.keys = with.moodle.keys, with.canvas.keys, with.blackboard.keys
	return s, c
}

// sharedServer serves all tests that leave the clock alone: making RSA keys for
// each of them would take most of the time.
var sharedServer = sync.OnceValues(func() (*Server, error) {
	c := &clock{at: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	return New(Options{Addr: "127.0.0.1:0", ToolURL: testTool, Now: c.now, Logger: slog.New(slog.DiscardHandler)})
})

func shared(t testing.TB) *Server {
	t.Helper()
	s, err := sharedServer()
	if err != nil {
		t.Fatalf("New() error = %v", err)
	}
	return s
}

// browser keeps cookies by host, also Secure ones as Chromium does on
// *.localhost, and stops at every redirect.
type browser struct {
	t       testing.TB
	s       *Server
	cookies map[string][]*http.Cookie
}

func newBrowser(t testing.TB, s *Server) *browser {
	return &browser{t: t, s: s, cookies: map[string][]*http.Cookie{}}
}

func (b *browser) do(method, address string, form url.Values) *http.Response {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(context.Background(), method, address, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, cookie := range b.cookies[r.URL.Hostname()] {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	b.s.Handler().ServeHTTP(w, r)
	res := w.Result()
	if set := res.Cookies(); len(set) > 0 {
		b.cookies[r.URL.Hostname()] = set
	}
	return res
}

func (b *browser) get(address string) *http.Response {
	b.t.Helper()
	return b.do(http.MethodGet, address, nil)
}

// page reads an answer's body and checks its status.
func (b *browser) page(res *http.Response, status int) string {
	b.t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatalf("read page: %v", err)
	}
	if res.StatusCode != status {
		b.t.Fatalf("status = %d, want %d; page: %s", res.StatusCode, status, body)
	}
	return string(body)
}

// sentForm is a self-submitting form found in a page.
type sentForm struct {
	action, method, target string
	names                  []string
	values                 url.Values
}

var (
	formTag  = regexp.MustCompile(`<form id="self-post" name="[^"]*" method="([^"]*)" action="([^"]*)"(?: target="([^"]*)")?>`)
	inputTag = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	frameTag = regexp.MustCompile(`data-src="([^"]*)"`)
)

func (b *browser) form(page string) sentForm {
	b.t.Helper()
	head := formTag.FindStringSubmatch(page)
	if head == nil {
		b.t.Fatalf("no self-submitting form in page: %s", page)
	}
	f := sentForm{method: head[1], action: html.UnescapeString(head[2]), target: head[3], values: url.Values{}}
	for _, input := range inputTag.FindAllStringSubmatch(page, -1) {
		name := html.UnescapeString(input[1])
		f.names = append(f.names, name)
		f.values.Add(name, html.UnescapeString(input[2]))
	}
	return f
}

// frame finds the address that the page opens in its frame.
func (b *browser) frame(page string) string {
	b.t.Helper()
	src := frameTag.FindStringSubmatch(page)
	if src == nil {
		b.t.Fatalf("no frame in page: %s", page)
	}
	return html.UnescapeString(src[1])
}

// request is the authentication request of a tool that does everything right.
func request(login url.Values) url.Values {
	return url.Values{
		"scope": {"openid"}, "response_type": {"id_token"}, "response_mode": {"form_post"}, "prompt": {"none"},
		"client_id": {login.Get("client_id")}, "redirect_uri": {testTool + "/lti/launch"},
		"login_hint": {login.Get("login_hint")}, "lti_message_hint": {login.Get("lti_message_hint")},
		"state": {"the-state"}, "nonce": {"the-nonce"},
	}
}

// follow asks and goes through redirects between hosts of the campus.
func (b *browser) follow(address string) *http.Response {
	b.t.Helper()
	for range 5 {
		res := b.get(address)
		if res.StatusCode != http.StatusFound {
			return res
		}
		address = res.Header.Get("Location")
	}
	b.t.Fatal("too many redirects")
	return nil
}

// token is a verified id_token.
type token struct {
	header map[string]any
	claims map[string]any
}

// verify checks the token with the key set that the registration names.
func (b *browser) verify(raw, jwksURL string) token {
	b.t.Helper()
	set, err := jwk.Parse([]byte(b.page(b.get(jwksURL), http.StatusOK)))
	if err != nil {
		b.t.Fatalf("parse key set: %v", err)
	}
	payload, err := jws.Verify([]byte(raw), jws.WithKeySet(set))
	if err != nil {
		b.t.Fatalf("verify id_token: %v", err)
	}
	message, err := jws.Parse([]byte(raw))
	if err != nil {
		b.t.Fatalf("parse id_token: %v", err)
	}
	headers := message.Signatures()[0].ProtectedHeaders()
	if headers.Algorithm() != jwa.RS256 {
		b.t.Errorf("alg = %s, want RS256", headers.Algorithm())
	}
	var out token
	if out.header, err = headers.AsMap(context.Background()); err != nil {
		b.t.Fatalf("read token header: %v", err)
	}
	if err := json.Unmarshal(payload, &out.claims); err != nil {
		b.t.Fatalf("read claims: %v", err)
	}
	return out
}

// captured is a token as its LMS really sends it.
type captured struct {
	Header []string       `json:"header"`
	Claims map[string]any `json:"claims"`
}

func readCaptured(t testing.TB, name string) captured {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatalf("read captured token: %v", err)
	}
	var out captured
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("parse captured token: %v", err)
	}
	return out
}

// shape lists the claims as paths with the kind of each value. Keys of custom
// are the administrator's choice and left out.
func shape(claims map[string]any) map[string]string {
	out := map[string]string{}
	addShape(out, "", claims)
	return out
}

func addShape(out map[string]string, prefix string, value any) {
	object, ok := value.(map[string]any)
	if !ok {
		out[prefix] = kindOf(value)
		return
	}
	for key, inner := range object {
		if prefix == claimLTI+"custom" {
			continue
		}
		path := key
		if prefix != "" {
			path = prefix + " > " + key
		}
		addShape(out, path, inner)
	}
}

func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case float64:
		return "number"
	case []any:
		return "array"
	default:
		return "other"
	}
}
