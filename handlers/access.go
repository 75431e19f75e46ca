package handlers

import (
	"errors"
	"fmt"

	"github.com/labstack/echo/v4"

	"usher/live"
	"usher/media"
	"usher/roster"
	"usher/session"
	"usher/visit"
)

// visitor is somebody at a course or an entry, with what they may do there.
type visitor struct {
	Identity session.Identity
	// Name is how members of the course are called on pages; "" for others, see
	// nameOf.
	Name string
	// Course is set for members of the course, and for guests as far as the
	// entry's page names it.
	Course roster.Course
	// Entry is zero on pages of a course.
	Entry media.Entry
	// CourseRole is what the last launch of this course said; "" for guests.
	CourseRole media.CourseRole
	// Administrator says, on pages of a course, that they administer the whole
	// tenant.
	Administrator bool
	// Permission on the entry, or on the course's list.
	Permission media.Permission
	// Role in the entry's session, or "" on pages of a course.
	Role media.AttendeeRole
	// Attendee is this visitor's place in the session; zero if they never had one.
	Attendee live.Attendee
	// Seen is what one query found for a page, nil for visitors found one by one.
	Seen *visit.Visit
}

// Guest says that the visitor is known by an invitation alone.
func (v *visitor) Guest() bool { return v.Identity.Kind == session.Guest }

func (v *visitor) permissionWord() string { return string(v.Permission) }

func (v *visitor) attendeeWord() string { return string(v.Role) }

// courseVisitor authorises a member for a course they have launched: 401
// without a session, 404 for any other course.
func (s *Server) courseVisitor(c echo.Context, courseID string) (*visitor, error) {
	who := session.From(c.Request())
	if who.Nobody() {
		return nil, errNobody
	}
	identity, ok := who.MemberIn(courseID)
	if !ok {
		return nil, errNotFound
	}
	ctx := c.Request().Context()
	member, err := s.Roster.Membership(ctx, identity.TenantID, courseID, identity.PersonID)
	if err != nil {
		return nil, fmt.Errorf("find course: %w", err)
	}
	v := &visitor{Identity: identity, Name: member.Name, Course: member.Course, CourseRole: media.CourseRole(member.Role), Administrator: member.Administrator}
	v.Permission = media.CoursePermission(v.CourseRole)
	return v, nil
}

// entryVisitor authorises somebody for an entry: members of its course,
// members who took an invitation up, and its guests. Nobody gets 401, people
// of other tenants, courses and entries 404, withdrawn guests 410, removed
// ones 403. Deleted entries are 410 to all who could see them.
func (s *Server) entryVisitor(c echo.Context, entryID string) (*visitor, error) {
	v, err := s.entryVisitorWithDeleted(c, entryID)
	if err != nil {
		return nil, err
	}
	if v.Entry.Deleted() {
		return nil, errDeleted
	}
	return v, nil
}

// entryVisitorWithDeleted is [Server.entryVisitor] for restoring.
func (s *Server) entryVisitorWithDeleted(c echo.Context, entryID string) (*visitor, error) {
	who := session.From(c.Request())
	if who.Nobody() {
		return nil, errNobody
	}
	ctx := c.Request().Context()
	entry, err := s.Media.EntryIn(ctx, who.Tenants(), entryID)
	if errors.Is(err, media.ErrNotFound) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find entry: %w", err)
	}
	v := &visitor{Entry: entry, Permission: media.PermissionNone, Role: media.Viewer}
	guest, found, ended := who.Guest(entry.ID)
	if identity, ok := who.MemberIn(entry.CourseID); ok {
		if err := s.admitMember(c, v, identity); err != nil || !found {
			return v, err
		}
		return s.orGuest(c, v, guest)
	}
	if found {
		return v, s.admitGuest(c, v, guest)
	}
	if identity, ok := who.Member(entry.TenantID); ok {
		return v, s.admitInvitedMember(c, v, identity)
	}
	if ended {
		return nil, errWithdrawn
	}
	return nil, errNotFound
}

