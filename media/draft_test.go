package media

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDraftNamesEachMistakeAtItsField(t *testing.T) {
	t.Parallel()
	good := lesson("Kelp forests", noon.Add(time.Hour))
	with := func(change func(*Draft)) Draft { d := good; change(&d); return d }
	for _, tt := range []struct {
		name string
		d    Draft
		want map[string]string
	}{
		{"a good one has none", good, map[string]string{}},
		{"a standing room needs no schedule", standing("Lab hours"), map[string]string{}},
		{"a start in the past is fine", with(func(d *Draft) { d.StartsAt = at(-time.Minute) }), map[string]string{}},
		{"no title", with(func(d *Draft) { d.Title = " \t\u200a\x00 " }), map[string]string{"title": MistakeTitleRequired}},
		{"a title of 200 letters is fine", with(func(d *Draft) { d.Title = strings.Repeat("ä", 200) }), map[string]string{}},
		{"one of 201 is not", with(func(d *Draft) { d.Title = strings.Repeat("ä", 201) }), map[string]string{"title": MistakeTitleTooLong}},
		{"a description of 5000 letters is fine", with(func(d *Draft) { d.Description = strings.Repeat("語", 5000) }), map[string]string{}},
		{"line ends count once", with(func(d *Draft) { d.Description = strings.Repeat("x\r\n", 2499) + "xx" }), map[string]string{}},
		{"one of 5001 is not", with(func(d *Draft) { d.Description = strings.Repeat("語", 5001) }), map[string]string{"description": MistakeDescriptionTooLong}},
		{"no zone", with(func(d *Draft) { d.TimeZone = "" }), map[string]string{"time_zone": MistakeZoneUnknown}},
		{"the server's own zone", with(func(d *Draft) { d.TimeZone = "Local" }), map[string]string{"time_zone": MistakeZoneUnknown}},
		{"a made-up zone", with(func(d *Draft) { d.TimeZone = "../etc/passwd" }), map[string]string{"time_zone": MistakeZoneUnknown}},
		{"no schedule", with(func(d *Draft) { d.StartsAt, d.EndsAt = nil, nil }), map[string]string{"starts_at": MistakeStartRequired, "ends_at": MistakeEndRequired}},
		{"the end at the start", with(func(d *Draft) { d.EndsAt = d.StartsAt }), map[string]string{"ends_at": MistakeEndBeforeStart}},
		{"the end before the start", with(func(d *Draft) { d.EndsAt = at(time.Minute) }), map[string]string{"ends_at": MistakeEndBeforeStart}},
		{"all in the past", lesson("Yesterday", noon.Add(-24*time.Hour)), map[string]string{"ends_at": MistakeEndPassed}},
		{"all at once", Draft{}, map[string]string{"title": MistakeTitleRequired, "time_zone": MistakeZoneUnknown, "starts_at": MistakeStartRequired, "ends_at": MistakeEndRequired}},
	} {
		if diff := cmp.Diff(tt.want, tt.d.Validate(noon)); diff != "" {
			t.Errorf("%s: Validate (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestAPastEndMayStayButNotBeChosen(t *testing.T) {
	t.Parallel()
	d := lesson("Yesterday", noon.Add(-24*time.Hour))
	e := Entry{StartsAt: d.StartsAt, EndsAt: d.EndsAt}
	if got := d.ValidateChange(e, noon); len(got) != 0 {
		t.Errorf("ValidateChange(same end) = %v, want none", got)
	}
	d.EndsAt = at(-time.Hour)
	if got := d.ValidateChange(e, noon)["ends_at"]; got != MistakeEndPassed {
		t.Errorf("ValidateChange(other past end) = %q, want %q", got, MistakeEndPassed)
	}
	if got := d.ValidateChange(Entry{AlwaysOpen: true}, noon)["ends_at"]; got != MistakeEndPassed {
		t.Errorf("ValidateChange(standing room gets a past end) = %q, want %q", got, MistakeEndPassed)
	}
}

func TestParseTimeReadsWallClockTimeOfTheZone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value, zone, want string
		err               error
	}{
		{"2026-11-26T14:00", "UTC", "2026-11-26T14:00:00Z", nil},
		{"2026-11-26T14:00:30", "UTC", "2026-11-26T14:00:00Z", nil},
		{"2026-07-01T14:00", "Europe/Berlin", "2026-07-01T12:00:00Z", nil},
		{"2026-11-26T14:00", "Asia/Kathmandu", "2026-11-26T08:15:00Z", nil},
		{"2026-03-29T02:30", "Europe/Berlin", "", ErrTimeSkipped},
		{"2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00:00Z", nil},
		{"2026-03-08T02:00", "America/New_York", "", ErrTimeSkipped},
		{"2026-10-25T02:30", "Europe/Berlin", "2026-10-25T01:30:00Z", nil}, // comes twice
		{"2011-12-30T10:00", "Pacific/Apia", "", ErrTimeSkipped},           // a whole day
		{"", "UTC", "", ErrTimeUnreadable},
		{"2026-11-26T14:00junk", "UTC", "", ErrTimeUnreadable},
		{"9999-12-31T23:59", "America/New_York", "", ErrTimeUnreadable},
		{"1999-12-31T23:59", "UTC", "", ErrTimeUnreadable},
		{"26.11.2026 14:00", "UTC", "", ErrTimeUnreadable},
		{"2026-02-30T14:00", "UTC", "", ErrTimeUnreadable},
		{"2026-11-26T14:00", "Mars/Olympus", "", ErrZoneUnknown},
		{"2026-11-26T14:00", "", "", ErrZoneUnknown},
	} {
		got, err := ParseTime(tt.value, tt.zone)
		if !errors.Is(err, tt.err) {
			t.Errorf("ParseTime(%q, %q) error = %v, want %v", tt.value, tt.zone, err, tt.err)
			continue
		}
		if err == nil && got.Format(time.RFC3339) != tt.want {
			t.Errorf("ParseTime(%q, %q) = %s, want %s", tt.value, tt.zone, got.Format(time.RFC3339), tt.want)
		}
		if err == nil && FormTime(&got, tt.zone) != tt.value[:16] {
			t.Errorf("FormTime(ParseTime(%q)) = %q", tt.value, FormTime(&got, tt.zone))
		}
	}
	if got := FormTime(nil, "UTC"); got != "" {
		t.Errorf("FormTime(nil) = %q, want none", got)
	}
}
