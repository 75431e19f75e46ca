package invite

import (
	"errors"
	"strings"
	"time"

	"usher/media"
)

// ErrNotFound means that the tenant has no such invitation.
var ErrNotFound = errors.New("invite: not found")

// ErrNotAllowed means that the permission may not invite, by the permission
// table or by the setting invite.allowed_permissions.
var ErrNotAllowed = errors.New("invite: permission may not invite")

// ErrOff means that nobody can be invited to the entry now: invitations or
// media pages are off, its chat & collaboration is off, or it is deleted.
var ErrOff = errors.New("invite: invitations are off")

// Invitation is one person's way into one entry.
type Invitation struct {
	ID        string `gorm:"primaryKey"`
	TenantID  string
	EntryID   string
	Email     string  // as typed or as the LMS shares it; empty where it does not
	EmailKey  *string // what addresses are compared by; nil without an address
	FirstName string
	LastName  string
	SearchKey string             // folded words of name and address
	PersonID  *string            // the member to whom it is bound
	Role      media.AttendeeRole // viewer, speaker or moderator

	TokenHash     *string // of the present link; kept after revocation so that the link can say so
	TokenSealed   []byte  // for showing the link again; erased at expiry, revocation and new link
	LinkCreatedAt time.Time
	Uses          int    // guest sessions that the present link has started
	Holder        string // who took the present link up; see holderOf
	OpenedAt      *time.Time
	ClaimedAt     *time.Time // last claim of the present link
	RevokedAt     *time.Time
	CreatedBy     string // person who made the present link
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// TableName names the table of invitations for the store.
func (Invitation) TableName() string { return "invitations" }

// Name is the invited person's name.
func (i Invitation) Name() string { return strings.TrimSpace(i.FirstName + " " + i.LastName) }

// Bound returns the member to whom the invitation is bound, or "".
func (i Invitation) Bound() string { return deref(i.PersonID) }

// AddressKey returns the key of the invited address, or "".
func (i Invitation) AddressKey() string { return deref(i.EmailKey) }

// Claimed reports whether somebody took the present link up.
func (i Invitation) Claimed() bool { return i.Holder != "" }

// State is what the ledger says about an invitation.
type State string

// The states of an invitation.
const (
	StateCreated   State = "created"
	StateOpened    State = "opened"
	StateClaimed   State = "claimed"
	StateInSession State = "in_session"
	StateExpired   State = "expired"
	StateRevoked   State = "revoked"
)

// StateAt tells the state of the invitation. A claimed invitation does not
// expire: its holder is in already.
func (i Invitation) StateAt(expires, now time.Time) State {
	switch {
	case i.RevokedAt != nil:
		return StateRevoked
	case i.Claimed():
		return StateClaimed
	case !now.Before(expires):
		return StateExpired
	case i.OpenedAt != nil:
		return StateOpened
	}
	return StateCreated
}

// A holder is a device for guests and a person for members.
const (
	deviceHolder = "device:"
	personHolder = "person:"
)

// claim is one row of claims: the moment when a link was taken up.
type claim struct {
	ID           string `gorm:"primaryKey"`
	TenantID     string
	EntryID      string
	InvitationID string
	TokenHash    string
	DeviceHash   *string
	PersonID     *string
	CreatedAt    time.Time
	EndedAt      *time.Time
}

// TableName names the table of claims for the store.
func (claim) TableName() string { return "claims" }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
