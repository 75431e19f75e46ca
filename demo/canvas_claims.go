package demo

// Fixed identifiers of the Canvas campus.
const (
	canvasNavHeight = 800
	canvasNavWidth  = 1000
	// canvasLegacyDescription shows that descriptions hold HTML.
	canvasLegacyDescription = "<p>Join us live. Bring your field notes.</p>"
	claimCanvasPlacement    = "https://www.instructure.com/placement"
)

// canvasContext is the course's id: 40 hex digits.
func canvasContext() string { return stableHex(40, "canvas", "course", "3") }

// canvasAccount is the root account's id.
func canvasAccount() string { return stableHex(40, "canvas", "account", "1") }

// canvasAccountDeployment is the deployment that an administrator registers.
func canvasAccountDeployment() string { return "189:" + canvasAccount() }

// deployment is a new one for each course in which the tool is installed, so a
// course launches with one that nobody registered.
func (c *canvas) deployment(link string) string {
	if link == linkAccount {
		return canvasAccountDeployment()
	}
	return "190:" + canvasContext()
}

// target is the target link URI: navigation placements name themselves there.
func (c *canvas) target(link string) string {
	if placement := canvasPlacement(link); placement != nil {
		return c.s.tool.launchURL + "?placement=" + placement.(string)
	}
	return c.s.tool.launchURL
}

// canvasPlacement is the placement claim, nil for modules.
func canvasPlacement(link string) any {
	switch link {
	case linkNav:
		return "course_navigation"
	case linkAccount:
		return "account_navigation"
	default:
		return nil
	}
}

// userHint is the login hint: an opaque id of the user.
func (c *canvas) userHint(p Person) string { return stableHex(40, "canvas", "user", p.Key) }

func (c *canvas) title(link string) string {
	switch link {
	case linkNav:
		return courseTitle
	case linkAccount:
		return c.institution
	}
	a, _ := activityByKey(link)
	return a.title
}

// roles are Canvas's: sorted, levels mixed, and an administrator who is not
// enrolled has no context role at all.
func (c *canvas) roles(p Person) []string {
	user := systemRole + "User"
	switch p.Key {
	case "teacher":
		return []string{institutionRole + "Instructor", roleInstructor, user}
	case "ta":
		return []string{institutionRole + "Instructor", roleInstructor, roleTA, user}
	case "admin":
		return []string{institutionRole + "Administrator", user}
	default:
		return []string{institutionRole + "Student", roleLearner, user}
	}
}

// claims writes the token at login time; only the nonce is missing.
func (c *canvas) claims(l launch) map[string]any {
	iat := l.startAt.Unix()
	legacy := stableHex(40, "canvas", "legacy", l.person.Key)
	claims := map[string]any{
		claimLTI + "message_type": "LtiResourceLinkRequest", claimLTI + "version": "1.3.0",
		claimLTI + "resource_link": c.resourceLink(l.link),
		"aud":                      clientCanvas, "azp": clientCanvas, "iss": issuerCanvas,
		"iat": iat, "exp": iat + int64(canvasTokenLife.Seconds()),
		"sub": stableUUID("canvas", "user", l.person.Key), "locale": l.knobs.Lang,
		claimLTI + "deployment_id":   c.deployment(l.link),
		claimLTI + "target_link_uri": c.target(l.link),
		claimLTI + "context":         c.context(l.link),
		claimLTI + "tool_platform": map[string]any{
			"guid": stableHex(40, "canvas", "site") + ":canvas-lms", "name": c.institution,
			"version": "cloud", "product_family_code": "canvas",
		},
		claimLTI + "launch_presentation":  c.presentation(l),
		claimLTI + "roles":                c.roles(l.person),
		claimLTI + "custom":               c.custom(l),
		claimLTI + "lti11_legacy_user_id": legacy,
		claimLTI + "lti1p1":               map[string]any{"user_id": legacy},
		claimCanvasPlacement:              canvasPlacement(l.link),
	}
	c.addPerson(claims, l)
	if l.link != linkAccount {
		c.addServices(claims, l.link)
	}
	return claims
}

func (c *canvas) resourceLink(link string) map[string]any {
	switch link {
	case linkNav:
		return map[string]any{"id": canvasContext(), "description": nil, "title": courseTitle}
	case linkAccount:
		return map[string]any{"id": canvasAccount(), "description": nil, "title": c.institution}
	default:
		return map[string]any{
			"id": stableUUID("canvas", "link", link), "description": canvasLegacyDescription, "title": c.title(link),
		}
	}
}

