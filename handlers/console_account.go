package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"usher/admin"
	"usher/views"
)

const accountPath = "/admin/account"

// mountConsoleAccount registers one's own account and Usher's own keys, for
// whoever is signed in to the console.
func (s *Server) mountConsoleAccount(e *echo.Echo) {
	e.GET("/admin/account", s.accountShow)
	e.POST("/admin/account/password", s.accountPassword)
	e.POST("/admin/account/sessions/:session/end", s.accountEndSession)
	e.GET("/admin/keys", s.keyList)
	e.POST("/admin/keys/rotate", s.keyRotate)
}

// accountShow answers GET /admin/account.
func (s *Server) accountShow(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	return s.accountPage(c, a, nil)
}

func (s *Server) accountPage(c echo.Context, a administrator, mistakes views.Errors) error {
	base, err := s.console(c, a, "")
	if err != nil {
		return err
	}
	sessions, err := s.Sessions.Admins(c.Request().Context(), a.ID)
	if err != nil {
		return err
	}
	page := &views.ConsoleAccount{ConsoleBase: base, Email: a.Email, Errors: mistakes, Now: s.Now()}
	for _, found := range sessions {
		page.Sessions = append(page.Sessions, views.AdminSession{
			ID: found.SessionID, Browser: found.Browser, Here: found.SessionID == a.SessionID, Since: found.CreatedAt, Seen: found.SeenAt,
		})
	}
	status := http.StatusOK
	if len(mistakes) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.render(c, status, page)
}

// accountPassword answers POST /admin/account/password. The one in use has to
// be given: a browser left open must not be enough.
func (s *Server) accountPassword(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	fresh := c.FormValue("password")
	switch err := admin.CheckPassword(fresh); {
	case err != nil:
		return s.accountPage(c, a, views.Errors{"password": "console.error.password_weak"})
	case fresh != c.FormValue("again"):
		return s.accountPage(c, a, views.Errors{"again": "console.error.password_differs"})
	}
	browser := admin.Browser{Block: addressBlock(c.RealIP()), Known: "session " + a.SessionID, KnownTo: a.ID}
	_, err = s.Admin.SignIn(ctx, a.Email, c.FormValue("current"), browser)
	var many *admin.TooManyTriesError
	switch {
	case errors.As(err, &many):
		return &limitError{retryAfter: many.RetryAfter}
	case errors.Is(err, admin.ErrWrongPassword):
		return s.accountPage(c, a, views.Errors{"current": "console.error.password_wrong"})
	case err != nil:
		return err
	}
	if _, err := s.Admin.SetPassword(ctx, a.Email, fresh); err != nil {
		return err
	}
	if err := s.Sessions.EndAdmins(ctx, a.ID, a.SessionID); err != nil {
		return err
	}
	return seeOther(c, noticed(accountPath, "password"))
}

// accountEndSession answers POST /admin/account/sessions/{session}/end: one of
// one's own browsers is signed out.
func (s *Server) accountEndSession(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	if err := s.Sessions.EndAdmin(c.Request().Context(), a.ID, c.Param("session")); err != nil {
		return err
	}
	if c.Param("session") == a.SessionID {
		s.Sessions.DropAdmin(c.Response())
		return seeOther(c, loginPath)
	}
	return seeOther(c, noticed(accountPath, "ended"))
}

// keyList answers GET /admin/keys.
func (s *Server) keyList(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	base, err := s.console(c, a, "keys")
	if err != nil {
		return err
	}
	keys, err := s.LTI.Keys(c.Request().Context())
	if err != nil {
		return err
	}
	now := s.Now()
	page := &views.ConsoleKeys{ConsoleBase: base, JWKSURL: s.LTI.ToolConfig().JWKSURL, Now: now}
	for _, k := range keys {
		row := views.KeyRow{ID: k.KeyID, State: "retired", Made: k.CreatedAt}
		switch {
		case k.Signs(now):
			row.State = "signs"
		case now.Before(k.ActiveFrom):
			row.State, row.Moment = "next", k.ActiveFrom
		case k.Published(now):
			row.State, row.Moment = "old", k.PublishedUntil()
		}
		page.Keys = append(page.Keys, row)
	}
	return s.render(c, http.StatusOK, page)
}

// keyRotate answers POST /admin/keys/rotate.
func (s *Server) keyRotate(c echo.Context) error {
	if _, err := s.admin(c); err != nil {
		return err
	}
	if _, err := s.LTI.RotateKey(c.Request().Context()); err != nil {
		return err
	}
	return seeOther(c, noticed("/admin/keys", "rotated"))
}
