package lti

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/database"
	"usher/secret"
)

// The tolerances of [Service.Verify] (C-69). Clocks differ by a minute; Canvas
// makes the token at the login and sends it when the person has signed in, up
// to five minutes later. The few seconds are for iat's whole seconds and the
// way of the post.
const (
	ClockSkew   = time.Minute
	MaxTokenAge = 10*time.Minute + 5*time.Second
)

// LaunchRequest is what the browser posts after the platform's answer, and
// what else came with it.
type LaunchRequest struct {
	IDToken string
	State   string
	// Secret is the value of the cookie that [StateID] names, "" if it did
	// not come.
	Secret string
	// Error and ErrorDescription are the platform's, in place of a token.
	Error            string
	ErrorDescription string
}

// Launch is a verified message. While Proved is false it must lead to no
// person and no session: nobody knows yet that the browser that posted it is
// the one that began the login.
type Launch struct {
	Platform     Platform
	TenantID     string
	DeploymentID string
	Message      string // [MessageResourceLink] or [MessageDeepLinking]

	// Subject identifies the person within the tenant, and nothing else does
	// (C-80). The rest may be empty (C-18 to C-20).
	Subject    string
	Name       string
	GivenName  string
	FamilyName string
	Email      string
	Locale     string

	Context      *Context      // nil where the launch has none (C-21)
	ResourceLink *ResourceLink // nil in deep linking without one (C-39)
	Roles        []string
	CourseRole   CourseRole
	DecidedBy    string // the row of the table of roles that did; "" where none did
	// Administrator says whether the person administers the whole tenant.
	Administrator Administrator
	// Custom holds the values that were strings and resolved. Teachers can
	// write them: they never raise anything.
	Custom map[string]string
	// TargetLinkURI is a routing hint from outside, never a redirect (C-36).
	TargetLinkURI string
	// ReturnURL leads back into the platform; "" unless it is a link that may
	// be shown (C-79).
	ReturnURL string
	// FrameOrigins may show pages of this launch in a frame.
	FrameOrigins []string
	// Services are what the platform offers beside the launch (C-35).
	Services Services
	// DeepLinking is what the answer to a [MessageDeepLinking] may be; nil for
	// other messages.
	DeepLinking *DeepLinkingSettings

	Proved        bool
	Handle        string // for [Service.Prove]; "" once proved
	State         string // names the browser's secret in storage
	StorageTarget string // as the login had it (C-97)
	StorageOrigin string
	StartedFramed bool
}

// Context is a course, group or account of the platform [LTI-13 §5.4.1].
type Context struct {
	ID    string
	Title string
	Label string
	Types []string
}

// ResourceLink is the place from which a launch came [LTI-13 §5.3.5].
type ResourceLink struct {
	ID          string
	Title       string
	Description string
}

// attempt is a launch under examination.
type attempt struct {
	state        state
	token        *token
	registration registration
	decision     Decision
	deepLinking  *deepLinkingClaim // of a content selection
	trusted      func(address string) bool
	now          time.Time
}

// Verify makes every check of a launch, the cheap ones first and the network
// and the signature last, and then spends the state by one insert, so that of
// two equal posts one succeeds. It returns an [*Error] where a check refuses.
// Nothing is written before the signature holds, and a refused launch writes
// nothing but a pending deployment.
func (s *Service) Verify(ctx context.Context, r LaunchRequest) (*Launch, error) {
	st, err := s.openState(r.State)
	if r.Error != "" {
		return nil, platformError(r, st)
	}
	if err != nil {
		return nil, err
	}
	token, err := parseToken(r.IDToken)
	if err != nil {
		return nil, withPlace(err, st.platformID, "")
	}
	launch, err := s.verify(ctx, r, &attempt{state: st, token: token, now: s.now(), trusted: s.trustedAddress})
	if err != nil {
		return nil, withPlace(err, st.platformID, token.claims.DeploymentID)
	}
	return launch, nil
}

