package live_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/live"
	"usher/media"
	"usher/secret"
)

func TestServerChoosesChannels(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	address := serve(t, s)
	viewer := seat(t, s, live.SeatRequest{InvitationID: guest})
	host := seat(t, s, live.SeatRequest{PersonID: teacher})
	cases := []struct {
		name string
		req  live.TicketRequest
		role media.AttendeeRole
		want []string
	}{
		{"viewer", live.TicketRequest{Attendee: viewer}, media.Viewer, []string{"entry:entry", "person:" + viewer.ID}},
		{"host", live.TicketRequest{Attendee: host}, media.Host, []string{"entry:entry", "staff:entry", "person:" + host.ID}},
		{"at the door", live.TicketRequest{Attendee: viewer, AtTheDoor: true}, media.Viewer, []string{"door:entry", "person:" + viewer.ID}},
	}
	for _, c := range cases {
		conn := dial(t, address, ticket(t, s, c.req))
		got := conn.await(t, "admission", admitted).Connect
		if got.Data.Role != c.role || len(got.Subs) != len(c.want) {
			t.Errorf("%s: role %s, channels %v, want %s, %v", c.name, got.Data.Role, got.Subs, c.role, c.want)
		}
		for _, ch := range c.want {
			if _, ok := got.Subs[ch]; !ok {
				t.Errorf("%s is not subscribed to %s", c.name, ch)
			}
		}
		conn.write(t, map[string]any{"id": 2, "subscribe": map[string]string{"channel": "staff:entry"}})
		if r := conn.await(t, "answer", func(r reply) bool { return r.Error != nil || r.Push != nil && r.Push.Disconnect != nil }); r.Error == nil {
			t.Errorf("%s: asking for a channel was answered %+v", c.name, r)
		}
	}
}

func TestTicketsAdmitOnceAndNobodyElse(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	address := serve(t, s)
	a := seat(t, s, live.SeatRequest{PersonID: student})
	code := ticket(t, s, live.TicketRequest{Attendee: a})
	dial(t, address, code).await(t, "admission", admitted)
	for name, token := range map[string]string{"spent": code, "made up": secret.ShortToken(), "empty": ""} {
		r := dial(t, address, token).await(t, "refusal", func(r reply) bool { return r.Error != nil })
		if r.Error.Code != 109 {
			t.Errorf("%s token: code %d, want 109: ask for another one", name, r.Error.Code)
		}
	}
	late := ticket(t, s, live.TicketRequest{Attendee: a, Until: time.Now().Add(-time.Second)})
	dial(t, address, late).awaitClose(t, 4503)
}

func TestOnlyTheOwnOriginMayConnect(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	address := serve(t, s)
	for _, path := range []string{"/live/websocket", "/live/stream", "/live/emulation"} {
		for _, from := range []string{"", "null", "https://evil.example", origin + ".evil.example"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if from != "" {
				r.Header.Set("Origin", from)
			}
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("%s from %q: %d, want 403", path, from, res.StatusCode)
			}
		}
	}
}

func TestMessagesReachEveryoneInOrderAlsoFromOtherProcesses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		one, two := w.service(t), w.service(t)
		address := serve(t, one)
		a, b := seat(t, one, live.SeatRequest{PersonID: student, Name: "Jonas"}), seat(t, one, live.SeatRequest{PersonID: teacher})
		first, second := enter(t, one, address, a), enter(t, one, address, b)
		say(t, one, a, "1", "here")
		say(t, two, a, "2", "there")
		say(t, one, b, "3", "again")
		for _, c := range []*client{first, second} {
			for i, want := range []string{"here", "there", "again"} {
				if e := c.awaitEvent(t, live.Chat); e.Data.Text != want || e.Seq != int64(i+1) {
					t.Errorf("message %d = %q with number %d, want %q", i+1, e.Data.Text, e.Seq, want)
				}
			}
		}
	})
}

func TestRoleChangeReachesEveryTabAndItsChannels(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		s, elsewhere := w.service(t), w.service(t)
		address := serve(t, s)
		a := seat(t, s, live.SeatRequest{InvitationID: guest})
		tabs := []*client{enter(t, s, address, a), enter(t, s, address, a)}
		door := dial(t, address, ticket(t, s, live.TicketRequest{Attendee: a, AtTheDoor: true}))
		door.await(t, "admission", admitted)
		for i, role := range []media.AttendeeRole{media.Speaker, media.Viewer} {
			by := []*live.Service{s, elsewhere}[i]
			if _, err := by.SetRole(t.Context(), tenant, entry, a.ID, role); err != nil {
				t.Fatalf("SetRole: %v", err)
			}
			for _, c := range tabs {
				c.await(t, "change of channels", func(r reply) bool {
					return r.Push != nil && r.Push.Channel == "staff:entry" && (r.Push.Subscribe != nil) == (role == media.Speaker)
				})
				if e := c.awaitEvent(t, live.RoleChanged); e.Data.Role != role || e.Attendee != a.ID {
					t.Errorf("tab heard %+v, want %s", e, role)
				}
				c.awaitEvent(t, live.RoleChanged) // once by the room, once personally
			}
			if e := door.awaitEvent(t, live.RoleChanged); e.Data.Role != role {
				t.Errorf("tab at the door heard %+v, want %s", e, role)
			}
		}
	})
}

