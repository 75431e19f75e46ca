package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
)

// A failure of ours has a reference that can be read out, and the log has it
// beside the cause, which stays there.
func TestAFailureOfOursHasAReferenceToReadOut(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	site := housetest.New(t, db)
	b := site.Browser().Launch("teacher")
	if err := database.From(t.Context(), db).Exec("ALTER TABLE sessions RENAME TO lost").Error; err != nil {
		t.Fatal(err)
	}
	page := b.Get("/c/mine")
	m := referenceOf.FindStringSubmatch(page.Body)
	if page.Status != http.StatusInternalServerError || m == nil {
		t.Fatalf("status %d, reference %v; want 500 and one", page.Status, m)
	}
	if !strings.Contains(site.Log.String(), `"reference":"`+m[1]+`"`) {
		t.Errorf("the log does not have %s", m[1])
	}
	for _, cause := range []string{"sessions", "SQL", "no such table"} {
		if strings.Contains(page.Body, cause) {
			t.Errorf("the page tells of %q", cause)
		}
	}
	b.Headers.Set("Accept", "application/json")
	if answer := b.Get("/c/mine"); !strings.Contains(answer.Body, `"reference":"`) || strings.Contains(answer.Body, `"reference":""`) {
		t.Errorf("a script is answered %s", answer.Body)
	}
}
