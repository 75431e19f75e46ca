package lti_test

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

const (
	keyTool     = "https://purl.imsglobal.org/spec/lti-tool-configuration"
	keyPlatform = "https://purl.imsglobal.org/spec/lti-platform-configuration"
)

// recorded replaces a registrar's configuration by a recorded one, but for the
// addresses.
func recorded(r *ltitest.Registrar, configuration map[string]any) {
	r.Change = func(c map[string]any) {
		for name, value := range configuration {
			if _, address := c[name].(string); !address {
				c[name] = value
			}
		}
	}
}

func asked(t *testing.T, i *inviting) (body, tool map[string]any) {
	t.Helper()
	if _, err := i.register(t, agreed); err != nil {
		t.Fatalf("Register: %v", err)
	}
	body = i.registrar.Calls()[0].Body
	tool, _ = body[keyTool].(map[string]any)
	return body, tool
}

func texts(value any) (list []string) {
	all, _ := value.([]any)
	for _, v := range all {
		text, _ := v.(string)
		list = append(list, text)
	}
	return list
}

// C-103, C-104, C-105: what Moodle needs, and its refusals name what lacks.
func TestMoodleIsAskedForWhatItNeeds(t *testing.T) {
	t.Parallel()
	var capture struct {
		Response struct{ Body map[string]any }
	}
	readJSON(t, filepath.Join("testdata", "moodle", "openid-configuration.json"), &capture)
	for name, messages := range map[string]any{
		"as recorded":   nil,
		"plain strings": []string{lti.MessageResourceLink, lti.MessageDeepLinking},
	} {
		i := newInviting(t, dbtest.OpenSQLite(t))
		if platform, _ := capture.Response.Body[keyPlatform].(map[string]any); messages != nil {
			platform["messages_supported"] = messages
		}
		recorded(i.registrar, capture.Response.Body)
		body, tool := asked(t, i)
		for _, needed := range []string{"client_name", "initiate_login_uri", "redirect_uris", "jwks_uri", "response_types", "grant_types", "application_type", "logo_uri", "client_uri", "policy_uri"} {
			if body[needed] == nil || body[needed] == "" {
				t.Errorf("%s: registration without %s", name, needed)
			}
		}
		if body["token_endpoint_auth_method"] != "private_key_jwt" || body["scope"] != lti.ScopeMembers {
			t.Errorf("%s: %v, scope %v", name, body["token_endpoint_auth_method"], body["scope"])
		}
		if target, _ := tool["target_link_uri"].(string); "https://"+tool["domain"].(string)+"/lti/launch" != target {
			t.Errorf("%s: domain %v is not that of %s", name, tool["domain"], target)
		}
		if diff := cmp.Diff([]string{"iss", "sub", "name", "given_name", "family_name", "email"}, texts(tool["claims"])); diff != "" {
			t.Errorf("%s: claims differ (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(map[string]any{"context_history": "$Context.id.history"}, tool["custom_parameters"]); diff != "" {
			t.Errorf("%s: custom parameters differ (-want +got):\n%s", name, diff)
		}
		if text, _ := json.Marshal(tool["messages"]); !strings.Contains(string(text), lti.MessageDeepLinking) {
			t.Errorf("%s: no content selection: %s", name, text)
		}
	}
}

// C-103 to C-106 on Canvas: an unknown placement, scope or variable would
// refuse the whole.
func TestCanvasIsAskedForWhatItLists(t *testing.T) {
	t.Parallel()
	var capture struct{ Document map[string]any }
	readJSON(t, filepath.Join("testdata", "canvas", "openid-configuration.json"), &capture)
	i := newInviting(t, dbtest.OpenSQLite(t))
	recorded(i.registrar, capture.Document)
	body, tool := asked(t, i)
	platform, _ := capture.Document[keyPlatform].(map[string]any)
	listed := map[string][]string{}
	supported, _ := platform["messages_supported"].([]any)
	for _, m := range supported {
		message, _ := m.(map[string]any)
		kind, _ := message["type"].(string)
		listed[kind] = texts(message["placements"])
	}
	places := map[string]string{}
	messages, _ := tool["messages"].([]any)
	for _, m := range messages {
		message, _ := m.(map[string]any)
		kind, _ := message["type"].(string)
		for _, place := range texts(message["placements"]) {
			if !slices.Contains(listed[kind], place) {
				t.Errorf("%s asks for %s, which Canvas does not list", kind, place)
			}
			visibility, _ := message["https://canvas.instructure.com/lti/visibility"].(string)
			places[strings.TrimPrefix(place, "https://canvas.instructure.com/lti/")] = kind + " " + visibility
		}
	}
	want := map[string]string{
		"course_navigation": "LtiResourceLinkRequest members", "account_navigation": "LtiResourceLinkRequest admins",
		"link_selection": "LtiDeepLinkingRequest ", "assignment_selection": "LtiDeepLinkingRequest ", "editor_button": "LtiDeepLinkingRequest ",
	}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("placements differ (-want +got):\n%s", diff)
	}
	if tool["https://canvas.instructure.com/lti/privacy_level"] != "public" || body["scope"] != lti.ScopeMembers {
		t.Errorf("privacy %v, scope %v", tool["https://canvas.instructure.com/lti/privacy_level"], body["scope"])
	}
	if custom, _ := tool["custom_parameters"].(map[string]any); custom["canvas_root_admin"] != "$Canvas.user.isRootAccountAdmin" {
		t.Errorf("custom parameters = %v", custom)
	}
}

