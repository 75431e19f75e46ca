package lti

import (
	"slices"
	"strings"
)

// toolRegistration is what Usher asks a platform for (C-104).
type toolRegistration struct {
	ApplicationType string            `json:"application_type"`
	ResponseTypes   []string          `json:"response_types"`
	GrantTypes      []string          `json:"grant_types"`
	LoginURL        string            `json:"initiate_login_uri"`
	RedirectURIs    []string          `json:"redirect_uris"`
	Name            string            `json:"client_name"`
	JWKSURL         string            `json:"jwks_uri"`
	LogoURL         string            `json:"logo_uri"`
	SiteURL         string            `json:"client_uri"`
	PolicyURL       string            `json:"policy_uri"`
	TokenAuth       string            `json:"token_endpoint_auth_method"`
	Scope           string            `json:"scope,omitempty"`
	ClientID        string            `json:"client_id,omitempty"` // in an update only
	Tool            toolConfiguration `json:"https://purl.imsglobal.org/spec/lti-tool-configuration"`
}

// toolConfiguration is LTI's part of it (C-105).
type toolConfiguration struct {
	Domain        string            `json:"domain"`
	Description   string            `json:"description"`
	TargetLinkURI string            `json:"target_link_uri"`
	Custom        map[string]string `json:"custom_parameters"`
	Claims        []string          `json:"claims"`
	Messages      []toolMessage     `json:"messages"`

	CanvasPrivacy string `json:"https://canvas.instructure.com/lti/privacy_level,omitempty"`
	CanvasToolID  string `json:"https://canvas.instructure.com/lti/tool_id,omitempty"`
	CanvasVendor  string `json:"https://canvas.instructure.com/lti/vendor,omitempty"`
}

type toolMessage struct {
	Type          string   `json:"type"`
	TargetLinkURI string   `json:"target_link_uri"`
	Label         string   `json:"label"`
	IconURL       string   `json:"icon_uri"`
	Placements    []string `json:"placements,omitempty"`

	CanvasVisibility string `json:"https://canvas.instructure.com/lti/visibility,omitempty"`
	CanvasDisplay    string `json:"https://canvas.instructure.com/lti/display_type,omitempty"`
	CanvasByDefault  *bool  `json:"https://canvas.instructure.com/lti/course_navigation/default_enabled,omitempty"`
}

// canvasPrefix stands before Canvas's placements.
const canvasPrefix = "https://canvas.instructure.com/lti/"

// registrationFor is the request that fits an offer: only scopes, messages,
// placements and variables that the platform lists, since Canvas refuses the
// whole registration for an unknown one.
func (t ToolConfig) registrationFor(o RegistrationOffer, choice RegistrationChoice) toolRegistration {
	r := toolRegistration{
		ApplicationType: "web", ResponseTypes: []string{"id_token"}, GrantTypes: []string{"implicit", "client_credentials"},
		LoginURL: t.LoginURL, RedirectURIs: []string{t.LaunchURL}, Name: t.Title, JWKSURL: t.JWKSURL,
		LogoURL: t.IconURL, SiteURL: t.SiteURL, PolicyURL: t.PrivacyURL, TokenAuth: "private_key_jwt",
		Scope: strings.Join(t.scopesFor(o, choice), " "),
		Tool: toolConfiguration{
			Domain: t.Domain, Description: t.Description, TargetLinkURI: t.LaunchURL,
			Custom: t.customFor(o), Claims: t.Claims, Messages: t.messagesFor(o, choice),
		},
	}
	if o.Family == FamilyCanvas {
		r.Tool.CanvasPrivacy, r.Tool.CanvasToolID, r.Tool.CanvasVendor = canvasPrivacyLevel, canvasToolID, t.Title
	}
	return r
}

func (t ToolConfig) scopesFor(o RegistrationOffer, choice RegistrationChoice) (scopes []string) {
	for _, scope := range t.Scopes {
		if (choice.Members || scope != ScopeMembers) && (o.Scopes == nil || slices.Contains(o.Scopes, scope)) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// customFor leaves variables out that the platform does not list: it would
// send their names.
func (t ToolConfig) customFor(o RegistrationOffer) map[string]string {
	var list []CustomParameter
	for _, p := range t.CustomFor(o.Family) {
		if name := p.variable(); name == "" || o.Variables == nil || slices.Contains(o.Variables, name) {
			list = append(list, p)
		}
	}
	return customValues(list)
}

// messagesFor makes one message for each kind of launch and who sees it. On
// Canvas the first message of a placement wins, and one without placements
// would become another placement.
func (t ToolConfig) messagesFor(o RegistrationOffer, choice RegistrationChoice) []toolMessage {
	messages := []toolMessage{}
	groups := []Placement{{Message: MessageResourceLink}, {Message: MessageResourceLink, AdminsOnly: true}, {Message: MessageDeepLinking}}
	for i, group := range groups {
		unwanted := group.Message == MessageDeepLinking && !choice.ContentSelection
		if unwanted || !o.Offers(group.Message) {
			continue
		}
		m := toolMessage{Type: group.Message, TargetLinkURI: t.LaunchURL, Label: t.Title, IconURL: t.IconURL}
		for _, p := range t.Placements {
			if p.Message == group.Message && p.AdminsOnly == group.AdminsOnly {
				m.Placements = appendAdvertised(m.Placements, p, o.Messages[group.Message])
			}
		}
		if len(m.Placements) == 0 && (group.AdminsOnly || o.Family == FamilyCanvas) {
			continue
		}
		if o.Family == FamilyCanvas && group.Message == MessageResourceLink {
			m.CanvasVisibility, m.CanvasDisplay = group.canvasVisibility(), canvasFullWidth
			if enabled := true; i == 0 {
				m.CanvasByDefault = &enabled
			}
		}
		messages = append(messages, m)
	}
	return messages
}

// appendAdvertised adds a placement in the first spelling that the platform
// lists, or nothing.
func appendAdvertised(list []string, p Placement, advertised []string) []string {
	for _, spelling := range []string{canvasPrefix + p.Name, p.Name, p.Alias} {
		if spelling != "" && slices.Contains(advertised, spelling) {
			return append(list, spelling)
		}
	}
	return list
}

// PlacementsFor returns the placements that a registration asks the platform
// of an offer for, by Canvas's or the standard's name.
func (t ToolConfig) PlacementsFor(o RegistrationOffer) (names []string) {
	for _, m := range t.messagesFor(o, RegistrationChoice{ContentSelection: true}) {
		for _, name := range m.Placements {
			names = append(names, strings.TrimPrefix(name, canvasPrefix))
		}
	}
	return names
}
