package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"usher/lti"
	"usher/settings"
	"usher/views"
)

// mountRegistration registers the pages on which a platform registers Usher.
// The token of a one-time link is what lets somebody in.
func (s *Server) mountRegistration(e *echo.Echo) {
	e.GET("/lti/register", s.registerConsent)
	e.POST("/lti/register", s.register)
}

// registerRequest reads what the platform opened the page with.
func registerRequest(values url.Values) lti.RegistrationRequest {
	return lti.RegistrationRequest{
		Token: values.Get("token"), ConfigURL: values.Get("openid_configuration"), PlatformToken: values.Get("registration_token"),
	}
}

// registerConsent answers GET /lti/register: what the platform offers and what
// Usher would use, for its admin to agree to. Opened by hand it says where the
// link belongs.
func (s *Server) registerConsent(c echo.Context) error {
	s.framedByAny(c)
	ctx, r := c.Request().Context(), registerRequest(c.QueryParams())
	done, ok, err := s.LTI.Registered(ctx, r)
	if err != nil {
		return s.registerFailed(c, err)
	}
	if ok {
		return s.registerDone(c, done)
	}
	if r.ConfigURL == "" {
		if _, err := s.LTI.RegistrationLink(ctx, r.Token); err != nil {
			return s.registerFailed(c, err)
		}
		link := s.LTI.ToolConfig().SiteURL + "/lti/register?" + url.Values{"token": {r.Token}}.Encode()
		return s.render(c, http.StatusOK, &views.RegisterMessage{Reason: "alone", Link: link})
	}
	link, offer, err := s.LTI.OfferRegistration(ctx, r)
	if err != nil {
		return s.registerFailed(c, err)
	}
	form := views.RegisterFields{Name: link.Name, Members: true, ContentSelection: true}
	return s.consentPage(c, http.StatusOK, consent{r, offer, form, nil})
}

// consent is what the page shows.
type consent struct {
	request lti.RegistrationRequest
	offer   lti.RegistrationOffer
	form    views.RegisterFields
	errors  views.Errors
}

func (s *Server) consentPage(c echo.Context, status int, p consent) error {
	approval, err := s.needsApproval(c.Request().Context())
	if err != nil {
		return err
	}
	tool := s.LTI.ToolConfig()
	return s.render(c, status, &views.RegisterConsent{
		Token: p.request.Token, ConfigURL: p.request.ConfigURL, PlatformToken: p.request.PlatformToken,
		Family: p.offer.Family, Host: p.offer.Host, Site: tool.Domain, Issuer: p.offer.Issuer, IssuerDiffers: p.offer.IssuerDiffers,
		Form: p.form, MembersOffered: p.offer.OffersMembers(), ContentOffered: p.offer.Offers(lti.MessageDeepLinking),
		Placements: tool.PlacementsFor(p.offer), Errors: p.errors, Approval: approval,
		Sent: []views.RegisterValue{
			{Label: "register.login_url", Value: tool.LoginURL}, {Label: "register.launch_url", Value: tool.LaunchURL},
			{Label: "register.keys_url", Value: tool.JWKSURL}, {Label: "register.scopes", Value: strings.Join(tool.Scopes, " ")},
			{Label: "register.claims", Value: strings.Join(tool.Claims, ", ")},
		},
	})
}

// needsApproval says whether registrations wait for an admin of Usher.
func (s *Server) needsApproval(ctx context.Context) (bool, error) {
	values, err := s.Settings.Get(ctx, settings.Scope{})
	if err != nil {
		return false, fmt.Errorf("find settings: %w", err)
	}
	return values.On(settings.RegistrationApproval), nil
}

