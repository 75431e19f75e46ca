package lti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Where a platform's own configuration and the tool's stand in the JSON of
// Dynamic Registration [LTI-DR §3.1, §3.4].
const (
	keyPlatformConfiguration = "https://purl.imsglobal.org/spec/lti-platform-configuration"
	keyToolConfiguration     = "https://purl.imsglobal.org/spec/lti-tool-configuration"
)

// Bounds of what a platform sends while it registers Usher. Canvas's
// configuration, the longest known, has 20 kilobytes.
const (
	maxRegistrationSize = 256 << 10
	maxRegistrationURL  = 8 << 10
)

// RegistrationOffer is what a platform offers a tool that registers, read from
// its OpenID configuration.
type RegistrationOffer struct {
	Issuer          string
	AuthURL         string
	TokenURL        string
	JWKSURL         string
	RegistrationURL string
	// Host is where the configuration came from; it is all that is certain of
	// the platform.
	Host string
	// IssuerDiffers says that the configuration did not come from the issuer's
	// own address: right for some hosted platforms, and the way to lie about
	// who one is. Somebody has to say that it is right (C-101).
	IssuerDiffers bool
	Family        string
	Version       string
	// Scopes, Variables and Messages are nil where the platform lists none.
	Scopes    []string
	Variables []string
	Messages  map[string][]string // message type: its placements
}

// OffersMembers tells whether the platform has the service of course members.
func (o RegistrationOffer) OffersMembers() bool {
	return o.Scopes == nil || slices.Contains(o.Scopes, ScopeMembers)
}

// Offers tells whether the platform sends a message.
func (o RegistrationOffer) Offers(message string) bool {
	_, listed := o.Messages[message]
	return o.Messages == nil || listed
}

// platformConfiguration is a platform's OpenID configuration [LTI-DR §3.1].
type platformConfiguration struct {
	Issuer          string   `json:"issuer"`
	AuthURL         string   `json:"authorization_endpoint"`
	TokenURL        string   `json:"token_endpoint"`
	JWKSURL         string   `json:"jwks_uri"`
	RegistrationURL string   `json:"registration_endpoint"`
	TokenAuth       []string `json:"token_endpoint_auth_methods_supported"`
	TokenAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	ResponseTypes   []string `json:"response_types_supported"`
	IDAlgorithms    []string `json:"id_token_signing_alg_values_supported"`
	Scopes          []string `json:"scopes_supported"`
}

// offerExtras is what LTI adds to it.
type offerExtras struct {
	Family    string              `json:"product_family_code"`
	Version   string              `json:"version"`
	Messages  []supportedMessages `json:"messages_supported"`
	Variables []string            `json:"variables"`
}

// supportedMessages is {type, placements}; some Moodle versions write the type
// alone (C-103).
type supportedMessages struct {
	Type       string
	Placements []string
}

// UnmarshalJSON reads either form.
func (m *supportedMessages) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &m.Type) == nil {
		return nil
	}
	var object struct {
		Type       string   `json:"type"`
		Placements []string `json:"placements"`
	}
	err := json.Unmarshal(b, &object)
	m.Type, m.Placements = object.Type, object.Placements
	return err
}

