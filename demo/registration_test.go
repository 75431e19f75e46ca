package demo

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// moodleRegistration is what Moodle really answered.
type moodleRegistration struct {
	Configuration map[string]any
	Request       map[string]any
	Response      map[string]any
	Update        map[string]any
	Token         struct{ Claims map[string]any }
	Errors        map[string]struct {
		Status int
		Body   string
		Type   string `json:"content_type"`
	}
	Variants map[string]map[string]any
}

// register asks Moodle to register, with a token of its own.
func (b *browser) registerOnMoodle(asked map[string]any) *http.Response {
	b.t.Helper()
	token, err := b.s.moodle.registrationToken(moodleClientID(), "reg")
	if err != nil {
		b.t.Fatalf("token: %v", err)
	}
	return b.send(http.MethodPost, b.s.origin(hostMoodle)+"/mod/lti/openid-registration.php", encoded(b.t, asked),
		map[string]string{"Authorization": "Bearer " + token})
}

func TestMoodleConfigurationIsAsCaptured(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	want := capture[moodleRegistration](t, "moodle.registration").Configuration
	res := b.get(s.origin(hostMoodle) + "/mod/lti/openid-configuration.php")
	got := b.json(res, http.StatusOK)
	raw := strings.ReplaceAll(encoded(t, want), "http://moodle.localhost:8100", s.origin(hostMoodle))
	if err := json.Unmarshal([]byte(raw), &want); err != nil {
		t.Fatalf("capture: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-captured +ours):\n%s", diff)
	}
}

func TestMoodleAnswersRegistrationsAsCaptured(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	real := capture[moodleRegistration](t, "moodle.registration")
	got := b.json(b.registerOnMoodle(real.Request), http.StatusOK)
	ignoreIDs := cmp.FilterPath(func(p cmp.Path) bool {
		last := p.Last().String()
		return last == `["client_id"]` || last == `["deployment_id"]`
	}, cmp.Ignore())
	if diff := cmp.Diff(real.Response, got, ignoreIDs); diff != "" {
		t.Errorf("answer (-captured +ours):\n%s", diff)
	}
	if id := textOf(got["client_id"]); len(id) != len("Ax012XGQQlctEY0") {
		t.Errorf("client id = %q", id)
	}
	for name, change := range map[string]func(asked, tool map[string]any){
		"minimal-no-target-link-uri":   func(_, tool map[string]any) { delete(tool, "target_link_uri") },
		"custom-parameter-with-equals": func(_, tool map[string]any) { tool["custom_parameters"] = map[string]any{"q": "a=b"} },
		"scope-nrps-only":              func(asked, _ map[string]any) { asked["scope"] = scopeNRPS },
		"no-grant_types":               func(asked, _ map[string]any) { delete(asked, "grant_types") },
	} {
		want := real.Variants[name]
		asked := plainRequest(real.Request, textOf(want["client_name"]))
		change(asked, asked[claimTool].(map[string]any))
		if diff := cmp.Diff(want, b.json(b.registerOnMoodle(asked), http.StatusOK), ignoreIDs); diff != "" {
			t.Errorf("%s (-captured +ours):\n%s", name, diff)
		}
	}
}

// plainRequest is the captured request with no more than Moodle needs.
func plainRequest(request map[string]any, name string) map[string]any {
	tool := request[claimTool].(map[string]any)
	return map[string]any{
		"application_type": "web", "response_types": []any{"id_token"}, "client_name": name,
		"initiate_login_uri": request["initiate_login_uri"], "jwks_uri": request["jwks_uri"],
		"redirect_uris": []any{"http://tool.localhost:8200/launch"}, "token_endpoint_auth_method": "private_key_jwt",
		claimTool: map[string]any{"domain": tool["domain"], "target_link_uri": tool["target_link_uri"]},
	}
}

