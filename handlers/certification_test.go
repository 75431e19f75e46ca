package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
)

// The payloads of the certification's suite, from its issuer and deployment,
// through the whole site. It takes a line of the tool's log as proof, so each
// refusal has a reason of its own there.

// validator makes the site's platform the certification's.
func validator(t *testing.T, site *housetest.Site) *ltitest.Platform {
	t.Helper()
	p := ltitest.New(t)
	p.Now = site.Clock.Now
	p.Name, p.Issuer, p.DeploymentID = "Validator", "https://ltiadvantagevalidator.imsglobal.org", "testdeploy"
	p.Register(t.Context(), site.LTI)
	return p
}

// badPayloads are those that a tool must refuse, with the reason in the log.
func badPayloads() []struct {
	name   string
	change ltitest.Change
	code   string
} {
	return []struct {
		name   string
		change ltitest.Change
		code   string
	}{
		{"C-01 no kid in the header", func(m *ltitest.Message) { m.Header = map[string]any{"badtestonly": "12345", "alg": "RS256"} }, "missing_kid"},
		{"C-02 wrong kid", ltitest.WithHeader("kid", "imstester_66067"), "unknown_kid"},
		{"C-03 wrong version", ltitest.With(lti.ClaimVersion, "11.3"), "lti_version"},
		{"C-04 no version", ltitest.Without(lti.ClaimVersion), "lti_version"},
		{"C-05 no LTI message", func(m *ltitest.Message) { m.Claims = map[string]any{"name": "badltilaunch"} }, "missing_claims"},
		{"C-05 no header", func(m *ltitest.Message) {
			m.Header, m.Claims = map[string]any{}, map[string]any{"name": "badltilaunch"}
		}, "algorithm"},
		{"C-06 no type, version and roles", ltitest.Without(lti.ClaimMessageType, lti.ClaimVersion, lti.ClaimRoles), "missing_claims"},
		{"C-07 times of long ago", func(m *ltitest.Message) { m.Claims["iat"], m.Claims["exp"] = 11111, 22222 }, "expired"},
		{"C-08 no message type", ltitest.Without(lti.ClaimMessageType), "message_type"},
		{"C-09 no roles", ltitest.Without(lti.ClaimRoles), "roles"},
		{"C-10 no deployment", ltitest.Without(lti.ClaimDeploymentID), "deployment_id"},
		{"C-10 empty deployment", ltitest.With(lti.ClaimDeploymentID, ""), "deployment_id"},
		{"C-11 no resource link", ltitest.Without(lti.ClaimResourceLink), "resource_link"},
		{"C-11 resource link without id", ltitest.With(lti.ClaimResourceLink, map[string]any{}), "resource_link"},
		{"C-11 resource link with empty id", ltitest.With(lti.ClaimResourceLink, map[string]any{"id": ""}), "resource_link"},
		{"C-12 empty user", ltitest.With("sub", ""), "subject"},
		{"C-12 no user", ltitest.Without("sub"), "subject"},
	}
}

var referenceOf = regexp.MustCompile(`class="[^"]*reference[^"]*"[^>]*>([A-Z0-9]{4}-[A-Z0-9]{4})<`)

func TestCertificationRefusesBadPayloads(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		site := housetest.New(t, db)
		platform := validator(t, site)
		for _, tt := range badPayloads() {
			before := len(site.Log.String())
			b := site.Browser()
			page := b.TryLaunch(platform, "validator", tt.change)
			if page.Status != http.StatusBadRequest || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || !strings.Contains(page.Body, "<h1") {
				t.Errorf("%s: status %d, %s; want a readable page with 400", tt.name, page.Status, page.Header.Get("Content-Type"))
			}
			log := site.Log.String()[before:]
			if !strings.Contains(log, `"lti_error":"`+tt.code+`"`) {
				t.Errorf("%s: the log does not say %s:\n%s", tt.name, tt.code, log)
			}
			if m := referenceOf.FindStringSubmatch(page.Body); m == nil || !strings.Contains(log, `"reference":"`+m[1]+`"`) {
				t.Errorf("%s: the page shows reference %v, which the log has not", tt.name, m)
			}
			wantStatus(t, tt.name+": the course afterwards", b.Get("/c/mine"), http.StatusUnauthorized)
		}
		for _, table := range []string{"tenants", "people", "courses", "sessions"} {
			var n int64
			if err := database.From(t.Context(), db).Table(table).Count(&n).Error; err != nil || n != 0 {
				t.Errorf("refused launches left %d rows in %s (%v)", n, table, err)
			}
		}
	})
}

