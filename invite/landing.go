package invite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/media"
	"usher/roster"
	"usher/secret"
)

// Browser is who a request comes from, as far as sessions tell.
type Browser struct {
	Framed  bool
	Device  string // hash of the device's id; "" in frames and for new browsers
	Address string // network address, for limits only
	Members []Member
	Guests  []Guest
}

// Member is somebody signed in by a launch of a course, or of none.
type Member struct{ TenantID, PersonID, CourseID string }

// Guest is a guest session that runs on this device.
type Guest struct{ TenantID, EntryID, InvitationID string }

// Visit is a followed link: the answer and what it is about. Invitation and
// Entry are zero for an unknown link.
type Visit struct {
	Landing    Landing
	Invitation Invitation
	Entry      media.Entry
	Policy     Policy

	visitor Visitor
}

// maxToken is more than any link's token has; longer ones are not looked up.
const maxToken = 64

// Look answers a followed link and writes nothing.
func (s *Service) Look(ctx context.Context, token string, b Browser) (Visit, error) {
	if token == "" || len(token) > maxToken {
		return Visit{Landing: Landing{Row: RowUnknown}}, nil
	}
	inv, err := s.store.byToken(ctx, secret.Hash(token))
	if errors.Is(err, ErrNotFound) {
		return Visit{Landing: Landing{Row: RowUnknown}}, nil
	}
	if err != nil {
		return Visit{}, err
	}
	return s.visit(ctx, inv, b)
}

// visit decides about an invitation that was found.
func (s *Service) visit(ctx context.Context, inv Invitation, b Browser) (Visit, error) {
	v := Visit{Invitation: inv}
	var err error
	v.Entry, err = s.entries.Entry(ctx, inv.TenantID, inv.EntryID)
	if err != nil && !errors.Is(err, media.ErrNotFound) {
		return Visit{}, fmt.Errorf("find entry of invitation: %w", err)
	}
	if v.Policy, err = s.Policy(ctx, inv.TenantID); err != nil {
		return Visit{}, err
	}
	if v.visitor, err = s.visitor(ctx, inv, v.Entry, b); err != nil {
		return Visit{}, err
	}
	if v.visitor.Missed, err = s.missed(ctx, inv, v.visitor); err != nil {
		return Visit{}, err
	}
	v.Landing = Decide(inv, v.Entry, v.visitor, v.Policy, s.now())
	return v, nil
}

// againTime is how long the answer to a claim may be missed: whoever sent it
// sends it again at once.
const againTime = time.Minute

// missed reports that this device claimed just now and holds no session, while
// the one that the claim started lives: the answer was lost on its way. Who
// left for good has no session that lives.
func (s *Service) missed(ctx context.Context, inv Invitation, v Visitor) (bool, error) {
	claimed := v.Device != "" && inv.Holder == deviceHolder+v.Device && !v.Running &&
		inv.ClaimedAt != nil && s.now().Sub(*inv.ClaimedAt) < againTime
	if !claimed {
		return false, nil
	}
	lives, err := s.sessions.GuestLives(ctx, inv.TenantID, inv.ID)
	if err != nil {
		return false, fmt.Errorf("find guest session: %w", err)
	}
	return lives, nil
}

// visitor collects what [Decide] asks about a browser. Sessions of other
// tenants count for nothing.
func (s *Service) visitor(ctx context.Context, inv Invitation, e media.Entry, b Browser) (Visitor, error) {
	v := Visitor{Framed: b.Framed, Device: b.Device}
	for _, m := range membersOf(b, inv.TenantID) {
		if err := s.addMember(ctx, &v, e, m); err != nil {
			return Visitor{}, err
		}
	}
	for _, m := range b.Members {
		if m.TenantID != inv.TenantID || m.CourseID != e.CourseID || e.ID == "" {
			continue // only the launch of this very course says who hosts here
		}
		host, err := s.hosts(ctx, e, m)
		if err != nil {
			return Visitor{}, err
		}
		v.MayHost = v.MayHost || host
	}
	if err := s.addGuests(ctx, &v, inv, b); err != nil {
		return Visitor{}, err
	}
	removed, err := s.removed(ctx, inv, b)
	if err != nil {
		return Visitor{}, err
	}
	if removed {
		v.Removed, v.Running, v.ThisLink = true, false, false
	}
	return v, nil
}

