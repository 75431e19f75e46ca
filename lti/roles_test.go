package lti_test

import (
	"slices"
	"strings"
	"testing"

	"usher/lti"
)

const (
	membership  = "http://purl.imsglobal.org/vocab/lis/v2/membership"
	institution = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
	system      = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
	groupType   = "http://purl.imsglobal.org/vocab/lis/v2/course#Group"
)

var (
	course = []string{"http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"}
	group  = []string{groupType}
)

// decisions are the rows of the table of roles, and what is near them.
var decisions = []struct {
	name    string // C-number where one rules
	roles   []string
	context []string
	want    lti.CourseRole
}{
	{"C-13 instructor", []string{membership + "#Instructor"}, course, lti.RoleInstructor},
	{"C-14 instructor, staff and other", []string{membership + "#Instructor", institution + "Staff", institution + "Other"}, course, lti.RoleInstructor},
	{"C-15 short instructor", []string{"Instructor"}, course, lti.RoleInstructor},
	{"C-16 one empty role", []string{""}, course, lti.RoleNone},
	{"C-16 no role", nil, course, lti.RoleNone},
	{"C-17 unknown vocabulary", []string{"http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper"}, course, lti.RoleNone},
	{"C-23 learner", []string{membership + "#Learner"}, course, lti.RoleNone},
	{"C-24 student elsewhere, mentor", []string{membership + "#Learner", institution + "Student", institution + "Mentor"}, course, lti.RoleNone},
	{"C-24 learner who teaches elsewhere", []string{membership + "#Learner", institution + "Instructor"}, course, lti.RoleNone},
	{"C-25 short learner", []string{"Learner"}, course, lti.RoleNone},
	{"C-26 learner and unknown", []string{membership + "#Learner", "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown"}, course, lti.RoleNone},
	{"C-34 assistant with principal role", []string{membership + "#Instructor", membership + "/Instructor#TeachingAssistant"}, course, lti.RoleCoEditor},
	{"C-34 assistant without principal role", []string{membership + "/Instructor#TeachingAssistant"}, course, lti.RoleCoEditor},
	{"assistant of a section", []string{membership + "/Instructor#TeachingAssistantSection"}, course, lti.RoleCoEditor},
	{"assistant as a role of its own", []string{membership + "#TeachingAssistant"}, course, lti.RoleCoEditor},
	{"short assistant", []string{"TeachingAssistant"}, course, lti.RoleCoEditor},
	{"short assistant as sub-role", []string{"Instructor", "Instructor#TeachingAssistant"}, course, lti.RoleCoEditor},
	{"legacy instructor", []string{"urn:lti:role:ims/lis/Instructor"}, course, lti.RoleInstructor},
	{"legacy guest instructor", []string{"urn:lti:role:ims/lis/Instructor/GuestInstructor"}, course, lti.RoleInstructor},
	{"legacy assistant", []string{"urn:lti:role:ims/lis/TeachingAssistant/TeachingAssistantSection"}, course, lti.RoleCoEditor},
	{"legacy learner", []string{"urn:lti:role:ims/lis/Learner"}, course, lti.RoleNone},
	{"C-34 lecturer with and", []string{membership + "#Instructor", membership + "/Instructor#Lecturer"}, course, lti.RoleInstructor},
	{"C-34 lecturer without principal role", []string{membership + "/Instructor#Lecturer"}, course, lti.RoleInstructor},
	{"lecturer who assists too", []string{membership + "/Instructor#Lecturer", membership + "/Instructor#TeachingAssistant"}, course, lti.RoleInstructor},
	{"unknown sub-role counts as its principal", []string{membership + "/Instructor#Unheard"}, course, lti.RoleInstructor},
	{"unknown sub-role does not undo a refinement", []string{membership + "#Instructor", membership + "/Instructor#Unheard", membership + "/Instructor#TeachingAssistant"}, course, lti.RoleCoEditor},
	{"grader", []string{membership + "#Instructor", membership + "/Instructor#Grader"}, course, lti.RoleCoPublisher},
	{"content developer", []string{membership + "#ContentDeveloper"}, course, lti.RoleCoEditor},
	{"administrator of the course", []string{membership + "#Administrator"}, course, lti.RoleCoOwner},
	{"short administrator is the course's", []string{"Administrator"}, course, lti.RoleCoOwner},
	{"manager", []string{membership + "#Manager"}, course, lti.RoleCoPublisher},
	{"mentor, observer, member, officer", []string{membership + "#Mentor", membership + "#Observer", membership + "#Member", membership + "#Officer"}, course, lti.RoleNone},
	{"the highest principal role counts", []string{membership + "#Learner", membership + "#ContentDeveloper", membership + "#Manager"}, course, lti.RoleCoEditor},
	{"learner and instructor", []string{membership + "#Learner", membership + "#Instructor"}, course, lti.RoleInstructor},
	{"group leader in a group", []string{membership + "#Member", membership + "#Manager"}, group, lti.RoleNone},
	{"group leader, short type", []string{"Manager"}, []string{"Group"}, lti.RoleNone},
	{"group leader who teaches", []string{membership + "#Manager", membership + "#Instructor"}, group, lti.RoleInstructor},
	{"institution's administrator", []string{institution + "Administrator", system + "User"}, []string{"Account"}, lti.RoleOwner},
	{"system's administrator", []string{system + "Administrator"}, nil, lti.RoleOwner},
	{"legacy institution's administrator", []string{"urn:lti:instrole:ims/lis/Administrator"}, nil, lti.RoleOwner},
	{"administrator with an empty role", []string{"", institution + "Administrator"}, nil, lti.RoleOwner},
	{"administrator who is enrolled as learner", []string{institution + "Administrator", membership + "#Learner"}, course, lti.RoleNone},
	{"administrator with an unknown context role", []string{institution + "Administrator", membership + "#Unheard"}, course, lti.RoleNone},
	{"administrator who teaches", []string{institution + "Administrator", membership + "#Instructor", system + "Administrator"}, course, lti.RoleInstructor},
	{"support of the system is nobody", []string{system + "SysSupport", institution + "Faculty"}, course, lti.RoleNone},
	{"test user", []string{membership + "#Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"}, course, lti.RoleNone},
	{"vocabulary with a longer name", []string{"http://purl.imsglobal.org/vocab/lis/v2/membershipX#Instructor"}, course, lti.RoleNone},
	{"vocabulary on another host", []string{"http://evil.example/vocab/lis/v2/membership#Instructor"}, course, lti.RoleNone},
}

