package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"usher/views"
)

// health answers GET /admin/health. Every visit examines anew.
func (s *Server) health(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	base, err := s.console(c, a, "health")
	if err != nil {
		return err
	}
	page := &views.Health{ConsoleBase: base, At: s.Now()}
	lang := s.readerLanguage(c)
	for _, f := range s.Doctor.Examine(c.Request().Context()) {
		page.Rows = append(page.Rows, s.Views.HealthRow(lang, views.HealthFinding{Check: f.Check, Status: string(f.Status), Code: f.Code, Args: f.Args}))
	}
	return s.render(c, http.StatusOK, page)
}
