package attack_test

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"usher/database"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
)

// scene is a site with an always open room, made by the teacher of a course.
type scene struct {
	*housetest.Site
	db      *database.DB
	teacher *housetest.Browser
	course  string // its id
	entry   string // the room's id
}

func newScene(t *testing.T, db *database.DB) *scene {
	t.Helper()
	s := &scene{Site: housetest.New(t, db), db: db}
	s.teacher = s.Browser().Launch("teacher")
	s.course = strings.Split(s.teacher.Path, "/")[2]
	s.entry = s.create(t, s.teacher, s.course, url.Values{"title": {"Tides"}})
	return s
}

// create makes an always open room by the course's form.
func (s *scene) create(t *testing.T, b *housetest.Browser, course string, fields url.Values) (id string) {
	t.Helper()
	form := url.Values{"always_open": {"1"}, "chat": {"1"}, "published": {"1"}}
	for name, value := range fields {
		form[name] = value
	}
	page := b.Post("/c/"+course+"/entries", form)
	if page.Status != http.StatusSeeOther {
		t.Fatalf("create: status %d\n%s", page.Status, page.Body)
	}
	return strings.TrimPrefix(page.Location, "/e/")
}

func (s *scene) path(rest string) string { return "/e/" + s.entry + rest }

// otherCourse launches a second course of the same platform as its teacher.
func (s *scene) otherCourse(hint string) *housetest.Browser {
	return s.Browser().Launch(hint, inCourse("course-2"), ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}),
		ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "link-2"}))
}

func inCourse(id string) ltitest.Change {
	return ltitest.With(lti.ClaimContext, map[string]any{"id": id, "title": "Botany"})
}

// courseOf is the id of the course that a launch led to.
func courseOf(b *housetest.Browser) string { return strings.Split(b.Path, "/")[2] }

var linkPattern = regexp.MustCompile(`value="http[^"]*(/i/[\w-]{22,})"`)

func inviteForm(email, role string) url.Values {
	return url.Values{"email": {email}, "first": {"Ingrid"}, "last": {"Solheim"}, "role": {role}}
}

// invite makes an invitation and returns its id and the path of its link.
func (s *scene) invite(t *testing.T, form url.Values) (id, link string) {
	t.Helper()
	page := s.teacher.Post(s.path("/invitations"), form)
	confirm := s.teacher.Get(page.Location)
	found := linkPattern.FindStringSubmatch(confirm.Body)
	if page.Status != http.StatusSeeOther || found == nil {
		t.Fatalf("invite: status %d and %d\n%s", page.Status, confirm.Status, confirm.Body)
	}
	return page.Location[strings.LastIndexByte(page.Location, '/')+1:], found[1]
}

func email(address string) url.Values { return url.Values{"email": {address}} }

// text reads one text out of the database.
func (s *scene) text(t *testing.T, query string, args ...any) (value string) {
	t.Helper()
	if err := database.From(t.Context(), s.db).Raw(query, args...).Scan(&value).Error; err != nil || value == "" {
		t.Fatalf("%s: %q, %v", query, value, err)
	}
	return value
}

// attendee takes a seat and returns its id and a ticket for the connection.
func (s *scene) attendee(t *testing.T, b *housetest.Browser) (id, ticket string) {
	t.Helper()
	page := b.Post(s.path("/live/token"), url.Values{})
	found := regexp.MustCompile(`"attendee":"([^"]+)","token":"([^"]+)"`).FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || found == nil {
		t.Fatalf("seat: status %d\n%s", page.Status, page.Body)
	}
	return found[1], found[2]
}

func status(t *testing.T, what string, page housetest.Page, want int) {
	t.Helper()
	if page.Status != want {
		t.Errorf("%s: status %d, want %d\n%s", what, page.Status, want, page.Body)
	}
}

var noRedirects = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       30 * time.Second,
}

// raw sends what no browser of the harness would.
func (s *scene) raw(t *testing.T, method, path string, body io.Reader, headers map[string]string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	response, err := noRedirects.Do(r)
	if err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return 0, http.Header{}, ""
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(text)
}

const formType = "application/x-www-form-urlencoded"

// socket connects to the room as a browser does and sends lines.
func (s *scene) socket(t *testing.T, lines ...string) *websocket.Conn {
	t.Helper()
	config, err := websocket.NewConfig("ws"+strings.TrimPrefix(s.URL, "http")+"/live/websocket", s.URL)
	if err != nil {
		t.Fatal(err)
	}
	ws, err := config.DialContext(t.Context())
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	for _, line := range lines {
		if err := websocket.Message.Send(ws, line); err != nil {
			t.Fatalf("send: %v", err)
		}
	}
	return ws
}

func connect(ticket string) string { return `{"id":1,"connect":{"token":"` + ticket + `"}}` }

// patience is how long anything that must come may take on a busy machine.
const patience = 30 * time.Second

// hears reads until the text comes, the connection closes or that long.
func hears(ws *websocket.Conn, text string, long time.Duration) (all string, heard bool) {
	_ = ws.SetReadDeadline(time.Now().Add(long))
	for {
		var line string
		if err := websocket.Message.Receive(ws, &line); err != nil {
			return all, false
		}
		if all += line; strings.Contains(all, text) {
			return all, true
		}
	}
}
