package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
)

// classroom is a site with people of the course Economics 101 in their browsers.
type classroom struct {
	*housetest.Site
	teacher, ta, student *housetest.Browser
	// course is the course's path, link that of the fresh link they launched.
	course, link string
}

func newClassroom(t *testing.T, db *database.DB) *classroom {
	t.Helper()
	site := housetest.New(t, db)
	c := &classroom{Site: site, teacher: site.Browser().Launch("teacher"), ta: site.Browser().Launch("ta"), student: site.Browser().Launch("student")}
	c.link = c.teacher.Path
	c.course, _, _ = strings.Cut(c.link, "/links/")
	return c
}

var identityField = regexp.MustCompile(`<body[^>]* data-identity="([^"]*)"`)

// identity is whom a page was made for.
func identity(t *testing.T, page housetest.Page) string {
	t.Helper()
	m := identityField.FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatalf("page without identity: status %d\n%s", page.Status, page.Body)
	}
	return m[1]
}

// roomForm is the form of a room that is always open.
func roomForm(title string) url.Values {
	return url.Values{"title": {title}, "always_open": {"1"}, "chat": {"1"}, "published": {"1"}, "time_zone": {"UTC"}}
}

// lessonForm is the form of a room with a schedule in UTC.
func lessonForm(title string, start, end time.Time) url.Values {
	const layout = "2006-01-02T15:04"
	return url.Values{
		"title": {title}, "chat": {"1"}, "published": {"1"}, "opens_itself": {"1"}, "time_zone": {"UTC"},
		"starts_at": {start.Format(layout)}, "ends_at": {end.Format(layout)},
	}
}

// create lets the teacher create an entry and returns its path.
func (c *classroom) create(t *testing.T, form url.Values) string {
	t.Helper()
	answer := c.teacher.Post(c.course+"/entries", form)
	if answer.Status != http.StatusSeeOther || !strings.HasPrefix(answer.Location, "/e/") {
		t.Fatalf("create: status %d to %q\n%s", answer.Status, answer.Location, answer.Body)
	}
	return answer.Location
}

// strangers are people who must not see the classroom's course, with the status
// that they get.
func (c *classroom) strangers(t *testing.T) map[string]struct {
	*housetest.Browser
	status int
} {
	t.Helper()
	elsewhere := ltitest.With(lti.ClaimContext, map[string]any{"id": "course-2", "title": "Physics"})
	return map[string]struct {
		*housetest.Browser
		status int
	}{
		"nobody":                            {c.Browser(), http.StatusUnauthorized},
		"teacher of another course":         {c.Browser().Launch("teacher2", ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}), elsewhere), http.StatusNotFound},
		"same teacher in another course":    {c.Browser().Launch("teacher", elsewhere), http.StatusNotFound},
		"same ids on another platform":      {c.Browser().LaunchFrom(c.Other, "teacher"), http.StatusNotFound},
		"somebody launched without context": {c.Browser().Launch("teacher", ltitest.Without(lti.ClaimContext)), http.StatusNotFound},
	}
}

func wantStatus(t *testing.T, what string, page housetest.Page, want int) {
	t.Helper()
	if page.Status != want {
		t.Errorf("%s: status %d, want %d", what, page.Status, want)
	}
}

func wantText(t *testing.T, what string, page housetest.Page, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			_, main, _ := strings.Cut(page.Body, "<main")
			t.Errorf("%s: page does not say %q\n%s", what, text, main)
		}
	}
}

func wantNoText(t *testing.T, what string, page housetest.Page, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page.Body, text) {
			t.Errorf("%s: page says %q", what, text)
		}
	}
}

