package lti

import (
	"context"
	"encoding/json"
	"fmt"
)

// canvasSize is the picker's, in pixels: the width of Moodle's, which Usher's
// pages are made for.
const (
	canvasSelectionWidth  = 800
	canvasSelectionHeight = 640
)

// canvasTool is a developer key's configuration as Canvas reads it. Redirect
// addresses are not part of it: Canvas takes the target link for them.
type canvasTool struct {
	Title             string            `json:"title"`
	Description       string            `json:"description"`
	TargetLinkURI     string            `json:"target_link_uri"`
	OIDCInitiationURL string            `json:"oidc_initiation_url"`
	PublicJWKURL      string            `json:"public_jwk_url,omitempty"`
	PublicJWK         json.RawMessage   `json:"public_jwk,omitempty"`
	Scopes            []string          `json:"scopes"`
	CustomFields      map[string]string `json:"custom_fields"`
	Extensions        []canvasExtension `json:"extensions"`
}

type canvasExtension struct {
	Platform     string         `json:"platform"`
	Domain       string         `json:"domain"`
	ToolID       string         `json:"tool_id"`
	PrivacyLevel string         `json:"privacy_level"`
	Settings     canvasSettings `json:"settings"`
}

type canvasSettings struct {
	Text            string            `json:"text"`
	IconURL         string            `json:"icon_url"`
	SelectionWidth  int               `json:"selection_width"`
	SelectionHeight int               `json:"selection_height"`
	Placements      []canvasPlacement `json:"placements"`
}

type canvasPlacement struct {
	Placement       string `json:"placement"`
	MessageType     string `json:"message_type"`
	Enabled         bool   `json:"enabled"`
	Text            string `json:"text"`
	IconURL         string `json:"icon_url"`
	TargetLinkURI   string `json:"target_link_uri"`
	Default         string `json:"default,omitempty"`
	Visibility      string `json:"visibility,omitempty"`
	DisplayType     string `json:"display_type,omitempty"`
	SelectionWidth  int    `json:"selection_width,omitempty"`
	SelectionHeight int    `json:"selection_height,omitempty"`
}

// What Canvas calls itself and us.
const (
	canvasPlatform     = "canvas.instructure.com"
	canvasToolID       = "usher"
	canvasPrivacyLevel = "public" // name and address; what it sends is then the admin's choice
	canvasFullWidth    = "full_width_in_context"
)

// Visibility of a navigation item on Canvas. Visitors of a public course who
// are not signed in would launch without a sub.
const (
	canvasForMembers = "members"
	canvasForAdmins  = "admins"
)

func (p Placement) canvasVisibility() string {
	if p.AdminsOnly {
		return canvasForAdmins
	}
	return canvasForMembers
}

// CanvasJSON returns the configuration that a Canvas admin pastes by address.
// With key, the public key stands in it: for a Usher that Canvas cannot reach.
func (t ToolConfig) CanvasJSON(key json.RawMessage) ([]byte, error) {
	settings := canvasSettings{
		Text: t.Title, IconURL: t.IconURL, SelectionWidth: canvasSelectionWidth, SelectionHeight: canvasSelectionHeight,
		Placements: []canvasPlacement{},
	}
	for _, p := range t.Placements {
		place := canvasPlacement{
			Placement: p.Name, MessageType: p.Message, Enabled: true, Text: t.Title, IconURL: t.IconURL, TargetLinkURI: t.LaunchURL,
		}
		if p.Message == MessageDeepLinking {
			place.SelectionWidth, place.SelectionHeight = canvasSelectionWidth, canvasSelectionHeight
		} else {
			place.Default, place.Visibility, place.DisplayType = "enabled", p.canvasVisibility(), canvasFullWidth
		}
		settings.Placements = append(settings.Placements, place)
	}
	tool := canvasTool{
		Title: t.Title, Description: t.Description, TargetLinkURI: t.LaunchURL, OIDCInitiationURL: t.LoginURL,
		PublicJWK: key, Scopes: t.Scopes, CustomFields: customValues(t.CustomFor(FamilyCanvas)),
		Extensions: []canvasExtension{{
			Platform: canvasPlatform, Domain: t.Domain, ToolID: canvasToolID, PrivacyLevel: canvasPrivacyLevel, Settings: settings,
		}},
	}
	if key == nil {
		tool.PublicJWKURL = t.JWKSURL
	}
	return json.MarshalIndent(tool, "", "  ")
}

