package handlers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/media"
	"usher/roster"
	"usher/views"
)

// destination is the page of a course to which a launch leads: the content
// picker, the course's list, or what the link shows.
func (s *Server) destination(ctx context.Context, launch *lti.Launch, a roster.Arrival) (string, error) {
	path := coursePath(a.Course.ID)
	if launch.Message == lti.MessageDeepLinking {
		kept, err := s.LTI.KeepDeepLink(ctx, launch, a.Course.ID, a.Person.ID)
		return path + "/pick/" + kept.ID, err
	}
	if navigation(launch) {
		return path, nil
	}
	link, err := s.Media.Link(ctx, media.LinkKey{
		TenantID: launch.TenantID, CourseID: a.Course.ID,
		ResourceLinkID: launch.ResourceLink.ID, Title: launch.ResourceLink.Title,
	})
	if err != nil {
		return "", fmt.Errorf("find link: %w", err)
	}
	copied := ""
	if name := launch.Custom[lti.CustomEntry]; name != "" {
		if link, copied, err = s.showNamed(ctx, launch, link, name); err != nil {
			return "", err
		}
	}
	if link.EntryID != nil && *link.EntryID != "" {
		return entryPath(*link.EntryID), nil
	}
	return path + "/links/" + link.ID + copied, nil
}

// navigation says that a launch comes from a course's menu and not from a link:
// platforms send the context's id as the link's then. Moodle counts courses and
// activities with small numbers, each for itself, so that equal numbers there
// are chance.
func navigation(launch *lti.Launch) bool {
	if launch.ResourceLink == nil {
		return true
	}
	_, err := strconv.ParseUint(launch.Context.ID, 10, 64)
	return launch.ResourceLink.ID == launch.Context.ID && err != nil
}

// showNamed lets a link show the entry that it names, if that is of this very
// course (C-47). For any other it returns the query by which the link's page
// says so; that names the original where the course's history shows it.
func (s *Server) showNamed(ctx context.Context, launch *lti.Launch, link media.Link, name string) (media.Link, string, error) {
	link, named, err := s.Media.ShowNamed(ctx, link, name)
	if err != nil || named || link.EntryID != nil {
		return link, "", err
	}
	const foreign = "?copied=1"
	original, err := s.Media.Original(ctx, link, name)
	if errors.Is(err, media.ErrNotFound) {
		return link, foreign, nil
	}
	if err != nil {
		return link, "", err
	}
	course, err := s.Roster.Course(ctx, link.TenantID, original.CourseID)
	if err != nil {
		return link, "", fmt.Errorf("find the original's course: %w", err)
	}
	if !slices.Contains(launch.CopiedFrom(), course.ContextID) {
		return link, foreign, nil
	}
	return link, "?copied=" + original.ID, nil
}

// fillCopied says on the page of a fresh link that it came from another course.
// It fills in what the room there is called and says for those who may edit that
// one: neither an address nor a custom value opens another's room.
func (s *Server) fillCopied(c echo.Context, v *visitor, link media.Link, page *views.LinkChoose) error {
	name := c.QueryParam("copied")
	if name == "" {
		return nil
	}
	ctx := c.Request().Context()
	page.Notice = views.Notice{Key: "notice.copied", Tone: "accent"}
	original, err := s.Media.Original(ctx, link, name)
	if errors.Is(err, media.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	member, err := s.Roster.Membership(ctx, link.TenantID, original.CourseID, v.Identity.PersonID)
	if errors.Is(err, roster.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !media.PermissionOn(original, v.Identity.PersonID, media.CourseRole(member.Role)).May(media.ActionEdit) {
		return nil
	}
	page.Notice.Key = "notice.copied_details"
	f := &page.Form
	f.Title, f.Description, f.Chat = original.Title, original.Description, original.Chat
	f.AlwaysOpen, f.OpensItself = original.AlwaysOpen, original.OpensItself
	return nil
}
