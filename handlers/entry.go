package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"usher/media"
	"usher/roster"
	"usher/session"
	"usher/views"
)

// mountEntries registers the pages and acts of an entry.
func (s *Server) mountEntries(e *echo.Echo) {
	g := e.Group("/e/:entry")
	// For members of the course and guests of the entry.
	g.GET("", s.entryShow)
	// For those who may edit.
	g.GET("/edit", s.entryEdit)
	g.POST("/edit", s.entryUpdate)
	// For those who may host.
	g.POST("/open", s.entryOpen)
	g.POST("/end", s.entryEnd)
	// For those who may publish.
	g.POST("/publish", s.entryPublish)
	// For those who may delete.
	g.POST("/delete", s.entryDelete)
	g.POST("/restore", s.entryRestore)
}

// entryNotices are the notices that an address may ask for; each says what the
// person did just before.
var entryNotices = map[string]views.Notice{
	"saved":       {Key: "notice.saved", Tone: "good"},
	"published":   {Key: "notice.published", Tone: "good"},
	"unpublished": {Key: "notice.unpublished", Tone: "good"},
	"restored":    {Key: "notice.restored", Tone: "good"},
	"ended":       {Key: "notice.ended", Tone: "good"},
	"link_taken":  {Key: "notice.link_taken", Tone: "accent"},
	"host_page":   {Key: "notice.host_page", Tone: "accent"},
}

// entryShow answers GET /e/{entry}: the room while it is open, else the page
// about it. ?view=about shows the page of an open room, ?view=room the room to
// those who rehearse.
func (s *Server) entryShow(c echo.Context) error {
	v, err := s.pageVisitor(c, c.Param("entry"))
	if err != nil {
		return err
	}
	if !v.Entry.Published && !v.Permission.SeesUnpublished() {
		return errClosed
	}
	if err := s.nameCourse(c.Request().Context(), v); err != nil {
		return err
	}
	view := c.QueryParam("view")
	open := v.Entry.State(s.Now()) == media.StateOpen
	if s.mayEnter(v) && (open && view != "about" || view == "room") {
		return s.roomPage(c, v)
	}
	return s.mediaPage(c, v)
}

// nameCourse completes a visitor of an entry with its course.
func (s *Server) nameCourse(ctx context.Context, v *visitor) error {
	if v.Course.ID != "" {
		return nil // members of the course bring it along
	}
	course, err := s.Roster.Course(ctx, v.Entry.TenantID, v.Entry.CourseID)
	if err != nil {
		return fmt.Errorf("find course of entry: %w", err)
	}
	v.Course = course
	return nil
}

// mediaPage renders the page about an entry.
func (s *Server) mediaPage(c echo.Context, v *visitor) error {
	ctx := c.Request().Context()
	may, err := s.entryMay(c, v)
	if err != nil {
		return err
	}
	page := &views.MediaShow{
		Base: s.entryBase(c, v), Entry: s.entryView(v.Entry, v.Course.Title), May: may,
		Now: s.Now(), MayEnter: s.mayEnter(v), RoomURL: entryPath(v.Entry.ID) + "?view=room",
	}
	host, err := s.Roster.Person(ctx, v.Entry.TenantID, v.Entry.CreatedBy)
	switch {
	case err == nil:
		page.Entry.Host = host.DisplayName()
	case !errors.Is(err, roster.ErrNotFound):
		return err
	}
	if may.SeeInvitations {
		tallies, err := s.Invite.Tallies(ctx, v.Entry)
		if err != nil {
			return fmt.Errorf("count invitations: %w", err)
		}
		for _, t := range tallies {
			page.Invitations += t.Total
			page.Invited = append(page.Invited, views.InvitedCount{Role: string(t.Role), Claimed: t.Claimed, Total: t.Total})
		}
	}
	if page.Offers, err = s.offers(ctx, v, v.Entry.ID); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, page)
}

// roomPage renders the room itself.
func (s *Server) roomPage(c echo.Context, v *visitor) error {
	ctx := c.Request().Context()
	may, err := s.entryMay(c, v)
	if err != nil {
		return err
	}
	page := &views.Room{
		Base: s.entryBase(c, v), Entry: s.entryView(v.Entry, v.Course.Title), May: may,
		Now: s.Now(), OpenedAt: openedAt(v.Entry),
	}
	if may.SeeInvitations {
		if page.Invitations, err = s.invited(ctx, v.Entry); err != nil {
			return err
		}
	}
	if page.Offers, err = s.offers(ctx, v, v.Entry.ID); err != nil {
		return err
	}
	if err := s.fillRoom(c, v, page); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, page)
}

// openedAt is since when a room has been open; zero for one that always is.
func openedAt(e media.Entry) time.Time {
	switch {
	case e.OpenedAt != nil:
		return *e.OpenedAt
	case e.StartsAt != nil:
		return *e.StartsAt
	}
	return time.Time{}
}

// entryBase begins a page of an entry. Guests know no course to go back to.
func (s *Server) entryBase(c echo.Context, v *visitor) views.Base {
	base := s.base(c, v)
	if v.Identity.Kind == session.Member && v.Identity.CourseID == v.Course.ID {
		base.Crumb = views.Crumb{Href: coursePath(v.Course.ID), Text: s.courseTitle(base.Lang, v.Course)}
	}
	base.Notice = entryNotices[c.QueryParam("notice")]
	base.Notice.Name = v.Entry.Title
	return base
}