func TestMoodleRefusesRegistrationsAsCaptured(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t)
	b := newBrowser(t, s)
	real := capture[moodleRegistration](t, "moodle.registration")
	changes := map[string]func(asked, tool map[string]any){
		"no-domain":               func(_, tool map[string]any) { delete(tool, "domain") },
		"domain-mismatch":         func(_, tool map[string]any) { tool["domain"] = "other.example" },
		"domain-without-port":     func(_, tool map[string]any) { tool["domain"] = "tool.localhost" },
		"no-client_name":          func(asked, _ map[string]any) { delete(asked, "client_name") },
		"no-jwks_uri":             func(asked, _ map[string]any) { delete(asked, "jwks_uri") },
		"inline-jwks":             func(asked, _ map[string]any) { delete(asked, "jwks_uri"); asked["jwks"] = map[string]any{} },
		"response_types-code":     func(asked, _ map[string]any) { asked["response_types"] = []any{"code"} },
		"redirect_uris-string":    func(asked, _ map[string]any) { asked["redirect_uris"] = "http://tool.localhost:8200/launch" },
		"auth-method-basic":       func(asked, _ map[string]any) { asked["token_endpoint_auth_method"] = "client_secret_basic" },
		"application_type-native": func(asked, _ map[string]any) { asked["application_type"] = "native" },
		"no-tool-configuration":   func(asked, _ map[string]any) { delete(asked, claimTool) },
	}
	for name, want := range real.Errors {
		asked := plainRequest(real.Request, "A tool")
		if change, ok := changes[name]; ok {
			change(asked, asked[claimTool].(map[string]any))
		}
		var res *http.Response
		endpoint := s.origin(hostMoodle) + "/mod/lti/openid-registration.php"
		token, err := s.moodle.registrationToken("SameAgain", "reg")
		if err != nil {
			t.Fatalf("token: %v", err)
		}
		with := func(token string) *http.Response {
			return b.send(http.MethodPost, endpoint, encoded(t, asked), map[string]string{"Authorization": "Bearer " + token})
		}
		switch name {
		case "no-authorization":
			res = b.send(http.MethodPost, endpoint, encoded(t, asked), nil)
		case "garbage-token":
			res = with("garbage")
		case "token-tampered":
			res = with(token[:len(token)-4] + "AAAA")
		case "token-used-twice":
			b.page(with(token), http.StatusOK)
			res = with(token)
		case "token-expired":
			clock.advance(registrationLife)
			res = with(token)
		default:
			if changes[name] == nil {
				t.Errorf("no test for the captured error %s", name)
				continue
			}
			res = b.registerOnMoodle(asked)
		}
		body := b.page(res, want.Status)
		if got := res.Header.Get("Content-Type"); got != want.Type {
			t.Errorf("%s: content type = %q, want %q", name, got, want.Type)
		}
		if !strings.HasPrefix(want.Body, "(") && body != want.Body {
			t.Errorf("%s: body = %q, want %q", name, body, want.Body)
		}
	}
}

func TestMoodleUpdatesAToolOfTheSameDomain(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	clientID, deployment := f.registersOnMoodle(b)
	admin := s.origin(hostMoodle) + "/mod/lti/toolconfigure.php"
	page := b.page(b.do(http.MethodPost, admin, url.Values{"toolurl": {f.server.URL + "/register"}}), http.StatusOK)
	if !strings.Contains(page, "Register as a new external tool") || !strings.Contains(page, `value="`+deployment+`"`) {
		t.Fatalf("the page does not ask whether to update: %s", page)
	}
	page = b.page(b.do(http.MethodPost, admin, url.Values{"toolurl": {f.server.URL + "/register"}, "choice": {deployment}}), http.StatusOK)
	location, err := b.get(s.origin(hostMoodle) + b.frameOf(page)).Location()
	if err != nil {
		t.Fatalf("registration goes nowhere: %v", err)
	}
	token := location.Query().Get("registration_token")
	claims, err := unverified(token)
	if err != nil || claims["scope"] != "reg-update" || claims["sub"] != deployment {
		t.Errorf("token says %v (%v), want scope reg-update for %s", claims, err, deployment)
	}
	asked := f.registration()
	asked["client_name"] = "A tool renamed"
	endpoint, header := s.origin(hostMoodle)+"/mod/lti/openid-registration.php", map[string]string{"Authorization": "Bearer " + token}
	for range 2 { // it may be used again for an hour
		answer := b.json(b.send(http.MethodPost, endpoint, encoded(t, asked), header), http.StatusOK)
		if answer["client_id"] != clientID || answer["client_name"] != "A tool renamed" {
			t.Errorf("answer = %v, want client %s renamed", answer, clientID)
		}
	}
	if got := b.json(b.send(http.MethodGet, endpoint, "", header), http.StatusOK); got["client_id"] != clientID {
		t.Errorf("what is registered = %v", got)
	}
	clock.advance(time.Hour)
	b.page(b.send(http.MethodGet, endpoint, "", header), http.StatusNotFound)
}

