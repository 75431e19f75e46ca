package invite_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"usher/invite"
	"usher/media"
)

func TestRevokingEndsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites(chosen("sofia", "sofia@school.example"))
		s.claims(made.Token, launched("sofia"), "")
		for range 2 {
			if err := s.Revoke(t.Context(), s.entry, made.Invitation.ID); err != nil {
				t.Fatalf("Revoke: %v", err)
			}
		}
		if len(s.ended) != 1 || s.ended[0] != made.Invitation.ID {
			t.Errorf("ended the sessions of %v, want once of this one", s.ended)
		}
		if got := s.room.role(invite.Seating{EntryID: "e", PersonID: "sofia"}); got != media.Viewer {
			t.Errorf("the member's seat is %s, want viewer", got)
		}
		shown, err := s.Show(t.Context(), s.entry, made.Invitation.ID)
		if err != nil || shown.Token != "" || shown.State != invite.StateRevoked || len(shown.Invitation.TokenSealed) > 0 {
			t.Errorf("Show = token %q, %s, %v", shown.Token, shown.State, err)
		}
		if c := s.claims(made.Token, launched("sofia"), ""); c.In || c.Landing.Row != invite.RowWithdrawn {
			t.Errorf("claim after: in %t, row %d, want 2", c.In, c.Landing.Row)
		}
		s.pass(time.Second)
		again := s.invites(chosen("sofia", "sofia@school.example"))
		if c := s.claims(again.Token, launched("sofia"), ""); !again.Updated || !c.In {
			t.Errorf("invited again: updated %t, in %t", again.Updated, c.In)
		}
		if err := s.Revoke(t.Context(), s.entry, "junk\x00\xff"); !errors.Is(err, invite.ErrNotFound) {
			t.Errorf("Revoke(junk) = %v, want ErrNotFound", err)
		}
	})
}

func TestOpenedIsMarkedOnceAndOnlyWhenSaid(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		s.pass(time.Minute)
		for range 2 {
			s.must(s.Opened(t.Context(), made.Token))
		}
		s.must(s.Opened(t.Context(), "junk"))
		if l := s.line(made.Invitation.ID); l.State != invite.StateOpened || !l.Invitation.OpenedAt.Equal(s.now) {
			t.Errorf("state %s at %v", l.State, l.Invitation.OpenedAt)
		}
		s.pass(time.Minute)
		s.invites()
		if l := s.line(made.Invitation.ID); l.State != invite.StateCreated {
			t.Errorf("a new link is %s", l.State)
		}
	})
}

func TestTheSweepErasesLinksThatExpired(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		ended := s.now.Add(time.Hour)
		s.entry.EndedAt = &ended
		old := s.invites()
		s.pass(23 * time.Hour)
		fresh := s.invites(func(r *invite.Request) { r.Email = "second@example.org" })
		s.pass(2 * time.Hour)
		s.must(s.Sweep(t.Context()))
		sealed := func(id string) bool {
			shown, err := s.Show(t.Context(), s.entry, id)
			s.must(err)
			return len(shown.Invitation.TokenSealed) > 0
		}
		if sealed(old.Invitation.ID) || !sealed(fresh.Invitation.ID) {
			t.Error("the sweep did not erase exactly the expired link")
		}
		if row := s.row(old.Token, laptop()); row != invite.RowExpired {
			t.Errorf("the expired link: row %d, want 7", row)
		}
	})
}

func TestTalliesCountByRole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.claims(s.invites().Token, laptop(), guest)
		s.invites(func(r *invite.Request) { r.Email, r.Role = "b@example.org", media.Viewer })
		gone := s.invites(func(r *invite.Request) { r.Email = "c@example.org" })
		s.must(s.Revoke(t.Context(), s.entry, gone.Invitation.ID))
		list, err := s.Tallies(t.Context(), s.entry)
		s.must(err)
		want := fmt.Sprint([]invite.Tally{{Role: media.Speaker, Total: 1, Claimed: 1}, {Role: media.Viewer, Total: 1}})
		if fmt.Sprint(list) != want {
			t.Errorf("Tallies = %v, want %s", list, want)
		}
	})
}
