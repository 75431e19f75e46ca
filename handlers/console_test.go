package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
)

func TestConsoleLeadsStrangersToItsSignInAndBack(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	admin := c.Browser().Launch("admin", ltitest.With(lti.ClaimRoles, lmsAdministrator))
	for who, b := range map[string]*housetest.Browser{"nobody": c.Browser(), "an administrator of the LMS": admin, "a teacher": c.teacher} {
		page := b.Get("/admin/keys?x=1")
		if page.Status != http.StatusSeeOther || page.Location != "/admin/login?next=%2Fadmin%2Fkeys%3Fx%3D1" {
			t.Errorf("%s: status %d, leads to %q", who, page.Status, page.Location)
		}
	}
	b := c.Browser().SignIn()
	wantStatus(t, "signed in", b.Get("/admin/keys"), http.StatusOK)
	for next, want := range map[string]string{
		"/admin/keys?x=1": "/admin/keys?x=1", "https://evil.example/admin/keys": "/admin/platforms", "//evil.example/admin/x": "/admin/platforms",
		"/c/mine": "/admin/platforms", "/admin/login": "/admin/platforms", `/admin/\evil`: "/admin/platforms", "": "/admin/platforms",
	} {
		form := url.Values{"email": {housetest.AdminEmail}, "password": {housetest.AdminPassword}, "next": {next}}
		if page := c.Browser().Post("/admin/login", form); page.Location != want {
			t.Errorf("sign-in with next %q leads to %q, want %q", next, page.Location, want)
		}
	}
}

func TestConsoleSignInGivesNothingAway(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	first := site.Browser().Get("/admin/login")
	wantText(t, "without an account", first, "Nobody can sign in yet", "usher admin create")
	site.Browser().SignIn()
	wantNoText(t, "with an account", site.Browser().Get("/admin/login"), "Nobody can sign in yet")
	try := func(email, password string) housetest.Page {
		return site.Browser().Post("/admin/login", url.Values{"email": {email}, "password": {password}})
	}
	wrong, unknown := try(housetest.AdminEmail, "wrong"), try("omar@example.edu", "wrong")
	wantStatus(t, "wrong password", wrong, http.StatusUnprocessableEntity)
	if strings.ReplaceAll(wrong.Body, housetest.AdminEmail, "") != strings.ReplaceAll(unknown.Body, "omar@example.edu", "") || wrong.Status != unknown.Status {
		t.Error("a known address gets another answer than an unknown one")
	}
	wantStatus(t, "nothing typed", try("", ""), http.StatusUnprocessableEntity)
	var page housetest.Page
	for range 12 {
		page = try(housetest.AdminEmail, "wrong")
	}
	wantStatus(t, "too many", page, http.StatusTooManyRequests)
	wantText(t, "too many", page, "Too many passwords were tried")
	if page.Header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
	if log := site.Log.String(); strings.Contains(log, housetest.AdminEmail) || strings.Contains(log, "Noor") {
		t.Error("the log names somebody")
	}
}

func TestConsoleTakesNoOrderFromAnotherSiteOrFrame(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().SignIn()
	form := url.Values{}
	wantStatus(t, "another site's form", b.CrossSite(http.MethodPost, "/admin/keys/rotate", form), http.StatusForbidden)
	form.Set("identity", "somebody else")
	page := b.Post("/admin/keys/rotate", form)
	wantStatus(t, "a page of another account", page, http.StatusConflict)
	wantText(t, "a page of another account", page, "Noor Haddad")
	home := b.Get("/admin/platforms")
	if policy := home.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
		t.Errorf("the console may be framed: %s", policy)
	}
	b.Headers.Set("Sec-Fetch-Dest", "iframe")
	if page := b.Get("/admin/platforms"); page.Status != http.StatusSeeOther || !strings.HasSuffix(page.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("in a frame: status %d, %s", page.Status, page.Header.Get("Content-Security-Policy"))
	}
}

func TestSignedOutConsoleSaysThatNothingWasDone(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().SignIn()
	site.Clock.Add(61 * time.Minute)
	page := b.Post("/admin/keys/rotate", url.Values{})
	wantStatus(t, "after an hour", page, http.StatusUnauthorized)
	wantText(t, "after an hour", page, "nothing was changed", `action="/admin/login"`)
	if keys, err := site.LTI.Keys(t.Context()); err != nil || len(keys) > 1 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	b.SignIn()
	if page := b.Post("/admin/logout", url.Values{}); page.Location != "/admin/login" {
		t.Errorf("sign out leads to %q", page.Location)
	}
	wantStatus(t, "after signing out", b.Get("/admin/keys"), http.StatusSeeOther)
}

var endSession = regexp.MustCompile(`action="(/admin/account/sessions/[^"]+/end)"`)

func TestAccountEndsItsSessionsAndChangesItsPassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		site := housetest.New(t, db)
		office, phone := site.Browser().SignIn(), site.Browser()
		phone.Headers.Set("User-Agent", "Mozilla/5.0 (iPhone) Version/17 Safari/605")
		site.Clock.Add(time.Second)
		phone.SignIn()
		page := office.Get("/admin/account")
		wantText(t, "the account", page, "Safari, iPhone", "This browser", housetest.AdminEmail)
		ends := endSession.FindAllStringSubmatch(page.Body, -1)
		if len(ends) != 2 {
			t.Fatalf("%d sessions are listed, want 2", len(ends))
		}
		wantStatus(t, "end the phone's", office.Post(ends[0][1], url.Values{}), http.StatusSeeOther)
		wantStatus(t, "the phone", phone.Get("/admin/account"), http.StatusSeeOther)
		wantStatus(t, "the office", office.Get("/admin/account"), http.StatusOK)

		phone.SignIn()
		const fresh = "a fresh long password"
		change := func(current, password, again string) housetest.Page {
			return office.Post("/admin/account/password", url.Values{"current": {current}, "password": {password}, "again": {again}})
		}
		for _, tt := range []struct{ current, password, again, says string }{
			{housetest.AdminPassword, "short", "short", "at least 12 characters"},
			{housetest.AdminPassword, fresh, fresh + "!", "differ"},
			{"wrong", fresh, fresh, "This is not your password"},
		} {
			page := change(tt.current, tt.password, tt.again)
			wantStatus(t, tt.says, page, http.StatusUnprocessableEntity)
			wantText(t, tt.says, page, tt.says)
		}
		wantStatus(t, "set the password", change(housetest.AdminPassword, fresh, fresh), http.StatusSeeOther)
		wantStatus(t, "the office stays", office.Get("/admin/account"), http.StatusOK)
		wantStatus(t, "the phone is out", phone.Get("/admin/account"), http.StatusSeeOther)
	})
}

func TestKeysAreListedAndChanged(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().SignIn()
	wantText(t, "one key", b.Get("/admin/keys"), "Signs", "/lti/jwks")
	wantStatus(t, "change", b.Post("/admin/keys/rotate", url.Values{}), http.StatusSeeOther)
	wantText(t, "two keys", b.Get("/admin/keys"), "Signs", "Published, signs soon")
	site.Clock.Add(30 * time.Minute)
	site.Clock.Add(31 * time.Minute)
	wantText(t, "an hour later", b.SignIn().Get("/admin/keys"), "Signs", "Published, signs no more")
}
