package live_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/live"
	"usher/media"
)

func TestSeatRaisesAndNeverLowers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		first := seat(t, s, live.SeatRequest{PersonID: student, Name: "Jonas"})
		raised := seat(t, s, live.SeatRequest{PersonID: student, Name: "Jonas", Role: media.Speaker})
		kept := seat(t, s, live.SeatRequest{PersonID: student, Name: "Jonas Sommer"})
		if first.ID != raised.ID || raised.ID != kept.ID {
			t.Errorf("one person has seats %s, %s, %s", first.ID, raised.ID, kept.ID)
		}
		if raised.Role != media.Speaker || kept.Role != media.Speaker {
			t.Errorf("roles = %s, then %s, want speaker both times", raised.Role, kept.Role)
		}
		if kept.Name != "Jonas Sommer" {
			t.Errorf("name = %q, want the new one", kept.Name)
		}
		page, err := s.Events(t.Context(), kept, 0, 0)
		if err != nil || len(page.Events) != 1 || page.Events[0].Kind != live.RoleChanged || page.Events[0].Data.Role != media.Speaker {
			t.Errorf("Events = %+v, %v, want the one rise to speaker", page.Events, err)
		}
	})
}

func TestSeatOfSeveralAtOnceMakesOneSeat(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		var wg sync.WaitGroup
		ids := make([]string, 20)
		for i := range ids {
			wg.Go(func() {
				a, err := s.Seat(context.Background(), live.SeatRequest{TenantID: tenant, EntryID: entry,
					InvitationID: guest, Name: "Ada", Role: media.Speaker})
				if err != nil {
					t.Errorf("Seat: %v", err)
				}
				ids[i] = a.ID
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("seats differ: %v", ids)
			}
		}
	})
}

func TestSeatWantsOneOfPersonAndInvitation(t *testing.T) {
	t.Parallel()
	s := newWorld(t, dbtest.OpenSQLite(t)).service(t)
	for _, r := range []live.SeatRequest{{}, {PersonID: student, InvitationID: guest}} {
		if _, err := s.Seat(t.Context(), r); err == nil {
			t.Errorf("Seat(%+v) succeeded", r)
		}
	}
}

func TestHostChangesRolesUpAndDown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		a := seat(t, s, live.SeatRequest{InvitationID: guest})
		for _, role := range []media.AttendeeRole{media.Moderator, media.Viewer, media.Speaker, media.Speaker} {
			if _, err := s.SetRole(t.Context(), tenant, entry, a.ID, role); err != nil {
				t.Fatalf("SetRole(%s): %v", role, err)
			}
			got, err := s.Attendee(t.Context(), tenant, entry, a.ID)
			if err != nil || got.Effective() != role {
				t.Errorf("after SetRole(%s): %s, %v", role, got.Effective(), err)
			}
		}
		page, err := s.Events(t.Context(), a, 0, 0)
		if err != nil || len(page.Events) != 3 {
			t.Errorf("Events = %d, %v, want 3: the same role again is no change", len(page.Events), err)
		}
	})
}

func TestSetRoleRefusesWhatNobodyCanGive(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		host := seat(t, s, live.SeatRequest{PersonID: teacher})
		viewer := seat(t, s, live.SeatRequest{PersonID: student})
		cases := []struct {
			name, tenant, attendee string
			role                   media.AttendeeRole
			want                   error
		}{
			{"host", tenant, viewer.ID, media.Host, live.ErrRole},
			{"an unknown role", tenant, viewer.ID, "king", live.ErrRole},
			{"another role to a host by permission", tenant, host.ID, media.Viewer, live.ErrHost},
			{"a role to nobody", tenant, "nobody", media.Speaker, live.ErrNotFound},
			{"a role as another tenant", "other", viewer.ID, media.Speaker, live.ErrNotFound},
		}
		for _, c := range cases {
			if _, err := s.SetRole(t.Context(), c.tenant, entry, c.attendee, c.role); !errors.Is(err, c.want) {
				t.Errorf("give %s: %v, want %v", c.name, err, c.want)
			}
		}
	})
}

func TestRemovedPeopleStayOut(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		a := seat(t, s, live.SeatRequest{PersonID: student, Role: media.Speaker})
		for range 2 { // a second time changes nothing
			if err := s.Remove(t.Context(), tenant, entry, a.ID); err != nil {
				t.Fatalf("Remove: %v", err)
			}
		}
		_, err := s.Seat(t.Context(), live.SeatRequest{TenantID: tenant, EntryID: entry, PersonID: student, Name: "J", Role: media.Moderator})
		if !errors.Is(err, live.ErrRemoved) {
			t.Errorf("Seat after removal: %v, want ErrRemoved", err)
		}
		gone, err := s.Attendee(t.Context(), tenant, entry, a.ID)
		if !errors.Is(err, live.ErrRemoved) || gone.Role != media.Viewer {
			t.Errorf("Attendee after removal = %s, %v, want viewer and ErrRemoved", gone.Role, err)
		}
		if _, err := s.Say(t.Context(), live.Message{From: gone, ID: "1", Text: "still here"}); !errors.Is(err, live.ErrRemoved) {
			t.Errorf("Say after removal: %v, want ErrRemoved", err)
		}
		if _, err := s.Ticket(t.Context(), live.TicketRequest{Attendee: gone}); !errors.Is(err, live.ErrRemoved) {
			t.Errorf("Ticket after removal: %v, want ErrRemoved", err)
		}
		host := seat(t, s, live.SeatRequest{PersonID: teacher})
		if err := s.Remove(t.Context(), tenant, entry, host.ID); !errors.Is(err, live.ErrHost) {
			t.Errorf("Remove(host): %v, want ErrHost", err)
		}
	})
}

func TestUnseatTakesBackWhatTheInvitationGave(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		member := seat(t, s, live.SeatRequest{PersonID: student, Role: media.Moderator})
		outside := seat(t, s, live.SeatRequest{InvitationID: guest, Role: media.Speaker})
		for _, r := range []live.UnseatRequest{{PersonID: student, InvitationID: "x"}, {InvitationID: guest}, {PersonID: teacher}} {
			r.TenantID, r.EntryID = tenant, entry
			if err := s.Unseat(t.Context(), r); err != nil {
				t.Fatalf("Unseat(%+v): %v", r, err)
			}
		}
		for _, id := range []string{member.ID, outside.ID} {
			if a, err := s.Attendee(t.Context(), tenant, entry, id); err != nil || a.Effective() != media.Viewer {
				t.Errorf("after Unseat: %s, %v, want viewer", a.Effective(), err)
			}
		}
	})
}

func TestSeatRollsBackWithTheCallersTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newWorld(t, db).service(t)
		a := seat(t, s, live.SeatRequest{PersonID: student})
		stop := errors.New("claim lost")
		err := database.InTx(t.Context(), db, func(ctx context.Context) error {
			if _, err := s.Seat(ctx, live.SeatRequest{TenantID: tenant, EntryID: entry, PersonID: student, Name: a.Name, Role: media.Speaker}); err != nil {
				t.Errorf("Seat: %v", err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("InTx: %v", err)
		}
		page, err := s.Events(t.Context(), a, 0, 0)
		if err != nil || len(page.Events) != 0 || page.Seq != 0 {
			t.Errorf("Events = %+v, %v, want none", page, err)
		}
	})
}
