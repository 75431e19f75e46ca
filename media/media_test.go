package media

import (
	"context"
	"testing"
	"time"

	"usher/database"
)

// noon is when the tests happen.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// campus is a service on a database with one tenant (t), two courses (c, c2) and
// one person (p), and a second tenant (t2) with a course and a person of its own
// (x, q).
type campus struct {
	*Service
	now       time.Time
	announced []Change
}

func newCampus(t testing.TB, db *database.DB) *campus {
	t.Helper()
	c := &campus{now: noon}
	exec(t, db, `INSERT INTO platforms (id, name, issuer, client_id, auth_url, token_url, jwks_url, created_at, updated_at)
		VALUES ('pf', 'Campus', 'https://lms.example', 'one', '', '', '', ?, ?)`, noon, noon)
	for _, tenant := range []struct{ id, deployment string }{{"t", "1"}, {"t2", "2"}} {
		exec(t, db, "INSERT INTO tenants (id, platform_id, deployment_id, created_at) VALUES (?, 'pf', ?, ?)", tenant.id, tenant.deployment, noon)
	}
	for _, row := range [][2]string{{"t", "c"}, {"t", "c2"}, {"t2", "x"}} {
		exec(t, db, "INSERT INTO courses (id, tenant_id, context_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)", row[1], row[0], row[1], noon, noon)
	}
	for _, row := range [][2]string{{"t", "p"}, {"t2", "q"}} {
		exec(t, db, "INSERT INTO people (id, tenant_id, sub, created_at, updated_at) VALUES (?, ?, 's', ?, ?)", row[1], row[0], noon, noon)
	}
	s, err := New(Deps{
		DB: db, Now: func() time.Time { return c.now },
		Announce: func(_ context.Context, _ Entry, what Change) { c.announced = append(c.announced, what) },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Service = s
	return c
}

func exec(t testing.TB, db *database.DB, query string, args ...any) {
	t.Helper()
	if err := database.From(context.Background(), db).Exec(query, args...).Error; err != nil {
		t.Fatal(err)
	}
}

// standing is the draft of a room that is always open.
func standing(title string) Draft {
	return Draft{Title: title, TimeZone: "UTC", AlwaysOpen: true, Chat: true, Published: true}
}

// lesson is the draft of a room from start, for an hour.
func lesson(title string, start time.Time) Draft {
	end := start.Add(time.Hour)
	return Draft{Title: title, TimeZone: "Europe/Berlin", StartsAt: &start, EndsAt: &end, Chat: true, OpensItself: true, Published: true}
}

func (c *campus) create(t testing.TB, d Draft) Entry {
	t.Helper()
	e, err := c.Create(context.Background(), "t", "c", "p", d)
	if err != nil {
		t.Fatalf("Create(%q) = %v", d.Title, err)
	}
	return e
}

func at(d time.Duration) *time.Time {
	t := noon.Add(d)
	return &t
}
