package demo

import (
	"strconv"
)

const (
	// blackboardCourse is the course's primary key, unique only in its site.
	blackboardCourse = "_4_1"
	claimGroups      = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"
)

// blackboardContent is the content id, which becomes the resource link id. Both
// institutions use the same ones.
func blackboardContent(link string) string {
	switch link {
	case linkTool:
		return "_26_1"
	case linkAccount:
		return "programView"
	default:
		return "_4" + link + "_1"
	}
}

func (b *blackboard) title(link string) string {
	switch link {
	case linkTool:
		return "Rooms"
	case linkAccount:
		return "Program View"
	}
	a, _ := activityByKey(link)
	return a.title
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
		"sub": b.userID(l.person, site.key), "iss": issuerBlackboard, "aud": clientBlackboard, "nonce": nonce,
		"iat": now.Unix(), "exp": now.Add(blackboardTokenLife).Unix(), "locale": locale,
		claimLTI + "deployment_id": site.deployment, claimLTI + "version": "1.3.0",
		claimLTI + "tool_platform": map[string]any{
			"name": site.name, "description": site.name, "guid": stableHex(32, "blackboard", site.key, "site"),
			"product_family_code": "BlackboardLearn", "version": "3900.93.0-rel.59+7d3ba1c",
			"url": b.origin() + "/", "contact_email": "help@" + site.domain,
		},
		claimLTI + "lis": map[string]any{"person_sourcedid": l.person.Username, "course_section_sourcedid": courseLabel},
		claimLTI + "launch_presentation": map[string]any{
			"return_url": b.returnURL(l), "locale": locale,
		},
		claimLTI + "roles":           b.roles(l.person, l.link),
		claimLTI + "target_link_uri": b.s.tool.launchURL,
		claimLTI + "context": map[string]any{
			"id": stableHex(32, "blackboard", site.key, "course"), "label": courseLabel, "title": courseTitle,
			"type": []string{courseOffering},
		},
		claimLTI + "resource_link":                                map[string]any{"id": blackboardContent(l.link), "title": b.title(l.link)},
		claimLTI + "message_type":                                 "LtiResourceLinkRequest",
		claimLTI + "custom":                                       b.custom(l.person),
		"https://blackboard.com/lti/claim/one_time_session_token": randomHex(32),
		"https://blackboard.com/webapps/foundations-connector/foundations-ids": map[string]any{
			"site-id": stableUUID("blackboard", site.key, "site"), "tenant-id": stableUUID("blackboard", site.key, "tenant"),
		},
	}
	if l.knobs.Share != "none" {
		claims["name"], claims["given_name"], claims["family_name"] = l.person.Name(), l.person.GivenName, l.person.FamilyName
	}
	if l.knobs.Share == "all" {
		claims["email"] = l.person.Email(site.domain)
	}
	if l.link == linkAccount {
		leaveCourse(claims)
		return claims
	}
	b.addServices(claims)
	return claims
}

func (b *blackboard) returnURL(l launch) string {
	content := blackboardContent(l.link)
	address := b.origin() + "/webapps/blackboard/execute/blti/launchReturn?"
	if l.link == linkAccount {
		return address + "nonce=" + randomHex(32) + "&link_id=" + content
	}
	return address + "course_id=" + blackboardCourse + "&content_id=" + content + "&toGC=false&nonce=" + randomHex(32) +
		"&launch_id=" + stableUUID(l.id) + "&link_id=" + content + "&launch_time=" + strconv.FormatInt(l.startAt.UnixMilli(), 10)
}

// custom holds the course role by Learn's own code, the only way to tell a
// teaching assistant, and what Learn adds unasked.
func (b *blackboard) custom(p Person) map[string]any {
	codes := map[string]string{"teacher": "P", "ta": "T", "admin": "P"}
	return map[string]any{
		"bb_course_role": orDefault(codes[p.Key], "S"), "bb_course_id": courseLabel, "group_id": "$CourseGroup.id",
		"caliper_profile_url": b.origin() + "/learn/api/v1/telemetry/caliper/profile",
	}
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

func (b *blackboard) addServices(claims map[string]any) {
	api := b.origin() + "/learn/api/v1/lti"
	claims[claimAGS] = map[string]any{
		"lineitems": api + "/courses/" + blackboardCourse + "/lineItems",
		"scope":     []string{scopeAGS + "lineitem", scopeAGS + "result.readonly", scopeAGS + "score", scopeAGS + "lineitem.readonly"},
	}
	claims[claimNRPS] = map[string]any{
		"context_memberships_url": api + "/external/namesandroles/" + blackboardCourse,
		"scope":                   []string{"https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"},
		"service_versions":        []string{"2.0"},
	}
	claims[claimGroups] = map[string]any{
		"context_groups_url":     api + "/courses/" + blackboardCourse + "/groups",
		"context_group_sets_url": api + "/courses/" + blackboardCourse + "/groupsets",
		"scope":                  []string{"https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"},
		"service_versions":       []string{"1.0"},
	}
}
