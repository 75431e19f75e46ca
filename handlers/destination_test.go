package handlers_test

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
)

// made is a launch of a link that the picker made, or that says so.
func made(link, entry string, more ...ltitest.Change) ltitest.Change {
	return func(m *ltitest.Message) {
		m.Claims[lti.ClaimResourceLink] = map[string]any{"id": link, "title": "A link"}
		m.Claims[lti.ClaimCustom] = map[string]any{"usher_entry": entry}
		for _, change := range more {
			change(m)
		}
	}
}

// C-47: the link comes back with its custom value.
func TestPickedLinkOpensItsRoom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		lab, talk := c.create(t, roomForm("Open lab")), c.create(t, roomForm("Talk"))
		for _, link := range []string{"l1", "l1", "l2"} { // several links to one room
			if b := c.Browser().Launch("student", made(link, entryID(lab))); b.Path != lab {
				t.Errorf("C-47: %s leads to %s, want %s", link, b.Path, lab)
			}
		}
		if b := c.Browser().Launch("student", made("l1", entryID(talk))); b.Path != talk {
			t.Errorf("a changed custom value leads to %s, want %s", b.Path, talk)
		}
		plain := ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "l1"})
		if b := c.Browser().Launch("student", plain); b.Path != talk {
			t.Errorf("without custom value the link leads to %s, want the room it showed", b.Path)
		}
		// Deleting and restoring.
		wantStatus(t, "delete", c.teacher.Post(talk+"/delete", url.Values{}), http.StatusSeeOther)
		for _, link := range []string{"l1", "l3"} {
			b := c.Browser()
			answer := b.TryLaunch(c.Platform, "student", made(link, entryID(talk)))
			wantStatus(t, "deleted room of "+link, b.Get(answer.Location), http.StatusGone)
		}
		wantStatus(t, "restore", c.teacher.Post(talk+"/restore", url.Values{}), http.StatusSeeOther)
		for _, link := range []string{"l1", "l3"} {
			if b := c.Browser().Launch("student", made(link, entryID(talk))); b.Path != talk {
				t.Errorf("restored room: %s leads to %s", link, b.Path)
			}
		}
	})
}

// C-47: a custom value opens no room of another course, tenant or nowhere, and
// gives away none.
func TestForeignCustomValueOpensNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		physics := ltitest.With(lti.ClaimContext, map[string]any{"id": "course-2", "title": "Physics"})
		elsewhere := c.Browser().Launch("teacher9", physics, ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}))
		secret := elsewhere.Post(elsewhere.Path[:strings.Index(elsewhere.Path, "/links/")]+"/entries", roomForm("Secret of physics")).Location
		other := c.Browser().LaunchFrom(c.Other, "teacher")
		foreign := other.Post(other.Path[:strings.Index(other.Path, "/links/")]+"/entries", roomForm("Secret of others")).Location
		for name, entry := range map[string]string{"l4": entryID(secret), "l5": entryID(foreign), "l6": "forged", "l7": "\x00'; --"} {
			teacher := c.Browser().Launch("teacher", made(name, entry, history("course-2")))
			page := teacher.Get(teacher.Path)
			wantText(t, name, page, "This link came from another course", "Make a fresh room?", "Choose or create")
			wantNoText(t, name, page, "Secret")
			student := c.Browser().Launch("student", made(name, entry))
			wantText(t, name, student.Get(student.Path), "Not set up yet")
			wantNoText(t, name, student.Get(student.Path), "Secret", "another course")
			form := roomForm("Fresh " + name)
			form.Set("create", "1")
			path, _, _ := strings.Cut(teacher.Path, "?")
			fresh := teacher.Post(path, form)
			if b := c.Browser().Launch("student", made(name, entry)); b.Path != fresh.Location {
				t.Errorf("%s leads to %s now, want its own room %s", name, b.Path, fresh.Location)
			}
		}
		path, _, _ := strings.Cut(c.link, "?")
		wantNoText(t, "an address that names a foreign room", c.teacher.Get(path+"?copied="+entryID(secret)), "Secret")
	})
}

// history says from which courses the launch's was copied.
func history(contexts string) ltitest.Change {
	return func(m *ltitest.Message) {
		custom, _ := m.Claims[lti.ClaimCustom].(map[string]any)
		custom[lti.CustomContextHistory] = contexts
	}
}

// A copied course gets rooms of its own, with the old ones' details for those
// who may edit these, and never the old invitations.
func TestCopiedCourseGetsItsOwnRooms(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		form := roomForm("Open lab")
		form.Set("description", "Bring your transects.")
		lab := c.create(t, form)
		guest, _ := c.guest(t, lab, "guest@else.example", "speaker")
		wantStatus(t, "guest in the old room", guest.Get(lab), http.StatusOK)
		copied := ltitest.With(lti.ClaimContext, map[string]any{"id": "course-3", "title": "Economics 102"})
		teacher := c.Browser().Launch("teacher", copied, made("copy", entryID(lab), history("course-0, course-1")))
		page := teacher.Get(teacher.Path)
		wantText(t, "copied link", page, "This link came from another course", "filled in below", `value="Open lab"`, "Bring your transects.")
		form = roomForm("Fresh lab")
		form.Set("create", "1")
		path, _, _ := strings.Cut(teacher.Path, "?")
		fresh := teacher.Post(path, form)
		if fresh.Status != http.StatusSeeOther || fresh.Location == lab {
			t.Fatalf("fresh room: status %d to %q", fresh.Status, fresh.Location)
		}
		wantNoText(t, "invitations of the fresh room", teacher.Get(fresh.Location+"/invitations"), "guest@else.example")
		wantStatus(t, "old guest in the fresh room", guest.Get(fresh.Location), http.StatusNotFound)
		if b := c.Browser().Launch("student", copied, made("copy", entryID(lab))); b.Path != fresh.Location {
			t.Errorf("the copied link leads to %s, want %s", b.Path, fresh.Location)
		}
		if b := c.Browser().Launch("student", made("original", entryID(lab))); b.Path != lab {
			t.Errorf("the old link leads to %s, want %s", b.Path, lab)
		}
		// Somebody who had no part in the old course, and a history that does not
		// name it.
		for name, b := range map[string]*housetest.Browser{
			"another teacher": c.Browser().Launch("teacher7", copied, made("copy2", entryID(lab), history("course-1"), ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}))),
			"no history":      c.Browser().Launch("teacher", copied, made("copy3", entryID(lab))),
		} {
			page := b.Get(b.Path)
			wantText(t, name, page, "This link came from another course")
			wantNoText(t, name, page, "Open lab", "Bring your transects.")
		}
	})
}

func TestOfTwoLaunchesOfACopiedLinkAtOnceOneRoomIsMade(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	teachers := []*housetest.Browser{c.Browser().Launch("teacher", made("copy", "gone")), c.Browser().Launch("ta", made("copy", "gone"))}
	paths := map[string]bool{}
	for _, b := range teachers {
		form := roomForm("Room")
		form.Set("create", "1")
		path, _, _ := strings.Cut(b.Path, "?")
		to, _, _ := strings.Cut(b.Post(path, form).Location, "?")
		paths[to] = true
	}
	if len(paths) != 1 {
		t.Errorf("rooms %v, want one", paths)
	}
}
