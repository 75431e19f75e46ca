package demo

import (
	"strconv"
	"strings"
)

const (
	claimGroups = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
)

// blackboardAGS are the scopes of grades.
func blackboardAGS() []string {
	return []string{scopeAGS + "lineitem", scopeAGS + "result.readonly", scopeAGS + "score", scopeAGS + "lineitem.readonly"}
}

// blackboardCourse is the course's primary key, unique only in its site.
func blackboardCourse(at course) string {
	n, _ := strconv.Atoi(at.Key) // keys are numbers
	return "_" + strconv.Itoa(n+3) + "_1"
}

// blackboardContext is the course's UUID in the institution.
func blackboardContext(at course, institution string) string {
	if at.Key == "1" {
		return stableHex(32, "blackboard", institution, "course")
	}
	return stableHex(32, "blackboard", institution, "course", at.Key)
}

// target is the target link URI: that of the link or the placement, else the
// application's.
func (b *blackboard) target(st start) string {
	place := placeContent
	switch {
	case st.picker != "":
		place = placePicker
	case st.link == linkTool:
		place = placeTool
	case st.link == linkAccount:
		place = placeSystem
	}
	return orDefault(st.item.URL, orDefault(st.tool.Placements[place], st.tool.TargetURL))
}

// blackboardContent is the content id, which becomes the resource link id. Both
// institutions use the same ones.
func blackboardContent(link string) string {
	switch link {
	case linkTool:
		return "_26_1"
	case linkAccount:
		return "programView"
	case linkPicker:
		return "_14_1" // the folder
	default:
		return "_4" + link + "_1"
	}
}

func (b *blackboard) title(st start) string {
	switch st.link {
	case linkTool:
		return "Rooms"
	case linkAccount:
		return "Program View"
	case linkPicker:
		return "Add content"
	}
	return st.item.Title
}

// userID is the person's UUID in the institution, 32 hex digits.
func (b *blackboard) userID(p Person, institution string) string {
	return stableHex(32, "blackboard", institution, "user", p.Key)
}

// roles are Learn's without a mapping: every privileged course role is sent as
// Instructor. Outside a course there is no context role.
func (b *blackboard) roles(p Person, link string) []string {
	switch {
	case link == linkAccount:
		return []string{systemRole + "Administrator", institutionRole + "Staff"}
	case p.Key == "teacher" || p.Key == "ta":
		return []string{roleInstructor}
	case p.Key == "admin":
		return []string{roleInstructor, systemRole + "Administrator", roleAdministrator, institutionRole + "Staff"}
	default:
		return []string{roleLearner, institutionRole + "Student"}
	}
}

// claims writes the token of a launch, good for an hour from now.
func (b *blackboard) claims(l launch, nonce string) map[string]any {
	now := b.s.now()
	site := institutionByKey(l.knobs.Institution)
	locale := l.knobs.Lang
	if locale == "en" {
		locale = "en-US"
	}
	claims := map[string]any{
		"sub": b.userID(l.person, site.key), "iss": issuerBlackboard, "aud": l.tool.ClientID, "nonce": nonce,
		"iat": now.Unix(), "exp": now.Add(blackboardTokenLife).Unix(), "locale": locale,
		claimLTI + "deployment_id": l.tool.Deployments[site.key], claimLTI + "version": "1.3.0",
		claimLTI + "tool_platform": map[string]any{
			"name": site.name, "description": site.name, "guid": stableHex(32, "blackboard", site.key, "site"),
			"product_family_code": "BlackboardLearn", "version": "3900.93.0-rel.59+7d3ba1c",
			"url": b.origin() + "/", "contact_email": "help@" + site.domain,
		},
		claimLTI + "lis":             map[string]any{"person_sourcedid": l.person.Username, "course_section_sourcedid": l.course.Label},
		claimLTI + "roles":           b.roles(l.person, l.link),
		claimLTI + "target_link_uri": b.target(l.start),
		claimLTI + "context": map[string]any{
			"id": blackboardContext(l.course, site.key), "label": l.course.Label, "title": l.course.Title,
			"type": []string{courseOffering},
		},
		claimLTI + "resource_link": b.resourceLink(l.start),
		claimLTI + "custom":        b.custom(l),
		"https://blackboard.com/lti/claim/one_time_session_token": randomHex(32),
		"https://blackboard.com/webapps/foundations-connector/foundations-ids": map[string]any{
			"site-id": stableUUID("blackboard", site.key, "site"), "tenant-id": stableUUID("blackboard", site.key, "tenant"),
		},
	}
	name, mail := l.tool.sharing(l.knobs.Share)
	if name {
		claims["name"], claims["given_name"], claims["family_name"] = l.person.Name(), l.person.GivenName, l.person.FamilyName
	}
	if mail {
		claims["email"] = l.person.Email(site.domain)
	}
	b.addMessage(claims, l, locale)
	if l.link == linkAccount {
		leaveCourse(claims)
		return claims
	}
	b.addServices(claims, l)
	return claims
}

