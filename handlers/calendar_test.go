package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

func TestCountdownGoesIntoTheGuestsCalendar(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		start := c.Clock.Now().Add(48 * time.Hour).Truncate(time.Minute)
		form := lessonForm("Tides, and\r\nATTENDEE:mailto:x@evil.example", start, start.Add(time.Hour))
		entry := c.create(t, form)
		link, invitation := c.invite(t, entry, "guest@else.example", "viewer")
		b := c.Browser()
		wantText(t, "countdown", b.Get(link), "Add to calendar", link+"/calendar.ics")
		page := b.Get(link + "/calendar.ics")
		wantStatus(t, "calendar", page, http.StatusOK)
		calendar, err := ics.ParseCalendar(strings.NewReader(page.Body))
		if err != nil || len(calendar.Events()) != 1 {
			t.Fatalf("calendar file: %v\n%s", err, page.Body)
		}
		event := calendar.Events()[0]
		if at, err := event.GetStartAt(); err != nil || !at.Equal(start) {
			t.Errorf("starts at %v (%v), want %v", at, err, start)
		}
		if strings.Contains(page.Body, "\nATTENDEE") || strings.Contains(page.Body, "guest@else.example") {
			t.Errorf("the file has a property or an address of somebody's:\n%s", page.Body)
		}
		wantStatus(t, "revoke", c.teacher.Post(invitation+"/revoke", url.Values{}), http.StatusSeeOther)
		wantStatus(t, "calendar of a withdrawn invitation", b.Get(link+"/calendar.ics"), http.StatusGone)
	})
}

// Moodle numbers activities and courses alike: activity 2 of course 2 is a
// link. A navigation placement repeats an id that is no mere number.
func TestLinkWhoseNumberIsTheCoursesIsALink(t *testing.T) {
	t.Parallel()
	site := newClassroom(t, dbtest.OpenSQLite(t))
	for id, isLink := range map[string]bool{"2": true, "4dde05e8ca1973bcca9bffc13e1548820eee93a3": false} {
		b := site.Browser().Launch("teacher",
			ltitest.With(lti.ClaimContext, map[string]any{"id": id, "title": "Course"}),
			ltitest.With(lti.ClaimResourceLink, map[string]any{"id": id, "title": "Link"}))
		if strings.Contains(b.Path, "/links/") != isLink {
			t.Errorf("link id %s in the course of that id leads to %s", id, b.Path)
		}
	}
}
