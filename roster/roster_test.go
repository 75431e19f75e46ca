package roster

import (
	"context"
	"fmt"
	"testing"
	"time"

	"usher/database"
	"usher/lti"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// campus is a service on a database with the tenants t and t2.
type campus struct {
	*Service
	now time.Time
}

func newCampus(t testing.TB, db *database.DB) *campus {
	t.Helper()
	for _, tenant := range []string{"t", "t2"} {
		exec(t, db, `INSERT INTO platforms (id, name, issuer, client_id, auth_url, token_url, jwks_url, created_at, updated_at)
			VALUES (?, ?, ?, 'one', '', '', '', ?, ?)`, tenant, tenant, "https://"+tenant+".example", noon, noon)
		exec(t, db, "INSERT INTO tenants (id, platform_id, created_at) VALUES (?, ?, ?)", tenant, tenant, noon)
	}
	c := &campus{now: noon}
	s, err := New(Deps{DB: db, Now: func() time.Time { return c.now }})
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

// count is how many rows a table has.
func count(t testing.TB, db *database.DB, table string) int {
	t.Helper()
	var n int
	if err := database.From(context.Background(), db).Raw("SELECT COUNT(*) FROM " + table).Scan(&n).Error; err != nil {
		t.Fatal(err)
	}
	return n
}

// launch is a student's launch of the course BIO 204 on tenant t.
func launch(sub string, change ...func(*lti.Launch)) *lti.Launch {
	l := &lti.Launch{
		TenantID: "t", Subject: sub,
		Name: "Amara Okafor", GivenName: "Amara", FamilyName: "Okafor", Email: "Amara.Okafor@campus.example", Locale: "en-GB",
		Context: &lti.Context{ID: "bio204", Title: "Marine Ecology", Label: "BIO 204"}, CourseRole: lti.RoleNone,
	}
	for _, f := range change {
		f(l)
	}
	return l
}

// named changes who launches.
func named(given, family, email string) func(*lti.Launch) {
	return func(l *lti.Launch) {
		l.GivenName, l.FamilyName, l.Email = given, family, email
		l.Name = fmt.Sprintf("%s %s", given, family)
	}
}

func (c *campus) arrive(t testing.TB, l *lti.Launch) Arrival {
	t.Helper()
	a, err := c.Arrive(context.Background(), l)
	if err != nil {
		t.Fatalf("Arrive(%q) = %v", l.Subject, err)
	}
	return a
}
