package lti

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The claims that LTI adds to OpenID Connect's, as they stand in an id_token.
const (
	claimPrefix = "https://purl.imsglobal.org/spec/lti/claim/"

	ClaimMessageType   = claimPrefix + "message_type"        // [LTI-13 §5.3.1]
	ClaimVersion       = claimPrefix + "version"             // [LTI-13 §5.3.2]
	ClaimDeploymentID  = claimPrefix + "deployment_id"       // [LTI-13 §5.3.3]
	ClaimTargetLinkURI = claimPrefix + "target_link_uri"     // [LTI-13 §5.3.4]
	ClaimResourceLink  = claimPrefix + "resource_link"       // [LTI-13 §5.3.5]
	ClaimRoles         = claimPrefix + "roles"               // [LTI-13 §5.3.7]
	ClaimContext       = claimPrefix + "context"             // [LTI-13 §5.4.1]
	ClaimToolPlatform  = claimPrefix + "tool_platform"       // [LTI-13 §5.4.2]
	ClaimPresentation  = claimPrefix + "launch_presentation" // [LTI-13 §5.4.4]
	ClaimCustom        = claimPrefix + "custom"              // [LTI-13 §5.4.6]

	ClaimNamesAndRoles = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice" // [NRPS-20 §3.6.1.1]
	ClaimGrades        = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"          // [AGS-20 §3.1]
)

// The messages that [Service.Verify] accepts.
const (
	MessageResourceLink = "LtiResourceLinkRequest"
	MessageDeepLinking  = "LtiDeepLinkingRequest"
)

// Version is the one LTI version that Usher speaks [LTI-13 §5.3.2].
const Version = "1.3.0"

// claims is an id_token's payload. What decides about admission is strict;
// what only describes (names, titles) is lenient, because platforms send null,
// numbers and unresolved variables there (C-33).
type claims struct {
	Issuer     string   `json:"iss"`
	Subject    string   `json:"sub"`
	Audience   audience `json:"aud"`
	Authorized *string  `json:"azp"`
	Expires    numeric  `json:"exp"`
	Issued     numeric  `json:"iat"`
	Nonce      string   `json:"nonce"`

	Name       text `json:"name"`
	GivenName  text `json:"given_name"`
	FamilyName text `json:"family_name"`
	Email      text `json:"email"`
	Locale     text `json:"locale"`

	MessageType   string `json:"https://purl.imsglobal.org/spec/lti/claim/message_type"`
	Version       string `json:"https://purl.imsglobal.org/spec/lti/claim/version"`
	DeploymentID  string `json:"https://purl.imsglobal.org/spec/lti/claim/deployment_id"`
	TargetLinkURI text   `json:"https://purl.imsglobal.org/spec/lti/claim/target_link_uri"`
	Roles         *names `json:"https://purl.imsglobal.org/spec/lti/claim/roles"`
	Custom        custom `json:"https://purl.imsglobal.org/spec/lti/claim/custom"`
	// DeepLinking is read by checkDeepLinking, where the message needs it.
	DeepLinking json.RawMessage `json:"https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"`

	ResourceLink struct {
		ID          string `json:"id"`
		Title       text   `json:"title"`
		Description text   `json:"description"`
	} `json:"https://purl.imsglobal.org/spec/lti/claim/resource_link"`
	Context struct {
		ID    string `json:"id"`
		Title text   `json:"title"`
		Label text   `json:"label"`
		Types names  `json:"type"`
	} `json:"https://purl.imsglobal.org/spec/lti/claim/context"`
	// Placement is Canvas's word for where a launch came from.
	Placement    text `json:"https://www.instructure.com/placement"`
	ToolPlatform struct {
		URL           text `json:"url"`
		ProductFamily text `json:"product_family_code"`
	} `json:"https://purl.imsglobal.org/spec/lti/claim/tool_platform"`
	Presentation struct {
		ReturnURL text `json:"return_url"`
		Locale    text `json:"locale"`
	} `json:"https://purl.imsglobal.org/spec/lti/claim/launch_presentation"`
	NamesAndRoles struct {
		MembershipsURL text `json:"context_memberships_url"`
	} `json:"https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"`
	Grades struct {
		Scopes       names `json:"scope"`
		LineItemsURL text  `json:"lineitems"`
		LineItemURL  text  `json:"lineitem"`
	} `json:"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"`
}

// maxText bounds a descriptive value in runes; longer ones are cut.
const maxText = 500

// text is a descriptive string: anything else reads as empty, an unresolved
// $Variable too (platforms send its name where they have no value).
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	s, ok := unquote(b)
	if !ok || strings.HasPrefix(s, "$") {
		*t = ""
		return nil
	}
	*t = text(clip(printable(s), maxText))
	return nil
}

// unquote reads a JSON string that the decoder has checked already. Most have
// no escapes and are taken as they are: a token has dozens.
func unquote(b []byte) (s string, ok bool) {
	if len(b) < 2 || b[0] != '"' {
		return "", false
	}
	if inner := b[1 : len(b)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner), true
	}
	return s, json.Unmarshal(b, &s) == nil
}

// names is an array of strings; members of other types are left out.
type names []string

// UnmarshalJSON leaves names nil unless the value is an array, or one string,
// which some platforms send for an array of one.
func (n *names) UnmarshalJSON(b []byte) error {
	*n = nil
	if one, ok := unquote(b); ok {
		*n = names{clip(printable(one), maxText)}
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(b, &list) != nil || list == nil {
		return nil
	}
	*n = make(names, 0, len(list))
	for _, member := range list {
		if s, ok := unquote(member); ok {
			*n = append(*n, clip(printable(s), maxText))
		}
	}
	return nil
}

// audience is one string or several [OIDC §2].
type audience []string

// UnmarshalJSON leaves the audience empty where the value is neither a string
// nor an array of strings, so that no half-read audience can match.
func (a *audience) UnmarshalJSON(b []byte) error {
	*a = nil
	if one, ok := unquote(b); ok {
		*a = audience{one}
		return nil
	}
	var several []string
	if json.Unmarshal(b, &several) == nil {
		*a = several
	}
	return nil
}

// custom holds the custom values that are strings or truth values, which some
// platforms send bare, and have been resolved.
type custom map[string]string

// UnmarshalJSON never fails: teachers write these values (C-33). They are not
// cut, since a list of a copied course's earlier contexts may be long.
func (c *custom) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if json.Unmarshal(b, &all) != nil {
		return nil
	}
	*c = make(custom, len(all))
	for name, value := range all {
		if word := string(value); word == "true" || word == "false" {
			(*c)[printable(name)] = word
			continue
		}
		if s, ok := unquote(value); ok && s != "" && !strings.HasPrefix(s, "$") {
			(*c)[printable(name)] = printable(s)
		}
	}
	return nil
}

// numeric is a NumericDate, 0 where there is none or no usable one.
type numeric int64

// UnmarshalJSON never fails; fractions are cut [RFC 7519 §2].
func (n *numeric) UnmarshalJSON(b []byte) error {
	var f float64
	// Beyond year 9999 no platform means what it says, and times stop being
	// storable.
	if json.Unmarshal(b, &f) != nil || math.IsNaN(f) || f < 0 || f > 253402300799 {
		*n = 0
		return nil
	}
	*n = numeric(f)
	return nil
}

func (n numeric) time() time.Time { return time.Unix(int64(n), 0).UTC() }

// printable drops control characters: PostgreSQL stores no NUL, and none of
// them means anything in a name or an id.
func printable(s string) string {
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// isText tells whether PostgreSQL takes s for a text.
func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// clip cuts s after n runes, never inside one (C-32).
func clip(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
