package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
)

// byHand is a form that is right, for a platform that is not registered yet.
func byHand(site *housetest.Site) url.Values {
	p := site.Platform
	return url.Values{
		"name": {"Moodle, main campus"}, "issuer": {"https://moodle.example"}, "client_id": {"7Hk2"}, "deployments": {"1\n2"},
		"auth_url": {p.URL("/auth")}, "token_url": {p.URL("/token")}, "jwks_url": {p.URL("/jwks")},
	}
}

func with(form url.Values, pairs ...string) url.Values {
	form = maps.Clone(form)
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func TestPlatformIsAddedByHand(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		site := housetest.New(t, db)
		b := site.Browser().SignIn()
		page := b.Get("/admin/platforms/new/hand")
		for _, value := range []string{"/lti/login", "/lti/launch", "/lti/jwks", "context_history=$Context.id.history"} {
			wantText(t, "the values", page, value)
		}
		saved := b.Post("/admin/platforms/new/hand", byHand(site))
		wantStatus(t, "save", saved, http.StatusSeeOther)
		shown := b.Get(saved.Location)
		wantText(t, "the platform", shown, "Moodle, main campus", "https://moodle.example", "Waiting for the first launch", "The platform is saved")
		again := b.Post("/admin/platforms/new/hand", byHand(site))
		wantText(t, "the same again", again, "Another platform has this name already")
		again = b.Post("/admin/platforms/new/hand", with(byHand(site), "name", "Another"))
		wantStatus(t, "the same issuer and client id", again, http.StatusUnprocessableEntity)
		wantText(t, "the same issuer and client id", again, "A platform with this issuer and client id exists already", `value="Another"`)
		wantText(t, "the list", b.Get("/admin/platforms"), "Moodle, main campus", "2 allowed", "Not launched yet")
	})
}

func TestWrongValuesAreNamed(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().SignIn()
	const uuid = "86e8b331-a6cd-486c-b006-9893c749e242"
	canvas := url.Values{"name": {"Canvas"}, "hosting": {"own"}, "address": {site.Platform.URL("/")}, "issuer": {"https://canvas.example"}, "client_id": {"170000000000559"}, "jwks_url": {site.Platform.URL("/jwks")}}
	learn := url.Values{"name": {"Learn"}, "client_id": {uuid}, "jwks_url": {site.Platform.URL("/jwks")}}
	for _, tt := range []struct {
		way         string
		form        url.Values
		field, says string
	}{
		{"hand", with(byHand(site), "name", ""), "name", "The name is missing"},
		{"hand", with(byHand(site), "issuer", ""), "issuer", "The issuer is missing"},
		{"hand", with(byHand(site), "issuer", "ftp://moodle.example"), "issuer", "must begin with https://"},
		{"hand", with(byHand(site), "issuer", "moodle.example"), "issuer", "not a whole address"},
		{"hand", with(byHand(site), "issuer", "https://moodle.example?x=1"), "issuer", "no ? or #"},
		{"hand", with(byHand(site), "issuer", "https://moodle.example/"), "issuer", "without a slash at the end"},
		{"hand", with(byHand(site), "issuer", "https://moodle.example/mod/lti/auth.php"), "issuer", "address of a service"},
		{"hand", with(byHand(site), "issuer", site.URL), "issuer", "own address"},
		{"hand", with(byHand(site), "client_id", ""), "client_id", "The client id is missing"},
		{"hand", with(byHand(site), "client_id", "https://moodle.example"), "client_id", "This is an address"},
		{"hand", with(byHand(site), "auth_url", "https://moodle.example/token.php"), "auth_url", "looks like the access token URL"},
		{"hand", with(byHand(site), "token_url", "https://moodle.example/certs.php"), "token_url", "looks like the public keyset URL"},
		{"hand", with(byHand(site), "jwks_url", "https://moodle.example/auth.php"), "jwks_url", "looks like the authentication request URL"},
		{"hand", with(byHand(site), "token_url", ""), "token_url", "This address is missing"},
		{"hand", with(byHand(site), "token_url", "https://a@moodle.example/x"), "token_url", "user name"},
		{"hand", with(byHand(site), "deployments", "https://moodle.example"), "deployments", "not a deployment id"},
		{"hand", with(byHand(site), "deployments", "7Hk2"), "deployments", "This is the client id"},
		{"hand", with(byHand(site), "deployments", strings.Repeat("1", 600)), "deployments", "1 to 512"},
		{"hand", with(byHand(site), "frame_origins", "https://lms.example/path"), "frame_origins", "https://lms.example/path"},
		{"hand", with(byHand(site), "frame_origins", "https://lms.example; script-src *"), "frame_origins", "beginning of an address"},
		{"hand", with(byHand(site), "jwks_url", site.Platform.URL("/nothing")), "jwks_url", "could not fetch the platform"},
		{"canvas", with(canvas, "client_id", "abcDEF"), "client_id", "is a number"},
		{"canvas", with(canvas, "address", ""), "address", "The address is missing"},
		{"canvas", with(canvas, "address", "canvas"), "address", "not a whole address"},
		{"canvas", with(canvas, "jwks_url", ""), "address", "could not fetch the platform"},
		{"blackboard", with(learn, "client_id", "key"), "client_id", "32 letters and digits"},
		{"blackboard", with(learn, "deployments", uuid), "deployments", "This is the client id"},
		{"blackboard", with(learn, "address", "learn"), "address", "beginning of an address"},
	} {
		page := b.Post("/admin/platforms/new/"+tt.way, tt.form)
		if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Body, `id="`+tt.field+`-error"`) || !strings.Contains(page.Body, tt.says) {
			t.Errorf("%s, %s %q: status %d, wants %q at its field", tt.way, tt.field, tt.form.Get(tt.field), page.Status, tt.says)
		}
		if name := tt.form.Get("name"); name != "" && !strings.Contains(page.Body, `value="`+name+`"`) {
			t.Errorf("%s, %s: the name is not kept", tt.way, tt.field)
		}
	}
	if platforms, err := site.LTI.Platforms(t.Context()); err != nil || len(platforms) != 2 {
		t.Errorf("%d platforms, %v: something wrong was saved", len(platforms), err)
	}
	slash := with(byHand(site), "issuer", "https://moodle.example/", "keep_slash", "1")
	wantStatus(t, "a slash that is meant", b.Post("/admin/platforms/new/hand", slash), http.StatusSeeOther)
	unreachable := with(byHand(site), "name", "Later", "client_id", "9", "jwks_url", site.Platform.URL("/nothing"), "keep_keys", "1")
	wantStatus(t, "keys that come later", b.Post("/admin/platforms/new/hand", unreachable), http.StatusSeeOther)
	wantStatus(t, "an unknown way", b.Get("/admin/platforms/new/sakai"), http.StatusNotFound)
}

