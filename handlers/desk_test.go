package handlers_test

import (
	"fmt"
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

const systemAdministrator = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"

// administrator launches somebody whom the platform calls an administrator of
// all of it.
func administrator(c *classroom) *housetest.Browser {
	return c.Browser().Launch("admin", ltitest.With(lti.ClaimRoles, []string{systemAdministrator}))
}

var referenceInPage = regexp.MustCompile(`data-copy-text>([2-9A-HJ-KM-NP-Z]{4}-[2-9A-HJ-KM-NP-Z]{4})<`)

// failedLaunch makes a launch of a platform fail and returns the reference that
// the person sees.
func failedLaunch(t *testing.T, c *classroom, p *ltitest.Platform) string {
	t.Helper()
	page := c.Browser().TryLaunch(p, "student", ltitest.With(lti.ClaimVersion, "11.3"))
	found := referenceInPage.FindStringSubmatch(page.Body)
	if page.Status != http.StatusBadRequest || found == nil {
		t.Fatalf("failing launch: status %d\n%s", page.Status, page.Body)
	}
	return found[1]
}

// A change of the table holds at each person's next launch, upward and
// downward, and taking it back restores the default.
func TestAdministratorsOfAnLMSChangeItsRoleTable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		admin := administrator(c)
		wantStatus(t, "change", admin.Post("/t/roles", url.Values{"role": {membershipRole("Learner")}, "worth": {"co-editor"}}), http.StatusSeeOther)
		wantStatus(t, "the student before the next launch", c.student.Get(c.course+"/entries/new"), http.StatusForbidden)
		raised := c.Browser().Launch("student")
		wantStatus(t, "the student after it", raised.Get(c.course+"/entries/new"), http.StatusOK)
		other := c.Browser().LaunchFrom(c.Other, "student")
		wantStatus(t, "a student of another platform", other.Get(other.Path+"/entries/new"), http.StatusNotFound)
		page := admin.Get("/t/roles")
		wantBody(t, page, "Changed", "Restore default")
		wantStatus(t, "restore", admin.Post("/t/roles/reset", url.Values{"role": {"Learner"}}), http.StatusSeeOther)
		c.Browser().Launch("student")
		wantStatus(t, "the student after the next launch", raised.Get(c.course+"/entries/new"), http.StatusForbidden)
	})
}

func TestRoleTableRefusesNonsenseAndKeepsIt(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	admin := administrator(c)
	for _, form := range []url.Values{
		{"role": {`"><script>`}, "worth": {"none"}}, {"role": {""}, "worth": {"none"}}, {"role": {"Mentor"}, "worth": {"king"}},
	} {
		page := admin.Post("/t/roles", form)
		wantStatus(t, form.Encode(), page, http.StatusUnprocessableEntity)
		wantBody(t, page, `role="alert"`)
		if strings.Contains(page.Body, `"><script>`) {
			t.Error("what was typed became markup")
		}
	}
}

// Who is an administrator no more keeps nothing, in no tab, and what a teacher
// can write opens nothing.
func TestTenantPagesFollowTheLastLaunch(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		admin := administrator(c)
		framed := c.Browser().LaunchInFrame("admin", ltitest.With(lti.ClaimRoles, []string{systemAdministrator}))
		for _, b := range []*housetest.Browser{admin, framed} {
			for _, path := range []string{"/t/settings", "/t/roles", "/t/roles/try", "/t/launches"} {
				wantStatus(t, path, b.Get(path), http.StatusOK)
			}
		}
		wantBody(t, admin.Get(c.course), `href="/t/settings"`)
		teacher := c.Browser().Launch("teacher", ltitest.With(lti.ClaimCustom, map[string]any{lti.CustomCanvasRootAdmin: "true", "role": "SysAdmin"}),
			ltitest.With("https://www.instructure.com/placement", "account_navigation"))
		page := teacher.Get("/t/settings")
		wantStatus(t, "a teacher who wrote custom values", page, http.StatusForbidden)
		if strings.Contains(teacher.Get(c.course).Body, `href="/t/settings"`) {
			t.Error("a teacher is shown the way to the settings")
		}
		c.Browser().Launch("admin") // on another device, an administrator no more
		for _, b := range []*housetest.Browser{admin, framed} {
			wantStatus(t, "an ex-administrator", b.Get("/t/settings"), http.StatusForbidden)
			wantStatus(t, "an ex-administrator's change", b.Post("/t/settings", url.Values{"key": {"invite.enabled"}, "value": {"off"}}), http.StatusForbidden)
		}
	})
}

