package views

import (
	"strconv"
	"strings"
	"time"
)

// When is a planned time: a moment, or a span if End is set, in the zone of those who planned it.
type When struct {
	Start, End time.Time
	// Zone is the IANA name; empty or unknown means UTC.
	Zone string
}

// IsZero says that nothing is planned.
func (w When) IsZero() bool { return w.Start.IsZero() }

func (w When) location() *time.Location { return location(w.Zone) }

// City is the zone's town in words, "Oslo" of "Europe/Oslo"; empty for zones without a town.
func (w When) City() string {
	_, city, found := strings.Cut(w.Zone, "/")
	if !found {
		return ""
	}
	if i := strings.LastIndexByte(city, '/'); i >= 0 {
		city = city[i+1:]
	}
	return strings.ReplaceAll(city, "_", " ")
}

var (
	weekdays = map[string][7]string{
		"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		"ar": {"الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"},
	}
	months = map[string][12]string{
		"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		"ar": {"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
	}
)

// Span is a planned time in words: "Thu 26 Nov 2026, 14:00–15:30 GMT".
func (b *Base) Span(w When) string {
	if w.IsZero() {
		return ""
	}
	start := w.Start.In(w.location())
	text := b.day(start) + b.comma() + start.Format("15:04")
	if !w.End.IsZero() {
		end := w.End.In(w.location())
		text += "–"
		if end.YearDay() != start.YearDay() || end.Year() != start.Year() {
			text += b.day(end) + b.comma()
		}
		text += end.Format("15:04")
	}
	return text + " " + zoneName(start)
}

// Hours is Span without the day: "14:00–15:30 GMT".
func (b *Base) Hours(w When) string {
	if w.IsZero() {
		return ""
	}
	start := w.Start.In(w.location())
	text := start.Format("15:04")
	if !w.End.IsZero() {
		text += "–" + w.End.In(w.location()).Format("15:04")
	}
	return text + " " + zoneName(start)
}

// Weekday is the day and hour of the start: "Thursday, 14:00".
func (b *Base) Weekday(w When) string {
	start := w.Start.In(w.location())
	return weekdays[b.Lang][start.Weekday()] + b.comma() + start.Format("15:04")
}

// Month is the short name of the month of the start, for the date tile.
func (b *Base) Month(w When) string {
	return b.short(months[b.Lang][w.Start.In(w.location()).Month()-1])
}

// Day is the day of the month of the start, for the date tile.
func (b *Base) Day(w When) int { return w.Start.In(w.location()).Day() }

// Ago is a past moment relative to now: "5 min ago", "2 h ago", "Yesterday", "18 Nov".
func (b *Base) Ago(t, now time.Time) string {
	past := now.Sub(t)
	switch {
	case past < time.Minute:
		return b.T("time.now")
	case past < time.Hour:
		return b.T("time.minutes_ago", "Count", int(past/time.Minute))
	case past < 24*time.Hour:
		return b.T("time.hours_ago", "Count", int(past/time.Hour))
	case past < 48*time.Hour:
		return b.T("time.yesterday")
	}
	return strconv.Itoa(t.Day()) + " " + b.short(months[b.Lang][t.Month()-1])
}

// Moment is a full time in UTC, for titles and for texts without a zone of their own.
func (b *Base) Moment(t time.Time) string { return b.Span(When{Start: t}) }

// Clock is the hour and minute in UTC; the browser puts the reader's own in its place.
func (b *Base) Clock(t time.Time) string { return t.UTC().Format("15:04") }

// Remaining is the time from now until then, in the parts of a countdown; never negative.
func (b *Base) Remaining(then, now time.Time) Countdown {
	left := max(then.Sub(now), 0)
	return Countdown{
		Days: int(left / (24 * time.Hour)), Hours: int(left / time.Hour % 24),
		Minutes: int(left / time.Minute % 60), Seconds: int(left / time.Second % 60),
	}
}

// Countdown is a remaining time in its parts.
type Countdown struct{ Days, Hours, Minutes, Seconds int }

// Elapsed is the time from the start until now: "24:10" or "1:02:03".
func (b *Base) Elapsed(start, now time.Time) string {
	past := max(now.Sub(start), 0)
	hours, minutes, seconds := int(past/time.Hour), int(past/time.Minute%60), int(past/time.Second%60)
	text := two(minutes) + ":" + two(seconds)
	if hours > 0 {
		return strconv.Itoa(hours) + ":" + text
	}
	return text
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

func (b *Base) day(t time.Time) string {
	return b.short(weekdays[b.Lang][t.Weekday()]) + " " + strconv.Itoa(t.Day()) + " " +
		b.short(months[b.Lang][t.Month()-1]) + " " + strconv.Itoa(t.Year())
}

// short cuts English names to three letters; Arabic has no short forms.
func (b *Base) short(name string) string {
	if b.Lang == "en" && len(name) > 3 {
		return name[:3]
	}
	return name
}

func (b *Base) comma() string {
	if b.Lang == "ar" {
		return "، "
	}
	return ", "
}

// zoneName is the zone's abbreviation; zones that only have a number get "GMT+3".
func zoneName(t time.Time) string {
	name, _ := t.Zone()
	if name == "" || name[0] != '+' && name[0] != '-' {
		return name
	}
	sign, rest := name[:1], strings.TrimPrefix(name[1:], "0")
	if len(rest) > 2 {
		rest = rest[:len(rest)-2] + ":" + rest[len(rest)-2:]
	}
	return "GMT" + sign + rest
}
