package demo

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCanvasAimsItsLoginFormAtTheFrame(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	page := b.page(b.get(s.origin(hostCanvas)+"/launch?as=student1&in=frame"), http.StatusOK)
	for _, want := range []string{
		`allow="` + canvasFrameAllow + `"`, `name="tool_content"`, `name="post_message_forwarding"`,
		`src="` + s.origin(hostCanvasSSO) + `/post_message_forwarding"`, `sandbox="allow-scripts allow-same-origin"`,
		`data-storage-origin="` + s.origin(hostCanvasSSO) + `"`, "data-listens",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %s", want)
		}
	}
	login := b.form(page)
	if login.target != "tool_content" || login.method != "post" || login.action != testTool+"/lti/login" {
		t.Errorf("login form = %+v", login)
	}
	want := []string{"iss", "login_hint", "client_id", "lti_deployment_id", "target_link_uri", "lti_message_hint",
		"canvas_environment", "canvas_region", "lti_storage_target"}
	if diff := cmp.Diff(want, login.names); diff != "" {
		t.Errorf("parameters of the login (-want +got):\n%s", diff)
	}
}

func TestCanvasBouncesFromSignOnToTheInstitution(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	campus := campusOf(s, hostCanvas)
	q := request(b.login(hostCanvas, "as=teacher"))
	res := b.do(http.MethodPost, campus.AuthURL, q)
	location, err := res.Location()
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatalf("status = %d, location error = %v, want a redirect", res.StatusCode, err)
	}
	if location.Scheme+"://"+location.Host != s.origin(hostCanvas) {
		t.Errorf("bounced to %s, want the institution", location.Host)
	}
	if diff := cmp.Diff(q, location.Query()); diff != "" {
		t.Errorf("bounced parameters (-want +got):\n%s", diff)
	}
	answer := b.form(b.page(b.get(location.String()), http.StatusOK))
	want := []string{"utf8", "authenticity_token", "id_token", "state", "lti_storage_target"}
	if diff := cmp.Diff(want, answer.names); diff != "" {
		t.Errorf("fields of the answer (-want +got):\n%s", diff)
	}
}

func TestCanvasTellsTheToolItsErrors(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t)
	for name, c := range map[string]struct {
		change func(b *browser, q url.Values)
		code   string
	}{
		"no prompt":      {func(_ *browser, q url.Values) { q.Del("prompt") }, "invalid_request_object"},
		"a scope more":   {func(_ *browser, q url.Values) { q.Set("scope", "openid email") }, "invalid_request_object"},
		"another client": {func(_ *browser, q url.Values) { q.Set("client_id", "1") }, "unauthorized_client"},
		"another user":   {func(_ *browser, q url.Values) { q.Set("login_hint", "x") }, "login_required"},
		"no session":     {func(b *browser, _ url.Values) { clear(b.cookies) }, "login_required"},
		"signed in as somebody else meanwhile": {func(b *browser, q url.Values) {
			q.Set("login_hint", b.login(hostCanvas, "as=student2").Get("login_hint"))
		}, "login_required"},
		"a second time": {func(b *browser, q url.Values) {
			b.page(b.follow(campusOf(s, hostCanvas).AuthURL+"?"+q.Encode()), http.StatusOK)
		}, "launch_no_longer_valid"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, s)
			q := request(b.login(hostCanvas, "as=teacher"))
			c.change(b, q)
			checkCanvasError(t, b, q, c.code)
		})
	}
	t.Run("after five minutes", func(t *testing.T) {
		b := newBrowser(t, s)
		q := request(b.login(hostCanvas, "as=teacher"))
		clock.advance(5 * time.Minute)
		checkCanvasError(t, b, q, "launch_no_longer_valid")
	})
}

func checkCanvasError(t *testing.T, b *browser, q url.Values, code string) {
	t.Helper()
	answer := b.form(b.page(b.follow(campusOf(b.s, hostCanvas).AuthURL+"?"+q.Encode()), http.StatusOK))
	if got := answer.values.Get("error"); got != code || answer.values.Get("error_description") == "" {
		t.Errorf("error = %q (%q), want %q with a description", got, answer.values.Get("error_description"), code)
	}
	if answer.values.Get("state") != "the-state" || slices.Contains(answer.names, "id_token") {
		t.Errorf("fields = %v, want state and no token", answer.names)
	}
}

func TestCanvasKeepsWrongRedirectURIsToItself(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for uri, status := range map[string]int{
		testTool + "/lti/launch?placement=nav": http.StatusOK, // no query is registered: any will do
		testTool + "/lti/launch/":              http.StatusBadRequest,
		"http://evil.localhost/lti/launch":     http.StatusBadRequest,
	} {
		b := newBrowser(t, s)
		q := request(b.login(hostCanvas, "as=teacher"))
		q.Set("redirect_uri", uri)
		b.page(b.follow(campusOf(s, hostCanvas).AuthURL+"?"+q.Encode()), status)
	}
}

func TestCanvasSignOnRefusesHintsFromElsewhere(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	q := request(b.login(hostCanvas, "as=teacher"))
	q.Set("lti_message_hint", q.Get("lti_message_hint")+"x")
	b.page(b.get(campusOf(s, hostCanvas).AuthURL+"?"+q.Encode()), http.StatusBadRequest)
}

func TestAccountNavigationIsForAdministrators(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for host, status := range map[string]int{hostCanvas: http.StatusUnauthorized, hostBlackboard: http.StatusForbidden} {
		b := newBrowser(t, s)
		b.page(b.get(s.origin(host)+"/launch?as=teacher&link=account"), status)
		b.page(b.get(s.origin(host)+"/launch?as=admin&link=account"), http.StatusOK)
	}
}
