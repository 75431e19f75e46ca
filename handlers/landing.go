package handlers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"usher/invite"
	"usher/live"
	"usher/media"
	"usher/roster"
	"usher/session"
	"usher/views"
)

// mountLanding registers what an invitation's link leads to.
func (s *Server) mountLanding(e *echo.Echo) {
	// Reading writes nothing: scanners and previews follow links too.
	e.GET("/i/:token", s.landing)
	e.HEAD("/i/:token", s.landing)
	e.POST("/i/:token", s.claim)
	e.POST("/i/:token/opened", s.landingOpened)
	e.GET("/i/:token/calendar.ics", s.calendar)
}

func landingPath(token string) string { return "/i/" + token }

// landingMessages are the rows that end in a sentence.
var landingMessages = map[invite.Row]struct {
	status int
	kind   string
}{
	invite.RowUnknown:     {http.StatusNotFound, "invalid"},
	invite.RowWithdrawn:   {http.StatusGone, "withdrawn"},
	invite.RowDeleted:     {http.StatusGone, "deleted"},
	invite.RowRemoved:     {http.StatusForbidden, "removed"},
	invite.RowExpired:     {http.StatusGone, "expired"},
	invite.RowClosed:      {http.StatusForbidden, "unavailable"},
	invite.RowDomain:      {http.StatusForbidden, "domain"},
	invite.RowOtherDevice: {http.StatusForbidden, "other_device"},
	invite.RowSpent:       {http.StatusGone, "spent"},
	invite.RowEnded:       {http.StatusGone, "ended"},
}

// landing answers GET and HEAD /i/{token}.
func (s *Server) landing(c echo.Context) error {
	if strangeFrame(c) {
		// Nobody is known in a frame without a bearer, and any page may be its
		// parent: the answer holds nothing but the link that was asked for.
		s.framedByAny(c)
		return s.render(c, http.StatusOK, &views.LandingFramed{URL: landingPath(c.Param("token"))})
	}
	visit, err := s.Invite.Look(c.Request().Context(), c.Param("token"), browserOf(c))
	if err != nil {
		return err
	}
	asks := visit.Landing.Row == invite.RowLobby && visit.Landing.Ask == invite.AskAddress && !visit.Landing.NewWindow
	if asks && c.Request().Method == http.MethodGet {
		// Known before it claims, a browser that misses the answer can claim again.
		if _, err := s.Sessions.EnsureDevice(c.Response(), c.Request()); err != nil {
			return fmt.Errorf("give the browser an id: %w", err)
		}
	}
	return s.answerVisit(c, visit)
}

// strangeFrame is a document request in a frame: it carries no bearer, and no
// cookie is trusted there.
func strangeFrame(c echo.Context) bool {
	return session.Framed(c.Request()) && session.From(c.Request()).Carrier != session.Bearer
}

// browserOf is who follows a link, as far as sessions tell.
func browserOf(c echo.Context) invite.Browser {
	who := session.From(c.Request())
	b := invite.Browser{Framed: who.Carrier == session.Bearer, Device: who.Device, Address: c.RealIP()}
	for _, i := range who.Members() {
		b.Members = append(b.Members, invite.Member{TenantID: i.TenantID, PersonID: i.PersonID, CourseID: i.CourseID})
	}
	for _, i := range who.Guests() {
		b.Guests = append(b.Guests, invite.Guest{TenantID: i.TenantID, EntryID: i.EntryID, InvitationID: i.InvitationID})
	}
	return b
}

// answerVisit renders what the landing says.
func (s *Server) answerVisit(c echo.Context, v invite.Visit) error {
	row := v.Landing.Row
	if v.Landing.NewWindow {
		return s.render(c, http.StatusOK, &views.LandingFramed{URL: landingPath(c.Param("token"))})
	}
	if m, ok := landingMessages[row]; ok {
		return s.render(c, m.status, &views.LandingMessage{Kind: m.kind})
	}
	switch row {
	case invite.RowGuestBack:
		return seeOther(c, entryPath(v.Entry.ID))
	case invite.RowHost:
		return seeOther(c, entryPath(v.Entry.ID)+"?notice=host_page")
	case invite.RowOtherPerson:
		if c.QueryParam(differentParam) == "" {
			return s.otherPerson(c, v)
		}
	}
	event, err := s.eventOf(c.Request().Context(), v.Entry)
	if err != nil {
		return err
	}
	action := landingPath(c.Param("token"))
	switch {
	case row == invite.RowNotOpen:
		waiting := v.Entry.State(s.Now()) == media.StateWaiting
		page := &views.LandingCountdown{Event: event, Role: string(v.Landing.Role), Now: s.Now(), Waiting: waiting}
		if !waiting {
			page.CalendarURL = action + "/calendar.ics"
		}
		return s.render(c, http.StatusOK, page)
	case row == invite.RowInside, row == invite.RowStraightIn:
		return s.render(c, http.StatusOK, &views.LandingGo{Action: action, Event: event, Role: string(v.Landing.Role)})
	case v.Landing.Ask == invite.AskCourse:
		return s.render(c, http.StatusOK, &views.LandingMessage{Kind: "in_course"})
	}
	return s.render(c, http.StatusOK, &views.LandingLobby{Action: action, Event: event, TriesLeft: -1})
}

// differentParam leads from row 16 to the lobby: Use a different email.
const differentParam = "different"

// otherPerson says as whom the visitor is signed in.
func (s *Server) otherPerson(c echo.Context, v invite.Visit) error {
	page := &views.LandingMessage{Kind: "other_person"}
	if v.Landing.Ask == invite.AskAddress {
		page.DifferentURL = landingPath(c.Param("token")) + "?" + differentParam + "=1"
	}
	name, err := s.signedInAs(c, v.Invitation.TenantID)
	if err != nil {
		return err
	}
	page.SignedInAs = name
	return s.render(c, http.StatusOK, page)
}

