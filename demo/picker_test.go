package demo

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// picks begins a selection of content as the teacher and returns the request's
// claims.
func (c campusTool) picks(path string) map[string]any {
	c.b.t.Helper()
	c.b.page(c.b.get(c.site.origin()+"/?as=teacher"), http.StatusSeeOther)
	return c.verified(c.b.get(c.site.origin() + path))
}

// verified goes through a launch that begins with this answer, as the tool.
func (c campusTool) verified(res *http.Response) map[string]any {
	c.b.t.Helper()
	login := c.loginOf(res)
	q := request(login)
	q.Set("redirect_uri", c.server.URL+"/launch")
	campus := campusOf(c.b.s, c.site.host)
	answer := c.b.form(c.b.page(c.b.follow(campus.AuthURL+"?"+q.Encode()), http.StatusOK))
	return c.b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims
}

// loginOf finds the login that an answer begins: a form of its own, one in a
// frame, or a redirect.
func (c campusTool) loginOf(res *http.Response) url.Values {
	c.b.t.Helper()
	if res.StatusCode == http.StatusFound {
		location, err := res.Location()
		if err != nil {
			c.b.t.Fatalf("login: %v", err)
		}
		return location.Query()
	}
	page := c.b.page(res, http.StatusOK)
	if frame := frameTag.FindStringSubmatch(page); frame != nil {
		return c.loginOf(c.b.get(c.b.frame(page)))
	}
	return c.b.form(page).values
}

// pickPath is where a teacher selects content on a campus.
func (c campusTool) pickPath() string {
	known, _ := c.site.toolByClient(c.clientID)
	return map[string]string{
		hostMoodle: "/mod/lti/contentitem.php?course=1&id=" + known.ID, hostCanvas: "/external_tools/select?placement=link_selection&course=1",
		hostBlackboard: "/ultra/content-market?course=1",
	}[c.site.host]
}

// answer are the claims of a good answer to a request.
func (c campusTool) answer(asked map[string]any, items ...any) map[string]any {
	now := c.b.s.now().Unix()
	claims := map[string]any{
		"iss": c.clientID, "sub": c.clientID, "aud": asked["iss"], "iat": now - 30, "exp": now + 240, "nonce": randomHex(20),
		claimLTI + "deployment_id": asked[claimLTI+"deployment_id"], claimLTI + "message_type": "LtiDeepLinkingResponse",
		claimLTI + "version": "1.3.0", claimDeepLinking + "content_items": append([]any{}, items...),
	}
	settings, _ := asked[claimDeepLinking+"deep_linking_settings"].(map[string]any)
	if data, ok := settings["data"]; ok {
		claims[claimDeepLinking+"data"] = data
	}
	return claims
}

// returns posts an answer to where the request said.
func (c campusTool) returns(asked map[string]any, token string) *http.Response {
	c.b.t.Helper()
	settings, _ := asked[claimDeepLinking+"deep_linking_settings"].(map[string]any)
	return c.b.do(http.MethodPost, textOf(settings["deep_link_return_url"]), url.Values{"JWT": {token}})
}

func (c campusTool) item(title string) map[string]any {
	return map[string]any{
		"type": "ltiResourceLink", "title": title, "text": "Said the tool", "url": c.server.URL + "/launch",
		"custom": map[string]any{"entry": "en_1"}, "window": map[string]any{"targetName": "_blank"},
	}
}

func TestRequestsForContentHaveTheShapeThatEachLMSSends(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	f := newTool(t)
	for host, name := range map[string]string{
		hostMoodle: "moodle.picker", hostCanvas: "canvas.picker", hostBlackboard: "blackboard.picker",
	} {
		b := newBrowser(t, s)
		tool := f.knownTo(b, host)
		got, want := shape(tool.picks(tool.pickPath())), shape(capture[captured](t, name).Claims)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-captured +ours):\n%s", host, diff)
		}
	}
}

func TestCanvasPlacementsTakeWhatTheyTake(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	f := newTool(t)
	tables := capture[struct {
		Settings map[string]map[string]any
	}](t, "canvas.members").Settings
	for _, p := range canvasPickers() {
		b := newBrowser(t, s)
		tool := f.knownTo(b, hostCanvas)
		asked := tool.picks("/external_tools/select?course=1&placement=" + p.placement)
		settings, _ := asked[claimDeepLinking+"deep_linking_settings"].(map[string]any)
		got := map[string]any{
			"accept_types": settings["accept_types"], "accept_multiple": settings["accept_multiple"],
			"auto_create": settings["auto_create"], "targets": settings["accept_presentation_document_targets"],
		}
		want := maps.Clone(tables[p.placement])
		delete(want, "accept_media_types")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-captured +ours):\n%s", p.placement, diff)
		}
		if asked[claimCanvasPlacement] != p.placement {
			t.Errorf("placement = %v, want %s", asked[claimCanvasPlacement], p.placement)
		}
	}
}

