package demo

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxNotice bounds the text that a tool sends back by the return address.
const maxNotice = 500

// site is what the three campuses share: its session cookie, its pages, its
// launches under way and its keys.
type site struct {
	s           *Server
	key         string // moodle, canvas, blackboard
	name        string
	institution string
	domain      string // of people's addresses
	host        string
	cookie      string
	frameHosts  []string // hosts whose pages may frame each other
	adminPath   string   // where administrators make tools known
	agent       string   // user agent of the LMS's server
	keys        *keySet
	launches    *launches
	cache       keyCache
	tokens      tokens
	trouble     troubles
}

func (c *site) origin() string { return c.s.origin(c.host) }

// who is signed in to this campus in this browser.
func (c *site) who(r *http.Request) (Person, bool) {
	cookie, err := r.Cookie(c.cookie)
	if err != nil {
		return Person{}, false
	}
	return personByKey(cookie.Value)
}

// signIn makes somebody the LMS's user in this browser. SameSite=None, as real
// platforms send it, because the tool's frame navigates back to the LMS.
func (c *site) signIn(w http.ResponseWriter, p Person) {
	http.SetCookie(w, &http.Cookie{
		Name: c.cookie, Value: p.Key, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteNoneMode,
	})
}

// show answers with a page of this campus.
func (c *site) show(w http.ResponseWriter, status int, name string, data any) {
	ancestors := make([]string, 0, len(c.frameHosts))
	for _, host := range c.frameHosts {
		ancestors = append(ancestors, c.s.origin(host))
	}
	answer := page{name: name, data: data, ancestors: ancestors}
	if framing, ok := data.(interface{ frameOrigins() []string }); ok {
		answer.frames = framing.frameOrigins()
	}
	c.s.answer(w, status, answer)
}

// base fills what every page of this campus shows.
func (c *site) base(title string, person *Person) base {
	return base{
		Campus: c.key, CampusName: c.name, Institution: c.institution, Title: title, Person: person,
		HomeURL: c.origin() + "/", AdminURL: c.origin() + c.adminPath,
	}
}

// inCourse is base for a page of a course.
func (c *site) inCourse(title string, person *Person, at course) base {
	b := c.base(title, person)
	b.Course, b.CourseLabel, b.CourseURL = at.Title, at.Label, c.courseURL(at)
	return b
}

// courseURL is the course's page.
func (c *site) courseURL(at course) string {
	if at.Key == "1" {
		return c.origin() + "/"
	}
	return c.origin() + "/?course=" + at.Key
}

// message answers with the campus's own page about a mistake or a message.
func (c *site) message(w http.ResponseWriter, status int, heading, text string) {
	c.show(w, status, "message", messagePage{
		base: c.base(heading, nil), Heading: heading, Text: text, Alarm: status >= http.StatusBadRequest,
		LinkURL: c.origin() + "/", LinkText: "Back to the course",
	})
}

// fault answers a failure of our own.
func (c *site) fault(w http.ResponseWriter, err error) {
	c.s.logger.Error("practice LMS failed", "campus", c.key, "error", err)
	c.message(w, http.StatusInternalServerError, "The practice campus made a mistake", "Please try it again.")
}

// refuseStart answers a /launch that asks for what does not exist.
func (c *site) refuseStart(w http.ResponseWriter, err error) {
	if errors.Is(err, errNoTool) {
		c.show(w, http.StatusNotFound, "message", messagePage{
			base: c.base("No tool here yet", nil), Heading: "No tool here yet",
			Text:    "Nobody has added the tool to this campus, or it was deleted. An administrator adds it.",
			LinkURL: c.origin() + c.adminPath, LinkText: "Add a tool",
		})
		return
	}
	c.message(w, http.StatusNotFound, "There is no such launch here", "The address names an "+err.Error()+
		". The index at "+c.s.origin(hostIndex)+" lists all parameters.")
}

// notice reads what a tool sent back by the return address.
func notice(q url.Values) (text string, alarm bool) {
	if text = q.Get("lti_errormsg"); text != "" {
		return clip(text), true
	}
	return clip(q.Get("lti_msg")), false
}

// clip cuts a foreign text to maxNotice runes.
func clip(text string) string {
	text = strings.ToValidUTF8(text, "")
	if utf8.RuneCountInString(text) <= maxNotice {
		return text
	}
	return string([]rune(text)[:maxNotice])
}

// leaveTo takes the whole window to an address, also from inside a frame.
func (c *site) leaveTo(w http.ResponseWriter, address string) {
	c.show(w, http.StatusOK, "leave", leavePage{base: c.base("Back to the course", nil), URL: address})
}

// post answers with a form that submits itself to the tool.
func (c *site) post(w http.ResponseWriter, form postForm) {
	form.base = c.base("Opening the tool", nil)
	c.show(w, http.StatusOK, "post", form)
}

// routes serves what every campus has: course, assets and nothing else.
func (c *site) routes(extras ...extra) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", c.s.pages.assets)
	mux.HandleFunc("GET /{$}", c.coursePage(extras...))
	mux.HandleFunc("POST /copy", c.copyHere)
	mux.HandleFunc("GET /services", c.troublePage)
	mux.HandleFunc("POST /services", c.setTrouble)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		c.message(w, http.StatusNotFound, "Page not found", "This practice campus has no such page.")
	})
	return mux
}

// jwks serves the key set.
func (c *site) jwks(w http.ResponseWriter, _ *http.Request) {
	body, err := c.keys.public()
	if err != nil {
		c.fault(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(body) // a reader that went away needs no answer
}
