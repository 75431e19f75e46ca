package lti_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/lti"
)

// C-105, C-106: everything that a platform is told stands below one address
// and asks for no more than is used.
func TestToolConfigNamesThisInstallation(t *testing.T) {
	t.Parallel()
	c := sqliteFixture(t).service.ToolConfig()
	if c.Domain != "usher.example" || c.LaunchURL != publicURL+"/lti/launch" || c.LoginURL != publicURL+"/lti/login" || c.JWKSURL != publicURL+"/lti/jwks" {
		t.Errorf("ToolConfig = %+v", c)
	}
	if diff := cmp.Diff([]string{"https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"}, c.Scopes); diff != "" {
		t.Errorf("scopes differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"iss", "sub", "name", "given_name", "family_name", "email"}, c.Claims); diff != "" {
		t.Errorf("claims differ (-want +got):\n%s", diff)
	}
	for family, want := range map[string][]string{
		"":                {"context_history"},
		"moodle":          {"context_history"},
		"canvas":          {"context_history", "canvas_root_admin"},
		"BlackboardLearn": {"context_history", "bb_course_role"},
	} {
		var got []string
		for _, p := range c.CustomFor(family) {
			got = append(got, p.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("CustomFor(%q) = %v, want %v", family, got, want)
		}
	}
}

// The rules of Canvas's own schema for a developer key.
func TestCanvasConfigurationFitsItsSchema(t *testing.T) {
	t.Parallel()
	c := sqliteFixture(t).service.ToolConfig()
	b, err := c.CanvasJSON(nil)
	if err != nil {
		t.Fatalf("CanvasJSON: %v", err)
	}
	var tool struct {
		Title, Description string
		Target             string            `json:"target_link_uri"`
		Initiation         string            `json:"oidc_initiation_url"`
		Custom             map[string]string `json:"custom_fields"`
		Extensions         []struct {
			Platform, Domain string
			Privacy          string `json:"privacy_level"`
			Settings         struct{ Placements []map[string]any }
		}
	}
	if err := json.Unmarshal(b, &tool); err != nil {
		t.Fatalf("read canvas.json: %v", err)
	}
	if tool.Title == "" || tool.Description == "" || tool.Target == "" || tool.Initiation == "" || len(tool.Extensions) != 1 {
		t.Fatalf("canvas.json = %s", b)
	}
	e := tool.Extensions[0]
	if e.Platform != "canvas.instructure.com" || e.Domain != c.Domain || e.Privacy != "public" {
		t.Errorf("extension = %+v", e)
	}
	messages := map[string]string{}
	for _, p := range e.Settings.Placements {
		name, _ := p["placement"].(string)
		messages[name], _ = p["message_type"].(string)
		if p["target_link_uri"] != c.LaunchURL {
			t.Errorf("placement %s leads to %v, want the one redirect address", name, p["target_link_uri"])
		}
	}
	want := map[string]string{
		"course_navigation": "LtiResourceLinkRequest", "account_navigation": "LtiResourceLinkRequest",
		"link_selection": "LtiDeepLinkingRequest", "assignment_selection": "LtiDeepLinkingRequest", "editor_button": "LtiDeepLinkingRequest",
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Errorf("placements differ (-want +got):\n%s", diff)
	}
	if e.Settings.Placements[0]["visibility"] != "members" || e.Settings.Placements[1]["visibility"] != "admins" {
		t.Error("navigation is shown to visitors, or account navigation to all")
	}
	if tool.Custom["canvas_root_admin"] != "$Canvas.user.isRootAccountAdmin" {
		t.Errorf("custom fields = %v", tool.Custom)
	}
}

func TestAnotherPortalOfBlackboardHasItsAddressesThere(t *testing.T) {
	t.Parallel()
	usual := lti.Blackboard("Learn", "86e8b331-a6cd-486c-b006-9893c749e242")
	if got := usual.WithPortalKeys(usual.JWKSURL); !reflect.DeepEqual(got, usual) {
		t.Errorf("the usual portal: %+v, want %+v", got, usual)
	}
	got := usual.WithPortalKeys("http://portal.example:81/keys.json")
	if got.JWKSURL != "http://portal.example:81/keys.json" || got.AuthURL != "http://portal.example:81/api/v1/gateway/oidcauth" ||
		got.TokenURL != "http://portal.example:81/api/v1/gateway/oauth2/jwttoken" || got.Issuer != usual.Issuer {
		t.Errorf("another portal: %+v", got)
	}
	if got := usual.WithPortalKeys("keys.json"); got.AuthURL != usual.AuthURL {
		t.Errorf("no address: %+v", got)
	}
}
