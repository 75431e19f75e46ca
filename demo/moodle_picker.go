package demo

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// maxPicks bounds selections that nobody saved.
const maxPicks = 200

// picks keeps selected content between the tool's answer and the teacher's
// saving.
type picks struct {
	mu    sync.Mutex
	byID  map[string][]content
	order []string
}

func newPicks() *picks { return &picks{byID: map[string][]content{}} }

// keep returns an id for a selection.
func (p *picks) keep(items []content) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := randomHex(16)
	p.byID[id], p.order = items, append(p.order, id)
	if len(p.order) > maxPicks {
		delete(p.byID, p.order[0])
		p.order = p.order[1:]
	}
	return id
}

func (p *picks) get(id string) []content {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byID[id]
}

// mountPicker serves the form of a new activity and its selection of content.
func (m *moodle) mountPicker(mux *http.ServeMux) {
	mux.HandleFunc("GET /course/modedit.php", m.activityForm)
	mux.HandleFunc("POST /course/modedit.php", m.saveActivity)
	mux.HandleFunc("GET /mod/lti/contentitem.php", m.selectContent)
	mux.HandleFunc("POST /mod/lti/contentitem_return.php", m.contentReturned)
}

// teacherHere finds who is signed in and may edit the course; it answers a
// refusal itself.
func (c *site) teacherHere(w http.ResponseWriter, r *http.Request) (Person, bool) {
	person, ok := c.who(r)
	if !ok || (!isTeacher(person) && person.Key != "admin") {
		c.message(w, http.StatusForbidden, "You may not edit this course", "Only teachers add to a course. Choose somebody on the course page.")
		return Person{}, false
	}
	return person, true
}

// activityForm serves the form of a new external tool, with a dialogue for the
// tool's selection of content.
func (m *moodle) activityForm(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	person, ok := m.teacherHere(w, r)
	if !ok {
		return
	}
	at, ok := m.courseByKey(q.Get("course"))
	t, hasTool := m.currentTool()
	if !ok || !hasTool {
		m.refuseStart(w, errNoTool)
		return
	}
	data := pickerPage{
		base: m.inCourse("Add an external tool", &person, at), CourseKey: at.Key, Tool: t.Name,
		Pick: q.Get("pick"), Width: 770, Height: 578, Allow: moodleAllow(t),
	}
	data.Frames = []string{t.origin()}
	data.Items = m.picks.get(data.Pick)
	if len(data.Items) == 1 {
		item := data.Items[0]
		data.Name, data.Text, data.URL, data.Custom = item.Title, item.Text, item.URL, customLines(item.Custom)
	}
	if t.PickerURL != "" {
		data.SelectURL = "/course/modedit.php?" + url.Values{"add": {"lti"}, "course": {at.Key}, "select": {"1"}}.Encode()
	}
	if q.Get("select") != "" {
		data.FrameSrc = "/mod/lti/contentitem.php?" + url.Values{"id": {t.ID}, "course": {at.Key}}.Encode()
	}
	m.show(w, http.StatusOK, "modedit", data)
}

// pickerPage is a campus's form for a new activity.
type pickerPage struct {
	base
	CourseKey, Tool         string
	Pick                    string
	Name, Text, URL, Custom string
	Items                   []content // several are summed up
	SelectURL, FrameSrc     string
	Allow                   string
	Width, Height           int
}

// customLines writes custom parameters, one name=value a line.
func customLines(custom map[string]string) (text string) {
	names := make([]string, 0, len(custom))
	for name := range custom {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text += name + "=" + custom[name] + "\n"
	}
	return text
}

// selectContent begins the launch in the dialogue.
func (m *moodle) selectContent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	st := start{link: "picker", picker: "ContentArea"}
	var known, has bool
	st.tool, known = m.toolByID(q.Get("id"))
	st.course, has = m.courseByKey(q.Get("course"))
	k, err := parseKnobs(q)
	if !known || !has || err != nil || st.tool.PickerURL == "" {
		m.refuseStart(w, errUnknownLink)
		return
	}
	st.knobs = k
	m.beginAs(w, r, st)
}

// pickerSettings are Moodle's: links only, several, and no data to bring back.
func (m *moodle) pickerSettings(l launch) map[string]any {
	return map[string]any{
		"accept_types":                         []string{"ltiResourceLink"},
		"accept_presentation_document_targets": []string{"frame", "iframe", "window"},
		"accept_copy_advice":                   false, "accept_multiple": true, "accept_unsigned": false, "auto_create": false,
		"can_confirm": false, "title": l.tool.Name, "text": "",
		"deep_link_return_url": m.origin() + "/mod/lti/contentitem_return.php?course=" + m.courseID(l.course) + "&id=" + l.tool.ID +
			"&sesskey=" + m.sesskey,
	}
}

// contentReturned serves the tool's answer, posted from within the dialogue.
// Empty answers and messages show nothing: the dialogue just closes.
func (m *moodle) contentReturned(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	at, ok := find(m.read().Courses, func(known course) bool { return m.courseID(known) == q.Get("course") })
	t, known := m.toolByID(q.Get("id"))
	if err := r.ParseForm(); err != nil || !ok || !known || q.Get("sesskey") != m.sesskey {
		m.message(w, http.StatusForbidden, "Your session has most likely timed out. Please log in again.", "")
		return
	}
	raw := r.PostForm.Get("JWT")
	claims, err := unverified(raw)
	if err == nil && claims["iss"] != t.ClientID {
		m.message(w, http.StatusNotFound, "Consumer key is incorrect.", "More information about this error")
		return
	}
	if err == nil {
		err = m.checkSigned(r.Context(), t, raw, false)
	}
	if complaint := moodleTimes(claims, m.s.now()); err != nil || complaint != "" {
		if err != nil {
			complaint = err.Error()
		}
		m.message(w, http.StatusNotFound, "An error occurred", complaint)
		return
	}
	var items []content
	for _, entry := range contentItems(claims) {
		if kind := textOf(entry["type"]); kind == "ltiResourceLink" || kind == "link" {
			items = append(items, readItem(entry, t, false))
		}
	}
	back := "/course/modedit.php?" + url.Values{"add": {"lti"}, "course": {at.Key}}.Encode()
	if len(items) > 0 {
		back += "&pick=" + m.picks.keep(items)
	}
	m.show(w, http.StatusOK, "closing", leavePage{base: m.base("Content selected", nil), URL: back})
}

// saveActivity adds what the form says, or all of several items.
func (m *moodle) saveActivity(w http.ResponseWriter, r *http.Request) {
	if _, ok := m.teacherHere(w, r); !ok {
		return
	}
	at, ok := m.courseByKey(r.PostFormValue("course"))
	t, known := m.currentTool()
	if !ok || !known {
		m.refuseStart(w, errUnknownCourse)
		return
	}
	items := m.picks.get(r.PostForm.Get("pick"))
	if len(items) < 2 {
		item := content{
			Title: r.PostForm.Get("name"), Text: r.PostForm.Get("text"), URL: r.PostForm.Get("url"), ClientID: t.ClientID,
			Custom: map[string]string{},
		}
		for _, f := range parseCustom(r.PostForm.Get("custom")) {
			item.Custom[f.Name] = f.Value
		}
		if item.Title == "" {
			m.message(w, http.StatusUnprocessableEntity, "Activity name: Required", "Go back and fill it in.")
			return
		}
		items = []content{item}
	}
	if err := m.add(at.Key, items...); err != nil {
		m.fault(w, err)
		return
	}
	http.Redirect(w, r, m.coursePath(at), http.StatusSeeOther)
}