// addMessage adds what tells an ordinary launch from a selection of content,
// which has no presentation at all.
func (b *blackboard) addMessage(claims map[string]any, l launch, locale string) {
	if l.picker != "" {
		claims[claimLTI+"message_type"] = "LtiDeepLinkingRequest"
		claims[claimDeepLinking+"deep_linking_settings"] = b.pickerSettings(l)
		return
	}
	claims[claimLTI+"message_type"] = "LtiResourceLinkRequest"
	claims[claimLTI+"launch_presentation"] = map[string]any{"return_url": b.returnURL(l), "locale": locale}
}

// resourceLink is there in every message; for a selection it is the folder.
func (b *blackboard) resourceLink(st start) map[string]any {
	link := map[string]any{"id": blackboardContent(st.link)}
	if st.picker == "" {
		link["title"] = b.title(st)
	}
	if st.item.Text != "" {
		link["description"] = st.item.Text
	}
	return link
}

func (b *blackboard) returnURL(l launch) string {
	content := blackboardContent(l.link)
	address := b.origin() + "/webapps/blackboard/execute/blti/launchReturn?"
	if l.link == linkAccount {
		return address + "nonce=" + randomHex(32) + "&link_id=" + content
	}
	return address + "course_id=" + blackboardCourse(l.course) + "&content_id=" + content + "&toGC=false&nonce=" + randomHex(32) +
		"&launch_id=" + stableUUID(l.id) + "&link_id=" + content + "&launch_time=" + strconv.FormatInt(l.startAt.UnixMilli(), 10)
}

// custom holds the tool's parameters and what Learn adds unasked. The course
// role by Learn's own code is the only way to tell a teaching assistant.
func (b *blackboard) custom(l launch) map[string]any {
	codes := map[string]string{"teacher": "P", "ta": "T", "admin": "P"}
	history := make([]string, 0, len(l.course.Copied))
	for _, key := range l.course.Copied {
		history = append(history, blackboardContext(course{Key: key}, l.knobs.Institution))
	}
	known := map[string]any{
		"@X@membership.role@X@": orDefault(codes[l.person.Key], "S"), "@X@course.id@X@": l.course.Label,
		"@X@course.pk_string@X@": blackboardCourse(l.course), "@X@user.id@X@": l.person.Username,
		"$User.username": l.person.Username, "$Person.email.primary": l.person.Email(b.domain),
		"$Context.id.history": strings.Join(history, ","),
	}
	out := expand(l.tool, l.item, func(name string) (any, bool) { value, ok := known[name]; return value, ok })
	out["caliper_profile_url"] = b.origin() + "/learn/api/v1/telemetry/caliper/profile"
	return out
}

// leaveCourse turns the claims into those of a system placement, whose context
// and link are synthetic.
func leaveCourse(claims map[string]any) {
	claims[claimLTI+"context"] = map[string]any{
		"id": "_9_1", "label": "Program View", "title": "Program View", "type": []string{courseOffering},
	}
	claims[claimLTI+"resource_link"] = map[string]any{"id": blackboardContent(linkAccount)}
	claims[claimLTI+"lis"] = map[string]any{"person_sourcedid": "administrator"}
}

// membersURL is the address of a course's members; some have a query already.
func (b *blackboard) membersURL(at course) string {
	address := b.origin() + "/learn/api/v1/lti/external/namesandroles/" + blackboardCourse(at)
	if at.Size > 100 {
		address += "?placement_id=_553_1"
	}
	return address
}

func (b *blackboard) addServices(claims map[string]any, l launch) {
	api := b.origin() + "/learn/api/v1/lti/courses/" + blackboardCourse(l.course)
	if l.tool.grants(scopeAGS + "score") {
		claims[claimAGS] = map[string]any{"lineitems": api + "/lineItems", "scope": blackboardAGS()}
	}
	if l.tool.grants(scopeNRPS) {
		claims[claimNRPS] = map[string]any{
			"context_memberships_url": b.membersURL(l.course), "scope": []string{scopeNRPS}, "service_versions": []string{"2.0"},
		}
	}
	claims[claimGroups] = map[string]any{
		"context_groups_url":     api + "/groups",
		"context_group_sets_url": api + "/groupsets",
		"scope":                  []string{"https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"},
		"service_versions":       []string{"1.0"},
	}
}
