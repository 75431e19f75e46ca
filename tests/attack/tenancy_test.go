package attack_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
	"usher/media"
)

// targets are the ids of a room that somebody elsewhere may have learned.
type targets struct{ entry, link, invitation, attendee, person string }

func (s *scene) targets(t *testing.T) targets {
	t.Helper()
	id, _ := s.invite(t, inviteForm("guest@example.org", "speaker"))
	attendee, _ := s.attendee(t, s.Browser().Launch("student"))
	return targets{
		entry: s.entry, invitation: id, attendee: attendee,
		link:   s.teacher.Path[strings.LastIndexByte(s.teacher.Path, '/')+1:],
		person: s.text(t, "SELECT person_id FROM attendees WHERE id = ?", attendee),
	}
}

// everyAct is what can be asked of an entry, with the ids of another one.
func everyAct(b *housetest.Browser, entry string, v targets) map[string]housetest.Page {
	e := "/e/" + entry
	form := url.Values{"published": {"0"}, "title": {"Stolen"}, "always_open": {"1"}, "chat": {"1"}, "role": {"moderator"}, "text": {"hi"}}
	return map[string]housetest.Page{
		"show": b.Get(e), "edit": b.Get(e + "/edit"), "update": b.Post(e+"/edit", form), "open": b.Post(e+"/open", form), "end": b.Post(e+"/end", form),
		"publish": b.Post(e+"/publish", form), "delete": b.Post(e+"/delete", form), "restore": b.Post(e+"/restore", form),
		"ledger": b.Get(e + "/invitations"), "dialog": b.Get(e + "/invitations/new"), "invite": b.Post(e+"/invitations", inviteForm("x@example.org", "viewer")),
		"suggest": b.Get(e + "/invitations/suggest?q=sam"), "link": b.Get(e + "/invitations/" + v.invitation),
		"revoke": b.Post(e+"/invitations/"+v.invitation+"/revoke", form), "accept": b.Post(e+"/invitations/"+v.invitation+"/accept", form),
		"token": b.Post(e+"/live/token", form), "events": b.Get(e + "/live/events?after=0"), "people": b.Get(e + "/live/people"),
		"say": b.Post(e+"/live/messages", form), "role": b.Post(e+"/live/people/"+v.attendee+"/role", form),
		"remove": b.Post(e+"/live/people/"+v.attendee+"/remove", form), "leave": b.Post(e+"/leave", form),
	}
}

func TestTeachersOfOtherCoursesAndPlatformsReachNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	v := s.targets(t)
	framed := s.Browser().LaunchInFrame("teacher", inCourse("course-2"))
	for who, b := range map[string]*housetest.Browser{
		"another course": s.otherCourse("teacher2"), "the same person by another course": s.otherCourse("teacher"),
		"another platform": s.Browser().LaunchFrom(s.Other, "teacher"), "a bearer of another course": framed,
	} {
		for what, page := range everyAct(b, v.entry, v) {
			if page.Status != http.StatusNotFound {
				t.Errorf("%s as a teacher of %s: status %d, want 404", what, who, page.Status)
			}
		}
		status(t, who+": course", b.Get("/c/"+s.course), 404)
		status(t, who+": new entry", b.Post("/c/"+s.course+"/entries", url.Values{"title": {"x"}, "always_open": {"1"}}), 404)
		status(t, who+": link", b.Post("/c/"+s.course+"/links/"+v.link, url.Values{"entry": {v.entry}}), 404)
		status(t, who+": link by own course", b.Get("/c/"+strings.Split(b.Path, "/")[2]+"/links/"+v.link), 404)
	}
}

func TestIDsOfAnotherRoomInTheAddressOfAnOwnOneReachNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newScene(t, db)
		v := s.targets(t)
		thief := s.otherCourse("teacher2")
		own := s.create(t, thief, courseOf(thief), url.Values{"title": {"Own"}})
		sameCourse := s.create(t, s.teacher, s.course, url.Values{"title": {"Other room of the course"}})
		for who, b := range map[string]*housetest.Browser{own: thief, sameCourse: s.teacher} {
			acts := everyAct(b, who, v)
			for _, what := range []string{"link", "revoke", "accept", "role", "remove"} {
				status(t, what, acts[what], http.StatusNotFound)
			}
		}
		status(t, "the room lives", s.teacher.Get(s.path("")), 200)
		if page := s.teacher.Get(s.path("/invitations/" + v.invitation)); !linkPattern.MatchString(page.Body) {
			t.Error("the invitation was revoked through another room")
		}
	})
}

