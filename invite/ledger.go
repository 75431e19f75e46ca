package invite

import (
	"context"
	"fmt"
	"time"

	"usher/database"
	"usher/media"
)

// maxList bounds a ledger page.
const maxList = 500

// Line is an invitation as the ledger shows it.
type Line struct {
	Invitation Invitation
	State      State
	ExpiresAt  time.Time
}

// List returns the invitations of an entry, last changed first, 500 at most.
func (s *Service) List(ctx context.Context, e media.Entry) ([]Line, error) {
	policy, err := s.Policy(ctx, e.TenantID)
	if err != nil {
		return nil, err
	}
	list, err := s.store.list(ctx, e.TenantID, e.ID, maxList)
	if err != nil {
		return nil, err
	}
	present, err := s.seats.Present(ctx, e.TenantID, e.ID)
	if err != nil {
		return nil, fmt.Errorf("find who is in the room: %w", err)
	}
	lines := make([]Line, 0, len(list))
	for _, inv := range list {
		lines = append(lines, s.line(policy, e, inv, present))
	}
	return lines, nil
}

func (s *Service) line(p Policy, e media.Entry, inv Invitation, present []Seating) Line {
	now := s.now()
	l := Line{Invitation: inv, ExpiresAt: p.ExpiresAt(inv, e, now)}
	l.State = inv.StateAt(l.ExpiresAt, now)
	for _, seat := range present {
		isGuest := seat.InvitationID != "" && seat.InvitationID == inv.ID
		isMember := seat.PersonID != "" && inv.Holder == personHolder+seat.PersonID
		if l.State == StateClaimed && (isGuest || isMember) {
			l.State = StateInSession
		}
	}
	return l
}

// Tally is how many people were invited in a role, and how many of them came.
type Tally struct {
	Role    media.AttendeeRole
	Total   int
	Claimed int
}

// Tallies counts an entry's invitations by role, withdrawn ones left out, in
// the order in which roles are shown.
func (s *Service) Tallies(ctx context.Context, e media.Entry) (list []Tally, err error) {
	counts, err := s.store.tally(ctx, e.TenantID, e.ID)
	if err != nil {
		return nil, err
	}
	for _, role := range []media.AttendeeRole{media.Speaker, media.Moderator, media.Viewer} {
		for _, c := range counts {
			if c.Role == string(role) {
				list = append(list, Tally{Role: role, Total: c.Total, Claimed: c.Claimed})
			}
		}
	}
	return list, nil
}

// Shown is an invitation with its link, for those who may invite.
type Shown struct {
	Line
	Token string // "" where the link cannot be shown any more
	Moves bool   // ExpiresAt moves with the schedule
}

// Show returns an invitation of the entry with its link opened again, or
// [ErrNotFound]. Whoever calls it checks that the reader may invite.
func (s *Service) Show(ctx context.Context, e media.Entry, id string) (Shown, error) {
	inv, err := s.store.byID(ctx, e.TenantID, e.ID, id)
	if err != nil {
		return Shown{}, err
	}
	policy, err := s.Policy(ctx, e.TenantID)
	if err != nil {
		return Shown{}, err
	}
	shown := Shown{Line: s.line(policy, e, inv, nil), Moves: policy.FollowsSchedule(inv, e, s.now())}
	if len(inv.TokenSealed) == 0 || inv.RevokedAt != nil || !s.now().Before(shown.ExpiresAt) {
		return shown, nil
	}
	plain, err := s.keyring.Open(inv.TokenSealed, sealPurpose)
	if err != nil {
		return Shown{}, fmt.Errorf("open invitation link: %w", err)
	}
	shown.Token = string(plain)
	return shown, nil
}

// Revoke withdraws an invitation of the entry: its link is erased, its guest
// sessions end, and what it gave in the room is taken back, in one transaction.
// Revoking twice changes nothing. It returns [ErrNotFound].
func (s *Service) Revoke(ctx context.Context, e media.Entry, id string) error {
	inv, err := s.store.byID(ctx, e.TenantID, e.ID, id)
	if err != nil {
		return err
	}
	err = database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		revoked, err := s.store.revoke(ctx, inv, s.now())
		if err != nil || !revoked {
			return err
		}
		if err := s.sessions.EndGuests(ctx, inv.TenantID, inv.ID); err != nil {
			return fmt.Errorf("end guest sessions: %w", err)
		}
		return s.unseat(ctx, inv)
	})
	if err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	return nil
}

// unseat takes back the guest's place and those of the members who claimed.
func (s *Service) unseat(ctx context.Context, inv Invitation) error {
	seats := []Seating{{TenantID: inv.TenantID, EntryID: inv.EntryID, InvitationID: inv.ID}}
	people, err := s.store.claimants(ctx, inv)
	if err != nil {
		return err
	}
	for _, id := range people {
		seats = append(seats, Seating{TenantID: inv.TenantID, EntryID: inv.EntryID, PersonID: id})
	}
	for _, seat := range seats {
		if err := s.seats.Unseat(ctx, seat); err != nil {
			return fmt.Errorf("unseat: %w", err)
		}
	}
	return nil
}
