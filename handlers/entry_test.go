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

// invitationLink is the link that a confirmation shows.
var invitationLink = regexp.MustCompile(`/i/[A-Za-z0-9_-]{22}`)

// invite lets the teacher invite somebody to an entry and returns the link's
// path and the invitation's.
func (c *classroom) invite(t *testing.T, entry, email, role string) (link, invitation string) {
	t.Helper()
	answer := c.teacher.Post(entry+"/invitations", url.Values{"email": {email}, "first": {"Ingrid"}, "last": {"Solheim"}, "role": {role}})
	wantStatus(t, "invite "+email, answer, http.StatusSeeOther)
	link = invitationLink.FindString(c.teacher.Get(answer.Location).Body)
	if link == "" {
		t.Fatal("the confirmation shows no link")
	}
	return link, answer.Location
}

// guest is somebody who took an invitation to the entry up.
func (c *classroom) guest(t *testing.T, entry, email, role string) (b *housetest.Browser, invitation string) {
	t.Helper()
	link, invitation := c.invite(t, entry, email, role)
	b = c.Browser()
	wantStatus(t, "claim of "+email, b.Post(link, url.Values{"email": {email}}), http.StatusSeeOther)
	return b, invitation
}

// acts are all POSTs of an entry, with forms that are valid.
func acts(entry string) map[string]url.Values {
	return map[string]url.Values{
		entry + "/edit":    roomForm("Intruded"),
		entry + "/open":    {},
		entry + "/end":     {},
		entry + "/publish": {"published": {"0"}},
		entry + "/delete":  {},
		entry + "/restore": {},
	}
}

func TestEntryPagesRefuseWrongPersons(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry, other := c.create(t, roomForm("Lab hours")), c.create(t, roomForm("Another room"))
		inside, _ := c.guest(t, entry, "guest@else.example", "viewer")
		outside, _ := c.guest(t, other, "guest@else.example", "viewer")
		revoked, invitation := c.guest(t, entry, "revoked@else.example", "speaker")
		wantStatus(t, "revoke", c.teacher.Post(invitation+"/revoke", url.Values{}), http.StatusSeeOther)

		type person struct {
			*housetest.Browser
			see, act int
		}
		people := map[string]person{
			"student":              {c.student, http.StatusOK, http.StatusForbidden},
			"guest":                {inside, http.StatusOK, http.StatusForbidden},
			"guest of another one": {outside, http.StatusNotFound, http.StatusNotFound},
			"revoked guest":        {revoked, http.StatusGone, http.StatusGone},
		}
		for name, who := range c.strangers(t) {
			people[name] = person{who.Browser, who.status, who.status}
		}
		for name, who := range people {
			for _, path := range []string{entry, entry + "?view=about", entry + "?view=room"} {
				page := who.Get(path)
				wantStatus(t, path+" as "+name, page, who.see)
				if who.see != http.StatusOK {
					wantNoText(t, path+" as "+name, page, "Lab hours", "Economics", "Tara")
				}
			}
			wantStatus(t, "edit form as "+name, who.Get(entry+"/edit"), who.act)
			for path, form := range acts(entry) {
				wantStatus(t, path+" as "+name, who.Post(path, form), who.act)
			}
		}
		page := c.teacher.Get(entry)
		wantStatus(t, "after all that", page, http.StatusOK)
		wantText(t, "after all that", page, "Lab hours", `data-page="room"`)
		wantNoText(t, "after all that", page, "Intruded")
		wantStatus(t, "still published", c.student.Get(entry), http.StatusOK)
		wantStatus(t, "unknown entry", c.teacher.Get("/e/unknown"), http.StatusNotFound)
		wantStatus(t, "junk entry", c.teacher.Get("/e/%00%ff"), http.StatusNotFound)
	})
}

