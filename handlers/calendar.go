package handlers

import (
	"fmt"
	"net/http"
	"strings"

	ics "github.com/arran4/golang-ical"
	"github.com/labstack/echo/v4"

	"usher/invite"
)

// calendar answers GET /i/{token}/calendar.ics: the session that the landing
// counts down to, for the guest's own calendar [RFC 5545]. It reads only, and
// gives to nobody what the landing does not show.
func (s *Server) calendar(c echo.Context) error {
	if strangeFrame(c) {
		return errNobody
	}
	visit, err := s.Invite.Look(c.Request().Context(), c.Param("token"), browserOf(c))
	if err != nil {
		return err
	}
	e := visit.Entry
	if visit.Landing.Row != invite.RowNotOpen || e.StartsAt == nil || e.EndsAt == nil {
		return s.answerVisit(c, visit)
	}
	link := s.PublicURL.String() + landingPath(c.Param("token"))
	calendar := ics.NewCalendarFor("Usher")
	calendar.SetMethod(ics.MethodPublish)
	// One id per invitation: adding it again replaces what was there, and a later
	// change of the session counts as the newer one.
	event := calendar.AddEvent(visit.Invitation.ID + "@" + s.PublicURL.Hostname())
	event.SetDtStampTime(s.Now())
	event.SetModifiedAt(e.UpdatedAt)
	event.SetSequence(int(e.UpdatedAt.Sub(e.CreatedAt).Seconds()))
	event.SetStartAt(*e.StartsAt)
	event.SetEndAt(*e.EndsAt)
	event.SetSummary(oneLine(e.Title))
	event.SetDescription(link)
	event.SetURL(link)
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="session.ics"`)
	if err := c.Blob(http.StatusOK, "text/calendar; charset=utf-8", []byte(calendar.Serialize())); err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	return nil
}

// oneLine keeps a title from becoming more than one property.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
