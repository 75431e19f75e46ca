package demo

import (
	"strconv"
	"strings"
)

// Fixed identifiers of the Canvas campus.
const (
	canvasNavHeight = 800
	canvasNavWidth  = 1000
	// canvasPickHeight and canvasPickWidth are the size of content selection.
	canvasPickHeight = 600
	canvasPickWidth  = 800
	// canvasLegacyDescription shows that descriptions hold HTML.
	canvasLegacyDescription = "<p>Join us live. Bring your field notes.</p>"
	claimCanvasPlacement    = "https://www.instructure.com/placement"
)

// Places in the map of a tool's deployments beside the keys of courses.
const (
	canvasPlace = "account" // the whole account
	canvasEach  = "each"    // every course for itself
)

// canvasNumber is the course's number in Canvas.
func canvasNumber(at course) int {
	n, _ := strconv.Atoi(at.Key) // keys are numbers
	return n + 2
}

// canvasContext is the course's id: 40 hex digits.
func canvasContext(at course) string {
	return stableHex(40, "canvas", "course", strconv.Itoa(canvasNumber(at)))
}

// canvasAccount is the root account's id.
func canvasAccount() string { return stableHex(40, "canvas", "account", "1") }

// canvasAccountDeployment is the deployment that an administrator registers.
func canvasAccountDeployment() string { return "189:" + canvasAccount() }

// deployment is that of the course, if the tool is installed in it, so a course
// may launch with one that nobody registered; else that of the account. "" is
// a tool that nobody installed.
func (c *canvas) deployment(st start) string {
	t := st.tool
	if id := t.Deployments[st.course.Key]; id != "" && st.link != linkAccount {
		return id
	}
	if id := t.Deployments[canvasEach]; id != "" && st.link != linkAccount {
		return strconv.Itoa(187+canvasNumber(st.course)) + ":" + canvasContext(st.course)
	}
	return t.Deployments[canvasPlace]
}

// target is the target link URI: placements name themselves there.
func (c *canvas) target(st start) string {
	if p, ok := canvasPlacement(st).(string); ok {
		return orDefault(st.tool.Placements[p], st.tool.TargetURL)
	}
	return orDefault(st.item.URL, st.tool.TargetURL)
}

// canvasPlacement is the placement claim, nil for modules.
func canvasPlacement(st start) any {
	switch {
	case st.picker != "":
		return st.picker
	case st.link == linkNav:
		return "course_navigation"
	case st.link == linkAccount:
		return "account_navigation"
	default:
		return nil
	}
}

// userHint is the login hint: an opaque id of the user.
func (c *canvas) userHint(p Person) string { return stableHex(40, "canvas", "user", p.Key) }

func (c *canvas) title(st start) string {
	switch {
	case st.link == linkNav || st.picker != "":
		return st.course.Title
	case st.link == linkAccount:
		return c.institution
	}
	return st.item.Title
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
		claimLTI + "version": "1.3.0", "aud": l.tool.ClientID, "azp": l.tool.ClientID, "iss": issuerCanvas,
		"iat": iat, "exp": iat + int64(canvasTokenLife.Seconds()),
		"sub": c.userID(l.person), "locale": l.knobs.Lang,
		claimLTI + "deployment_id":   c.deployment(l.start),
		claimLTI + "target_link_uri": c.target(l.start),
		claimLTI + "context":         c.context(l.start),
		claimLTI + "tool_platform": map[string]any{
			"guid": stableHex(40, "canvas", "site") + ":canvas-lms", "name": c.institution,
			"version": "cloud", "product_family_code": "canvas",
		},
		claimLTI + "launch_presentation":  c.presentation(l),
		claimLTI + "roles":                c.roles(l.person),
		claimLTI + "custom":               expand(l.tool, l.item, c.variables(l)),
		claimLTI + "lti11_legacy_user_id": legacy,
		claimLTI + "lti1p1":               map[string]any{"user_id": legacy},
		claimCanvasPlacement:              canvasPlacement(l.start),
	}
	if l.picker != "" {
		claims[claimLTI+"message_type"] = "LtiDeepLinkingRequest"
		claims[claimDeepLinking+"deep_linking_settings"] = c.pickerSettings(l)
	} else {
		claims[claimLTI+"message_type"] = "LtiResourceLinkRequest"
		claims[claimLTI+"resource_link"] = c.resourceLink(l.start)
	}
	c.addPerson(claims, l)
	if l.link != linkAccount {
		c.addServices(claims, l)
	}
	return claims
}