func TestEachPermissionDoesWhatItMay(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	entry := c.create(t, roomForm("Lab hours"))
	manager := c.Browser().Launch("manager", ltitest.With(lti.ClaimRoles, []string{"http://purl.imsglobal.org/vocab/lis/v2/membership#Manager"}))
	second := c.Browser().Launch("second", ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}))
	const yes, no = http.StatusSeeOther, http.StatusForbidden
	for _, tt := range []struct {
		name, permission, attendee        string
		who                               *housetest.Browser
		edit, host, publish, trash        int
		invites, edits, publishes, trashs bool
	}{
		{"owner", "owner", "host", c.teacher, yes, yes, yes, yes, true, true, true, true},
		{"support staff", "owner", "host", c.Browser().Launch("admin"), yes, yes, yes, yes, true, true, true, true},
		{"second teacher", "co-owner", "host", second, yes, yes, yes, yes, true, true, true, true},
		{"assistant", "co-editor", "host", c.ta, yes, yes, no, no, true, true, false, false},
		{"manager", "co-publisher", "viewer", manager, no, no, yes, no, true, false, true, false},
		{"student", "none", "viewer", c.student, no, no, no, no, false, false, false, false},
	} {
		for _, view := range []string{"", "?view=about"} {
			page := tt.who.Get(entry + view)
			wantText(t, tt.name+view, page, `data-permission="`+tt.permission+`"`, `data-attendee="`+tt.attendee+`"`)
			for text, shown := range map[string]bool{
				entry + "/invitations/new": tt.invites, `href="` + entry + `/edit"`: tt.edits,
				`action="` + entry + `/publish"`: tt.publishes, `action="` + entry + `/delete"`: tt.trashs,
			} {
				if strings.Contains(page.Body, text) != shown {
					t.Errorf("%s%s: page offers %s: %t, want %t", tt.name, view, text, !shown, shown)
				}
			}
		}
		form := url.Values{"identity": {identity(t, tt.who.Get(tt.who.Path))}}
		with := func(more url.Values) url.Values {
			for k, v := range form {
				more[k] = v
			}
			return more
		}
		wantStatus(t, tt.name+" edits", tt.who.Post(entry+"/edit", with(roomForm("Lab hours"))), tt.edit)
		wantStatus(t, tt.name+" opens", tt.who.Post(entry+"/open", form), tt.host)
		wantStatus(t, tt.name+" ends", tt.who.Post(entry+"/end", form), tt.host)
		wantStatus(t, tt.name+" unpublishes", tt.who.Post(entry+"/publish", with(url.Values{"published": {"0"}})), tt.publish)
		wantStatus(t, tt.name+" publishes", tt.who.Post(entry+"/publish", with(url.Values{"published": {"1"}})), tt.publish)
		wantStatus(t, tt.name+" deletes", tt.who.Post(entry+"/delete", form), tt.trash)
		wantStatus(t, tt.name+" restores", tt.who.Post(entry+"/restore", form), tt.trash)
		wantStatus(t, "reopen", c.teacher.Post(entry+"/open", url.Values{}), http.StatusSeeOther)
	}
}

func TestActsOfAnotherIdentityAreRefused(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	entry := c.create(t, roomForm("Lab hours"))
	teachers := identity(t, c.teacher.Get(entry))
	for path, form := range acts(entry) {
		form.Set("identity", teachers)
		for name, who := range map[string]*housetest.Browser{"assistant": c.ta, "student": c.student} {
			page := who.Post(path, form)
			wantStatus(t, path+" as "+name, page, http.StatusConflict)
			wantText(t, path+" as "+name, page, "You are now signed in as")
		}
	}
	wantText(t, "after all that", c.teacher.Get(entry), "Lab hours", `data-page="room"`)
}

func TestEntryIsARoomWhileItIsOpen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		now := c.Clock.Now()
		entry := c.create(t, lessonForm("Kelp forests", now.Add(time.Hour), now.Add(2*time.Hour)))
		before := c.student.Get(entry)
		wantText(t, "before", before, `data-page="media"`, "Opens in", "Kelp forests", "Tara Teacher", "Economics 101")
		wantNoText(t, "before", before, "Open room now", "More actions", "Rehearse")
		wantText(t, "student asks for the room", c.student.Get(entry+"?view=room"), `data-page="media"`)
		wantText(t, "teacher before", c.teacher.Get(entry), `data-page="media"`, `action="`+entry+`/open"`, "?view=room")
		wantText(t, "teacher rehearses", c.teacher.Get(entry+"?view=room"), `data-page="room"`)

		wantStatus(t, "open", c.teacher.Post(entry+"/open", url.Values{}), http.StatusSeeOther)
		wantText(t, "open", c.student.Get(entry), `data-page="room"`, `data-attendee="viewer"`)
		wantText(t, "about", c.student.Get(entry+"?view=about"), `data-page="media"`)
		answer := c.teacher.Post(entry+"/end", url.Values{})
		wantText(t, "ended", c.teacher.Get(answer.Location), `data-page="media"`, "The session has ended")
		wantText(t, "ended for students", c.student.Get(entry+"?view=room"), `data-page="media"`)
		wantStatus(t, "reopen", c.teacher.Post(entry+"/open", url.Values{}), http.StatusSeeOther)
		wantText(t, "reopened", c.student.Get(entry), `data-page="room"`)
	})
}

