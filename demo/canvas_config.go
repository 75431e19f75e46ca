package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// canvasConfig is a key's configuration as JSON, in the words of Canvas.
type canvasConfig struct {
	Title        string            `json:"title"`
	Description  string            `json:"description"`
	TargetURL    string            `json:"target_link_uri"`
	LoginURL     string            `json:"oidc_initiation_url"`
	PublicJWK    json.RawMessage   `json:"public_jwk"`
	PublicJWKURL string            `json:"public_jwk_url"`
	Scopes       []string          `json:"scopes"`
	CustomFields map[string]string `json:"custom_fields"`
	Extensions   []struct {
		Platform string `json:"platform"`
		Domain   string `json:"domain"`
		ToolID   string `json:"tool_id"`
		Privacy  string `json:"privacy_level"`
		Settings struct {
			IconURL    string `json:"icon_url"`
			Placements []struct {
				Placement   string `json:"placement"`
				Enabled     *bool  `json:"enabled"`
				MessageType string `json:"message_type"`
				TargetURL   string `json:"target_link_uri"`
			} `json:"placements"`
		} `json:"settings"`
	} `json:"extensions"`
}

// configured fetches a configuration from its address.
func (c *canvas) configured(ctx context.Context, address string) (tool, error) {
	if originOf(address) == "" {
		return tool{}, errors.New("the JSON URL must be an http or https address")
	}
	contentType, body, err := c.s.fetch(ctx, address, c.agent)
	if err != nil {
		return tool{}, err
	}
	if !strings.HasPrefix(contentType, "application/json") {
		return tool{}, fmt.Errorf("the content type must be application/json, the address answered %q", contentType)
	}
	return readCanvasConfig(body)
}

// readCanvasConfig reads a configuration and makes a key of it.
func readCanvasConfig(body []byte) (tool, error) {
	var config canvasConfig
	if err := json.Unmarshal(body, &config); err != nil {
		return tool{}, fmt.Errorf("invalid JSON: %w", err)
	}
	for name, value := range map[string]string{
		"title": config.Title, "description": config.Description, "target_link_uri": config.TargetURL,
		"oidc_initiation_url": config.LoginURL,
	} {
		if value == "" {
			return tool{}, fmt.Errorf("the property %s is required", name)
		}
	}
	if config.PublicJWKURL == "" && len(config.PublicJWK) == 0 {
		return tool{}, errors.New("tool configuration must have public jwk or public jwk url")
	}
	t := tool{
		Name: config.Title, Description: config.Description, TargetURL: config.TargetURL, LoginURL: config.LoginURL,
		JWKSURL: config.PublicJWKURL, Domain: domainOf(config.TargetURL), Scopes: config.Scopes, Share: shareNone,
		Placements: map[string]string{}, State: toolPending, Method: "Configuration URL",
	}
	if config.PublicJWKURL == "" {
		t.PublicJWK = string(config.PublicJWK)
	}
	for _, scope := range config.Scopes {
		if !slices.Contains(canvasScopes(), scope) {
			return tool{}, fmt.Errorf("scopes: %s is not one of the scopes of Canvas", scope)
		}
	}
	for name, value := range config.CustomFields {
		t.Custom = append(t.Custom, field{name, value})
	}
	slices.SortFunc(t.Custom, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return t, addExtensions(&t, config)
}

// addExtensions reads placements and privacy from Canvas's own part.
func addExtensions(t *tool, config canvasConfig) error {
	for _, extension := range config.Extensions {
		if extension.Platform != "canvas.instructure.com" {
			continue
		}
		t.Share, t.LogoURL = canvasShare(orDefault(extension.Privacy, "anonymous"), nil), extension.Settings.IconURL
		if extension.Domain != "" {
			t.Domain = domainOf(extension.Domain)
		}
		for _, p := range extension.Settings.Placements {
			known := slices.Contains(canvasLinkPlacements(), p.Placement) || slices.Contains(canvasPickPlacements(), p.Placement)
			picks := slices.Contains(canvasPickPlacements(), p.Placement)
			links := slices.Contains(canvasLinkPlacements(), p.Placement)
			fits := (p.MessageType == "LtiDeepLinkingRequest" && picks) ||
				((p.MessageType == "" || p.MessageType == "LtiResourceLinkRequest") && links)
			if !known || !fits {
				return fmt.Errorf("placements: %s does not support message type %s", p.Placement, p.MessageType)
			}
			if p.Enabled == nil || *p.Enabled {
				t.Placements[p.Placement] = orDefault(p.TargetURL, config.TargetURL)
			}
		}
	}
	return nil
}
