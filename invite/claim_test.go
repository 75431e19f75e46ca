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

func TestWrongAddressesAreLimitedPerLinkAndBlock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.now = s.now.Truncate(15 * time.Minute)
		made := s.invites()
		from := func(device, address string) (invite.Claim, error) {
			return s.claim(made.Token, invite.Browser{Device: device, Address: address}, "wrong@example.org")
		}
		for i := range 5 {
			c, err := from(fmt.Sprint("fresh cookie ", i), fmt.Sprintf("192.0.2.%d", i))
			if err != nil || c.TriesLeft != 4-i {
				t.Fatalf("try %d: %d left, %v", i+1, c.TriesLeft, err)
			}
		}
		var tries *invite.TooManyTriesError
		if _, err := s.claim(made.Token, invite.Browser{Device: "x", Address: "192.0.2.99"}, guest); !errors.As(err, &tries) || tries.RetryAfter != 15*time.Minute {
			t.Errorf("the sixth, even right: %v, want 15 minutes", err)
		}
		if _, err := from("y", "198.51.100.1"); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
		other := s.invites(func(r *invite.Request) { r.Email = "second@example.org" })
		if _, err := s.claim(other.Token, invite.Browser{Device: "x", Address: "192.0.2.99"}, "wrong@example.org"); err != nil {
			t.Errorf("at another link: %v", err)
		}
		s.pass(15 * time.Minute)
		if c := s.claims(made.Token, invite.Browser{Device: "x", Address: "192.0.2.99"}, guest); !c.In {
			t.Errorf("a quarter of an hour later: row %d, mistake %q", c.Landing.Row, c.Mistake)
		}
	})
}

func TestParallelTriesCannotSlipPastTheLimit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		var mu sync.Mutex
		compared := 0
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				c, err := s.claim(made.Token, invite.Browser{Device: "d", Address: "2001:db8::1"}, fmt.Sprintf("guess%d@example.org", i))
				var tries *invite.TooManyTriesError
				if err != nil && !errors.As(err, &tries) {
					t.Errorf("Claim: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				if c.Mistake == invite.MistakeOther {
					compared++
				}
			})
		}
		wg.Wait()
		if compared != 5 {
			t.Errorf("%d of 20 guesses were compared, want 5", compared)
		}
	})
}

func TestALinkTakesAHundredTriesADay(t *testing.T) {
	t.Parallel()
	s := alone(t)
	s.now = s.now.Truncate(24 * time.Hour)
	made := s.invites()
	for i := range 101 {
		_, err := s.claim(made.Token, invite.Browser{Device: fmt.Sprint(i), Address: fmt.Sprintf("10.0.%d.1", i)}, "wrong@example.org")
		if (err != nil) != (i == 100) {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
}

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

func BenchmarkLook(b *testing.B) {
	s := alone(b)
	made := s.invites()
	b.ReportAllocs()
	for b.Loop() {
		if s.row(made.Token, invite.Browser{}) != invite.RowLobby {
			b.Fatal("no lobby")
		}
	}
}

func BenchmarkClaim(b *testing.B) {
	s := alone(b)
	s.set(settings.InvitePerEntryPerDay, "unlimited")
	s.set(settings.InvitePerPersonPerDay, "unlimited")
	s.set(settings.InvitePerPlatformPerDay, "unlimited")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		b.StopTimer()
		n++
		email := fmt.Sprintf("g%d@example.org", n)
		made := s.invites(func(r *invite.Request) { r.Email = email })
		b.StartTimer()
		if !s.claims(made.Token, laptop(), email).In {
			b.Fatal("not in")
		}
	}
}
