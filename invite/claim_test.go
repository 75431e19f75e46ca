package invite_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/invite"
	"usher/media"
	"usher/settings"
)

func TestLookingWritesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		before := s.dump()
		for _, b := range []invite.Browser{{}, laptop(), launched("sofia"), withGuest(laptop(), made.Invitation)} {
			s.row(made.Token, b)
		}
		if after := s.dump(); after != before {
			t.Errorf("before %s\nafter %s", before, after)
		}
	})
}

func TestAGuestClaimsWithTheInvitedAddress(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		for email, mistake := range map[string]string{
			"": invite.MistakeMissing, "  ": invite.MistakeMissing, "guest": invite.MistakeEmail,
			"other@example.org": invite.MistakeOther, "gu.est@example.org": invite.MistakeOther,
		} {
			if c := s.claims(made.Token, laptop(), email); c.In || c.Mistake != mistake {
				t.Errorf("claim with %q: in %t, mistake %q, want %q", email, c.In, c.Mistake, mistake)
			}
		}
		c := s.claims(made.Token, laptop(), " Guest@EXAMPLE.org ")
		if !c.In || !c.Guest || s.started != 1 {
			t.Fatalf("claim: in %t, guest %t, %d sessions", c.In, c.Guest, s.started)
		}
		if want := s.now.Add(12 * time.Hour); !c.Until.Equal(want) {
			t.Errorf("the session lasts until %s, want %s", c.Until, want)
		}
		if got := s.room.role(invite.Seating{EntryID: "e", InvitationID: made.Invitation.ID}); got != media.Speaker {
			t.Errorf("seat %q, want speaker", got)
		}
		if l := s.line(made.Invitation.ID); l.State != invite.StateInSession || l.Invitation.Uses != 1 {
			t.Errorf("ledger: %s, %d uses", l.State, l.Invitation.Uses)
		}
	})
}

func TestAClaimedLinkBelongsToItsDevice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		s.claims(made.Token, laptop(), guest)
		phone := invite.Browser{Device: "phone", Address: "192.0.2.9"}
		if c := s.claims(made.Token, phone, guest); c.In || c.Landing.Row != invite.RowOtherDevice {
			t.Errorf("a second device: in %t, row %d, want 11", c.In, c.Landing.Row)
		}
		back := withGuest(laptop(), made.Invitation)
		if c := s.claims(made.Token, back, ""); !c.In || c.Landing.Row != invite.RowGuestBack || s.started != 1 {
			t.Errorf("back with the session: in %t, row %d, %d sessions", c.In, c.Landing.Row, s.started)
		}
		s.pass(time.Minute)
		if c := s.claims(made.Token, laptop(), guest); c.In || c.Landing.Row != invite.RowSpent {
			t.Errorf("back without the session: in %t, row %d, want 12", c.In, c.Landing.Row)
		}
		s.set(settings.InviteLinkReusability, "2")
		s.pass(time.Second)
		if c := s.claims(made.Token, laptop(), guest); !c.In || s.started != 2 {
			t.Errorf("a second use, allowed since: in %t, row %d", c.In, c.Landing.Row)
		}
	})
}

// The answer to a claim can be lost on its way. The same device may send it
// again at once; nobody else may, and nothing is used up twice.
func TestALostAnswerToAClaimIsAskedForAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		s.claims(made.Token, laptop(), guest)
		s.pass(30 * time.Second)
		if c := s.claims(made.Token, laptop(), "somebody@else.example"); c.In || c.Mistake != invite.MistakeOther {
			t.Errorf("again with another address: in %t, mistake %q", c.In, c.Mistake)
		}
		if c := s.claims(made.Token, invite.Browser{Device: "phone", Address: "192.0.2.9"}, guest); c.In || c.Landing.Row != invite.RowOtherDevice {
			t.Errorf("another device: in %t, row %d, want 11", c.In, c.Landing.Row)
		}
		if c := s.claims(made.Token, laptop(), guest); !c.In || !c.Guest || s.started != 2 {
			t.Errorf("again: in %t, guest %t, %d sessions", c.In, c.Guest, s.started)
		}
		if l := s.line(made.Invitation.ID); l.Invitation.Uses != 1 {
			t.Errorf("%d uses, want 1", l.Invitation.Uses)
		}
		s.left = true
		if c := s.claims(made.Token, laptop(), guest); c.In || c.Landing.Row != invite.RowSpent {
			t.Errorf("after leaving for good: in %t, row %d, want 12", c.In, c.Landing.Row)
		}
		s.left = false
		s.pass(30 * time.Second)
		if c := s.claims(made.Token, laptop(), guest); c.In || c.Landing.Row != invite.RowSpent {
			t.Errorf("a minute later: in %t, row %d, want 12", c.In, c.Landing.Row)
		}
	})
}

