package attack_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
)

// exempt are cross-site by design; a launch's state binds it to the browser.
var exempt = map[string]bool{"POST /lti/login": true, "POST /lti/launch": true}

func TestNoStateChangesForAnotherSite(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	parameter := regexp.MustCompile(`:\w+|\*`)
	for _, route := range s.Site.Site.Routes() {
		method, pattern, _ := strings.Cut(route, " ")
		if exempt[route] || method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions || method == http.MethodTrace || method == http.MethodConnect {
			continue
		}
		if !regexp.MustCompile(`^[A-Z]+$`).MatchString(method) {
			continue // the router's own
		}
		path := parameter.ReplaceAllStringFunc(pattern, func(p string) string {
			if p == ":entry" {
				return s.entry
			}
			return "x"
		})
		for _, from := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}, {"Origin": "https://evil.example"},
			{"Origin": strings.Replace(s.URL, "http://", "https://", 1) + ".evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": s.URL},
		} {
			from["Content-Type"] = formType
			if code, _, _ := s.raw(t, method, path, strings.NewReader("a=b"), from); code != http.StatusForbidden {
				t.Errorf("%s from %v: status %d, want 403", route, from, code)
			}
		}
	}
}

func TestTheLanguageFormLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	for _, back := range []string{
		"//evil.example", `/\evil.example`, `\\evil.example`, `/\/evil.example`, "https://evil.example", "https:evil.example", "javascript:alert(1)",
		"/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "/%2f%2fevil.example/\r\nSet-Cookie: a=b", "", "evil", "///evil.example",
		"/.//evil.example", "/x/..//evil.example", "/%5cevil.example", "http://" + strings.TrimPrefix(s.URL, "http://") + "@evil.example",
	} {
		page := s.Browser().Post("/language", url.Values{"lang": {"ar"}, "back": {back}})
		base, err := url.Parse(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		// Browsers read a backslash as a slash and drop tabs and line ends.
		browsers := strings.NewReplacer(`\`, "/", "\t", "", "\n", "", "\r", "").Replace(strings.TrimSpace(page.Location))
		target, err := base.Parse(browsers)
		if page.Status != http.StatusSeeOther || err != nil || target.Host != base.Host || target.Scheme != base.Scheme {
			t.Errorf("back to %q: status %d to %q", back, page.Status, page.Location)
		}
		if len(page.Header["Set-Cookie"]) != 1 {
			t.Errorf("back to %q sets %q", back, page.Header["Set-Cookie"])
		}
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	huge := func() io.Reader {
		return io.MultiReader(strings.NewReader("title="), io.LimitReader(neverEnding('x'), 10<<20))
	}
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	for i := range 20_000 {
		if err := w.WriteField(fmt.Sprint("f", i), "x"); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/lti/login", "/lti/launch", "/lti/launch/proof", "/i/x", "/language", s.path("/edit")} {
		code, _, _ := s.raw(t, http.MethodPost, path, io.LimitReader(neverEnding('x'), 10<<20), map[string]string{"Content-Type": formType})
		if code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s with 10 MB in pieces: status %d, want 413", path, code)
		}
		if code, _, _ := s.raw(t, http.MethodPost, path, huge(), map[string]string{"Content-Type": "APPLICATION/X-WWW-FORM-URLENCODED"}); code < 400 || code > 499 {
			if code != http.StatusSeeOther || path != "/language" {
				t.Errorf("%s with a form in capitals: status %d", path, code)
			}
		}
		if code, _, _ := s.raw(t, http.MethodPost, path, bytes.NewReader(parts.Bytes()), map[string]string{"Content-Type": w.FormDataContentType()}); code >= 500 {
			t.Errorf("%s with 20,000 parts: status %d", path, code)
		}
	}
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

// What people and platforms write is text on every page, and in the JSON that
// pages hand to their scripts.
func TestWhatPeopleWriteIsNeverMarkup(t *testing.T) {
	t.Parallel()
	const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'` + "`" + `{{.}}<!--`
	s := newScene(t, dbtest.OpenSQLite(t))
	teacher := s.Browser().Launch("evil",
		ltitest.With(lti.ClaimRoles, []string{ltitest.RoleInstructor}), ltitest.With("name", evil), ltitest.With("given_name", evil),
		ltitest.With("family_name", evil), ltitest.With("locale", evil),
		ltitest.With(lti.ClaimContext, map[string]any{"id": evil, "title": evil, "label": evil}),
		ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "x", "title": evil}))
	course := courseOf(teacher)
	pages := map[string]housetest.Page{"choose": teacher.Get(teacher.Path), "mistake": teacher.Post(teacher.Path, url.Values{"create": {"1"}, "description": {evil}})}
	id := s.create(t, teacher, course, url.Values{"title": {evil}, "description": {evil + " https://x.example/" + evil + " javascript:alert(3)"}})
	s.entry, s.teacher = id, teacher
	teacher.Post(s.path("/live/messages"), url.Values{"text": {evil}})
	_, link := s.invite(t, url.Values{"email": {"guest@example.org"}, "first": {`<img src=x onerror=alert(2)>"'`}, "last": {`<script>alert(1)<script>`}, "role": {"viewer"}})
	pages["lobby"] = s.Browser().Get(link)
	pages["lobby's mistake"] = s.Browser().Post(link, email(evil))
	guest := s.Browser()
	guest.Post(link, email("guest@example.org"))
	s.attendee(t, guest)
	pages["room of a guest"] = guest.Get(s.path(""))
	pages["link to another person"] = s.Browser().Launch("student").Get(link)
	for _, path := range []string{"", "?view=about", "/edit", "/invitations", "/invitations/new"} {
		pages[path] = teacher.Get(s.path(path))
	}
	pages["dialog's mistake"] = teacher.Post(s.path("/invitations"), url.Values{"email": {evil}, "first": {evil}, "last": {evil}, "role": {evil}, "person": {evil}})
	pages["course"], pages["mine"] = teacher.Get("/c/"+course), teacher.Get("/c/mine")
	pages["failure"] = s.Browser().CrossSite(http.MethodPost, "/lti/launch", url.Values{"error": {evil}, "error_description": {evil}, "state": {evil}})
	pages["login"] = s.Browser().CrossSite(http.MethodGet, "/lti/login?login_hint=x&iss="+url.QueryEscape(evil), nil)
	framed := s.Browser()
	framed.Headers.Set("Sec-Fetch-Dest", "iframe")
	form := s.Platform.LoginForm(evil)
	form.Set("lti_storage_target", evil[:60])
	form.Set("lti_message_hint", evil)
	pages["framed login"] = framed.CrossSite(http.MethodPost, "/lti/login", form)
	pages["framed link"] = framed.Get("/i/" + url.PathEscape(evil))
	for name, page := range pages {
		for _, bad := range []string{"<script>alert", "<img src=x", "<!--", `href="javascript:`} {
			if strings.Contains(page.Body, bad) {
				at := strings.Index(page.Body, bad)
				t.Errorf("%s: %q in %q", name, bad, page.Body[max(0, at-120):at+40])
			}
		}
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %s", name, policy)
		}
	}
}