func TestRemovalAndWithdrawalEndConnections(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		address := serve(t, s)
		a, b := seat(t, s, live.SeatRequest{PersonID: student}), seat(t, s, live.SeatRequest{InvitationID: guest})
		removed, withdrawn := enter(t, s, address, a), enter(t, s, address, b)
		unused := ticket(t, s, live.TicketRequest{Attendee: a})
		if err := s.Remove(t.Context(), tenant, entry, a.ID); err != nil {
			t.Fatalf("Remove: %v", err)
		}
		if err := s.Unseat(t.Context(), live.UnseatRequest{TenantID: tenant, EntryID: entry, InvitationID: guest}); err != nil {
			t.Fatalf("Unseat: %v", err)
		}
		removed.awaitClose(t, 4501)
		withdrawn.awaitClose(t, 4502)
		dial(t, address, unused).awaitClose(t, 4501)
	})
}

func TestConnectionsFollowTheirSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.OpenSQLite(t))
	s := w.service(t)
	address := serve(t, s)
	a := seat(t, s, live.SeatRequest{PersonID: student})
	gone := dial(t, address, ticket(t, s, live.TicketRequest{Attendee: a, SessionID: "over"}))
	gone.await(t, "admission", admitted)
	stays := enter(t, s, address, a)
	s.SignedOut("over")
	gone.awaitClose(t, 4503)
	if err := s.Reassess(t.Context(), tenant, student); err != nil {
		t.Fatalf("Reassess: %v", err)
	}
	say(t, s, a, "1", "nothing changed")
	stays.awaitEvent(t, live.Chat)
	w.bases.set(student, media.Host)
	if err := s.Reassess(t.Context(), tenant, student); err != nil {
		t.Fatalf("Reassess: %v", err)
	}
	stays.awaitClose(t, 4001)
}

func TestConnectionRenewsByAnotherTicketForTheSameSeat(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	address := serve(t, s)
	a, b := seat(t, s, live.SeatRequest{PersonID: student}), seat(t, s, live.SeatRequest{InvitationID: guest})
	c := enter(t, s, address, a)
	c.write(t, map[string]any{"id": 2, "refresh": map[string]string{"token": ticket(t, s, live.TicketRequest{Attendee: a})}})
	say(t, s, a, "1", "still here")
	c.awaitEvent(t, live.Chat)
	c.write(t, map[string]any{"id": 3, "refresh": map[string]string{"token": ticket(t, s, live.TicketRequest{Attendee: b})}})
	c.awaitClose(t, 4001)
}

func TestTheDoorHearsOfTheOpeningButNotOfTheTalk(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	address := serve(t, s)
	a := seat(t, s, live.SeatRequest{PersonID: student})
	door := dial(t, address, ticket(t, s, live.TicketRequest{Attendee: a, AtTheDoor: true}))
	door.await(t, "admission", admitted)
	say(t, s, seat(t, s, live.SeatRequest{PersonID: teacher}), "1", "rehearsing")
	e := media.Entry{ID: entry, TenantID: tenant, Published: true}
	s.Announce(t.Context(), e, media.ChangeOpened)
	s.Announce(t.Context(), e, media.ChangeEdited)
	s.Announce(t.Context(), e, media.ChangeEnded)
	for _, want := range []live.Kind{live.Opened, live.Changed, live.Ended} {
		r := door.await(t, string(want), func(r reply) bool { return r.Push != nil && r.Push.Pub != nil })
		if e := r.Push.Pub.Data.Event; e == nil || e.Kind != want {
			t.Errorf("heard %+v, want %s", r.Push.Pub.Data, want)
		}
	}
}

func TestStreamingServesThoseWithoutWebSockets(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	address := serve(t, s)
	a := seat(t, s, live.SeatRequest{PersonID: student})
	body := `{"id":1,"connect":{"token":"` + ticket(t, s, live.TicketRequest{Attendee: a}) + `"}}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/live/stream", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", origin)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	c := &client{replies: make(chan reply, 16)}
	go c.read(res.Body)
	c.await(t, "admission", admitted)
	say(t, s, a, "1", "by stream")
	if e := c.awaitEvent(t, live.Chat); e.Data.Text != "by stream" {
		t.Errorf("heard %q", e.Data.Text)
	}
}

func TestWithdrawalPutsAMemberOfAnotherCourseOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		s := w.service(t)
		address := serve(t, s)
		a := seat(t, s, live.SeatRequest{PersonID: student, Role: media.Viewer})
		inside := enter(t, s, address, a)
		unused := ticket(t, s, live.TicketRequest{Attendee: a})
		w.bases.set(student, live.Nobody) // the invitation was all that let them in
		if err := s.Unseat(t.Context(), live.UnseatRequest{TenantID: tenant, EntryID: entry, PersonID: student}); err != nil {
			t.Fatalf("Unseat: %v", err)
		}
		inside.awaitClose(t, 4502)
		dial(t, address, unused).awaitClose(t, 4502)
	})
}
