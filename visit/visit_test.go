package visit_test

import (
	"errors"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/media"
	"usher/visit"
)

var (
	now     = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	student = visit.Key{TenantID: "tenant", CourseID: "course", PersonID: "student", EntryID: "entry"}
)

// world stores an open room, its teacher, a student of the course without a
// place and a stranger who never launched it.
func world(t *testing.T, db *database.DB) *visit.Reader {
	t.Helper()
	store(t, db, `INSERT INTO platforms (id, name, issuer, client_id, auth_url, token_url, jwks_url, created_at, updated_at)
		VALUES ('platform', 'Practice', 'https://lms.example', 'client', '', '', '', ?, ?)`, now, now)
	for _, tenant := range []string{"tenant", "other"} {
		store(t, db, `INSERT INTO tenants (id, platform_id, deployment_id, created_at) VALUES (?, 'platform', ?, ?)`, tenant, tenant, now)
	}
	for _, who := range []string{"teacher", "student", "stranger"} {
		store(t, db, `INSERT INTO people (id, tenant_id, sub, given_name, family_name, created_at, updated_at)
			VALUES (?, 'tenant', ?, 'Mia', 'Berg', ?, ?)`, who, who, now, now)
	}
	store(t, db, `INSERT INTO courses (id, tenant_id, context_id, title, label, created_at, updated_at)
		VALUES ('course', 'tenant', 'context', 'Tides 101', 'T1', ?, ?)`, now, now)
	store(t, db, `INSERT INTO course_members (course_id, person_id, tenant_id, course_role, created_at, updated_at)
		VALUES ('course', 'student', 'tenant', 'none', ?, ?)`, now, now)
	store(t, db, `INSERT INTO entries (id, tenant_id, course_id, kind, title, starts_at, ends_at, always_open, chat, opens_itself,
		published, created_by, created_at, updated_at)
		VALUES ('entry', 'tenant', 'course', 'room', 'Tides', ?, ?, FALSE, TRUE, TRUE, TRUE, 'teacher', ?, ?)`, now, now.Add(time.Hour), now, now)
	r, err := visit.New(db)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func store(t *testing.T, db *database.DB, statement string, args ...any) {
	t.Helper()
	if _, err := database.Exec(t.Context(), db, statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func member(t *testing.T, r *visit.Reader, k visit.Key) visit.Visit {
	t.Helper()
	v, err := r.Member(t.Context(), k)
	if err != nil {
		t.Fatalf("Member(%+v): %v", k, err)
	}
	return v
}

func TestVisitTellsEntryMemberAndPlace(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := world(t, db)
		v := member(t, r, student)
		e := v.Entry
		if e.Title != "Tides" || e.State(now) != media.StateOpen || !e.StartsAt.Equal(now) || e.StartsAt.Location() != time.UTC || !e.Published || e.CreatedBy != "teacher" {
			t.Errorf("entry = %+v", e)
		}
		if m := v.Membership; m.Name != "Mia Berg" || m.Role != "none" || m.Course.ID != "course" || m.Course.Title != "Tides 101" || m.Course.Label != "T1" {
			t.Errorf("membership = %+v", m)
		}
		if v.Attendee.ID != "" || v.LastSeq != 0 || v.Invited {
			t.Errorf("before anything happened: attendee %+v, last %d, invited %v", v.Attendee, v.LastSeq, v.Invited)
		}
		store(t, db, `INSERT INTO attendees (id, tenant_id, entry_id, person_id, name, role, removed_at, created_at, updated_at)
			VALUES ('seat', 'tenant', 'entry', 'student', 'Mia', 'speaker', ?, ?, ?)`, now, now, now)
		store(t, db, `INSERT INTO live_rooms (entry_id, tenant_id, seq) VALUES ('entry', 'tenant', 7)`)
		store(t, db, `INSERT INTO invitations (id, tenant_id, entry_id, first_name, last_name, person_id, role, link_created_at, created_by, created_at, updated_at)
			VALUES ('invitation', 'tenant', 'entry', 'Mia', 'Berg', 'student', 'viewer', ?, 'teacher', ?, ?)`, now, now, now)
		v = member(t, r, student)
		if a := v.Attendee; a.ID != "seat" || a.Role != media.Speaker || a.Name != "Mia" || a.Guest() || a.RemovedAt == nil || !a.RemovedAt.Equal(now) {
			t.Errorf("attendee = %+v", a)
		}
		if v.LastSeq != 7 || !v.Invited {
			t.Errorf("last %d, invited %v; want 7, true", v.LastSeq, v.Invited)
		}
	})
}

func TestVisitIsForMembersOfTheEntrysCourse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := world(t, db)
		for _, change := range []func(*visit.Key){
			func(k *visit.Key) { k.PersonID = "stranger" },
			func(k *visit.Key) { k.TenantID = "other" },
			func(k *visit.Key) { k.CourseID = "elsewhere" },
			func(k *visit.Key) { k.EntryID = "none" },
			func(k *visit.Key) { k.EntryID = "\xff\x00" },
		} {
			k := student
			change(&k)
			if _, err := r.Member(t.Context(), k); !errors.Is(err, visit.ErrNotFound) {
				t.Errorf("Member(%+v) = %v, want ErrNotFound", k, err)
			}
		}
	})
}