func TestOnlyOwnPagesConnectAndNobodyChoosesChannels(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	for _, origin := range []string{"", "null", "https://evil.example", s.URL + ".evil.example", s.URL + "0"} {
		for _, path := range []string{"/live/websocket", "/live/stream", "/live/emulation"} {
			headers := map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
			if origin != "" {
				headers["Origin"] = origin
			}
			if code, _, _ := s.raw(t, http.MethodGet, path, nil, headers); code != http.StatusForbidden {
				t.Errorf("%s from %q: status %d, want 403", path, origin, code)
			}
		}
	}
	student := s.Browser().Launch("student")
	_, ticket := s.attendee(t, student)
	staff := "staff:" + s.entry
	ws := s.socket(t, `{"id":1,"connect":{"token":"`+ticket+`","subs":{"`+staff+`":{}}}}`)
	if all, ok := hears(ws, `"connect"`, patience); !ok || strings.Contains(all, staff) {
		t.Fatalf("connected with chosen channels: %s", all)
	}
	for i, command := range []string{
		`"subscribe":{"channel":"` + staff + `"}`, `"publish":{"channel":"entry:` + s.entry + `","data":{"type":"event"}}`,
		`"presence":{"channel":"entry:` + s.entry + `"}`, `"history":{"channel":"entry:` + s.entry + `","limit":10}`, `"rpc":{"method":"x"}`,
	} {
		if err := websocket.Message.Send(ws, fmt.Sprintf(`{"id":%d,%s}`, i+2, command)); err != nil {
			t.Fatal(err)
		}
		if all, ok := hears(ws, fmt.Sprintf(`"id":%d`, i+2), patience); !ok || !strings.Contains(all, `"error"`) {
			t.Errorf("%s: %s", command, all)
		}
	}
	if all, ok := hears(s.socket(t, connect(ticket)), `"connect"`, 2*time.Second); ok {
		t.Errorf("a ticket opened a second connection: %s", all)
	}
	_, ticket = s.attendee(t, student)
	if all, ok := hears(s.socket(t, connect(ticket), `{"id":2,"rpc":{"method":"`+strings.Repeat("x", 8<<10)+`"}}`), `"id":2`, 2*time.Second); ok {
		t.Errorf("a message of 8 KB was answered: %s", all)
	}
}

