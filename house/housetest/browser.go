package housetest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"usher/lti/ltitest"
	"usher/views"
)

// Browser is one person's browser: it keeps cookies as browsers do, and says
// with each request where it came from.
type Browser struct {
	site    *Site
	cookies map[string]*http.Cookie
	// Bearer is what a framed launch gave; requests carry it instead of cookies.
	Bearer string
	// Headers are added to each request.
	Headers http.Header
	// Path is where the last launch led.
	Path string
}

// Browser returns a browser that knows nothing yet.
func (s *Site) Browser() *Browser {
	return &Browser{site: s, cookies: map[string]*http.Cookie{}, Headers: http.Header{}}
}

// Page is an answer.
type Page struct {
	Status   int
	Header   http.Header
	Body     string
	Location string
}

// Get asks for a page as a link on this site does.
func (b *Browser) Get(path string) Page { return b.do(http.MethodGet, path, nil, "same-origin") }

// Head asks for a page's headers.
func (b *Browser) Head(path string) Page { return b.do(http.MethodHead, path, nil, "none") }

// Post sends a form as one of this site's pages does.
func (b *Browser) Post(path string, form url.Values) Page {
	return b.do(http.MethodPost, path, form, "same-origin")
}

// CrossSite makes a request as another site's page does: no Lax cookie goes
// along with a POST.
func (b *Browser) CrossSite(method, path string, form url.Values) Page {
	return b.do(method, path, form, "cross-site")
}

func (b *Browser) do(method, path string, form url.Values, from string) Page {
	tb := b.site.tb
	tb.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(tb.Context(), method, b.site.URL+path, body)
	if err != nil {
		tb.Fatalf("%s %s: %v", method, path, err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", from)
	if b.Bearer != "" {
		r.Header.Set("Authorization", "Bearer "+b.Bearer)
		r.Header.Set("Sec-Fetch-Dest", "empty")
	} else {
		r.Header.Set("Sec-Fetch-Dest", "document")
		b.addCookies(r, from == "cross-site" && method == http.MethodPost)
	}
	for name, values := range b.Headers {
		r.Header[name] = values
	}
	return b.send(r)
}

func (b *Browser) addCookies(r *http.Request, crossSite bool) {
	for _, c := range b.cookies {
		if !crossSite || c.SameSite == http.SameSiteNoneMode {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
	}
}

var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (b *Browser) send(r *http.Request) Page {
	tb := b.site.tb
	tb.Helper()
	response, err := client.Do(r)
	if err != nil {
		tb.Fatalf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatalf("read %s: %v", r.URL.Path, err)
	}
	for _, c := range response.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c
	}
	return Page{Status: response.StatusCode, Header: response.Header, Body: string(text), Location: response.Header.Get("Location")}
}

// Cookies returns what the browser keeps now.
func (b *Browser) Cookies() map[string]*http.Cookie { return maps.Clone(b.cookies) }

// SetCookies brings the browser back to what it kept, as if it had never seen
// the answers since.
func (b *Browser) SetCookies(kept map[string]*http.Cookie) { b.cookies = maps.Clone(kept) }

// Launch launches from the site's platform in a page of its own and follows
// to the page it leads to, whose path is in Path.
func (b *Browser) Launch(hint string, changes ...ltitest.Change) *Browser {
	b.site.tb.Helper()
	return b.LaunchFrom(b.site.Platform, hint, changes...)
}

// LaunchFrom is [Browser.Launch] from another platform.
func (b *Browser) LaunchFrom(p *ltitest.Platform, hint string, changes ...ltitest.Change) *Browser {
	tb := b.site.tb
	tb.Helper()
	answer := b.TryLaunch(p, hint, changes...)
	if answer.Status != http.StatusSeeOther {
		tb.Fatalf("launch as %s: status %d\n%s", hint, answer.Status, answer.Body)
	}
	b.Path = answer.Location
	if page := b.Get(b.Path); page.Status != http.StatusOK {
		tb.Fatalf("launch as %s leads to %s: status %d\n%s", hint, b.Path, page.Status, page.Body)
	}
	return b
}

// TryLaunch makes a launch in a page of its own and returns the answer to the
// platform's POST, whatever it is.
func (b *Browser) TryLaunch(p *ltitest.Platform, hint string, changes ...ltitest.Change) Page {
	tb := b.site.tb
	tb.Helper()
	login := b.CrossSite(http.MethodPost, "/lti/login", p.LoginForm(hint))
	if login.Status != http.StatusSeeOther {
		return login
	}
	token, state := p.Answer(login.Location, changes...)
	return b.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {token}, "state": {state}})
}

// LaunchInFrame launches in a frame with working partitioned cookies, after
// which requests carry the bearer.
func (b *Browser) LaunchInFrame(hint string, changes ...ltitest.Change) *Browser {
	tb := b.site.tb
	tb.Helper()
	b.Headers.Set("Sec-Fetch-Dest", "iframe")
	login := b.CrossSite(http.MethodPost, "/lti/login", b.site.Platform.LoginForm(hint))
	var data views.LoginData
	embedded(tb, login, "login", &data)
	token, state := b.site.Platform.Answer(data.AuthURL, changes...)
	answer := b.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {token}, "state": {state}})
	var carrier views.Carrier
	embedded(tb, answer, "carrier", &carrier)
	b.Headers.Del("Sec-Fetch-Dest")
	b.Bearer, b.Path = carrier.Token, carrier.URL
	return b
}

var jsonBlock = regexp.MustCompile(`(?s)<script type="application/json" id="([^"]+)">(.*?)</script>`)

// embedded reads the JSON that a page hands to its script.
func embedded(tb testing.TB, page Page, id string, into any) {
	tb.Helper()
	for _, m := range jsonBlock.FindAllStringSubmatch(page.Body, -1) {
		if m[1] == id {
			if err := json.Unmarshal([]byte(m[2]), into); err != nil {
				tb.Fatalf("JSON of %s: %v", id, err)
			}
			return
		}
	}
	tb.Fatalf("page without %s: status %d\n%s", id, page.Status, page.Body)
}