func TestEntryOpensByItselfOrWaitsForTheHost(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	now := c.Clock.Now()
	itself := c.create(t, lessonForm("By itself", now.Add(time.Minute), now.Add(time.Hour)))
	form := lessonForm("By a host", now.Add(time.Minute), now.Add(time.Hour))
	form.Del("opens_itself")
	byHost := c.create(t, form)
	c.Clock.Add(2 * time.Minute)
	wantText(t, "by itself", c.student.Get(itself), `data-page="room"`)
	wantText(t, "by a host", c.student.Get(byHost), `data-page="media"`, "Waiting for the host")
	wantStatus(t, "open", c.teacher.Post(byHost+"/open", url.Values{}), http.StatusSeeOther)
	wantText(t, "opened", c.student.Get(byHost), `data-page="room"`)
}

func TestUnpublishedEntriesAreClosedToAttendees(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry := c.create(t, roomForm("Lab hours"))
		guest, _ := c.guest(t, entry, "guest@else.example", "moderator")
		answer := c.teacher.Post(entry+"/publish", url.Values{"published": {"0"}})
		wantText(t, "teacher", c.teacher.Get(answer.Location+"&view=about"), "Not published any more", "Lab hours")
		for name, who := range map[string]*housetest.Browser{"student": c.student, "guest": guest} {
			for _, view := range []string{"", "?view=about", "?view=room"} {
				page := who.Get(entry + view)
				wantStatus(t, name+view, page, http.StatusForbidden)
				wantText(t, name+view, page, "This page isn&#39;t available right now")
				wantNoText(t, name+view, page, "Lab hours")
			}
		}
		wantStatus(t, "assistant", c.ta.Get(entry), http.StatusOK)
		wantStatus(t, "junk status", c.teacher.Post(entry+"/publish", url.Values{"published": {"maybe"}}), http.StatusUnprocessableEntity)
		wantStatus(t, "publish", c.teacher.Post(entry+"/publish", url.Values{"published": {"1"}}), http.StatusSeeOther)
		wantStatus(t, "student after", c.student.Get(entry), http.StatusOK)
		wantStatus(t, "guest after", guest.Get(entry), http.StatusOK)
	})
}

func TestDeletedEntriesAreGoneUntilRestored(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry := c.create(t, roomForm("Lab hours"))
		guest, _ := c.guest(t, entry, "guest@else.example", "viewer")
		answer := c.teacher.Post(entry+"/delete", url.Values{})
		wantStatus(t, "delete", answer, http.StatusSeeOther)
		wantText(t, "list", c.teacher.Get(answer.Location), "was deleted", "Can be restored until", `action="`+entry+`/restore"`)
		for name, who := range map[string]*housetest.Browser{"teacher": c.teacher, "student": c.student, "guest": guest} {
			page := who.Get(entry)
			wantStatus(t, name, page, http.StatusGone)
			wantText(t, name, page, "This session no longer exists")
			wantNoText(t, name, page, "Lab hours")
		}
		wantNoText(t, "student's list", c.student.Get(c.course), "Lab hours")
		wantNoText(t, "assistant's list", c.ta.Get(c.course), "Lab hours")
		for _, act := range []string{"/open", "/end", "/publish", "/delete", "/edit"} {
			form := roomForm("Lab hours")
			wantStatus(t, act+" the deleted", c.teacher.Post(entry+act, form), http.StatusGone)
		}
		wantStatus(t, "restore as student", c.student.Post(entry+"/restore", url.Values{}), http.StatusForbidden)
		answer = c.teacher.Post(entry+"/restore", url.Values{})
		wantStatus(t, "restore", answer, http.StatusSeeOther)
		wantText(t, "restored", c.teacher.Get(answer.Location+"&view=about"), "is back", "Lab hours")
		wantStatus(t, "guest after", guest.Get(entry), http.StatusOK)

		wantStatus(t, "delete", c.teacher.Post(entry+"/delete", url.Values{}), http.StatusSeeOther)
		c.Clock.Add(31 * 24 * time.Hour)
		teacher := c.Browser().Launch("teacher2", ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}), ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "link-2"}))
		wantNoText(t, "list a month later", teacher.Get(c.course), "Lab hours")
		wantStatus(t, "restore a month later", teacher.Post(entry+"/restore", url.Values{}), http.StatusNotFound)
	})
}

