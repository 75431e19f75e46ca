package main

import (
	"bytes"
	"strings"
	"testing"

	"usher/database/dbtest"
)

// usherAt returns a function that runs the command line on one database.
func usherAt(t *testing.T) func(args ...string) (status int, stdout, stderr string) {
	t.Helper()
	address := dbtest.SQLiteURL(t)
	getenv := func(name string) string {
		if name == "USHER_DATABASE_URL" {
			return address
		}
		return ""
	}
	return func(args ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), args, &environment{getenv: getenv, stdout: &stdout, stderr: &stderr})
		return status, stdout.String(), stderr.String()
	}
}

func TestRegistryIsKeptFromTheCommandLine(t *testing.T) {
	t.Parallel()
	usher := usherAt(t)
	add := []string{
		"platform", "add", "--name", "Moodle", "--issuer", "https://moodle.example", "--client-id", "c1",
		"--auth-url", "https://moodle.example/auth", "--token-url", "https://moodle.example/token", "--jwks-url", "https://moodle.example/jwks",
		"--deployment-id", "1", "--deployment-id", "2:a,b", "--frame-origin", "https://*.moodle.example",
	}
	steps := []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"platform", "list"}, 0, "no platforms yet"},
		{add, 0, "Added platform Moodle"},
		{add, 1, "exists already"},
		{append(append([]string{}, add...), "--jwks-url", "ftp://moodle.example"), 1, "JWKS URL: must be https"},
		{append(append([]string{}, add...), "--issuer", "http://moodle.example"), 1, "issuer: must be https"},
		{append(append([]string{}, add...), "--issuer", "moodle.example"), 1, "issuer: an absolute address is required"},
		{[]string{"platform", "add", "--name", "x"}, 2, "missing flags"},
		{[]string{"platform", "add", "--help"}, 0, "Examples:"},
		{[]string{"platform", "list"}, 0, "https://moodle.example"},
		{[]string{"deployment", "list"}, 0, "2:a,b"},
		{[]string{"deployment", "list", "--platform", "none"}, 1, "no such platform"},
		{[]string{"deployment", "allow", "Moodle", "3"}, 0, "is allowed"},
		{[]string{"deployment", "allow", "none", "3"}, 1, "no such platform"},
		{[]string{"keys", "list"}, 0, "signs"},
		{[]string{"keys", "rotate"}, 0, "published now"},
		{[]string{"keys", "list"}, 0, "signs from"},
		{[]string{"platform", "remove", "Moodle"}, 1, "nothing was removed: there is no terminal"},
		{[]string{"platform", "remove", "Moodle", "--yes"}, 0, "Removing Moodle deletes 0 courses, 0 people, 0 rooms and 0 invitations for good.\nRemoved platform Moodle"},
		{[]string{"platform", "remove", "Moodle", "--yes"}, 1, "no such platform"},
	}
	for _, step := range steps {
		status, stdout, stderr := usher(step.args...)
		if status != step.status || !strings.Contains(stdout+stderr, step.says) {
			t.Errorf("usher %s = %d, %s%s, want %d and %q", strings.Join(step.args, " "), status, stdout, stderr, step.status, step.says)
		}
	}
}