func TestTenantRulesActAtOnceAndForThisTenantAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		admin, entry := administrator(c), c.create(t, roomForm("Ruled"))
		invitation := url.Values{"email": {"guest@else.example"}, "first": {"Gus"}, "last": {"Guest"}, "role": {"viewer"}}
		wantStatus(t, "switch off", admin.Post("/t/settings", url.Values{"key": {"invite.enabled"}, "value": {"off"}}), http.StatusSeeOther)
		if page := c.teacher.Post(entry+"/invitations", invitation); page.Status == http.StatusSeeOther {
			t.Error("somebody was invited although inviting is off")
		}
		wantBody(t, admin.Get("/t/settings"), "Set here.")
		elsewhere := c.Browser().LaunchFrom(c.Other, "admin", ltitest.With(lti.ClaimRoles, []string{systemAdministrator}))
		if page := elsewhere.Get("/t/settings"); strings.Contains(page.Body, "Set here.") {
			t.Error("another tenant has the rule too")
		}
		wantStatus(t, "restore", admin.Post("/t/settings", url.Values{"key": {"invite.enabled"}, "value": {"off"}, "reset": {"1"}}), http.StatusSeeOther)
		wantStatus(t, "invite", c.teacher.Post(entry+"/invitations", invitation), http.StatusSeeOther)
		bad := admin.Post("/t/settings", url.Values{"key": {"invite.link_duration"}, "value": {"for ever"}})
		wantStatus(t, "nonsense", bad, http.StatusUnprocessableEntity)
		wantBody(t, bad, `value="for ever"`)
		wantStatus(t, "a rule that does not exist", admin.Post("/t/settings", url.Values{"key": {"registration"}, "value": {"on"}}), http.StatusUnprocessableEntity)
	})
}

func TestLaunchLogFindsWhatAPersonSaw(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		ours, theirs := failedLaunch(t, c, c.Platform), failedLaunch(t, c, c.Other)
		console, admin := c.Browser().SignIn(), administrator(c)
		typed := url.QueryEscape(" " + strings.ToLower(strings.Replace(ours, "-", " ", 1)))
		for root, b := range map[string]*housetest.Browser{"/admin/launches": console, "/t/launches": admin} {
			if page := b.Get(root + "?reference=" + typed); page.Status != http.StatusSeeOther || page.Location != root+"/"+ours {
				t.Errorf("%s: looking for %q leads to %d %s", root, typed, page.Status, page.Location)
			}
			report := b.Get(root + "/" + ours)
			wantStatus(t, "report", report, http.StatusOK)
			wantBody(t, report, "lti_version", "11.3", "another version of LTI", "not reached")
			wantBody(t, b.Get(root+"?reference=2222-2222"), `role="alert"`)
			wantBody(t, b.Get(root+"?check=lti_version"), ours)
			if strings.Contains(b.Get(root+"?check=nonce").Body, ours) {
				t.Errorf("%s: the filter shows another check's failure", root)
			}
		}
		wantStatus(t, "another tenant's report in the console", console.Get("/admin/launches/"+theirs), http.StatusOK)
		wantStatus(t, "another tenant's report in the LMS", admin.Get("/t/launches/"+theirs), http.StatusNotFound)
		if list := admin.Get("/t/launches"); strings.Contains(list.Body, theirs) || !strings.Contains(list.Body, ours) {
			t.Error("the LMS's log is not its tenant's own")
		}
		wantBody(t, console.Get("/admin/launches?show=good"), "Try a launch", "membership#Instructor")
		if strings.Contains(console.Get("/admin/launches?show=good").Body, "campus.example") {
			t.Error("the launches that went well show an address")
		}
	})
}

func TestLaunchLogIsPaged(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	for i := range 51 {
		c.Clock.Add(time.Second)
		if _, err := c.LTI.RecordFailure(t.Context(), &lti.Error{Code: lti.CodeNonce, Received: fmt.Sprint("n", i)}); err != nil {
			t.Fatalf("RecordFailure: %v", err)
		}
	}
	console := c.Browser().SignIn()
	first := console.Get("/admin/launches?check=nonce")
	next := regexp.MustCompile(`href="(/admin/launches\?after=[^"]+)"`).FindStringSubmatch(first.Body)
	if next == nil {
		t.Fatal("the first page leads to no other")
	}
	second := console.Get(strings.ReplaceAll(next[1], "&amp;", "&"))
	wantStatus(t, "second page", second, http.StatusOK)
	if strings.Contains(second.Body, "?after=") || !strings.Contains(second.Body, "another login") {
		t.Error("the second page does not end the list")
	}
}