func TestCoursePagesRefuseWrongPersons(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		for name, who := range c.strangers(t) {
			for what, page := range map[string]housetest.Page{
				"list":        who.Get(c.course),
				"new":         who.Get(c.course + "/entries/new"),
				"create":      who.Post(c.course+"/entries", roomForm("Intruded")),
				"link":        who.Get(c.link),
				"set link up": who.Post(c.link, url.Values{"create": {"1"}, "title": {"Intruded"}, "always_open": {"1"}}),
			} {
				wantStatus(t, what+" as "+name, page, who.status)
				wantNoText(t, what+" as "+name, page, "Economics", "Weekly room")
			}
		}
		wantStatus(t, "mine as nobody", c.Browser().Get("/c/mine"), http.StatusUnauthorized)
		wantStatus(t, "list as student", c.student.Get(c.course), http.StatusOK)
		wantStatus(t, "new as student", c.student.Get(c.course+"/entries/new"), http.StatusForbidden)
		wantStatus(t, "create as student", c.student.Post(c.course+"/entries", roomForm("Intruded")), http.StatusForbidden)
		wantStatus(t, "set link up as student", c.student.Post(c.link, url.Values{"create": {"1"}, "title": {"x"}, "always_open": {"1"}}), http.StatusForbidden)
		wantStatus(t, "unknown link", c.teacher.Get(c.course+"/links/unknown"), http.StatusNotFound)
		wantStatus(t, "junk course", c.teacher.Get("/c/%00%ff"), http.StatusNotFound)
		wantStatus(t, "junk link", c.teacher.Get(c.course+"/links/%00%ff"), http.StatusNotFound)
		if page := c.teacher.Get(c.course); strings.Contains(page.Body, "Intruded") {
			t.Error("a wrong person created a room")
		}
		wantStatus(t, "link after all that", c.teacher.Get(c.link), http.StatusOK)
	})
}

func TestPagesOfAnotherIdentityAreRefused(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	form := roomForm("From an old page")
	form.Set("identity", identity(t, c.ta.Get(c.course+"/entries/new")))
	page := c.teacher.Post(c.course+"/entries", form)
	wantStatus(t, "create", page, http.StatusConflict)
	wantText(t, "create", page, "You are now signed in as Tara Teacher")
	form = url.Values{"create": {"1"}, "title": {"x"}, "always_open": {"1"}, "identity": {form.Get("identity")}}
	wantStatus(t, "set link up", c.teacher.Post(c.link, form), http.StatusConflict)
	// The browser speaks for a student now: told so, not just refused.
	form.Set("identity", identity(t, c.teacher.Get(c.link)))
	wantStatus(t, "teacher's page sent by a student", c.student.Post(c.link, form), http.StatusConflict)
}

func TestListShowsEachEntryInItsSection(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		empty := c.teacher.Get(c.course)
		wantText(t, "empty list of a teacher", empty, "Nothing in this course yet", `data-permission="co-owner"`, `data-page="course"`, "Economics 101", "ECON101")
		wantText(t, "empty list of a student", c.student.Get(c.course), "Nothing here yet", `data-permission="none"`)
		now := c.Clock.Now()
		c.create(t, lessonForm("Soon", now.Add(time.Hour), now.Add(2*time.Hour)))
		c.create(t, lessonForm("Now on", now.Add(-time.Hour), now.Add(time.Hour)))
		c.create(t, roomForm("Whenever"))
		over := c.create(t, lessonForm("Was on", now.Add(-time.Hour), now.Add(time.Hour)))
		wantStatus(t, "end", c.teacher.Post(over+"/end", url.Values{}), http.StatusSeeOther)
		hidden := roomForm("Hidden draft")
		hidden.Del("published")
		c.create(t, hidden)

		page := c.student.Get(c.course)
		wantStatus(t, "list", page, http.StatusOK)
		at := -1
		for _, part := range []string{`id="now"`, "Now on", `id="soon"`, "Soon", `id="any"`, "Whenever", `id="past"`, "Was on"} {
			next := strings.Index(page.Body, part)
			if next <= at {
				t.Errorf("%q is not where it belongs\n%s", part, page.Body)
			}
			at = next
		}
		wantNoText(t, "student's list", page, "Hidden draft", "Not published", "Create a room", "Restore")
		wantText(t, "TA's list", c.ta.Get(c.course), "Hidden draft", "Not published", "Create a room")
		for name, b := range map[string]*housetest.Browser{"by bearer": c.Browser().LaunchInFrame("student")} {
			wantText(t, "list "+name, b.Get(c.course), "Now on", "Soon")
		}
	})
}