// signedInAs is the name by which a browser is signed in to a tenant.
func (s *Server) signedInAs(c echo.Context, tenantID string) (string, error) {
	ctx, who := c.Request().Context(), session.From(c.Request())
	if member, ok := who.Member(tenantID); ok {
		person, err := s.Roster.Person(ctx, tenantID, member.PersonID)
		if err != nil {
			return "", fmt.Errorf("find visitor: %w", err)
		}
		return person.DisplayName(), nil
	}
	for _, g := range who.Guests() {
		if g.TenantID != tenantID {
			continue
		}
		place, err := s.Live.AttendeeOf(ctx, tenantID, g.EntryID, "", g.InvitationID)
		if err != nil && !errors.Is(err, live.ErrNotFound) && !errors.Is(err, live.ErrRemoved) {
			return "", fmt.Errorf("find guest: %w", err)
		}
		return place.Name, nil
	}
	return "", nil
}

// eventOf is what a guest is told about a session: never whom it is for.
func (s *Server) eventOf(ctx context.Context, e media.Entry) (views.Event, error) {
	course, err := s.Roster.Course(ctx, e.TenantID, e.CourseID)
	if err != nil {
		return views.Event{}, fmt.Errorf("find course of entry: %w", err)
	}
	host, err := s.Roster.Person(ctx, e.TenantID, e.CreatedBy)
	if err != nil && !errors.Is(err, roster.ErrNotFound) {
		return views.Event{}, fmt.Errorf("find host of entry: %w", err)
	}
	view := s.entryView(e, course.Title)
	event := views.Event{
		Title: view.Title, Course: view.Course, Description: view.Description, When: view.When,
		Live: e.State(s.Now()) == media.StateOpen,
	}
	if err == nil {
		event.Host = host.DisplayName()
	}
	return event, nil
}

// claim answers POST /i/{token}: it takes the invitation up.
func (s *Server) claim(c echo.Context) error {
	if strangeFrame(c) {
		return errNobody
	}
	device := ""
	if session.From(c.Request()).Carrier != session.Bearer {
		var err error
		if device, err = s.Sessions.EnsureDevice(c.Response(), c.Request()); err != nil {
			return fmt.Errorf("give the browser an id: %w", err)
		}
	}
	browser := browserOf(c)
	browser.Device = device
	cookies := slices.Clone(c.Response().Header()["Set-Cookie"])
	claim, err := s.Invite.Claim(c.Request().Context(), invite.ClaimRequest{
		Token: c.Param("token"), Browser: browser, Email: c.FormValue("email"),
		StartGuest: func(ctx context.Context, claim invite.Claim) error { return s.startGuest(ctx, c, claim) },
	})
	if err != nil {
		// What the claim rolled back must not stand in a cookie either.
		c.Response().Header()["Set-Cookie"] = cookies
		return s.claimError(c, err)
	}
	switch {
	case claim.In && claim.Landing.Row == invite.RowHost:
		return seeOther(c, entryPath(claim.Entry.ID)+"?notice=host_page")
	case claim.In:
		return seeOther(c, entryPath(claim.Entry.ID))
	case claim.Mistake != "":
		return s.claimMistake(c, claim)
	}
	if _, final := landingMessages[claim.Landing.Row]; final && !claim.Landing.NewWindow {
		return s.answerVisit(c, claim.Visit)
	}
	return seeOther(c, landingPath(c.Param("token"))) // not yet, or not here: the page says what is left to do
}

// startGuest begins the guest's session in the claim's transaction.
func (s *Server) startGuest(ctx context.Context, c echo.Context, claim invite.Claim) error {
	_, err := s.Sessions.StartGuest(c.Response(), c.Request().WithContext(ctx), session.GuestStart{
		TenantID: claim.Invitation.TenantID, EntryID: claim.Entry.ID, InvitationID: claim.Invitation.ID,
		Locale: s.readerLanguage(c), Until: claim.Until,
	})
	return err
}

// claimError answers a claim that did not come to a decision.
func (s *Server) claimError(c echo.Context, err error) error {
	var tries *invite.TooManyTriesError
	if !errors.As(err, &tries) {
		return err
	}
	c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(tries.RetryAfter.Seconds()))))
	return s.render(c, http.StatusTooManyRequests, &views.LandingMessage{Kind: "too_many"})
}

// claimMistake shows the lobby again with what was typed.
func (s *Server) claimMistake(c echo.Context, claim invite.Claim) error {
	keys := map[string]string{
		invite.MistakeMissing: "landing.email_required",
		invite.MistakeEmail:   "landing.email_invalid",
		invite.MistakeOther:   "landing.mismatch",
	}
	key, ok := keys[claim.Mistake]
	if !ok { // a code that cannot be mailed
		return s.render(c, http.StatusForbidden, &views.LandingMessage{Kind: "unavailable"})
	}
	event, err := s.eventOf(c.Request().Context(), claim.Entry)
	if err != nil {
		return err
	}
	page := &views.LandingLobby{Action: landingPath(c.Param("token")), Event: event, Email: c.FormValue("email"), Error: key, TriesLeft: claim.TriesLeft}
	if claim.Mistake == invite.MistakeMissing {
		page.TriesLeft = -1
	}
	return s.render(c, http.StatusUnprocessableEntity, page)
}

// landingOpened answers POST /i/{token}/opened: a person looks at the page.
func (s *Server) landingOpened(c echo.Context) error {
	if err := s.Invite.Opened(c.Request().Context(), c.Param("token")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
