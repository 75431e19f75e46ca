package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"usher/admin"
	"usher/lti"
	"usher/session"
	"usher/views"
)

// mountConsole registers the pages of those who run this installation. They
// are answered to the console's own cookie and to nothing else: no launch,
// whatever it says of somebody, opens any of them.
func (s *Server) mountConsole(e *echo.Echo) {
	// For everybody.
	e.GET("/admin/login", s.consoleLogin)
	e.POST("/admin/login", s.consoleSignIn)
	// For whoever is signed in to the console.
	e.GET("/admin", s.consoleHome)
	e.POST("/admin/logout", s.consoleSignOut)
	s.mountConsolePlatforms(e)
	s.mountConsoleLinks(e)
	s.mountConsoleAdd(e)
	s.mountConsoleAccount(e)
}

const (
	consolePath  = "/admin"
	loginPath    = "/admin/login"
	platformPath = "/admin/platforms"
)

// errNoAdmin says that nobody is signed in to the console: pages lead to its
// sign-in, everything else is 401.
var errNoAdmin = errors.New("nobody is signed in to the console")

// administrator is who asks for a page of the console.
type administrator struct {
	admin.Account
	SessionID string
}

func (a administrator) publicID() string { return session.AdminPublicID(a.ID) }

// admin authorises whoever is signed in to the console, and for forms compares
// them with whom the page was made for.
func (s *Server) admin(c echo.Context) (administrator, error) {
	found, err := s.Sessions.Admin(c.Request())
	if errors.Is(err, session.ErrNoAdmin) {
		return administrator{}, errNoAdmin
	}
	if err != nil {
		return administrator{}, err
	}
	account, err := s.Admin.Account(c.Request().Context(), found.AdminID)
	if errors.Is(err, admin.ErrNoAccount) {
		return administrator{}, errNoAdmin
	}
	if err != nil {
		return administrator{}, err
	}
	a := administrator{Account: account, SessionID: found.SessionID}
	if made := c.FormValue("identity"); c.Request().Method == http.MethodPost && made != "" && made != a.publicID() {
		return administrator{}, &identityError{name: a.Name}
	}
	return a, nil
}

// console begins a page of the console. Section is the item of its navigation.
func (s *Server) console(c echo.Context, a administrator, section string) (views.ConsoleBase, error) {
	pending, err := s.LTI.Deployments(c.Request().Context())
	if err != nil {
		return views.ConsoleBase{}, err
	}
	base := views.ConsoleBase{Section: section, Account: a.Name}
	base.Lang, base.IdentityID = views.RequestLanguage(c.Request(), ""), a.publicID()
	base.Notice = consoleNotices[c.QueryParam("done")]
	for _, d := range pending {
		if d.Status == lti.DeploymentPending {
			base.Waiting++
		}
	}
	return base, nil
}

// consoleHome answers GET /admin.
func (s *Server) consoleHome(c echo.Context) error {
	if _, err := s.admin(c); err != nil {
		return err
	}
	return seeOther(c, platformPath)
}

// consoleLogin answers GET /admin/login.
func (s *Server) consoleLogin(c echo.Context) error {
	next := consoleNext(c.QueryParam("next"))
	if _, err := s.admin(c); err == nil {
		return seeOther(c, next)
	}
	return s.loginPage(c, http.StatusOK, &views.ConsoleLogin{Next: next})
}

func (s *Server) loginPage(c echo.Context, status int, page *views.ConsoleLogin) error {
	any, err := s.Admin.Any(c.Request().Context())
	if err != nil {
		return err
	}
	page.NoAccount = !any
	page.Host = s.PublicURL.Host
	return s.render(c, status, page)
}

// consoleNext is where a sign-in leads to: a page of the console.
func consoleNext(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, consolePath+"/") || u.Path == loginPath || strings.Contains(path, "\\") {
		return platformPath
	}
	return u.RequestURI()
}

// consoleSignIn answers POST /admin/login.
func (s *Server) consoleSignIn(c echo.Context) error {
	r := c.Request()
	page := &views.ConsoleLogin{Email: c.FormValue("email"), Next: consoleNext(c.FormValue("next"))}
	if page.Email == "" || c.FormValue("password") == "" {
		page.Error = "console.error.login_missing"
		return s.loginPage(c, http.StatusUnprocessableEntity, page)
	}
	browser := admin.Browser{Block: addressBlock(c.RealIP())}
	browser.KnownTo, browser.Known = s.Sessions.KnownBrowser(r)
	account, err := s.Admin.SignIn(r.Context(), page.Email, c.FormValue("password"), browser)
	var many *admin.TooManyTriesError
	switch {
	case errors.Is(err, admin.ErrWrongPassword):
		page.Error = "console.error.login_wrong"
		return s.loginPage(c, http.StatusUnprocessableEntity, page)
	case errors.As(err, &many):
		limit := &limitError{retryAfter: many.RetryAfter}
		page.Error, page.Wait = "console.error.login_limit", (retryAfter(limit)+59)/60
		c.Response().Header().Set("Retry-After", fmt.Sprint(retryAfter(limit)))
		return s.loginPage(c, http.StatusTooManyRequests, page)
	case err != nil:
		return err
	}
	if err := s.Sessions.StartAdmin(c.Response(), r, account.ID, browserName(r.UserAgent())); err != nil {
		return err
	}
	return seeOther(c, page.Next)
}

// consoleSignOut answers POST /admin/logout.
func (s *Server) consoleSignOut(c echo.Context) error {
	a, err := s.admin(c)
	if err != nil {
		return err
	}
	if err := s.Sessions.EndAdmin(c.Request().Context(), a.ID, a.SessionID); err != nil {
		return err
	}
	s.Sessions.DropAdmin(c.Response())
	return seeOther(c, loginPath)
}

// toLogin answers somebody who is not signed in to the console: pages lead to
// the sign-in and back, forms say that nothing was done.
func (s *Server) toLogin(c echo.Context) error {
	r := c.Request()
	if r.Method == http.MethodGet && !wantsJSON(c) {
		return seeOther(c, loginPath+"?"+url.Values{"next": {r.URL.RequestURI()}}.Encode())
	}
	return s.loginPage(c, http.StatusUnauthorized, &views.ConsoleLogin{Error: "console.error.signed_out", Next: platformPath})
}

// browserName is what a browser is called in the list of sessions: its family
// and the system it runs on, no more.
func browserName(agent string) string {
	family := firstIn(agent, [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := firstIn(agent, [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	return strings.TrimPrefix(strings.TrimSuffix(family+", "+system, ", "), ", ")
}

func firstIn(text string, words [][2]string) string {
	for _, w := range words {
		if strings.Contains(text, w[0]) {
			return w[1]
		}
	}
	return ""
}
