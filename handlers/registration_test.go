package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
	"usher/settings"
)

// registering is a site with a link and a platform that opens it in a frame.
type registering struct {
	*housetest.Site
	registrar *ltitest.Registrar
	browser   *housetest.Browser
	form      url.Values
}

func newRegistering(t *testing.T) *registering {
	t.Helper()
	r := &registering{Site: housetest.New(t, dbtest.OpenSQLite(t)), registrar: ltitest.NewRegistrar(t)}
	link, err := r.LTI.InviteRegistration(t.Context(), lti.RegistrationInvite{Name: "Campus"})
	if err != nil {
		t.Fatalf("InviteRegistration: %v", err)
	}
	opened := r.registrar.Opens(link)
	r.browser = r.Browser()
	r.browser.Headers.Set("Sec-Fetch-Dest", "iframe")
	r.form = url.Values{
		"token": {opened.Token}, "openid_configuration": {opened.ConfigURL}, "registration_token": {opened.PlatformToken},
		"name": {"Campus"}, "members": {"1"}, "content": {"1"},
	}
	return r
}

func (r *registering) address() string {
	q := url.Values{}
	for _, name := range []string{"token", "openid_configuration", "registration_token"} {
		q.Set(name, r.form.Get(name))
	}
	return "/lti/register?" + q.Encode()
}

// C-99, C-109: the page asks first, in the platform's frame; agreeing leads to
// a page that says so and tells the platform, and a reload of either does.
func TestRegistrationAsksFirstAndSaysWhenItIsDone(t *testing.T) {
	t.Parallel()
	r := newRegistering(t)
	page := r.browser.CrossSite(http.MethodGet, r.address(), nil)
	wantStatus(t, "consent", page, http.StatusOK)
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors https:") {
		t.Errorf("consent cannot be framed: %s", policy)
	}
	for _, text := range []string{"Connect this LMS to Usher", `value="Campus"`, "Course members", lti.ScopeMembers, "/lti/launch"} {
		if !strings.Contains(page.Body, text) {
			t.Errorf("consent does not say %q", text)
		}
	}
	if n := len(r.registrar.Calls()); n != 0 {
		t.Fatal("the platform was asked before anybody agreed")
	}
	for range 2 { // the second is a double click
		answer := r.browser.Post("/lti/register", r.form)
		wantStatus(t, "agree", answer, http.StatusSeeOther)
		done := r.browser.Get(answer.Location)
		wantStatus(t, "done", done, http.StatusOK)
		if !strings.Contains(done.Body, "Campus is connected") || !strings.Contains(done.Body, "data-lti-close-now") {
			t.Errorf("done page: %s", done.Body)
		}
	}
	if n := len(r.registrar.Calls()); n != 1 {
		t.Errorf("the platform was asked %d times, want once", n)
	}
	wantStatus(t, "reload", r.browser.Get(r.address()), http.StatusOK)
	r.form.Set("registration_token", "second use")
	wantStatus(t, "used link", r.browser.Get(r.address()), http.StatusGone)
	if log := r.Log.String(); strings.Contains(log, r.form.Get("token")) || strings.Contains(log, "platform-token") {
		t.Error("a token is in the log")
	}
}

func TestRegistrationLinkOpenedByHandSaysWhereItBelongs(t *testing.T) {
	t.Parallel()
	r := newRegistering(t)
	page := r.Browser().Get("/lti/register?token=" + r.form.Get("token"))
	wantStatus(t, "link alone", page, http.StatusOK)
	if !strings.Contains(page.Body, "Paste this link into your LMS") || !strings.Contains(page.Body, r.form.Get("token")) {
		t.Errorf("page: %s", page.Body)
	}
}