// removed reports whether a host removed the person invited, under whichever
// identity they came, or a guest who has a session on this device: another link
// leads nobody back.
func (s *Service) removed(ctx context.Context, inv Invitation, b Browser) (bool, error) {
	seats := []Seating{{InvitationID: inv.ID}}
	people, err := s.store.claimants(ctx, inv)
	if err != nil {
		return false, err
	}
	if bound := inv.Bound(); bound != "" && !slices.Contains(people, bound) {
		people = append(people, bound)
	}
	for _, id := range people {
		seats = append(seats, Seating{PersonID: id})
	}
	for _, g := range b.Guests {
		if g.TenantID == inv.TenantID && g.EntryID == inv.EntryID && g.InvitationID != inv.ID {
			seats = append(seats, Seating{InvitationID: g.InvitationID})
		}
	}
	for _, seat := range seats {
		seat.TenantID, seat.EntryID = inv.TenantID, inv.EntryID
		place, found, err := s.seats.Find(ctx, seat)
		if err != nil {
			return false, fmt.Errorf("find seat of invitation: %w", err)
		}
		if found && place.Removed {
			return true, nil
		}
	}
	return false, nil
}

// membersOf returns each of the browser's people in a tenant once, from however
// many courses they launched.
func membersOf(b Browser, tenantID string) (list []Member) {
	for _, m := range b.Members {
		known := slices.ContainsFunc(list, func(o Member) bool { return o.PersonID == m.PersonID })
		if m.TenantID == tenantID && !known {
			list = append(list, m)
		}
	}
	return list
}

// hosts reports whether a member may host the entry of the course.
func (s *Service) hosts(ctx context.Context, e media.Entry, m Member) (bool, error) {
	role, err := s.roster.Role(ctx, m.TenantID, e.CourseID, m.PersonID)
	if errors.Is(err, roster.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find visitor's course role: %w", err)
	}
	return media.PermissionOn(e, m.PersonID, media.CourseRole(role)).Attends() == media.Host, nil
}

// addMember adds what a launch says about the visitor.
func (s *Service) addMember(ctx context.Context, v *Visitor, e media.Entry, m Member) error {
	person, err := s.roster.Person(ctx, m.TenantID, m.PersonID)
	if errors.Is(err, roster.ErrNotFound) {
		return nil // erased since the session began
	}
	if err != nil {
		return fmt.Errorf("find visitor: %w", err)
	}
	seat, found, err := s.seats.Find(ctx, Seating{TenantID: m.TenantID, EntryID: e.ID, PersonID: m.PersonID})
	if err != nil {
		return fmt.Errorf("find visitor's seat: %w", err)
	}
	v.Removed = v.Removed || found && seat.Removed
	v.Identities = append(v.Identities, Identity{
		PersonID: m.PersonID, AddressKey: person.EmailKey, Proof: ProofPlatform,
		Inside: found, Role: seat.Role,
	})
	return nil
}

// addGuests adds the guest sessions of this device, with the addresses that
// were typed for them.
func (s *Service) addGuests(ctx context.Context, v *Visitor, inv Invitation, b Browser) error {
	var ids []string
	for _, g := range b.Guests {
		if g.TenantID == inv.TenantID {
			ids = append(ids, g.InvitationID)
		}
	}
	list, err := s.store.byIDs(ctx, inv.TenantID, ids)
	if err != nil {
		return err
	}
	for _, i := range list {
		id := Identity{InvitationID: i.ID, AddressKey: i.AddressKey(), Proof: ProofTyped, Inside: i.EntryID == inv.EntryID}
		if id.Inside {
			id.Role = i.Role
		}
		v.Identities = append(v.Identities, id)
		if i.ID != inv.ID {
			continue
		}
		v.Running = true
		hash, err := s.store.lastTokenOf(ctx, inv, b.Device)
		if err != nil {
			return err
		}
		v.ThisLink = hash == deref(inv.TokenHash)
	}
	return nil
}

// Opened marks that a person looked at a link: the page's script says so after
// a while, which scanners and previews do not.
func (s *Service) Opened(ctx context.Context, token string) error {
	if token == "" || len(token) > maxToken {
		return nil
	}
	return s.store.open(ctx, secret.Hash(token), s.now())
}