func TestCreateKeepsWhatWasTypedAndNamesTheMistakes(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	wantText(t, "new", c.teacher.Get(c.course+"/entries/new"), `name="title"`, `name="always_open"`, `name="published"`)
	now := c.Clock.Now()
	for name, tt := range map[string]struct {
		change url.Values
		want   []string
	}{
		"no title":           {url.Values{"title": {" "}}, []string{"title-error", "The title is missing"}},
		"no start":           {url.Values{"starts_at": {""}}, []string{"starts_at-error", "The start is missing"}},
		"unreadable end":     {url.Values{"ends_at": {"tomorrow"}}, []string{"ends_at-error", "not a day and time", `value="tomorrow"`}},
		"end before start":   {url.Values{"ends_at": {now.Format("2006-01-02T15:04")}}, []string{"ends_at-error", "not after the start"}},
		"unknown zone":       {url.Values{"time_zone": {"Mars/Olympus"}}, []string{"time_zone-error", "Mars/Olympus"}},
		"no zone":            {url.Values{"time_zone": {""}}, []string{"time_zone-error"}},
		"clocks go forward":  {url.Values{"time_zone": {"Europe/Berlin"}, "starts_at": {"2099-03-29T02:30"}, "ends_at": {"2099-03-29T04:00"}}, []string{"starts_at-error", "the clocks go forward"}},
		"markup in a title":  {url.Values{"title": {`"><script>x</script>`}, "time_zone": {""}}, []string{"&lt;script&gt;"}},
		"a long description": {url.Values{"description": {strings.Repeat("x", 5001)}}, []string{"description-error"}},
	} {
		form := lessonForm("Kelp & forests", now.Add(time.Hour), now.Add(2*time.Hour))
		for field, value := range tt.change {
			form[field] = value
		}
		page := c.teacher.Post(c.course+"/entries", form)
		wantStatus(t, name, page, http.StatusUnprocessableEntity)
		wantText(t, name, page, tt.want...)
		if form.Get("title") == "Kelp & forests" {
			wantText(t, name, page, `value="Kelp &amp; forests"`)
		}
		if name == "unknown zone" || name == "no zone" {
			wantNoText(t, name, page, "starts_at-error", "ends_at-error")
		}
	}
	wantNoText(t, "list", c.teacher.Get(c.course), "Kelp")
	standing := url.Values{"title": {"Without script"}, "always_open": {"1"}, "starts_at": {"junk"}}
	wantStatus(t, "always open without zone", c.teacher.Post(c.course+"/entries", standing), http.StatusSeeOther)
}

func TestAssistantsRoomsArePublished(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	wantNoText(t, "TA's form", c.ta.Get(c.course+"/entries/new"), `name="published"`)
	form := roomForm("By the TA")
	form.Del("published")
	answer := c.ta.Post(c.course+"/entries", form)
	wantStatus(t, "create", answer, http.StatusSeeOther)
	wantText(t, "student's list", c.student.Get(c.course), "By the TA")
}

