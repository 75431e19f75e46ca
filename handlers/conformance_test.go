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

// Valid launches through the whole site: what the page says of the person.

var permissionOf = regexp.MustCompile(`<body[^>]* data-permission="([^"]*)"`)

func permission(t *testing.T, page housetest.Page) string {
	t.Helper()
	m := permissionOf.FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatalf("page without permission: status %d\n%.400s", page.Status, page.Body)
	}
	return m[1]
}

func roles(list ...string) ltitest.Change { return ltitest.With(lti.ClaimRoles, list) }

const (
	membership  = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
	institution = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
)

func TestValidLaunchesOpenThePageOfTheirRole(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	anonymous := ltitest.Without("name", "given_name", "family_name", "middle_name", "email")
	for name, tc := range map[string]struct {
		changes []ltitest.Change
		want    string
	}{
		"C-13 instructor":             {[]ltitest.Change{roles(membership + "Instructor")}, "co-owner"},
		"C-14 several roles":          {[]ltitest.Change{roles(membership+"Instructor", institution+"Staff", institution+"Other")}, "co-owner"},
		"C-15 short role":             {[]ltitest.Change{roles("Instructor")}, "co-owner"},
		"C-16 empty role":             {[]ltitest.Change{roles("")}, "none"},
		"C-16 no role":                {[]ltitest.Change{roles([]string{}...)}, "none"},
		"C-17 unknown role":           {[]ltitest.Change{roles("http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper")}, "none"},
		"C-18 email only":             {[]ltitest.Change{roles("Instructor"), ltitest.Without("name", "given_name", "family_name")}, "co-owner"},
		"C-19 names only":             {[]ltitest.Change{roles("Instructor"), ltitest.Without("email")}, "co-owner"},
		"C-20 no personal data":       {[]ltitest.Change{roles("Instructor"), anonymous}, "co-owner"},
		"C-21 no context":             {[]ltitest.Change{roles("Instructor"), ltitest.Without(lti.ClaimContext)}, "co-owner"},
		"C-22 new link":               {[]ltitest.Change{roles("Instructor"), ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "new"})}, "co-owner"},
		"C-23 student":                {[]ltitest.Change{roles(membership + "Learner")}, "none"},
		"C-24 student and mentor":     {[]ltitest.Change{roles(membership+"Learner", institution+"Student", institution+"Mentor")}, "none"},
		"C-24 teacher elsewhere":      {[]ltitest.Change{roles(membership+"Learner", institution+"Instructor", institution+"Administrator")}, "none"},
		"C-25 short student":          {[]ltitest.Change{roles("Learner")}, "none"},
		"C-26 student and unknown":    {[]ltitest.Change{roles(membership+"Learner", "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown")}, "none"},
		"C-27 student without role":   {[]ltitest.Change{roles(""), anonymous}, "none"},
		"C-28 student, email only":    {[]ltitest.Change{roles("Learner"), ltitest.Without("name", "given_name", "family_name")}, "none"},
		"C-28 student, names only":    {[]ltitest.Change{roles("Learner"), ltitest.Without("email")}, "none"},
		"C-28 student, no data":       {[]ltitest.Change{roles("Learner"), anonymous}, "none"},
		"C-29 student, no context":    {[]ltitest.Change{roles("Learner"), ltitest.Without(lti.ClaimContext)}, "none"},
		"C-30 link not set up":        {[]ltitest.Change{roles("Learner"), ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "unconfigured"})}, "none"},
		"C-34 assistant and teacher":  {[]ltitest.Change{roles(membership+"Instructor", "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant")}, "co-editor"},
		"C-34 assistant alone":        {[]ltitest.Change{roles("http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant")}, "co-editor"},
		"C-36 target elsewhere":       {[]ltitest.Change{roles("Learner"), ltitest.With(lti.ClaimTargetLinkURI, "https://evil.example/x")}, "none"},
		"C-37 odd context":            {[]ltitest.Change{roles("Learner"), ltitest.With(lti.ClaimContext, map[string]any{"id": "course-1", "type": []string{"CourseOffering"}})}, "none"},
		"support staff, not enrolled": {[]ltitest.Change{roles(institution + "Administrator")}, "owner"},
	} {
		hint := "person " + name
		b := site.Browser().Launch(hint, tc.changes...)
		page := b.Get(b.Path)
		if got := permission(t, page); page.Status != http.StatusOK || got != tc.want {
			t.Errorf("%s: status %d, permission %s; want 200, %s", name, page.Status, got, tc.want)
		}
		if strings.Contains(page.Body, hint) && strings.Contains(name, "no") {
			t.Errorf("%s: the page shows the raw user id", name)
		}
	}
}

