package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
)

// windowCode asks a framed page's way out.
func windowCode(t *testing.T, b *housetest.Browser, entry string) string {
	t.Helper()
	page := b.Post(entry+"/window", url.Values{})
	var answer struct{ Code string }
	if page.Status != http.StatusOK || json.Unmarshal([]byte(page.Body), &answer) != nil || answer.Code == "" {
		t.Fatalf("code for a window: status %d, %s", page.Status, page.Body)
	}
	return answer.Code
}

func TestAFramedRoomOpensInAWindowOfItsOwn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClassroom(t, db)
		entry := c.create(t, roomForm("Lab hours"))
		framed := c.Browser().LaunchInFrame("teacher")
		code := windowCode(t, framed, entry)
		if strings.Contains(c.Log.String(), code) {
			t.Error("the log holds the code")
		}
		window := c.Browser()
		opened := window.Post("/window", url.Values{"code": {code}})
		if opened.Status != http.StatusSeeOther || opened.Location != entry {
			t.Fatalf("open the window: status %d to %s, want 303 to the room", opened.Status, opened.Location)
		}
		if got := permission(t, window.Get(entry)); got != "owner" && got != "co-owner" {
			t.Errorf("in the window the teacher's permission is %s", got)
		}
		wantStatus(t, "the code again", c.Browser().Post("/window", url.Values{"code": {code}}), http.StatusUnauthorized)
		wantStatus(t, "another site's page", c.Browser().CrossSite(http.MethodPost, "/window", url.Values{"code": {windowCode(t, framed, entry)}}), http.StatusForbidden)

		late := windowCode(t, framed, entry)
		c.Clock.Add(2 * time.Minute)
		wantStatus(t, "a code of two minutes ago", c.Browser().Post("/window", url.Values{"code": {late}}), http.StatusUnauthorized)
		c.Clock.Add(12 * time.Hour)
		wantStatus(t, "the window when the frame's time is over", window.Get(entry), http.StatusUnauthorized)
	})
}

func TestAWindowKeepsWhoElseThisBrowserIs(t *testing.T) {
	t.Parallel()
	c := newClassroom(t, dbtest.OpenSQLite(t))
	entry, other := c.create(t, roomForm("Lab hours")), c.create(t, roomForm("Guests welcome"))
	window, _ := c.guest(t, other, "guest@else.example", "viewer")
	code := windowCode(t, c.Browser().LaunchInFrame("student"), entry)
	window.Post("/window", url.Values{"code": {code}})
	wantStatus(t, "the member's room", window.Get(entry), http.StatusOK)
	wantStatus(t, "the guest's room", window.Get(other), http.StatusOK)
}
