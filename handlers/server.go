// Package handlers answers HTTP: routes, forms, authorisation, and errors
// turned into pages. It is thin: what is true is decided by the domain
// packages, what it looks like by views.
//
// Each area has a file that lists its routes in a mount function at its top.
// Every handler reads its input, authorises by a visible call (access.go),
// calls the domain and renders or redirects. Errors are returned; errors.go
// is the one place that turns them into answers.
package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"usher/admin"
	"usher/doctor"
	"usher/invite"
	"usher/live"
	"usher/lti"
	"usher/media"
	"usher/roster"
	"usher/session"
	"usher/settings"
	"usher/views"
	"usher/visit"
)

// Deps are what a [Server] needs. All are required but TrustedProxies
// and Metrics.
type Deps struct {
	Admin    *admin.Service
	Doctor   *doctor.Doctor
	LTI      *lti.Service
	Roster   *roster.Service
	Rosters  *roster.Fetcher
	Media    *media.Service
	Invite   *invite.Service
	Live     *live.Service
	Visits   *visit.Reader
	Settings *settings.Service
	Sessions *session.Service
	Views    *views.Renderer
	// Ready says whether this process can serve: its database answers.
	Ready     func(context.Context) error
	PublicURL *url.URL
	// AllowHTTPFrames lets pages that hold no data be framed by http: pages.
	AllowHTTPFrames bool
	TrustedProxies  []netip.Prefix
	// Metrics receives counts and times per route; nil: none are kept.
	Metrics prometheus.Registerer
	Now     func() time.Time
	Logger  *slog.Logger
}

func (d Deps) check() error {
	if d.Admin == nil || d.Doctor == nil || d.LTI == nil || d.Roster == nil || d.Rosters == nil || d.Media == nil || d.Invite == nil || d.Live == nil || d.Visits == nil || d.Settings == nil ||
		d.Sessions == nil || d.Views == nil || d.Ready == nil || d.PublicURL == nil || d.Now == nil || d.Logger == nil {
		return errors.New("handlers.New: a dependency is missing")
	}
	return nil
}

// Server is Usher's site. Safe for parallel use.
type Server struct {
	Deps
	echo     *echo.Echo
	failures *failureLimiter
}

// New returns the site as an [http.Handler].
func New(d Deps) (*Server, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	s := &Server{Deps: d, echo: echo.New(), failures: newFailureLimiter(d.Now)}
	e := s.echo
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = s.answerError
	e.IPExtractor = ipExtractor(d.TrustedProxies)
	e.Use(s.logged, s.recovered, s.secured, s.knownHost)
	if d.Metrics != nil {
		e.Use(measured(d.Metrics))
	}
	e.Use(s.sameOrigin, s.limitedBody, s.signedIn, s.shellInFrames)

	s.mountSite(e)
	s.mountLaunch(e)
	s.mountToolConfig(e)
	s.mountRegistration(e)
	s.mountCourses(e)
	s.mountPick(e)
	s.mountEntries(e)
	s.mountInvitations(e)
	s.mountLanding(e)
	s.mountLive(e)
	s.mountConsole(e)
	s.mountDesk(e)
	return s, nil
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.echo.ServeHTTP(w, r) }

// mountSite registers what belongs to no area.
func (s *Server) mountSite(e *echo.Echo) {
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/assets/*", echo.WrapHandler(views.Assets()))
	e.HEAD("/assets/*", echo.WrapHandler(views.Assets()))
	e.GET("/", s.home)
	e.GET("/privacy", s.privacy)
	e.GET("/help", s.help)
	e.POST("/language", s.language)
	e.GET("/robots.txt", s.robots)
}

// healthz answers GET /healthz: this process runs.
func (s *Server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz answers GET /readyz: this process can serve.
func (s *Server) readyz(c echo.Context) error {
	if err := s.Ready(c.Request().Context()); err != nil {
		s.Logger.Error("not ready", "error", err)
		return c.String(http.StatusServiceUnavailable, "database does not answer\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

// robots answers GET /robots.txt: nothing here is for search engines.
func (s *Server) robots(c echo.Context) error {
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /\n")
}

// home answers GET /: what this place is for, to whoever typed its address.
func (s *Server) home(c echo.Context) error { return s.render(c, http.StatusOK, &views.Home{}) }

// privacy answers GET /privacy.
func (s *Server) privacy(c echo.Context) error { return s.render(c, http.StatusOK, &views.Privacy{}) }

// help answers GET /help.
func (s *Server) help(c echo.Context) error { return s.render(c, http.StatusOK, &views.Help{}) }

// languageSeconds is how long a browser keeps its reader's choice.
const languageSeconds = 365 * 24 * 60 * 60

// language answers POST /language: it keeps the reader's choice and goes back
// to the page that the form names.
func (s *Server) language(c echo.Context) error {
	c.SetCookie(&http.Cookie{
		Name: "lang", Value: views.Language("", c.FormValue("lang")), Path: "/", MaxAge: languageSeconds,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return c.Redirect(http.StatusSeeOther, localPath(c.FormValue("back")))
}

// localPath returns an address of this site, "/help" for any other.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || path == "" || path[0] != '/' || len(path) > 1 && (path[1] == '/' || path[1] == '\\') {
		return "/help"
	}
	return path
}

// Routes lists method and pattern of every route, such as "GET /e/:entry": a
// test walks all of them as every kind of person.
func (s *Server) Routes() (list []string) {
	for _, r := range s.echo.Routes() {
		if r.Method != echo.RouteNotFound {
			list = append(list, r.Method+" "+r.Path)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
