package live_test

import (
	"fmt"
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/live"
	"usher/media"
)

// What is said right after somebody was put out is not for them, however
// quickly it follows: another process stores it all between two looks of the pump.
func TestNothingReachesThoseWhoWerePutOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.OpenSQLite(t))
	s, elsewhere := w.service(t), w.service(t)
	address := serve(t, s)
	host := seat(t, s, live.SeatRequest{PersonID: teacher})
	a := seat(t, s, live.SeatRequest{InvitationID: guest, Role: media.Speaker})
	c := enter(t, s, address, a)
	if err := elsewhere.Remove(t.Context(), tenant, entry, a.ID); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	for i := range 5 {
		say(t, elsewhere, host, fmt.Sprint(i), "among us")
	}
	for {
		r := c.await(t, "the end of the connection", func(r reply) bool { return r.Push != nil })
		if r.Push.Disconnect != nil {
			return
		}
		if r.Push.Pub != nil && r.Push.Pub.Data.Event != nil && r.Push.Pub.Data.Event.Kind == live.Chat {
			t.Fatalf("heard %q after the removal", r.Push.Pub.Data.Event.Data.Text)
		}
	}
}

// Somebody who taught this course once and is here by an invitation alone is
// no host in the room, and can be put out like anybody.
func TestAnOldLaunchMakesNoHostOfSomebodyInvited(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		address := serve(t, s)
		a := seat(t, s, live.SeatRequest{PersonID: teacher, Role: media.Viewer})
		a.Base = media.Viewer // what the page was answered to
		c := enter(t, s, address, a)
		people, err := s.People(t.Context(), tenant, entry)
		if err != nil || len(people) != 1 || people[0].Role != media.Viewer || people[0].Fixed {
			t.Errorf("People = %+v, %v, want a viewer", people, err)
		}
		if host, err := s.HostPresent(t.Context(), tenant, entry); err != nil || host {
			t.Errorf("HostPresent = %t, %v, want nobody who hosts", host, err)
		}
		if changed, err := s.SetRole(t.Context(), tenant, entry, a.ID, media.Speaker); err != nil || changed.Effective() != media.Speaker {
			t.Errorf("SetRole = %s, %v, want a speaker", changed.Effective(), err)
		}
		if e := c.awaitEvent(t, live.RoleChanged); e.Data.Role != media.Speaker {
			t.Errorf("the room hears of a %s, want a speaker", e.Data.Role)
		}
		unused := ticket(t, s, live.TicketRequest{Attendee: a})
		if err := s.Remove(t.Context(), tenant, entry, a.ID); err != nil {
			t.Fatalf("Remove: %v", err)
		}
		c.awaitClose(t, 4501)
		dial(t, address, unused).awaitClose(t, 4501)
	})
}
