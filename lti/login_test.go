package lti_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/lti"
	"usher/lti/ltitest"
)

// C-76.
func TestParseLoginReadsBothNamesOfTheDeployment(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"lti_deployment_id", "deployment_id"} {
		r, err := lti.ParseLogin(url.Values{"iss": {"i"}, "login_hint": {"h"}, name: {"d"}})
		if err != nil || r.DeploymentID != "d" {
			t.Errorf("ParseLogin with %s = %+v, %v", name, r, err)
		}
	}
}

func TestParseLoginRefusesWhatNoPlatformSends(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		form url.Values
		want lti.Code
	}{
		{"C-76 nothing", url.Values{}, lti.CodeLoginIssuer},
		{"C-76 no issuer", url.Values{"login_hint": {"h"}}, lti.CodeLoginIssuer},
		{"C-76 no hint", url.Values{"iss": {"i"}}, lti.CodeLoginHint},
		{"hint without end", url.Values{"iss": {"i"}, "login_hint": {strings.Repeat("h", 9000)}}, lti.CodeLoginTooLong},
		{"target without end", url.Values{"iss": {"i"}, "login_hint": {"h"}, "target_link_uri": {strings.Repeat("h", 9000)}}, lti.CodeLoginTooLong},
	}
	for _, tt := range tests {
		if _, err := lti.ParseLogin(tt.form); lti.CodeOf(err) != tt.want {
			t.Errorf("%s: ParseLogin = %v, want code %s", tt.name, err, tt.want)
		}
	}
}

// C-77: hints come back byte for byte, whatever they hold.
func TestAuthorizationRequestIsWhatPlatformsDemand(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	hint, messageHint := `a+b/c=d%2Fe f&g,"é`, `{"cmid":2,"x":"+/=%"}`
	login, err := f.service.Login(t.Context(), lti.LoginRequest{Issuer: f.platform.Issuer, ClientID: f.platform.ClientID, LoginHint: hint, MessageHint: messageHint})
	if err != nil {
		t.Fatalf("Login: %v", err)
	}
	u, err := url.Parse(login.AuthURL)
	if err != nil {
		t.Fatalf("AuthURL: %v", err)
	}
	got := u.Query()
	nonce := got.Get("nonce")
	want := url.Values{
		"scope": {"openid"}, "response_type": {"id_token"}, "response_mode": {"form_post"}, "prompt": {"none"},
		"client_id": {f.platform.ClientID}, "redirect_uri": {publicURL + "/lti/launch"},
		"login_hint": {hint}, "lti_message_hint": {messageHint}, "state": {login.State}, "nonce": {nonce},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("authorization request differs (-want +got):\n%s", diff)
	}
	if len(nonce) < 22 || strings.Contains(login.AuthURL, login.Secret) {
		t.Errorf("nonce %q too short, or the secret stands in the address", nonce)
	}
	if n := f.rows(t, "launch_states"); n != 0 {
		t.Errorf("login wrote %d rows, want none", n)
	}
}

func TestAuthorizationRequestKeepsThePlatformsOwnQuery(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	p := f.platform.Registration()
	p.Name, p.ClientID, p.AuthURL = "Second", "second", "https://lms.example/auth?tenant=a%20b"
	if _, err := f.service.AddPlatform(t.Context(), p); err != nil {
		t.Fatalf("AddPlatform: %v", err)
	}
	login, err := f.service.Login(t.Context(), lti.LoginRequest{Issuer: p.Issuer, ClientID: "second", LoginHint: "h"})
	if err != nil {
		t.Fatalf("Login: %v", err)
	}
	if !strings.HasPrefix(login.AuthURL, "https://lms.example/auth?tenant=a%20b&client_id=second&") || strings.Contains(login.AuthURL, "lti_message_hint") {
		t.Errorf("AuthURL = %s", login.AuthURL)
	}
	if login.StorageOrigin != "https://lms.example" {
		t.Errorf("StorageOrigin = %q, want the origin of the authorization address", login.StorageOrigin) // C-91
	}
}

