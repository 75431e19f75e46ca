package live_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/database/dbtest"
	"usher/live"
	"usher/media"
)

func TestPeopleListsEveryoneOnceHostsFirst(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	address := serve(t, s)
	host := seat(t, s, live.SeatRequest{PersonID: teacher, Name: "Amara"})
	ada := seat(t, s, live.SeatRequest{InvitationID: guest, Name: "Ada", Role: media.Speaker})
	jonas := seat(t, s, live.SeatRequest{PersonID: student, Name: "Jonas"})
	c := enter(t, s, address, jonas)
	enter(t, s, address, ada)
	second := enter(t, s, address, ada)
	c.awaitPeople(t, "two people", func(p pushed) bool { return p.Count == 2 })
	if hosted, err := s.HostPresent(t.Context(), tenant, entry); err != nil || hosted {
		t.Errorf("HostPresent = %v, %v, want false", hosted, err)
	}
	enter(t, s, address, host)
	c.awaitPeople(t, "the host", func(p pushed) bool {
		return slices.ContainsFunc(p.Joined, func(p live.Person) bool { return p.ID == host.ID && p.Fixed })
	})
	got, err := s.People(t.Context(), tenant, entry)
	if err != nil {
		t.Fatalf("People: %v", err)
	}
	want := []live.Person{
		{ID: host.ID, Name: "Amara", Role: media.Host, Fixed: true},
		{ID: ada.ID, Name: "Ada", Role: media.Speaker, Guest: true},
		{ID: jonas.ID, Name: "Jonas", Role: media.Viewer},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("People (-want +got):\n%s", diff)
	}
	if others, err := s.People(t.Context(), "other", entry); err != nil || len(others) != 0 {
		t.Errorf("People(other tenant) = %v, %v, want nobody", others, err)
	}
	if hosted, err := s.HostPresent(t.Context(), tenant, entry); err != nil || !hosted {
		t.Errorf("HostPresent = %v, %v, want true", hosted, err)
	}
	second.ws.Close()
	if _, err := s.SetRole(t.Context(), tenant, entry, jonas.ID, media.Moderator); err != nil {
		t.Fatalf("SetRole: %v", err)
	}
	c.awaitPeople(t, "the new role and nobody who left", func(p pushed) bool {
		return len(p.Left) == 0 && p.Count == 3 && len(p.Joined) == 1 && p.Joined[0].Role == media.Moderator
	})
}

func TestWhoLeavesIsTakenOffTheList(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	address := serve(t, s)
	jonas := seat(t, s, live.SeatRequest{PersonID: student})
	ada := seat(t, s, live.SeatRequest{InvitationID: guest})
	c, other := enter(t, s, address, jonas), enter(t, s, address, ada)
	c.awaitPeople(t, "two people", func(p pushed) bool { return p.Count == 2 })
	other.ws.Close()
	c.awaitPeople(t, "one who left", func(p pushed) bool { return p.Count == 1 && slices.Contains(p.Left, ada.ID) })
}

func TestTheClockSparesSessionsWithAHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.OpenSQLite(t))
	w.clock.due = []media.Entry{{ID: entry, TenantID: tenant}, {ID: "empty", TenantID: tenant}}
	s := w.service(t)
	enter(t, s, serve(t, s), seat(t, s, live.SeatRequest{PersonID: teacher}))
	if err := s.EndDue(t.Context()); err != nil {
		t.Fatalf("EndDue: %v", err)
	}
	if diff := cmp.Diff([]string{"empty"}, w.clock.ended); diff != "" {
		t.Errorf("ended (-want +got):\n%s", diff)
	}
}
