package demo

import (
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
	keys        *keySet
	launches    *launches
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
	c.s.answer(w, status, page{name: name, data: data, ancestors: ancestors})
}

// base fills what every page of this campus shows.
func (c *site) base(title string, person *Person) base {
	return base{
		Campus: c.key, CampusName: c.name, Institution: c.institution, Title: title, Person: person,
		HomeURL: c.origin() + "/", Course: courseTitle, CourseLabel: courseLabel,
	}
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
	c.message(w, http.StatusNotFound, "There is no such launch here", "The address names an "+err.Error()+
		". The index at "+c.s.origin(hostIndex)+" lists all parameters.")
}

// extra is a placement beside the activities: the value of `link` and its name.
type extra struct {
	link, title string
	adminOnly   bool
}

// course shows the course; ?as= signs somebody else in first.
func (c *site) course(extras ...extra) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if key := query.Get("as"); key != "" {
			person, ok := personByKey(key)
			if !ok {
				c.refuseStart(w, errUnknownPerson)
				return
			}
			c.signIn(w, person)
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		data := coursePage{base: c.base(courseTitle, nil)}
		data.Notice, data.Alarm = notice(query)
		person, ok := c.who(r)
		if ok {
			data.Person, data.HasPerson = &person, true
		}
		for _, a := range activities() {
			data.Links = append(data.Links, launchLinks(a.title, a.key, person))
		}
		for _, e := range extras {
			if e.adminOnly && person.Key != "admin" {
				continue
			}
			data.Others = append(data.Others, launchLinks(e.title, e.link, person))
		}
		for _, p := range People() {
			data.People = append(data.People, personLink{
				Person: p, Address: p.Email(c.domain), URL: "/?as=" + p.Key, Current: p.Key == person.Key,
			})
		}
		c.show(w, http.StatusOK, "course", data)
	}
}

func launchLinks(title, link string, person Person) courseLink {
	address := func(in string) string {
		return "/launch?" + url.Values{"as": {person.Key}, "in": {in}, "link": {link}}.Encode()
	}
	return courseLink{Title: title, FrameURL: address("frame"), NarrowURL: address("narrow"), TabURL: address("tab")}
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
	mux.HandleFunc("GET /{$}", c.course(extras...))
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

// token refuses every request for a service token: a practice campus offers
// launches, no services.
func (c *site) token(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte(`{"error":"invalid_scope"}`)) // as above
}
