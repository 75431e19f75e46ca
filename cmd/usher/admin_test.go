package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAccountsAreKeptFromTheCommandLine(t *testing.T) {
	t.Parallel()
	usher := usherAt(t)
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, short := file("good", "correct horse battery staple\r\nsecond line\n"), file("short", "short")
	create := []string{"admin", "create", "--name", "Noor Haddad", "--email", "Noor@Example.edu"}
	for _, step := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"admin", "list"}, 0, "usher admin create"},
		{create, 1, "give it with --password-file"},
		{append(create[:6:6], "--password-file", short), 1, "at least 12 characters"},
		{append(create[:6:6], "--password-file", "/nothing"), 1, "read password"},
		{append(create[:6:6], "--password-file", good), 0, "Sign in as noor@example.edu at http://localhost:8080/admin"},
		{append(create[:6:6], "--password-file", good), 1, "exists already"},
		{[]string{"admin", "list"}, 0, "never"},
		{[]string{"admin", "password", "nobody@example.edu", "--password-file", good}, 1, "no such account"},
		{[]string{"admin", "password", "NOOR@example.edu", "--password-file", good}, 0, "signed out everywhere"},
		{[]string{"admin", "create", "--help"}, 0, "Examples:"},
	} {
		status, stdout, stderr := usher(step.args...)
		if status != step.status || !strings.Contains(stdout+stderr, step.says) {
			t.Errorf("usher %s = %d, %s%s, want %d and %q", strings.Join(step.args, " "), status, stdout, stderr, step.status, step.says)
		}
	}
}

func TestPasswordIsAskedTwice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typed []string
		says  string
	}{
		{[]string{"correct horse battery", "correct horse battery"}, ""},
		{[]string{"correct horse battery", "correct horse"}, "the two passwords differ"},
		{[]string{"short", "short"}, "at least 12 characters"},
	} {
		asked := 0
		env := &environment{password: func(string) (string, error) { asked++; return tt.typed[asked-1], nil }}
		got, err := passwordFlags{}.read(env)
		if tt.says == "" && (err != nil || got != tt.typed[0]) || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("typed %q: %q, %v, want %q", tt.typed, got, err, tt.says)
		}
	}
}
