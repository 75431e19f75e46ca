package lti

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Services are the platform's services that a launch names. An empty address
// means that the service is not offered.
type Services struct {
	// MembershipsURL lists the members of the launch's context [NRPS-20 §3.6.1.1].
	// The claim's own scopes are not kept: some platforms leave them out although
	// they want the scope asked for (C-56).
	MembershipsURL string
	// LineItemsURL and LineItemURL take grades [AGS-20 §3.1]: the context's
	// columns, and the one of the launch's link.
	LineItemsURL string
	LineItemURL  string
	GradeScopes  []string
}

// services takes over the services' claims. What is malformed is not offered.
func (s *Service) services(c *claims) Services {
	return Services{
		MembershipsURL: s.serviceURL(c.NamesAndRoles.MembershipsURL),
		LineItemsURL:   s.serviceURL(c.Grades.LineItemsURL),
		LineItemURL:    s.serviceURL(c.Grades.LineItemURL),
		GradeScopes:    c.Grades.Scopes,
	}
}

// serviceURL returns an address that a token may be sent to, or "". Canvas
// behind a proxy names some of its own addresses as http; they answer to https.
func (s *Service) serviceURL(t text) string {
	address := string(t)
	if utf8.RuneCountInString(address) >= maxText {
		return "" // cut somewhere
	}
	if rest, plain := strings.CutPrefix(address, "http://"); plain && !s.allowPrivate {
		address = "https://" + rest
	}
	if !s.trustedAddress(address) {
		return ""
	}
	return address
}

// ServiceCode names what went wrong with a service. It is stable: it stands in
// the database, and the console has a sentence for each.
type ServiceCode string

// What can go wrong. Those of the token endpoint come before those of the
// service itself, whose answer nobody gets without a token.
const (
	// ServiceTokenUnreachable: the token endpoint does not answer.
	ServiceTokenUnreachable ServiceCode = "token_unreachable"
	// ServiceTokenRefused: the token endpoint gives none, or not this scope.
	ServiceTokenRefused ServiceCode = "token_refused"
	// ServiceTokenUnreadable: the token endpoint's answer holds no token.
	ServiceTokenUnreadable ServiceCode = "token_unreadable"
	// ServiceUnreachable: no connection, no answer in time, or an address that
	// must not be asked.
	ServiceUnreachable ServiceCode = "unreachable"
	// ServiceUnauthorized: the token is not accepted, a fresh one neither.
	ServiceUnauthorized ServiceCode = "unauthorized"
	// ServiceForbidden: the tool may not use the service here.
	ServiceForbidden ServiceCode = "forbidden"
	// ServiceNotFound: there is nothing (any more) at the address.
	ServiceNotFound ServiceCode = "not_found"
	// ServiceBusy: asked too often; RetryAfter says until when.
	ServiceBusy ServiceCode = "busy"
	// ServiceFailed: another status than success.
	ServiceFailed ServiceCode = "failed"
	// ServiceUnreadable: an answer that is not what the standard says.
	ServiceUnreadable ServiceCode = "unreadable"
	// ServiceTooLarge: an answer above every reasonable size.
	ServiceTooLarge ServiceCode = "too_large"
	// ServiceEndless: one page after the other, without end.
	ServiceEndless ServiceCode = "endless"
	// ServiceElsewhere: the next page is on another host, which gets no token.
	ServiceElsewhere ServiceCode = "elsewhere"
)

// ServiceError says why a service of the platform could not be used. It holds
// no token and no personal data.
type ServiceError struct {
	Code   ServiceCode
	Status int // of the answer, 0 where there was none
	// Words are the platform's own, short, "" where it has none.
	Words string
	// RetryAfter is how long the platform asks to be left alone; 0: it does not say.
	RetryAfter time.Duration
	Err        error // for the log, may be nil
}

// Error names the code and the platform's words.
func (e *ServiceError) Error() string {
	text := "platform service: " + string(e.Code)
	if e.Status != 0 {
		text += fmt.Sprintf(", status %d", e.Status)
	}
	if e.Words != "" {
		text += ": " + e.Words
	}
	return text
}

// Unwrap returns the cause.
func (e *ServiceError) Unwrap() error { return e.Err }