func TestOfParallelClaimsOneWins(t *testing.T) {
	t.Parallel()
	for _, uses := range []string{"1", "3", "unlimited"} {
		each(t, func(t *testing.T, s *stage) {
			s.set(settings.InviteLinkReusability, uses)
			made := s.invites()
			claims := make([]invite.Claim, 8)
			var wg sync.WaitGroup
			for i := range claims {
				wg.Go(func() {
					b := invite.Browser{Device: fmt.Sprint("device", i), Address: fmt.Sprintf("192.0.%d.1", i)}
					var err error
					if claims[i], err = s.claim(made.Token, b, guest); err != nil {
						t.Errorf("Claim: %v", err)
					}
				})
			}
			wg.Wait()
			won := 0
			for _, c := range claims {
				if c.In {
					won++
				} else if c.Landing.Row != invite.RowOtherDevice {
					t.Errorf("a loser gets row %d, want 11", c.Landing.Row)
				}
			}
			if l := s.line(made.Invitation.ID); won != 1 || s.started != 1 || l.Invitation.Uses != 1 {
				t.Errorf("%d of 8 won, %d sessions, %d uses, want 1 each", won, s.started, l.Invitation.Uses)
			}
		})
	}
}

func TestAClaimWhoseSessionFailsClaimsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		before := s.line(made.Invitation.ID)
		_, err := s.Claim(t.Context(), invite.ClaimRequest{Token: made.Token, Browser: laptop(), Email: guest,
			StartGuest: func(context.Context, invite.Claim) error { return errors.New("disk full") }})
		if err == nil {
			t.Fatal("Claim succeeded without a session")
		}
		if after := s.line(made.Invitation.ID); after.Invitation.Holder != before.Invitation.Holder || after.Invitation.Uses != 0 {
			t.Errorf("after: held by %q, %d uses", after.Invitation.Holder, after.Invitation.Uses)
		}
	})
}

func TestAMemberClaimsOnAllDevicesAndUsesNothingUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites(func(r *invite.Request) { r.Email = "sofia@school.example" })
		if row := s.row(made.Token, launched("jonas")); row != invite.RowOtherPerson {
			t.Errorf("another member: row %d, want 16", row)
		}
		for range 2 {
			c := s.claims(made.Token, launched("sofia"), "")
			if !c.In || c.Guest {
				t.Fatalf("claim: in %t, guest %t, row %d", c.In, c.Guest, c.Landing.Row)
			}
		}
		if got := s.room.role(invite.Seating{EntryID: "e", PersonID: "sofia"}); got != media.Speaker {
			t.Errorf("seat %q, want speaker", got)
		}
		if l := s.line(made.Invitation.ID); l.Invitation.Uses != 0 || s.started != 0 || l.State != invite.StateInSession {
			t.Errorf("%d uses, %d sessions, %s", l.Invitation.Uses, s.started, l.State)
		}
		if row := s.row(made.Token, laptop()); row != invite.RowOtherDevice {
			t.Errorf("a stranger with the link: row %d, want 11", row)
		}
		if admitted, err := s.Admits(t.Context(), tenant, "e", "sofia"); err != nil || !admitted {
			t.Errorf("Admits(sofia) = %t, %v", admitted, err)
		}
		if admitted, err := s.Admits(t.Context(), tenant, "e", "jonas"); err != nil || admitted {
			t.Errorf("Admits(jonas) = %t, %v", admitted, err)
		}
	})
}

