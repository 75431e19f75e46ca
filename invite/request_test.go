package invite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/invite"
	"usher/media"
	"usher/settings"
)

func TestAnInvitationShowsItsLinkAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		if made.Updated || len(made.Token) < 22 {
			t.Errorf("Invite = updated %t, token of %d characters", made.Updated, len(made.Token))
		}
		shown, err := s.Show(t.Context(), s.entry, made.Invitation.ID)
		if err != nil || shown.Token != made.Token {
			t.Errorf("Show = %q, %v, want the same link", shown.Token, err)
		}
		if shown.State != invite.StateCreated || !shown.ExpiresAt.Equal(made.Invitation.LinkCreatedAt.Add(24*time.Hour)) {
			t.Errorf("Show: %s until %s", shown.State, shown.ExpiresAt)
		}
		if strings.Contains(s.dump(), made.Token) || strings.Contains(string(made.Invitation.TokenSealed), made.Token) {
			t.Error("the link lies open in the database")
		}
		if row := s.row(made.Token, invite.Browser{}); row != invite.RowLobby {
			t.Errorf("the link leads to row %d, want 17", row)
		}
	})
}

func TestInviteChecksItsFields(t *testing.T) {
	t.Parallel()
	s := alone(t)
	s.set(settings.InviteDenyDomains, "blocked.example")
	for _, tc := range []struct {
		name string
		do   func(r *invite.Request)
		want map[string]string
	}{
		{"nothing typed", func(r *invite.Request) { r.Email, r.FirstName, r.LastName, r.Role = " ", "", "\t", "" }, map[string]string{
			"email": invite.MistakeMissing, "first": invite.MistakeMissing, "last": invite.MistakeMissing, "role": invite.MistakeRole}},
		{"no address", func(r *invite.Request) { r.Email = "ingrid" }, map[string]string{"email": invite.MistakeEmail}},
		{"an address over two lines", func(r *invite.Request) { r.Email = "a@example.org\nBcc: b@example.org" }, map[string]string{"email": invite.MistakeEmail}},
		{"a blocked domain", func(r *invite.Request) { r.Email = "a@mail.blocked.example" }, map[string]string{"email": invite.MistakeDomain}},
		{"80 characters", func(r *invite.Request) { r.FirstName = strings.Repeat("é", 80) }, nil},
		{"81 characters", func(r *invite.Request) { r.FirstName = strings.Repeat("é", 81) }, map[string]string{"first": invite.MistakeLong}},
		{"an address as a name", func(r *invite.Request) { r.LastName = "x@example.org" }, map[string]string{"last": invite.MistakeLetters}},
		{"a link as a name", func(r *invite.Request) { r.LastName = "http://evil.example" }, map[string]string{"last": invite.MistakeLetters}},
		{"a second line", func(r *invite.Request) { r.FirstName = "In\r\ngrid" }, map[string]string{"first": invite.MistakeLetters}},
		{"letters turned around", func(r *invite.Request) { r.FirstName = "In\u202egrid" }, map[string]string{"first": invite.MistakeLetters}},
		{"broken UTF-8", func(r *invite.Request) { r.FirstName = "In\xff" }, map[string]string{"first": invite.MistakeLetters}},
		{"names of other scripts", func(r *invite.Request) { r.FirstName, r.LastName = "می\u200cخواهم", "O’Neill-Ñandú" }, nil},
		{"nobody is invited as host", func(r *invite.Request) { r.Role = media.Host }, map[string]string{"role": invite.MistakeRole}},
		{"a video has viewers only", func(r *invite.Request) { r.Entry.Kind = media.KindVideo }, map[string]string{"role": invite.MistakeRole}},
	} {
		r := s.request()
		tc.do(&r)
		_, err := s.Invite(t.Context(), r)
		var invalid *invite.InvalidError
		if tc.want == nil {
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
			}
			continue
		}
		if !errors.As(err, &invalid) {
			t.Errorf("%s: %v, want *InvalidError", tc.name, err)
			continue
		}
		if diff := cmp.Diff(tc.want, invalid.Fields); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestInviteRefusesWhoMayNotAndWhatIsOff(t *testing.T) {
	t.Parallel()
	s := alone(t)
	refused := func(name string, want error, do func(r *invite.Request)) {
		t.Helper()
		r := s.request()
		do(&r)
		if _, err := s.Invite(t.Context(), r); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	refused("a student", invite.ErrNotAllowed, func(r *invite.Request) { r.Permission = media.PermissionNone })
	refused("a room without chat", invite.ErrOff, func(r *invite.Request) { r.Entry.Chat = false })
	refused("a deleted room", invite.ErrOff, func(r *invite.Request) { r.Entry.DeletedAt = &s.now })
	s.set(settings.InviteAllowedPermissions, "owner")
	refused("a permission that the setting leaves out", invite.ErrNotAllowed, func(r *invite.Request) { r.Permission = media.PermissionCoOwner })
	s.set(settings.InviteEnabled, "off")
	refused("invitations off", invite.ErrOff, func(*invite.Request) {})
}

func TestInvitingAgainUpdatesTheOneInvitation(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		first := s.invites(role(media.Viewer))
		if c := s.claims(first.Token, laptop(), guest); !c.In {
			t.Fatalf("claim: row %d", c.Landing.Row)
		}
		s.pass(time.Minute)
		second := s.invites(role(media.Moderator), func(r *invite.Request) { r.Email, r.FirstName = "GUEST@Example.org", "Inga" })
		if !second.Updated || second.Invitation.ID != first.Invitation.ID {
			t.Errorf("again: updated %t, same row %t", second.Updated, second.Invitation.ID == first.Invitation.ID)
		}
		if row := s.row(first.Token, laptop()); row != invite.RowUnknown {
			t.Errorf("the old link: row %d, want 1", row)
		}
		line := s.line(first.Invitation.ID)
		if line.Invitation.Role != media.Moderator || line.Invitation.FirstName != "Inga" || line.State != invite.StateCreated || line.Invitation.Uses != 0 {
			t.Errorf("after: %s, %q, %s, %d uses", line.Invitation.Role, line.Invitation.FirstName, line.State, line.Invitation.Uses)
		}
	})
}