func TestFreshLinkIsSetUpByTheFirstWhoMay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		page := c.student.Get(c.link)
		wantStatus(t, "student", page, http.StatusOK)
		wantText(t, "student", page, "Not set up yet", `data-permission="none"`)
		page = c.teacher.Get(c.link)
		wantText(t, "teacher", page, "Choose or create", `data-permission="co-owner"`, `value="Weekly room"`)

		page = c.teacher.Post(c.link, url.Values{"create": {"1"}, "title": {""}, "always_open": {"1"}})
		wantStatus(t, "create without title", page, http.StatusUnprocessableEntity)
		wantText(t, "create without title", page, "title-error", "Choose or create")
		page = c.teacher.Post(c.link, url.Values{})
		wantStatus(t, "choose nothing", page, http.StatusUnprocessableEntity)
		wantText(t, "choose nothing", page, "No room is chosen")
		wantStatus(t, "choose what is not there", c.teacher.Post(c.link, url.Values{"entry": {"unknown"}}), http.StatusUnprocessableEntity)

		form := roomForm("The weekly room")
		form.Set("create", "1")
		made := c.teacher.Post(c.link, form)
		wantStatus(t, "create", made, http.StatusSeeOther)
		if b := c.Browser().Launch("student"); b.Path != made.Location {
			t.Errorf("the link leads to %s now, want %s", b.Path, made.Location)
		}
		if page := c.student.Get(c.link); page.Status != http.StatusSeeOther || page.Location != made.Location {
			t.Errorf("old page of the link: status %d to %q", page.Status, page.Location)
		}
		form.Set("title", "Second thoughts")
		late := c.ta.Post(c.link, form)
		if late.Status != http.StatusSeeOther || late.Location != made.Location+"?notice=link_taken" {
			t.Errorf("the one who came later: status %d to %q, want the first one's room", late.Status, late.Location)
		}
		wantText(t, "the one who came later", c.ta.Get(late.Location+"&view=about"), "Somebody else chose a room", "The weekly room")
		wantNoText(t, "list", c.teacher.Get(c.course), "Second thoughts")
	})
}

func TestLinkTakesARoomOfItsOwnCourseOnly(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	own := c.create(t, roomForm("Own room"))
	other := c.Browser().Launch("teacher", ltitest.With(lti.ClaimContext, map[string]any{"id": "course-2", "title": "Physics"}))
	foreign := other.Post(other.Path[:strings.Index(other.Path, "/links/")]+"/entries", roomForm("Room of physics")).Location
	deleted := c.create(t, roomForm("Gone room"))
	wantStatus(t, "delete", c.teacher.Post(deleted+"/delete", url.Values{}), http.StatusSeeOther)
	wantText(t, "rooms on offer", c.teacher.Get(c.link), "Own room")
	wantNoText(t, "rooms on offer", c.teacher.Get(c.link), "Room of physics", "Gone room")
	for _, path := range []string{foreign, deleted} {
		page := c.teacher.Post(c.link, url.Values{"entry": {strings.TrimPrefix(path, "/e/")}})
		wantStatus(t, "choose "+path, page, http.StatusUnprocessableEntity)
		wantText(t, "choose "+path, page, "deleted meanwhile")
	}
	chosen := c.teacher.Post(c.link, url.Values{"entry": {strings.TrimPrefix(own, "/e/")}})
	if chosen.Status != http.StatusSeeOther || chosen.Location != own {
		t.Errorf("choose own room: status %d to %q, want %s", chosen.Status, chosen.Location, own)
	}
}

func TestOfTwoWhoSetALinkUpAtOnceBothSeeOneRoom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		people := []*housetest.Browser{c.teacher, c.ta, c.Browser().Launch("teacher"), c.Browser().Launch("admin")}
		answers := make([]housetest.Page, len(people))
		var group sync.WaitGroup
		for i, b := range people {
			form := roomForm("Room")
			form.Set("create", "1")
			group.Go(func() { answers[i] = b.Post(c.link, form) })
		}
		group.Wait()
		first, _, _ := strings.Cut(answers[0].Location, "?")
		for i, answer := range answers {
			if path, _, _ := strings.Cut(answer.Location, "?"); answer.Status != http.StatusSeeOther || path != first {
				t.Errorf("person %d: status %d to %q, want %q", i, answer.Status, answer.Location, first)
			}
		}
		if n := strings.Count(c.student.Get(c.course).Body, `class="title"`); n != 1 {
			t.Errorf("%d rooms in the list, want 1", n)
		}
	})
}

func TestMineListsWhatThisBrowserLaunched(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	wantText(t, "after a launch of the course", c.student.Get("/c/mine"), "Economics 101", `href="`+c.course+`"`)
	wantText(t, "after one without context", c.Browser().Launch("student", ltitest.Without(lti.ClaimContext)).Get("/c/mine"), "No course yet")
}
