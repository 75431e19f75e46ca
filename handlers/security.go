package handlers

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo-contrib/echoprometheus"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"usher/secret"
	"usher/session"
	"usher/views"
)

// bodyMost bounds what a request may send: the largest honest one is a launch,
// whose token some platforms fill with a few dozen kilobytes.
const bodyMost = 256 << 10

const requestIDKey = "request_id"

// logged writes one line per request: the route's pattern, never the path or
// the query, which may hold a link's token.
func (s *Server) logged(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := s.Now()
		id := secret.NewID()
		c.Set(requestIDKey, id)
		c.Response().Header().Set("X-Request-Id", id)
		if err := next(c); err != nil {
			c.Error(err)
		}
		status := c.Response().Status
		level := slog.LevelInfo
		if areaOf(c.Path()).quiet() {
			level = slog.LevelDebug
		}
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		s.Logger.LogAttrs(c.Request().Context(), level, "request",
			slog.String("request_id", id), slog.String("method", c.Request().Method), slog.String("route", route(c)), slog.Int("status", status),
			slog.Float64("milliseconds", float64(s.Now().Sub(started).Microseconds())/1000))
		return nil
	}
}

func route(c echo.Context) string {
	if c.Path() == "" {
		return "none"
	}
	return c.Path()
}

func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

// measured counts requests by the route's pattern: neither an address nor a
// client's choice of host becomes a label.
func measured(registerer prometheus.Registerer) echo.MiddlewareFunc {
	return echoprometheus.NewMiddlewareWithConfig(echoprometheus.MiddlewareConfig{
		Subsystem: "usher", Registerer: registerer, DoNotUseRequestPathFor404: true,
		LabelFuncs: map[string]echoprometheus.LabelValueFunc{
			"host": func(echo.Context, error) string { return "" },
			"url":  func(c echo.Context, _ error) string { return route(c) },
		},
	})
}

// recovered turns a panic into a 500. The log has the stack; nobody else does.
func (s *Server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // the server compares it the same way
				panic(p)
			}
			s.Logger.Error("panic", "request_id", requestID(c), "route", route(c), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}()
		return next(c)
	}
}

// knownHost refuses requests for other hosts: links and cookies are made for
// the public address alone. Health checks ask by address.
func (s *Server) knownHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if areaOf(c.Request().URL.Path) != areaHealth && !strings.EqualFold(c.Request().Host, s.PublicURL.Host) {
			return &statusError{status: http.StatusMisdirectedRequest}
		}
		return next(c)
	}
}

// secured sets the headers of every answer. Who may frame a page depends on
// whom it is answered to: nobody, until a handler says otherwise.
func (s *Server) secured(next echo.HandlerFunc) echo.HandlerFunc {
	socket := "wss://" + s.PublicURL.Host // Safari's 'self' does not cover WebSockets
	if s.PublicURL.Scheme == "http" {
		socket = "ws://" + s.PublicURL.Host
	}
	policy := "default-src 'none'; script-src 'self'; style-src 'self' " + views.StyleHash + "; img-src 'self' data:; " +
		"font-src 'self'; media-src 'self'; connect-src 'self' " + socket + "; form-action 'self'; base-uri 'none'; frame-ancestors "
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Referrer-Policy", "strict-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		if !answersOpener(c.Request().URL.Path) {
			h.Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
		}
		h.Set("Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()")
		if s.PublicURL.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if areaOf(c.Request().URL.Path) != areaAssets {
			h.Set("Cache-Control", "no-store")
			h.Set("X-Robots-Tag", "noindex, nofollow")
		}
		c.Set(policyKey, policy)
		framedBy(c, "'none'")
		return next(c)
	}
}

// answersOpener tells the pages that an LMS may have opened in a window to choose
// content in: the LMS's page that takes the answer closes it by its opener, to
// which one page with the policy would cut the way.
func answersOpener(path string) bool {
	return strings.HasPrefix(path, "/lti/") || strings.HasPrefix(path, "/c/") && strings.Contains(path, "/pick/")
}

const policyKey = "content_policy"

// submitsTo lets this answer's forms go to one other origin and no further. It
// comes before those who may frame it are named.
func submitsTo(c echo.Context, origin string) {
	policy, _ := c.Get(policyKey).(string)
	c.Set(policyKey, strings.Replace(policy, "form-action 'self'", "form-action "+origin, 1))
	framedBy(c, "'none'")
}

// framedBy says who may show this answer in a frame.
func framedBy(c echo.Context, ancestors string) {
	policy, _ := c.Get(policyKey).(string)
	c.Response().Header().Set("Content-Security-Policy", policy+ancestors)
}

// framedByAny is for pages that hold no data, before a platform is known.
func (s *Server) framedByAny(c echo.Context) {
	if s.AllowHTTPFrames {
		framedBy(c, "https: http:")
		return
	}
	framedBy(c, "https:")
}

// framedByOrigins is for pages answered to an identity in a frame.
func framedByOrigins(c echo.Context, origins []string) {
	if len(origins) == 0 {
		framedBy(c, "'none'")
		return
	}
	framedBy(c, strings.Join(origins, " "))
}

// sameOrigin refuses state changes that another site's page asks for. A
// launch is one by design; its state is what binds it to the browser.
func (s *Server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		if path := c.Request().URL.Path; path != "/lti/login" && path != "/lti/launch" {
			if err := protection.Check(c.Request()); err != nil {
				return &statusError{status: http.StatusForbidden, err: err}
			}
		}
		return next(c)
	}
}

func (s *Server) limitedBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.ContentLength > bodyMost {
			return &statusError{status: http.StatusRequestEntityTooLarge}
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, bodyMost)
		if r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
			if err := r.ParseForm(); err != nil {
				return badForm(err)
			}
		}
		return next(c)
	}
}

// signedIn finds who is asking, where somebody can be known.
func (s *Server) signedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !areaOf(c.Request().URL.Path).hasPeople() {
			return next(c)
		}
		found, err := s.Sessions.Load(c.Response(), c.Request())
		if err != nil {
			return fmt.Errorf("load session: %w", err)
		}
		c.SetRequest(session.With(c.Request(), found))
		return next(c)
	}
}

// shellInFrames answers a document request in a frame, which carries no
// bearer, with an empty page whose script asks again with it.
func (s *Server) shellInFrames(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if !areaOf(r.URL.Path).hasShell() || !session.Framed(r) || r.Header.Get("Authorization") != "" {
			return next(c)
		}
		s.framedByAny(c)
		if r.Method != http.MethodGet {
			return errNobody
		}
		return s.render(c, http.StatusOK, &views.Shell{})
	}
}

// ipExtractor finds the client's address: the connection's, or what a trusted
// proxy says of it.
func ipExtractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		options = append(options, echo.TrustIPRange(ipNet(prefix)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// readTimeouts of the server, here beside the other limits.
const (
	// HeaderTimeout bounds how long a client may take to send its headers.
	HeaderTimeout = 10 * time.Second
	// ReadTimeout bounds how long it may take for the whole request.
	ReadTimeout = 30 * time.Second
	// IdleTimeout closes connections kept open for nothing.
	IdleTimeout = 2 * time.Minute
)
