package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"usher/database"
	"usher/media"
	"usher/secret"
)

// Attendee is one person or guest in one entry. Exactly one of PersonID and InvitationID is set.
type Attendee struct {
	ID           string `gorm:"primaryKey"`
	TenantID     string
	EntryID      string
	PersonID     *string
	InvitationID *string
	Name         string
	// Role is what an invitation or a host granted.
	Role      media.AttendeeRole
	RemovedAt *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
	// Base is what the permission on the entry gives; a guest's is viewer.
	Base media.AttendeeRole `gorm:"-"`
}

// TableName names the table for GORM.
func (Attendee) TableName() string { return "attendees" }

// Guest says whether the attendee came by an invitation alone.
func (a Attendee) Guest() bool { return a.InvitationID != nil }

// Effective is the role that counts: the higher one of permission and grant.
func (a Attendee) Effective() media.AttendeeRole { return higher(a.Base, a.Role) }

func higher(a, b media.AttendeeRole) media.AttendeeRole {
	if a.AtLeast(b) {
		return a
	}
	return b
}

func lower(a, b media.AttendeeRole) media.AttendeeRole {
	if a.AtLeast(b) {
		return b
	}
	return a
}

// Out says that the attendee was removed. Nobody is out who has come to host by permission since.
func (a Attendee) Out() bool { return a.RemovedAt != nil && !a.Base.AtLeast(media.Host) }

// SeatRequest says who takes a seat. Exactly one of PersonID and InvitationID is set.
type SeatRequest struct {
	TenantID, EntryID      string
	PersonID, InvitationID string
	Name                   string
	// Role is the grant: viewer for somebody who simply came, more by an invitation.
	Role media.AttendeeRole
}

// Seat makes somebody an attendee of an entry, or raises the one that is there; it never
// lowers. It joins the caller's transaction. ErrRemoved if a host removed that attendee.
func (s *Service) Seat(ctx context.Context, r SeatRequest) (Attendee, error) {
	if (r.PersonID == "") == (r.InvitationID == "") {
		return Attendee{}, errors.New("seat: one of person and invitation is required")
	}
	a, err := s.store.attendeeOf(ctx, r.TenantID, r.EntryID, r.PersonID, r.InvitationID)
	if err == nil && (a.RemovedAt != nil || a.Name == r.Name && a.Role.AtLeast(r.Role)) {
		return s.found(ctx, a, nil)
	}
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		return Attendee{}, fmt.Errorf("seat: %w", err)
	}
	err = database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		a, err = s.seat(ctx, r)
		return err
	})
	if err != nil {
		return Attendee{}, err
	}
	return s.withBase(ctx, a)
}

func (s *Service) seat(ctx context.Context, r SeatRequest) (Attendee, error) {
	now := s.now()
	fresh := Attendee{
		ID: secret.NewID(), TenantID: r.TenantID, EntryID: r.EntryID,
		PersonID: optional(r.PersonID), InvitationID: optional(r.InvitationID),
		Name: r.Name, Role: r.Role, CreatedAt: now, UpdatedAt: now,
	}
	created, err := s.store.insertAttendee(ctx, fresh)
	if err != nil {
		return Attendee{}, fmt.Errorf("seat: %w", err)
	}
	if created {
		return fresh, nil
	}
	a, err := s.store.attendeeOf(ctx, r.TenantID, r.EntryID, r.PersonID, r.InvitationID)
	if err != nil {
		return Attendee{}, fmt.Errorf("seat: %w", err)
	}
	if a.RemovedAt != nil {
		return s.found(ctx, a, nil)
	}
	if a.Name != r.Name {
		if err := s.store.rename(ctx, a, r.Name, now); err != nil {
			return Attendee{}, fmt.Errorf("seat: %w", err)
		}
		a.Name = r.Name
	}
	raised, err := s.store.raise(ctx, a, r.Role, now)
	if err != nil {
		return Attendee{}, fmt.Errorf("raise attendee: %w", err)
	}
	if !raised {
		return a, nil
	}
	a.Role = r.Role
	return a, s.recordRole(ctx, a)
}

// UnseatRequest names the attendee whose invitation was withdrawn: the guest of InvitationID,
// or the member PersonID to whom that invitation was bound.
type UnseatRequest struct {
	TenantID, EntryID      string
	PersonID, InvitationID string
}

// Unseat takes back what an invitation granted: a member falls to what the permission gives, a
// guest leaves the room. Nobody seated by it is no error. It joins the caller's transaction.
func (s *Service) Unseat(ctx context.Context, r UnseatRequest) error {
	if r.PersonID != "" {
		r.InvitationID = ""
	}
	return database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		a, err := s.store.attendeeOf(ctx, r.TenantID, r.EntryID, r.PersonID, r.InvitationID)
		if errors.Is(err, database.ErrNotFound) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unseat: %w", err)
		}
		changed, err := s.store.setRole(ctx, a, media.Viewer, s.now())
		if err != nil {
			return fmt.Errorf("unseat: %w", err)
		}
		a.Role = media.Viewer
		if a, err = s.withBase(ctx, a); err != nil {
			return err
		}
		if a.Guest() || a.Base == Nobody {
			return s.record(ctx, draft{tenantID: a.TenantID, entryID: a.EntryID, attendeeID: a.ID,
				kind: Withdrawn, audience: onlyFor(a.ID)})
		}
		if !changed {
			return nil
		}
		return s.recordRole(ctx, a)
	})
}

