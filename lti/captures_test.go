package lti_test

import (
	"path/filepath"
	"testing"

	"usher/lti"
	"usher/lti/ltitest"
)

// What the messages in testdata must amount to.
var captured = map[string]struct {
	role    lti.CourseRole
	message string
}{
	"moodle/id-token.teacher.json":                 {lti.RoleInstructor, lti.MessageResourceLink},
	"moodle/id-token.ta.json":                      {lti.RoleInstructor, lti.MessageResourceLink}, // Moodle cannot tell
	"moodle/id-token.manager.json":                 {lti.RoleInstructor, lti.MessageResourceLink},
	"moodle/id-token.admin.json":                   {lti.RoleInstructor, lti.MessageResourceLink},
	"moodle/id-token.teacher-as-student.json":      {lti.RoleNone, lti.MessageResourceLink},
	"moodle/id-token.student.json":                 {lti.RoleNone, lti.MessageResourceLink},
	"moodle/id-token.student.graded.json":          {lti.RoleNone, lti.MessageResourceLink},
	"moodle/id-token.student.private.json":         {lti.RoleNone, lti.MessageResourceLink},
	"moodle/id-token.student.window.json":          {lti.RoleNone, lti.MessageResourceLink},
	"moodle/id-token.student.existing-window.json": {lti.RoleNone, lti.MessageResourceLink},
	"moodle/deep-linking-request.json":             {lti.RoleInstructor, lti.MessageDeepLinking},
	"canvas/id-token.teacher.json":                 {lti.RoleInstructor, lti.MessageResourceLink},
	"canvas/id-token.ta.json":                      {lti.RoleCoEditor, lti.MessageResourceLink},
	"canvas/id-token.student.json":                 {lti.RoleNone, lti.MessageResourceLink},
	"canvas/id-token.admin.json":                   {lti.RoleOwner, lti.MessageResourceLink},
	"canvas/deep-linking-request.json":             {lti.RoleInstructor, lti.MessageDeepLinking},
	"blackboard/id-token.instructor.json":          {lti.RoleInstructor, lti.MessageResourceLink},
	"blackboard/id-token.ta.json":                  {lti.RoleInstructor, lti.MessageResourceLink}, // unless an admin maps the role
	"blackboard/id-token.student.json":             {lti.RoleNone, lti.MessageResourceLink},
	"blackboard/id-token.admin.json":               {lti.RoleInstructor, lti.MessageResourceLink},
	"blackboard/deep-linking-request.json":         {lti.RoleInstructor, lti.MessageDeepLinking},
}

func TestMessagesOfRealPlatformsAreAccepted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/[di]*.json")
	if err != nil || len(files) != len(captured) {
		t.Fatalf("%d messages in testdata (%v), want %d", len(files), err, len(captured))
	}
	f := sqliteFixture(t)
	for name, want := range captured {
		t.Run(name, func(t *testing.T) {
			var message struct{ Header, Claims map[string]any }
			readJSON(t, filepath.Join("testdata", name), &message)
			launch, err := f.launch(t, "ignored", ltitest.As(message.Claims, lti.ClaimDeploymentID, f.platform.DeploymentID))
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			if launch.CourseRole != want.role || launch.Message != want.message {
				t.Errorf("role %s, message %s, want %s, %s", launch.CourseRole, launch.Message, want.role, want.message)
			}
			if launch.Subject != message.Claims["sub"] || launch.Context == nil || launch.Context.ID == "" {
				t.Errorf("launch = %+v", launch)
			}
			for name, value := range launch.Custom {
				if value == "" || value[0] == '$' {
					t.Errorf("custom %s = %q, want unresolved values left out", name, value)
				}
			}
		})
	}
}
