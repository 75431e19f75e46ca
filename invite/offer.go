package invite

import (
	"context"
	"errors"
	"fmt"

	"usher/media"
	"usher/roster"
)

// maxOffers bounds what one member is offered at once.
const maxOffers = 50

// Offer is an invitation that waits for the member to whom it is bound.
type Offer struct {
	Invitation Invitation
	Entry      media.Entry
	Inviter    string // display name
}

// Offered returns the invitations that wait for a member, for one entry or,
// with an empty entryID, for all: those bound to this very member that would
// let them in now and give them more than they have. It is asked for whoever
// launched, never by address.
func (s *Service) Offered(ctx context.Context, tenantID, personID, entryID string) ([]Offer, error) {
	list, err := s.store.bound(ctx, tenantID, personID, entryID)
	if err != nil {
		return nil, err
	}
	var offers []Offer
	for _, inv := range list {
		visit, err := s.visit(ctx, inv, memberOnly(tenantID, personID))
		if err != nil {
			return nil, err
		}
		if !visit.offers() {
			continue
		}
		inviter, err := s.Inviter(ctx, inv)
		if err != nil {
			return nil, err
		}
		offers = append(offers, Offer{Invitation: inv, Entry: visit.Entry, Inviter: inviter})
	}
	return offers, nil
}

// offers reports that the landing would let its member in to more than they
// have.
func (v Visit) offers() bool {
	as := v.Landing.As
	switch v.Landing.Row {
	case RowInside:
		return !as.Role.AtLeast(v.Invitation.Role)
	case RowStraightIn:
		return v.Invitation.Holder != personHolder+as.PersonID
	}
	return false
}

// memberOnly is a browser of which nothing counts but one member.
func memberOnly(tenantID, personID string) Browser {
	return Browser{Members: []Member{{TenantID: tenantID, PersonID: personID}}}
}

// ClaimOffered takes up, without its link, an invitation that is bound to the
// member. It returns [ErrNotFound] for every other invitation, and a claim that
// is not In where the landing would not let the member in now.
func (s *Service) ClaimOffered(ctx context.Context, e media.Entry, id, personID string) (Claim, error) {
	inv, err := s.store.byID(ctx, e.TenantID, e.ID, id)
	if err != nil {
		return Claim{}, err
	}
	if personID == "" || inv.Bound() != personID {
		return Claim{}, ErrNotFound
	}
	visit, err := s.visit(ctx, inv, memberOnly(e.TenantID, personID))
	if err != nil {
		return Claim{}, err
	}
	c := Claim{Visit: visit}
	if row := visit.Landing.Row; row != RowInside && row != RowStraightIn {
		return c, nil
	}
	return s.enter(ctx, c, ClaimRequest{Browser: memberOnly(e.TenantID, personID)})
}

// Admits reports whether a member of the tenant, from whatever course, has
// claimed an invitation to the entry that still holds.
func (s *Service) Admits(ctx context.Context, tenantID, entryID, personID string) (bool, error) {
	return s.store.admitted(ctx, tenantID, entryID, personID)
}

// Inviter is the display name of who made the present link, or "".
func (s *Service) Inviter(ctx context.Context, inv Invitation) (string, error) {
	person, err := s.roster.Person(ctx, inv.TenantID, inv.CreatedBy)
	if errors.Is(err, roster.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find inviter: %w", err)
	}
	return person.DisplayName(), nil
}
