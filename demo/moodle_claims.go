package demo

import (
	"strconv"
	"strings"
)

// Claim names and role URIs that several campuses send.
const (
	claimLTI  = "https://purl.imsglobal.org/spec/lti/claim/"
	claimAGS  = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
	claimNRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

	claimDeepLinking = "https://purl.imsglobal.org/spec/lti-dl/claim/"

	scopeNRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
	scopeAGS  = "https://purl.imsglobal.org/spec/lti-ags/scope/"

	roleInstructor    = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
	roleTA            = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
	roleLearner       = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
	roleAdministrator = "http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator"

	institutionRole = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
	systemRole      = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"

	courseOffering = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"
)

// moodleAGS are the scopes of grades, in the order of Moodle's answers.
func moodleAGS() []string {
	return []string{scopeAGS + "score", scopeAGS + "result.readonly", scopeAGS + "lineitem.readonly", scopeAGS + "lineitem"}
}

// userID is the person's number in the Moodle site.
func (m *moodle) userID(p Person) string { return strconv.Itoa(p.number) }

// courseID is the course's number: the front page is course 1.
func (m *moodle) courseID(at course) string {
	n, err := strconv.Atoi(at.Key)
	if err != nil {
		return ""
	}
	return strconv.Itoa(n + 1)
}

// instance is the activity's id, which becomes the resource link id.
func (m *moodle) instance(link string) string { return link }

// cmid is the activity's number as a course module; the first module of a
// course is its forum.
func (m *moodle) cmid(link string) string {
	n, err := strconv.Atoi(link)
	if err != nil {
		return ""
	}
	return strconv.Itoa(n + 1)
}

// target is the target link URI of a launch.
func (m *moodle) target(st start) string {
	if st.picker != "" {
		return st.tool.PickerURL
	}
	return orDefault(st.item.URL, st.tool.TargetURL)
}

// roles are Moodle's: a non-editing teacher is sent as Instructor too.
func (m *moodle) roles(p Person) []string {
	switch p.Key {
	case "teacher", "ta":
		return []string{roleInstructor}
	case "admin":
		return []string{institutionRole + "Administrator", roleInstructor, systemRole + "Administrator"}
	default:
		return []string{roleLearner}
	}
}

// claims writes the token of a launch, good for a minute from now.
func (m *moodle) claims(l launch, nonce string) map[string]any {
	now := m.s.now().Unix()
	claims := map[string]any{
		"nonce": nonce, "iat": now, "exp": now + int64(moodleTokenLife.Seconds()),
		"iss": m.origin(), "aud": l.tool.ClientID, "sub": m.userID(l.person),
		claimLTI + "deployment_id":   l.tool.ID,
		claimLTI + "target_link_uri": m.target(l.start),
		claimLTI + "lis":             map[string]any{"person_sourcedid": m.sourcedID(l.person), "course_section_sourcedid": m.sectionID(l.course)},
		claimLTI + "roles":           m.roles(l.person),
		claimLTI + "context": map[string]any{
			"id": m.courseID(l.course), "label": l.course.Label, "title": l.course.Title, "type": []string{"CourseSection"},
		},
		claimLTI + "tool_platform": map[string]any{
			"product_family_code": "moodle", "version": "2024100706", "guid": stableHex(32, "moodle", "site"),
			"name": "Harbour", "description": m.institution,
		},
		claimLTI + "version": "1.3.0",
	}
	m.addMessage(claims, l)
	m.addServices(claims, l)
	m.addPerson(claims, l)
	return claims
}

// addMessage adds what tells an ordinary launch from a selection of content.
func (m *moodle) addMessage(claims map[string]any, l launch) {
	if l.picker != "" {
		claims[claimLTI+"message_type"] = "LtiDeepLinkingRequest"
		claims[claimLTI+"launch_presentation"] = map[string]any{"locale": l.knobs.Lang}
		claims[claimDeepLinking+"deep_linking_settings"] = m.pickerSettings(l)
		return
	}
	target, container := "iframe", moodleEmbed
	if l.knobs.In == "tab" {
		target, container = "window", moodleWindow
	}
	claims[claimLTI+"message_type"] = "LtiResourceLinkRequest"
	claims[claimLTI+"resource_link"] = map[string]any{"title": l.item.Title, "description": l.item.Text, "id": m.instance(l.link)}
	claims[claimLTI+"launch_presentation"] = map[string]any{
		"locale": l.knobs.Lang, "document_target": target,
		"return_url": m.origin() + "/mod/lti/return.php?course=" + m.courseID(l.course) + "&launch_container=" + container +
			"&instanceid=" + m.instance(l.link) + "&sesskey=" + m.sesskey,
	}
}