func TestWeakKeysAreRefusedAndNamed(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().SignIn()
	site.Platform.SetKeyFaults(ltitest.KeyFaults{WeakKey: true})
	for _, form := range []url.Values{byHand(site), with(byHand(site), "keep_keys", "1")} {
		page := b.Post("/admin/platforms/new/hand", form)
		wantStatus(t, "weak keys", page, http.StatusUnprocessableEntity)
		wantText(t, "weak keys", page, "anybody can forge launches", "512 bits", "Too weak, refused")
	}
	platforms, err := site.LTI.Platforms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range platforms {
		if p.JWKSURL == site.Platform.URL("/jwks") {
			wantText(t, "a known platform", b.Post("/admin/platforms/"+p.ID+"/check", url.Values{}), "512 bits", "Too weak, refused")
		}
	}
}

func TestKnownProductsNeedFewValues(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().SignIn()
	const uuid = "86e8b331-a6cd-486c-b006-9893c749e242"
	for way, form := range map[string]url.Values{
		"canvas":     {"name": {"Canvas"}, "hosting": {"hosted"}, "client_id": {"170000000000559"}, "address": {"https://school.instructure.com/courses/1"}, "keep_keys": {"1"}},
		"blackboard": {"name": {"Learn"}, "client_id": {uuid}, "deployments": {"d2e1828f"}, "jwks_url": {site.Platform.URL("/jwks")}},
	} {
		wantStatus(t, way, b.Post("/admin/platforms/new/"+way, form), http.StatusSeeOther)
	}
	canvas, err := site.LTI.PlatformByName(t.Context(), "Canvas")
	if err != nil || canvas.Issuer != "https://canvas.instructure.com" || len(canvas.FrameOrigins) != 1 || canvas.FrameOrigins[0] != "https://school.instructure.com" || !canvas.TrustsDeployments() {
		t.Errorf("Canvas = %+v, %v", canvas, err)
	}
	learn, err := site.LTI.PlatformByName(t.Context(), "Learn")
	if err != nil || learn.Issuer != "https://blackboard.com" || learn.JWKSURL != site.Platform.URL("/jwks") || learn.TrustsDeployments() {
		t.Errorf("Learn = %+v, %v", learn, err)
	}
	page := "/admin/platforms/" + learn.ID
	wantNoText(t, "Blackboard's page", b.Get(page), "Admit every deployment")
	wantStatus(t, "to trust the whole world", b.Post(page+"/trust", url.Values{"trust": {"1"}}), http.StatusForbidden)
	wantText(t, "Blackboard's values", b.Get("/admin/platforms/new/blackboard"), "@X@membership.role@X@", "RS256", strings.TrimPrefix(site.URL, "http://"))
	wantText(t, "Canvas's values", b.Get("/admin/platforms/new/canvas"), site.URL+"/lti/canvas.json")
}