func TestEditChangesWhatItSaysAndNoMore(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	now := c.Clock.Now()
	start := now.Add(24 * time.Hour)
	entry := c.create(t, lessonForm("Kelp", start, start.Add(time.Hour)))
	page := c.teacher.Get(entry + "/edit")
	wantText(t, "form", page, `value="Kelp"`, `value="`+start.Format("2006-01-02T15:04")+`"`, `value="UTC"`, `name="published"`)
	form := lessonForm("", start, start.Add(-time.Hour))
	page = c.teacher.Post(entry+"/edit", form)
	wantStatus(t, "mistakes", page, http.StatusUnprocessableEntity)
	wantText(t, "mistakes", page, "title-error", "ends_at-error")

	form = lessonForm("Kelp <b>forests</b>", start, start.Add(2*time.Hour))
	form.Set("description", "See https://kelp.example/a?b=c.\njavascript:alert(1)")
	answer := c.ta.Post(entry+"/edit", form) // the assistant's form has no tick for published
	wantStatus(t, "edit", answer, http.StatusSeeOther)
	page = c.teacher.Get(answer.Location)
	wantText(t, "edited", page, "Saved.", "Kelp &lt;b&gt;forests&lt;/b&gt;", `href="https://kelp.example/a?b=c" rel="noopener nofollow ugc"`)
	wantNoText(t, "edited", page, "<b>forests", `href="javascript`)
	form.Del("published")
	wantStatus(t, "edit by the assistant", c.ta.Post(entry+"/edit", form), http.StatusSeeOther)
	wantStatus(t, "still published", c.student.Get(entry), http.StatusOK)
	wantStatus(t, "edit by the teacher", c.teacher.Post(entry+"/edit", form), http.StatusSeeOther)
	wantStatus(t, "not published any more", c.student.Get(entry), http.StatusForbidden)

	form.Del("chat")
	wantStatus(t, "chat off", c.teacher.Post(entry+"/edit", form), http.StatusSeeOther)
	page = c.teacher.Get(entry)
	wantNoText(t, "room without chat", page, "Invite users")
	wantText(t, "room without chat", page, "Invitations", "More actions")
}

func TestNoticesAreTheOnesWeWrote(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	entry := c.create(t, roomForm("Lab hours"))
	for _, notice := range []string{"unknown", "title", "<script>", "host_page&notice=saved", ""} {
		page := c.student.Get(entry + "?view=about&notice=" + url.QueryEscape(notice))
		wantStatus(t, notice, page, http.StatusOK)
		wantNoText(t, notice, page, `class="note"`, "<script>x")
	}
}

func TestARaisedAndALoweredRoleShowsAtTheNextPage(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	entry := c.create(t, roomForm("Lab hours"))
	b := c.Browser().Launch("changeling", ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}))
	wantText(t, "as teacher", b.Get(entry), `data-permission="co-owner"`)
	c.Browser().Launch("changeling", ltitest.With(lti.ClaimRoles, []string{ltitest.RoleLearner})) // in another browser
	wantText(t, "as student", b.Get(entry), `data-permission="none"`, `data-attendee="viewer"`)
	wantStatus(t, "delete as student", b.Post(entry+"/delete", url.Values{}), http.StatusForbidden)
}

func TestBoundInvitationIsOfferedInTheCourse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry := c.create(t, roomForm("Lab hours"))
		framed := c.Browser().LaunchInFrame("student")
		for _, path := range []string{entry, c.course} {
			wantNoText(t, "before", framed.Get(path), "/accept")
		}
		people := c.teacher.Get(entry + "/invitations/suggest?q=sam+student")
		id := regexp.MustCompile(`"person_id":"([^"]+)"`).FindStringSubmatch(people.Body)
		if id == nil {
			t.Fatalf("nobody suggested: %s", people.Body)
		}
		answer := c.teacher.Post(entry+"/invitations", url.Values{"person": {id[1]}, "email": {"student@campus.example"}, "first": {"Sam"}, "last": {"Student"}, "role": {"speaker"}})
		wantStatus(t, "invite", answer, http.StatusSeeOther)
		accept := regexp.MustCompile(`action="([^"]+/accept)"`)
		var offer []string
		for _, path := range []string{entry, c.course} {
			if offer = accept.FindStringSubmatch(framed.Get(path).Body); offer == nil {
				t.Fatalf("%s offers nothing", path)
			}
		}
		wantNoText(t, "somebody else's page", c.Browser().Launch("student2").Get(entry), "/accept")
		wantStatus(t, "accept", framed.Post(offer[1], url.Values{"identity": {identity(t, framed.Get(entry))}}), http.StatusSeeOther)
		page := framed.Get(entry)
		wantText(t, "after", page, `data-attendee="speaker"`)
		wantNoText(t, "after", page, "/accept")
	})
}