// userID is the person's id in tokens and lists of members.
func (c *canvas) userID(p Person) string { return stableUUID("canvas", "user", p.Key) }

func (c *canvas) resourceLink(st start) map[string]any {
	switch st.link {
	case linkNav:
		return map[string]any{"id": canvasContext(st.course), "description": nil, "title": st.course.Title}
	case linkAccount:
		return map[string]any{"id": canvasAccount(), "description": nil, "title": c.institution}
	}
	return map[string]any{
		"id": stableUUID("canvas", "link", st.link), "description": orDefault(st.item.Text, canvasLegacyDescription),
		"title": c.title(st),
	}
}

func (c *canvas) context(st start) map[string]any {
	if st.link == linkAccount {
		return map[string]any{"id": canvasAccount(), "label": nil, "title": c.institution, "type": []string{"Account"}}
	}
	return map[string]any{
		"id": canvasContext(st.course), "label": st.course.Label, "title": st.course.Title, "type": []string{courseOffering},
	}
}

// presentation says iframe always, even in a tab of its own, as Canvas does.
func (c *canvas) presentation(l launch) map[string]any {
	place := "/courses/" + strconv.Itoa(canvasNumber(l.course))
	if l.link == linkAccount {
		place = "/accounts/1"
	}
	out := map[string]any{
		"document_target": "iframe", "locale": l.knobs.Lang,
		"return_url": c.origin() + place + "/external_content/success/external_tool_redirect",
	}
	if l.picker != "" {
		out["return_url"] = c.origin() + "/deep_linking_cancel?include_host=true&placement=" + l.picker
		out["height"], out["width"] = canvasPickHeight, canvasPickWidth
		return out
	}
	if canvasPlacement(l.start) != nil {
		out["height"], out["width"] = canvasNavHeight, canvasNavWidth
	}
	return out
}

// canvasCustom are the custom fields of the key that is there from the
// beginning.
func canvasCustom() []field {
	return []field{
		{"canvas_course_id", "$Canvas.course.id"}, {"canvas_user_id", "$Canvas.user.id"}, {"canvas_login_id", "$Canvas.user.loginId"},
		{"canvas_api_domain", "$Canvas.api.domain"}, {"canvas_account_id", "$Canvas.account.id"},
		{"person_email", "$Person.email.primary"}, {"person_timezone", "$Person.address.timezone"},
		{"canvas_roles", "$Canvas.membership.roles"}, {"enrollment_state", "$Canvas.enrollment.enrollmentState"},
		{"section_ids", "$Canvas.course.sectionIds"}, {"course_term", "$Canvas.term.name"},
		{"context_history", "$Context.id.history"}, {"is_root_admin", "$Canvas.user.isRootAccountAdmin"},
		{"canvas_root_admin", "$Canvas.user.isRootAccountAdmin"},
		{"student_view", "$com.instructure.User.student_view"}, {"masquerading_user", "$Canvas.masqueradingUser.userId"},
	}
}

