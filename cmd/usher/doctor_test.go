package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func examineWith(t *testing.T, values map[string]string, args ...string) (status int, out string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	env := &environment{getenv: func(name string) string { return values[name] }, stdout: &stdout, stderr: &stderr}
	status = run(t.Context(), append([]string{"doctor"}, args...), env)
	return status, stdout.String()
}

// Nobody has migrated the fresh folder, so something is broken; the findings
// say what, in lines and as JSON.
func TestDoctorSaysWhatIsBrokenAndExitsSo(t *testing.T) {
	t.Parallel()
	values := map[string]string{"USHER_DATABASE_URL": "sqlite://" + t.TempDir() + "/usher.db", "USHER_PUBLIC_URL": "http://127.0.0.1:1"}
	status, out := examineWith(t, values)
	if status != 1 || !strings.Contains(out, "ok    Database: SQLite answers.") || !strings.Contains(out, "FAIL  Schema:") || !strings.Contains(out, "warn  Public address:") {
		t.Errorf("status %d, output:\n%s", status, out)
	}
	status, out = examineWith(t, values, "--json")
	var lines []struct{ Check, Status, Code, Text string }
	if err := json.Unmarshal([]byte(out), &lines); err != nil || status != 1 || len(lines) < 6 || lines[0].Check != "database" || lines[0].Status != "good" || lines[0].Text == "" {
		t.Errorf("status %d, %v, JSON:\n%s", status, err, out)
	}
}

func TestDoctorExitsCleanWhereNothingIsBroken(t *testing.T) {
	t.Parallel()
	values := map[string]string{"USHER_DATABASE_URL": "sqlite://" + t.TempDir() + "/usher.db", "USHER_PUBLIC_URL": "http://127.0.0.1:1"}
	var discard bytes.Buffer
	env := &environment{getenv: func(name string) string { return values[name] }, stdout: &discard, stderr: &discard}
	if status := run(t.Context(), []string{"migrate", "up"}, env); status != 0 {
		t.Fatalf("migrate: %s", discard.String())
	}
	if status, out := examineWith(t, values); status != 0 || strings.Contains(out, "FAIL") {
		t.Errorf("status %d, output:\n%s", status, out)
	}
}

func TestDoctorReportsSettingsAndDatabasesThatDoNotWork(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		values map[string]string
		want   string
	}{
		"settings": {map[string]string{"USHER_PUBLIC_URL": "http://rooms.example.edu"}, "FAIL  Settings:"},
		"database": {map[string]string{"USHER_DATABASE_URL": "postgres://nobody:hunter2@127.0.0.1:1/none?connect_timeout=1", "USHER_SECRET_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "FAIL  Database:"},
	} {
		status, out := examineWith(t, tt.values)
		if status != 1 || !strings.Contains(out, tt.want) || strings.Contains(out, "hunter2") {
			t.Errorf("%s: status %d, output:\n%s", name, status, out)
		}
	}
}
