package demo

import (
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// startsOnCanvas pastes the registration address and returns what the tool gets.
func (f *fakeTool) startsOnCanvas(b *browser, form url.Values) (config map[string]any, token string) {
	b.t.Helper()
	form.Set("registration_url", f.server.URL+"/register?key=1")
	page := b.page(b.do(http.MethodPost, b.s.origin(hostCanvas)+"/accounts/1/developer_keys/register", form), http.StatusOK)
	framed, err := url.Parse(b.frameOf(page))
	if err != nil || framed.Query().Get("key") != "1" {
		b.t.Fatalf("framed address = %v (%v), want the pasted one with more parameters", framed, err)
	}
	q := framed.Query()
	return b.json(b.get(q.Get("openid_configuration")), http.StatusOK), q.Get("registration_token")
}

func (b *browser) registerAt(config map[string]any, token string, asked map[string]any) *http.Response {
	b.t.Helper()
	return b.send(http.MethodPost, textOf(config["registration_endpoint"]), encoded(b.t, asked), map[string]string{
		"Authorization": "Bearer " + token, "Content-Type": "application/json",
	})
}

func TestCanvasConfigurationIsThatOfHostedCanvas(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	real := capture[struct{ Configuration, Hosted map[string]any }](t, "canvas.registration")
	got, _ := newTool(t).startsOnCanvas(b, url.Values{})
	if diff := cmp.Diff(shape(real.Configuration), shape(got)); diff != "" {
		t.Errorf("configuration (-captured +ours):\n%s", diff)
	}
	for _, name := range []string{"scopes_supported", "claims_supported"} {
		if diff := cmp.Diff(real.Configuration[name], got[name]); diff != "" {
			t.Errorf("%s (-captured +ours):\n%s", name, diff)
		}
	}
	of := func(config map[string]any) []any {
		return config[claimPlatform].(map[string]any)["messages_supported"].([]any)
	}
	for i, message := range of(real.Configuration) {
		want, mine := message.(map[string]any), of(got)[i].(map[string]any)
		sorted := func(v any) []string { list := textsOf(v); slices.Sort(list); return list }
		if diff := cmp.Diff(sorted(want["placements"]), sorted(mine["placements"])); diff != "" || want["type"] != mine["type"] {
			t.Errorf("placements of %v (-captured +ours):\n%s", want["type"], diff)
		}
	}
	if got["issuer"] != real.Hosted["issuer"] {
		t.Errorf("issuer = %v, want that of all hosted Canvas", got["issuer"])
	}
	hosts := map[string]bool{}
	for _, name := range []string{"issuer", "authorization_endpoint", "registration_endpoint"} {
		hosts[originOf(textOf(got[name]))] = true
	}
	if len(hosts) != 3 {
		t.Errorf("hosts = %v, want three that differ", hosts)
	}
	b.page(b.get(s.origin(hostCanvasSSO)+"/api/lti/security/openid-configuration"), http.StatusUnauthorized)
}

func TestCanvasAnswersRegistrationsAsCaptured(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	want := capture[struct{ Response map[string]any }](t, "canvas.registration").Response
	for _, newer := range []bool{false, true} {
		form := url.Values{}
		if newer {
			form.Set("newer", "1")
		}
		config, token := f.startsOnCanvas(b, form)
		got := b.json(b.registerAt(config, token, f.registration()), http.StatusOK)
		wanted := keysOf(want)
		if !newer { // only newer installations answer with it
			wanted = slices.DeleteFunc(wanted, func(name string) bool { return name == "deployment_id" })
		}
		if diff := cmp.Diff(wanted, keysOf(got)); diff != "" {
			t.Errorf("answer (-captured +ours):\n%s", diff)
		}
		if diff := cmp.Diff(keysOf(want[claimTool].(map[string]any)), keysOf(got[claimTool].(map[string]any))); diff != "" {
			t.Errorf("tool configuration (-captured +ours):\n%s", diff)
		}
		if id := textOf(got["client_id"]); len(id) != len(clientCanvas) {
			t.Errorf("client id = %q", id)
		}
		b.page(b.registerAt(config, token, f.registration()), http.StatusUnauthorized)
	}
}

func TestCanvasRefusesRegistrations(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	for name, change := range map[string]func(asked, tool map[string]any){
		"an unknown placement": func(_, tool map[string]any) {
			tool["messages"] = []any{map[string]any{"type": "LtiResourceLinkRequest", "placements": []any{"fridge_door"}}}
		},
		"a placement of the other message": func(_, tool map[string]any) {
			tool["messages"] = []any{map[string]any{"type": "LtiDeepLinkingRequest", "placements": []any{"course_navigation"}}}
		},
		"an unknown scope":     func(asked, _ map[string]any) { asked["scope"] = "all" },
		"no messages":          func(_, tool map[string]any) { delete(tool, "messages") },
		"no domain":            func(_, tool map[string]any) { delete(tool, "domain") },
		"a domain with scheme": func(_, tool map[string]any) { tool["domain"] = "https://tool.example" },
		"no key set":           func(asked, _ map[string]any) { delete(asked, "jwks_uri") },
		"one grant":            func(asked, _ map[string]any) { asked["grant_types"] = []any{"implicit"} },
		"no target":            func(_, tool map[string]any) { delete(tool, "target_link_uri") },
		"no redirect":          func(asked, _ map[string]any) { asked["redirect_uris"] = []any{} },
		"roles as a text": func(_, tool map[string]any) {
			tool["messages"] = []any{map[string]any{"type": "LtiResourceLinkRequest", "roles": "Instructor"}}
		},
	} {
		config, token := f.startsOnCanvas(b, url.Values{})
		asked := f.registration()
		change(asked, asked[claimTool].(map[string]any))
		body := b.json(b.registerAt(config, token, asked), http.StatusUnprocessableEntity)
		if list, _ := body["errors"].([]any); len(list) == 0 {
			t.Errorf("%s: %v, want a list of errors", name, body)
		}
	}
	config, token := f.startsOnCanvas(b, url.Values{})
	if body := b.json(b.registerAt(config, "x", f.registration()), http.StatusUnauthorized); body["errorMessage"] == nil {
		t.Errorf("refusal = %v, want an errorMessage", body)
	}
	clock.advance(registrationLife)
	b.page(b.registerAt(config, token, f.registration()), http.StatusUnauthorized)
}

func TestCanvasAdministratorsHaveTheLastWord(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	config, token := f.startsOnCanvas(b, url.Values{})
	clientID := textOf(b.json(b.registerAt(config, token, f.registration()), http.StatusOK)["client_id"])
	page := b.page(b.get(s.origin(hostCanvas)+"/accounts/1/developer_keys/confirm"), http.StatusOK)
	if !strings.Contains(page, "Placement: course_navigation") || !strings.Contains(page, "Permission: "+scopeNRPS) {
		t.Fatalf("the review lacks what was asked for: %s", page)
	}
	b.page(b.do(http.MethodPost, s.origin(hostCanvas)+"/accounts/1/developer_keys/confirm", url.Values{
		"client": {clientID}, "scope": {scopeNRPS}, "placement": {"course_navigation"}, "share": {shareName},
	}), http.StatusSeeOther)
	use := func() {
		b.page(b.do(http.MethodPost, s.origin(hostCanvas)+"/tools/use", url.Values{"client": {clientID}}), http.StatusSeeOther)
	}
	use()
	if page := b.page(b.get(s.origin(hostCanvas)+"/launch?as=teacher&link=nav"), http.StatusNotFound); !strings.Contains(page, "not installed") {
		t.Errorf("the tool opens before it is installed: %s", page)
	}
	b.page(b.do(http.MethodPost, s.origin(hostCanvas)+"/accounts/1/settings/configurations", url.Values{
		"client": {" " + clientID + " "}, "place": {canvasPlace},
	}), http.StatusSeeOther)
	made, _ := s.canvas.toolByClient(clientID)
	if page := b.page(b.get(s.origin(hostCanvas)+"/accounts/1/settings/configurations"), http.StatusOK); !strings.Contains(page, made.Deployments[canvasPlace]) {
		t.Errorf("the page lacks the deployment id %v", made.Deployments)
	}
	c := campusTool{fakeTool: f, b: b, site: s.canvas.site, clientID: clientID, tokenURL: campusOf(s, hostCanvas).TokenURL}
	claims := c.verified(b.get(s.origin(hostCanvas) + "/launch?as=teacher&in=tab&link=nav"))
	if claims["email"] != nil || claims["name"] == nil || claims[claimAGS] != nil || claims[claimNRPS] == nil {
		t.Errorf("claims have what was dropped or lack what was kept: %v", claims)
	}
	if claims[claimLTI+"deployment_id"] != made.Deployments[canvasPlace] {
		t.Errorf("deployment = %v, want %v", claims[claimLTI+"deployment_id"], made.Deployments)
	}
	b.page(b.get(s.origin(hostCanvas)+"/?as=teacher"), http.StatusSeeOther)
	b.page(b.get(s.origin(hostCanvas)+"/external_tools/select?placement=link_selection&course=1"), http.StatusNotFound)
}

func TestCanvasReadsAConfigurationByItsAddress(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	address := s.origin(hostCanvas) + "/accounts/1/developer_keys"
	good := encoded(t, capture[map[string]any](t, "canvas.key"))
	for name, config := range map[string]string{
		"no JSON":     "<html>",
		"no title":    strings.Replace(good, `"title"`, `"t"`, 1),
		"no key":      strings.Replace(good, `"public_jwk_url"`, `"k"`, 1),
		"a bad scope": strings.Replace(good, scopeNRPS, "https://x.example/scope", 1),
		"a bad place": strings.Replace(good, `"course_navigation"`, `"fridge_door"`, 1),
	} {
		f.config = config
		page := b.page(b.do(http.MethodPost, address, url.Values{"url": {f.server.URL + "/canvas.json"}}), http.StatusUnprocessableEntity)
		if !strings.Contains(page, "Failed to save the key") || !strings.Contains(page, f.server.URL+"/canvas.json") {
			t.Errorf("%s: the page does not say what is wrong or forgot the address", name)
		}
	}
	f.config = good
	b.page(b.do(http.MethodPost, address, url.Values{"url": {f.server.URL + "/canvas.json"}}), http.StatusSeeOther)
	tools := s.canvas.read().Tools
	made := tools[len(tools)-1]
	wantPlacements := []string{"account_navigation", "course_navigation", "editor_button", "link_selection"}
	for _, name := range wantPlacements {
		if made.Placements[name] != "https://tool.example.org/lti/launch?placement="+name {
			t.Errorf("target of %s = %q", name, made.Placements[name])
		}
	}
	if diff := cmp.Diff([]string{"https://tool.example.org/lti/launch"}, made.RedirectURIs); diff != "" || len(made.Placements) != 4 ||
		made.Share != shareAll || made.State != toolPending || len(made.Scopes) != 3 {
		t.Errorf("key = %+v; redirects:\n%s", made, diff)
	}
}

func TestBlackboardIsRegisteredByItsApplication(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	portal := s.origin(hostBlackboardGateway) + "/portal/applications"
	form := url.Values{
		"name": {"A tool"}, "description": {"Made for a test"}, "domain": {"127.0.0.1"}, "login": {f.server.URL + "/login"},
		"redirects": {f.server.URL + "/launch"}, "jwks": {f.server.URL + "/jwks"}, "custom": {"role=@X@membership.role@X@"},
	}
	for field, wrong := range map[string]string{
		"domain": "https://127.0.0.1/", "login": "usher", "redirects": "http://other.example/launch", "jwks": "",
	} {
		bad := url.Values{}
		for name := range form {
			bad.Set(name, form.Get(name))
		}
		bad.Set(field, wrong)
		b.page(b.do(http.MethodPost, portal, bad), http.StatusUnprocessableEntity)
	}
	b.page(b.do(http.MethodPost, portal, form), http.StatusSeeOther)
	if page := b.page(b.do(http.MethodPost, portal, form), http.StatusUnprocessableEntity); !strings.Contains(page, "exists already") {
		t.Errorf("two applications share a domain: %s", page)
	}
	tools := s.blackboard.read().Tools
	clientID := tools[len(tools)-1].ClientID
	learn := s.origin(hostBlackboard) + "/webapps/blackboard/admin/lti-tool-providers"
	b.page(b.do(http.MethodPost, learn, url.Values{"client": {clientID}, "institution": {"1"}}), http.StatusSeeOther)
	b.page(b.do(http.MethodPost, s.origin(hostBlackboard)+"/tools/use", url.Values{"client": {clientID}}), http.StatusSeeOther)
	if page := b.page(b.get(s.origin(hostBlackboard)+"/launch?as=teacher"), http.StatusNotFound); !strings.Contains(page, "disabled") {
		t.Errorf("an excluded tool opens: %s", page)
	}
	b.page(b.do(http.MethodPost, learn+"/settings", url.Values{
		"client": {clientID}, "state": {toolActive}, "nrps": {"1"}, "place": {placeTool}, "target_" + placeTool: {f.server.URL + "/launch"},
	}), http.StatusSeeOther)
	made, _ := s.blackboard.toolByClient(clientID)
	c := campusTool{fakeTool: f, b: b, site: s.blackboard.site, clientID: clientID}
	claims := c.verified(b.get(s.origin(hostBlackboard) + "/launch?as=ta&in=tab&link=nav"))
	custom, _ := claims[claimLTI+"custom"].(map[string]any)
	if claims["aud"] != clientID || claims[claimLTI+"deployment_id"] != made.Deployments["1"] || custom["role"] != "T" || claims["name"] != nil {
		t.Errorf("claims = %v", claims)
	}
	b.page(b.get(s.origin(hostBlackboard)+"/launch?as=teacher&institution=2"), http.StatusNotFound)
	b.page(b.get(s.origin(hostBlackboard)+"/launch?as=admin&link=account"), http.StatusNotFound)
}

func TestEmptyCampusesKnowNoToolAndRememberTheFirst(t *testing.T) {
	t.Parallel()
	with, clock := newServer(t)
	file := filepath.Join(t.TempDir(), "lms.json")
	open := func() (*Server, *browser) {
		s, err := New(Options{Addr: "127.0.0.1:0", ToolURL: testTool, Now: clock.now, Logger: with.logger, Empty: true, File: file})
		if err != nil {
			t.Fatalf("New() error = %v", err)
		}
		t.Cleanup(func() { _ = s.Close() }) // never served
		s.moodle.keys = with.moodle.keys
		return s, newBrowser(t, s)
	}
	s, b := open()
	for _, host := range []string{hostMoodle, hostCanvas, hostBlackboard} {
		if page := b.page(b.get(s.origin(host)+"/launch?as=teacher"), http.StatusNotFound); !strings.Contains(page, "Add a tool") {
			t.Errorf("%s: %s", host, page)
		}
	}
	clientID, _ := newTool(t).registersOnMoodle(b)
	s, b = open()
	if login := b.login(hostMoodle, "as=teacher"); login.Get("client_id") != clientID {
		t.Errorf("after a restart client id = %q, want %q", login.Get("client_id"), clientID)
	}
	if got := s.moodle.read().Tools[0].Custom; len(got) != 2 || got[0].Name != "history" {
		t.Errorf("custom parameters after a restart = %v", got)
	}
}