// C-30: a student at a link that nobody set up is told so, kindly.
func TestStudentAtAFreshLinkReadsNotSetUpYet(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().Launch("student")
	wantText(t, "fresh link", b.Get(b.Path), "Not set up yet")
}

// C-32: names in any script are shown whole and escaped.
func TestNamesAreShownWholeAndEscaped(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry := c.create(t, roomForm("Lab hours"))
		for given, shown := range map[string]string{
			"<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
			"ليلى":                      "ليلى", "明美": "明美", "Zoë": "Zoë", "👩‍🏫": "👩‍🏫",
		} {
			id := strings.Repeat("x", 200) + url.QueryEscape(given)
			b := c.Browser().Launch(id[:min(len(id), 255)], ltitest.With("given_name", given), ltitest.With("family_name", "Family"), ltitest.With("name", given+" Family"))
			page := b.Get(entry)
			if strings.Contains(page.Body, "<script>alert") {
				t.Errorf("%q is not escaped", given)
			}
			if !strings.Contains(page.Body, shown) {
				t.Errorf("%q is not shown", given)
			}
		}
	})
}

// C-38: the last launch decides, upward and downward, in tabs that are open.
func TestEveryLaunchEvaluatesTheRoleAnew(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry := c.create(t, roomForm("Lab hours"))
		first := c.Browser().Launch("changing", roles("Instructor"))
		if got := permission(t, first.Get(entry)); got != "co-owner" {
			t.Fatalf("as instructor: %s", got)
		}
		c.Browser().Launch("changing", roles("Learner"))
		if got := permission(t, first.Get(entry)); got != "none" {
			t.Errorf("the first tab after a launch as learner: %s, want none", got)
		}
		wantStatus(t, "edit by an ex-teacher", first.Post(entry+"/edit", roomForm("Mine")), http.StatusForbidden)
		c.Browser().Launch("changing", roles("Instructor"))
		if got := permission(t, first.Get(entry)); got != "co-owner" {
			t.Errorf("the first tab after a launch as instructor: %s, want co-owner", got)
		}
	})
}

// C-80: the same ids and the same address on another platform are others.
func TestPlatformsNeverShareAPerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry := c.create(t, roomForm("Lab hours"))
		other := c.Browser().LaunchFrom(c.Other, "teacher")
		wantStatus(t, "entry of the other platform's twin", other.Get(entry), http.StatusNotFound)
		both := c.Browser().Launch("student")
		both.LaunchFrom(c.Other, "teacher")
		if got := permission(t, both.Get(entry)); got != "none" {
			t.Errorf("a teacher's session of another platform raised a student to %s", got)
		}
	})
}

// C-85: a guest's place is never an LTI identity, and a launch never adopts a
// guest by address.
func TestGuestsAndLaunchesStayApart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry := c.create(t, roomForm("Lab hours"))
		guest, _ := c.guest(t, entry, "student@campus.example", "moderator")
		wantStatus(t, "course by a guest", guest.Get(c.course), http.StatusNotFound)
		wantStatus(t, "courses by a guest", guest.Get("/c/mine"), http.StatusNotFound)
		if got := permission(t, guest.Get(entry)); got != "none" {
			t.Errorf("a guest's permission is %s, want none", got)
		}
		launched := c.Browser().Launch("student")
		if page := launched.Get(entry); !strings.Contains(page.Body, `data-attendee="viewer"`) {
			t.Error("a launch with the guest's address took over the guest's role")
		}
	})
}