func TestALinkShowsRoomsOfItsOwnCourseOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	for who, thief := range map[string]*housetest.Browser{"another course": s.otherCourse("teacher2"), "another platform": s.Browser().LaunchFrom(s.Other, "teacher")} {
		page := thief.Post(thief.Path, url.Values{"entry": {s.entry}})
		if page.Status != http.StatusUnprocessableEntity || strings.Contains(page.Body, "Tides") {
			t.Errorf("bind as %s: status %d\n%s", who, page.Status, page.Body)
		}
		if page := thief.Get(thief.Path); page.Status != http.StatusOK {
			t.Errorf("the link of %s is bound: status %d to %s", who, page.Status, page.Location)
		}
	}
}

// The invite form names a person; an id alone must neither bind them nor tell
// that there is somebody.
func TestPeopleOfOtherCoursesAndTenantsCannotBeChosenByTheirID(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newScene(t, db)
		v := s.targets(t)
		s.Browser().LaunchFrom(s.Other, "student")
		stranger := s.text(t, "SELECT p.id FROM people p JOIN tenants t ON t.id = p.tenant_id JOIN platforms f ON f.id = t.platform_id WHERE f.name = ? AND p.sub = 'student'", s.Other.Name)
		thief := s.otherCourse("teacher2")
		own := s.create(t, thief, courseOf(thief), url.Values{"title": {"Own"}})
		bound := func() (n int64) {
			database.From(t.Context(), db).Table("invitations").Where("person_id IS NOT NULL").Count(&n)
			return n
		}
		bodies := map[string]bool{}
		for _, person := range []string{v.person, stranger, "nobody-at-all"} {
			form := inviteForm("", "viewer")
			form.Set("person", person)
			page := thief.Post("/e/"+own+"/invitations", form)
			status(t, "by id alone", page, http.StatusUnprocessableEntity)
			bodies[strings.ReplaceAll(page.Body, person, "")] = true
			form.Set("email", "else@example.org")
			status(t, "with another address", thief.Post("/e/"+own+"/invitations", form), http.StatusSeeOther)
		}
		if len(bodies) != 1 {
			t.Error("the answer tells whether there is somebody of that id")
		}
		if n := bound(); n != 0 {
			t.Errorf("%d invitations were bound", n)
		}
		// Somebody of another tenant is not found by their full address either.
		page := thief.Get("/e/" + own + "/invitations/suggest?q=" + url.QueryEscape("student@campus.example"))
		if strings.Contains(page.Body, stranger) {
			t.Error("people of another tenant are suggested")
		}
		for _, q := range []string{"sam", "stu", "student", "student@", "@campus.example", "%", "__", "student@campus.exampl"} {
			if page := thief.Get("/e/" + own + "/invitations/suggest?q=" + url.QueryEscape(q)); strings.Contains(page.Body, "Sam student") {
				t.Errorf("%q lists people of another course: %s", q, page.Body)
			}
		}
	})
}

func TestGuestsOfARoomReachNoOtherRoomAndNoCourse(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	v := s.targets(t)
	other := s.create(t, s.teacher, s.course, url.Values{"title": {"Second"}})
	_, link := s.invite(t, inviteForm("moderator@example.org", "moderator"))
	guest := s.Browser()
	status(t, "claim", guest.Post(link, email("moderator@example.org")), 303)
	for what, page := range everyAct(guest, other, v) {
		if page.Status != http.StatusNotFound {
			t.Errorf("%s in another room: status %d, want 404", what, page.Status)
		}
	}
	for _, path := range []string{"/c/" + s.course, "/c/mine", "/c/" + s.course + "/entries/new"} {
		status(t, path, guest.Get(path), 404)
	}
	for _, path := range []string{"/edit", "/publish", "/delete", "/restore", "/open", "/end", "/invitations", "/live/people/" + v.attendee + "/role"} {
		status(t, path, guest.Post(s.path(path), url.Values{"role": {"moderator"}, "published": {"0"}}), 403)
	}
}