func TestPendingDeploymentIsSeenAndAllowed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		b := c.Browser().SignIn()
		c.Platform.DeploymentID = "new:1,2"
		wantStatus(t, "an unknown deployment", c.Browser().TryLaunch(c.Platform, "teacher"), http.StatusForbidden)
		platform := c.registered(t)
		if log := c.Log.String(); !strings.Contains(log, `"lti_error":"deployment_pending"`) || !strings.Contains(log, `"deployment_id":"new:1,2"`) || !strings.Contains(log, `"platform":"`+platform.Name+`"`) {
			t.Error("the log names neither deployment nor platform")
		}
		wantText(t, "the list", b.Get("/admin/platforms"), "A deployment is waiting for you", "new:1,2", "Needs you")
		page := "/admin/platforms/" + platform.ID
		wantText(t, "the platform", b.Get(page), "new:1,2", "Waiting")
		wantStatus(t, "allow", b.Post(page+"/deployments/allow", url.Values{"deployment_id": {"new:1,2"}}), http.StatusSeeOther)
		wantStatus(t, "its next launch", c.Browser().TryLaunch(c.Platform, "teacher"), http.StatusSeeOther)
		wantText(t, "the list then", b.Get("/admin/platforms"), "Working")
		wantStatus(t, "remove", b.Post(page+"/deployments/remove", url.Values{"deployment_id": {"new:1,2"}}), http.StatusSeeOther)
		wantStatus(t, "after removing", c.Browser().TryLaunch(c.Platform, "teacher"), http.StatusForbidden)
		wantStatus(t, "trust all", b.Post(page+"/trust", url.Values{"trust": {"1"}}), http.StatusSeeOther)
		c.Platform.DeploymentID = "9"
		wantStatus(t, "any deployment", c.Browser().TryLaunch(c.Platform, "teacher"), http.StatusSeeOther)
		typed := b.Post(page+"/deployments/allow", url.Values{"deployment_id": {" " + platform.ClientID + " "}, "typed": {"1"}})
		wantStatus(t, "the client id typed", typed, http.StatusUnprocessableEntity)
		wantText(t, "the client id typed", typed, "This is the client id")
	})
}

// registered is the class's own platform.
func (c *classroom) registered(t *testing.T) lti.Platform {
	t.Helper()
	platforms, err := c.LTI.Platforms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range platforms {
		if p.JWKSURL == c.Platform.URL("/jwks") {
			return p
		}
	}
	t.Fatal("the class has no platform")
	return lti.Platform{}
}

func TestPlatformIsSwitchedOffEditedAndRemoved(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		c.create(t, roomForm("Lab"))
		b := c.Browser().SignIn()
		p := c.registered(t)
		page := "/admin/platforms/" + p.ID
		wantText(t, "it works", b.Get(page), "Launches arrive")
		wantStatus(t, "switch off", b.Post(page+"/disable", url.Values{}), http.StatusSeeOther)
		wantText(t, "off", b.Get(page), "This platform is switched off")
		if launch := c.Browser().TryLaunch(c.Platform, "teacher"); launch.Status < http.StatusBadRequest {
			t.Errorf("a launch from a platform that is off: status %d", launch.Status)
		}
		wantStatus(t, "switch on", b.Post(page+"/enable", url.Values{}), http.StatusSeeOther)
		c.Browser().Launch("teacher")

		form := url.Values{"name": {"Renamed"}, "issuer": {p.Issuer}, "client_id": {p.ClientID}, "auth_url": {p.AuthURL}, "token_url": {p.TokenURL}, "jwks_url": {p.JWKSURL}, "frame_origins": {"https://lms.example/\nhttps://*.lms.example"}}
		wantStatus(t, "a wrong edit", b.Post(page+"/edit", with(form, "token_url", "x")), http.StatusUnprocessableEntity)
		wantStatus(t, "edit", b.Post(page+"/edit", form), http.StatusSeeOther)
		wantText(t, "edited", b.Get(page), "Renamed", "https://lms.example", "https://*.lms.example")
		c.Browser().Launch("teacher")

		wantText(t, "what goes", b.Get(page+"/remove"), "1 course", "3 people", "1 room")
		wantStatus(t, "another name", b.Post(page+"/remove", url.Values{"typed": {"renamed"}}), http.StatusUnprocessableEntity)
		wantStatus(t, "remove", b.Post(page+"/remove", url.Values{"typed": {"Renamed"}}), http.StatusSeeOther)
		wantStatus(t, "gone", b.Get(page), http.StatusNotFound)
		wantStatus(t, "its course", c.teacher.Get(c.course), http.StatusUnauthorized)
	})
}

func TestRegistrationLinkIsMadeOnceAndWithdrawn(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().SignIn()
	page := b.Post("/admin/platforms/new/dynamic", url.Values{"name": {"Moodle"}})
	wantStatus(t, "make", page, http.StatusOK)
	wantText(t, "make", page, site.URL+"/lti/register?token=", "shown this once", "Noor Haddad")
	list := b.Get("/admin/platforms/new/dynamic")
	wantNoText(t, "the list", list, "/lti/register?token=")
	links, err := site.LTI.RegistrationLinks(t.Context())
	if err != nil || len(links) != 1 {
		t.Fatalf("RegistrationLinks = %v, %v", links, err)
	}
	wantStatus(t, "withdraw", b.Post("/admin/links/"+links[0].ID+"/revoke", url.Values{}), http.StatusSeeOther)
	wantText(t, "withdrawn", b.Get("/admin/platforms/new/dynamic"), "Withdrawn")
	wantStatus(t, "withdraw again", b.Post("/admin/links/"+links[0].ID+"/revoke", url.Values{}), http.StatusNotFound)
}
