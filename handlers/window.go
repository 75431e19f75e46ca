package handlers

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"usher/session"
)

// mountWindow registers the way from a frame to a window of its own, for rooms
// whose frame has no camera and microphone.
//
//	frame, bearer ─ POST /e/{entry}/window ─ code ─ script ─ POST /window ─ cookie ─ /e/{entry}
func (s *Server) mountWindow(e *echo.Echo) {
	// For members of the course. Guests have no frame.
	e.POST("/e/:entry/window", s.windowCode)
	// For whoever has a code: a minute old at most, good once, only ever in a body.
	e.POST("/window", s.openWindow)
}

// windowCode answers POST /e/{entry}/window: the code that opens the entry in a
// window, as the person of this frame.
func (s *Server) windowCode(c echo.Context) error {
	v, err := s.entryVisitor(c, c.Param("entry"))
	if err != nil {
		return err
	}
	if err := s.current(c, v); err != nil {
		return err
	}
	if v.Guest() {
		return errForbidden
	}
	code, err := s.Sessions.WindowCode(c.Request().Context(), v.Identity, v.Entry.ID)
	if err != nil {
		return fmt.Errorf("make code for a window: %w", err)
	}
	return c.JSON(http.StatusOK, map[string]string{"code": code})
}

// openWindow answers POST /window with the entry that the code was made for.
// Other sites cannot send it, so nobody is signed in as somebody else.
func (s *Server) openWindow(c echo.Context) error {
	entryID, err := s.Sessions.OpenWindow(c.Response(), c.Request(), c.FormValue("code"))
	if errors.Is(err, session.ErrCode) {
		return errNobody
	}
	if err != nil {
		return fmt.Errorf("open window: %w", err)
	}
	return seeOther(c, entryPath(entryID))
}
