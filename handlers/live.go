package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"usher/live"
	"usher/media"
	"usher/secret"
	"usher/views"
)

func (s *Server) mountLive(e *echo.Echo) {
	// The connection: server to browser only.
	e.Any("/live/*", echo.WrapHandler(s.Live.Handler()))
	// What a room's page asks for.
	e.POST("/e/:entry/live/token", s.liveToken)
	e.GET("/e/:entry/live/events", s.liveEvents)
	e.GET("/e/:entry/live/people", s.livePeople)
	// What people do in a room.
	e.POST("/e/:entry/live/messages", s.liveSay)
	e.POST("/e/:entry/live/people/:attendee/role", s.liveRole)
	e.POST("/e/:entry/live/people/:attendee/remove", s.liveRemove)
	// Guests leave for good; members only close the page.
	e.POST("/e/:entry/leave", s.leave)
	e.GET("/left", s.left)
	s.mountWindow(e)
}

// latestMessages is how many lines a room's page begins with.
const latestMessages = 100

// sees says whether a visitor may know anything of the entry: what is not published is for those
// who publish or edit, before the end and after it.
func (s *Server) sees(v *visitor) bool {
	return v.Entry.Published || v.Permission.SeesUnpublished() || v.Role.AtLeast(media.Host)
}

// mayEnter says whether a visitor may be in the room now: everyone while it is open, before
// that those who rehearse.
func (s *Server) mayEnter(v *visitor) bool {
	if !s.sees(v) {
		return false
	}
	switch v.Entry.State(s.Now()) {
	case media.StateOpen:
		return true
	case media.StateEnded:
		return false
	}
	return v.Role.AtLeast(media.Speaker)
}

// roomVisitor authorises somebody for the room as it is now; 403 for those who must wait.
func (s *Server) roomVisitor(c echo.Context) (*visitor, error) {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return nil, err
	}
	if !s.mayEnter(v) {
		return nil, errClosed
	}
	return v, nil
}

// seat gives the visitor a place in the session, under today's name.
func (s *Server) seat(c echo.Context, v *visitor) error {
	if v.Guest() {
		return nil // an invitation seated them
	}
	name := s.nameOf(c, v)
	if name == "" {
		name = v.Attendee.Name
	}
	attendee, err := s.Live.Seat(c.Request().Context(), live.SeatRequest{
		TenantID: v.Entry.TenantID, EntryID: v.Entry.ID, PersonID: v.Identity.PersonID, Name: name, Role: media.Viewer,
	})
	if err != nil {
		return fmt.Errorf("seat visitor: %w", err)
	}
	if v.CourseRole == "" {
		attendee.Base = media.Viewer // here by an invitation alone, see admitInvitedMember
	}
	v.Attendee = attendee
	return nil
}

// liveToken answers POST /e/{entry}/live/token: a token for one connection, to the room, or to
// its door for those who wait outside.
func (s *Server) liveToken(c echo.Context) error {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return err
	}
	door := c.FormValue("door") != ""
	if !s.sees(v) || !door && !s.mayEnter(v) && v.Entry.State(s.Now()) != media.StateEnded {
		return errClosed
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	if err := s.seat(c, v); err != nil {
		return err
	}
	token, err := s.Live.Ticket(c.Request().Context(), live.TicketRequest{
		SessionID: v.Identity.SessionID, Until: v.Identity.ExpiresAt, Attendee: v.Attendee,
		// A session that ended meanwhile has no room any more, but pages that were in it listen on.
		AtTheDoor: door || !s.mayEnter(v),
	})
	if err != nil {
		return fmt.Errorf("issue ticket: %w", err)
	}
	return c.JSON(http.StatusOK, map[string]string{"token": token, "attendee": v.Attendee.ID})
}

// liveEvents answers GET /e/{entry}/live/events?after=7: what was said and done after a number.
func (s *Server) liveEvents(c echo.Context) error {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return err
	}
	if !s.sees(v) || !s.mayEnter(v) && v.Entry.State(s.Now()) != media.StateEnded {
		return errClosed
	}
	after, err := strconv.ParseInt(c.QueryParam("after"), 10, 64)
	if err != nil || after < 0 {
		return &statusError{status: http.StatusBadRequest, err: errors.New("after is not a number")}
	}
	page, err := s.Live.Events(c.Request().Context(), s.reader(v), after, 0)
	if err != nil {
		return fmt.Errorf("read events: %w", err)
	}
	return c.JSON(http.StatusOK, page)
}

// reader is the visitor as an attendee, also before they took a seat.
func (s *Server) reader(v *visitor) live.Attendee {
	a := v.Attendee
	a.TenantID, a.EntryID = v.Entry.TenantID, v.Entry.ID
	if a.ID == "" {
		a.Base, a.Role = v.Role, media.Viewer
	}
	return a
}

// livePeople answers GET /e/{entry}/live/people: who is here.
func (s *Server) livePeople(c echo.Context) error {
	v, err := s.roomVisitor(c)
	if err != nil {
		return err
	}
	people, err := s.Live.People(c.Request().Context(), v.Entry.TenantID, v.Entry.ID)
	if err != nil {
		return fmt.Errorf("list people: %w", err)
	}
	return c.JSON(http.StatusOK, map[string]any{"people": people})
}