func customValues(list []CustomParameter) map[string]string {
	values := make(map[string]string, len(list))
	for _, p := range list {
		values[p.Name] = p.Value
	}
	return values
}

// manualConfig is everything that an admin may be asked for, in plain names.
type manualConfig struct {
	Title            string            `json:"title"`
	Description      string            `json:"description"`
	Domain           string            `json:"domain"`
	LoginURL         string            `json:"login_url"`
	RedirectURLs     []string          `json:"redirect_urls"`
	TargetLinkURL    string            `json:"target_link_url"`
	DeepLinkingURL   string            `json:"deep_linking_url"`
	JWKSURL          string            `json:"jwks_url"`
	SigningAlgorithm string            `json:"signing_algorithm"`
	IconURL          string            `json:"icon_url"`
	PrivacyURL       string            `json:"privacy_url"`
	Scopes           []string          `json:"scopes"`
	Claims           []string          `json:"claims"`
	Messages         []string          `json:"messages"`
	CustomParameters map[string]string `json:"custom_parameters"`
	Moodle           manualPlatform    `json:"moodle"`
	Canvas           manualPlatform    `json:"canvas"`
	Blackboard       manualPlatform    `json:"blackboard"`
}

// manualPlatform is what differs in one product.
type manualPlatform struct {
	ConfigurationURL string            `json:"configuration_url,omitempty"`
	Issuer           string            `json:"issuer,omitempty"`
	AuthURL          string            `json:"auth_url,omitempty"`
	TokenURL         string            `json:"token_url,omitempty"`
	JWKSURL          string            `json:"jwks_url,omitempty"`
	CustomParameters map[string]string `json:"custom_parameters"`
}

// ManualJSON returns all values for a registration by hand, those of
// Blackboard's developer portal included.
func (t ToolConfig) ManualJSON() ([]byte, error) {
	canvas, blackboard := HostedCanvas("", ""), Blackboard("", "CLIENT_ID")
	fixed := func(p Platform) manualPlatform {
		return manualPlatform{
			Issuer: p.Issuer, AuthURL: p.AuthURL, TokenURL: p.TokenURL, JWKSURL: p.JWKSURL,
			CustomParameters: customValues(t.CustomFor(p.ProductFamily)),
		}
	}
	c := manualConfig{
		Title: t.Title, Description: t.Description, Domain: t.Domain, LoginURL: t.LoginURL, RedirectURLs: []string{t.LaunchURL},
		TargetLinkURL: t.LaunchURL, DeepLinkingURL: t.LaunchURL, JWKSURL: t.JWKSURL, SigningAlgorithm: toolKeyAlgorithm.String(),
		IconURL: t.IconURL, PrivacyURL: t.PrivacyURL, Scopes: t.Scopes, Claims: t.Claims,
		Messages:         []string{MessageResourceLink, MessageDeepLinking},
		CustomParameters: customValues(t.CustomFor("")),
		Moodle:           manualPlatform{CustomParameters: customValues(t.CustomFor(FamilyMoodle))},
		Canvas:           fixed(canvas), Blackboard: fixed(blackboard),
	}
	c.Canvas.ConfigurationURL = t.CanvasURL
	return json.MarshalIndent(c, "", "  ")
}

// SigningJWK returns the public half of the key that signs now, for platforms
// that cannot fetch the key set. They have to be told anew at each rotation.
func (s *Service) SigningJWK(ctx context.Context) (json.RawMessage, error) {
	keyID, private, err := s.SigningKey(ctx)
	if err != nil {
		return nil, err
	}
	key, err := publicJWK(keyID, &private.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	return json.RawMessage(key), nil
}
