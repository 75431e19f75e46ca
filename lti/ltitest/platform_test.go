package ltitest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/lti/ltitest"
)

func TestAuthorizationEndpointPostsToTheTool(t *testing.T) {
	t.Parallel()
	p := ltitest.New(t)
	tests := []struct {
		clientID string
		want     []string
	}{
		{p.ClientID, []string{`action="https://tool.example/lti/launch"`, `name="id_token" value="eyJ`, `name="state" value="s&amp;1"`}},
		{"else", []string{`name="error" value="unauthorized_client"`, `name="state" value="s&amp;1"`}},
	}
	for _, tt := range tests {
		q := url.Values{"client_id": {tt.clientID}, "redirect_uri": {"https://tool.example/lti/launch"}, "login_hint": {"teacher"}, "nonce": {"n"}, "state": {"s&1"}}
		page := get(t, p.URL("/auth?"+q.Encode()))
		for _, part := range tt.want {
			if !strings.Contains(page, part) {
				t.Errorf("client %s: page lacks %s:\n%s", tt.clientID, part, page)
			}
		}
	}
}

func TestKeySetMisbehavesAsAsked(t *testing.T) {
	t.Parallel()
	p := ltitest.New(t)
	if keys := get(t, p.URL("/jwks")); !strings.Contains(keys, `"kid":"key-1"`) || strings.Contains(keys, `"d"`) {
		t.Errorf("keys = %s, want one public key", keys)
	}
	p.RotateKey()
	p.SetKeyFaults(ltitest.KeyFaults{KeepOld: true, Bare: true})
	if keys := get(t, p.URL("/jwks")); strings.Count(keys, `"kid"`) != 2 || strings.Contains(keys, `"alg"`) {
		t.Errorf("keys = %s, want two without alg", keys)
	}
	if n := p.KeyFetches(); n != 2 {
		t.Errorf("KeyFetches = %d, want 2", n)
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return string(b)
}
