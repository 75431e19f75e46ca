package roster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

// lms is a platform that lists what a test puts in.
type lms struct {
	mu      sync.Mutex
	members []lti.Member
	err     error
	asked   []lti.MembersRequest
	busy    int
	most    int           // asked at once
	hold    chan struct{} // answers when it is closed; nil: at once
}

func (l *lms) Members(ctx context.Context, r lti.MembersRequest) ([]lti.Member, error) {
	l.mu.Lock()
	l.asked = append(l.asked, r)
	l.busy++
	l.most = max(l.most, l.busy)
	hold := l.hold
	l.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy--
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return l.members, l.err
}

func (l *lms) requests() int { l.mu.Lock(); defer l.mu.Unlock(); return len(l.asked) }

func listMember(sub, given, family, email string) lti.Member {
	return lti.Member{Subject: sub, GivenName: given, FamilyName: family, Email: email, Active: true, Roles: []string{"Learner"}}
}

// synced is a campus with a fetcher whose clock is the campus's.
type synced struct {
	*campus
	*Fetcher
	lms  *lms
	log  *bytes.Buffer
	want Wanted
}

func newSynced(t testing.TB, db *database.DB) *synced {
	t.Helper()
	s := &synced{campus: newCampus(t, db), lms: &lms{}, log: &bytes.Buffer{}}
	s.Fetcher = s.fetcher(t, db)
	teacher := s.arrive(t, launch("teacher", named("Tara", "Teacher", ""), func(l *lti.Launch) { l.CourseRole = lti.RoleInstructor }))
	s.want = Wanted{TenantID: "t", CourseID: teacher.Course.ID, URL: "https://t.example/roster"}
	return s
}

func (s *synced) fetcher(t testing.TB, db *database.DB) *Fetcher {
	t.Helper()
	f, err := NewFetcher(FetcherDeps{DB: db, Now: func() time.Time { return s.campus.now }, Source: s.lms, Logger: slog.New(slog.NewTextHandler(s.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sync does what a launch wants, and what follows from it.
func (s *synced) sync(t testing.TB) {
	t.Helper()
	s.Want(s.want)
	if err := s.Idle(t.Context()); err != nil {
		t.Fatalf("Idle: %v", err)
	}
}

func (s *synced) later(d time.Duration) { s.campus.now = s.campus.now.Add(d) }

func (s *synced) names(t testing.TB, q string) (names []string) {
	t.Helper()
	found, err := s.Suggest(t.Context(), "t", s.want.CourseID, q, 10)
	if err != nil {
		t.Fatalf("Suggest(%q): %v", q, err)
	}
	for _, p := range found {
		names = append(names, p.DisplayName())
	}
	return names
}

func TestRosterMakesEverybodyOfTheCourseFindable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		s.lms.members = []lti.Member{
			listMember("teacher", "Tara", "Teacher", "tara@campus.example"), listMember("s1", "Søren", "Ångström", "soren@campus.example"),
			listMember("s2", "محمد", "علي", ""), {Subject: "s3", Name: "Left Already", Roles: []string{"Learner"}},
			{Subject: "s4", Name: "Test Student", Active: true, Test: true}, listMember("s5", "", "", "nameless@campus.example"),
		}
		people := count(t, db, "people")
		s.sync(t)
		for q, want := range map[string][]string{
			"angstrom so": {"Søren Ångström"}, "مُحَمَّد": {"محمد علي"}, "teacher": {"Tara Teacher"}, "soren@ca": {"Søren Ångström"}, "left": nil, "test": nil,
		} {
			if diff := cmp.Diff(want, s.names(t, q)); diff != "" {
				t.Errorf("Suggest(%q) (-want +got):\n%s", q, diff)
			}
		}
		if n := count(t, db, "people"); n != people {
			t.Errorf("%d people became %d: a roster makes none", people, n)
		}
		if found, err := s.ByAddress(t.Context(), "t", "SOREN@campus.example"); err != nil || len(found) != 1 {
			t.Errorf("ByAddress = %v, %v, want the one on the roster", found, err)
		}
		for _, tenant := range []string{"t2"} {
			if found, err := s.ByAddress(t.Context(), tenant, "soren@campus.example"); err != nil || len(found) != 0 {
				t.Errorf("ByAddress of another tenant = %v, %v", found, err)
			}
			if found, err := s.Suggest(t.Context(), tenant, s.want.CourseID, "soren", 5); err != nil || len(found) != 0 {
				t.Errorf("Suggest of another tenant = %v, %v", found, err)
			}
			if found, err := s.InTenant(t.Context(), tenant, "soren", 5); err != nil || len(found) != 0 {
				t.Errorf("InTenant of another tenant = %v, %v", found, err)
			}
		}
		if found, err := s.InTenant(t.Context(), "t", "soren", 5); err != nil || len(found) != 1 {
			t.Errorf("InTenant = %v, %v, want the one on the roster", found, err)
		}
	})
}

// A roster says Learner of Moodle's assistants, and nothing of administrators.
func TestRosterChangesNoRoleAndNoName(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		a := s.arrive(t, launch("ta", named("Theo", "Assistant", "theo@campus.example"), func(l *lti.Launch) { l.CourseRole = lti.RoleInstructor }))
		student := s.arrive(t, launch("s1", named("Sam", "Student", "")))
		s.lms.members = []lti.Member{listMember("ta", "T.", "A.", ""), {Subject: "s1", Active: true, Roles: []string{"Instructor"}}}
		s.sync(t)
		if role, err := s.Role(t.Context(), "t", s.want.CourseID, a.Person.ID); err != nil || role != lti.RoleInstructor {
			t.Errorf("Role = %s, %v, want what the launch said", role, err)
		}
		if role, err := s.Role(t.Context(), "t", s.want.CourseID, student.Person.ID); err != nil || role != lti.RoleNone {
			t.Errorf("Role = %s, %v, want what the launch said", role, err)
		}
		if got := s.names(t, "theo"); len(got) != 1 || got[0] != "Theo Assistant" {
			t.Errorf("Suggest = %v, want the launch's name", got)
		}
		// Somebody whom only the roster knows has no role at all.
		s.lms.members = append(s.lms.members, listMember("new", "Nina", "New", ""))
		s.later(7 * time.Hour)
		s.sync(t)
		found, err := s.Suggest(t.Context(), "t", s.want.CourseID, "nina", 5)
		if err != nil || len(found) != 1 {
			t.Fatalf("Suggest = %v, %v", found, err)
		}
		if _, err := s.Role(t.Context(), "t", s.want.CourseID, found[0].ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("Role of somebody who never launched = %v, want ErrNotFound", err)
		}
	})
}

