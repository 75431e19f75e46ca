package invite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/database"
	"usher/media"
	"usher/roster"
	"usher/secret"
	"usher/settings"
)

// Seating names somebody in the live room of an entry: a member by PersonID or
// a guest by InvitationID.
type Seating struct {
	TenantID, EntryID      string
	PersonID, InvitationID string
	Name                   string
	Role                   media.AttendeeRole
}

// Seat is the place somebody has in a live room.
type Seat struct {
	Role    media.AttendeeRole
	Removed bool // a host removed them
}

// Seats is the live room, as far as invitations move people in it. All of it
// joins the transaction of the context and tells open tabs after its commit.
type Seats interface {
	// Seat gives a place, or raises the role of the place that is there. It never
	// lowers.
	Seat(ctx context.Context, s Seating) error
	// Unseat takes back what an invitation gave: a guest leaves, a member falls to
	// what their permission gives. Nobody there is no error.
	Unseat(ctx context.Context, s Seating) error
	// Find returns the place of a member or guest; false where there is none.
	Find(ctx context.Context, s Seating) (Seat, bool, error)
	// Present returns who is in the room of the entry at this moment.
	Present(ctx context.Context, tenantID, entryID string) ([]Seating, error)
}

// Sessions ends what a withdrawn invitation started. It joins the transaction
// of the context.
type Sessions interface {
	EndGuests(ctx context.Context, tenantID, invitationID string) error
	// GuestLives says whether a guest session of the invitation lives anywhere.
	GuestLives(ctx context.Context, tenantID, invitationID string) (bool, error)
}

// Entries finds entries, deleted ones included, or returns [media.ErrNotFound].
type Entries interface {
	Entry(ctx context.Context, tenantID, id string) (media.Entry, error)
}

// Deps are what the service needs; all are required.
type Deps struct {
	DB       *database.DB
	Keyring  *secret.Keyring
	Now      func() time.Time
	Entries  Entries
	Roster   *roster.Service
	Settings *settings.Service
	Seats    Seats
	Sessions Sessions
}

// Service makes, shows, withdraws and claims invitations. Safe for parallel
// use.
type Service struct {
	store    store
	keyring  *secret.Keyring
	clock    func() time.Time
	entries  Entries
	roster   *roster.Service
	settings *settings.Service
	seats    Seats
	sessions Sessions
}

// New returns a service, or an error where a dependency is missing.
func New(d Deps) (*Service, error) {
	switch {
	case d.DB == nil || d.Keyring == nil || d.Now == nil:
		return nil, errors.New("invite.New: DB, Keyring and Now are required")
	case d.Entries == nil || d.Roster == nil || d.Settings == nil:
		return nil, errors.New("invite.New: Entries, Roster and Settings are required")
	case d.Seats == nil || d.Sessions == nil:
		return nil, errors.New("invite.New: Seats and Sessions are required")
	}
	return &Service{
		store: store{db: d.DB}, keyring: d.Keyring, clock: d.Now, entries: d.Entries,
		roster: d.Roster, settings: d.Settings, seats: d.Seats, sessions: d.Sessions,
	}, nil
}

// now is the moment in the precision of both databases.
func (s *Service) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// Policy returns what the tenant's settings say about invitations now.
func (s *Service) Policy(ctx context.Context, tenantID string) (Policy, error) {
	values, err := s.settings.ForTenant(ctx, tenantID)
	if err != nil {
		return Policy{}, fmt.Errorf("read invitation policy: %w", err)
	}
	return PolicyFrom(values), nil
}