// addServices adds the services that the tool was granted, and the custom
// parameters, among which Moodle puts the address of the members.
func (m *moodle) addServices(claims map[string]any, l launch) {
	custom := expand(l.tool, l.item, m.variables(l))
	if l.tool.grants(scopeNRPS) {
		members := m.membersURL(l.course, l.tool)
		custom["context_memberships_url"] = members
		claims[claimNRPS] = map[string]any{"context_memberships_url": members, "service_versions": []string{"1.0", "2.0"}}
	}
	if len(custom) > 0 {
		claims[claimLTI+"custom"] = custom
	}
	if l.tool.grants(scopeAGS + "score") {
		claims[claimAGS] = map[string]any{
			"scope":     []string{scopeAGS + "lineitem", scopeAGS + "lineitem.readonly", scopeAGS + "result.readonly", scopeAGS + "score"},
			"lineitems": m.origin() + "/mod/lti/services.php/" + m.courseID(l.course) + "/lineitems?type_id=" + l.tool.ID,
		}
	}
}

func (m *moodle) membersURL(at course, t tool) string {
	return m.origin() + "/mod/lti/services.php/CourseSection/" + m.courseID(at) + "/bindings/" + t.ID + "/memberships"
}

// sourcedID is the person's ID number, which only students have here.
func (m *moodle) sourcedID(p Person) string {
	if m.roles(p)[0] != roleLearner {
		return ""
	}
	return "S-000" + m.userID(p)
}

func (m *moodle) sectionID(at course) string {
	return strings.ToLower(strings.ReplaceAll(at.Label, " ", "-"))
}

// addPerson adds what the site shares about people; the rest is simply absent.
func (m *moodle) addPerson(claims map[string]any, l launch) {
	ext := map[string]any{"lms": "moodle-2"}
	claims[claimLTI+"ext"] = ext
	name, mail := l.tool.sharing(l.knobs.Share)
	if name {
		claims["given_name"], claims["family_name"], claims["name"] = l.person.GivenName, l.person.FamilyName, l.person.Name()
		ext["user_username"] = l.person.Username
	}
	if mail {
		claims["email"] = l.person.Email(m.domain)
	}
}

// variables resolves Moodle's substitution variables. One without a value in
// this message is null, an unknown one stays as it is.
func (m *moodle) variables(l launch) func(string) (any, bool) {
	history := make([]string, 0, len(l.course.Copied))
	for _, key := range l.course.Copied {
		history = append(history, m.courseID(course{Key: key}))
	}
	known := map[string]any{
		"$Context.id": m.courseID(l.course), "$Context.title": l.course.Title, "$Context.label": l.course.Label,
		"$Context.id.history": strings.Join(history, ","), "$Context.sourcedId": m.sectionID(l.course),
		"$CourseSection.title": l.course.Title, "$CourseSection.label": l.course.Label,
		"$CourseSection.sourcedId":          m.sectionID(l.course),
		"$CourseSection.timeFrame.begin":    "2026-09-01T00:00:00+00:00",
		"$CourseSection.timeFrame.end":      "2026-12-31T00:00:00+00:00",
		"$ResourceLink.id":                  nil,
		"$ResourceLink.title":               nil,
		"$ResourceLink.description":         nil,
		"$User.id":                          m.userID(l.person),
		"$User.username":                    l.person.Username,
		"$Person.sourcedId":                 m.sourcedID(l.person),
		"$Person.address.timezone":          "99",
		"$Membership.role":                  moodleShortRole(m.roles(l.person)),
		"$Moodle.Person.userGroupIds":       "",
		"$ToolProxyBinding.memberships.url": m.membersURL(l.course, l.tool),
		"$Person.name.full":                 l.person.Name(),
		"$Person.name.given":                l.person.GivenName,
		"$Person.name.family":               l.person.FamilyName,
		"$Person.email.primary":             l.person.Email(m.domain),
	}
	if l.picker == "" {
		known["$ResourceLink.id"], known["$ResourceLink.title"] = m.instance(l.link), l.item.Title
		known["$ResourceLink.description"] = l.item.Text
	}
	return func(name string) (any, bool) { value, ok := known[name]; return value, ok }
}

// moodleShortRole is a short word of LTI 1.1, as $Membership.role gives it.
func moodleShortRole(roles []string) string {
	if roles[0] == roleLearner {
		return "Learner"
	}
	return "Instructor"
}
