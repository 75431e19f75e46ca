package browser

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // rooms start within seconds by changing their row
)

// schedules creates a room for tomorrow on a fresh link.
func schedules(v view, title string, opensItself bool) {
	v.t().Helper()
	v.sees("h1", "Choose or create")
	v.fill("#title", title)
	v.click("[data-always-open]", "")
	v.sees("#starts_at", "")
	tomorrow := time.Now().Add(24 * time.Hour).UTC()
	v.set("#starts_at", tomorrow.Format("2006-01-02T15:04"))
	v.set("#ends_at", tomorrow.Add(time.Hour).Format("2006-01-02T15:04"))
	v.set("#time_zone", "Europe/Oslo")
	if !opensItself {
		v.click("input[name=opens_itself]", "")
	}
	v.click("button", "Create a room")
	v.at("page", "media")
	v.sees("h1", title)
}

// startsIn moves the start of the program's rooms; forms know minutes alone.
func (p *program) startsIn(d time.Duration) time.Time {
	p.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(p.folder, "usher.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // the statement told
	var sample string
	if err := db.QueryRow("SELECT CAST(starts_at AS TEXT) FROM entries WHERE starts_at IS NOT NULL").Scan(&sample); err != nil {
		p.t.Fatal(err)
	}
	start := time.Now().UTC().Add(d).Truncate(time.Second)
	layout := "2006-01-02 15:04:05.000000-07:00"
	if !strings.Contains(sample, ".") {
		layout = "2006-01-02 15:04:05-07:00"
	}
	if _, err := time.Parse("2006-01-02 15:04:05-07:00", sample); err != nil {
		p.t.Fatalf("times look like %s", sample)
	}
	if _, err := db.Exec("UPDATE entries SET starts_at = ?, ends_at = ? WHERE starts_at IS NOT NULL",
		start.Format(layout), start.Add(time.Hour).Format(layout)); err != nil {
		p.t.Fatal(err)
	}
	return start
}

func TestCountdownInTheGuestsZoneGoesOnByItself(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{zone: "Asia/Tokyo"})
	student := newPerson(t, p, "student", blocked, looks{})
	tab := teacher.launches("canvas", "teacher", "in=frame")
	schedules(tab.tool(), "Guest lecture", true)
	tab.shot("schedule-1-media")
	link := invites(tab.tool(), invitation{"iris@example.org", "Iris", "Vale", "Viewer"})

	start := p.startsIn(12 * time.Second)
	door := guest.open(link)
	v := door.top()
	v.sees("h2", "Starts in")
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	v.sees("dd", start.In(zone).Format("15:04"))
	v.sees("dd", "Tokyo")
	v.sees("dd", start.In(time.FixedZone("CET", 3600)).Format("15:04")+" for the hosts in Oslo")
	door.shot("schedule-2-countdown")
	waiting := student.launches("canvas", "student1", "in=frame").tool()
	waiting.at("page", "media")
	waiting.sees("h2", "Opens in")

	v.at("page", "lobby")
	if early := time.Until(start); early > 0 {
		t.Errorf("the lobby came %s before the start", early)
	}
	waiting.at("page", "room")
	v.fill("#email", "iris@example.org")
	v.click("button", "Continue")
	v.at("page", "room")
}

func TestARoomThatAHostOpensMakesEverybodyWaitForTheHost(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{})
	student := newPerson(t, p, "student", blocked, looks{})
	host := teacher.launches("moodle", "teacher", "in=frame").tool()
	schedules(host, "Seminar", false)
	link := invites(host, invitation{"iris@example.org", "Iris", "Vale", "Viewer"})

	p.startsIn(6 * time.Second)
	door := guest.open(link)
	door.top().sees("h2", "Starts in")
	door.top().sees("h2", "Waiting for the host")
	door.shot("schedule-3-waiting")
	waiting := student.launches("moodle", "student1", "in=frame").tool()
	waiting.sees("h2", "Waiting for the host")

	teacher.launches("moodle", "teacher", "in=frame").tool().click("button", "Open room now")
	waiting.at("page", "room")
	door.top().at("page", "lobby")
}
