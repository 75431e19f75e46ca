package main

import (
	"strings"
	"testing"
)

func TestSettingsAreListedSetAndTakenBack(t *testing.T) {
	t.Parallel()
	usher := usherAt(t)
	for _, step := range []struct {
		args   []string
		status int
		says   string // on stdout, or on stderr for a failure
	}{
		{[]string{"settings", "list"}, 0, "invite.link_reusability"},
		{[]string{"settings", "get", "invite.link_duration"}, 0, "automatic\n"},
		{[]string{"settings", "set", "invite.link_duration", "48H"}, 0, "invite.link_duration is now 48h.\n"},
		{[]string{"settings", "get", "invite.link_duration"}, 0, "48h\n"},
		{[]string{"settings", "set", "invite.link_duration", "soon"}, 1, "it is no duration; it takes automatic, or a duration"},
		{[]string{"settings", "set", "invite.link_duration", "-5h"}, 1, "it is too short or too long"},
		{[]string{"settings", "set", "invite.link_reusability", "-1", "--platform", "Nobody's"}, 1, "no such platform"},
		{[]string{"settings", "set", "invite.link_duration", "-x"}, 2, "unknown flag -x"},
		{[]string{"settings", "set", "invite.link_duration", "default"}, 0, "no longer set"},
		{[]string{"settings", "get", "invite.link_duration"}, 0, "automatic\n"},
		{[]string{"settings", "set", "invite.colour", "red"}, 1, "\"usher settings list\" shows all"},
		{[]string{"settings", "get", "invite.colour"}, 1, "there is no setting"},
		{[]string{"settings", "list", "--platform", "Nobody's"}, 1, "no such platform"},
		{[]string{"settings", "set", "invite.enabled"}, 2, "expected"},
	} {
		status, stdout, stderr := usher(step.args...)
		said := stdout
		if step.status != 0 {
			said = stderr
		}
		if status != step.status || !strings.Contains(said, step.says) {
			t.Errorf("usher %s: status %d, says %q, want %d with %q", strings.Join(step.args, " "), status, said, step.status, step.says)
		}
	}
}
