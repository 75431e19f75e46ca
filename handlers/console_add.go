package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/views"
)

// mountConsoleAdd registers the ways to add a platform, for whoever is signed
// in to the console.
func (s *Server) mountConsoleAdd(e *echo.Echo) {
	e.GET("/admin/platforms/new", s.platformNew)
	e.GET("/admin/platforms/new/:way", s.registerShow)
	e.POST("/admin/platforms/new/:way", s.registerSave)
}

// The ways of a registration that is pasted back.
const (
	wayCanvas     = "canvas"
	wayBlackboard = "blackboard"
	wayHand       = "hand"
)

var families = map[string]string{wayCanvas: lti.FamilyCanvas, wayBlackboard: lti.FamilyBlackboard, wayHand: lti.FamilyMoodle}

// platformNew answers GET /admin/platforms/new: which way.
func (s *Server) platformNew(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	base, err := s.console(c, a, "platforms")
	if err != nil {
		return err
	}
	base.Crumb = views.Crumb{Href: platformPath, Text: s.Views.Text(base.Lang, "console.nav_platforms")}
	return s.render(c, http.StatusOK, &views.ConsolePlatformAdd{ConsoleBase: base})
}

// onWay authorises and finds the way of the route.
func (s *Server) onWay(c echo.Context) (administrator, string, error) {
	a, err := s.admin(c)
	if err != nil {
		return a, "", err
	}
	way := c.Param("way")
	if _, known := families[way]; !known {
		return a, "", errNotFound
	}
	return a, way, nil
}

// registerShow answers GET /admin/platforms/new/{way}: what to enter in the
// LMS, with the values that this installation serves, and the form for what it
// shows then.
func (s *Server) registerShow(c echo.Context) error {
	a, way, err := s.onWay(c)
	if err != nil {
		return err
	}
	page, err := s.registerPage(c, a, way)
	if err != nil {
		return err
	}
	page.Form.Hosting = "hosted"
	if way == wayCanvas {
		page.Form.Issuer = lti.HostedCanvas("", "").Issuer
	}
	return s.render(c, http.StatusOK, page)
}

func (s *Server) registerPage(c echo.Context, a administrator, way string) (*views.ConsoleRegister, error) {
	base, err := s.console(c, a, "platforms")
	if err != nil {
		return nil, err
	}
	base.Crumb = views.Crumb{Href: platformPath + "/new", Text: s.Views.Text(base.Lang, "console.add_platform")}
	return &views.ConsoleRegister{ConsoleBase: base, Way: way, Values: s.toolValues(families[way])}, nil
}

// registerSave answers POST /admin/platforms/new/{way}.
func (s *Server) registerSave(c echo.Context) error {
	a, way, err := s.onWay(c)
	if err != nil {
		return err
	}
	form := newPlatformForm(c, way)
	deployments := lines(form.Deployments)
	checked := s.checkPlatform(c, form)
	if len(checked.Errors) == 0 {
		p, err := s.LTI.AddPlatform(c.Request().Context(), form.platform(), deployments...)
		if err == nil {
			return seeOther(c, noticed(platformPage(p.ID), "added"))
		}
		if !errors.Is(err, lti.ErrPlatformExists) {
			return err
		}
		checked.Errors = s.takenMistake(c, form.Name, "")
	}
	page, err := s.registerPage(c, a, way)
	if err != nil {
		return err
	}
	page.PlatformForm = checked
	return s.render(c, http.StatusUnprocessableEntity, page)
}

// takenMistake says what of a registration another one has already.
func (s *Server) takenMistake(c echo.Context, name, id string) views.Errors {
	if other, err := s.LTI.PlatformByName(c.Request().Context(), name); err == nil && other.ID != id {
		return views.Errors{"name": "console.error.name_taken"}
	}
	return views.Errors{"client_id": "console.error.platform_exists"}
}

// platformEdit answers GET /admin/platforms/{platform}/edit.
func (s *Server) platformEdit(c echo.Context) error {
	a, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	return s.editPage(c, a, p, http.StatusOK, views.PlatformForm{Form: platformFields(p)})
}

func (s *Server) editPage(c echo.Context, a administrator, p lti.Platform, status int, form views.PlatformForm) error {
	base, err := s.console(c, a, "platforms")
	if err != nil {
		return err
	}
	base.Crumb = views.Crumb{Href: platformPage(p.ID), Text: p.Name}
	return s.render(c, status, &views.ConsolePlatformEdit{ConsoleBase: base, PlatformForm: form, ID: p.ID})
}

// platformSave answers POST /admin/platforms/{platform}/edit.
func (s *Server) platformSave(c echo.Context) error {
	a, p, err := s.onPlatform(c)
	if err != nil {
		return err
	}
	form := newPlatformForm(c, wayHand)
	form.oldKeys, form.oldIssuer = p.JWKSURL, p.Issuer
	checked := s.checkPlatform(c, form)
	if len(checked.Errors) == 0 {
		edited := form.platform()
		edited.ID, edited.TrustDeployments = p.ID, p.TrustDeployments
		err := s.LTI.EditPlatform(c.Request().Context(), edited)
		if err == nil {
			return seeOther(c, noticed(platformPage(p.ID), "saved"))
		}
		if !errors.Is(err, lti.ErrPlatformExists) {
			return err
		}
		checked.Errors = s.takenMistake(c, form.Name, p.ID)
	}
	return s.editPage(c, a, p, http.StatusUnprocessableEntity, checked)
}
