package handlers

import (
	"errors"
	"maps"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"usher/media"
	"usher/views"
)

// freshFields are the values of a form for a new room: one that is open at once
// needs nothing but a title. The schedule that it suggests is the next hour,
// which the page's script moves to the reader's zone.
func freshFields(title string, now time.Time) views.EntryFields {
	start := now.UTC().Truncate(time.Hour).Add(time.Hour)
	end := start.Add(time.Hour)
	return views.EntryFields{
		Title: title, AlwaysOpen: true, Chat: true, OpensItself: true, Published: true, Suggested: true,
		StartsAt: media.FormTime(&start, "UTC"), EndsAt: media.FormTime(&end, "UTC"), TimeZone: "UTC",
	}
}

// fieldsOf are the values of a form that changes an entry.
func fieldsOf(e media.Entry) views.EntryFields {
	return views.EntryFields{
		Title: e.Title, Description: e.Description, TimeZone: e.TimeZone,
		StartsAt: media.FormTime(e.StartsAt, e.TimeZone), EndsAt: media.FormTime(e.EndsAt, e.TimeZone),
		AlwaysOpen: e.AlwaysOpen, Chat: e.Chat, OpensItself: e.OpensItself, Published: e.Published,
	}
}

// readEntryFields reads what somebody typed. An always open room needs no zone,
// so one that could not be filled in without a script is no mistake there.
func readEntryFields(c echo.Context) views.EntryFields {
	f := views.EntryFields{
		Title: c.FormValue("title"), Description: c.FormValue("description"),
		StartsAt: strings.TrimSpace(c.FormValue("starts_at")), EndsAt: strings.TrimSpace(c.FormValue("ends_at")),
		TimeZone:   strings.TrimSpace(c.FormValue("time_zone")),
		AlwaysOpen: c.FormValue("always_open") != "", Chat: c.FormValue("chat") != "",
		OpensItself: c.FormValue("opens_itself") != "", Published: c.FormValue("published") != "",
	}
	if f.AlwaysOpen && f.TimeZone == "" {
		f.TimeZone = "UTC"
	}
	return f
}

// draftOf turns the values of a form into a draft, and names the times in it
// that cannot be read.
func draftOf(f views.EntryFields) (media.Draft, views.Errors) {
	d := media.Draft{
		Title: f.Title, Description: f.Description, TimeZone: f.TimeZone,
		AlwaysOpen: f.AlwaysOpen, Chat: f.Chat, OpensItself: f.OpensItself, Published: f.Published,
	}
	unread := views.Errors{}
	if d.AlwaysOpen {
		return d, unread
	}
	d.StartsAt = readTime("starts_at", f.StartsAt, f.TimeZone, unread)
	d.EndsAt = readTime("ends_at", f.EndsAt, f.TimeZone, unread)
	return d, unread
}

func readTime(field, value, zone string, unread views.Errors) *time.Time {
	if value == "" {
		return nil
	}
	t, err := media.ParseTime(value, zone)
	switch {
	case err == nil:
		return &t
	case errors.Is(err, media.ErrTimeSkipped):
		unread[field] = media.MistakeTimeSkipped
	case errors.Is(err, media.ErrTimeUnreadable):
		unread[field] = media.MistakeTimeUnreadable
	case errors.Is(err, media.ErrZoneUnknown):
		// The zone's field says so. Which of two times is the earlier one is the
		// same in any zone.
		return readTime(field, value, "UTC", unread)
	}
	return nil
}

// mistakesOf joins what is wrong with a draft and which times could not be read;
// the latter are not missing. Whether an end has passed depends on the zone.
func mistakesOf(invalid map[string]string, unread views.Errors) views.Errors {
	mistakes := views.Errors(invalid)
	maps.Copy(mistakes, unread)
	if mistakes["time_zone"] != "" && mistakes["ends_at"] == media.MistakeEndPassed {
		delete(mistakes, "ends_at")
	}
	return mistakes
}

// validNew reads and checks the form of a new room. Somebody who may not
// publish makes rooms that are published, as all new ones are: they could never
// make up for it.
func (s *Server) validNew(v *visitor, f views.EntryFields) (media.Draft, views.Errors) {
	f.Published = f.Published || !v.Permission.May(media.ActionPublish)
	d, unread := draftOf(f)
	return d, mistakesOf(d.Validate(s.Now()), unread)
}

// validChange reads and checks the form that changes an entry. Somebody who may
// not publish leaves the publish status as it is.
func (s *Server) validChange(v *visitor, f views.EntryFields) (media.Draft, views.Errors) {
	d, unread := draftOf(f)
	d.KeepPublished = !v.Permission.May(media.ActionPublish)
	return d, mistakesOf(d.ValidateChange(v.Entry, s.Now()), unread)
}
