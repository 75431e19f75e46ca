package invite_test

import (
	"errors"
	"testing"
	"time"

	"usher/invite"
	"usher/media"
)

func TestAnOfferIsForItsMemberOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites(chosen("jonas", ""))
		offers, err := s.Offered(t.Context(), tenant, "jonas", "")
		if err != nil || len(offers) != 1 || offers[0].Inviter != "Amara Okafor" || offers[0].Entry.ID != "e" {
			t.Fatalf("Offered(jonas) = %+v, %v", offers, err)
		}
		if others, err := s.Offered(t.Context(), tenant, "sofia", "e"); err != nil || len(others) != 0 {
			t.Errorf("Offered(sofia) = %d, %v", len(others), err)
		}
		if _, err := s.ClaimOffered(t.Context(), s.entry, made.Invitation.ID, "sofia"); !errors.Is(err, invite.ErrNotFound) {
			t.Errorf("ClaimOffered(sofia) = %v, want ErrNotFound", err)
		}
		c, err := s.ClaimOffered(t.Context(), s.entry, made.Invitation.ID, "jonas")
		if err != nil || !c.In {
			t.Fatalf("ClaimOffered(jonas): in %t, %v", c.In, err)
		}
		if got := s.room.role(invite.Seating{EntryID: "e", PersonID: "jonas"}); got != media.Speaker {
			t.Errorf("seat %q, want speaker", got)
		}
		if offers, err := s.Offered(t.Context(), tenant, "jonas", "e"); err != nil || len(offers) != 0 {
			t.Errorf("offered again after the claim: %d, %v", len(offers), err)
		}
	})
}

func TestAnOfferWaitsForWhatTheLandingWaitsFor(t *testing.T) {
	t.Parallel()
	s := alone(t)
	made := s.invites(chosen("jonas", ""), role(media.Viewer))
	later := s.now.Add(time.Hour)
	end := later.Add(time.Hour)
	s.entry.StartsAt, s.entry.EndsAt = &later, &end
	if offers, err := s.Offered(t.Context(), tenant, "jonas", "e"); err != nil || len(offers) != 0 {
		t.Errorf("before the start: %d offers, %v", len(offers), err)
	}
	c, err := s.ClaimOffered(t.Context(), s.entry, made.Invitation.ID, "jonas")
	if err != nil || c.In || c.Landing.Row != invite.RowNotOpen {
		t.Errorf("ClaimOffered: in %t, row %d, %v", c.In, c.Landing.Row, err)
	}
	unbound := s.invites(func(r *invite.Request) { r.Email = "sofia@school.example" })
	if _, err := s.ClaimOffered(t.Context(), s.entry, unbound.Invitation.ID, "sofia"); !errors.Is(err, invite.ErrNotFound) {
		t.Errorf("by address alone: %v, want ErrNotFound", err)
	}
}