func TestWhoLeavesTheRosterIsNotSuggested(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		s.arrive(t, launch("launched", named("Lena", "Launched", "")))
		s.arrive(t, launch("before", named("Boris", "Before", "")))
		s.arrive(t, launch("admin", named("Ada", "Admin", ""), func(l *lti.Launch) { l.CourseRole = lti.RoleOwner }))
		all := []lti.Member{listMember("teacher", "Tara", "Teacher", ""), listMember("launched", "Lena", "Launched", ""), listMember("listed", "Lars", "Listed", "")}
		s.lms.members = all
		s.later(time.Minute)
		s.sync(t)
		s.later(time.Minute)
		s.arrive(t, launch("after", named("Anna", "After", "")))
		want := map[string]int{"lena": 1, "lars": 1, "ada": 1, "anna": 1, "boris": 0}
		check := func(when string) {
			t.Helper()
			for q, n := range want {
				if got := s.names(t, q); len(got) != n {
					t.Errorf("%s: Suggest(%q) = %v, want %d", when, q, got, n)
				}
			}
		}
		check("with the roster")
		s.lms.members = append(all[:1:1], listMember("after", "Anna", "After", ""))
		s.later(7 * time.Hour)
		s.sync(t)
		want["lena"], want["lars"] = 0, 0
		check("when two have left")
		if n := count(t, db, "roster_members WHERE search_key LIKE '%lena%' OR search_key LIKE '%lars%'"); n != 0 {
			t.Errorf("%d rows still name who has left", n)
		}
		s.lms.members = append(all, listMember("after", "Anna", "After", ""))
		s.later(7 * time.Hour)
		s.sync(t)
		want["lena"], want["lars"] = 1, 1
		check("when they are back")
	})
}

func TestRosterIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		s.arrive(t, launch("gone", named("Gerd", "Gone", "")))
		s.lms.members = []lti.Member{listMember("teacher", "Tara", "Teacher", ""), listMember("s1", "Sam", "Student", "sam@campus.example")}
		s.later(time.Minute)
		s.sync(t)
		s.lms.err = &lti.ServiceError{Code: lti.ServiceUnreachable}
		s.later(23 * time.Hour)
		s.sync(t)
		if got := s.names(t, "sam"); len(got) != 1 {
			t.Errorf("Suggest within a day = %v, want the roster's", got)
		}
		s.later(time.Hour)
		if got := s.names(t, "sam"); len(got) != 0 {
			t.Errorf("Suggest after a day = %v, want nobody, even before the sweep", got)
		}
		if got := s.names(t, "gerd"); len(got) != 1 {
			t.Errorf("Suggest = %v, want who launched: there is no roster to say otherwise", got)
		}
		if found, err := s.ByAddress(t.Context(), "t", "sam@campus.example"); err != nil || len(found) != 0 {
			t.Errorf("ByAddress = %v, %v, want nobody", found, err)
		}
		if err := s.SweepRosters(t.Context()); err != nil {
			t.Fatalf("SweepRosters: %v", err)
		}
		if n := count(t, db, "roster_members"); n != 0 {
			t.Errorf("%d people kept of an old roster", n)
		}
	})
}

// An ordinary launch of a teacher asks nobody and writes nothing.
func TestRosterIsFetchedWhenItIsDueAndNotBefore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		steps := []struct {
			name string
			wait time.Duration
			url  string
			want int
		}{
			{"first", 0, "https://t.example/roster", 1},
			{"again at once", 0, "https://t.example/roster", 1},
			{"an hour later", time.Hour, "https://t.example/roster", 1},
			{"from another place in the course", time.Minute, "https://t.example/roster?placement_id=2", 1},
			{"from the dialog", 10 * time.Minute, "", 1},
			{"six hours later", 6 * time.Hour, "https://t.example/roster?placement_id=2", 2},
			{"from the dialog, much later", 7 * time.Hour, "", 3},
		}
		for _, step := range steps {
			s.later(step.wait)
			s.want.URL = step.url
			s.sync(t)
			if n := s.lms.requests(); n != step.want {
				t.Errorf("%s: asked %d times, want %d", step.name, n, step.want)
			}
		}
		if last := s.lms.asked[2]; last.URL != "https://t.example/roster?placement_id=2" || last.PlatformID != "t" {
			t.Errorf("asked %+v, want the newest address", last)
		}
		s.want = Wanted{TenantID: "t2", CourseID: s.want.CourseID, URL: "https://t2.example/roster"}
		s.sync(t)
		s.want = Wanted{TenantID: "t", CourseID: "none", URL: "https://t.example/roster"}
		s.sync(t)
		if n := s.lms.requests(); n != 3 || count(t, db, "course_rosters") != 1 {
			t.Errorf("asked %d times for a course of another tenant and one that is not there", n-3)
		}
	})
}

func TestFailedRosterIsTriedAgainMoreAndMoreSeldom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		s.lms.err = &lti.ServiceError{Code: lti.ServiceForbidden, Status: 403, Words: "no access"}
		s.sync(t)
		retry := func() int {
			if err := s.Retry(t.Context()); err != nil {
				t.Fatalf("Retry: %v", err)
			}
			if err := s.Idle(t.Context()); err != nil {
				t.Fatalf("Idle: %v", err)
			}
			return s.lms.requests()
		}
		want := 1
		for _, pause := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			s.later(pause*time.Minute - time.Second)
			if n := retry(); n != want {
				t.Errorf("before %d minutes: asked %d times, want %d", pause, n, want)
			}
			s.later(time.Second)
			want++
			if n := retry(); n != want {
				t.Errorf("after %d minutes: asked %d times, want %d", pause, n, want)
			}
		}
		health, err := s.Health(t.Context())
		if err != nil || len(health) != 1 || health[0].Code != lti.ServiceForbidden || health[0].Words != "no access" || health[0].Failing != 1 || health[0].LastGood != nil {
			t.Errorf("Health = %+v, %v", health, err)
		}
		if strings.Contains(s.log.String(), "t.example") || !strings.Contains(s.log.String(), "forbidden") {
			t.Errorf("log = %s", s.log.String())
		}
		s.later(25 * time.Hour)
		if n := retry(); n != want {
			t.Errorf("nobody wanted it for a day, and it was asked for %d times more", n-want)
		}
		s.lms.err = nil
		s.sync(t)
		health, err = s.Health(t.Context())
		if err != nil || len(health) != 1 || health[0].Failing != 0 || health[0].Code != "" || health[0].LastGood == nil {
			t.Errorf("Health = %+v, %v, want no failure", health, err)
		}
	})
}