// fetchOffer reads a platform's configuration (C-100). The address is fetched
// unchanged, since Canvas puts the token into its query, with the token beside
// it, which the standard wants.
func (s *Service) fetchOffer(ctx context.Context, r RegistrationRequest) (RegistrationOffer, error) {
	if err := s.checkConfigURL(r.ConfigURL); err != nil {
		return RegistrationOffer{}, &Error{Code: CodeConfigAddress, Claim: "openid_configuration", Expected: "the https address of the platform's configuration", Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.ConfigURL, nil)
	if err != nil {
		return RegistrationOffer{}, &Error{Code: CodeConfigAddress, Claim: "openid_configuration", Err: errors.New("unreadable")}
	}
	authorise(req, r.PlatformToken)
	answer, err := exchange(s.http, req)
	if err != nil {
		return RegistrationOffer{}, unreachable(CodeConfigUnreachable, req.URL, err)
	}
	if answer.status != http.StatusOK {
		return RegistrationOffer{}, &Error{Code: CodeConfigRefused, Claim: "openid_configuration", Expected: "status 200", Received: answer.diagnosis()}
	}
	return s.readOffer(req.URL, answer.body)
}

func (s *Service) checkConfigURL(address string) error {
	if len(address) > maxRegistrationURL {
		return errors.New("too long")
	}
	return s.checkEndpoint(address)
}

// readOffer checks a configuration as far as Usher depends on it (C-102). A
// list that the platform leaves out forbids nothing.
func (s *Service) readOffer(from *url.URL, body []byte) (RegistrationOffer, error) {
	var c platformConfiguration
	if err := json.Unmarshal(body, &c); err != nil {
		return RegistrationOffer{}, invalidConfig("", "a JSON object", "no such")
	}
	if c.Issuer == "" || len(c.Issuer) > maxID || printable(c.Issuer) != c.Issuer || originOf(c.Issuer) == "" {
		return RegistrationOffer{}, invalidConfig("issuer", "an address", c.Issuer)
	}
	for _, endpoint := range []struct{ name, address string }{
		{"authorization_endpoint", c.AuthURL}, {"token_endpoint", c.TokenURL}, {"jwks_uri", c.JWKSURL}, {"registration_endpoint", c.RegistrationURL},
	} {
		if err := s.checkEndpoint(endpoint.address); err != nil {
			return RegistrationOffer{}, invalidConfig(endpoint.name, "an https address", endpoint.address)
		}
	}
	for _, list := range []struct {
		name, needed string
		values       []string
	}{
		{"token_endpoint_auth_methods_supported", "private_key_jwt", c.TokenAuth},
		{"token_endpoint_auth_signing_alg_values_supported", toolKeyAlgorithm.String(), c.TokenAlgorithms},
		{"response_types_supported", "id_token", c.ResponseTypes},
		{"id_token_signing_alg_values_supported", toolKeyAlgorithm.String(), c.IDAlgorithms},
	} {
		if len(list.values) > 0 && !slices.Contains(list.values, list.needed) {
			return RegistrationOffer{}, invalidConfig(list.name, list.needed, strings.Join(list.values, " "))
		}
	}
	offer := RegistrationOffer{
		Issuer: c.Issuer, AuthURL: c.AuthURL, TokenURL: c.TokenURL, JWKSURL: c.JWKSURL, RegistrationURL: c.RegistrationURL,
		Host: from.Host, IssuerDiffers: !below(from, c.Issuer), Scopes: c.Scopes,
	}
	if err := offer.readExtras(body); err != nil {
		return RegistrationOffer{}, invalidConfig(keyPlatformConfiguration, "an object", "no such")
	}
	return offer, nil
}

func invalidConfig(claim, expected, received string) error {
	return &Error{Code: CodeConfigInvalid, Claim: claim, Expected: expected, Received: diagnosis(received)}
}

// readExtras reads LTI's part, whose key has a space at its end on some
// servers (C-103).
func (o *RegistrationOffer) readExtras(body []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return err
	}
	for key, raw := range all {
		if strings.TrimSpace(key) != keyPlatformConfiguration {
			continue
		}
		var extras offerExtras
		if err := json.Unmarshal(raw, &extras); err != nil {
			return fmt.Errorf("read platform configuration: %w", err)
		}
		o.Family, o.Version, o.Variables = diagnosis(extras.Family), diagnosis(extras.Version), extras.Variables
		for _, m := range extras.Messages {
			if o.Messages == nil {
				o.Messages = map[string][]string{}
			}
			o.Messages[m.Type] = append(o.Messages[m.Type], m.Placements...)
		}
	}
	return nil
}

// below tells whether an address is the issuer's or one below it [LTI-DR §3.5.1].
func below(address *url.URL, issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || address.Scheme != u.Scheme || !strings.EqualFold(address.Host, u.Host) {
		return false
	}
	path := strings.TrimSuffix(u.Path, "/")
	return path == "" || address.Path == path || strings.HasPrefix(address.Path, path+"/")
}
