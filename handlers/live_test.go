package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/live"
	"usher/media"
)

// room is an open room of the platform's course, with a teacher and two students who launched.
type room struct {
	site                      *housetest.Site
	entry                     media.Entry
	teacher, student, another *housetest.Browser
}

func newRoom(t *testing.T, db *database.DB, draft media.Draft) *room {
	t.Helper()
	r := &room{site: housetest.New(t, db)}
	r.teacher, r.student, r.another = r.site.Browser(), r.site.Browser(), r.site.Browser()
	var course string
	for hint, b := range map[string]*housetest.Browser{"teacher": r.teacher, "student": r.student, "student2": r.another} {
		answer := b.TryLaunch(r.site.Platform, hint)
		if answer.Status != http.StatusSeeOther {
			t.Fatalf("launch as %s: status %d", hint, answer.Status)
		}
		course = strings.Split(answer.Location, "/")[2]
	}
	var row struct{ TenantID, PersonID string }
	err := database.From(t.Context(), db).Raw(`SELECT tenant_id, person_id FROM course_members WHERE course_id = ? AND course_role = 'instructor'`, course).Scan(&row).Error
	if err != nil || row.PersonID == "" {
		t.Fatalf("find the teacher: %v", err)
	}
	draft.Title, draft.Published = "Tides", true
	if r.entry, err = r.site.Media.Create(t.Context(), row.TenantID, course, row.PersonID, draft); err != nil {
		t.Fatalf("create entry: %v", err)
	}
	for _, b := range []*housetest.Browser{r.teacher, r.student, r.another} {
		b.Headers.Set("Accept", "application/json")
	}
	return r
}

func (r *room) path(rest string) string { return "/e/" + r.entry.ID + "/live/" + rest }

// token takes a seat and returns its token and attendee.
func (r *room) token(t *testing.T, b *housetest.Browser) (token, attendee string) {
	t.Helper()
	page := b.Post(r.path("token"), url.Values{})
	var answer struct{ Token, Attendee string }
	if page.Status != http.StatusOK || json.Unmarshal([]byte(page.Body), &answer) != nil || answer.Token == "" {
		t.Fatalf("token: status %d, %s", page.Status, page.Body)
	}
	return answer.Token, answer.Attendee
}

func (r *room) events(t *testing.T, b *housetest.Browser, after int64) live.Page {
	t.Helper()
	page := b.Get(fmt.Sprint(r.path("events?after="), after))
	var answer live.Page
	if page.Status != http.StatusOK || json.Unmarshal([]byte(page.Body), &answer) != nil {
		t.Fatalf("events: status %d, %s", page.Status, page.Body)
	}
	return answer
}

func openRoom() media.Draft {
	return media.Draft{AlwaysOpen: true, Chat: true, OpensItself: true, TimeZone: "UTC"}
}

func TestMessagesAreStoredOnceAndReadByNumber(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newRoom(t, db, openRoom())
		for range 2 {
			page := r.student.Post(r.path("messages"), url.Values{"id": {"one"}, "text": {"When is high tide?"}})
			if page.Status != http.StatusCreated || !strings.Contains(page.Body, `"seq":1`) {
				t.Fatalf("say: status %d, %s", page.Status, page.Body)
			}
		}
		r.teacher.Post(r.path("messages"), url.Values{"id": {"one"}, "text": {"At noon."}})
		if page := r.events(t, r.another, 0); len(page.Events) != 2 || page.Events[1].Data.Text != "At noon." || page.Events[1].Data.Role != media.Host {
			t.Errorf("events = %+v, want question and answer of the host", page.Events)
		}
		if page := r.events(t, r.another, 1); len(page.Events) != 1 || page.Seq != 2 {
			t.Errorf("events after 1 = %+v, want the answer", page)
		}
		r.student.Headers.Del("Accept")
		if page := r.student.Post(r.path("messages"), url.Values{"text": {"Thank you."}}); page.Status != http.StatusSeeOther || page.Location != "/e/"+r.entry.ID {
			t.Errorf("say without script: status %d to %s, want 303 to the room", page.Status, page.Location)
		}
	})
}