// C-106: a service that the platform does not have is not asked for.
func TestOnlyOfferedAndWantedServicesAreAskedFor(t *testing.T) {
	t.Parallel()
	i := newInviting(t, dbtest.OpenSQLite(t))
	i.registrar.Change = func(c map[string]any) {
		c["scopes_supported"] = []string{"openid"}
		c[keyPlatform+" "] = map[string]any{"messages_supported": []string{lti.MessageResourceLink}}
		delete(c, keyPlatform)
	}
	body, tool := asked(t, i)
	if _, sent := body["scope"]; sent {
		t.Errorf("scope %v is asked for", body["scope"])
	}
	if text, _ := json.Marshal(tool["messages"]); strings.Contains(string(text), lti.MessageDeepLinking) {
		t.Errorf("content selection is asked for: %s", text)
	}
}

// C-107: the refusals that Moodle was seen to write.
func TestRefusalsOfMoodleAreShownInItsWords(t *testing.T) {
	t.Parallel()
	var capture struct {
		Cases map[string]struct {
			Status int
			Body   string
		}
	}
	readJSON(t, filepath.Join("testdata", "moodle", "registration-errors.json"), &capture)
	i := newInviting(t, dbtest.OpenSQLite(t))
	for name, refusal := range capture.Cases {
		i.registrar.SetFaults(ltitest.RegistrationFaults{Status: refusal.Status, Body: refusal.Body})
		_, err := i.register(t, agreed)
		var failure *lti.Error
		_ = errors.As(err, &failure)
		if failure == nil || failure.Code != lti.CodeRegistrationRefused || !strings.Contains(failure.Received, strings.Fields(refusal.Body)[0]) {
			t.Errorf("%s: %v, %+v", name, err, failure)
		}
	}
}

// C-108: Canvas's answer has the deployment beside, not in, the configuration,
// and fewer scopes than asked for.
func TestAnswerOfCanvasIsRead(t *testing.T) {
	t.Parallel()
	var capture struct {
		Response json.RawMessage `json:"registration_response"`
	}
	readJSON(t, filepath.Join("testdata", "canvas", "openid-configuration.json"), &capture)
	i := newInviting(t, dbtest.OpenSQLite(t))
	i.registrar.SetFaults(ltitest.RegistrationFaults{Body: string(capture.Response)})
	done, err := i.register(t, agreed)
	if err != nil || done.Platform.ClientID != "10000000000005" {
		t.Fatalf("Register = %+v, %v", done, err)
	}
	if scopes, _, err := i.service.GrantedScopes(t.Context(), done.Platform.ID); err != nil || len(scopes) != 0 {
		t.Errorf("scopes = %v, %v, want none: Canvas granted scores alone", scopes, err)
	}
	deployments, err := i.service.Deployments(t.Context())
	if err != nil || !slices.ContainsFunc(deployments, func(d lti.Deployment) bool {
		return d.PlatformID == done.Platform.ID && strings.HasPrefix(d.DeploymentID, "9:")
	}) {
		t.Errorf("deployments = %+v, %v", deployments, err)
	}
}