// register answers POST /lti/register: the admin agreed.
func (s *Server) register(c echo.Context) error {
	s.framedByAny(c)
	ctx := c.Request().Context()
	values, err := c.FormParams()
	if err != nil {
		return badForm(err)
	}
	r := registerRequest(values)
	form := views.RegisterFields{
		Name:    strings.TrimSpace(values.Get("name")),
		Members: values.Has("members"), ContentSelection: values.Has("content"), Confirmed: values.Has("confirm"),
	}
	approval, err := s.needsApproval(ctx)
	if err != nil {
		return err
	}
	_, err = s.LTI.Register(ctx, r, lti.RegistrationChoice{
		Name: form.Name, Members: form.Members, ContentSelection: form.ContentSelection, IssuerConfirmed: form.Confirmed, NeedsApproval: approval,
	})
	if mistakes := registerMistakes(err); mistakes != nil {
		_, offer, err := s.LTI.OfferRegistration(ctx, r)
		if err != nil {
			return s.registerFailed(c, err)
		}
		return s.consentPage(c, http.StatusUnprocessableEntity, consent{r, offer, form, mistakes})
	}
	if err != nil {
		return s.registerFailed(c, err)
	}
	return seeOther(c, "/lti/register?"+url.Values{"token": {r.Token}}.Encode())
}

// registerMistakes are those that the admin can mend on the page.
func registerMistakes(err error) views.Errors {
	switch {
	case errors.Is(err, lti.ErrIssuerUnconfirmed):
		return views.Errors{"confirm": "register.mistake_confirm"}
	case errors.Is(err, lti.ErrPlatformExists):
		return views.Errors{"name": "register.mistake_taken"}
	case errors.Is(err, lti.ErrInvalidPlatform) && lti.CodeOf(err) == "":
		return views.Errors{"name": "register.mistake_name"}
	}
	return nil
}

func (s *Server) registerDone(c echo.Context, done lti.Registered) error {
	return s.render(c, http.StatusOK, &views.RegisterDone{
		Name: done.Platform.Name, Family: done.Platform.ProductFamily, Updated: done.Updated, Pending: done.Pending,
	})
}

// registerFailed says why nothing was registered. What the platform did wrong
// is kept under a reference, as a failed launch is.
func (s *Server) registerFailed(c echo.Context, err error) error {
	for link, answer := range map[error]struct {
		status int
		reason string
	}{
		lti.ErrLinkUnknown: {http.StatusNotFound, "unknown"}, lti.ErrLinkExpired: {http.StatusGone, "expired"},
		lti.ErrLinkRevoked: {http.StatusGone, "revoked"}, lti.ErrLinkUsed: {http.StatusGone, "used"},
	} {
		if errors.Is(err, link) {
			return s.render(c, answer.status, &views.RegisterMessage{Reason: answer.reason})
		}
	}
	var failure *lti.Error
	if !errors.As(err, &failure) {
		return err
	}
	if !s.failures.allow(addressBlock(c.RealIP())) {
		return &limitError{retryAfter: time.Minute}
	}
	reference, err := s.LTI.RecordFailure(c.Request().Context(), failure)
	if err != nil {
		return fmt.Errorf("record failed registration: %w", err)
	}
	s.Logger.Warn("registration failed", "lti_error", string(failure.Code), "claim", failure.Claim, "reference", reference, "request_id", requestID(c))
	page := &views.RegisterMessage{Reason: registerReason(failure.Code), Reference: reference}
	if failure.Code == lti.CodeRegistrationRefused || failure.Code == lti.CodeConfigRefused {
		page.Said = failure.Received
	}
	return s.render(c, registerStatus(failure.Code), page)
}

// registerStatus is the platform's fault, but for an address that nobody
// could use and a platform that is here already.
func registerStatus(code lti.Code) int {
	switch code {
	case lti.CodeConfigAddress, lti.CodeConfigPrivate:
		return http.StatusBadRequest
	case lti.CodeRegistrationConflict:
		return http.StatusConflict
	}
	return http.StatusBadGateway
}

// registerReason chooses the words for the platform's admin.
func registerReason(code lti.Code) string {
	switch code {
	case lti.CodeConfigAddress:
		return "address"
	case lti.CodeConfigUnreachable:
		return "unreachable"
	case lti.CodeConfigPrivate:
		return "private"
	case lti.CodeConfigRefused:
		return "refused_config"
	case lti.CodeConfigInvalid:
		return "config"
	case lti.CodeRegistrationUnreachable:
		return "silent"
	case lti.CodeRegistrationRefused:
		return "refused"
	case lti.CodeRegistrationAnswer:
		return "answer"
	case lti.CodeRegistrationConflict:
		return "conflict"
	}
	return "other"
}