func TestANewerLinkRaisesWhoIsInsideAndNeverLowers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		first := s.invites(role(media.Viewer))
		s.claims(first.Token, laptop(), guest)
		inside := withGuest(laptop(), first.Invitation)
		seat := invite.Seating{EntryID: "e", InvitationID: first.Invitation.ID}

		s.pass(time.Second)
		raised := s.invites(role(media.Moderator))
		if got := s.room.role(seat); got != media.Viewer {
			t.Errorf("before the new link is followed: %s, want viewer", got)
		}
		if row := s.row(raised.Token, inside); row != invite.RowInside {
			t.Errorf("the new link: row %d, want 10", row)
		}
		if c := s.claims(raised.Token, inside, ""); !c.In || c.Guest || s.started != 1 {
			t.Errorf("raise: in %t, new session %t, %d sessions", c.In, c.Guest, s.started)
		}
		if got := s.room.role(seat); got != media.Moderator {
			t.Errorf("after: %s, want moderator", got)
		}
		if row := s.row(raised.Token, inside); row != invite.RowGuestBack {
			t.Errorf("the same link again: row %d, want 4", row)
		}

		s.pass(time.Second)
		lower := s.invites(role(media.Viewer))
		s.claims(lower.Token, inside, "")
		if got := s.room.role(seat); got != media.Moderator {
			t.Errorf("after a lower link: %s, want moderator still", got)
		}
	})
}

func TestAStudentInTheRoomIsRaised(t *testing.T) {
	t.Parallel()
	s := alone(t)
	seat := invite.Seating{TenantID: tenant, EntryID: "e", PersonID: "sofia", Role: media.Viewer}
	s.must(s.room.Seat(t.Context(), seat))
	made := s.invites(chosen("sofia", ""))
	if c := s.claims(made.Token, launched("sofia"), ""); !c.In || c.Landing.Row != invite.RowInside {
		t.Errorf("claim: in %t, row %d, want 10", c.In, c.Landing.Row)
	}
	if got := s.room.role(seat); got != media.Speaker {
		t.Errorf("seat %s, want speaker", got)
	}
}

func TestAHostGoesInAndLeavesTheInvitationUntouched(t *testing.T) {
	t.Parallel()
	s := alone(t)
	made := s.invites()
	before := s.dump()
	if c := s.claims(made.Token, launched(teacher), ""); !c.In || c.Landing.Row != invite.RowHost {
		t.Errorf("claim: in %t, row %d, want 5", c.In, c.Landing.Row)
	}
	if s.dump() != before {
		t.Error("the invitation was touched")
	}
	other := invite.Browser{Members: []invite.Member{{TenantID: tenant, PersonID: teacher, CourseID: "c2"}}}
	if row := s.row(made.Token, other); row == invite.RowHost {
		t.Error("a launch of another course makes a host here")
	}
}

func TestTheRemovedStayOut(t *testing.T) {
	t.Parallel()
	s := alone(t)
	made := s.invites()
	s.claims(made.Token, laptop(), guest)
	s.room.taken["e//"+made.Invitation.ID] = invite.Seat{Role: media.Speaker, Removed: true}
	for name, b := range map[string]invite.Browser{"the device": withGuest(laptop(), made.Invitation), "another": {Device: "phone"}} {
		if row := s.row(made.Token, b); row != invite.RowRemoved {
			t.Errorf("%s: row %d, want 6", name, row)
		}
	}
}

func TestAFrameLetsNoGuestIn(t *testing.T) {
	t.Parallel()
	s := alone(t)
	made := s.invites()
	framed := launched("jonas")
	framed.Framed = true
	before := s.dump()
	if c := s.claims(made.Token, framed, guest); c.In || !c.Landing.NewWindow || s.started != 0 {
		t.Errorf("claim in a frame: in %t, new window %t", c.In, c.Landing.NewWindow)
	}
	if s.dump() != before {
		t.Error("a frame wrote something")
	}
}
