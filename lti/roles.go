package lti

import "strings"

// CourseRole is what a person's roles amount to in a course. The words are
// those of the permissions they lead to.
type CourseRole string

// The course roles, from most to least.
const (
	// RoleOwner: an administrator who is not enrolled in the course: support.
	RoleOwner CourseRole = "owner"
	// RoleInstructor: owns what they create, co-owns the rest of the course.
	RoleInstructor CourseRole = "instructor"
	// RoleCoOwner: an administrator of the course.
	RoleCoOwner CourseRole = "co-owner"
	// RoleCoEditor: a teaching assistant or content developer.
	RoleCoEditor CourseRole = "co-editor"
	// RoleCoPublisher: a manager or grader.
	RoleCoPublisher CourseRole = "co-publisher"
	// RoleNone: everybody else; attends as a viewer.
	RoleNone CourseRole = "none"
)

// rank orders the course roles; of several the highest counts.
var rank = map[CourseRole]int{
	RoleNone: 0, RoleCoPublisher: 1, RoleCoEditor: 2, RoleCoOwner: 3, RoleInstructor: 4, RoleOwner: 5,
}

// principals maps context roles to course roles. What is not here (Learner,
// Mentor, Observer, Member, Officer, and whatever nobody has heard of) is none.
var principals = map[string]CourseRole{
	"Instructor":        RoleInstructor,
	"Administrator":     RoleCoOwner,
	"ContentDeveloper":  RoleCoEditor,
	"TeachingAssistant": RoleCoEditor,
	"Manager":           RoleCoPublisher,
}

// refined maps the sub-roles that differ from their principal role. A sub-role
// that is not here counts as its principal.
var refined = map[string]CourseRole{
	"Instructor/TeachingAssistant":                   RoleCoEditor,
	"Instructor/TeachingAssistantGroup":              RoleCoEditor,
	"Instructor/TeachingAssistantOffering":           RoleCoEditor,
	"Instructor/TeachingAssistantSection":            RoleCoEditor,
	"Instructor/TeachingAssistantSectionAssociation": RoleCoEditor,
	"Instructor/TeachingAssistantTemplate":           RoleCoEditor,
	"Instructor/Grader":                              RoleCoPublisher,
	"TeachingAssistant/Grader":                       RoleCoPublisher,
	"Manager/Observer":                               RoleNone,
	"Manager/ExternalObserver":                       RoleNone,
}

// The vocabularies [LTI-13 A.2]. The urn: forms are LTI 1.1's, which some
// platforms still send.
const (
	contextRolePrefix    = "http://purl.imsglobal.org/vocab/lis/v2/membership"
	legacyContextPrefix  = "urn:lti:role:ims/lis/"
	groupTypeLong        = "http://purl.imsglobal.org/vocab/lis/v2/course#Group"
	groupTypeLegacy      = "urn:lti:context-type:ims/lis/Group"
	groupTypeShort       = "Group"
	institutionAdmin     = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"
	systemAdmin          = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"
	institutionAdminV1   = "urn:lti:instrole:ims/lis/Administrator"
	systemAdminV1        = "urn:lti:sysrole:ims/lis/Administrator"
	roleFragment         = "#"
	subRoleSeparator     = "/"
	anyVocabularyDivider = ":"
)

// DecideRole returns what roles amount to in a context of contextTypes.
// Context roles decide; a sub-role refines its principal role, of several
// principal roles the highest counts, and in groups managers and members count
// as none, because Canvas sends both for students. An institution's or
// system's administrator without any context role is owner. Nothing else
// raises anybody: no other institution role, no custom value (C-13 to C-17,
// C-23 to C-27, C-34).
func DecideRole(roles, contextTypes []string) CourseRole {
	held := map[string][]string{} // principal role: its sub-roles
	admin := false
	for _, role := range roles {
		if principal, sub, ok := contextRole(role); ok {
			held[principal] = append(held[principal], sub)
			continue
		}
		admin = admin || isAdministrator(role)
	}
	if len(held) == 0 {
		if admin {
			return RoleOwner
		}
		return RoleNone
	}
	highest := RoleNone
	group := isGroup(contextTypes)
	for principal, subs := range held {
		if group && principal == "Manager" {
			continue
		}
		highest = higher(highest, refine(principal, subs))
	}
	return highest
}

// contextRole splits a context role in any of its spellings: the long name
// with or without sub-role, LTI 1.1's, or a short name, which is always a
// context role.
func contextRole(role string) (principal, sub string, ok bool) {
	switch {
	case strings.HasPrefix(role, contextRolePrefix):
		return splitLong(strings.TrimPrefix(role, contextRolePrefix))
	case strings.HasPrefix(role, legacyContextPrefix):
		principal, sub, _ = strings.Cut(strings.TrimPrefix(role, legacyContextPrefix), subRoleSeparator)
	case strings.Contains(role, anyVocabularyDivider):
		return "", "", false
	case strings.Contains(role, roleFragment):
		principal, sub, _ = strings.Cut(role, roleFragment)
	default:
		principal, sub, _ = strings.Cut(role, subRoleSeparator)
	}
	return principal, sub, principal != ""
}

// splitLong reads what follows the vocabulary's name: #Principal or
// /Principal#Sub.
func splitLong(rest string) (principal, sub string, ok bool) {
	path, fragment, found := strings.Cut(rest, roleFragment)
	switch {
	case !found || fragment == "":
		return "", "", false
	case path == "":
		return fragment, "", true
	case strings.HasPrefix(path, subRoleSeparator):
		return strings.TrimPrefix(path, subRoleSeparator), fragment, true
	}
	return "", "", false
}

// refine returns the highest of a principal role's known refinements, or the
// principal role itself where none of its sub-roles is one.
func refine(principal string, subs []string) CourseRole {
	highest, refines := RoleNone, false
	for _, sub := range subs {
		name := principal + subRoleSeparator + sub
		if role, ok := refined[name]; ok {
			highest, refines = higher(highest, role), true
			continue
		}
		if teaching[name] {
			highest, refines = RoleInstructor, true
		}
	}
	if refines {
		return highest
	}
	if role, ok := principals[principal]; ok {
		return role
	}
	return RoleNone
}

// teaching are the sub-roles that confirm their principal role even beside a
// lesser one: who lectures and assists is an instructor.
var teaching = map[string]bool{
	"Instructor/ExternalInstructor":  true,
	"Instructor/GuestInstructor":     true,
	"Instructor/Lecturer":            true,
	"Instructor/PrimaryInstructor":   true,
	"Instructor/SecondaryInstructor": true,
}

func higher(a, b CourseRole) CourseRole {
	if rank[b] > rank[a] {
		return b
	}
	return a
}

func isAdministrator(role string) bool {
	switch role {
	case institutionAdmin, systemAdmin, institutionAdminV1, systemAdminV1:
		return true
	}
	return false
}

func isGroup(contextTypes []string) bool {
	for _, t := range contextTypes {
		if t == groupTypeLong || t == groupTypeShort || t == groupTypeLegacy {
			return true
		}
	}
	return false
}
