package lti

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// RoleTable says what roles are worth in a tenant: the default table, and in
// it what the tenant's administrators changed, by the names of rows. The zero
// value is the default table.
type RoleTable map[string]CourseRole

// RoleRow is one row of a table.
type RoleRow struct {
	// Name is a context role (Instructor), a sub-role (Instructor#Grader), or a
	// role outside the course (institution/person#Administrator).
	Name string
	Role CourseRole // what holds
	// Default is what the default table says, "" where it has no such row.
	Default CourseRole
	Changed bool
}

// What a table refuses.
var (
	// ErrRoleName: no role can be called that.
	ErrRoleName = errors.New("not the name of a role")
	// ErrRoleWorth: there is no such course role.
	ErrRoleWorth = errors.New("not a course role")
	// ErrTooManyRoles: the tenant has changed as many rows as it may.
	ErrTooManyRoles = errors.New("too many changed roles")
)

// CourseRoles are all that a role can be worth, from most to least.
func CourseRoles() []CourseRole {
	return []CourseRole{RoleOwner, RoleInstructor, RoleCoOwner, RoleCoEditor, RoleCoPublisher, RoleNone}
}

// defaultRoles is the default table in the order in which it is shown. A
// sub-role that is not here counts as its principal role, any other role that
// is not here as none.
var defaultRoles = []RoleRow{
	{Name: "Instructor", Role: RoleInstructor},
	// Who lectures and assists is an instructor: these confirm their principal
	// role even beside a lesser one.
	{Name: "Instructor#ExternalInstructor", Role: RoleInstructor},
	{Name: "Instructor#GuestInstructor", Role: RoleInstructor},
	{Name: "Instructor#Lecturer", Role: RoleInstructor},
	{Name: "Instructor#PrimaryInstructor", Role: RoleInstructor},
	{Name: "Instructor#SecondaryInstructor", Role: RoleInstructor},
	{Name: "Instructor#TeachingAssistant", Role: RoleCoEditor},
	{Name: "Instructor#TeachingAssistantGroup", Role: RoleCoEditor},
	{Name: "Instructor#TeachingAssistantOffering", Role: RoleCoEditor},
	{Name: "Instructor#TeachingAssistantSection", Role: RoleCoEditor},
	{Name: "Instructor#TeachingAssistantSectionAssociation", Role: RoleCoEditor},
	{Name: "Instructor#TeachingAssistantTemplate", Role: RoleCoEditor},
	{Name: "Instructor#Grader", Role: RoleCoPublisher},
	{Name: "TeachingAssistant", Role: RoleCoEditor},
	{Name: "TeachingAssistant#Grader", Role: RoleCoPublisher},
	{Name: "Administrator", Role: RoleCoOwner},
	{Name: "ContentDeveloper", Role: RoleCoEditor},
	{Name: "Manager", Role: RoleCoPublisher},
	{Name: "Manager#Observer", Role: RoleNone},
	{Name: "Manager#ExternalObserver", Role: RoleNone},
	{Name: "Learner", Role: RoleNone},
	{Name: "Mentor", Role: RoleNone},
	{Name: "Observer", Role: RoleNone},
	{Name: "Member", Role: RoleNone},
	{Name: "Officer", Role: RoleNone},
	// Support staff who are not enrolled.
	{Name: institutionName + "Administrator", Role: RoleOwner},
	{Name: systemName + "Administrator", Role: RoleOwner},
}

// defaults is defaultRoles by name.
var defaults = func() map[string]CourseRole {
	byName := make(map[string]CourseRole, len(defaultRoles))
	for _, row := range defaultRoles {
		byName[row.Name] = row.Role
	}
	return byName
}()

// worth is what the row of a name says; false where there is no such row.
func (t RoleTable) worth(name string) (CourseRole, bool) {
	if role, changed := t[name]; changed {
		return role, true
	}
	role, known := defaults[name]
	return role, known
}

// with returns the table with one more change.
func (t RoleTable) with(name string, role CourseRole) RoleTable {
	if t == nil {
		t = RoleTable{}
	}
	t[name] = role
	return t
}

// Rows lists the table: the default's rows in their order with what holds, and
// then the rows that were added, by name.
func (t RoleTable) Rows() []RoleRow {
	rows := slices.Clone(defaultRoles)
	for i := range rows {
		rows[i].Default = rows[i].Role
		if role, changed := t[rows[i].Name]; changed {
			rows[i].Role, rows[i].Changed = role, true
		}
	}
	known := len(rows)
	for name, role := range t {
		if _, inDefault := defaults[name]; !inDefault {
			rows = append(rows, RoleRow{Name: name, Role: role, Changed: true})
		}
	}
	slices.SortFunc(rows[known:], func(a, b RoleRow) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// maxRoleName bounds a name in bytes; the longest of the standard has 46.
const maxRoleName = 120

// ParseRoleName returns the name of the row for a role in any of its
// spellings, as somebody may paste it from a token, or [ErrRoleName].
func ParseRoleName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxRoleName+len(contextRolePrefix) {
		return "", fmt.Errorf("%w: 1 to %d characters are required", ErrRoleName, maxRoleName)
	}
	name := ""
	switch principal, sub, ok := contextRole(s); {
	case strings.HasPrefix(s, institutionName), strings.HasPrefix(s, systemName):
		name = s
	case ok && sub != "":
		name = principal + roleFragment + sub
	case ok:
		name = principal
	default:
		name = personRole(s)
	}
	if !usableRoleName(name) {
		return "", fmt.Errorf("%w: %s", ErrRoleName, diagnosis(s))
	}
	return name, nil
}

// usableRoleName wants words of letters, digits, dots, dashes and underscores,
// with one separator at most.
func usableRoleName(name string) bool {
	rest := strings.TrimPrefix(strings.TrimPrefix(name, institutionName), systemName)
	words := strings.Split(rest, roleFragment)
	if len(name) > maxRoleName || len(words) > 2 || rest != name && len(words) > 1 {
		return false
	}
	for _, word := range words {
		if word == "" || strings.IndexFunc(word, notInRoleName) >= 0 {
			return false
		}
	}
	return true
}

func notInRoleName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
}
