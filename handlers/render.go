package handlers

import (
	"net/http"
	"reflect"

	"github.com/labstack/echo/v4"

	"usher/session"
	"usher/views"
)

// render writes a page for whoever the request speaks for. Pages of an entry
// or a course are made with [Server.base] first, which knows more.
func (s *Server) render(c echo.Context, status int, page views.Page) error {
	base := baseOf(page)
	if base.Lang == "" {
		base.Lang = s.readerLanguage(c)
	}
	base.Path = c.Request().URL.Path
	who := session.From(c.Request())
	base.Framed = base.Framed || who.Carrier == session.Bearer || session.Framed(c.Request())
	if who.Carrier == session.Bearer {
		for _, i := range who.Members() {
			framedByOrigins(c, i.FrameOrigins)
		}
	}
	return s.Views.Render(c.Response(), status, page)
}

// readerLanguage chooses the language of a page: what this browser chose, the
// launch's locale, the browser's own.
func (s *Server) readerLanguage(c echo.Context) string {
	locale := ""
	who := session.From(c.Request())
	for _, list := range [][]session.Identity{who.Members(), who.Guests()} {
		if len(list) > 0 && locale == "" {
			locale = list[0].Locale
		}
	}
	return views.RequestLanguage(c.Request(), locale)
}

// baseOf returns the part that every page embeds.
func baseOf(page views.Page) *views.Base {
	return reflect.ValueOf(page).Elem().FieldByName("Base").Addr().Interface().(*views.Base)
}

// base begins a page that is answered to a visitor.
func (s *Server) base(c echo.Context, v *visitor) views.Base {
	return views.Base{
		Lang:       views.RequestLanguage(c.Request(), v.Identity.Locale),
		Framed:     v.Identity.Carrier == session.Bearer,
		Permission: v.permissionWord(),
		Attendee:   v.attendeeWord(),
		Administer: v.Administrator,
		IdentityID: v.Identity.PublicID(),
		ReturnURL:  v.Identity.ReturnURL,
	}
}

// seeOther answers a form that did its work. Turbo follows it with the bearer.
func seeOther(c echo.Context, path string) error { return c.Redirect(http.StatusSeeOther, path) }