// Nothing of a trial is kept or logged, whatever is pasted.
func TestTrialShowsWhichRowDecides(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		console, admin := c.Browser().SignIn(), administrator(c)
		p, err := c.LTI.PlatformByName(t.Context(), c.Platform.Registration().Name)
		if err != nil {
			t.Fatalf("PlatformByName: %v", err)
		}
		root := "/admin/platforms/" + p.ID + "/roles"
		claims := `{"sub": "nobody-5531", "email": "somebody@private.example", "` + lti.ClaimRoles + `": ["` + membershipRole("Instructor") + `", "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader"]}`
		for path, b := range map[string]*housetest.Browser{root + "/try": console, "/t/roles/try": admin} {
			page := b.Post(path, url.Values{"claims": {claims}})
			wantStatus(t, path, page, http.StatusOK)
			wantBody(t, page, "Instructor#Grader", "Co-publisher", "A sub-role beside it")
			for _, bad := range []string{"", "{", "eyJhbGciOiJSUzI1NiJ9.e30.x", strings.Repeat("[", 60_000), strings.Repeat("x", 70_000), `{"a": "</textarea><script>alert(1)</script>"}`} {
				page := b.Post(path, url.Values{"claims": {bad}})
				wantStatus(t, path+" with nonsense", page, http.StatusUnprocessableEntity)
				if strings.Contains(page.Body, "<script>alert") || strings.Contains(page.Body, "eyJhbGci") {
					t.Error("the page repeats what it must not")
				}
			}
			wantStatus(t, "beyond all bounds", b.Post(path, url.Values{"claims": {strings.Repeat("x", 300<<10)}}), http.StatusRequestEntityTooLarge)
		}
		for _, secret := range []string{"nobody-5531", "somebody@private.example", "eyJhbGciOiJSUzI1NiJ9"} {
			if strings.Contains(c.Log.String(), secret) {
				t.Errorf("the log has %s", secret)
			}
		}
		samples, err := c.LTI.Samples(t.Context(), p.ID)
		if err != nil || len(samples) == 0 {
			t.Fatalf("Samples: %v, %v", samples, err)
		}
		wantBody(t, console.Get(root+"/try?launch="+samples[0].ID), "This row of the table decided:")
	})
}

// On the issuer that institutions share each deployment has a table of its own.
func TestSharedIssuerHasATableForEachDeployment(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		p, err := c.LTI.AddPlatform(t.Context(), lti.Platform{
			Name: "Blackboard", Issuer: "https://blackboard.com", ClientID: "app",
			AuthURL: "https://b.example/a", TokenURL: "https://b.example/t", JWKSURL: "https://b.example/k",
		}, "north", "south")
		if err != nil {
			t.Fatalf("AddPlatform: %v", err)
		}
		console, root := c.Browser().SignIn(), "/admin/platforms/"+p.ID+"/roles"
		choose := console.Get(root)
		wantBody(t, choose, "deployment=north", "deployment=south")
		if strings.Contains(choose.Body, "<form class=\"panel-box") {
			t.Error("a table can be changed without a deployment")
		}
		form := url.Values{"role": {"Mentor"}, "worth": {"co-editor"}}
		wantStatus(t, "without deployment", console.Post(root, form), http.StatusNotFound)
		wantStatus(t, "unknown deployment", console.Post(root+"?deployment=west", form), http.StatusNotFound)
		wantStatus(t, "north", console.Post(root+"?deployment=north", form), http.StatusSeeOther)
		wantBody(t, console.Get(root+"?deployment=north"), "Changed")
		if strings.Contains(console.Get(root+"?deployment=south").Body, ">Changed<") {
			t.Error("another institution's table changed too")
		}
	})
}

func TestHealthShowsWhatTheDoctorFinds(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	page := c.Browser().SignIn().Get("/admin/health")
	wantStatus(t, "health", page, http.StatusOK)
	wantBody(t, page, "SQLite answers.", "migrations, all applied", "leads here", "Its key set answers with")
}

func membershipRole(name string) string {
	return "http://purl.imsglobal.org/vocab/lis/v2/membership#" + name
}

func wantBody(t *testing.T, page housetest.Page, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page.Body, part) {
			t.Errorf("the page (status %d) lacks %q", page.Status, part)
		}
	}
}
