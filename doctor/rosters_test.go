package doctor_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"usher/database/dbtest"
	"usher/doctor"
	"usher/lti"
	"usher/roster"
)

func TestRostersThatFailAreNamedByTheirPlatform(t *testing.T) {
	t.Parallel()
	good := time.Date(2026, 11, 21, 6, 30, 0, 0, time.UTC)
	off := good
	tests := []struct {
		name     string
		platform lti.Platform
		health   roster.PlatformHealth
		want     string // check, status, code and arguments; "" for no finding
	}{
		{"good", lti.Platform{ID: "p", Name: "Moodle"}, roster.PlatformHealth{PlatformID: "p", Courses: 3, LastGood: &good}, "roster good roster_good [Name Moodle Time 2026-11-21 06:30 UTC]"},
		{"not yet", lti.Platform{ID: "p", Name: "Moodle"}, roster.PlatformHealth{PlatformID: "p", Courses: 1}, "roster good roster_waiting [Name Moodle]"},
		{"refused", lti.Platform{ID: "p", Name: "Moodle"}, roster.PlatformHealth{PlatformID: "p", Failing: 1, LastGood: &good, Code: lti.ServiceTokenRefused, Status: 400, Words: "invalid_scope"}, "roster warn roster_token_refused [Name Moodle Answer 400 invalid_scope]"},
		{"silent", lti.Platform{ID: "p", Name: "Moodle"}, roster.PlatformHealth{PlatformID: "p", Failing: 1, Code: lti.ServiceUnreachable}, "roster warn roster_unreachable [Name Moodle Answer –]"},
		{"switched off", lti.Platform{ID: "p", Name: "Moodle", DisabledAt: &off}, roster.PlatformHealth{PlatformID: "p", Failing: 1, Code: lti.ServiceUnreachable}, ""},
		{"without rosters", lti.Platform{ID: "other", Name: "Moodle"}, roster.PlatformHealth{PlatformID: "p", Failing: 1}, ""},
	}
	db := dbtest.OpenSQLite(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := patient(t, db, usher)
			r := d.Registry.(registry)
			r.platforms = []lti.Platform{tt.platform}
			d.Registry, d.Rosters = r, rosters{health: []roster.PlatformHealth{tt.health}}
			got := ""
			if f, ok := found(t, d)["roster"]; ok {
				got = fmt.Sprint(f.Check, " ", f.Status, " ", f.Code, " ", f.Args)
			}
			if got != tt.want {
				t.Errorf("finding = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestRostersThatCannotBeReadAreSaid(t *testing.T) {
	t.Parallel()
	d := patient(t, dbtest.OpenSQLite(t), usher)
	d.Rosters = rosters{err: errors.New("disk is gone")}
	if f := found(t, d)["rosters"]; f.Status != doctor.Danger || f.Code != "roster_unknown" {
		t.Errorf("finding = %+v", f)
	}
}
