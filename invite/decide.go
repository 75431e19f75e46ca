package invite

import (
	"slices"
	"time"

	"usher/media"
)

// Row is an answer to a followed link. The numbers are the order in which the
// rows are tried: the first that fits wins.
type Row int

// The rows.
const (
	RowUnknown     Row = 1  // no such link
	RowWithdrawn   Row = 2  // the invitation was revoked
	RowDeleted     Row = 3  // the entry is deleted
	RowGuestBack   Row = 4  // the guest's session runs on this device: straight back
	RowHost        Row = 5  // may host the entry: in as host, invitation untouched
	RowRemoved     Row = 6  // a host removed this person
	RowExpired     Row = 7  // the link is too old
	RowClosed      Row = 8  // switched off or unpublished
	RowDomain      Row = 9  // the mail domain is not allowed (any more)
	RowInside      Row = 10 // inside already as the person invited: the role rises
	RowOtherDevice Row = 11 // somebody else or another device took the link up
	RowSpent       Row = 12 // no use is left
	RowNotOpen     Row = 13 // countdown
	RowEnded       Row = 14 // the session has ended
	RowStraightIn  Row = 15 // signed in as the person invited
	RowOtherPerson Row = 16 // signed in as somebody else
	RowLobby       Row = 17 // asks for the invited address
)

// Identity is one of the ways in which a visitor is signed in: as a member of
// the entry's tenant or as a guest on this device.
type Identity struct {
	PersonID     string             // member
	InvitationID string             // guest: what they were let in by
	AddressKey   string             // the address they are signed in with, or ""
	Proof        Proof              // of that address
	Inside       bool               // already inside this very entry
	Role         media.AttendeeRole // there; "" when not inside
}

// Member reports whether the identity came by a launch.
func (i Identity) Member() bool { return i.PersonID != "" }

// Visitor is what is known about who follows a link. The zero value is
// somebody nobody knows.
type Visitor struct {
	Framed     bool   // in a frame, where no cookie is trusted and no device known
	Device     string // hash of the device's id, or ""
	Running    bool   // a guest session of this invitation runs on this device
	ThisLink   bool   // ... and it took up the present link, not an older one
	Missed     bool   // claimed here just now, and the answer was lost on its way
	MayHost    bool   // may host the entry
	Removed    bool   // a host removed this person from the entry
	Identities []Identity
}

// Ask is what a lobby asks for.
type Ask string

// The questions.
const (
	AskNothing Ask = ""
	AskAddress Ask = "address" // the invited address
	AskCourse  Ask = "course"  // to come through the course: there is no address to compare with
)

// Landing is the answer to a followed link.
type Landing struct {
	Row  Row
	Role media.AttendeeRole // that the invitation gives
	// As is who goes in without being asked, at rows 10 and 15.
	As Identity
	// Ask is what rows 16 and 17 ask for.
	Ask Ask
	// Code says that the typed address needs a mailed code too.
	Code bool
	// NewWindow says that the answer depends on a guest's device, which a frame
	// hides: the way on is a window of its own.
	NewWindow bool
	// Again says that this device claimed just now and has no session: going in
	// uses nothing up.
	Again bool
}

// situation is what the rows look at.
type situation struct {
	inv    Invitation
	entry  media.Entry
	who    Visitor
	policy Policy
	now    time.Time
}

// rows is the landing's table. Every row assumes that none above it fits.
var rows = []struct {
	row  Row
	fits func(s situation) bool
}{
	{RowUnknown, func(s situation) bool { return s.inv.ID == "" }},
	{RowWithdrawn, func(s situation) bool { return s.inv.RevokedAt != nil }},
	{RowDeleted, func(s situation) bool { return s.entry.ID == "" || s.entry.Deleted() }},
	{RowGuestBack, func(s situation) bool { return s.who.Running && s.who.ThisLink }},
	{RowHost, func(s situation) bool { return s.who.MayHost }},
	{RowRemoved, func(s situation) bool { return s.who.Removed }},
	{RowExpired, func(s situation) bool { return !s.now.Before(s.policy.ExpiresAt(s.inv, s.entry, s.now)) }},
	{RowClosed, func(s situation) bool { return s.policy.Closed(s.entry) }},
	{RowDomain, func(s situation) bool { return !s.policy.AllowsDomain(s.inv.AddressKey()) }},
	{RowInside, func(s situation) bool { id, ok := s.invited(); return ok && id.Inside }},
	{RowOtherDevice, func(s situation) bool { return !s.mayHold() }},
	{RowSpent, func(s situation) bool { return s.spent() }},
	{RowNotOpen, func(s situation) bool { return s.notOpen() }},
	{RowEnded, func(s situation) bool { return s.entry.State(s.now) == media.StateEnded }},
	{RowStraightIn, func(s situation) bool { _, ok := s.invited(); return ok && s.entry.Kind == media.KindRoom }},
	{RowOtherPerson, func(s situation) bool { return s.otherPerson() && s.entry.Kind == media.KindRoom }},
	{RowLobby, func(situation) bool { return true }},
}