// C-05: a token that is none.
func TestCertificationRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	platform := validator(t, site)
	for _, token := range []string{"", "badltilaunch", "a.b", "a.b.c", "e30.e30.e30.e30"} {
		b := site.Browser()
		login := b.CrossSite(http.MethodPost, "/lti/login", platform.LoginForm("validator"))
		_, state := platform.Answer(login.Location)
		wantStatus(t, "token "+token, b.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {token}, "state": {state}}), http.StatusBadRequest)
	}
	if log := site.Log.String(); strings.Contains(log, `"msg":"panic"`) {
		t.Error("a token that is none made a panic")
	}
}

// goodPayloads are those that a tool must take, for a teacher and a student.
func goodPayloads(role, short string, beside ...string) map[string][]ltitest.Change {
	roles := func(list ...string) ltitest.Change { return ltitest.With(lti.ClaimRoles, list) }
	nameless := ltitest.Without("name", "given_name", "family_name", "middle_name")
	return map[string][]ltitest.Change{
		"one role":            {roles(role)},
		"several roles":       {roles(append([]string{role}, beside...)...)},
		"short role":          {roles(short)},
		"unknown role beside": {roles(role, "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown")},
		"email only":          {roles(role), nameless},
		"names only":          {roles(role), ltitest.Without("email")},
		"no personal data":    {roles(role), nameless, ltitest.Without("email")},
		"no context":          {roles(role), nameless, ltitest.Without(lti.ClaimContext)},
		"new link":            {roles(role), ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "link of " + short})},
	}
}

// C-13, C-14, C-15, C-16, C-17, C-18, C-19, C-20, C-21 and C-22 for a teacher; C-23, C-24, C-25,
// C-26, C-27, C-28, C-29 and C-30 for a student: each opens a page of its role.
func TestCertificationTakesGoodPayloads(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	platform := validator(t, site)
	visit := func(name, want string, changes ...ltitest.Change) {
		t.Helper()
		b := site.Browser().LaunchFrom(platform, "subject "+name, changes...)
		page := b.Get(b.Path)
		if got := permission(t, page); page.Status != http.StatusOK || got != want {
			t.Errorf("%s: status %d, permission %s; want 200, %s", name, page.Status, got, want)
		}
		if strings.Contains(page.Body, "subject "+name) {
			t.Errorf("%s: the page shows the user's id", name)
		}
	}
	for name, changes := range goodPayloads(membership+"Instructor", "Instructor", institution+"Staff", institution+"Other") {
		visit("teacher, "+name, "co-owner", changes...)
	}
	for name, changes := range goodPayloads(membership+"Learner", "Learner", institution+"Student", institution+"Mentor") {
		visit("student, "+name, "none", changes...)
	}
	visit("empty role", "none", roles(""))
	visit("no role in the list", "none", roles([]string{}...))
	visit("unknown role", "none", roles("http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper"))
	if strings.Contains(site.Log.String(), "lti_error") {
		t.Error("a good payload left an error in the log")
	}
}

// C-79: whatever the token says, a launch ends on a path of Usher's own, and
// the way back is a link to a page of the web or there is none.
func TestALaunchEndsOnAnAddressOfOurOwn(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	for _, elsewhere := range []string{"https://evil.example/x", "//evil.example", "javascript:alert(1)", "data:text/html,x", "packback.co"} {
		b := site.Browser()
		answer := b.TryLaunch(site.Platform, "teacher", ltitest.With(lti.ClaimTargetLinkURI, elsewhere),
			ltitest.With(lti.ClaimPresentation, map[string]any{"return_url": elsewhere}))
		if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location, "/c/") {
			t.Errorf("target %s: status %d to %s, want 303 to a page of the course", elsewhere, answer.Status, answer.Location)
			continue
		}
		page := b.Get(answer.Location)
		if strings.Contains(page.Body, elsewhere) && !strings.HasPrefix(elsewhere, "https:") {
			t.Errorf("the page leads to %s", elsewhere)
		}
	}
}
