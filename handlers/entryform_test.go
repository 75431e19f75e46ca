package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"usher/database/dbtest"
)

// A zone that nobody knows hides no other mistake.
func TestAnUnknownZoneHidesNoMistakeInTheTimes(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	form := roomForm("Lab hours")
	form.Del("always_open")
	form.Set("time_zone", "Middle/Earth")
	form.Set("starts_at", "2031-05-02T10:00")
	form.Set("ends_at", "2031-05-02T09:00")
	page := c.teacher.Post(c.course+"/entries", form)
	wantStatus(t, "end before start in an unknown zone", page, http.StatusUnprocessableEntity)
	wantText(t, "its page", page, `id="time_zone-error"`)
	wantText(t, "its page", page, `id="ends_at-error"`)
	form.Set("ends_at", "2031-05-02T11:00")
	page = c.teacher.Post(c.course+"/entries", form)
	wantText(t, "unknown zone alone", page, `id="time_zone-error"`)
	wantNoText(t, "unknown zone alone", page, `id="ends_at-error"`)
}

// The next hour is suggested, so that scheduling is two clicks; what somebody
// typed is not touched.
func TestTheNextHourIsSuggested(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	page := c.teacher.Get(c.course + "/entries/new")
	start := c.Clock.Now().UTC().Truncate(time.Hour).Add(time.Hour)
	wantText(t, "fresh form", page, `name="starts_at" type="datetime-local" value="`+start.Format("2006-01-02T15:04")+`"`)
	wantText(t, "fresh form", page, `name="ends_at" type="datetime-local" value="`+start.Add(time.Hour).Format("2006-01-02T15:04")+`"`)
	wantText(t, "fresh form", page, "data-suggested")
	form := roomForm("")
	form.Del("always_open")
	wantNoText(t, "form that comes back", c.teacher.Post(c.course+"/entries", form), "data-suggested")
}