// Decide answers a followed link. It is pure: the same arguments give the same
// landing, and every combination gives exactly one row.
func Decide(inv Invitation, e media.Entry, v Visitor, p Policy, now time.Time) Landing {
	s := situation{inv: inv, entry: e, who: v, policy: p, now: now}
	landing := Landing{Row: RowLobby, Role: inv.Role, Again: s.who.Missed}
	for _, r := range rows {
		if r.fits(s) {
			landing.Row = r.row
			break
		}
	}
	switch landing.Row {
	case RowInside, RowStraightIn:
		landing.As, _ = s.invited()
	case RowOtherPerson, RowLobby:
		landing.Ask = s.ask()
		landing.Code = p.Proof(inv.Role) == ProofProved
		landing.NewWindow = v.Framed && landing.Ask == AskAddress
	case RowOtherDevice, RowSpent:
		landing.NewWindow = v.Framed
	}
	return landing
}

// matches reports whether the identity is the person invited, whatever its
// proof. A bound invitation knows its member by person alone: another member
// may have written the same address into an LMS profile.
func (s situation) matches(id Identity) bool {
	switch {
	case id.InvitationID != "" && id.InvitationID == s.inv.ID:
		return true
	case id.Member() && s.inv.Bound() != "":
		return id.PersonID == s.inv.Bound()
	}
	return id.AddressKey != "" && id.AddressKey == s.inv.AddressKey()
}

// invited returns the visitor's identity that is the person invited, with the
// proof that the role asks for: one that is inside first, then a member.
func (s situation) invited() (Identity, bool) {
	var best Identity
	found := false
	for _, id := range s.who.Identities {
		bound := id.Member() && id.PersonID == s.inv.Bound()
		if !s.matches(id) || !bound && !id.Proof.satisfies(s.policy.Proof(s.inv.Role)) {
			continue
		}
		if !found || id.Inside && !best.Inside || id.Inside == best.Inside && id.Member() && !best.Member() {
			best, found = id, true
		}
	}
	return best, found
}

// otherPerson reports that the visitor is signed in, and as nobody who was
// invited.
func (s situation) otherPerson() bool {
	return len(s.who.Identities) > 0 && !slices.ContainsFunc(s.who.Identities, s.matches)
}

// mayHold reports whether the visitor may take the link up as far as its holder
// is concerned. The member to whom it is bound always may.
func (s situation) mayHold() bool {
	if s.inv.Holder == "" || s.who.Device != "" && s.inv.Holder == deviceHolder+s.who.Device {
		return true
	}
	return slices.ContainsFunc(s.who.Identities, func(id Identity) bool {
		return id.Member() && (s.inv.Holder == personHolder+id.PersonID || s.inv.Bound() == id.PersonID)
	})
}

// spent reports that a guest session would be needed and none is left. Members
// use nothing up.
func (s situation) spent() bool {
	if s.policy.MaxUses == 0 || s.inv.Uses < s.policy.MaxUses || s.who.Missed {
		return false
	}
	id, ok := s.invited()
	return !ok || !id.Member()
}

// notOpen reports that the visitor must wait for the session. Speakers and
// moderators may come before it, to rehearse.
func (s situation) notOpen() bool {
	state := s.entry.State(s.now)
	return (state == media.StateScheduled || state == media.StateWaiting) && !s.inv.Role.AtLeast(media.Speaker)
}

func (s situation) ask() Ask {
	if s.inv.AddressKey() == "" {
		return AskCourse
	}
	return AskAddress
}