func TestOnlyThoseOfTheRoomGetAnAnswer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newRoom(t, db, openRoom())
		nobody, foreign := r.site.Browser(), r.site.Browser()
		foreign.TryLaunch(r.site.Other, "teacher")
		_, attendee := r.token(t, r.student)
		routes := []struct {
			method, path               string
			form                       url.Values
			student, nobody, foreigner int
		}{
			{http.MethodPost, "token", url.Values{}, 200, 401, 404},
			{http.MethodGet, "events?after=0", nil, 200, 401, 404},
			{http.MethodGet, "events?after=x", nil, 400, 401, 404},
			{http.MethodGet, "people", nil, 200, 401, 404},
			{http.MethodPost, "messages", url.Values{"text": {"hi"}}, 201, 401, 404},
			{http.MethodPost, "messages", url.Values{"text": {" "}}, 422, 401, 404},
			{http.MethodPost, "people/" + attendee + "/role", url.Values{"role": {"host"}}, 403, 401, 404},
			{http.MethodPost, "people/" + attendee + "/remove", url.Values{}, 403, 401, 404},
		}
		for _, route := range routes {
			for name, who := range map[string]struct {
				browser *housetest.Browser
				want    int
			}{"student": {r.another, route.student}, "nobody": {nobody, route.nobody}, "teacher of another platform": {foreign, route.foreigner}} {
				var page housetest.Page
				if route.method == http.MethodPost {
					page = who.browser.Post(r.path(route.path), route.form)
				} else {
					page = who.browser.Get(r.path(route.path))
				}
				if page.Status != who.want {
					t.Errorf("%s %s as %s: %d, want %d", route.method, route.path, name, page.Status, who.want)
				}
			}
		}
	})
}

func TestHostsGiveRolesAndModeratorsRemove(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newRoom(t, db, openRoom())
		_, student := r.token(t, r.student)
		_, another := r.token(t, r.another)
		_, host := r.token(t, r.teacher)
		role := func(b *housetest.Browser, attendee, role string) int {
			return b.Post(r.path("people/"+attendee+"/role"), url.Values{"role": {role}}).Status
		}
		remove := func(b *housetest.Browser, attendee string) int {
			return b.Post(r.path("people/"+attendee+"/remove"), url.Values{}).Status
		}
		for i, step := range []struct{ got, want int }{
			{role(r.teacher, student, "moderator"), 204},
			{role(r.student, another, "speaker"), 403}, // moderators do not change roles
			{remove(r.student, host), 403},             // nor put hosts out
			{role(r.teacher, student, "host"), 422},
			{role(r.teacher, host, "viewer"), 403},
			{role(r.teacher, "nobody", "viewer"), 404},
			{remove(r.student, another), 204},
			{remove(r.teacher, another), 204}, // again
			{r.another.Post(r.path("token"), url.Values{}).Status, 403},
			{r.another.Get(r.path("events?after=0")).Status, 403},
			{role(r.teacher, another, "speaker"), 404},
			{role(r.teacher, student, "viewer"), 204},
			{remove(r.student, another), 403}, // a moderator no longer
		} {
			if step.got != step.want {
				t.Errorf("step %d: %d, want %d", i, step.got, step.want)
			}
		}
	})
}

func TestBeforeTheOpeningOnlyThoseWhoRehearseComeIn(t *testing.T) {
	t.Parallel()
	start := time.Now().UTC().Add(time.Hour).Truncate(time.Second)
	end := start.Add(time.Hour)
	r := newRoom(t, dbtest.OpenSQLite(t), media.Draft{StartsAt: &start, EndsAt: &end, Chat: true, OpensItself: true, TimeZone: "UTC"})
	r.token(t, r.teacher)
	if page := r.student.Post(r.path("token"), url.Values{}); page.Status != http.StatusForbidden {
		t.Errorf("student's token: %d, want 403", page.Status)
	}
	door := r.student.Post(r.path("token"), url.Values{"door": {"1"}})
	if door.Status != http.StatusOK {
		t.Errorf("student's token for the door: %d, want 200", door.Status)
	}
	if page := r.student.Get(r.path("events?after=0")); page.Status != http.StatusForbidden {
		t.Errorf("student's events: %d, want 403", page.Status)
	}
	r.site.Clock.Add(61 * time.Minute)
	r.token(t, r.student)
	if page := r.student.Post(r.path("messages"), url.Values{"text": {"we are open"}}); page.Status != http.StatusCreated {
		t.Errorf("say in the open room: %d", page.Status)
	}
	if _, err := r.site.Media.End(t.Context(), r.entry.TenantID, r.entry.ID); err != nil {
		t.Fatalf("End: %v", err)
	}
	if page := r.teacher.Post(r.path("messages"), url.Values{"text": {"too late"}}); page.Status != http.StatusForbidden {
		t.Errorf("say after the end: %d, want 403", page.Status)
	}
	if page := r.events(t, r.student, 0); len(page.Events) != 2 || page.Events[1].Kind != live.Ended {
		t.Errorf("events after the end = %+v, want the message and the end", page.Events)
	}
}

