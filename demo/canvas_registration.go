package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// canvasPrefix stands before Canvas's own names of placements and extensions.
const canvasPrefix = "https://canvas.instructure.com/lti/"

// canvasScopes are what a key may have.
func canvasScopes() []string {
	return []string{
		"openid", "https://purl.imsglobal.org/spec/lti-reg/scope/registration.readonly",
		"https://purl.imsglobal.org/spec/lti-reg/scope/registration", scopeAGS + "lineitem", scopeAGS + "lineitem.readonly",
		scopeAGS + "result.readonly", scopeAGS + "score", scopeNRPS, "https://purl.imsglobal.org/spec/lti/scope/noticehandlers",
		"https://purl.imsglobal.org/spec/lti/scope/asset.readonly", "https://purl.imsglobal.org/spec/lti/scope/report",
		"https://purl.imsglobal.org/spec/lti/scope/eula/deployment", "https://purl.imsglobal.org/spec/lti/scope/eula/user",
		canvasPrefix + "public_jwk/scope/update", canvasPrefix + "account_lookup/scope/show",
		"https://canvas.instructure.com/lti-ags/progress/scope/show", canvasPrefix + "page_content/show",
	}
}

// canvasLinkPlacements are for ordinary launches, canvasPickPlacements for the
// selection of content.
func canvasLinkPlacements() []string {
	return strings.Fields(`account_navigation analytics_hub assignment_edit assignment_group_menu assignment_index_menu
		assignment_menu assignment_selection assignment_view collaboration conference_selection course_assignments_menu
		course_home_sub_navigation course_navigation course_settings_sub_navigation discussion_topic_index_menu
		discussion_topic_menu file_index_menu file_menu global_navigation homework_submission link_selection
		migration_selection module_group_menu module_index_menu module_index_menu_modal module_menu_modal module_menu
		post_grades quiz_index_menu quiz_menu similarity_detection student_context_card submission_type_selection
		tool_configuration top_navigation user_navigation wiki_index_menu wiki_page_menu`)
}

func canvasPickPlacements() []string {
	return strings.Fields(`assignment_selection collaboration conference_selection course_assignments_menu editor_button
		homework_submission link_selection migration_selection module_index_menu_modal module_menu_modal
		submission_type_selection`)
}

// prefixed writes placements as the configuration advertises them.
func prefixed(names []string, more ...string) []string {
	list := make([]string, 0, len(names)+len(more))
	for _, name := range names {
		list = append(list, canvasPrefix+name)
	}
	return append(list, more...)
}

// canvasPermit is the content of a registration token.
type canvasPermit struct {
	UUID            string `json:"uuid"`
	InitiatedAt     string `json:"initiated_at"`
	UserID          int    `json:"user_id"`
	RootAccountID   int64  `json:"root_account_global_id"`
	RootDomain      string `json:"root_account_domain"`
	RegistrationURL string `json:"registration_url"`
	Exp             int64  `json:"exp"`
}

