package live_test

import (
	"fmt"
	"testing"

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