func TestParallelInvitationsOfOnePersonKeepOneRow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		var wg sync.WaitGroup
		tokens := make([]string, 8)
		for i := range tokens {
			wg.Go(func() {
				made, err := s.Invite(t.Context(), s.request())
				if err != nil {
					t.Errorf("Invite: %v", err)
				}
				tokens[i] = made.Token
			})
		}
		wg.Wait()
		lines, err := s.List(t.Context(), s.entry)
		if err != nil || len(lines) != 1 {
			t.Fatalf("List has %d invitations, %v, want 1", len(lines), err)
		}
		alive := 0
		for _, token := range tokens {
			if s.row(token, laptop()) == invite.RowLobby {
				alive++
			}
		}
		if alive != 1 {
			t.Errorf("%d links work, want the last one only", alive)
		}
	})
}

func TestOnlyAMemberWhoCouldBeChosenIsBound(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		do    func(r *invite.Request)
		bound string
		email string
	}{
		{"a member of the course", chosen("sofia", "sofia@school.example"), "sofia", "sofia@school.example"},
		{"a member without a shared address", chosen("jonas", ""), "jonas", ""},
		{"chosen, then another address typed", chosen("sofia", guest), "", guest},
		{"chosen without an address, then one typed", chosen("jonas", guest), "", guest},
		{"an address typed that a member has", chosen("", "sofia@school.example"), "", "sofia@school.example"},
		{"somebody of another course by the full address", chosen("elsewhere", "Elise@School.example"), "elsewhere", "elise@school.example"},
		{"an id of nobody", chosen("nobody", guest), "", guest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			inv := alone(t).invites(tc.do).Invitation
			if inv.Bound() != tc.bound || inv.Email != tc.email {
				t.Errorf("bound to %q with %q, want %q with %q", inv.Bound(), inv.Email, tc.bound, tc.email)
			}
		})
	}
	s := alone(t)
	r := s.request()
	chosen("elsewhere", "")(&r)
	var invalid *invite.InvalidError
	if _, err := s.Invite(t.Context(), r); !errors.As(err, &invalid) {
		t.Errorf("an id of another course without its address: %v, want *InvalidError", err)
	}
}

func TestEqualAddressesMergeNobody(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.person("twin", "Stella", "Lindqvist", "sofia@school.example", course, "none")
		sofia := s.invites(chosen("sofia", "sofia@school.example"))
		twin := s.invites(chosen("twin", "sofia@school.example"))
		if sofia.Invitation.ID == twin.Invitation.ID || twin.Updated {
			t.Fatal("two members with one address share an invitation")
		}
		if row := s.row(sofia.Token, launched("twin")); row != invite.RowOtherPerson {
			t.Errorf("the twin at Sofia's link: row %d, want 16", row)
		}
		if row := s.row(twin.Token, launched("twin")); row != invite.RowStraightIn {
			t.Errorf("the twin at her own link: row %d, want 15", row)
		}
		again := s.invites(chosen("twin", "sofia@school.example"))
		if !again.Updated || again.Invitation.ID != twin.Invitation.ID {
			t.Error("inviting the twin again did not update her invitation")
		}
	})
}

func TestTypingAMembersAddressKeepsTheBinding(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.invites(chosen("sofia", "sofia@school.example"))
		again := s.invites(chosen("", "sofia@school.example"))
		if !again.Updated || again.Invitation.Bound() != "sofia" {
			t.Errorf("again: updated %t, bound to %q", again.Updated, again.Invitation.Bound())
		}
	})
}

func TestLimitsOfADayHoldAndARefusedLinkCountsNothing(t *testing.T) {
	t.Parallel()
	for key, of := range map[settings.Key]string{
		settings.InvitePerEntryPerDay: "entry", settings.InvitePerPersonPerDay: "person", settings.InvitePerPlatformPerDay: "platform",
	} {
		s := alone(t)
		s.now = time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
		s.set(key, "2")
		s.invites()
		s.invites() // the same person again: resends count
		before := s.dump()
		var limit *invite.LimitError
		if _, err := s.Invite(t.Context(), s.request()); !errors.As(err, &limit) || limit.Of != of || limit.RetryAfter != 2*time.Hour {
			t.Errorf("%s: %v, want a *LimitError until midnight", key, err)
		}
		if s.dump() != before {
			t.Errorf("%s: a refused invitation wrote something", key)
		}
		s.pass(2 * time.Hour)
		s.invites()
	}
}

