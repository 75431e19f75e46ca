package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/views"
)

// platformRemoveAsk answers GET /admin/platforms/{platform}/remove: what goes
// with it.
func (s *Server) platformRemoveAsk(c echo.Context) error {
	a, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	page, err := s.removePage(c, a, p)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, page)
}

func (s *Server) removePage(c echo.Context, a administrator, p lti.Platform) (*views.ConsolePlatformRemove, error) {
	base, err := s.console(c, a, "platforms")
	if err != nil {
		return nil, err
	}
	base.Crumb = views.Crumb{Href: platformPage(p.ID), Text: p.Name}
	loss, err := s.LTI.RemovalLoss(c.Request().Context(), p.ID)
	if err != nil {
		return nil, err
	}
	return &views.ConsolePlatformRemove{
		ConsoleBase: base, ID: p.ID, Name: p.Name,
		Courses: loss.Courses, People: loss.People, Entries: loss.Entries, Invitations: loss.Invitations,
	}, nil
}

// platformRemove answers POST /admin/platforms/{platform}/remove. The name has
// to be typed: nothing of it can be brought back.
func (s *Server) platformRemove(c echo.Context) error {
	a, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	if typed := strings.TrimSpace(c.FormValue("typed")); typed != p.Name {
		page, err := s.removePage(c, a, p)
		if err != nil {
			return err
		}
		page.Typed, page.Errors = typed, views.Errors{"typed": "console.error.typed_name"}
		return s.render(c, http.StatusUnprocessableEntity, page)
	}
	if err := s.LTI.RemovePlatform(c.Request().Context(), p.Name); err != nil {
		return err
	}
	return seeOther(c, noticed(platformPath, "removed"))
}