func TestPendingToolsOfMoodleLaunchAllTheSame(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	clientID, deployment := f.registersOnMoodle(b)
	page := b.page(b.get(s.origin(hostMoodle)+"/mod/lti/toolconfigure.php"), http.StatusOK)
	for _, want := range []string{"Pending", clientID, "/mod/lti/certs.php", "/mod/lti/token.php", "/mod/lti/auth.php"} {
		if !strings.Contains(page, want) {
			t.Errorf("Manage tools lacks %s", want)
		}
	}
	b.page(b.do(http.MethodPost, s.origin(hostMoodle)+"/tools/use", url.Values{"client": {clientID}}), http.StatusSeeOther)
	login := b.login(hostMoodle, "as=teacher")
	if login.Get("client_id") != clientID || login.Get("lti_deployment_id") != deployment {
		t.Errorf("login = %v, want client %s, deployment %s", login, clientID, deployment)
	}
	b.page(b.do(http.MethodPost, s.origin(hostMoodle)+"/tools/activate", url.Values{"client": {clientID}}), http.StatusSeeOther)
	if page := b.page(b.get(s.origin(hostMoodle)+"/mod/lti/toolconfigure.php"), http.StatusOK); strings.Contains(page, "Pending") {
		t.Error("the tool is pending after Activate")
	}
}

func TestMoodleTakesAToolByHand(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	address := s.origin(hostMoodle) + "/mod/lti/typessettings.php"
	form := url.Values{
		"name": {""}, "toolurl": {f.server.URL + "/launch"}, "keytype": {"keyset"}, "keyset": {f.server.URL + "/jwks"},
		"initiatelogin": {f.server.URL + "/login"}, "redirects": {f.server.URL + "/launch"}, "custom": {"a=1\nb = $User.id"},
		"contentitem": {"1"}, "nrps": {"1"}, "sharename": {"1"},
	}
	if page := b.page(b.do(http.MethodPost, address, form), http.StatusUnprocessableEntity); !strings.Contains(page, f.server.URL+"/jwks") {
		t.Errorf("the form forgot its values: %s", page)
	}
	form.Set("name", "By hand")
	b.page(b.do(http.MethodPost, address, form), http.StatusSeeOther)
	tools := s.moodle.read().Tools
	made := tools[len(tools)-1]
	want := tool{
		ID: made.ID, ClientID: made.ClientID, Name: "By hand", Domain: domainOf(f.server.URL), State: toolActive,
		LoginURL: f.server.URL + "/login", TargetURL: f.server.URL + "/launch", RedirectURIs: []string{f.server.URL + "/launch"},
		JWKSURL: f.server.URL + "/jwks", PickerURL: f.server.URL + "/launch", Scopes: []string{scopeNRPS}, Share: shareName,
		Custom: []field{{"a", "1"}, {"b", "$User.id"}}, Deployments: map[string]string{"": made.ID}, Method: "By hand",
	}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("tool (-want +got):\n%s", diff)
	}
	if page := b.page(b.get(address+"?id="+made.ID), http.StatusOK); !strings.Contains(page, "b=$User.id") {
		t.Errorf("the form does not show the tool: %s", page)
	}
}

func TestWrongAddressesAreRefusedOnEveryCampus(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	for address, form := range map[string]url.Values{
		s.origin(hostMoodle) + "/mod/lti/toolconfigure.php":                       {"toolurl": {"usher"}},
		s.origin(hostCanvas) + "/accounts/1/developer_keys/register":              {"registration_url": {"usher"}},
		s.origin(hostCanvas) + "/accounts/1/developer_keys":                       {"url": {"http://127.0.0.1:1/canvas.json"}},
		s.origin(hostCanvas) + "/accounts/1/settings/configurations":              {"client": {"170000000000000"}},
		s.origin(hostBlackboard) + "/webapps/blackboard/admin/lti-tool-providers": {"client": {"nobody"}},
		s.origin(hostBlackboardGateway) + "/portal/applications":                  {"name": {"A tool"}},
	} {
		if page := b.page(b.do(http.MethodPost, address, form), http.StatusUnprocessableEntity); !strings.Contains(page, `role="alert"`) {
			t.Errorf("%s does not say what is wrong", address)
		}
	}
}