func TestDefaultTableDecides(t *testing.T) {
	t.Parallel()
	for _, tt := range decisions {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := lti.RoleTable(nil).Decide(tt.roles, tt.context).Role; got != tt.want {
				t.Errorf("Decide(%q, %q) = %s, want %s", tt.roles, tt.context, got, tt.want)
			}
			reversed := slices.Clone(tt.roles)
			slices.Reverse(reversed)
			if got := lti.RoleTable(nil).Decide(reversed, tt.context).Role; got != tt.want {
				t.Errorf("Decide of the same in other order = %s, want %s", got, tt.want)
			}
		})
	}
}

// A role of no known vocabulary never changes the outcome, whatever it says.
func FuzzDecide(f *testing.F) {
	for _, seed := range []string{"", "Instructor", membership + "#Instructor", membership + "/Instructor#", "urn:lti:role:ims/lis/", "#", "/", institution + "Administrator"} {
		f.Add(seed, "Learner", "Group")
	}
	f.Fuzz(func(t *testing.T, a, b, contextType string) {
		got := lti.RoleTable(nil).Decide([]string{a, b}, []string{contextType}).Role
		if !slices.Contains([]lti.CourseRole{lti.RoleOwner, lti.RoleInstructor, lti.RoleCoOwner, lti.RoleCoEditor, lti.RoleCoPublisher, lti.RoleNone}, got) {
			t.Fatalf("Decide(%q, %q) = %q", a, b, got)
		}
		if swapped := lti.RoleTable(nil).Decide([]string{b, a}, []string{contextType}).Role; swapped != got {
			t.Errorf("Decide(%q, %q) = %s, in other order %s", a, b, got, swapped)
		}
		if with := lti.RoleTable(nil).Decide([]string{a, b, "x:" + strings.ReplaceAll(a, "#", "")}, []string{contextType}).Role; with != got {
			t.Errorf("an unknown role turned %s into %s", got, with)
		}
	})
}
