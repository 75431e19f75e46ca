package lti

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Field names a value of a registration, for forms.
type Field string

// The values of a registration that can be wrong.
const (
	FieldName         Field = "name"
	FieldIssuer       Field = "issuer"
	FieldClientID     Field = "client_id"
	FieldAuthURL      Field = "auth_url"
	FieldTokenURL     Field = "token_url"
	FieldJWKSURL      Field = "jwks_url"
	FieldAudience     Field = "audience"
	FieldFrameOrigins Field = "frame_origins"
	FieldDeploymentID Field = "deployment_id"
)

var fieldNames = map[Field]string{
	FieldName: "name", FieldIssuer: "issuer", FieldClientID: "client id", FieldAuthURL: "authorization URL",
	FieldTokenURL: "token URL", FieldJWKSURL: "JWKS URL", FieldAudience: "audience", FieldDeploymentID: "deployment id",
}

// The mistakes of a value.
var (
	// ErrNotText: 1 to 255 printable characters are required.
	ErrNotText = fmt.Errorf("1 to %d printable characters are required", maxID)
	// ErrNoAddress: it is no absolute address.
	ErrNoAddress = errors.New("an absolute address is required")
	// ErrAddressParts: an address must not hold these.
	ErrAddressParts = errors.New("must not hold a user or a fragment")
	// ErrNoHTTPS: it must be https.
	ErrNoHTTPS = errors.New("must be https")
	// ErrNoOrigin: it is no origin.
	ErrNoOrigin = errors.New("must be an origin such as https://lms.example.edu or https://*.example.edu")
)

// FieldError is one wrong value of a registration. Err is one of the mistakes
// above.
type FieldError struct {
	Field Field
	// Value is what is wrong where a field holds several.
	Value string
	Err   error
}

// Error names the field and the mistake.
func (e *FieldError) Error() string {
	switch {
	case e.Field == FieldFrameOrigins:
		return fmt.Sprintf("frame origin %q: %v", e.Value, e.Err)
	case errors.Is(e.Err, ErrNoHTTPS) && strings.HasPrefix(e.Value, "http:"):
		return fmt.Sprintf("%s: %v (plain http needs USHER_ALLOW_PRIVATE_NETWORKS)", fieldNames[e.Field], e.Err)
	}
	return fieldNames[e.Field] + ": " + e.Err.Error()
}

// Unwrap returns the mistake.
func (e *FieldError) Unwrap() error { return e.Err }

// CheckPlatform returns every mistake of a registration's values, as a
// [*FieldError] each.
func (s *Service) CheckPlatform(p Platform, deploymentIDs ...string) (problems []*FieldError) {
	wrong := func(f Field, value string, err error) {
		if err != nil {
			problems = append(problems, &FieldError{Field: f, Value: value, Err: err})
		}
	}
	wrong(FieldName, p.Name, checkText(p.Name))
	if err := checkText(p.Issuer); err != nil {
		wrong(FieldIssuer, p.Issuer, err)
	} else {
		wrong(FieldIssuer, p.Issuer, s.checkIssuer(p.Issuer))
	}
	wrong(FieldClientID, p.ClientID, checkText(p.ClientID))
	wrong(FieldAuthURL, p.AuthURL, s.checkEndpoint(p.AuthURL))
	wrong(FieldTokenURL, p.TokenURL, s.checkEndpoint(p.TokenURL))
	wrong(FieldJWKSURL, p.JWKSURL, s.checkEndpoint(p.JWKSURL))
	if p.Audience != "" {
		wrong(FieldAudience, p.Audience, checkText(p.Audience))
	}
	for _, origin := range p.FrameOrigins {
		wrong(FieldFrameOrigins, origin, checkFrameOrigin(origin))
	}
	if slices.ContainsFunc(deploymentIDs, func(id string) bool { return !usableDeployment(id) }) {
		wrong(FieldDeploymentID, "", ErrNotText)
	}
	return problems
}

func (s *Service) validate(p Platform, deploymentIDs []string) error {
	var all []error
	for _, problem := range s.CheckPlatform(p, deploymentIDs...) {
		all = append(all, problem)
	}
	return errors.Join(all...)
}

func checkText(text string) error {
	if text == "" || strings.TrimSpace(text) != text || len(text) > maxID || printable(text) != text {
		return ErrNotText
	}
	return nil
}

func usableDeployment(id string) bool {
	return id != "" && len(id) <= maxID && printable(id) == id
}

// checkIssuer wants what OpenID Connect wants of an issuer: an https address
// without query and fragment [OIDC Core §2].
func (s *Service) checkIssuer(issuer string) error {
	if err := s.checkEndpoint(issuer); err != nil {
		return err
	}
	if strings.ContainsAny(issuer, "?#") {
		return ErrAddressParts
	}
	return nil
}

// checkEndpoint wants https. Plain http is for installations that never leave
// a machine or a private network.
func (s *Service) checkEndpoint(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || strings.TrimSpace(address) != address:
		return ErrNoAddress
	case u.User != nil || u.Fragment != "":
		return ErrAddressParts
	case u.Scheme == "https", u.Scheme == "http" && (s.allowPrivate || localHost(u.Hostname())):
		return nil
	}
	return ErrNoHTTPS
}

func localHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func checkFrameOrigin(origin string) error {
	if !frameOrigin.MatchString(origin) {
		return ErrNoOrigin
	}
	return nil
}

// KeyReport is one key that a platform publishes.
type KeyReport struct {
	KeyID string
	Bits  int
	// Weak keys are refused: anyone may forge launches with them.
	Weak bool
}

// InspectKeys fetches the keys at an address and says what they are worth. The
// error says in plain words why there is nothing.
func (s *Service) InspectKeys(ctx context.Context, address string) ([]KeyReport, error) {
	if err := s.checkEndpoint(address); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	keys, _, err := s.keys.fetch(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("inspect keys: %w", err)
	}
	var list []KeyReport
	for kid, key := range keys {
		bits := key.public.N.BitLen()
		list = append(list, KeyReport{KeyID: diagnosis(kid), Bits: bits, Weak: bits < minKeyBits})
	}
	slices.SortFunc(list, func(a, b KeyReport) int { return strings.Compare(a.KeyID, b.KeyID) })
	return list, nil
}
