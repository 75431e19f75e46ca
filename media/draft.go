package media

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a static binary must know zones on machines that do not
	"unicode"
	"unicode/utf8"
)

// Bounds of what people write about an entry, in runes.
const (
	MaxTitle       = 200
	MaxDescription = 5000
)

// Message keys of the mistakes that [Draft.Validate] finds.
const (
	MistakeTitleRequired      = "entry.error.title_required"
	MistakeTitleTooLong       = "entry.error.title_too_long"
	MistakeDescriptionTooLong = "entry.error.description_too_long"
	MistakeStartRequired      = "entry.error.start_required"
	MistakeEndRequired        = "entry.error.end_required"
	MistakeEndBeforeStart     = "entry.error.end_before_start"
	MistakeEndPassed          = "entry.error.end_passed"
	MistakeZoneUnknown        = "entry.error.zone_unknown"
	MistakeTimeUnreadable     = "entry.error.time_unreadable"
	MistakeTimeSkipped        = "entry.error.time_skipped"
)

// Draft is what people fill in to create or edit an entry.
type Draft struct {
	Title       string
	Description string
	TimeZone    string
	StartsAt    *time.Time
	EndsAt      *time.Time
	AlwaysOpen  bool
	Chat        bool
	OpensItself bool
	Published   bool
	// KeepPublished leaves the publish status as it is, whatever Published says:
	// for who may edit and not publish.
	KeepPublished bool
}

// DraftOf is the draft that describes the entry as it is.
func DraftOf(e Entry) Draft {
	return Draft{
		Title: e.Title, Description: e.Description, TimeZone: e.TimeZone,
		StartsAt: e.StartsAt, EndsAt: e.EndsAt, AlwaysOpen: e.AlwaysOpen,
		Chat: e.Chat, OpensItself: e.OpensItself, Published: e.Published,
	}
}

// Validate finds the mistakes of a draft for a new entry, as field name to
// message key: title, description, time_zone, starts_at, ends_at. It returns an
// empty map where there are none.
func (d Draft) Validate(now time.Time) map[string]string {
	d = d.clean()
	mistakes := map[string]string{}
	switch n := utf8.RuneCountInString(d.Title); {
	case n == 0:
		mistakes["title"] = MistakeTitleRequired
	case n > MaxTitle:
		mistakes["title"] = MistakeTitleTooLong
	}
	if utf8.RuneCountInString(d.Description) > MaxDescription {
		mistakes["description"] = MistakeDescriptionTooLong
	}
	if _, err := zone(d.TimeZone); err != nil {
		mistakes["time_zone"] = MistakeZoneUnknown
	}
	if d.AlwaysOpen {
		return mistakes
	}
	if d.StartsAt == nil {
		mistakes["starts_at"] = MistakeStartRequired
	}
	switch {
	case d.EndsAt == nil:
		mistakes["ends_at"] = MistakeEndRequired
	case d.StartsAt != nil && !d.EndsAt.After(*d.StartsAt):
		mistakes["ends_at"] = MistakeEndBeforeStart
	case !d.EndsAt.After(now):
		mistakes["ends_at"] = MistakeEndPassed
	}
	return mistakes
}

// ValidateChange finds the mistakes of a draft that changes e. An end that lies
// in the past is one only where the schedule changes: the title of a room that
// is over can still be mended.
func (d Draft) ValidateChange(e Entry, now time.Time) map[string]string {
	mistakes := d.Validate(now)
	if mistakes["ends_at"] == MistakeEndPassed && e.EndsAt != nil && d.EndsAt.Equal(*e.EndsAt) {
		delete(mistakes, "ends_at")
	}
	return mistakes
}

// clean brings a draft into the form that is stored: one-line title, unix line
// ends, nothing that a database refuses, no schedule where always open.
func (d Draft) clean() Draft {
	d.Title = strings.Join(strings.Fields(printable(d.Title)), " ")
	d.Description = strings.ReplaceAll(d.Description, "\r\n", "\n")
	d.Description = strings.TrimSpace(printable(strings.ReplaceAll(d.Description, "\r", "\n")))
	if d.AlwaysOpen {
		d.StartsAt, d.EndsAt = nil, nil
	}
	d.StartsAt, d.EndsAt = stored(d.StartsAt), stored(d.EndsAt)
	return d
}

// stored brings a time to UTC and to the precision of both databases.
func stored(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC().Truncate(time.Microsecond)
	return &u
}

// printable drops control characters but line feeds and tabs, and repairs
// broken UTF-8: PostgreSQL refuses a text with either.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// Errors of [ParseTime].
var (
	ErrZoneUnknown    = errors.New("unknown time zone")
	ErrTimeUnreadable = errors.New("unreadable time")
	ErrTimeSkipped    = errors.New("time skipped by the clock change")
)

// formTime is how a datetime-local input writes a time; some browsers add
// seconds, which schedules do without.
const formTime = "2006-01-02T15:04"

// The years that a schedule can lie in. Beyond them is a slip of the pen, and
// what one database stores the other cannot read.
const firstYear, lastYear = 2000, 2199

// ParseTime reads the value of a datetime-local input as wall-clock time in the
// IANA zone. It returns [ErrTimeSkipped] for a time that the zone's clocks jump
// over in spring, [ErrTimeUnreadable] and [ErrZoneUnknown]. A time that comes
// twice in autumn is the one that Go's time package picks.
func ParseTime(value, zoneName string) (time.Time, error) {
	loc, err := zone(zoneName)
	if err != nil {
		return time.Time{}, err
	}
	layout := formTime
	if len(value) > len(formTime) {
		layout += ":05"
	}
	t, err := time.ParseInLocation(layout, value, loc)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrTimeUnreadable, err)
	}
	if t.Year() < firstYear || t.Year() > lastYear {
		return time.Time{}, ErrTimeUnreadable
	}
	if t.Format(layout) != value {
		return time.Time{}, ErrTimeSkipped
	}
	t = t.Truncate(time.Minute)
	return t.UTC(), nil
}

// FormTime writes a time as the value of a datetime-local input in the zone; an
// unknown zone is read as UTC, nil as "".
func FormTime(t *time.Time, zoneName string) string {
	if t == nil {
		return ""
	}
	loc, err := zone(zoneName)
	if err != nil {
		loc = time.UTC
	}
	return t.In(loc).Format(formTime)
}

// zone loads an IANA zone. The names that Go understands beside them ("" and
// "Local") would mean another zone on another server.
func zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, ErrZoneUnknown
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrZoneUnknown, err)
	}
	return loc, nil
}
