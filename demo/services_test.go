package demo

import (
	"net/http"
	"net/url"

	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// campusTool is the fake tool known to a campus, with its addresses.
type campusTool struct {
	*fakeTool
	b        *browser
	site     *site
	clientID string
	tokenURL string
}

// knownTo makes the tool known to a campus as a good one would be.
func (f *fakeTool) knownTo(b *browser, host string) campusTool {
	b.t.Helper()
	known := map[string]func() tool{hostMoodle: b.s.moodle.known, hostCanvas: b.s.canvas.known, hostBlackboard: b.s.blackboard.known}
	sites := map[string]*site{hostMoodle: b.s.moodle.site, hostCanvas: b.s.canvas.site, hostBlackboard: b.s.blackboard.site}
	t := known[host]()
	base := f.server.URL
	t.Domain, t.LoginURL, t.TargetURL, t.JWKSURL = domainOf(base), base+"/login", base+"/launch", base+"/jwks"
	t.RedirectURIs = []string{base + "/launch"}
	if t.PickerURL != "" {
		t.PickerURL = base + "/pick"
	}
	if err := sites[host].keepTool(t); err != nil {
		b.t.Fatalf("keep tool: %v", err)
	}
	return campusTool{fakeTool: f, b: b, site: sites[host], clientID: t.ClientID, tokenURL: campusOf(b.s, host).TokenURL}
}

// assertion are the claims of an assertion that every campus accepts.
func (c campusTool) assertion() map[string]any {
	now := c.b.s.now().Unix()
	return map[string]any{
		"iss": c.clientID, "sub": c.clientID, "aud": c.tokenURL, "iat": now - 30, "exp": now + 240, "jti": randomHex(20),
	}
}

// asks sends a token request with an assertion.
func (c campusTool) asks(assertion string, change func(url.Values)) *http.Response {
	c.b.t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_assertion_type": {assertionType}, "client_assertion": {assertion},
		"scope": {scopeNRPS},
	}
	if change != nil {
		change(form)
	}
	return c.b.send(http.MethodPost, c.tokenURL, form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
}

// access gets a good access token.
func (c campusTool) access() string {
	c.b.t.Helper()
	return textOf(c.b.json(c.asks(c.sign(c.assertion(), nil), nil), http.StatusOK)["access_token"])
}

// members asks for members as the specification says.
func (c campusTool) members(address, token string) *http.Response {
	c.b.t.Helper()
	return c.b.send(http.MethodGet, address, "", map[string]string{"Accept": membersType, "Authorization": "Bearer " + token})
}

func TestMoodleAnswersTokenRequestsAsCaptured(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t)
	b := newBrowser(t, s)
	c := newTool(t).knownTo(b, hostMoodle)
	other := newToolWith(t, newKeySet("JWT", 0, "tool-key-1"))
	captured := capture[map[string]struct {
		Status int
		Body   string
		Type   string `json:"content_type"`
	}](t, "moodle.tokens")
	changed := func(name string, value any) string {
		claims := c.assertion()
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
		return c.sign(claims, nil)
	}
	again := c.sign(c.assertion(), nil)
	ask := func(assertion string) *http.Response { return c.asks(assertion, nil) }
	scope := func(value string) *http.Response {
		return c.asks(c.sign(c.assertion(), nil), func(form url.Values) { form.Set("scope", value) })
	}
	for name, res := range map[string]*http.Response{
		"ok": ask(again), "same-jti-again": ask(again), "aud-is-issuer": ask(changed("aud", s.origin(hostMoodle))),
		"aud-nonsense": ask(changed("aud", "x")), "aud-array": ask(changed("aud", []string{c.tokenURL})),
		"iss-not-client_id": ask(changed("iss", "x")), "sub-unknown": ask(changed("sub", "x")), "no-exp": ask(changed("exp", nil)),
		"expired":                ask(changed("exp", clock.now().Unix()-5)),
		"iat-in-future-120s":     ask(changed("iat", clock.now().Unix()+120)),
		"iat-in-future-5s":       ask(changed("iat", clock.now().Unix()+5)),
		"wrong-key":              ask(other.sign(c.assertion(), nil)),
		"unknown-kid":            ask(c.sign(c.assertion(), map[string]any{"kid": "another"})),
		"no-kid":                 ask(c.sign(c.assertion(), map[string]any{"typ": "JWT"})),
		"scope-not-permitted":    scope("https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting"),
		"scope-partly-permitted": scope(scopeNRPS + " https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting"),
		"scope-missing":          scope(""),
		"grant-wrong":            c.asks(c.sign(c.assertion(), nil), func(form url.Values) { form.Set("grant_type", "password") }),
		"json-body":              b.send(http.MethodPost, c.tokenURL, "{}", map[string]string{"Content-Type": "application/json"}),
		"assertion-garbage":      ask("a.b"),
		"GET":                    b.send(http.MethodGet, s.origin(hostMoodle)+"/mod/lti/token.php", "", nil),
	} {
		want := captured[name]
		body := b.page(res, want.Status)
		if want.Status == http.StatusOK {
			_, after, _ := strings.Cut(body, `"access_token" : "`)
			token, _, _ := strings.Cut(after, `"`)
			body = strings.Replace(body, token, "<redacted>", 1)
		}
		// The captured times are not ours.
		cut := func(text string) string { before, _, _ := strings.Cut(text, "prior to"); return before }
		if cut(body) != cut(want.Body) || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %s %s\nwant %s", name, res.Header.Get("Content-Type"), body, want.Body)
		}
	}
	c.site.cache.forget(c.clientID)
	c.server.Close()
	b.page(ask(c.sign(c.assertion(), nil)), captured["keyset-unreachable-and-not-cached"].Status)
}