func TestMoodleTakesAnswersAsCaptured(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	f := newTool(t)
	for name, real := range capture[map[string]struct {
		Claims map[string]any
		Fields map[string]string
		Added  []string
		Closed bool
		Text   *string
	}](t, "moodle.picked") {
		b := newBrowser(t, s)
		c := f.knownTo(b, hostMoodle)
		asked := c.picks(c.pickPath())
		claims := c.answer(asked)
		for claim, value := range real.Claims {
			if strings.HasPrefix(claim, claimDeepLinking) {
				claims[claim] = value
			}
		}
		if name == "badiss" {
			claims["iss"] = "someone-else"
		}
		if !real.Closed {
			page := b.page(c.returns(asked, c.sign(claims, nil)), http.StatusNotFound)
			if first, _, _ := strings.Cut(*real.Text, "\n"); !strings.Contains(page, first) {
				t.Errorf("%s: the dialogue lacks %q: %s", name, first, page)
			}
			continue
		}
		page := b.page(c.returns(asked, c.sign(claims, nil)), http.StatusOK)
		back := leaveTag(t, page)
		form := b.page(b.get(s.origin(hostMoodle)+back), http.StatusOK)
		for _, said := range []string{"Saved by tool", "Tool could not create the item"} {
			if strings.Contains(page+form, said) {
				t.Errorf("%s: %q is shown, Moodle shows nothing", name, said)
			}
		}
		if len(real.Added) == 1 {
			for field, want := range real.Fields {
				if want != "" && !strings.Contains(form, want) {
					t.Errorf("%s: the form lacks %s %q: %s", name, field, want, form)
				}
			}
			continue
		}
		for _, title := range real.Added {
			if !strings.Contains(form, "<li>"+title+"</li>") {
				t.Errorf("%s: the summary lacks %s", name, title)
			}
		}
		if len(real.Added) == 0 && strings.Contains(back, "pick=") {
			t.Errorf("%s: something was selected: %s", name, back)
		}
	}
}

// leaveTag is where a closing page leads.
func leaveTag(t testing.TB, page string) string {
	t.Helper()
	_, after, ok := strings.Cut(page, `id="leave" href="`)
	address, _, _ := strings.Cut(after, `"`)
	if !ok {
		t.Fatalf("no way back in page: %s", page)
	}
	return strings.ReplaceAll(address, "&amp;", "&")
}

func TestSelectedLinksLaunchWithWhatTheToolSent(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	f := newTool(t)
	for _, host := range []string{hostMoodle, hostCanvas, hostBlackboard} {
		b := newBrowser(t, s)
		c := f.knownTo(b, host)
		asked := c.picks(c.pickPath())
		page := b.page(c.returns(asked, c.sign(c.answer(asked, c.item("From the tool")), nil)), http.StatusOK)
		if host == hostMoodle {
			pick, err := url.Parse(leaveTag(t, page))
			if err != nil {
				t.Fatalf("back: %v", err)
			}
			b.page(b.do(http.MethodPost, s.origin(host)+"/course/modedit.php", url.Values{
				"course": {"1"}, "pick": {pick.Query().Get("pick")}, "name": {"From the tool"}, "url": {c.server.URL + "/launch"},
				"custom": {"entry=en_1"},
			}), http.StatusSeeOther)
		}
		links := c.site.contentsOf("1")
		made := links[len(links)-1]
		if made.Title != "From the tool" || made.Window != (host != hostMoodle) {
			t.Errorf("%s: link = %+v, want a title and a window where the campus honours it", host, made)
		}
		claims := c.verified(b.get(s.origin(host) + "/launch?as=student1&in=tab&link=" + made.Key))
		custom, _ := claims[claimLTI+"custom"].(map[string]any)
		if custom["entry"] != "en_1" || claims[claimLTI+"target_link_uri"] != c.server.URL+"/launch" {
			t.Errorf("%s: custom = %v, target = %v", host, custom, claims[claimLTI+"target_link_uri"])
		}
		b.page(b.do(http.MethodPost, s.origin(host)+"/copy", url.Values{"course": {"1"}}), http.StatusSeeOther)
		courses := c.site.read().Courses
		copied := c.site.contentsOf(courses[len(courses)-1].Key)
		again := c.verified(b.get(s.origin(host) + "/launch?as=teacher&in=tab&link=" + copied[len(copied)-1].Key))
		checkCopy(t, host, claims, again)
	}
}

