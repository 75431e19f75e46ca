package handlers

import (
	"context"
	"errors"
	"fmt"

	"github.com/labstack/echo/v4"

	"usher/live"
	"usher/media"
	"usher/session"
	"usher/visit"
)

// pageVisitor is [Server.entryVisitor] for the page that every launch leads to.
// It finds by one query who speaks for nobody but one member of the entry's
// course, which is nearly everybody; all others are asked about one by one.
func (s *Server) pageVisitor(c echo.Context, entryID string) (*visitor, error) {
	identity, alone := session.From(c.Request()).OnlyMember()
	if !alone {
		return s.entryVisitor(c, entryID)
	}
	seen, err := s.Visits.Member(c.Request().Context(), visit.Key{
		TenantID: identity.TenantID, CourseID: identity.CourseID, PersonID: identity.PersonID, EntryID: entryID,
	})
	if errors.Is(err, visit.ErrNotFound) {
		return s.entryVisitor(c, entryID)
	}
	if err != nil {
		return nil, fmt.Errorf("find visitor: %w", err)
	}
	v := &visitor{
		Identity: identity, Name: seen.Membership.Name, Course: seen.Membership.Course, Entry: seen.Entry,
		CourseRole: media.CourseRole(seen.Membership.Role), Seen: &seen,
	}
	v.Permission = media.PermissionOn(v.Entry, identity.PersonID, v.CourseRole)
	v.Role = v.Permission.Attends()
	if seen.Attendee.ID != "" {
		seen.Attendee.Base = v.Role
		if err := v.seated(seen.Attendee, nil); err != nil {
			return nil, err
		}
	}
	if v.Entry.Deleted() {
		return nil, errDeleted
	}
	return v, nil
}

// latest is what a room's page begins with.
func (s *Server) latest(ctx context.Context, v *visitor) (live.Page, error) {
	if v.Seen != nil {
		return s.Live.LatestUpTo(ctx, s.reader(v), v.Seen.LastSeq, latestMessages)
	}
	return s.Live.Latest(ctx, s.reader(v), latestMessages)
}