func TestCanvasAndBlackboardCheckAssertions(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	for _, host := range []string{hostCanvas, hostBlackboard} {
		c := f.knownTo(b, host)
		ask := func(name string, value any) *http.Response {
			claims := c.assertion()
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
			return c.asks(c.sign(claims, nil), nil)
		}
		b.page(ask("aud", c.tokenURL), http.StatusOK)
		b.page(ask("aud", []string{c.tokenURL}), http.StatusOK)
		for name, res := range map[string]*http.Response{
			"no jti": ask("jti", nil), "another aud": ask("aud", "http://other.example/token"), "no exp": ask("exp", nil),
			"expired": ask("exp", clock.now().Unix()-1), "from the future": ask("iat", clock.now().Unix()+90),
			"another key": c.asks(newToolWith(t, newKeySet("JWT", 0, "tool-key-1")).sign(c.assertion(), nil), nil), "no token": c.asks("x", nil),
			"another grant": c.asks(c.sign(c.assertion(), nil), func(form url.Values) { form.Set("grant_type", "code") }),
			"another scope": c.asks(c.sign(c.assertion(), nil), func(form url.Values) { form.Set("scope", "x") }),
		} {
			if body := b.json(res, http.StatusBadRequest); body["error"] == nil || body["error_description"] == nil {
				t.Errorf("%s, %s: %v", host, name, body)
			}
		}
	}
	c := f.knownTo(b, hostCanvas)
	before := f.fetched.Load()
	c.access()
	c.access()
	if got := f.fetched.Load() - before; got != 2 {
		t.Errorf("Canvas fetched the keys %d times for two requests, want 2", got)
	}
	c = f.knownTo(b, hostBlackboard)
	again := c.sign(c.assertion(), nil)
	if got := b.json(c.asks(again, nil), http.StatusOK)["token_type"]; got != "bearer" {
		t.Errorf("token_type = %v, want bearer", got)
	}
	b.page(c.asks(again, nil), http.StatusBadRequest)
}

func TestAccessTokensEnd(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	at, _ := s.moodle.courseByKey("1")
	for _, host := range []string{hostMoodle, hostCanvas, hostBlackboard} {
		c := f.knownTo(b, host)
		t1, _ := c.site.toolByClient(c.clientID)
		address := map[string]string{
			hostMoodle: s.moodle.membersURL(at, t1), hostCanvas: s.canvas.api(at) + "/names_and_roles", hostBlackboard: s.blackboard.membersURL(at),
		}[host]
		token := c.access()
		b.page(c.members(address, token), http.StatusOK)
		b.page(c.members(address, "nonsense"), http.StatusUnauthorized)
		clock.advance(time.Hour)
		b.page(c.members(address, token), http.StatusUnauthorized)
		grades := textOf(b.json(c.asks(c.sign(c.assertion(), nil), func(form url.Values) {
			form.Set("scope", scopeAGS+"score")
		}), http.StatusOK)["access_token"])
		b.page(c.members(address, grades), http.StatusUnauthorized)
	}
}

