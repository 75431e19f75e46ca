package handlers

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"usher/database"
	"usher/live"
	"usher/media"
	"usher/roster"
	"usher/secret"
	"usher/session"
	"usher/views"
)

// What a wrong person or a wrong request gets. Domain errors are matched to
// these in statusOf.
var (
	errNobody    = errors.New("nobody is signed in")                  // 401
	errForbidden = errors.New("not allowed")                          // 403
	errRemoved   = errors.New("removed from this session")            // 403: a member still belongs to the course
	errClosed    = errors.New("page is not available to this person") // 403
	errNotFound  = errors.New("no such page for this person")         // 404
	errDeleted   = errors.New("entry was deleted")                    // 410
	errWithdrawn = errors.New("invitation was withdrawn")             // 410
	// 410: a guest had nothing here but the place that was taken away.
	errGuestRemoved = errors.New("guest was removed from this session")
)

// statusError is an error that is only a status: what the request was, not
// what somebody did.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	text := http.StatusText(e.status)
	if e.err != nil {
		text += ": " + e.err.Error()
	}
	return text
}

func (e *statusError) Unwrap() error { return e.err }

// badForm tells an oversized body from one that cannot be read.
func badForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &statusError{status: http.StatusRequestEntityTooLarge, err: err}
	}
	return &statusError{status: http.StatusBadRequest, err: err}
}

// identityError says that a page was made for somebody else than its request
// came from.
type identityError struct {
	visitor *visitor
	name    string // of an administrator, who is no visitor
}

func (e *identityError) Error() string { return "page was made for another identity" }

// limitError says that something was done too often and when it may be tried
// again.
type limitError struct{ retryAfter time.Duration }

func (e *limitError) Error() string { return "too many requests" }

// statusOf is the one table from error to status. What it does not know is
// our mistake: 500.
func statusOf(err error) int {
	var status *statusError
	var web *echo.HTTPError
	var identity *identityError
	var limit *limitError
	var chat *live.LimitError
	switch {
	case errors.Is(err, errNobody), errors.Is(err, errNoAdmin):
		return http.StatusUnauthorized
	case errors.Is(err, errForbidden), errors.Is(err, errRemoved), errors.Is(err, errClosed), errors.Is(err, live.ErrRemoved):
		return http.StatusForbidden
	case errors.Is(err, errNotFound), errors.Is(err, database.ErrNotFound), errors.Is(err, media.ErrNotFound),
		errors.Is(err, roster.ErrNotFound), errors.Is(err, live.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, errDeleted), errors.Is(err, errWithdrawn), errors.Is(err, errGuestRemoved), errors.Is(err, media.ErrDeleted):
		return http.StatusGone
	case errors.As(err, &identity):
		return http.StatusConflict
	case errors.As(err, &limit), errors.As(err, &chat):
		return http.StatusTooManyRequests
	case errors.As(err, &status):
		return status.status
	case errors.As(err, &web):
		return web.Code
	}
	return http.StatusInternalServerError
}

// retryAfter is how long a limited person waits, in whole seconds.
func retryAfter(err error) int {
	var limit *limitError
	var chat *live.LimitError
	wait := time.Duration(0)
	switch {
	case errors.As(err, &limit):
		wait = limit.retryAfter
	case errors.As(err, &chat):
		wait = chat.RetryAfter
	default:
		return 0
	}
	return max(1, int(math.Ceil(wait.Seconds())))
}

// statusGone is what the log says of a request whose browser went away.
const statusGone = 499

// answerError writes the answer for an error: a page, or JSON for scripts.
// Causes go to the log and no further.
func (s *Server) answerError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status := statusOf(err)
	if status >= http.StatusInternalServerError && errors.Is(c.Request().Context().Err(), context.Canceled) {
		_ = c.NoContent(statusGone) // nobody reads it, and nothing failed
		return
	}
	if status >= http.StatusInternalServerError {
		c.Set(referenceKey, secret.Reference())
		s.Logger.Error("request failed", "reference", reference(c), "request_id", requestID(c), "route", route(c), "error", err)
	}
	if seconds := retryAfter(err); seconds > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
	}
	if wantsJSON(c) {
		err = c.JSON(status, map[string]string{"error": s.errorText(c, status, err), "reference": reference(c)})
	} else {
		err = s.errorPage(c, status, err)
	}
	if err != nil {
		if reference(c) == "" {
			c.Set(referenceKey, secret.Reference())
		}
		s.Logger.Error("answer error", "reference", reference(c), "request_id", requestID(c), "error", err)
		if !c.Response().Committed {
			_ = c.String(http.StatusInternalServerError, "Something went wrong on our side. Reference: "+reference(c)+"\n")
		}
	}
}

// errorText is the heading of the page of a status, for answers to scripts.
func (s *Server) errorText(c echo.Context, status int, cause error) string {
	name := ""
	var identity *identityError
	if errors.As(cause, &identity) {
		name = s.identityName(c, identity)
	}
	key := "error." + strconv.Itoa(status)
	text := s.Views.Text(s.readerLanguage(c), key, "Name", name)
	if text == key {
		return s.Views.Text(s.readerLanguage(c), "error.500")
	}
	return text
}

// errorPage renders the page of a status; some causes have words of their own.
func (s *Server) errorPage(c echo.Context, status int, cause error) error {
	var identity *identityError
	switch {
	case errors.Is(cause, errWithdrawn):
		return s.render(c, status, &views.LandingMessage{Kind: "withdrawn"})
	case errors.Is(cause, errDeleted), errors.Is(cause, media.ErrDeleted):
		return s.render(c, status, &views.LandingMessage{Kind: "deleted"})
	case errors.Is(cause, errRemoved), errors.Is(cause, errGuestRemoved), errors.Is(cause, live.ErrRemoved):
		return s.render(c, status, &views.LandingMessage{Kind: "removed"})
	case errors.Is(cause, errNoAdmin):
		return s.toLogin(c)
	case errors.Is(cause, errClosed):
		return s.render(c, status, &views.LandingMessage{Kind: "unavailable"})
	}
	page := &views.ErrorPage{Status: status, Reference: reference(c)}
	if errors.As(cause, &identity) {
		page.SignedInAs = s.identityName(c, identity)
	}
	page.ReturnURL = returnURL(c)
	return s.render(c, status, page)
}

const referenceKey = "reference"

// reference is what leads an admin to the log's line of a failure of ours; ""
// where nothing of ours failed.
func reference(c echo.Context) string {
	made, _ := c.Get(referenceKey).(string)
	return made
}

func (s *Server) identityName(c echo.Context, e *identityError) string {
	if e.visitor == nil {
		return e.name
	}
	return s.nameOf(c, e.visitor)
}

// nameOf is how a visitor is called on pages, "" if that cannot be found out.
func (s *Server) nameOf(c echo.Context, v *visitor) string {
	switch {
	case v.Guest():
		return v.Attendee.Name
	case v.Name != "":
		return v.Name
	}
	person, err := s.Roster.Person(c.Request().Context(), v.Identity.TenantID, v.Identity.PersonID)
	if err != nil {
		return ""
	}
	return person.DisplayName()
}

// returnURL is the way back to the LMS, where there is one only.
func returnURL(c echo.Context) string {
	members := session.From(c.Request()).Members()
	if len(members) == 0 {
		return ""
	}
	return members[0].ReturnURL
}

// wantsJSON says that a script asked, which shows the sentence itself.
func wantsJSON(c echo.Context) bool {
	accept := c.Request().Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}
