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

// RoleUse says what one role of a launch did to the decision.
type RoleUse string

// The uses of a role.
const (
	UseDecides RoleUse = "decides" // its row is the one that counts
	UseEqual   RoleUse = "equal"   // its row gives no more than the deciding one
	UseRefined RoleUse = "refined" // a sub-role beside it says more precisely what it means
	UseBeside  RoleUse = "beside"  // of the institution or system: a context role beside it decides
	UseGroup   RoleUse = "group"   // Manager or Member in a group, where students have it
	UseNoRow   RoleUse = "no_row"  // the table does not have it
	UseUnread  RoleUse = "unread"  // a role of no vocabulary that is known here
)

// ReadRole is a role of a launch as it was read.
type ReadRole struct {
	Claim string // as the platform sent it
	Name  string // as the table calls it, such as Instructor#Grader; "" if it is of no known vocabulary
	Row   string // the row that holds for it; "" where there is none
	Role  CourseRole
	Use   RoleUse

	principal string // of a context role
}

// Decision is what the roles of a launch amount to, and why.
type Decision struct {
	Role CourseRole
	Row  string // the row that decided; "" where none did
	Read []ReadRole
	// Group says that the context is a group.
	Group bool
}

// Decide returns what roles amount to in a context of contextTypes. Context
// roles decide; a sub-role with a row of its own refines its principal role, of
// several the highest counts, and in groups managers and members count as none,
// because Canvas sends both for students. Rows of the institution and the
// system count only where there is no context role. Nothing else raises
// anybody: no other role, no custom value (C-13 to C-17, C-23 to C-27, C-34).
func (t RoleTable) Decide(roles, contextTypes []string) Decision {
	d := Decision{Role: RoleNone, Group: isGroup(contextTypes), Read: make([]ReadRole, 0, len(roles))}
	inContext := false
	var refined []string // principals of which a sub-role has a row
	for _, claim := range roles {
		r := t.read(claim)
		inContext = inContext || r.principal != ""
		if r.principal != "" && r.Row != "" && r.Row != r.principal {
			refined = append(refined, r.principal)
		}
		d.Read = append(d.Read, r)
	}
	best := -1
	for i := range d.Read {
		r := &d.Read[i]
		if r.Use = r.idle(inContext, d.Group, refined); r.Use != "" {
			continue
		}
		r.Use = UseEqual
		if best < 0 || rank[r.Role] > rank[d.Read[best].Role] {
			best = i
		}
	}
	if best >= 0 {
		d.Read[best].Use = UseDecides
		d.Role, d.Row = d.Read[best].Role, d.Read[best].Row
	}
	return d
}

// DecideRole is what [RoleTable.Decide] makes of roles by the default table.
func DecideRole(roles, contextTypes []string) CourseRole {
	return RoleTable(nil).Decide(roles, contextTypes).Role
}

// idle says why a role cannot decide, "" where it can.
func (r *ReadRole) idle(inContext, group bool, refined []string) RoleUse {
	switch {
	case r.Name == "":
		return UseUnread
	case r.principal == "" && inContext:
		return UseBeside
	case group && (r.principal == "Manager" || r.principal == "Member"):
		return UseGroup
	case r.Row == "":
		return UseNoRow
	case r.Row != r.principal:
		return ""
	}
	for _, principal := range refined {
		if principal == r.principal {
			return UseRefined
		}
	}
	return ""
}

// read finds a role's name and the row that holds for it: its own, or that of
// its principal role.
func (t RoleTable) read(claim string) ReadRole {
	r := ReadRole{Claim: claim, Role: RoleNone}
	if principal, sub, ok := contextRole(claim); ok {
		r.Name, r.principal = principal, principal
		if sub != "" {
			r.Name += roleFragment + sub
		}
	} else {
		r.Name = personRole(claim)
	}
	for _, name := range []string{r.Name, r.principal} {
		if role, ok := t.worth(name); ok {
			r.Row, r.Role = name, role
			return r
		}
	}
	return r
}

// The vocabularies [LTI-13 A.2]. The urn: forms are LTI 1.1's, which some
// platforms still send.
const (
	contextRolePrefix       = "http://purl.imsglobal.org/vocab/lis/v2/membership"
	legacyContextPrefix     = "urn:lti:role:ims/lis/"
	institutionPrefix       = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
	legacyInstitutionPrefix = "urn:lti:instrole:ims/lis/"
	systemPrefix            = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
	legacySystemPrefix      = "urn:lti:sysrole:ims/lis/"
	groupTypeLong           = "http://purl.imsglobal.org/vocab/lis/v2/course#Group"
	groupTypeLegacy         = "urn:lti:context-type:ims/lis/Group"
	groupTypeShort          = "Group"
	roleFragment            = "#"
	subRoleSeparator        = "/"
	anyVocabularyDivider    = ":"
)

// The names of roles outside the course begin with these.
const (
	institutionName = "institution/person#"
	systemName      = "system/person#"
)

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

// personRole names a role of the institution or the system, "" for any other.
func personRole(role string) string {
	for _, v := range []struct{ prefix, name string }{
		{institutionPrefix, institutionName}, {legacyInstitutionPrefix, institutionName},
		{systemPrefix, systemName}, {legacySystemPrefix, systemName},
	} {
		if rest, ok := strings.CutPrefix(role, v.prefix); ok && rest != "" {
			return v.name + rest
		}
	}
	return ""
}

func isGroup(contextTypes []string) bool {
	for _, t := range contextTypes {
		if t == groupTypeLong || t == groupTypeShort || t == groupTypeLegacy {
			return true
		}
	}
	return false
}
