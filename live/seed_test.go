package live

import (
	"fmt"
	"testing"
	"time"

	"usher/database"
)

// SeedRows stores a course with one open room, a teacher, a student and one invitation.
func SeedRows(tb testing.TB, db *database.DB) {
	tb.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	rows := []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO platforms (id, name, issuer, client_id, auth_url, token_url, jwks_url, created_at, updated_at)
			VALUES ('platform', 'Practice', 'https://lms.example', 'client', '', '', '', ?, ?)`, []any{now, now}},
		{`INSERT INTO tenants (id, platform_id, created_at) VALUES ('tenant', 'platform', ?)`, []any{now}},
		{`INSERT INTO people (id, tenant_id, sub, created_at, updated_at) VALUES ('teacher', 'tenant', 'sub-teacher', ?, ?)`, []any{now, now}},
		{`INSERT INTO people (id, tenant_id, sub, created_at, updated_at) VALUES ('student', 'tenant', 'sub-student', ?, ?)`, []any{now, now}},
		{`INSERT INTO courses (id, tenant_id, context_id, created_at, updated_at) VALUES ('course', 'tenant', 'context', ?, ?)`, []any{now, now}},
		{`INSERT INTO entries (id, tenant_id, course_id, kind, title, always_open, chat, opens_itself, published, created_by, created_at, updated_at)
			VALUES ('entry', 'tenant', 'course', 'room', 'Tides', TRUE, TRUE, TRUE, TRUE, 'teacher', ?, ?)`, []any{now, now}},
		{`INSERT INTO invitations (id, tenant_id, entry_id, first_name, last_name, role, link_created_at, created_by, created_at, updated_at)
			VALUES ('invitation', 'tenant', 'entry', 'Ada', 'Lovelace', 'viewer', ?, 'teacher', ?, ?)`, []any{now, now, now}},
	}
	g := database.From(tb.Context(), db)
	for _, r := range rows {
		if err := g.Exec(r.sql, r.args...).Error; err != nil {
			tb.Fatalf("seed: %v", err)
		}
	}
}

// SeedPeople stores n more people of the tenant and returns their ids.
func SeedPeople(tb testing.TB, db *database.DB, n int) []string {
	tb.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("person-%d", i)
		err := database.From(tb.Context(), db).Exec(
			`INSERT INTO people (id, tenant_id, sub, created_at, updated_at) VALUES (?, 'tenant', ?, ?, ?)`,
			ids[i], ids[i], now, now).Error
		if err != nil {
			tb.Fatalf("seed people: %v", err)
		}
	}
	return ids
}
