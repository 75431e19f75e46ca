package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"usher/views"
)

// mountConsolePlatforms registers the platforms' pages. All are for whoever is
// signed in to the console.
func (s *Server) mountConsolePlatforms(e *echo.Echo) {
	e.GET("/admin/platforms", s.platformList)
}

// platformList answers GET /admin/platforms.
func (s *Server) platformList(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	base, err := s.console(c, a, "platforms")
	if err != nil {
		return err
	}
	platforms, err := s.LTI.Platforms(c.Request().Context())
	if err != nil {
		return err
	}
	page := &views.ConsolePlatforms{ConsoleBase: base}
	for _, p := range platforms {
		page.Rows = append(page.Rows, views.PlatformRow{ID: p.ID, Name: p.Name, Issuer: p.Issuer})
	}
	return s.render(c, http.StatusOK, page)
}