// liveSay answers POST /e/{entry}/live/messages: text, and an id by which the same message sent
// again is known.
func (s *Server) liveSay(c echo.Context) error {
	v, err := s.roomVisitor(c)
	if err != nil {
		return err
	}
	if !v.Entry.Chat {
		return errClosed
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	if err := s.seat(c, v); err != nil {
		return err
	}
	id := c.FormValue("id")
	if id == "" {
		id = secret.NewID()
	}
	event, err := s.Live.Say(c.Request().Context(), live.Message{From: v.Attendee, Text: c.FormValue("text"), ID: id})
	if err != nil {
		return s.unsaid(c, err)
	}
	if wantsJSON(c) {
		return c.JSON(http.StatusCreated, event)
	}
	return seeOther(c, "/e/"+v.Entry.ID)
}

// unsaid answers for a message that was not taken; the script keeps what was typed beside it.
func (s *Server) unsaid(c echo.Context, cause error) error {
	key, status := "", statusOf(cause)
	var limit *live.LimitError
	switch {
	case errors.Is(cause, live.ErrText), errors.Is(cause, live.ErrMessageID):
		key, status = "live.error.text", http.StatusUnprocessableEntity
	case errors.As(cause, &limit):
		key = "live.error.busy"
	}
	if key == "live.error.text" && !wantsJSON(c) { // nothing was written: the room as it is says enough
		return seeOther(c, "/e/"+c.Param("entry"))
	}
	if key == "" || !wantsJSON(c) {
		return &statusError{status: status, err: cause}
	}
	if seconds := retryAfter(cause); seconds > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	return c.JSON(status, map[string]string{"error": s.Views.Text(s.readerLanguage(c), key)})
}

// fillRoom fills a room's page with who looks at it, who is here and what was said last.
func (s *Server) fillRoom(c echo.Context, v *visitor, page *views.Room) error {
	ctx := c.Request().Context()
	latest, err := s.latest(ctx, v)
	if err != nil {
		return fmt.Errorf("read latest messages: %w", err)
	}
	people, err := s.Live.People(ctx, v.Entry.TenantID, v.Entry.ID)
	if err != nil {
		return fmt.Errorf("list people: %w", err)
	}
	mine := func(id string) bool { return id != "" && id == v.Attendee.ID }
	page.LastSeq = latest.Seq
	page.Open = v.Entry.State(s.Now()) == media.StateOpen
	page.MayLeave = v.Guest()
	page.Me = views.Attendee{ID: v.Attendee.ID, Name: s.nameOf(c, v), Role: string(v.Role), Guest: v.Guest(), Me: true}
	for _, p := range people {
		page.People = append(page.People, views.Attendee{ID: p.ID, Name: p.Name, Role: string(p.Role), Guest: p.Guest, Me: mine(p.ID)})
	}
	for _, e := range latest.Events {
		if e.Kind != live.Chat {
			continue
		}
		page.Messages = append(page.Messages, views.Message{Seq: e.Seq, At: e.At, Text: views.NewProse(e.Data.Text),
			Author: views.Attendee{ID: e.Attendee, Name: e.Name, Role: string(e.Data.Role), Guest: e.Guest, Me: mine(e.Attendee)}})
	}
	return nil
}

// liveRole answers POST /e/{entry}/live/people/{attendee}/role: a host gives a role, up or down.
func (s *Server) liveRole(c echo.Context) error {
	return s.moderate(c, media.Host, func(v *visitor) error {
		_, err := s.Live.SetRole(c.Request().Context(), v.Entry.TenantID, v.Entry.ID, c.Param("attendee"),
			media.AttendeeRole(c.FormValue("role")))
		return err
	})
}

// liveRemove answers POST /e/{entry}/live/people/{attendee}/remove: a host or moderator puts
// somebody out.
func (s *Server) liveRemove(c echo.Context) error {
	return s.moderate(c, media.Moderator, func(v *visitor) error {
		return s.Live.Remove(c.Request().Context(), v.Entry.TenantID, v.Entry.ID, c.Param("attendee"))
	})
}

// moderate does what only those of a role or higher may do to others in the room.
func (s *Server) moderate(c echo.Context, least media.AttendeeRole, act func(*visitor) error) error {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return err
	}
	if !v.Role.AtLeast(least) {
		return errForbidden
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	err = act(v)
	switch {
	case errors.Is(err, live.ErrHost):
		return errForbidden
	case errors.Is(err, live.ErrRole):
		return &statusError{status: http.StatusUnprocessableEntity, err: err}
	case errors.Is(err, live.ErrRemoved):
		return errNotFound // somebody else removed that person; the visitor is still in
	case err != nil:
		return fmt.Errorf("moderate: %w", err)
	}
	if wantsJSON(c) {
		return c.NoContent(http.StatusNoContent)
	}
	return seeOther(c, "/e/"+v.Entry.ID)
}

// leave answers POST /e/{entry}/leave: a guest's session on this device ends.
func (s *Server) leave(c echo.Context) error {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return err
	}
	if !v.Guest() {
		return errForbidden
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	if err := s.Sessions.End(c.Request().Context(), v.Identity.SessionID); err != nil {
		return fmt.Errorf("end guest session: %w", err)
	}
	s.Live.SignedOut(v.Identity.SessionID)
	return seeOther(c, "/left")
}

// left answers GET /left.
func (s *Server) left(c echo.Context) error {
	return s.render(c, http.StatusOK, &views.SignedOut{})
}