// SetRole grants a role, up or down, as a host does it in People or as a changed invitation
// does. ErrRole for host or an unknown role, ErrHost for somebody who hosts by permission.
func (s *Service) SetRole(ctx context.Context, tenantID, entryID, attendeeID string, role media.AttendeeRole) (Attendee, error) {
	if role != media.Viewer && role != media.Speaker && role != media.Moderator {
		return Attendee{}, ErrRole
	}
	a, err := s.Attendee(ctx, tenantID, entryID, attendeeID)
	if err != nil {
		return Attendee{}, err
	}
	if a = s.asConnected(a); a.Base.AtLeast(media.Host) {
		return Attendee{}, ErrHost
	}
	err = database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		changed, err := s.store.setRole(ctx, a, role, s.now())
		if err != nil {
			return fmt.Errorf("set role: %w", err)
		}
		a.Role = role
		if !changed {
			return nil
		}
		return s.recordRole(ctx, a)
	})
	return a, err
}

// Remove puts an attendee out of the entry for good: every tab is disconnected, and no link
// and no launch seats the same person again. ErrHost for somebody who hosts by permission.
func (s *Service) Remove(ctx context.Context, tenantID, entryID, attendeeID string) error {
	a, err := s.Attendee(ctx, tenantID, entryID, attendeeID)
	if errors.Is(err, ErrRemoved) {
		return nil
	}
	if err != nil {
		return err
	}
	if a = s.asConnected(a); a.Base.AtLeast(media.Host) {
		return ErrHost
	}
	return database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		removed, err := s.store.remove(ctx, a, s.now())
		if err != nil {
			return fmt.Errorf("remove attendee: %w", err)
		}
		if !removed {
			return nil
		}
		return s.record(ctx, draft{tenantID: a.TenantID, entryID: a.EntryID, attendeeID: a.ID,
			kind: Removed, audience: everyone})
	})
}

// Attendee returns the attendee with its base role. ErrNotFound, or ErrRemoved with the
// attendee filled in.
func (s *Service) Attendee(ctx context.Context, tenantID, entryID, attendeeID string) (Attendee, error) {
	if !utf8.ValidString(attendeeID) || strings.ContainsRune(attendeeID, 0) {
		return Attendee{}, ErrNotFound // it comes out of an address; PostgreSQL takes no such text
	}
	a, err := s.store.attendee(ctx, tenantID, entryID, attendeeID)
	return s.found(ctx, a, err)
}

// AttendeeOf returns the attendee of a member (personID) or of a guest (invitationID); errors
// as Attendee.
func (s *Service) AttendeeOf(ctx context.Context, tenantID, entryID, personID, invitationID string) (Attendee, error) {
	if (personID == "") == (invitationID == "") {
		return Attendee{}, ErrNotFound
	}
	a, err := s.store.attendeeOf(ctx, tenantID, entryID, personID, invitationID)
	return s.found(ctx, a, err)
}

// AttendeeAs is AttendeeOf for a member whose base role the caller knows already.
func (s *Service) AttendeeAs(ctx context.Context, tenantID, entryID, personID string, base media.AttendeeRole) (Attendee, error) {
	if personID == "" {
		return Attendee{}, ErrNotFound
	}
	a, err := s.store.attendeeOf(ctx, tenantID, entryID, personID, "")
	if a, err = read(a, err); err != nil {
		return Attendee{}, err
	}
	a.Base = base
	return admitted(a)
}

func (s *Service) found(ctx context.Context, a Attendee, err error) (Attendee, error) {
	if a, err = read(a, err); err != nil {
		return Attendee{}, err
	}
	if a, err = s.withBase(ctx, a); err != nil {
		return Attendee{}, err
	}
	return admitted(a)
}

// read tells of an attendee that the store has not got.
func read(a Attendee, err error) (Attendee, error) {
	if errors.Is(err, database.ErrNotFound) {
		return Attendee{}, ErrNotFound
	}
	if err != nil {
		return Attendee{}, fmt.Errorf("read attendee: %w", err)
	}
	return a, nil
}

// admitted tells of an attendee who was put out.
func admitted(a Attendee) (Attendee, error) {
	if a.Out() {
		return a, ErrRemoved
	}
	return a, nil
}

func (s *Service) withBase(ctx context.Context, a Attendee) (Attendee, error) {
	a.Base = media.Viewer
	if a.Guest() {
		return a, nil
	}
	base, err := s.permissions.AttendsAs(ctx, a.TenantID, a.EntryID, *a.PersonID)
	if err != nil {
		return Attendee{}, fmt.Errorf("read permission of attendee: %w", err)
	}
	a.Base = base
	return a, nil
}

// asConnected takes a member for what their open tabs were admitted as, where
// that is less than what their last launch of the course made them: they are
// here by an invitation alone.
func (s *Service) asConnected(a Attendee) Attendee {
	highest := Nobody
	for _, client := range s.node.Hub().UserConnections(a.ID) {
		if c, ok := connectionOf(client.Info()); ok {
			highest = higher(highest, c.Base)
		}
	}
	if highest != Nobody {
		a.Base = lower(a.Base, highest)
	}
	return a
}

func (s *Service) recordRole(ctx context.Context, a Attendee) error {
	a, err := s.withBase(ctx, a)
	if err != nil {
		return err
	}
	a = s.asConnected(a)
	return s.record(ctx, draft{tenantID: a.TenantID, entryID: a.EntryID, attendeeID: a.ID,
		kind: RoleChanged, audience: everyone, data: Data{Role: a.Effective()}})
}

func optional(id string) *string {
	if id == "" {
		return nil
	}
	return &id
}