// entryMay says which actions the pages of an entry offer to a visitor. Inviting
// is subject to the tenant's rules and to the room's chat & collaboration.
func (s *Server) entryMay(c echo.Context, v *visitor) (views.May, error) {
	open := v.Entry.State(s.Now()) == media.StateOpen
	p := v.Permission
	may := views.May{
		SeeInvitations: p.May(media.ActionInvite), Publish: p.May(media.ActionPublish),
		Edit: p.May(media.ActionEdit), Delete: p.May(media.ActionDelete),
		Open: v.Entry.Live() && p.May(media.ActionHost) && !open,
		End:  v.Entry.Live() && p.May(media.ActionHost) && open,
	}
	if !may.SeeInvitations {
		return may, nil
	}
	switch err := s.offersInviting(c, v); {
	case err == nil:
		may.Invite = true
	case !errors.Is(err, errForbidden) && !errors.Is(err, errClosed):
		return may, err
	}
	return may, nil
}

// entryView is an entry as pages show it, without its host.
func (s *Server) entryView(e media.Entry, course string) views.Entry {
	view := views.Entry{
		ID: e.ID, Title: e.Title, Description: views.NewProse(e.Description), When: views.When{Zone: e.TimeZone},
		AlwaysOpen: e.AlwaysOpen, State: string(e.State(s.Now())), Chat: e.Chat, OpensItself: e.OpensItself,
		Published: e.Published, Course: course,
	}
	if e.StartsAt != nil {
		view.When.Start = *e.StartsAt
	}
	if e.EndsAt != nil {
		view.When.End = *e.EndsAt
	}
	return view
}

// manager authorises an action on the entry of the address, deleted ones left
// out. A page of somebody else who was signed in before is told so first.
func (s *Server) manager(c echo.Context, a media.Action) (*visitor, error) {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return nil, err
	}
	if err := s.current(c, v); err != nil {
		return nil, err
	}
	return v, v.may(a)
}

// entryEdit answers GET /e/{entry}/edit.
func (s *Server) entryEdit(c echo.Context) error {
	v, err := s.manager(c, media.ActionEdit)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, s.editForm(c, v, fieldsOf(v.Entry), nil))
}

func (s *Server) editForm(c echo.Context, v *visitor, f views.EntryFields, mistakes views.Errors) *views.EntryForm {
	path := entryPath(v.Entry.ID)
	base := s.base(c, v)
	base.Crumb = views.Crumb{Href: path, Text: v.Entry.Title}
	return &views.EntryForm{
		Base: base, Action: path + "/edit", CancelURL: path,
		MayPublish: v.Permission.May(media.ActionPublish), Form: f, Errors: mistakes,
	}
}

// entryUpdate answers POST /e/{entry}/edit.
func (s *Server) entryUpdate(c echo.Context) error {
	v, err := s.manager(c, media.ActionEdit)
	if err != nil {
		return err
	}
	fields := readEntryFields(c)
	draft, mistakes := s.validChange(v, fields)
	if len(mistakes) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, s.editForm(c, v, fields, mistakes))
	}
	if _, err := s.Media.Update(c.Request().Context(), v.Entry.TenantID, v.Entry.ID, draft); err != nil {
		return err
	}
	return seeOther(c, entryPath(v.Entry.ID)+"?notice=saved")
}

// entryOpen answers POST /e/{entry}/open.
func (s *Server) entryOpen(c echo.Context) error {
	v, err := s.manager(c, media.ActionHost)
	if err != nil {
		return err
	}
	if !v.Entry.Live() {
		return errNotFound // there is nothing to open
	}
	if _, err := s.Media.Open(c.Request().Context(), v.Entry.TenantID, v.Entry.ID); err != nil {
		return err
	}
	return seeOther(c, entryPath(v.Entry.ID))
}

// entryEnd answers POST /e/{entry}/end.
func (s *Server) entryEnd(c echo.Context) error {
	v, err := s.manager(c, media.ActionHost)
	if err != nil {
		return err
	}
	if !v.Entry.Live() {
		return errNotFound // there is nothing to end
	}
	if _, err := s.Media.End(c.Request().Context(), v.Entry.TenantID, v.Entry.ID); err != nil {
		return err
	}
	return seeOther(c, entryPath(v.Entry.ID)+"?notice=ended")
}

// entryPublish answers POST /e/{entry}/publish, form field published: 1 or 0.
func (s *Server) entryPublish(c echo.Context) error {
	v, err := s.manager(c, media.ActionPublish)
	if err != nil {
		return err
	}
	notice := ""
	switch c.FormValue("published") {
	case "1":
		notice = "published"
	case "0":
		notice = "unpublished"
	default:
		return &statusError{status: http.StatusUnprocessableEntity, err: errors.New("published is neither 1 nor 0")}
	}
	if _, err := s.Media.SetPublished(c.Request().Context(), v.Entry.TenantID, v.Entry.ID, notice == "published"); err != nil {
		return err
	}
	return seeOther(c, entryPath(v.Entry.ID)+"?notice="+notice)
}

// entryDelete answers POST /e/{entry}/delete.
func (s *Server) entryDelete(c echo.Context) error {
	v, err := s.manager(c, media.ActionDelete)
	if err != nil {
		return err
	}
	if _, err := s.Media.Delete(c.Request().Context(), v.Entry.TenantID, v.Entry.ID); err != nil {
		return err
	}
	return seeOther(c, coursePath(v.Entry.CourseID)+"?deleted="+v.Entry.ID)
}

// entryRestore answers POST /e/{entry}/restore.
func (s *Server) entryRestore(c echo.Context) error {
	v, err := s.entryVisitorWithDeleted(c, c.Param("entry"))
	if err != nil {
		return err
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	if err := v.may(media.ActionDelete); err != nil {
		return err
	}
	if _, err := s.Media.Restore(c.Request().Context(), v.Entry.TenantID, v.Entry.ID); err != nil {
		return err
	}
	return seeOther(c, entryPath(v.Entry.ID)+"?notice=restored")
}