func TestSuggestFindsTheCourseAndEarlierInvitees(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.invites(func(r *invite.Request) { r.FirstName, r.LastName, r.Email = "Sølve", "Ångström", "s.a@example.net" })
		names := func(inviter, q string) string {
			t.Helper()
			found, err := s.Suggest(t.Context(), s.entry, inviter, media.PermissionOwner, q)
			if err != nil {
				t.Fatalf("Suggest(%q): %v", q, err)
			}
			var list []string
			for _, f := range found {
				list = append(list, f.Name+" "+f.Source)
			}
			return strings.Join(list, ", ")
		}
		for _, tc := range []struct{ inviter, q, want string }{
			{teacher, "s", ""},
			{teacher, "lindqvist so", "Sofia Lindqvist course"},
			{teacher, "angstrom SOL", "Sølve Ångström invited"},
			{"sofia", "angstrom", ""}, // another inviter's
			{teacher, "elise", ""},    // of another course
			{teacher, "elise@school", ""},
			{teacher, "Elise@school.example", "Élise Sørensen tenant"},
			{teacher, "%%", ""},
		} {
			if got := names(tc.inviter, tc.q); got != tc.want {
				t.Errorf("%q typed by %s: %q, want %q", tc.q, tc.inviter, got, tc.want)
			}
		}
		s.set(settings.InviteSuggestPlatform, "on")
		if got := names(teacher, "sorensen"); got != "Élise Sørensen tenant" {
			t.Errorf("with the whole tenant: %q", got)
		}
		if _, err := s.Suggest(t.Context(), s.entry, "sofia", media.PermissionNone, "sofia"); !errors.Is(err, invite.ErrNotAllowed) {
			t.Errorf("Suggest for a student = %v, want ErrNotAllowed", err)
		}
	})
}

func TestABlockedDomainIsSaidForFullAddressesOnly(t *testing.T) {
	t.Parallel()
	s := alone(t)
	s.set(settings.InviteDenyDomains, "blocked.example")
	for q, want := range map[string]string{"a@blocked.example": "blocked.example", "a@x.blocked.example": "x.blocked.example", "a@blocked": "", "blocked.example": "", guest: ""} {
		if got, err := s.BlockedDomain(t.Context(), tenant, q); err != nil || got != want {
			t.Errorf("BlockedDomain(%q) = %q, %v, want %q", q, got, err, want)
		}
	}
}

func TestAnotherTenantSeesNothing(t *testing.T) {
	t.Parallel()
	s := alone(t)
	made := s.invites()
	foreign := s.entry
	foreign.TenantID = "t2"
	if _, err := s.Show(t.Context(), foreign, made.Invitation.ID); !errors.Is(err, invite.ErrNotFound) {
		t.Errorf("Show = %v, want ErrNotFound", err)
	}
	if err := s.Revoke(t.Context(), foreign, made.Invitation.ID); !errors.Is(err, invite.ErrNotFound) {
		t.Errorf("Revoke = %v, want ErrNotFound", err)
	}
	if lines, err := s.List(t.Context(), foreign); err != nil || len(lines) != 0 {
		t.Errorf("List = %d lines, %v", len(lines), err)
	}
	b := invite.Browser{Members: []invite.Member{{TenantID: "t2", PersonID: "sofia", CourseID: course}}, Guests: []invite.Guest{{TenantID: "t2", EntryID: "e", InvitationID: made.Invitation.ID}}}
	if row := s.row(made.Token, b); row != invite.RowLobby {
		t.Errorf("sessions of another tenant: row %d, want 17", row)
	}
}

func TestNewRefusesMissingDependencies(t *testing.T) {
	t.Parallel()
	if _, err := invite.New(invite.Deps{}); err == nil {
		t.Error("New without dependencies succeeded")
	}
}

func FuzzToken(f *testing.F) {
	s := alone(f)
	made := s.invites()
	f.Add(made.Token)
	f.Add("")
	f.Add("../../etc/passwd")
	f.Add(strings.Repeat("A", 5000))
	f.Add("\x00\xff%27--")
	f.Fuzz(func(t *testing.T, token string) {
		visit, err := s.Look(context.Background(), token, laptop())
		if err != nil {
			t.Fatalf("Look: %v", err)
		}
		want := invite.RowUnknown
		if token == made.Token {
			want = invite.RowLobby
		}
		if visit.Landing.Row != want {
			t.Errorf("Look(%q) = row %d, want %d", token, visit.Landing.Row, want)
		}
		if want == invite.RowUnknown && visit.Invitation.ID != "" {
			t.Error(fmt.Sprint("an invitation for junk: ", visit.Invitation.ID))
		}
	})
}
