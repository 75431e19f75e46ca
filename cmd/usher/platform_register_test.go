package main

import (
	"strings"
	"testing"
)

func TestPlatformIsInvitedFromTheCommandLine(t *testing.T) {
	t.Parallel()
	usher := usherAt(t)
	status, stdout, stderr := usher("platform", "invite", "--name", "Moodle")
	if status != 0 || !strings.HasPrefix(stdout, "http://localhost:8080/lti/register?token=") || !strings.Contains(stderr, "once") {
		t.Errorf("invite = %d, %s%s", status, stdout, stderr)
	}
	for _, step := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"platform", "invite"}, 2, "missing flags"},
		{[]string{"platform", "invite", "--name", " "}, 1, "name"},
		{[]string{"platform", "invite", "--name", "x", "--days", "1000"}, 1, "90 days"},
		{[]string{"platform", "approve", "none"}, 1, "no such platform"},
		{[]string{"platform", "update", "none"}, 1, "no such platform"},
		{[]string{"platform", "invite", "--help"}, 0, "Examples:"},
	} {
		status, stdout, stderr := usher(step.args...)
		if status != step.status || !strings.Contains(stdout+stderr, step.says) {
			t.Errorf("usher %s = %d, %s%s, want %d and %q", strings.Join(step.args, " "), status, stdout, stderr, step.status, step.says)
		}
	}
}