func TestMembersHaveTheShapeThatEachLMSSends(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	at, _ := s.moodle.courseByKey("1")
	list := func(c campusTool, address string) map[string]any {
		return b.json(c.members(address, c.access()), http.StatusOK)
	}
	of := func(list map[string]any, user string) map[string]any {
		for _, entry := range list["members"].([]any) {
			if member := entry.(map[string]any); member["user_id"] == user {
				return member
			}
		}
		t.Errorf("no member %s in %v", user, list)
		return nil
	}
	first := func(list any) map[string]any { return list.(map[string]any)["members"].([]any)[0].(map[string]any) }
	student, _ := personByKey("student1")

	moodle := f.knownTo(b, hostMoodle)
	real := capture[map[string]map[string]any](t, "moodle.members")
	known, _ := s.moodle.toolByClient(moodle.clientID)
	address := s.moodle.membersURL(at, known)
	got := list(moodle, address)
	want := real["all"]["body"].(map[string]any)
	if diff := cmp.Diff(keysOf(want), keysOf(got)); diff != "" {
		t.Errorf("Moodle (-captured +ours):\n%s", diff)
	}
	if diff := cmp.Diff(shape(first(want)), shape(of(got, "5"))); diff != "" {
		t.Errorf("member of Moodle (-captured +ours):\n%s", diff)
	}
	if diff := cmp.Diff(shape(real["rlid"]["member"].(map[string]any)), shape(of(list(moodle, address+"?rlid=1"), "5"))); diff != "" {
		t.Errorf("member of Moodle with rlid (-captured +ours):\n%s", diff)
	}
	ta := of(got, "4")
	if diff := cmp.Diff([]any{"Learner"}, ta["roles"]); diff != "" {
		t.Errorf("roles of Moodle's assistant:\n%s", diff)
	}

	canvas := f.knownTo(b, hostCanvas)
	composed := capture[map[string]map[string]any](t, "canvas.members")
	address = s.canvas.api(at) + "/names_and_roles"
	member := of(list(canvas, address), s.canvas.userID(student))
	wantMember := first(composed["body"])
	if diff := cmp.Diff(shape(wantMember), shape(member)); diff != "" {
		t.Errorf("member of Canvas (-captured +ours):\n%s", diff)
	}
	s.canvas.trouble.set(troubleShare, shareNone)
	if diff := cmp.Diff(keysOf(composed["anonymous"]), keysOf(of(list(canvas, address), s.canvas.userID(student)))); diff != "" {
		t.Errorf("anonymous member of Canvas (-captured +ours):\n%s", diff)
	}

	blackboard := f.knownTo(b, hostBlackboard)
	sample := capture[map[string]map[string]any](t, "blackboard.members")
	address = s.blackboard.membersURL(at) + "?groups=true"
	member = of(list(blackboard, address), s.blackboard.userID(student, "1"))
	if diff := cmp.Diff(shape(first(sample["page1"]["body"])), shape(member)); diff != "" {
		t.Errorf("member of Blackboard (-captured +ours):\n%s", diff)
	}
	member = of(list(blackboard, address+"&rlid=_41_1"), s.blackboard.userID(student, "1"))
	if _, isObject := member["message"].(map[string]any); !isObject {
		t.Errorf("message with rlid = %v, want an object", member["message"])
	}
}

func TestRostersPageInEachManner(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	f := newTool(t)
	for _, c := range []struct {
		host, course, query string
		pages, people       int
		first               int
	}{
		{hostMoodle, "2", "", 1, 300, 300}, {hostMoodle, "2", "limit=100", 3, 300, 100}, {hostMoodle, "3", "", 1, 5000, 5000},
		{hostCanvas, "1", "", 1, 6, 6}, {hostCanvas, "2", "limit=1000", 6, 300, 50}, {hostCanvas, "3", "", 100, 5000, 50},
		{hostBlackboard, "2", "limit=200", 2, 302, 200}, {hostBlackboard, "3", "", 5, 5002, 1000},
	} {
		tool := f.knownTo(b, c.host)
		known, _ := tool.site.toolByClient(tool.clientID)
		at, _ := tool.site.courseByKey(c.course)
		address := map[string]string{
			hostMoodle: s.moodle.membersURL(at, known), hostCanvas: s.canvas.api(at) + "/names_and_roles", hostBlackboard: s.blackboard.membersURL(at),
		}[c.host]
		if q, err := url.ParseQuery(c.query); err == nil && c.query != "" {
			address = withQuery(address, q)
		}
		token, seen, pages := tool.access(), map[string]bool{}, 0
		for ; address != ""; pages++ {
			res := tool.members(address, token)
			members := b.json(res, http.StatusOK)["members"].([]any)
			if pages == 0 && len(members) != c.first {
				t.Errorf("%s: first page has %d members, want %d", c.host, len(members), c.first)
			}
			for _, entry := range members {
				seen[textOf(entry.(map[string]any)["user_id"])] = true
			}
			address = nextOf(res.Header.Get("Link"))
		}
		if pages != c.pages || len(seen) != c.people {
			t.Errorf("%s course %s: %d people on %d pages, want %d on %d", c.host, c.course, len(seen), pages, c.people, c.pages)
		}
	}
}