// C-101, and names: what can be mended is asked again with what was entered.
func TestRegistrationMistakesKeepWhatWasEntered(t *testing.T) {
	t.Parallel()
	r := newRegistering(t)
	r.registrar.SetFaults(ltitest.RegistrationFaults{Issuer: "https://canvas.instructure.com"})
	if page := r.browser.Get(r.address()); !strings.Contains(page.Body, "Check who this is.") {
		t.Error("consent does not warn of another's issuer")
	}
	r.form.Set("name", "Other name")
	r.form.Del("members")
	page := r.browser.Post("/lti/register", r.form)
	wantStatus(t, "unconfirmed issuer", page, http.StatusUnprocessableEntity)
	if !strings.Contains(page.Body, `value="Other name"`) || strings.Contains(page.Body, `name="members" value="1" checked`) || !strings.Contains(page.Body, "confirm-error") {
		t.Errorf("page: %s", page.Body)
	}
	r.form.Set("confirm", "1")
	for _, name := range []string{"", strings.Repeat("x", 5000), r.Platform.Name} {
		r.form.Set("name", name)
		wantStatus(t, "bad name", r.browser.Post("/lti/register", r.form), http.StatusUnprocessableEntity)
	}
	r.form.Set("name", "Canvas")
	wantStatus(t, "confirmed", r.browser.Post("/lti/register", r.form), http.StatusSeeOther)
}

// Whatever the platform does wrong is said in words, with a reference.
func TestFailedRegistrationsSayWhy(t *testing.T) {
	t.Parallel()
	for says, faults := range map[string]ltitest.RegistrationFaults{
		"could not be reached":                       {ConfigOversize: true},
		"did not show its configuration":             {ConfigStatus: http.StatusNotFound},
		"sent a configuration that Usher cannot use": {ConfigBody: "junk"},
		"did not confirm the registration":           {Redirect: "/configuration"},
		"missing_domain":                             {Status: http.StatusBadRequest, Body: "missing_domain"},
		"sent an answer that Usher cannot use":       {Body: "junk"},
	} {
		r := newRegistering(t)
		r.registrar.SetFaults(faults)
		page := r.browser.Post("/lti/register", r.form)
		wantStatus(t, says, page, http.StatusBadGateway)
		for _, text := range []string{says, "Nothing was registered here.", "data-copy-text"} {
			if !strings.Contains(page.Body, text) {
				t.Errorf("%s: page does not say %q", says, text)
			}
		}
		if strings.Contains(page.Body, "platform-token") || strings.Contains(page.Body, "lti:") {
			t.Errorf("%s: page shows a token or a cause", says)
		}
		if platforms, err := r.LTI.Platforms(t.Context()); err != nil || len(platforms) != 2 {
			t.Errorf("%s: %d platforms, %v, want the two from before", says, len(platforms), err)
		}
	}
}

// C-111: with the setting on, the platform waits and the page says so.
func TestRegistrationWaitsForApprovalBySetting(t *testing.T) {
	t.Parallel()
	r := newRegistering(t)
	if _, err := r.Settings.Set(t.Context(), settings.Everybody, settings.RegistrationApproval, "on"); err != nil {
		t.Fatalf("Set: %v", err)
	}
	answer := r.browser.Post("/lti/register", r.form)
	wantStatus(t, "agree", answer, http.StatusSeeOther)
	if page := r.browser.Get(answer.Location); !strings.Contains(page.Body, "has to approve") || strings.Contains(page.Body, "data-lti-close-now") {
		t.Errorf("done page: %s", page.Body)
	}
	if pending, err := r.LTI.PendingRegistrations(t.Context()); err != nil || len(pending) != 1 {
		t.Errorf("PendingRegistrations = %+v, %v", pending, err)
	}
}

func TestRegistrationIsNotPostedByOtherSites(t *testing.T) {
	t.Parallel()
	r := newRegistering(t)
	wantStatus(t, "cross-site", r.browser.CrossSite(http.MethodPost, "/lti/register", r.form), http.StatusForbidden)
	if n := len(r.registrar.Calls()); n != 0 {
		t.Errorf("the platform was asked %d times", n)
	}
}
