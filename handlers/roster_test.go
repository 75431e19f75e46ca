package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti/ltitest"
)

// suggested is a line of the invite dialog's list.
type suggested struct {
	Person string `json:"person_id"`
	Name   string
	Email  string
	Shared bool
	Known  string
}

func (r *room) suggest(t *testing.T, q string) []suggested {
	t.Helper()
	page := r.teacher.Get(r.invitations("/suggest?q=" + url.QueryEscape(q)))
	var answer struct{ People []suggested }
	if err := json.Unmarshal([]byte(page.Body), &answer); err != nil || page.Status != http.StatusOK {
		t.Fatalf("suggest %q: %v, status %d\n%s", q, err, page.Status, page.Body)
	}
	return answer.People
}

// withRoster launches the teacher anew from a platform with a roster and waits
// until it is fetched.
func (r *room) withRoster(t *testing.T, members ...map[string]any) {
	t.Helper()
	r.site.Platform.SetMembers(members...)
	r.teacher.Launch("teacher", ltitest.WithRoster(r.site.Platform))
	if n := r.site.Platform.TokenRequests(); n != 0 {
		t.Errorf("the launch itself asked the platform %d times", n)
	}
	if err := r.site.Rosters.Idle(t.Context()); err != nil {
		t.Fatalf("fetch roster: %v", err)
	}
}

func TestSomebodyWhoNeverLaunchedIsInvitedFromTheRoster(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		r.withRoster(t, ltitest.Member("teacher", "Tara", "Teacher", ""), ltitest.Member("nina", "Nina", "Ångström", ""), ltitest.Member("omar", "عمر", "خالد", "omar@campus.example"))
		found := r.suggest(t, "angstrom ni")
		if len(found) != 1 || found[0].Name != "Nina Ångström" || found[0].Shared || found[0].Known != "course" {
			t.Fatalf("suggest = %+v, want the one of the roster, without an address", found)
		}
		if found := r.suggest(t, "عمر"); len(found) != 1 || found[0].Email != "omar@campus.example" {
			t.Errorf("suggest = %+v, want the one of the roster with the address", found)
		}
		r.invite(t, url.Values{"person": {found[0].Person}, "first": {"Nina"}, "last": {"Ångström"}, "role": {"speaker"}})
		nina := r.site.Browser().Launch("nina")
		if page := nina.Get("/e/" + r.entry.ID); !strings.Contains(page.Body, "/accept") {
			t.Errorf("the invitation is not offered to the person it is bound to:\n%s", page.Body)
		}
		if page := r.student.Get("/e/" + r.entry.ID); strings.Contains(page.Body, "/accept") {
			t.Error("the invitation is offered to somebody else")
		}
		if again := r.suggest(t, "angstrom"); len(again) != 1 || again[0].Person != r.personID(t, db, "nina") {
			t.Errorf("suggest = %+v, want one person, the one who launched", again)
		}
	})
}

// A choice that the dialog could not have offered counts as none.
func TestMemberOfAnotherRosterIsNotChosenByID(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	r := newInviteRoom(t, db, openRoom())
	r.withRoster(t, ltitest.Member("teacher", "Tara", "Teacher", ""))
	other := r.site.Other
	other.SetMembers(ltitest.Member("stranger", "Stella", "Stranger", ""))
	r.site.Browser().LaunchFrom(other, "teacher", ltitest.WithRoster(other))
	if err := r.site.Rosters.Idle(t.Context()); err != nil {
		t.Fatalf("fetch roster: %v", err)
	}
	var id string
	if err := database.QueryOne(t.Context(), db, "SELECT id FROM roster_members WHERE sub = 'stranger'", nil, &id); err != nil {
		t.Fatalf("find stranger: %v", err)
	}
	for _, choice := range []string{id, "nobody", "\x00"} {
		page := r.teacher.Post(r.invitations(""), url.Values{"person": {choice}, "first": {"Stella"}, "last": {"Stranger"}, "role": {"viewer"}})
		wants(t, "somebody of another tenant", page, http.StatusUnprocessableEntity, "Stella")
	}
	if found := r.suggest(t, "stella"); len(found) != 0 {
		t.Errorf("suggest = %+v, want nobody of another tenant", found)
	}
}

// C-57.
func TestLaunchAndDialogGoOnWithoutTheRoster(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(*ltitest.Platform){
		"roster down":    func(p *ltitest.Platform) { p.SetRosterFaults(ltitest.RosterFaults{Status: 503}) },
		"not allowed":    func(p *ltitest.Platform) { p.SetRosterFaults(ltitest.RosterFaults{Status: 403}) },
		"pages for ever": func(p *ltitest.Platform) { p.SetRosterFaults(ltitest.RosterFaults{Endless: true}) },
		"no tokens": func(p *ltitest.Platform) {
			p.SetTokenFaults(ltitest.TokenFaults{Status: 400, Body: `{"error":"invalid_scope"}`})
		},
		"junk for tokens": func(p *ltitest.Platform) { p.SetTokenFaults(ltitest.TokenFaults{Body: "<html>"}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
			breaks(r.site.Platform)
			r.teacher.Launch("teacher", ltitest.WithRoster(r.site.Platform))
			if err := r.site.Rosters.Idle(t.Context()); err != nil {
				t.Fatalf("Idle: %v", err)
			}
			if found := r.suggest(t, "sam"); len(found) == 0 {
				t.Error("who launched is not suggested any more")
			}
			r.invite(t, inviteFields("guest@example.org", "viewer"))
			health, err := r.site.Roster.Health(t.Context())
			if err != nil || len(health) != 1 || health[0].Failing != 1 || health[0].Code == "" {
				t.Errorf("Health = %+v, %v, want one failing roster", health, err)
			}
		})
	}
}

func TestRosterIsFetchedForThoseWhoMayInviteOnly(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	asked := func() int {
		if err := site.Rosters.Idle(t.Context()); err != nil {
			t.Fatalf("Idle: %v", err)
		}
		return len(site.Platform.RosterRequests())
	}
	site.Browser().Launch("student", ltitest.WithRoster(site.Platform))
	if n := asked(); n != 0 {
		t.Errorf("a student's launch asked for the roster %d times", n)
	}
	site.Browser().Launch("ta", ltitest.WithRoster(site.Platform))
	if n := asked(); n != 1 {
		t.Errorf("an assistant's launch asked for the roster %d times, want once", n)
	}
	for range 3 {
		site.Clock.Add(time.Hour)
		site.Browser().Launch("teacher", ltitest.WithRoster(site.Platform))
	}
	if n := asked(); n != 1 {
		t.Errorf("launches within hours asked %d times, want once", n)
	}
}