// nextOf is the next page's address in a Link header.
func nextOf(header string) string {
	for link := range strings.SplitSeq(header, ", ") {
		if strings.HasSuffix(link, `>; rel="next"`) {
			return strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
		}
	}
	return ""
}

func TestMoodleForgetsTheRoleWhenItPages(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	c := newTool(t).knownTo(b, hostMoodle)
	known, _ := s.moodle.toolByClient(c.clientID)
	at, _ := s.moodle.courseByKey("1")
	address := s.moodle.membersURL(at, known)
	res := c.members(address+"?role=Learner&limit=1", c.access())
	captured := capture[map[string]struct{ Headers map[string]string }](t, "moodle.members")["role_and_limit"].Headers["link"]
	_, wantQuery, _ := strings.Cut(captured, "?")
	if _, got, _ := strings.Cut(res.Header.Get("Link"), "?"); got != wantQuery {
		t.Errorf("next = %s, want %s", got, wantQuery)
	}
	refused := b.send(http.MethodGet, address, "", map[string]string{"Accept": "application/json", "Authorization": "Bearer " + c.access()})
	if body := b.json(refused, http.StatusBadRequest); !strings.HasPrefix(textOf(body["reason"]), "No handler found for /CourseSection/2") {
		t.Errorf("refusal = %v", body)
	}
}

func TestServicesMisbehaveAsAsked(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	c := newTool(t).knownTo(b, hostCanvas)
	at, _ := s.canvas.courseByKey("2")
	address, page := s.canvas.api(at)+"/names_and_roles", s.origin(hostCanvas)+"/services"
	choose := func(name, value string, status int) {
		t.Helper()
		b.page(b.do(http.MethodPost, page, url.Values{name: {value}}), status)
	}
	token := c.access()
	for value, status := range map[string]int{"403": 403, "404": 404, "500": 500, "429": 429, "throttled": 403, "401": 401, "junk": 200} {
		choose(troubleMembers, value, http.StatusSeeOther)
		b.page(c.members(address, token), status)
	}
	choose(troubleMembers, "endless", http.StatusSeeOther)
	next := address
	for range 20 {
		if next = nextOf(c.members(next, token).Header.Get("Link")); next == "" {
			t.Fatal("the endless list ended")
		}
	}
	choose(troubleMembers, "elsewhere", http.StatusSeeOther)
	if next := nextOf(c.members(address, token).Header.Get("Link")); !strings.HasPrefix(next, "http://elsewhere.localhost:") {
		t.Errorf("next page = %s, want another host", next)
	}
	choose(troubleMembers, "ok", http.StatusSeeOther)
	choose(troubleTokens, "short", http.StatusSeeOther)
	b.page(c.members(address, c.access()), http.StatusUnauthorized)
	choose(troubleTokens, "broken", http.StatusNotFound)
	if shown := b.page(b.get(page), http.StatusOK); !strings.Contains(shown, `value="short" selected`) {
		t.Errorf("the page does not show what was chosen: %s", shown)
	}
}

func TestInventedPeopleAreManyAndTheSame(t *testing.T) {
	t.Parallel()
	people := enrolled(largestCourse)
	addresses, keys, plain := map[string]bool{}, map[string]bool{}, 0
	for _, p := range people {
		again, ok := personByKey(p.Key)
		if !ok || again != p {
			t.Fatalf("personByKey(%s) = %v, %v, want %v", p.Key, again, ok, p)
		}
		addresses[p.Email("x.example")], keys[p.Key] = true, true
		if ascii(p.Name()) == strings.ToLower(p.Name()) {
			plain++
		}
	}
	if len(addresses) != largestCourse || len(keys) != largestCourse {
		t.Errorf("%d addresses and %d keys for %d people", len(addresses), len(keys), largestCourse)
	}
	if plain > largestCourse/2 {
		t.Errorf("%d of %d names are plain ASCII, want a mix of scripts", plain, largestCourse)
	}
	for _, wrong := range []string{"p0", "p5001", "p01", "p", "px"} {
		if p, ok := personByKey(wrong); ok {
			t.Errorf("personByKey(%s) = %v", wrong, p)
		}
	}
}
