package invite

import (
	"slices"
	"strings"
	"time"

	"usher/media"
	"usher/settings"
)

// Lifetimes of links and guest sessions.
const (
	// linkAfterCreation lets an invitation to a session of the same day be read
	// in the evening.
	linkAfterCreation = 24 * time.Hour
	// linkAfterEnd lets people back in who lost their connection in an overrun.
	linkAfterEnd = 2 * time.Hour
	// guestAfterEnd keeps a guest's session through the same overrun.
	guestAfterEnd = 2 * time.Hour
	// guestAtLeast covers a day's work after a claim; guestAtMost bounds the life
	// of a cookie on a device that is not the guest's own.
	guestAtLeast = 12 * time.Hour
	guestAtMost  = 30 * 24 * time.Hour
)

// Proof is how somebody showed that an address is theirs.
type Proof string

// The proofs.
const (
	ProofTyped    Proof = "typed"    // typed in the lobby
	ProofPlatform Proof = "platform" // a launch named it; counts for entries of that tenant only
	ProofProved   Proof = "proved"   // a mailed code came back
)

// satisfies reports whether the proof is what a role asks for. An address in an
// LMS profile is whatever its owner typed there, so it never stands for a code.
func (p Proof) satisfies(asked Proof) bool { return asked != ProofProved || p == ProofProved }

// Policy is what the settings of a tenant say about invitations. Counts of 0
// have no bound.
type Policy struct {
	Open         bool          // invitations and media pages are on
	LinkDuration time.Duration // 0: follows the schedule
	MaxUses      int
	Proofs       map[media.AttendeeRole]Proof // missing means ProofTyped
	AllowDomains []string                     // canonical; empty allows all
	DenyDomains  []string                     // canonical; wins
	Permissions  []media.Permission           // that may invite
	PerEntry     int                          // links a day for one entry
	PerPerson    int                          // links a day by one inviter
	PerTenant    int                          // links a day in the tenant
	SuggestAll   bool                         // suggest everybody of the tenant
}

// PolicyFrom reads a policy out of settings.
func PolicyFrom(v settings.Values) Policy {
	p := Policy{
		Open: v.On(settings.InviteEnabled) && v.On(settings.MediaPageEnabled),
		Proofs: map[media.AttendeeRole]Proof{
			media.Viewer:    Proof(v.String(settings.InviteProofViewer)),
			media.Speaker:   Proof(v.String(settings.InviteProofSpeaker)),
			media.Moderator: Proof(v.String(settings.InviteProofModerator)),
		},
		AllowDomains: v.List(settings.InviteAllowDomains),
		DenyDomains:  v.List(settings.InviteDenyDomains),
		SuggestAll:   v.On(settings.InviteSuggestPlatform),
	}
	for _, word := range v.List(settings.InviteAllowedPermissions) {
		p.Permissions = append(p.Permissions, media.Permission(word))
	}
	p.LinkDuration, _ = v.Duration(settings.InviteLinkDuration)
	p.MaxUses, _ = v.Count(settings.InviteLinkReusability)
	p.PerEntry, _ = v.Count(settings.InvitePerEntryPerDay)
	p.PerPerson, _ = v.Count(settings.InvitePerPersonPerDay)
	p.PerTenant, _ = v.Count(settings.InvitePerPlatformPerDay)
	return p
}

// MayInvite reports whether a permission may invite: the table must allow it
// and the setting must not forbid it.
func (p Policy) MayInvite(permission media.Permission) bool {
	return permission.May(media.ActionInvite) && slices.Contains(p.Permissions, permission)
}

// Proof is what a role asks for.
func (p Policy) Proof(role media.AttendeeRole) Proof {
	if proof, ok := p.Proofs[role]; ok {
		return proof
	}
	return ProofTyped
}

// Takes reports whether people can be invited to the entry at all: not while
// invitations or media pages are off, and not to a room without chat &
// collaboration.
func (p Policy) Takes(e media.Entry) bool { return p.Open && !e.Deleted() && takesGuests(e) }

// Closed reports whether the entry is closed to everybody who comes by a link.
func (p Policy) Closed(e media.Entry) bool {
	return !p.Open || !e.Published || !takesGuests(e)
}

func takesGuests(e media.Entry) bool { return e.Kind != media.KindRoom || e.Chat }

// AllowsDomain reports whether the mail domain of an address key may be
// invited. Without an address there is no domain to refuse.
func (p Policy) AllowsDomain(addressKey string) bool {
	if addressKey == "" {
		return true
	}
	domain := DomainOf(addressKey)
	if within(domain, p.DenyDomains) {
		return false
	}
	return len(p.AllowDomains) == 0 || within(domain, p.AllowDomains)
}

// DomainOf returns the mail domain of an address in canonical form, or what
// stands behind its last "@" where that is no domain.
func DomainOf(address string) string {
	raw := address[strings.LastIndexByte(address, '@')+1:]
	if domain, err := settings.CanonicalDomain(raw); err == nil {
		return domain
	}
	return strings.ToLower(raw)
}

// within reports whether domain is one of the list or a sub-domain of one.
func within(domain string, list []string) bool {
	return slices.ContainsFunc(list, func(d string) bool {
		return domain == d || strings.HasSuffix(domain, "."+d)
	})
}

// ExpiresAt is the first moment at which the invitation's link is dead. It is
// computed, never stored, so that it moves with the schedule and the settings.
func (p Policy) ExpiresAt(inv Invitation, e media.Entry, now time.Time) time.Time {
	if p.LinkDuration > 0 {
		return inv.LinkCreatedAt.Add(p.LinkDuration)
	}
	expires := inv.LinkCreatedAt.Add(linkAfterCreation)
	if end := endOf(e, now); end != nil && end.Add(linkAfterEnd).After(expires) {
		expires = end.Add(linkAfterEnd)
	}
	return expires
}

// FollowsSchedule reports whether moving the entry would move the link's end.
func (p Policy) FollowsSchedule(inv Invitation, e media.Entry, now time.Time) bool {
	return p.ExpiresAt(inv, e, now).After(inv.LinkCreatedAt.Add(linkAfterCreation)) && p.LinkDuration == 0
}

// GuestUntil is when the session of a guest who claims at now ends by itself.
func GuestUntil(e media.Entry, now time.Time) time.Time {
	until := now.Add(guestAtMost)
	if end := endOf(e, now); end != nil && end.Add(guestAfterEnd).Before(until) {
		until = end.Add(guestAfterEnd)
	}
	if least := now.Add(guestAtLeast); until.Before(least) {
		until = least
	}
	return until
}

// endOf is the end of a live entry: the real one, else the planned one. A
// session that overruns its plan has not ended yet, so that its end is now at
// the earliest. Entries without an end have none.
func endOf(e media.Entry, now time.Time) *time.Time {
	switch {
	case !e.Live():
		return nil
	case e.State(now) == media.StateEnded && e.EndedAt != nil:
		return e.EndedAt
	case e.AlwaysOpen || e.EndsAt == nil:
		return nil
	case e.State(now) == media.StateOpen && e.EndsAt.Before(now):
		return &now
	}
	return e.EndsAt
}
