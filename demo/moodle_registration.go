package demo

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// registrationLife is how long a registration token is good for.
	registrationLife = time.Hour

	claimPlatform = "https://purl.imsglobal.org/spec/lti-platform-configuration"
	claimTool     = "https://purl.imsglobal.org/spec/lti-tool-configuration"
)

// configuration serves GET /mod/lti/openid-configuration.php.
func (m *moodle) configuration(w http.ResponseWriter, _ *http.Request) {
	base := m.origin() + "/mod/lti/"
	m.sendJSON(w, http.StatusOK, jsonType, map[string]any{
		"issuer": m.origin(), "token_endpoint": base + "token.php",
		"token_endpoint_auth_methods_supported":            []string{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256"},
		"jwks_uri": base + "certs.php", "authorization_endpoint": base + "auth.php",
		"registration_endpoint": base + "openid-registration.php",
		"scopes_supported": []string{
			"https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome", scopeAGS + "lineitem.readonly",
			scopeAGS + "result.readonly", scopeAGS + "score", scopeAGS + "lineitem", scopeNRPS,
			"https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting", "openid",
		},
		"response_types_supported": []string{"id_token"}, "subject_types_supported": []string{"public", "pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"claims_supported":                      []string{"sub", "iss", "name", "given_name", "family_name", "email"},
		claimPlatform: map[string]any{
			"product_family_code": "moodle", "version": "4.5.6 (Build: 20250811)",
			"messages_supported": []map[string]any{
				{"type": "LtiResourceLinkRequest"},
				{"type": "LtiDeepLinkingRequest", "placements": []string{"ContentArea"}},
			},
			"variables": moodleVariables(),
		},
	})
}

func moodleVariables() []string {
	return append([]string{"basic-lti-launch-request", "ContentItemSelectionRequest", "ToolProxyRegistrationRequest"},
		strings.Fields(`Context.id Context.title Context.label Context.id.history Context.sourcedId Context.longDescription
		Context.timeFrame.begin CourseSection.title CourseSection.label CourseSection.sourcedId CourseSection.longDescription
		CourseSection.timeFrame.begin CourseSection.timeFrame.end ResourceLink.id ResourceLink.title ResourceLink.description
		User.id User.username Person.name.full Person.name.given Person.name.family Person.email.primary Person.sourcedId
		Person.name.middle Person.address.street1 Person.address.locality Person.address.country Person.address.timezone
		Person.phone.primary Person.phone.mobile Person.webaddress Membership.role Result.sourcedId Result.autocreate
		BasicOutcome.sourcedId BasicOutcome.url Moodle.Person.userGroupIds`)...)
}

// registrationToken makes the token that lets a tool register: for a client id
// to be, or for an update of a tool.
func (m *moodle) registrationToken(subject, scope string) (string, error) {
	now := m.s.now()
	return m.keys.signClaims(map[string]any{
		"sub": subject, "scope": scope, "iat": now.Unix(), "exp": now.Add(registrationLife).Unix(),
	})
}

// moodlePermit is what a registration token lets a tool do.
type moodlePermit struct {
	clientID string
	update   *tool // the tool to be changed, nil for a new one
}

// permit reads the registration token of a request; it answers a refusal
// itself.
func (m *moodle) permit(w http.ResponseWriter, r *http.Request) (p moodlePermit, ok bool) {
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		sendRaw(w, http.StatusUnauthorized, moodleHTML, []byte("missing_registration_token"))
		return p, false
	}
	payload, err := m.keys.verifyOwn(strings.TrimSpace(raw))
	var claims struct {
		Sub, Scope string
		Exp        int64
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		m.message(w, http.StatusNotFound, "Exception", "Exception - Signature verification failed")
		return p, false
	}
	if m.s.now().Unix() >= claims.Exp {
		m.message(w, http.StatusNotFound, "Exception", "Exception - Expired token")
		return p, false
	}
	return m.readPermit(w, claims.Sub, claims.Scope)
}

// readPermit looks up what a good registration token speaks of.
func (m *moodle) readPermit(w http.ResponseWriter, subject, scope string) (p moodlePermit, ok bool) {
	switch scope {
	case "reg":
		if _, used := m.toolByClient(subject); used {
			sendRaw(w, http.StatusUnauthorized, moodleHTML, []byte("token_already_used"))
			return p, false
		}
		return moodlePermit{clientID: subject}, true
	case "reg-update":
		t, ok := m.toolByID(subject)
		if !ok {
			sendRaw(w, http.StatusBadRequest, moodleHTML, []byte("tool_not_found"))
			return p, false
		}
		return moodlePermit{clientID: t.ClientID, update: &t}, true
	}
	sendRaw(w, http.StatusUnauthorized, moodleHTML, []byte("incorrect_scope"))
	return p, false
}

// register serves /mod/lti/openid-registration.php. Errors are bare words under
// the content type of a page.
func (m *moodle) register(w http.ResponseWriter, r *http.Request) {
	p, ok := m.permit(w, r)
	if !ok {
		return
	}
	if r.Method == http.MethodGet && p.update != nil {
		m.sendJSON(w, http.StatusOK, jsonType, moodleAnswer(*p.update))
		return
	}
	var asked map[string]any
	if r.Method != http.MethodPost || !decodeJSON(r, &asked) {
		sendRaw(w, http.StatusBadRequest, moodleHTML, []byte("missing required attribute response_types"))
		return
	}
	t, complaint := moodleTool(asked)
	if complaint != "" {
		sendRaw(w, http.StatusBadRequest, moodleHTML, []byte(complaint))
		return
	}
	t.ClientID, t.State, t.Method = p.clientID, toolPending, "Dynamic registration"
	var err error
	if p.update != nil {
		t.ID, t.State = p.update.ID, p.update.State
	} else if t.ID, err = m.nextToolID(); err != nil {
		m.fault(w, err)
		return
	}
	t.Deployments = map[string]string{"": t.ID}
	m.cache.forget(t.ClientID)
	if err := m.keepTool(t); err != nil {
		m.fault(w, err)
		return
	}
	m.sendJSON(w, http.StatusOK, jsonType, moodleAnswer(t))
}

// moodleTool reads a registration with Moodle's checks, in Moodle's order.
func moodleTool(asked map[string]any) (t tool, complaint string) {
	for _, name := range []string{"response_types", "initiate_login_uri", "redirect_uris", "client_name", "jwks_uri",
		"token_endpoint_auth_method", claimTool} {
		if asked[name] == nil {
			return t, "missing required attribute " + name
		}
	}
	config, _ := asked[claimTool].(map[string]any)
	domain, target := textOf(config["domain"]), textOf(config["target_link_uri"])
	if domain == "" {
		return t, "missing_domain"
	}
	if target == "" {
		target = "https://" + domain
	}
	redirects, isList := asked["redirect_uris"].([]any)
	application := textOf(asked["application_type"])
	switch {
	case domainOf(domain) != domainOf(target):
		return t, "domain_targetlinkuri_mismatch"
	case !slices.Contains(textsOf(asked["response_types"]), "id_token"):
		return t, "invalid_response_types"
	case !isList:
		return t, "invalid_redirect_uris"
	case textOf(asked["token_endpoint_auth_method"]) != "private_key_jwt":
		return t, "invalid_token_endpoint_auth_method"
	case application != "" && application != "web":
		return t, "invalid_application_type"
	}
	t = tool{
		Name: textOf(asked["client_name"]), Description: textOf(config["description"]), Domain: domainOf(domain),
		LoginURL: textOf(asked["initiate_login_uri"]), TargetURL: target, RedirectURIs: textsOf(redirects),
		JWKSURL: textOf(asked["jwks_uri"]), LogoURL: textOf(asked["logo_uri"]),
		Scopes: moodleScopes(strings.Fields(textOf(asked["scope"]))), Share: moodleShare(textsOf(config["claims"])),
		PickerURL: moodlePickerURL(config, target), Custom: moodleCustom(config),
	}
	return t, ""
}

// moodleScopes turns services on: any scope of a service brings what the
// service has.
func moodleScopes(asked []string) (granted []string) {
	if slices.Contains(asked, scopeAGS+"lineitem") {
		granted = moodleAGS()
	} else if slices.Contains(asked, scopeAGS+"score") || slices.Contains(asked, scopeAGS+"lineitem.readonly") {
		granted = moodleAGS()[:3]
	}
	if slices.Contains(asked, scopeNRPS) {
		granted = append(granted, scopeNRPS)
	}
	return granted
}

// moodleShare reads what the tool learns about people from the claims asked for.
func moodleShare(claims []string) string {
	name := slices.ContainsFunc(claims, func(c string) bool { return c == "name" || c == "given_name" || c == "family_name" })
	mail := slices.Contains(claims, "email")
	switch {
	case name && mail:
		return shareAll
	case name:
		return shareName
	case mail:
		return shareMail
	}
	return shareNone
}

// moodlePickerURL is where content is selected, "" where the tool does not
// offer it. Labels, placements and parameters of messages are ignored.
func moodlePickerURL(config map[string]any, target string) string {
	messages, _ := config["messages"].([]any)
	for _, entry := range messages {
		if message, _ := entry.(map[string]any); textOf(message["type"]) == "LtiDeepLinkingRequest" {
			return orDefault(textOf(message["target_link_uri"]), target)
		}
	}
	return ""
}

// moodleCustom reads custom parameters. Moodle keeps them as lines and cuts a
// value at its first equals sign.
func moodleCustom(config map[string]any) (list []field) {
	custom, _ := config["custom_parameters"].(map[string]any)
	for name, value := range custom {
		kept, _, _ := strings.Cut(textOf(value), "=")
		list = append(list, field{name, kept})
	}
	slices.SortFunc(list, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// moodleAnswer is the answer to a registration.
func moodleAnswer(t tool) map[string]any {
	config := map[string]any{
		"version": "1.3.0", "deployment_id": t.ID, "target_link_uri": t.TargetURL, "domain": t.Domain,
		"description": t.Description, "claims": moodleClaims(t.Share),
	}
	if t.PickerURL != "" {
		config["messages"] = []map[string]string{{"type": "LtiDeepLinkingRequest", "target_link_uri": t.PickerURL}}
	}
	if len(t.Custom) > 0 {
		custom := map[string]string{}
		for _, f := range t.Custom {
			custom[f.Name] = f.Value
		}
		config["custom_parameters"] = custom
	}
	return map[string]any{
		"client_id": t.ClientID, "response_types": []string{"id_token"}, "jwks_uri": t.JWKSURL,
		"initiate_login_uri": t.LoginURL, "grant_types": []string{"client_credentials", "implicit"},
		"redirect_uris": t.RedirectURIs, "application_type": "web", "token_endpoint_auth_method": "private_key_jwt",
		"client_name": t.Name, "logo_uri": t.LogoURL, "scope": strings.Join(t.Scopes, " "), claimTool: config,
	}
}

func moodleClaims(share string) []string {
	claims := []string{"sub", "iss"}
	if share == shareAll || share == shareName {
		claims = append(claims, "name", "family_name", "given_name")
	}
	if share == shareAll || share == shareMail {
		claims = append(claims, "email")
	}
	return claims
}

// textOf is a JSON value as text, "" for any other kind.
func textOf(value any) string {
	text, _ := value.(string)
	return text
}

// textsOf are the texts of a JSON array.
func textsOf(value any) (list []string) {
	entries, _ := value.([]any)
	for _, entry := range entries {
		if text, ok := entry.(string); ok {
			list = append(list, text)
		}
	}
	return list
}
