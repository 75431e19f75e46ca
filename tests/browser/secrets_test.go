package browser

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// secrets are the tokens that a person's browser was given or sent, each with
// what it is.
func secrets(h *person) map[string]string {
	found := map[string]string{}
	keep := func(token, what string) {
		if len(token) >= 16 {
			found[token] = what
		}
	}
	for _, e := range h.proxy.exchanges() {
		u, err := url.Parse(e.URL)
		if err != nil || u.Host != "usher.localhost:"+h.p.port {
			continue
		}
		keep(strings.TrimPrefix(e.Authorization, "Bearer "), "bearer")
		for _, line := range e.SetCookie {
			if cookie, err := http.ParseSetCookie(line); err == nil {
				keep(cookie.Value, "cookie "+cookie.Name)
			}
		}
		if token, ok := strings.CutPrefix(u.Path, "/i/"); ok {
			keep(strings.TrimSuffix(token, "/opened"), "invitation")
		}
		form, _ := url.ParseQuery(e.Form) // no form, no token
		keep(form.Get("id_token"), "id_token")
		for _, name := range []string{"secret", "token", "handle"} {
			for _, m := range regexp.MustCompile(`"`+name+`":\s*("[^"]+")`).FindAllStringSubmatch(e.Body, -1) {
				var token string
				if json.Unmarshal([]byte(m[1]), &token) == nil {
					keep(token, name+" of "+u.Path)
				}
			}
		}
	}
	return found
}

// After whole launches, invitations, claims and talks, no token may stand in
// the log, in an address, or in a Referer.
func TestNoTokenLeaks(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	scripted := newPerson(t, p, "scripted", blocked, looks{})
	topLevel := newPerson(t, p, "top", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{})
	loseCookies(scripted)

	host := teacher.launches("moodle", "teacher", "in=frame").tool()
	createsRoom(host, "Kelp forests")
	link := invites(host, invitation{"iris@example.org", "Iris", "Vale", "Viewer"})
	door := guest.open(link)
	door.top().at("page", "lobby")
	door.top().click("footer a", "Help with joining") // its Referer must not lead back
	door.top().fill("#email", "nobody@example.org")
	door.top().click("button", "Continue")
	door.top().sees("[role=alert]", "")
	door.top().fill("#email", "iris@example.org")
	door.top().click("button", "Continue")
	door.top().at("page", "room")
	says(door.top(), "Hello https://outside.localhost/page")
	hears(host, "Iris Vale", "Hello https://outside.localhost/page")
	scripted.launches("moodle", "student1", "in=frame").tool().at("page", "room")
	topLevel.launches("moodle", "student2", "in=tab").top().at("page", "room")
	host.reloadFrame()
	host.at("page", "room")
	connected(host)

	people := []*person{teacher, scripted, topLevel, guest}
	all := map[string]string{}
	for _, h := range people {
		for token, what := range secrets(h) {
			all[token] = what
		}
	}
	kinds := map[string]bool{}
	for _, what := range all {
		kinds[strings.Fields(what)[0]] = true
	}
	for _, kind := range []string{"bearer", "cookie", "invitation", "id_token", "secret", "token", "handle"} {
		if !kinds[kind] {
			t.Errorf("the run had no %s, so that nothing was searched for it", kind)
		}
	}
	log := p.log.String()
	if !strings.Contains(log, "/i/:token") {
		t.Error("the log has no line of the landing; is it on?")
	}
	for token, what := range all {
		if strings.Contains(log, token) {
			t.Errorf("the log has a %s", what)
		}
		for _, h := range people {
			for _, e := range h.proxy.exchanges() {
				if strings.Contains(e.Referer, token) {
					t.Errorf("%s: a Referer has a %s", h.name, what)
				}
				own := what == "invitation" && strings.HasPrefix(e.URL, p.tool()+"/i/")
				if !own && strings.Contains(decoded(e.URL+" "+e.Location), token) {
					t.Errorf("%s: %s %s has a %s", h.name, e.Method, strings.ReplaceAll(e.URL, token, "…"), what)
				}
			}
		}
	}
}

func decoded(address string) string {
	if plain, err := url.QueryUnescape(address); err == nil {
		return address + " " + plain
	}
	return address
}