func TestPlatformThatAsksForPatienceGetsIt(t *testing.T) {
	t.Parallel()
	s := newSynced(t, dbtest.OpenSQLite(t))
	s.lms.err = &lti.ServiceError{Code: lti.ServiceBusy, Status: 429, RetryAfter: 3 * time.Hour}
	s.sync(t)
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{2*time.Hour + 50*time.Minute, 1}, {11 * time.Minute, 2}} {
		s.later(step.wait)
		s.sync(t)
		if n := s.lms.requests(); n != step.want {
			t.Errorf("asked %d times, want %d", n, step.want)
		}
	}
}

func TestTwoProcessesFetchARosterOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		s.lms.members = []lti.Member{listMember("s1", "Sam", "Student", "")}
		other := s.fetcher(t, db)
		var both sync.WaitGroup
		for _, f := range []*Fetcher{s.Fetcher, other} {
			both.Go(func() {
				f.Want(s.want)
				if err := f.Idle(t.Context()); err != nil {
					t.Errorf("Idle: %v", err)
				}
			})
		}
		both.Wait()
		if n := s.lms.requests(); n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
	})
}

// One platform is asked one thing at a time, and never holds up another.
func TestPlatformIsAskedOneByOne(t *testing.T) {
	t.Parallel()
	s := newSynced(t, dbtest.OpenSQLite(t))
	s.lms.hold = make(chan struct{})
	for i := range 5 {
		course := s.arrive(t, launch("teacher", func(l *lti.Launch) { l.Context.ID = fmt.Sprint("course-", i) })).Course
		s.Want(Wanted{TenantID: "t", CourseID: course.ID, URL: s.want.URL})
	}
	elsewhere := s.arrive(t, launch("teacher", func(l *lti.Launch) { l.TenantID = "t2" })).Course
	s.Want(Wanted{TenantID: "t2", CourseID: elsewhere.ID, URL: "https://t2.example/roster"})
	done := make(chan error, 1)
	go func() { done <- s.Idle(t.Context()) }()
	for s.lms.requests() < 2 {
		time.Sleep(time.Millisecond)
	}
	close(s.lms.hold)
	if err := <-done; err != nil {
		t.Fatalf("Idle: %v", err)
	}
	if n := s.lms.requests(); n != 6 || s.lms.most != 2 {
		t.Errorf("asked %d times, %d at once, want 6, one at a time for each of two platforms", n, s.lms.most)
	}
}

func TestStoppingGivesTheClaimBack(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		s.lms.hold = make(chan struct{})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { s.Run(ctx); close(ended) }()
		s.Want(s.want)
		for s.lms.requests() == 0 {
			time.Sleep(time.Millisecond)
		}
		stop()
		<-ended
		if n := count(t, db, "course_rosters WHERE claimed_until IS NULL AND failures = 0"); n != 1 {
			t.Errorf("%d rosters free and not failed, want 1", n)
		}
		s.lms.hold = nil
		next := s.fetcher(t, db)
		next.Want(s.want)
		if err := next.Idle(t.Context()); err != nil || s.lms.requests() != 2 {
			t.Errorf("the next process: %v, asked %d times", err, s.lms.requests())
		}
	})
}

func TestDeadProcessLosesItsClaim(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newSynced(t, db)
		if err := s.Fetcher.store.putRoster(t.Context(), s.want); err != nil {
			t.Fatal(err)
		}
		now := s.campus.now
		if ok, err := s.Fetcher.store.claimRoster(t.Context(), job{Wanted: s.want, wanted: true}, now, now.Add(leaseTime)); err != nil || !ok {
			t.Fatalf("claimRoster = %v, %v", ok, err)
		}
		s.sync(t)
		if n := s.lms.requests(); n != 0 {
			t.Errorf("asked %d times although another process does it", n)
		}
		s.later(leaseTime)
		s.sync(t)
		if n := s.lms.requests(); n != 1 {
			t.Errorf("asked %d times after the claim's end, want once", n)
		}
	})
}

func TestFullQueueDropsInsteadOfWaiting(t *testing.T) {
	t.Parallel()
	s := newSynced(t, dbtest.OpenSQLite(t))
	for i := range queueSize + 100 { // nobody takes them
		s.Want(Wanted{TenantID: "t", CourseID: fmt.Sprint("c", i), URL: "https://t.example/roster"})
	}
	if n := len(s.queue); n != queueSize {
		t.Errorf("%d queued, want %d", n, queueSize)
	}
}
