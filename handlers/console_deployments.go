package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/views"
)

// deploymentAllow answers POST /admin/platforms/{platform}/deployments/allow,
// for a deployment that waits or one that is typed in.
func (s *Server) deploymentAllow(c echo.Context) error {
	a, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	id := c.FormValue("deployment_id")
	mistake := ""
	if c.FormValue("typed") != "" { // what is pasted has blanks and other values around it
		id = strings.TrimSpace(id)
		mistake = s.deploymentMistake(id, p.ClientID)
	}
	if mistake == "" {
		err = s.LTI.AllowDeployment(c.Request().Context(), p.ID, id)
	}
	if mistake == "" && errors.Is(err, lti.ErrInvalidPlatform) {
		mistake, err = "console.error.deployment_text", nil
	}
	if err != nil {
		return err
	}
	if mistake == "" {
		return seeOther(c, noticed(backTo(c, p.ID), "allowed"))
	}
	page, err := s.platformPage(c, a, p)
	if err != nil {
		return err
	}
	page.DeploymentID, page.Errors = id, views.Errors{"deployment_id": mistake}
	return s.render(c, http.StatusUnprocessableEntity, page)
}

// backTo is the page whose button was pressed: the list or the platform.
func backTo(c echo.Context, platformID string) string {
	if c.FormValue("back") == "list" {
		return platformPath
	}
	return platformPage(platformID)
}

// deploymentRemove answers POST /admin/platforms/{platform}/deployments/remove.
func (s *Server) deploymentRemove(c echo.Context) error {
	_, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	if err := s.LTI.RemoveDeployment(c.Request().Context(), p.ID, c.FormValue("deployment_id")); err != nil {
		return err
	}
	return seeOther(c, noticed(backTo(c, p.ID), "forgotten"))
}

// sharedPlatform says that a registration is the whole world's, and each
// institution a deployment of it: to admit all would admit strangers.
func sharedPlatform(p lti.Platform) bool { return p.Issuer == lti.Blackboard("", "").Issuer }

// deploymentTrust answers POST /admin/platforms/{platform}/trust: deployments
// that nobody allowed are admitted from now on, or no more.
func (s *Server) deploymentTrust(c echo.Context) error {
	_, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	p.TrustDeployments = c.FormValue("trust") == "1"
	if p.TrustDeployments && sharedPlatform(p) {
		return errForbidden
	}
	if err := s.LTI.EditPlatform(c.Request().Context(), p); err != nil {
		return err
	}
	return seeOther(c, noticed(platformPage(p.ID), "saved"))
}