// variables resolves Canvas's variables; those without a value stay literal.
// Privacy levels do not touch them, which the tool must respect by itself.
func (c *canvas) variables(l launch) func(string) (any, bool) {
	p := l.person
	known := map[string]any{
		"$Canvas.user.id": stableHex(6, "canvas", "number", p.Key), "$Canvas.user.loginId": p.Username, "$User.username": p.Username,
		"$User.id": c.userID(p), "$Canvas.api.domain": hostCanvas + ":" + c.s.port, "$Canvas.account.id": "1",
		"$Person.email.primary": p.Email(c.domain), "$Person.address.timezone": "Europe/Berlin", "$Person.name.full": p.Name(),
		"$Canvas.membership.roles": canvasRoleName(p), "$Canvas.user.isRootAccountAdmin": strconv.FormatBool(p.Key == "admin"),
		"$com.instructure.User.student_view": "false", "$Message.locale": l.knobs.Lang,
	}
	if p.Key != "admin" {
		known["$Canvas.enrollment.enrollmentState"] = "active"
	}
	if l.link != linkAccount {
		history := make([]string, 0, len(l.course.Copied))
		for _, key := range l.course.Copied {
			history = append(history, canvasContext(course{Key: key}))
		}
		known["$Canvas.course.id"], known["$Canvas.course.sectionIds"] = strconv.Itoa(canvasNumber(l.course)), "11,12"
		known["$Canvas.term.name"], known["$Context.id.history"] = "Autumn term", strings.Join(history, ",")
		known["$Canvas.course.previousContextIds"] = known["$Context.id.history"]
		known["$Context.id"], known["$Context.title"] = canvasContext(l.course), l.course.Title
	}
	if l.item.Key != "" {
		known["$ResourceLink.id"], known["$ResourceLink.title"] = stableUUID("canvas", "link", l.link), l.item.Title
	}
	return func(name string) (any, bool) { value, ok := known[name]; return value, ok }
}

func canvasRoleName(p Person) string {
	names := map[string]string{"teacher": "TeacherEnrollment", "ta": "TaEnrollment", "admin": "Account Admin"}
	return orDefault(names[p.Key], "StudentEnrollment")
}

// addPerson adds what the key's privacy level shares.
func (c *canvas) addPerson(claims map[string]any, l launch) {
	name, mail := l.tool.sharing(l.knobs.Share)
	p := l.person
	if name {
		claims["name"], claims["given_name"], claims["family_name"] = p.Name(), p.GivenName, p.FamilyName
		sourcedID := c.sourcedID(p)
		if p.Key == "admin" {
			// An account without a real name: Canvas shows its address as name.
			claims["name"], claims["given_name"], claims["family_name"] = p.Email(c.domain), p.Email(c.domain), ""
			sourcedID = "$Person.sourcedId"
		}
		claims[claimLTI+"lis"] = map[string]any{
			"person_sourcedid": sourcedID, "course_offering_sourcedid": "$CourseSection.sourcedId",
		}
	}
	if mail {
		claims["email"] = p.Email(c.domain)
	}
	if name && mail {
		claims["picture"] = c.origin() + "/images/messages/avatar-50.png"
	}
}

func (c *canvas) sourcedID(p Person) string { return stableHex(10, "canvas", "sis", p.Key) }

// addServices adds the service claims of a course; a module item also carries
// claims of services that nobody asked for.
func (c *canvas) addServices(claims map[string]any, l launch) {
	api := c.api(l.course)
	var grades []string
	for _, scope := range l.tool.Scopes {
		if strings.HasPrefix(scope, scopeAGS) {
			grades = append(grades, scope)
		}
	}
	if len(grades) > 0 {
		claims[claimAGS] = map[string]any{"scope": grades, "lineitems": api + "/line_items"}
	}
	if l.tool.grants(scopeNRPS) {
		claims[claimNRPS] = map[string]any{
			"context_memberships_url": api + "/names_and_roles", "service_versions": []string{"2.0"},
		}
	}
	if canvasPlacement(l.start) != nil {
		return
	}
	if legacy, ok := claims[claimLTI+"lti1p1"].(map[string]any); ok {
		legacy["resource_link_id"] = stableHex(40, "canvas", "legacy link", l.link)
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

// api is where the services of a course live.
func (c *canvas) api(at course) string {
	return c.origin() + "/api/lti/courses/" + strconv.Itoa(canvasNumber(at))
}
