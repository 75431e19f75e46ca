package house

import (
	"context"
	"errors"
	"fmt"

	"usher/invite"
	"usher/live"
	"usher/media"
	"usher/roster"
)

// permissions tells live what a member attends an entry as, by permission
// alone.
type permissions struct {
	media  *media.Service
	people *roster.Service
	// admits says whether an invitation lets in somebody of another course.
	admits func(ctx context.Context, tenantID, entryID, personID string) (bool, error)
}

// AttendsAs implements [live.Permissions].
func (p permissions) AttendsAs(ctx context.Context, tenantID, entryID, personID string) (media.AttendeeRole, error) {
	entry, err := p.media.Entry(ctx, tenantID, entryID)
	if err != nil {
		return "", fmt.Errorf("find entry: %w", err)
	}
	role, err := p.people.Role(ctx, tenantID, entry.CourseID, personID)
	if errors.Is(err, roster.ErrNotFound) {
		admitted, err := p.admits(ctx, tenantID, entryID, personID)
		if err != nil || !admitted {
			return live.Nobody, err
		}
		return media.Viewer, nil
	}
	if err != nil {
		return "", fmt.Errorf("find course role: %w", err)
	}
	return media.PermissionOn(entry, personID, media.CourseRole(role)).Attends(), nil
}

// seats gives invitations their places in live rooms.
type seats struct{ live *live.Service }

// Seat implements [invite.Seats].
func (s seats) Seat(ctx context.Context, seat invite.Seating) error {
	_, err := s.live.Seat(ctx, live.SeatRequest(seat))
	return err
}

// Unseat implements [invite.Seats].
func (s seats) Unseat(ctx context.Context, seat invite.Seating) error {
	return s.live.Unseat(ctx, live.UnseatRequest{
		TenantID: seat.TenantID, EntryID: seat.EntryID, PersonID: seat.PersonID, InvitationID: seat.InvitationID,
	})
}

// Find implements [invite.Seats].
func (s seats) Find(ctx context.Context, seat invite.Seating) (invite.Seat, bool, error) {
	a, err := s.live.AttendeeOf(ctx, seat.TenantID, seat.EntryID, seat.PersonID, seat.InvitationID)
	if errors.Is(err, live.ErrNotFound) {
		return invite.Seat{}, false, nil
	}
	return invite.Seat{Role: a.Effective(), Removed: a.RemovedAt != nil}, err == nil, err
}

// Present implements [invite.Seats].
func (s seats) Present(ctx context.Context, tenantID, entryID string) ([]invite.Seating, error) {
	here, err := s.live.Present(ctx, tenantID, entryID)
	if err != nil {
		return nil, err
	}
	var list []invite.Seating
	for _, a := range here {
		seat := invite.Seating{TenantID: tenantID, EntryID: entryID, Name: a.Name, Role: a.Effective()}
		if a.PersonID != nil {
			seat.PersonID = *a.PersonID
		}
		if a.InvitationID != nil {
			seat.InvitationID = *a.InvitationID
		}
		list = append(list, seat)
	}
	return list, nil
}