func (s *Service) verify(ctx context.Context, r LaunchRequest, a *attempt) (_ *Launch, err error) {
	token := a.token
	if err := token.checkHeader(); err != nil {
		return nil, err
	}
	if err := a.check(checksBeforePlatform); err != nil {
		return nil, err
	}
	if a.registration, err = s.registrationOf(ctx, a); err != nil {
		return nil, err
	}
	if err := a.check(checksOfPlatform); err != nil {
		return nil, err
	}
	key, err := s.keys.key(ctx, a.registration.Platform, token.header.KeyID)
	if err != nil {
		return nil, err
	}
	if err := token.checkSignature(key); err != nil {
		return nil, err
	}
	if err := s.admit(ctx, a); err != nil {
		return nil, err
	}
	a.decision = a.registration.Roles.Decide(*token.claims.Roles, token.claims.Context.Types)
	launch := s.launchOf(a, r)
	if err := s.spend(ctx, a, launch); err != nil {
		return nil, err
	}
	if launch.Proved {
		s.samples.note(launch, a.now)
	}
	return launch, nil
}

// check makes one check after the other and stops at the first that refuses.
func (a *attempt) check(checks []func(*attempt) error) error {
	for _, check := range checks {
		if err := check(a); err != nil {
			return err
		}
	}
	return nil
}

// registrationOf reads platform, deployment and tenant at once. The platform
// is the login's, by the sealed state: the token's issuer and audience are
// compared with it, they do not choose it (C-73).
func (s *Service) registrationOf(ctx context.Context, a *attempt) (registration, error) {
	reg, err := s.store.registration(ctx, a.state.platformID, a.token.claims.DeploymentID)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return registration{}, &Error{Code: CodeUnknownPlatform, Claim: "state", Expected: "a registered platform", Received: "one that was removed since the login"}
	case err != nil:
		return registration{}, fmt.Errorf("verify launch: find platform: %w", err)
	case reg.Platform.DisabledAt != nil:
		return registration{}, &Error{Code: CodePlatformDisabled}
	}
	return reg, nil
}

// spend inserts the state's row. An unproved launch lies sealed in it, under a
// handle, until [Service.Prove].
func (s *Service) spend(ctx context.Context, a *attempt, launch *Launch) error {
	row := spentState{Key: a.state.key, PlatformID: a.state.platformID, ExpiresAt: a.keepUntil()}
	if !launch.Proved {
		if err := s.park(&row, a, launch); err != nil {
			return err
		}
	}
	first, err := s.store.spend(ctx, row)
	switch {
	case errors.Is(err, database.ErrForeignKey):
		return &Error{Code: CodeUnknownPlatform, Claim: "state", Err: err}
	case err != nil:
		return fmt.Errorf("verify launch: spend state: %w", err)
	case !first:
		return &Error{Code: CodeStateSpent, Claim: "state", Expected: "a state that was not used", Received: "one that was"}
	}
	return nil
}

// maxKeep bounds how long a spent state is kept, whatever exp a platform sends.
// A token is too old after [MaxTokenAge] in any case.
const maxKeep = 24 * time.Hour

// keepUntil is when neither state nor token can come again (C-65).
func (a *attempt) keepUntil() time.Time {
	until := a.token.claims.Expires.time()
	if until.Before(a.state.expires) {
		until = a.state.expires
	}
	if latest := a.now.Add(maxKeep); until.After(latest) {
		until = latest
	}
	return until.Add(ClockSkew)
}

