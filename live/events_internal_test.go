package live

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/media"
)

func TestEventsAreFilteredByAudience(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		SeedRows(t, db)
		s := &Service{store: store{db: db}, now: func() time.Time { return time.Now().UTC() }, rooms: newRooms()}
		for _, a := range []audience{everyone, staff, onlyFor("me"), onlyFor("you")} {
			err := s.record(t.Context(), draft{tenantID: "tenant", entryID: "entry", kind: Chat, audience: a})
			if err != nil {
				t.Fatalf("record(%s): %v", a, err)
			}
		}
		cases := []struct {
			role media.AttendeeRole
			want []int64
		}{
			{media.Viewer, []int64{1, 3}},
			{media.Speaker, []int64{1, 2, 3}},
			{media.Moderator, []int64{1, 2, 3}},
			{media.Host, []int64{1, 2, 3}},
		}
		for _, c := range cases {
			page, err := s.Events(t.Context(), Attendee{ID: "me", TenantID: "tenant", EntryID: "entry", Role: c.role, Base: media.Viewer}, 0, 0)
			if err != nil {
				t.Fatalf("Events: %v", err)
			}
			var got []int64
			for _, e := range page.Events {
				got = append(got, e.Seq)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s sees (-want +got):\n%s", c.role, diff)
			}
			if page.Seq != 4 {
				t.Errorf("%s knows of number %d, want 4, hidden ones included", c.role, page.Seq)
			}
		}
	})
}

func TestWhoIsGoneForAMomentIsNotAnnounced(t *testing.T) {
	t.Parallel()
	rs := newRooms()
	rs.follow("tenant", "entry", 0)
	r := rs.byID["entry"]
	ada, bob := Person{ID: "ada", Role: media.Viewer}, Person{ID: "bob", Role: media.Viewer}
	both := map[string]Person{"ada": ada, "bob": bob}
	if p := rs.compare(r, both); len(p.Joined) != 2 || p.Count != 2 {
		t.Errorf("first look: %+v, want two who joined", p)
	}
	for range graceTurns {
		if p := rs.compare(r, map[string]Person{"ada": ada}); len(p.Joined)+len(p.Left) != 0 || p.Count != 2 {
			t.Fatalf("gone for a moment: %+v, want nothing to tell", p)
		}
	}
	if p := rs.compare(r, both); len(p.Joined)+len(p.Left) != 0 {
		t.Errorf("back again: %+v, want nothing to tell", p)
	}
	for range graceTurns {
		rs.compare(r, map[string]Person{"ada": ada})
	}
	if p := rs.compare(r, map[string]Person{"ada": ada}); len(p.Left) != 1 || p.Count != 1 {
		t.Errorf("gone for long: %+v, want one who left", p)
	}
	ada.Role = media.Speaker
	if p := rs.compare(r, map[string]Person{"ada": ada}); len(p.Joined) != 1 || p.Joined[0].Role != media.Speaker {
		t.Errorf("new role: %+v, want it told", p)
	}
}

func TestRoomsNobodyIsInAreForgotten(t *testing.T) {
	t.Parallel()
	rs := newRooms()
	rs.follow("tenant", "entry", 0)
	rs.enter(connection{ticket: ticket{Entry: "entry"}})
	for range idleTurns * 2 {
		rs.turn()
	}
	if len(rs.turn()) != 1 {
		t.Error("a room with a connection was forgotten")
	}
	rs.leave(connection{ticket: ticket{Entry: "entry"}})
	for range idleTurns {
		rs.turn()
	}
	if len(rs.turn()) != 0 {
		t.Error("an empty room is still followed")
	}
}

func TestLimiterForgetsWhoFellSilent(t *testing.T) {
	t.Parallel()
	l := newLimiter()
	now := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
	for i := range talkersKept * 3 {
		l.take(string(rune(i+1)), now.Add(time.Duration(i)*10*time.Millisecond))
	}
	if len(l.sent) > talkersKept {
		t.Errorf("limiter keeps %d, want at most %d", len(l.sent), talkersKept)
	}
}