func (c *canvas) context(link string) map[string]any {
	if link == linkAccount {
		return map[string]any{"id": canvasAccount(), "label": nil, "title": c.institution, "type": []string{"Account"}}
	}
	return map[string]any{
		"id": canvasContext(), "label": courseLabel, "title": courseTitle, "type": []string{courseOffering},
	}
}

// presentation says iframe always, even in a tab of its own, as Canvas does.
func (c *canvas) presentation(l launch) map[string]any {
	place := "/courses/3"
	if l.link == linkAccount {
		place = "/accounts/1"
	}
	out := map[string]any{
		"document_target": "iframe", "locale": l.knobs.Lang,
		"return_url": c.origin() + place + "/external_content/success/external_tool_redirect",
	}
	if canvasPlacement(l.link) != nil {
		out["height"], out["width"] = canvasNavHeight, canvasNavWidth
	}
	return out
}

// custom holds expanded variables; those without a value stay literal. Privacy
// levels do not touch them, which the tool must respect by itself.
func (c *canvas) custom(l launch) map[string]any {
	p := l.person
	out := map[string]any{
		"canvas_course_id": "3", "canvas_user_id": stableHex(6, "canvas", "number", p.Key), "canvas_login_id": p.Username,
		"canvas_api_domain": hostCanvas + ":" + c.s.port, "canvas_account_id": "1", "person_email": p.Email(c.domain),
		"person_timezone": "Europe/Berlin", "canvas_roles": canvasRoleName(p), "enrollment_state": "active",
		"section_ids": "11,12", "course_term": "Autumn term", "context_history": "", "is_root_admin": "false",
		"student_view": "false", "masquerading_user": "$Canvas.masqueradingUser.userId",
	}
	if p.Key == "admin" {
		out["is_root_admin"], out["enrollment_state"] = "true", "$Canvas.enrollment.enrollmentState"
	}
	if l.link == linkAccount {
		out["canvas_course_id"], out["section_ids"] = "$Canvas.course.id", "$Canvas.course.sectionIds"
		out["course_term"], out["context_history"] = "$Canvas.term.name", "$Context.id.history"
	}
	return out
}

func canvasRoleName(p Person) string {
	names := map[string]string{"teacher": "TeacherEnrollment", "ta": "TaEnrollment", "admin": "Account Admin"}
	return orDefault(names[p.Key], "StudentEnrollment")
}

// addPerson adds what the key's privacy level shares.
func (c *canvas) addPerson(claims map[string]any, l launch) {
	if l.knobs.Share == "none" {
		return
	}
	p := l.person
	claims["name"], claims["given_name"], claims["family_name"] = p.Name(), p.GivenName, p.FamilyName
	sourcedID := stableHex(10, "canvas", "sis", p.Key)
	if p.Key == "admin" {
		// An account without a real name: Canvas shows its address as name.
		claims["name"], claims["given_name"], claims["family_name"] = p.Email(c.domain), p.Email(c.domain), ""
		sourcedID = "$Person.sourcedId"
	}
	claims[claimLTI+"lis"] = map[string]any{
		"person_sourcedid": sourcedID, "course_offering_sourcedid": "$CourseSection.sourcedId",
	}
	if l.knobs.Share == "all" {
		claims["email"] = p.Email(c.domain)
		claims["picture"] = c.origin() + "/images/messages/avatar-50.png"
	}
}

// addServices adds the service claims of a course; a module item also carries
// claims of services that nobody asked for.
func (c *canvas) addServices(claims map[string]any, link string) {
	api := c.origin() + "/api/lti/courses/3"
	claims[claimAGS] = map[string]any{
		"scope": []string{scopeAGS + "lineitem", scopeAGS + "score"}, "lineitems": api + "/line_items",
	}
	claims[claimNRPS] = map[string]any{
		"context_memberships_url": api + "/names_and_roles", "service_versions": []string{"2.0"},
	}
	if canvasPlacement(link) != nil {
		return
	}
	if legacy, ok := claims[claimLTI+"lti1p1"].(map[string]any); ok {
		legacy["resource_link_id"] = stableHex(40, "canvas", "legacy link", link)
	}
	claims[claimLTI+"platformnotificationservice"] = map[string]any{
		"service_versions": []string{"1.0"}, "platform_notification_service_url": c.origin() + "/api/lti/notice-handlers/190",
		"scope":                  []string{"https://purl.imsglobal.org/spec/lti/scope/noticehandlers"},
		"notice_types_supported": []string{"LtiHelloWorldNotice", "LtiContextCopyNotice"},
	}
	claims[claimLTI+"eulaservice"] = map[string]any{
		"url":   c.origin() + "/api/lti/asset_processor_eulas/190",
		"scope": []string{"https://purl.imsglobal.org/spec/lti/scope/eula/user"},
	}
}