// A co-editor may not publish, a co-publisher may not edit: not by any form.
func TestFormsGiveNobodyMoreThanTheirPermission(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	ta := s.Browser().Launch("ta")
	published := func(id string) bool {
		e, err := s.Media.Entry(t.Context(), s.text(t, "SELECT tenant_id FROM entries WHERE id = ?", id), id)
		if err != nil {
			t.Fatal(err)
		}
		return e.Published
	}
	status(t, "unpublish by the form of changes", ta.Post(s.path("/edit"), url.Values{"title": {"Tides"}, "always_open": {"1"}, "chat": {"1"}}), 303)
	if !published(s.entry) {
		t.Error("a teaching assistant unpublished a room by editing it")
	}
	s.teacher.Post(s.path("/publish"), url.Values{"published": {"0"}})
	status(t, "publish by the form of changes", ta.Post(s.path("/edit"), url.Values{"title": {"Tides"}, "always_open": {"1"}, "chat": {"1"}, "published": {"1"}}), 303)
	if published(s.entry) {
		t.Error("a teaching assistant published a room by editing it")
	}
	if id := s.create(t, ta, s.course, url.Values{"title": {"Hidden"}, "published": {}}); !published(id) {
		t.Error("a teaching assistant made an unpublished room")
	}
	status(t, "delete as TA", ta.Post(s.path("/delete"), url.Values{}), 403)

	manager := s.Browser().Launch("manager", ltitest.With(lti.ClaimRoles, []string{"http://purl.imsglobal.org/vocab/lis/v2/membership#Manager"}))
	for _, path := range []string{"/edit", "/open", "/end", "/delete"} {
		status(t, path+" as co-publisher", manager.Post(s.path(path), url.Values{"title": {"Mine"}, "always_open": {"1"}}), 403)
	}
	status(t, "create as co-publisher", manager.Post("/c/"+s.course+"/entries", url.Values{"title": {"x"}, "always_open": {"1"}}), 403)
}

// The role of a launch of long ago, in a course that this browser has not
// launched, makes nobody a host: an ex-teacher keeps nothing.
func TestATeacherOfLongAgoComesBackAsWhatTheInvitationSays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newScene(t, db)
		s.Browser().Launch("former", ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}))
		victim, _ := s.attendee(t, s.Browser().Launch("student"))
		former := s.otherCourse("former")
		_, link := s.invite(t, inviteForm("former@campus.example", "viewer"))
		status(t, "claim", former.Post(link, url.Values{}), 303)
		page := former.Get(s.path(""))
		if page.Status != http.StatusOK || !strings.Contains(page.Body, `data-attendee="viewer"`) {
			t.Errorf("the room: status %d, want a viewer's", page.Status)
		}
		status(t, "give a role", former.Post(s.path("/live/people/"+victim+"/role"), url.Values{"role": {"moderator"}}), 403)
		status(t, "remove somebody", former.Post(s.path("/live/people/"+victim+"/remove"), url.Values{}), 403)
	})
}

// What was said in a session goes when it is unpublished, also after its end.
func TestAnUnpublishedSessionKeepsItsWordsToItself(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	student := s.Browser().Launch("student")
	status(t, "say", s.teacher.Post(s.path("/live/messages"), url.Values{"text": {"the exam is about kelp"}}), 303)
	s.teacher.Post(s.path("/publish"), url.Values{"published": {"0"}})
	for range 2 { // open, then ended
		for _, path := range []string{"", "?view=room", "/live/events?after=0", "/live/people"} {
			page := student.Get(s.path(path))
			status(t, path, page, 403)
			if strings.Contains(page.Body, "kelp") {
				t.Errorf("%s shows what was said", path)
			}
		}
		for _, door := range []string{"", "1"} {
			status(t, "token", student.Post(s.path("/live/token"), url.Values{"door": {door}}), 403)
		}
		s.teacher.Post(s.path("/end"), url.Values{})
	}
	status(t, "teacher", s.teacher.Get(s.path("/live/events?after=0")), 200)
	if media.PermissionNone.SeesUnpublished() {
		t.Error("everybody sees what is unpublished")
	}
}
