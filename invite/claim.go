package invite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/database"
	"usher/roster"
	"usher/secret"
)

// What can be wrong with the address typed in a lobby.
const (
	MistakeOther = "mismatch" // not the invited address
	MistakeCode  = "code"     // the role asks for a mailed code
)

// ClaimRequest takes an invitation up.
type ClaimRequest struct {
	Token   string
	Browser Browser
	Email   string // typed in the lobby
	// StartGuest begins the session of a guest. It runs in the transaction of the
	// claim: if it fails, nothing was claimed.
	StartGuest func(ctx context.Context, c Claim) error
}

// Claim is what a request to claim came to.
type Claim struct {
	Visit
	// In says that the visitor may go to the entry now.
	In bool
	// Guest says that they go in as a guest on this device, Until when.
	Guest bool
	Until time.Time
	// Mistake says what is wrong with the typed address, and TriesLeft how many
	// more can be typed before a pause.
	Mistake   string
	TriesLeft int
}

// errLost says that somebody else took the link up in the meantime.
var errLost = errors.New("claim lost")

// Claim decides again and, where the row lets the visitor in, takes the link
// up. Whoever loses a race for it gets [RowOtherDevice]. It returns a
// [*TooManyTriesError] where too many addresses were typed.
func (s *Service) Claim(ctx context.Context, r ClaimRequest) (Claim, error) {
	visit, err := s.Look(ctx, r.Token, r.Browser)
	if err != nil {
		return Claim{}, err
	}
	c := Claim{Visit: visit}
	switch visit.Landing.Row {
	case RowGuestBack, RowHost:
		c.In = true
		return c, nil
	case RowInside, RowStraightIn:
		return s.enter(ctx, c, r)
	case RowOtherPerson, RowLobby:
		return s.enterLobby(ctx, c, r)
	}
	return c, nil
}

// enterLobby compares the typed address, then lets a guest in.
func (s *Service) enterLobby(ctx context.Context, c Claim, r ClaimRequest) (Claim, error) {
	if c.Landing.Ask != AskAddress || c.Landing.NewWindow || r.Browser.Device == "" {
		return c, nil
	}
	if strings.TrimSpace(r.Email) == "" {
		c.Mistake = MistakeMissing
		return c, nil
	}
	left, err := s.takeTry(ctx, c.Invitation, r.Browser)
	if err != nil {
		return c, err
	}
	c.TriesLeft = left
	key, err := roster.AddressKey(strings.TrimSpace(r.Email))
	switch {
	case err != nil:
		c.Mistake = MistakeEmail
	case !secret.Equal(key, c.Invitation.AddressKey()):
		c.Mistake = MistakeOther
	case c.Landing.Code:
		c.Mistake = MistakeCode
	default:
		return s.enter(ctx, c, r)
	}
	return c, nil
}

// enter takes the link up as the identity of the landing, or as a new guest.
func (s *Service) enter(ctx context.Context, c Claim, r ClaimRequest) (Claim, error) {
	now := s.now()
	as := c.Landing.As
	newGuest := !as.Member() && (c.Landing.Row != RowInside)
	if newGuest {
		c.Guest, c.Until = true, GuestUntil(c.Entry, now)
		if r.Browser.Device == "" || r.StartGuest == nil {
			return c, nil
		}
	}
	t := c.taking(r.Browser, now)
	err := database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		if err := s.record(ctx, t, as, r.Browser.Device); err != nil {
			return err
		}
		if err := s.seats.Seat(ctx, seating(c.Invitation, as)); err != nil {
			return fmt.Errorf("seat: %w", err)
		}
		if !newGuest {
			return nil
		}
		return r.StartGuest(ctx, c)
	})
	if errors.Is(err, errLost) {
		return s.lost(ctx, c, r)
	}
	if err != nil {
		return c, fmt.Errorf("claim: %w", err)
	}
	c.In = true
	return c, nil
}

// lost answers whoever lost the link to somebody else, to a new link or to a
// revocation by what is true now.
func (s *Service) lost(ctx context.Context, c Claim, r ClaimRequest) (Claim, error) {
	inv, err := s.store.byToken(ctx, deref(c.Invitation.TokenHash))
	if errors.Is(err, ErrNotFound) {
		return Claim{Visit: Visit{Landing: Landing{Row: RowUnknown}}}, nil
	}
	if err != nil {
		return Claim{}, err
	}
	visit, err := s.visit(ctx, inv, r.Browser)
	if err != nil {
		return Claim{}, err
	}
	switch visit.Landing.Row {
	case RowInside, RowStraightIn, RowOtherPerson, RowLobby:
		visit.Landing = Landing{Row: RowOtherDevice, Role: inv.Role, NewWindow: r.Browser.Framed}
	}
	return Claim{Visit: visit}, nil
}

// taking says how the claim changes the invitation.
func (c Claim) taking(b Browser, now time.Time) taking {
	t := taking{inv: c.Invitation, maxUses: c.Policy.MaxUses, now: now}
	as := c.Landing.As
	if as.Member() {
		t.holders = append(t.holders, personHolder+as.PersonID)
		t.anyHolder = as.PersonID == c.Invitation.Bound()
	}
	if b.Device != "" {
		t.holders = append(t.holders, deviceHolder+b.Device)
	}
	for _, id := range c.visitor.Identities {
		if id.Member() && id.PersonID != as.PersonID {
			t.holders = append(t.holders, personHolder+id.PersonID)
		}
	}
	if c.Guest && !c.Landing.Again {
		t.uses = 1
	}
	return t
}

// record takes the link and writes the claim. The holder who comes again
// writes none.
func (s *Service) record(ctx context.Context, t taking, as Identity, device string) error {
	taken, err := s.store.take(ctx, t)
	if err != nil {
		return err
	}
	if !taken {
		return errLost
	}
	if !t.changes() {
		return nil
	}
	c := claim{
		ID: secret.NewID(), TenantID: t.inv.TenantID, EntryID: t.inv.EntryID, InvitationID: t.inv.ID,
		TokenHash: deref(t.inv.TokenHash), PersonID: optional(as.PersonID), CreatedAt: t.now,
	}
	if !as.Member() {
		c.DeviceHash = &device
	}
	return s.store.addClaim(ctx, c)
}

// seating is the place that an invitation gives: the member's own, or the
// guest's.
func seating(inv Invitation, as Identity) Seating {
	seat := Seating{TenantID: inv.TenantID, EntryID: inv.EntryID, Name: inv.Name(), Role: inv.Role}
	if as.Member() {
		seat.PersonID = as.PersonID
	} else {
		seat.InvitationID = inv.ID
	}
	return seat
}
