package demo

import (
	"strconv"
)

// Claim names and role URIs that several campuses send.
const (
	claimLTI  = "https://purl.imsglobal.org/spec/lti/claim/"
	claimAGS  = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
	claimNRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"

	scopeAGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"

	roleInstructor    = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
	roleTA            = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
	roleLearner       = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
	roleAdministrator = "http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator"

	institutionRole = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
	systemRole      = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"

	courseOffering = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"
)

// userID is the person's number in the Moodle site.
func (m *moodle) userID(p Person) string {
	ids := map[string]string{"admin": "2", "teacher": "3", "ta": "4", "student1": "5", "student2": "6"}
	return ids[p.Key]
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
	title, _ := activityByKey(l.link)
	target, container := "iframe", moodleEmbed
	if l.knobs.In == "tab" {
		target, container = "window", moodleWindow
	}
	sourcedID := ""
	if roles := m.roles(l.person); roles[0] == roleLearner {
		sourcedID = "S-000" + m.userID(l.person)
	}
	memberships := m.origin() + "/mod/lti/services.php/CourseSection/" + moodleCourse + "/bindings/" + moodleDeployment + "/memberships"
	claims := map[string]any{
		"nonce": nonce, "iat": now, "exp": now + int64(moodleTokenLife.Seconds()),
		"iss": m.origin(), "aud": clientMoodle, "sub": m.userID(l.person),
		claimLTI + "deployment_id":   moodleDeployment,
		claimLTI + "target_link_uri": m.s.tool.launchURL,
		claimLTI + "lis":             map[string]any{"person_sourcedid": sourcedID, "course_section_sourcedid": "bio-204"},
		claimLTI + "roles":           m.roles(l.person),
		claimLTI + "context": map[string]any{
			"id": moodleCourse, "label": courseLabel, "title": courseTitle, "type": []string{"CourseSection"},
		},
		claimLTI + "message_type":  "LtiResourceLinkRequest",
		claimLTI + "resource_link": map[string]any{"title": title.title, "description": "", "id": m.instance(l.link)},
		claimLTI + "launch_presentation": map[string]any{
			"locale": l.knobs.Lang, "document_target": target,
			"return_url": m.origin() + "/mod/lti/return.php?course=" + moodleCourse + "&launch_container=" + container +
				"&instanceid=" + m.instance(l.link) + "&sesskey=" + m.sesskey,
		},
		claimLTI + "tool_platform": map[string]any{
			"product_family_code": "moodle", "version": "2024100706", "guid": stableHex(32, "moodle", "site"),
			"name": "Harbour", "description": m.institution,
		},
		claimLTI + "version": "1.3.0",
		claimLTI + "custom": map[string]any{
			"context_history": "", "avail": "$ResourceLink.available.startDateTime",
			"context_memberships_url": memberships,
		},
		claimAGS: map[string]any{
			"scope":     []string{scopeAGS + "lineitem", scopeAGS + "lineitem.readonly", scopeAGS + "result.readonly", scopeAGS + "score"},
			"lineitems": m.origin() + "/mod/lti/services.php/" + moodleCourse + "/lineitems?type_id=" + moodleDeployment,
		},
		claimNRPS: map[string]any{
			"context_memberships_url": memberships, "service_versions": []string{"1.0", "2.0"},
		},
	}
	m.addPerson(claims, l)
	return claims
}

// addPerson adds what the site shares about people; the rest is simply absent.
func (m *moodle) addPerson(claims map[string]any, l launch) {
	ext := map[string]any{"lms": "moodle-2"}
	claims[claimLTI+"ext"] = ext
	if l.knobs.Share == "none" {
		return
	}
	claims["given_name"], claims["family_name"], claims["name"] = l.person.GivenName, l.person.FamilyName, l.person.Name()
	ext["user_username"] = l.person.Username
	if l.knobs.Share == "all" {
		claims["email"] = l.person.Email(m.domain)
	}
}
