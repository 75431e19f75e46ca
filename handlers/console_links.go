package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/views"
)

const linkPath = "/admin/platforms/new/dynamic"

// mountConsoleLinks registers the one-time registration links and what came of
// them, for whoever is signed in to the console.
func (s *Server) mountConsoleLinks(e *echo.Echo) {
	e.GET("/admin/platforms/new/dynamic", s.registrationLinks)
	e.POST("/admin/platforms/new/dynamic", s.registrationInvite)
	e.POST("/admin/links/:link/revoke", s.registrationRevoke)
	e.POST("/admin/platforms/:platform/approve", s.registrationApprove)
	e.POST("/admin/platforms/:platform/update", s.registrationUpdate)
}

// registrationLinks answers GET /admin/platforms/new/dynamic.
func (s *Server) registrationLinks(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	return s.linksPage(c, a, http.StatusOK, &views.ConsoleLinks{})
}

func (s *Server) linksPage(c echo.Context, a administrator, status int, page *views.ConsoleLinks) error {
	base, err := s.console(c, a, "platforms")
	if err != nil {
		return err
	}
	base.Crumb = views.Crumb{Href: platformPath + "/new", Text: s.Views.Text(base.Lang, "console.add_platform")}
	page.ConsoleBase, page.Now = base, s.Now()
	links, err := s.LTI.RegistrationLinks(c.Request().Context())
	if err != nil {
		return err
	}
	for _, l := range links {
		row := views.RegistrationLinkRow{ID: l.ID, Name: l.Name, By: l.CreatedBy, Until: l.ExpiresAt, PlatformID: l.PlatformID, State: "works"}
		switch {
		case l.UsedAt != nil:
			row.State = "used"
		case l.RevokedAt != nil:
			row.State = "withdrawn"
		case !l.Works(page.Now):
			row.State = "expired"
		}
		page.Links = append(page.Links, row)
	}
	return s.render(c, status, page)
}

// registrationInvite answers POST /admin/platforms/new/dynamic. The answer is
// the page itself, since the link is shown once and stands in no address.
func (s *Server) registrationInvite(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	page := &views.ConsoleLinks{Name: strings.TrimSpace(c.FormValue("name"))}
	page.Link, err = s.LTI.InviteRegistration(c.Request().Context(), lti.RegistrationInvite{Name: page.Name, CreatedBy: a.Name})
	if errors.Is(err, lti.ErrInvalidPlatform) {
		page.Errors = views.Errors{"name": "console.error.name"}
		return s.linksPage(c, a, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	return s.linksPage(c, a, http.StatusOK, page)
}

// registrationRevoke answers POST /admin/links/{link}/revoke.
func (s *Server) registrationRevoke(c echo.Context) error {
	if _, err := s.admin(c); err != nil {
		return err
	}
	err := s.LTI.RevokeRegistrationLink(c.Request().Context(), c.Param("link"))
	if errors.Is(err, lti.ErrLinkUnknown) {
		return errNotFound
	}
	if err != nil {
		return err
	}
	return seeOther(c, noticed(linkPath, "withdrawn"))
}

// registrationApprove answers POST /admin/platforms/{platform}/approve, for a
// platform that registered by itself where that waits for an administrator.
func (s *Server) registrationApprove(c echo.Context) error {
	_, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	err = s.LTI.ApproveRegistration(c.Request().Context(), p.ID)
	if err != nil && !errors.Is(err, lti.ErrNotPending) { // somebody else was faster
		return err
	}
	return seeOther(c, noticed(platformPage(p.ID), "enabled"))
}

// registrationUpdate answers POST /admin/platforms/{platform}/update: the
// platform is told what this installation serves now.
func (s *Server) registrationUpdate(c echo.Context) error {
	_, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	err = s.LTI.UpdateRegistration(c.Request().Context(), p.ID)
	var refused *lti.Error
	switch {
	case errors.Is(err, lti.ErrNotUpdatable):
		return seeOther(c, noticed(platformPage(p.ID), "not_updatable"))
	case errors.As(err, &refused):
		s.Logger.Warn("registration update refused", "lti_error", string(refused.Code), "platform_id", p.ID, "request_id", requestID(c), "received", refused.Received)
		return seeOther(c, noticed(platformPage(p.ID), "not_updated"))
	case err != nil:
		return err
	}
	return seeOther(c, noticed(platformPage(p.ID), "updated"))
}