// registrationToken makes the token of a registration, opaque to the tool.
func (c *canvas) registrationToken(address string) (raw string, err error) {
	now := c.s.now()
	payload, err := json.Marshal(canvasPermit{
		UUID: stableUUID(randomHex(32)), InitiatedAt: now.Format("2006-01-02T15:04:05-07:00"), UserID: 1,
		RootAccountID: 170000000000001, RootDomain: hostCanvas + ":" + c.s.port, RegistrationURL: address,
		Exp: now.Add(registrationLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	signed, err := jws.Sign(payload, jws.WithKey(jwa.HS256, c.hintKey))
	return string(signed), err
}

// permitted reads a registration token, also after it was used: a token is
// good for one registration.
func (c *canvas) permitted(raw string) (permit canvasPermit, ok bool) {
	payload, err := jws.Verify([]byte(raw), jws.WithKey(jwa.HS256, c.hintKey))
	if err != nil || json.Unmarshal(payload, &permit) != nil || permit.UUID == "" {
		return canvasPermit{}, false
	}
	return permit, c.s.now().Unix() < permit.Exp
}

// configuration serves the OpenID configuration: it wants the token in its
// query, where the institution put it.
func (c *canvas) configuration(w http.ResponseWriter, r *http.Request) {
	if _, ok := c.permitted(r.URL.Query().Get("registration_token")); !ok {
		c.sendJSON(w, http.StatusUnauthorized, jsonType, map[string]string{"errorMessage": "Invalid registration token"})
		return
	}
	sso := c.s.origin(hostCanvasSSO)
	c.sendJSON(w, http.StatusOK, jsonType, map[string]any{
		"issuer": issuerCanvas, "authorization_endpoint": sso + "/api/lti/authorize_redirect",
		"registration_endpoint": c.origin() + "/api/lti/registrations", "jwks_uri": sso + "/api/lti/security/jwks",
		"token_endpoint": sso + "/login/oauth2/token", "token_endpoint_auth_methods_supported": []string{"private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS256"}, "scopes_supported": canvasScopes(),
		"response_types_supported": []string{"id_token"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"claims_supported":        []string{"sub", "picture", "email", "name", "given_name", "family_name", "locale"},
		"subject_types_supported": []string{"public"}, "authorization_server": hostCanvasSSO + ":" + c.s.port,
		claimPlatform: map[string]any{
			"product_family_code": "canvas", "version": "vCloud",
			"messages_supported": []map[string]any{
				{"type": "LtiResourceLinkRequest", "placements": prefixed(canvasLinkPlacements(), "ContentArea")},
				{"type": "LtiDeepLinkingRequest", "placements": prefixed(canvasPickPlacements(), "ContentArea", "RichTextEditor",
					"ActivityAssetProcessor", "ActivityAssetProcessorContribution")},
				{"type": "LtiEulaRequest"},
			},
			"notice_types_supported": []string{"LtiHelloWorldNotice", "LtiAssetProcessorSubmissionNotice", "LtiContextCopyNotice",
				"LtiAssetProcessorContributionNotice"},
			"variables":                       canvasVariableNames(),
			canvasPrefix + "account_name":     c.institution,
			canvasPrefix + "account_lti_guid": stableHex(40, "canvas", "site") + ":canvas-lms",
			canvasPrefix + "account_domain":   hostCanvas + ":" + c.s.port,
		},
	})
}

func canvasVariableNames() []string {
	return strings.Fields(`ResourceLink.id ResourceLink.description ResourceLink.title Context.title Context.id Context.id.history
		Message.documentTarget Message.locale Canvas.api.domain Canvas.account.id Canvas.course.id Canvas.course.sectionIds
		Canvas.course.previousContextIds Canvas.course.previousContextIds.recursive Canvas.term.name
		Canvas.enrollment.enrollmentState Canvas.membership.roles Canvas.membership.permissions<> Person.name.full
		Person.name.display Person.name.family Person.name.given Person.email.primary Person.address.timezone Person.sourcedId
		User.id Canvas.user.id Canvas.user.isRootAccountAdmin User.username Canvas.user.loginId
		com.instructure.User.student_view Canvas.masqueradingUser.id Canvas.masqueradingUser.userId`)
}

// register serves POST /api/lti/registrations at the institution. The key waits
// for the administrator, who may still drop scopes and placements.
func (c *canvas) register(w http.ResponseWriter, r *http.Request) {
	raw, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	permit, ok := c.permitted(raw)
	if !bearer || !ok || !c.permits.use(permit.UUID) {
		c.sendJSON(w, http.StatusUnauthorized, jsonType, map[string]string{"errorMessage": "Invalid registration token"})
		return
	}
	var asked map[string]any
	if !decodeJSON(r, &asked) {
		c.sendJSON(w, http.StatusUnprocessableEntity, jsonType, map[string]any{"errors": []string{"the body is not JSON"}})
		return
	}
	t, complaints := canvasTool(asked)
	if len(complaints) > 0 {
		c.sendJSON(w, http.StatusUnprocessableEntity, jsonType, map[string]any{"errors": complaints})
		return
	}
	t.State, t.Method = toolPending, "Dynamic registration"
	if err := c.keepNew(&t); err != nil {
		c.fault(w, err)
		return
	}
	answer := canvasAnswer(asked, t, c.origin()+"/api/lti/registrations/"+t.ID)
	if c.newer(permit.UUID) {
		t.Deployments = map[string]string{canvasPlace: t.ID + ":" + canvasAccount()}
		answer["deployment_id"] = t.Deployments[canvasPlace]
		if err := c.keepTool(t); err != nil {
			c.fault(w, err)
			return
		}
	}
	c.sendJSON(w, http.StatusOK, jsonType, answer)
}

// keepNew gives a key its client id, larger than a number of JavaScript.
func (c *canvas) keepNew(t *tool) (err error) {
	if t.ID, err = c.nextToolID(); err != nil {
		return err
	}
	t.ClientID = fmt.Sprintf("17%013s", t.ID)
	return c.keepTool(*t)
}

// canvasTool reads a registration with Canvas's checks, all complaints at once.
func canvasTool(asked map[string]any) (t tool, complaints []string) {
	config, _ := asked[claimTool].(map[string]any)
	for _, name := range []string{"application_type", "grant_types", "response_types", "redirect_uris", "initiate_login_uri",
		"client_name", "jwks_uri", "token_endpoint_auth_method", claimTool} {
		if asked[name] == nil {
			complaints = append(complaints, "object at root is missing required properties: "+name)
		}
	}
	for _, name := range []string{"domain", "messages", "claims"} {
		if config[name] == nil {
			complaints = append(complaints, "object at `/lti_tool_configuration` is missing required properties: "+name)
		}
	}
	if domain := textOf(config["domain"]); strings.Contains(domain, "/") {
		complaints = append(complaints, "domain must be a host, without scheme")
	}
	grants := textsOf(asked["grant_types"])
	if !slices.Contains(grants, "client_credentials") || !slices.Contains(grants, "implicit") {
		complaints = append(complaints, "grant_types must include client_credentials, implicit")
	}
	t = tool{
		Name: textOf(asked["client_name"]), Description: textOf(config["description"]), Domain: domainOf(textOf(config["domain"])),
		LoginURL: textOf(asked["initiate_login_uri"]), TargetURL: textOf(config["target_link_uri"]),
		RedirectURIs: textsOf(asked["redirect_uris"]), JWKSURL: textOf(asked["jwks_uri"]), LogoURL: textOf(asked["logo_uri"]),
		Share:  canvasShare(textOf(config[canvasPrefix+"privacy_level"]), textsOf(config["claims"])),
		Custom: customFields(config["custom_parameters"]), Placements: map[string]string{},
	}
	if len(t.RedirectURIs) == 0 || originOf(t.TargetURL) == "" {
		complaints = append(complaints, "redirect_uris and target_link_uri must be http or https addresses")
	}
	for _, scope := range strings.Fields(textOf(asked["scope"])) {
		switch {
		case !slices.Contains(canvasScopes(), scope):
			complaints = append(complaints, "Invalid scope: "+scope)
		case scope != "openid":
			t.Scopes = append(t.Scopes, scope)
		}
	}
	messages, _ := config["messages"].([]any)
	for _, entry := range messages {
		complaints = append(complaints, addMessage(&t, entry)...)
	}
	return t, complaints
}

// addMessage adds a message's placements: from the advertised list only, and
// the first message of a placement wins.
func addMessage(t *tool, entry any) (complaints []string) {
	message, _ := entry.(map[string]any)
	kind, placements := textOf(message["type"]), textsOf(message["placements"])
	advertised := append(canvasLinkPlacements(), "ContentArea")
	if kind == "LtiDeepLinkingRequest" {
		advertised = append(canvasPickPlacements(), "ContentArea", "RichTextEditor")
	}
	if len(placements) == 0 {
		placements = []string{"link_selection"}
	}
	if roles, given := message["roles"]; given {
		if _, isList := roles.([]any); !isList {
			complaints = append(complaints, "roles must be an array")
		}
	}
	aliases := map[string]string{"ContentArea": "link_selection", "RichTextEditor": "editor_button"}
	for _, name := range placements {
		short := strings.TrimPrefix(name, canvasPrefix)
		if !slices.Contains(advertised, short) {
			complaints = append(complaints, "placement "+name+" is not supported for "+kind)
			continue
		}
		short = orDefault(aliases[short], short)
		if _, taken := t.Placements[short]; !taken {
			t.Placements[short] = orDefault(textOf(message["target_link_uri"]), t.TargetURL)
		}
	}
	return complaints
}

// canvasShare reads a privacy level; without one it follows from the claims.
func canvasShare(level string, claims []string) string {
	has := func(name string) bool { return slices.Contains(claims, name) }
	named := has("name") || has("given_name") || has("family_name")
	switch {
	case level == "public" || (level == "" && (has("picture") || (named && has("email")))):
		return shareAll
	case level == "name_only" || (level == "" && named):
		return shareName
	case level == "email_only" || (level == "" && has("email")):
		return shareMail
	}
	return shareNone
}

// customFields reads an object of texts, in the order of their names.
func customFields(value any) (list []field) {
	custom, _ := value.(map[string]any)
	for name, entry := range custom {
		list = append(list, field{name, textOf(entry)})
	}
	slices.SortFunc(list, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// canvasAnswer is the answer to a registration.
func canvasAnswer(asked map[string]any, t tool, configURL string) map[string]any {
	config, _ := asked[claimTool].(map[string]any)
	custom := config["custom_parameters"]
	if custom == nil {
		custom = map[string]string{}
	}
	return map[string]any{
		"client_id": t.ClientID, "application_type": "web", "grant_types": []string{"client_credentials", "implicit"},
		"initiate_login_uri": t.LoginURL, "redirect_uris": t.RedirectURIs, "response_types": []string{"id_token"},
		"client_name": t.Name, "jwks_uri": t.JWKSURL, "logo_uri": t.LogoURL, "token_endpoint_auth_method": "private_key_jwt",
		"scope": strings.Join(t.Scopes, " "),
		claimTool: map[string]any{
			"domain": t.Domain, "messages": config["messages"], "claims": config["claims"], "target_link_uri": t.TargetURL,
			"custom_parameters": custom, "description": t.Description, canvasPrefix + "registration_config_url": configURL + "/view",
		},
	}
}