// A ticket of before is worth nothing once its invitation is withdrawn.
func TestATicketEndsWithItsSession(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	id, link := s.invite(t, inviteForm("guest@example.org", "speaker"))
	guest := s.Browser()
	guest.Post(link, email("guest@example.org"))
	_, first := s.attendee(t, guest)
	_, second := s.attendee(t, guest)
	ws := s.socket(t, connect(first))
	if _, ok := hears(ws, `"connect"`, patience); !ok {
		t.Fatal("the guest is not connected")
	}
	status(t, "revoke", s.teacher.Post(s.path("/invitations/"+id+"/revoke"), url.Values{}), 303)
	late := s.socket(t, connect(second))
	s.teacher.Post(s.path("/live/messages"), url.Values{"text": {"now without the guest"}})
	for name, ws := range map[string]*websocket.Conn{"connection": ws, "ticket": late} {
		if _, ok := hears(ws, "now without the guest", 2*time.Second); ok {
			t.Errorf("the %s of a withdrawn guest listens on", name)
		}
	}
}

// What hosts say in a room that they hid is not for those who were in it, and
// who answers no refresh is still put out.
func TestUnpublishingPutsListenersOut(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	_, link := s.invite(t, inviteForm("guest@example.org", "moderator"))
	guest, student := s.Browser(), s.Browser().Launch("student")
	guest.Post(link, email("guest@example.org"))
	sockets := map[string]*websocket.Conn{}
	for name, b := range map[string]*housetest.Browser{"guest": guest, "student": student, "teacher": s.teacher} {
		_, ticket := s.attendee(t, b)
		sockets[name] = s.socket(t, connect(ticket))
		if _, ok := hears(sockets[name], `"connect"`, patience); !ok {
			t.Fatalf("the %s is not connected", name)
		}
	}
	status(t, "unpublish", s.teacher.Post(s.path("/publish"), url.Values{"published": {"0"}}), 303)
	if _, ok := hears(sockets["teacher"], `"changed"`, patience); !ok {
		t.Error("the teacher does not hear of the change")
	}
	status(t, "say", s.teacher.Post(s.path("/live/messages"), url.Values{"text": {"only among us"}}), 303)
	if _, ok := hears(sockets["teacher"], "only among us", patience); !ok {
		t.Error("the teacher does not hear what is said in the hidden room")
	}
	for _, name := range []string{"guest", "student"} {
		if _, ok := hears(sockets[name], "only among us", 2*time.Second); ok {
			t.Errorf("the %s hears what is said in the hidden room", name)
		}
	}
}

// One attendee's connections are bounded, so that a script cannot fill the
// server's memory with them.
func TestConnectionsOfOnePersonAreBounded(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	student := s.Browser().Launch("student")
	open := 0
	for range 60 {
		_, ticket := s.attendee(t, student)
		if _, ok := hears(s.socket(t, connect(ticket)), `"connect"`, patience); ok {
			open++
		}
	}
	if open > 40 || open < 10 {
		t.Errorf("%d of 60 connections of one person are open", open)
	}
}

func TestSecretsStayOutOfLogsAndAddresses(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	_, link := s.invite(t, inviteForm("guest@example.org", "speaker"))
	guest := s.Browser()
	guest.Get(link)
	guest.Post(link, email("wrong@example.org"))
	guest.Post(link, email("guest@example.org"))
	_, ticket := s.attendee(t, guest)
	hears(s.socket(t, connect(ticket)), `"connect"`, patience)
	framed := s.Browser().LaunchInFrame("student")
	framed.Get(s.path("/live/events?after=0"))
	guest.Post(s.path("/live/messages"), url.Values{"text": {"a word in confidence"}})
	s.Browser().TryLaunch(s.Platform, "student2", ltitest.BadSignature())
	s.raw(t, http.MethodGet, "/nowhere/"+strings.TrimPrefix(link, "/i/")+"?token="+ticket, nil, map[string]string{"Authorization": "Bearer " + framed.Bearer + "x"})
	log := s.Log.String()
	for what, text := range map[string]string{
		"link": strings.TrimPrefix(link, "/i/"), "ticket": ticket, "bearer": framed.Bearer, "token": "eyJ", "address": "@example.org",
		"member's address": "campus.example", "name": "Solheim", "member's name": "Tara", "message": "in confidence",
	} {
		if strings.Contains(log, text) {
			t.Errorf("the log holds the %s", what)
		}
	}
	page := guest.Get(link)
	if page.Location != s.path("") || page.Header.Get("Referrer-Policy") != "strict-origin" {
		t.Errorf("the link leads to %s with policy %s", page.Location, page.Header.Get("Referrer-Policy"))
	}
}