func (s *Server) admitMember(c echo.Context, v *visitor, identity session.Identity) error {
	ctx := c.Request().Context()
	member, err := s.Roster.Membership(ctx, identity.TenantID, identity.CourseID, identity.PersonID)
	if err != nil {
		return fmt.Errorf("find course role: %w", err)
	}
	v.Identity, v.Name, v.Course, v.CourseRole = identity, member.Name, member.Course, media.CourseRole(member.Role)
	v.Permission = media.PermissionOn(v.Entry, identity.PersonID, v.CourseRole)
	v.Role = v.Permission.Attends()
	attendee, err := s.Live.AttendeeAs(ctx, identity.TenantID, v.Entry.ID, identity.PersonID, v.Role)
	return v.seated(attendee, err)
}

// orGuest is a member of the course who took a guest's place too, with a
// different email: they are that guest where the place gives them more.
func (s *Server) orGuest(c echo.Context, member *visitor, guest session.Identity) (*visitor, error) {
	if member.Permission != media.PermissionNone {
		return member, nil
	}
	v := &visitor{Entry: member.Entry, Permission: media.PermissionNone, Role: media.Viewer}
	err := s.admitGuest(c, v, guest)
	switch {
	case errors.Is(err, errWithdrawn), errors.Is(err, errGuestRemoved), err == nil && member.Role.AtLeast(v.Role):
		return member, nil
	}
	return v, err
}

// admitInvitedMember lets in a member of the tenant who took an invitation to
// an entry of a course that is not theirs.
func (s *Server) admitInvitedMember(c echo.Context, v *visitor, identity session.Identity) error {
	ctx := c.Request().Context()
	attendee, err := s.Live.AttendeeOf(ctx, identity.TenantID, v.Entry.ID, identity.PersonID, "")
	if errors.Is(err, live.ErrNotFound) {
		return errNotFound
	}
	// The place outlives the invitation; without one it lets nobody in.
	admitted, admitErr := s.Invite.Admits(ctx, identity.TenantID, v.Entry.ID, identity.PersonID)
	if admitErr != nil {
		return admitErr
	}
	if !admitted {
		return errWithdrawn
	}
	v.Identity = identity
	// What an old launch of this course made them counts no more: they are here
	// by the invitation.
	attendee.Base = media.Viewer
	return v.seated(attendee, err)
}

func (s *Server) admitGuest(c echo.Context, v *visitor, identity session.Identity) error {
	v.Identity = identity
	attendee, err := s.Live.AttendeeOf(c.Request().Context(), identity.TenantID, v.Entry.ID, "", identity.InvitationID)
	if errors.Is(err, live.ErrNotFound) {
		return errWithdrawn
	}
	return v.seated(attendee, err)
}

// seated raises the visitor's role to that of their place in the session.
func (v *visitor) seated(attendee live.Attendee, err error) error {
	if errors.Is(err, live.ErrNotFound) {
		return nil
	}
	if err != nil && !errors.Is(err, live.ErrRemoved) {
		return fmt.Errorf("find attendee: %w", err)
	}
	v.Attendee = attendee
	if attendee.RemovedAt != nil && v.Role != media.Host {
		if v.Guest() {
			return errGuestRemoved
		}
		return errRemoved
	}
	if attendee.Effective().AtLeast(v.Role) {
		v.Role = attendee.Effective()
	}
	return nil
}

// may authorises one action: 403 for those who may see the place but not do
// this.
func (v *visitor) may(a media.Action) error {
	if v.Permission.May(a) {
		return nil
	}
	return errForbidden
}

// current compares the identity that a page was made for with the one that its
// request came with; a POST of an outdated page must not act in another's name.
func (s *Server) current(c echo.Context, v *visitor) error {
	if made := c.FormValue("identity"); made != "" && made != v.Identity.PublicID() {
		return &identityError{visitor: v}
	}
	return nil
}
