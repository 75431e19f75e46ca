package lti

import (
	"net/url"
	"strings"
)

// The scopes of services that Usher uses. More are never asked for (C-106).
const (
	// ScopeMembers reads the members of a course, by Names and Role
	// Provisioning Services 2.0.
	ScopeMembers = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
)

// Names of the custom values that Usher asks platforms for. Teachers can write
// custom values in Moodle and Blackboard, so none of them ever raises anybody.
const (
	// CustomContextHistory holds the ids of the courses that this one was copied
	// from, with commas.
	CustomContextHistory = "context_history"
	// CustomCanvasRootAdmin is "true" for an administrator of the whole
	// institution, on Canvas.
	CustomCanvasRootAdmin = "canvas_root_admin"
	// CustomBlackboardRole is the letter of the course role on Blackboard, which
	// sends teaching assistants as instructors otherwise.
	CustomBlackboardRole = "bb_course_role"
)

// The product families for which some values differ; the words are those that
// platforms use of themselves.
const (
	FamilyMoodle     = "moodle"
	FamilyCanvas     = canvasFamily
	FamilyBlackboard = "BlackboardLearn"
)

// ToolConfig is what a platform has to be told of this installation, whichever
// way it is registered. All ways are generated from it.
type ToolConfig struct {
	Title       string
	Description string
	// Domain is the host of all addresses, with the port where they have one:
	// Moodle refuses a registration without it, Canvas finds links by it.
	Domain string
	// SiteURL is Usher's own address.
	SiteURL string
	// LoginURL is the login initiation address.
	LoginURL string
	// LaunchURL takes all messages: it is the redirect, the target link and the
	// deep linking address. There is one so that platforms that compare redirect
	// addresses byte for byte agree.
	LaunchURL string
	// JWKSURL is the address of Usher's public keys.
	JWKSURL string
	// IconURL is a square picture.
	IconURL string
	// PrivacyURL says what happens with people's data.
	PrivacyURL string
	// CanvasURL is the configuration that Canvas reads by itself.
	CanvasURL string
	// ConfigURL is all of this as JSON.
	ConfigURL string
	// Scopes are the services that Usher uses.
	Scopes []string
	// Claims are what Usher uses of a person; Moodle and Canvas decide by them
	// what they share.
	Claims []string
	// Placements are the places in a platform that lead to Usher.
	Placements []Placement
	// Custom are the custom values that Usher uses.
	Custom []CustomParameter
}

// Placement is a place in a platform that leads to Usher.
type Placement struct {
	// Name is Canvas's word for it.
	Name string
	// Alias is the word that other platforms have for it, "" for none.
	Alias string
	// Message is the message that it sends.
	Message string
	// AdminsOnly hides it from all others.
	AdminsOnly bool
}

// CustomParameter is a custom value with the variable that fills it.
type CustomParameter struct {
	Name  string
	Value string
	// Family is the one product family that knows the variable, "" for all.
	Family string
}

// variable is the name of a $Variable, "" for what is none.
func (p CustomParameter) variable() string {
	name, ok := strings.CutPrefix(p.Value, "$")
	if !ok {
		return ""
	}
	return name
}

// ToolConfig returns what this installation really serves.
func (s *Service) ToolConfig() ToolConfig {
	site := strings.TrimSuffix(s.publicURL.String(), "/")
	return ToolConfig{
		Title:       "Usher",
		Description: "Live rooms and media in your course, and guests by invitation.",
		Domain:      s.publicURL.Host,
		SiteURL:     site,
		LoginURL:    site + "/lti/login",
		LaunchURL:   s.launchURL,
		JWKSURL:     site + "/lti/jwks",
		IconURL:     site + "/lti/icon.svg",
		PrivacyURL:  site + "/privacy",
		CanvasURL:   site + "/lti/canvas.json",
		ConfigURL:   site + "/lti/config.json",
		Scopes:      []string{ScopeMembers},
		Claims:      []string{"iss", "sub", "name", "given_name", "family_name", "email"},
		Placements: []Placement{
			{Name: "course_navigation", Message: MessageResourceLink},
			{Name: "account_navigation", Message: MessageResourceLink, AdminsOnly: true},
			{Name: "link_selection", Alias: "ContentArea", Message: MessageDeepLinking},
			{Name: "assignment_selection", Message: MessageDeepLinking},
			{Name: "editor_button", Alias: "RichTextEditor", Message: MessageDeepLinking},
		},
		Custom: []CustomParameter{
			{Name: CustomContextHistory, Value: "$Context.id.history"},
			{Name: CustomCanvasRootAdmin, Value: "$Canvas.user.isRootAccountAdmin", Family: FamilyCanvas},
			{Name: CustomBlackboardRole, Value: "@X@membership.role@X@", Family: FamilyBlackboard},
		},
	}
}

// CustomFor returns the custom values that a product family can fill: those
// that all know, and its own.
func (t ToolConfig) CustomFor(family string) (list []CustomParameter) {
	for _, p := range t.Custom {
		if p.Family == "" || p.Family == family {
			list = append(list, p)
		}
	}
	return list
}

// HostedCanvas returns the registration of the Canvas that Instructure hosts,
// which has the same addresses for every institution; the client id tells them
// apart.
func HostedCanvas(name, clientID string) Platform {
	return Platform{
		Name: name, ClientID: clientID, ProductFamily: FamilyCanvas,
		Issuer:   "https://canvas.instructure.com",
		AuthURL:  "https://sso.canvaslms.com/api/lti/authorize_redirect",
		TokenURL: "https://sso.canvaslms.com/login/oauth2/token",
		JWKSURL:  "https://sso.canvaslms.com/api/lti/security/jwks",
	}
}

// OwnCanvas returns the registration of a Canvas that an institution hosts at
// address, such as https://canvas.example.edu; issuer is what its
// configuration names, often Instructure's.
func OwnCanvas(name, clientID, address, issuer string) Platform {
	address = strings.TrimSuffix(address, "/")
	return Platform{
		Name: name, ClientID: clientID, ProductFamily: FamilyCanvas, Issuer: issuer,
		AuthURL:  address + "/api/lti/authorize_redirect",
		TokenURL: address + "/login/oauth2/token",
		JWKSURL:  address + "/api/lti/security/jwks",
	}
}

// Blackboard returns the registration of Blackboard Learn, which has the same
// addresses for every institution; the deployment id tells them apart. The
// client id is the application id of the developer portal.
func Blackboard(name, clientID string) Platform {
	const portal = "https://developer.blackboard.com/api/v1/"
	return Platform{
		Name: name, ClientID: clientID, ProductFamily: FamilyBlackboard,
		Issuer:   sharedIssuer,
		AuthURL:  portal + "gateway/oidcauth",
		TokenURL: portal + "gateway/oauth2/jwttoken",
		JWKSURL:  portal + "management/applications/" + url.PathEscape(clientID) + "/jwks.json",
	}
}

// WithPortalKeys returns a Blackboard registration with the address of the keys
// as the developer portal shows it. Another host than the usual one is another
// portal, which has its other addresses there too.
func (p Platform) WithPortalKeys(jwksURL string) Platform {
	p.JWKSURL = jwksURL
	shown, err := url.Parse(jwksURL)
	if err != nil || shown.Host == "" {
		return p
	}
	for _, address := range []*string{&p.AuthURL, &p.TokenURL} {
		if u, err := url.Parse(*address); err == nil {
			u.Scheme, u.Host = shown.Scheme, shown.Host
			*address = u.String()
		}
	}
	return p
}