// checkCopy compares a link with its copy in another course.
func checkCopy(t *testing.T, host string, first, second map[string]any) {
	t.Helper()
	of := func(claims map[string]any, claim string) map[string]any {
		object, _ := claims[claimLTI+claim].(map[string]any)
		return object
	}
	if of(second, "custom")["entry"] != "en_1" {
		t.Errorf("%s: the copy lost what the tool sent: %v", host, of(second, "custom"))
	}
	if of(second, "context")["id"] == of(first, "context")["id"] || of(second, "resource_link")["id"] == of(first, "resource_link")["id"] {
		t.Errorf("%s: the copy is the same course or link", host)
	}
	if got, want := of(second, "custom")["context_history"], of(first, "context")["id"]; got != want {
		t.Errorf("%s: history = %v, want %v", host, got, want)
	}
}

func TestAnswersAreCheckedAsEachLMSDoes(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t)
	f := newTool(t)
	other := newToolWith(t, newKeySet("JWT", 0, "tool-key-1"))
	all := []string{hostMoodle, hostCanvas, hostBlackboard}
	strict := []string{hostCanvas, hostBlackboard}
	for name, c := range map[string]struct {
		hosts  []string
		change func(claims map[string]any)
	}{
		"expired":          {all, func(claims map[string]any) { claims["exp"] = clock.now().Unix() - 1 }},
		"from the future":  {all, func(claims map[string]any) { claims["iat"] = clock.now().Unix() + 90 }},
		"another tool":     {all, func(claims map[string]any) { claims["iss"] = "x" }},
		"another key":      {all, nil},
		"another audience": {strict, func(claims map[string]any) { claims["aud"] = "https://other.example" }},
		"no deployment":    {strict, func(claims map[string]any) { delete(claims, claimLTI+"deployment_id") }},
		"no message type":  {strict, func(claims map[string]any) { delete(claims, claimLTI+"message_type") }},
		"no nonce":         {[]string{hostCanvas}, func(claims map[string]any) { delete(claims, "nonce") }},
		"no sub":           {[]string{hostBlackboard}, func(claims map[string]any) { delete(claims, "sub") }},
		"no data":          {[]string{hostBlackboard}, func(claims map[string]any) { delete(claims, claimDeepLinking+"data") }},
	} {
		for _, host := range c.hosts {
			b := newBrowser(t, s)
			tool := f.knownTo(b, host)
			asked := tool.picks(tool.pickPath())
			claims := tool.answer(asked, tool.item("Never added"))
			token := ""
			if c.change == nil {
				token = other.sign(claims, nil)
			} else {
				c.change(claims)
				token = tool.sign(claims, nil)
			}
			if res := tool.returns(asked, token); res.StatusCode < http.StatusBadRequest {
				t.Errorf("%s on %s: status %d", name, host, res.StatusCode)
			}
			if slices.ContainsFunc(tool.site.contentsOf("1"), func(item content) bool { return item.Title == "Never added" }) {
				t.Errorf("%s on %s: the link is there", name, host)
			}
		}
	}
}

func TestReturnAddressesWorkOnce(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	f := newTool(t)
	for host, status := range map[string]int{hostMoodle: http.StatusOK, hostCanvas: http.StatusUnauthorized, hostBlackboard: http.StatusBadRequest} {
		b := newBrowser(t, s)
		c := f.knownTo(b, host)
		asked := c.picks(c.pickPath())
		for _, want := range []int{http.StatusOK, status} {
			b.page(c.returns(asked, c.sign(c.answer(asked), nil)), want)
		}
	}
}

func TestBlackboardShowsLinksWithoutAnAddressAsInvalid(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	b := newBrowser(t, s)
	c := newTool(t).knownTo(b, hostBlackboard)
	asked := c.picks(c.pickPath())
	item := c.item("Without an address")
	delete(item, "url")
	b.page(c.returns(asked, c.sign(c.answer(asked, item), nil)), http.StatusOK)
	if page := b.page(b.get(s.origin(hostBlackboard)+"/"), http.StatusOK); !strings.Contains(page, "Tool (Invalid Link)") {
		t.Errorf("the course does not say that the link is invalid: %s", page)
	}
}

func TestStudentsSelectNothing(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t)
	f := newTool(t)
	for host, path := range map[string]string{
		hostMoodle: "/course/modedit.php?add=lti&course=1", hostCanvas: "/external_tools/select?placement=link_selection&course=1",
		hostBlackboard: "/ultra/content-market?course=1",
	} {
		b := newBrowser(t, s)
		f.knownTo(b, host)
		b.page(b.get(s.origin(host)+"/?as=student1"), http.StatusSeeOther)
		b.page(b.get(s.origin(host)+path), http.StatusForbidden)
		if page := b.page(b.get(s.origin(host)+"/"), http.StatusOK); strings.Contains(page, "Copy this course") {
			t.Errorf("%s: a student may edit the course", host)
		}
	}
}