// launchOf turns checked claims into a Launch.
func (s *Service) launchOf(a *attempt, r LaunchRequest) *Launch {
	c, platform := &a.token.claims, a.registration.Platform
	l := &Launch{
		Platform:      platform,
		TenantID:      a.registration.TenantID,
		DeploymentID:  c.DeploymentID,
		Message:       c.MessageType,
		Subject:       c.Subject,
		Name:          name(c.Name),
		GivenName:     name(c.GivenName),
		FamilyName:    name(c.FamilyName),
		Email:         strings.TrimSpace(string(c.Email)),
		Locale:        string(c.Locale),
		Roles:         *c.Roles,
		CourseRole:    a.decision.Role,
		DecidedBy:     a.decision.Row,
		Administrator: administrator(c),
		Custom:        c.Custom,
		TargetLinkURI: string(c.TargetLinkURI),
		FrameOrigins:  s.frameOrigins(a),
		Services:      s.services(c),
		Proved:        a.state.secret.matches(r.Secret),
		State:         r.State,
		StorageTarget: a.state.storageTarget,
		StorageOrigin: originOf(platform.AuthURL),
		StartedFramed: a.state.framed,
	}
	if l.Locale == "" {
		l.Locale = string(c.Presentation.Locale)
	}
	if s.trustedAddress(string(c.Presentation.ReturnURL)) {
		l.ReturnURL = string(c.Presentation.ReturnURL)
	}
	if a.deepLinking != nil {
		l.DeepLinking = a.deepLinking.settings(a.family())
	}
	if c.Context.ID != "" {
		l.Context = &Context{ID: c.Context.ID, Title: string(c.Context.Title), Label: string(c.Context.Label), Types: c.Context.Types}
	}
	if c.ResourceLink.ID != "" {
		l.ResourceLink = &ResourceLink{ID: c.ResourceLink.ID, Title: string(c.ResourceLink.Title), Description: string(c.ResourceLink.Description)}
	}
	return l
}

// family is the platform's product family, as it is registered or as it says.
func (a *attempt) family() string {
	if family := a.registration.Platform.ProductFamily; family != "" {
		return family
	}
	return string(a.token.claims.ToolPlatform.ProductFamily)
}

// maxName is what a person's name may have in runes.
const maxName = 200

func name(t text) string { return clip(strings.TrimSpace(string(t)), maxName) }

// frameOrigins are the registered ones, and those in which this platform shows
// itself: of its issuer, its authorization address, its own address and the
// ones it wants people back at.
func (s *Service) frameOrigins(a *attempt) []string {
	p, c := a.registration.Platform, &a.token.claims
	shown := []string{p.Issuer, p.AuthURL, string(c.ToolPlatform.URL), string(c.Presentation.ReturnURL)}
	if a.deepLinking != nil {
		shown = append(shown, a.deepLinking.ReturnURL)
	}
	origins := make([]string, 0, len(p.FrameOrigins)+4)
	add := func(origin string) {
		for _, have := range origins {
			if have == origin {
				return
			}
		}
		origins = append(origins, origin)
	}
	for _, origin := range p.FrameOrigins {
		add(origin)
	}
	for _, address := range shown {
		origin := originOf(address)
		if strings.Contains(origin, "*") {
			continue // only an admin opens a whole domain
		}
		if s.trustedAddress(address) && checkFrameOrigin(origin) == nil {
			add(origin)
		}
	}
	return origins
}

// platformErrors maps the platform's words; others are CodePlatformError.
var platformErrors = map[string]Code{
	"login_required":             CodeLoginRequired,
	"interaction_required":       CodeLoginRequired,
	"account_selection_required": CodeLoginRequired,
	"consent_required":           CodeLoginRequired,
	"launch_no_longer_valid":     CodeLaunchNoLongerValid,
	"unauthorized_client":        CodeUnauthorizedClient,
	"access_denied":              CodeAccessDenied,
}

// platformError turns an error response into ours. Its state tells the
// platform where it can be opened, and is not spent: nothing was launched
// (C-78).
func platformError(r LaunchRequest, st state) error {
	code, ok := platformErrors[r.Error]
	if !ok {
		code = CodePlatformError
	}
	return &Error{Code: code, Claim: "error", Expected: "an id_token", Received: diagnosis(r.Error + " " + r.ErrorDescription), PlatformID: st.platformID}
}

// withPlace adds platform and deployment to an [*Error], so that the launch log
// can say where to look and whose it is.
func withPlace(err error, platformID, deploymentID string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	known := *e
	if known.PlatformID == "" {
		known.PlatformID = platformID
	}
	known.DeploymentID = deploymentID
	return &known
}

// handleLifetime is how long a browser has to show its secret: storage answers
// in two seconds or never.
const handleLifetime = 2 * time.Minute

// newHandle returns a handle and what the row holds of it.
func newHandle() (handle, hash string) {
	handle = secret.ShortToken()
	return handle, secret.Hash(handle)
}
