package lti

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"usher/database"
	"usher/secret"
)

// The bounds of a login's parameters in bytes. Blackboard's and Canvas's hints
// have several hundred; a storage target is a frame's name.
const (
	maxLoginParameter = 8 << 10
	maxStorageTarget  = 128
)

// LoginRequest is a platform's third-party initiated login [LTI-13 §4.1].
type LoginRequest struct {
	Issuer        string
	ClientID      string // optional
	DeploymentID  string // optional
	LoginHint     string
	MessageHint   string // optional
	TargetLinkURI string // a routing hint, never followed (C-36)
	StorageTarget string // the frame that keeps data for the tool, if any (C-86)
	// Framed is the caller's knowledge of the browser, not a parameter; it
	// comes back as [Launch].StartedFramed.
	Framed bool
}

// ParseLogin reads a login's parameters, which come as a query or as a form
// (C-76). The deployment's name differs between versions of Canvas; both are
// read. The error is an [*Error].
func ParseLogin(v url.Values) (LoginRequest, error) {
	r := LoginRequest{
		Issuer:        v.Get("iss"),
		ClientID:      v.Get("client_id"),
		DeploymentID:  v.Get("lti_deployment_id"),
		LoginHint:     v.Get("login_hint"),
		MessageHint:   v.Get("lti_message_hint"),
		TargetLinkURI: v.Get("target_link_uri"),
		StorageTarget: v.Get("lti_storage_target"),
	}
	if r.DeploymentID == "" {
		r.DeploymentID = v.Get("deployment_id")
	}
	return r, r.check()
}

func (r LoginRequest) check() error {
	for name, value := range map[string]string{
		"iss": r.Issuer, "client_id": r.ClientID, "lti_deployment_id": r.DeploymentID, "login_hint": r.LoginHint,
		"lti_message_hint": r.MessageHint, "target_link_uri": r.TargetLinkURI, "lti_storage_target": r.StorageTarget,
	} {
		if len(value) > maxLoginParameter {
			return &Error{Code: CodeLoginTooLong, Claim: name, Expected: "at most " + strconv.Itoa(maxLoginParameter) + " bytes", Received: strconv.Itoa(len(value)) + " bytes"}
		}
	}
	switch {
	case !isText(r.Issuer) || !isText(r.ClientID):
		return &Error{Code: CodeUnknownPlatform, Claim: "iss", Expected: "a registered issuer and client id", Err: errors.New("not text")}
	case r.Issuer == "":
		return &Error{Code: CodeLoginIssuer, Claim: "iss", Expected: "the platform's issuer"}
	case r.LoginHint == "":
		return &Error{Code: CodeLoginHint, Claim: "login_hint", Expected: "the platform's login hint"}
	}
	return nil
}

// Login is an answer to a platform's login initiation. The caller leaves
// Secret with the browser (and nowhere else) before it sends it to AuthURL.
type Login struct {
	Platform Platform
	State    string // goes through the platform and comes back
	StateID  string // names the cookie that holds Secret
	Secret   string // S; in no URL and in no row
	AuthURL  string // the platform's authorization request
	// StorageTarget and StorageOrigin say where the platform keeps data for
	// the tool: the frame's name and the only origin to speak to (C-91).
	StorageTarget string
	StorageOrigin string
}

// Login answers a login initiation. It reads one row and writes none, so a
// flood of logins costs nothing that lasts. The error is an [*Error] where the
// login is at fault.
func (s *Service) Login(ctx context.Context, r LoginRequest) (Login, error) {
	if err := r.check(); err != nil {
		return Login{}, err
	}
	platform, err := s.registered(ctx, r)
	if err != nil {
		return Login{}, err
	}
	login := Login{Platform: platform, Secret: secret.Token(), StorageOrigin: originOf(platform.AuthURL)}
	if len(r.StorageTarget) <= maxStorageTarget {
		login.StorageTarget = r.StorageTarget
	}
	nonce := secret.ShortToken()
	login.State, err = s.sealState(state{
		platformID:    platform.ID,
		nonce:         digestOf(nonce),
		secret:        digestOf(login.Secret),
		deployment:    digestOf(r.DeploymentID),
		storageTarget: login.StorageTarget,
		framed:        r.Framed,
		expires:       s.now().Add(StateLifetime),
	})
	if err != nil {
		return Login{}, fmt.Errorf("login: %w", err)
	}
	login.StateID = StateID(login.State)
	login.AuthURL = s.authorizationRequest(platform, r, login.State, nonce)
	return login, nil
}

// registered finds the registration by issuer and client id. Every hosted
// Canvas has the same issuer, so without a client id an issuer that is
// registered twice is refused, not guessed (C-76).
func (s *Service) registered(ctx context.Context, r LoginRequest) (Platform, error) {
	found, err := s.store.platformsOf(ctx, r.Issuer, r.ClientID)
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		return Platform{}, fmt.Errorf("login: find platform: %w", err)
	}
	switch {
	case len(found) == 0 && r.ClientID != "":
		return Platform{}, &Error{Code: CodeUnknownPlatform, Claim: "client_id", Expected: "a registered issuer and client id", Received: diagnosis(r.Issuer + " " + r.ClientID)}
	case len(found) == 0:
		return Platform{}, &Error{Code: CodeUnknownPlatform, Claim: "iss", Expected: "a registered issuer", Received: diagnosis(r.Issuer)}
	case len(found) > 1:
		return Platform{}, &Error{Code: CodeClientIDRequired, Claim: "client_id", Expected: "a client id: several registrations have this issuer", Received: diagnosis(r.Issuer)}
	}
	if found[0].DisabledAt != nil {
		return Platform{}, &Error{Code: CodePlatformDisabled, PlatformID: found[0].ID}
	}
	return found[0], nil
}

// authorizationRequest appends the parameters of [LTI-13 §4.2] to the
// platform's address, which may have a query of its own. Hints go back
// unchanged and encoded once (C-77).
func (s *Service) authorizationRequest(p Platform, r LoginRequest, state, nonce string) string {
	q := url.Values{
		"scope":         {"openid"},
		"response_type": {"id_token"},
		"response_mode": {"form_post"},
		"prompt":        {"none"},
		"client_id":     {p.ClientID},
		"redirect_uri":  {s.launchURL},
		"login_hint":    {r.LoginHint},
		"state":         {state},
		"nonce":         {nonce},
	}
	if r.MessageHint != "" {
		q.Set("lti_message_hint", r.MessageHint)
	}
	separator := "?"
	if strings.Contains(p.AuthURL, "?") {
		separator = "&"
	}
	return p.AuthURL + separator + q.Encode()
}

// originOf returns the scheme and host of an address, or "" where it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
