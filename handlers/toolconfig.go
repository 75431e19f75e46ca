package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"usher/views"
)

// mountToolConfig registers what platforms and their admins read of this
// installation. It is public and the same for everybody.
func (s *Server) mountToolConfig(e *echo.Echo) {
	e.GET("/lti/canvas.json", s.canvasConfig)
	e.GET("/lti/config.json", s.toolConfig)
	e.GET("/lti/icon.svg", s.icon)
}

// canvasConfig answers GET /lti/canvas.json: a developer key's configuration.
// With ?key=jwk the public key itself stands in it, for a Usher behind a
// firewall that Canvas cannot fetch keys from.
func (s *Server) canvasConfig(c echo.Context) error {
	var key json.RawMessage
	if c.QueryParam("key") == "jwk" {
		var err error
		if key, err = s.LTI.SigningJWK(c.Request().Context()); err != nil {
			return fmt.Errorf("find signing key: %w", err)
		}
	}
	config, err := s.LTI.ToolConfig().CanvasJSON(key)
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return c.Blob(http.StatusOK, "application/json", config)
}

// toolConfig answers GET /lti/config.json: all values for a registration by
// hand.
func (s *Server) toolConfig(c echo.Context) error {
	config, err := s.LTI.ToolConfig().ManualJSON()
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return c.Blob(http.StatusOK, "application/json", config)
}

// icon answers GET /lti/icon.svg: the mark under an address that stays, since
// it stands in the configurations of platforms.
func (s *Server) icon(c echo.Context) error {
	c.Response().Header().Set("Cache-Control", "public, max-age=86400")
	return c.Blob(http.StatusOK, "image/svg+xml", views.Mark())
}