// C-73, C-76.
func TestLoginFindsTheRegistrationOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	second := f.platform.Registration()
	second.Name, second.ClientID = "Second", "second"
	if _, err := f.service.AddPlatform(t.Context(), second); err != nil {
		t.Fatalf("AddPlatform: %v", err)
	}
	alone := ltitest.New(t)
	alone.Register(t.Context(), f.service)
	tests := []struct {
		name             string
		issuer, clientID string
		want             lti.Code
	}{
		{"issuer and client id", f.platform.Issuer, f.platform.ClientID, ""},
		{"issuer registered once, no client id", alone.Issuer, "", ""},
		{"issuer registered twice, no client id", f.platform.Issuer, "", lti.CodeClientIDRequired},
		{"unknown issuer", "https://else.example", "", lti.CodeUnknownPlatform},
		{"unknown client id", f.platform.Issuer, "else", lti.CodeUnknownPlatform},
		{"another platform's client id", alone.Issuer, f.platform.ClientID, lti.CodeUnknownPlatform},
		{"issuer with trailing slash", alone.Issuer + "/", alone.ClientID, lti.CodeUnknownPlatform},
	}
	for _, tt := range tests {
		_, err := f.service.Login(t.Context(), lti.LoginRequest{Issuer: tt.issuer, ClientID: tt.clientID, LoginHint: "h"})
		if lti.CodeOf(err) != tt.want || (tt.want == "" && err != nil) {
			t.Errorf("%s: Login = %v, want code %q", tt.name, err, tt.want)
		}
	}
}

func TestAbsurdStorageTargetIsForgotten(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	login, err := f.service.Login(t.Context(), lti.LoginRequest{Issuer: f.platform.Issuer, LoginHint: "h", StorageTarget: strings.Repeat("x", 500)})
	if err != nil || login.StorageTarget != "" {
		t.Errorf("Login = storage target %q, %v, want none", login.StorageTarget, err)
	}
}

// C-76: the login initiations of the three platforms.
func TestLoginInitiationsOfRealPlatformsAreRead(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/login-initiation*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("found %d login initiations (%v), want 5", len(files), err)
	}
	f := sqliteFixture(t)
	for i, file := range files {
		var captured struct{ Params map[string]string }
		readJSON(t, file, &captured)
		form := url.Values{}
		for name, value := range captured.Params {
			form.Set(name, value)
		}
		r, err := lti.ParseLogin(form)
		if err != nil {
			t.Errorf("%s: ParseLogin: %v", file, err)
			continue
		}
		p := f.platform.Registration()
		p.Name, p.Issuer, p.ClientID = file, r.Issuer, r.ClientID
		if _, err := f.service.AddPlatform(t.Context(), p, r.DeploymentID); err != nil && i == 0 {
			t.Fatalf("%s: AddPlatform: %v", file, err)
		}
		login, err := f.service.Login(t.Context(), r)
		if err != nil {
			t.Errorf("%s: Login: %v", file, err)
			continue
		}
		u, err := url.Parse(login.AuthURL)
		if err != nil {
			t.Fatalf("AuthURL: %v", err)
		}
		if q := u.Query(); q.Get("login_hint") != captured.Params["login_hint"] || q.Get("lti_message_hint") != captured.Params["lti_message_hint"] {
			t.Errorf("%s: hints came out changed", file)
		}
		if r.DeploymentID == "" || login.StorageTarget != captured.Params["lti_storage_target"] {
			t.Errorf("%s: deployment %q, storage target %q", file, r.DeploymentID, login.StorageTarget)
		}
	}
}

func readJSON(tb testing.TB, file string, into any) {
	tb.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		tb.Fatalf("read: %v", err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		tb.Fatalf("read %s: %v", file, err)
	}
}