func TestRoomsWithoutChatTakeNoMessages(t *testing.T) {
	t.Parallel()
	draft := openRoom()
	draft.Chat = false
	r := newRoom(t, dbtest.OpenSQLite(t), draft)
	r.token(t, r.student)
	if page := r.teacher.Post(r.path("messages"), url.Values{"text": {"hello"}}); page.Status != http.StatusForbidden {
		t.Errorf("say: %d, want 403", page.Status)
	}
}

func TestFloodsAreSlowedInWords(t *testing.T) {
	t.Parallel()
	r := newRoom(t, dbtest.OpenSQLite(t), openRoom())
	for i := range 10 {
		r.student.Post(r.path("messages"), url.Values{"text": {"flood"}, "id": {fmt.Sprint(i)}})
	}
	page := r.student.Post(r.path("messages"), url.Values{"text": {"flood"}, "id": {"10"}})
	if page.Status != http.StatusTooManyRequests || page.Header.Get("Retry-After") == "" || !strings.Contains(page.Body, "very fast") {
		t.Errorf("eleventh message: %d, Retry-After %q, %s", page.Status, page.Header.Get("Retry-After"), page.Body)
	}
}

func TestPagesOfSomebodyElseDoNotSpeak(t *testing.T) {
	t.Parallel()
	r := newRoom(t, dbtest.OpenSQLite(t), openRoom())
	for _, path := range []string{"token", "messages"} {
		if page := r.student.Post(r.path(path), url.Values{"text": {"hi"}, "identity": {"somebody-else"}}); page.Status != http.StatusConflict {
			t.Errorf("%s with another identity: %d, want 409", path, page.Status)
		}
	}
}

func TestTokenOpensTheConnectionOfTheWholeSite(t *testing.T) {
	t.Parallel()
	r := newRoom(t, dbtest.OpenSQLite(t), openRoom())
	token, _ := r.token(t, r.student)
	config, err := websocket.NewConfig("ws"+strings.TrimPrefix(r.site.URL, "http")+"/live/websocket", r.site.URL)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := config.DialContext(t.Context())
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	defer ws.Close()
	if _, err := fmt.Fprintf(ws, `{"id":1,"connect":{"token":%q}}`, token); err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 16)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := ws.Read(buf)
			if err != nil {
				return
			}
			heard <- string(buf[:n])
		}
	}()
	await := func(text string) {
		t.Helper()
		for late := time.After(30 * time.Second); ; {
			select {
			case got := <-heard:
				if strings.Contains(got, text) {
					return
				}
			case <-late:
				t.Fatalf("never heard %s", text)
			}
		}
	}
	await(`"role":"viewer"`)
	r.teacher.Post(r.path("messages"), url.Values{"text": {"welcome"}})
	await(`"text":"welcome"`)
}

func TestGuestsLeaveOnThisDeviceAndMembersOnlyCloseThePage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
		guest := r.site.Browser()
		guest.Post(link, email("guest@example.org"))
		wants(t, "room of a guest", guest.Get("/e/"+r.entry.ID), 200, "Leave on this device")
		if page := guest.Post("/e/"+r.entry.ID+"/leave", url.Values{}); page.Status != http.StatusSeeOther {
			t.Fatalf("leave: status %d", page.Status)
		}
		wants(t, "after leaving", guest.Get("/left"), 200, "You have left")
		wants(t, "room after leaving", guest.Get("/e/"+r.entry.ID), 401)
		wants(t, "token after leaving", guest.Post(r.path("token"), url.Values{}), 401)
		wants(t, "link after leaving", guest.Get(link), 410, "This link has already been used")
		wants(t, "leave as a member", r.teacher.Post("/e/"+r.entry.ID+"/leave", url.Values{}), 403)
		wants(t, "leave as nobody", r.site.Browser().Post("/e/"+r.entry.ID+"/leave", url.Values{}), 401)
	})
}

func TestRevokingAnInvitationAnswersItsGuestWithGone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		id, link := r.invite(t, inviteFields("guest@example.org", "speaker"))
		guest := r.site.Browser()
		guest.Post(link, email("guest@example.org"))
		wants(t, "before", guest.Get(r.path("people")), 200)
		r.teacher.Post(r.invitations("/"+id+"/revoke"), url.Values{})
		for _, path := range []string{"people", "events?after=0"} {
			wants(t, path, guest.Get(r.path(path)), 410)
		}
		wants(t, "token", guest.Post(r.path("token"), url.Values{}), 410)
		wants(t, "message", guest.Post(r.path("messages"), url.Values{"text": {"still here?"}}), 410)
	})
}
