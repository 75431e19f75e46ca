package demo

import (
	"net/http"
	"net/url"
)

// extra is a placement beside the links: the value of `link` and its name.
type extra struct {
	link, title string
	adminOnly   bool
	// offered says whether the tool has the placement; nil: every tool has.
	offered func(t tool) bool
	// address opens something else than a launch; "" launches.
	address string
	// teacherOnly hides it from students.
	teacherOnly bool
}

// coursePage shows a course; ?as= signs somebody else in first.
func (c *site) coursePage(extras ...extra) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		at, ok := c.courseByKey(orDefault(query.Get("course"), orDefault(query.Get("id"), "1")))
		if !ok {
			c.refuseStart(w, errUnknownCourse)
			return
		}
		if key := query.Get("as"); key != "" {
			person, ok := personByKey(key)
			if !ok {
				c.refuseStart(w, errUnknownPerson)
				return
			}
			c.signIn(w, person)
			http.Redirect(w, r, c.coursePath(at), http.StatusSeeOther)
			return
		}
		data := coursePage{base: c.inCourse(at.Title, nil, at), CourseKey: at.Key, Size: at.Size}
		data.Notice, data.Alarm = notice(query)
		if person, ok := c.who(r); ok {
			data.Person, data.HasPerson = &person, true
			c.fillCourse(&data, at, person, extras)
		}
		c.fillPeople(&data, at)
		c.show(w, http.StatusOK, "course", data)
	}
}

// coursePath is the course's page within the campus.
func (c *site) coursePath(at course) string {
	if at.Key == "1" {
		return "/"
	}
	return "/?course=" + at.Key
}

// fillCourse adds the links and placements that the person sees.
func (c *site) fillCourse(data *coursePage, at course, person Person, extras []extra) {
	for _, item := range c.contentsOf(at.Key) {
		link := launchLinks(item.Title, url.Values{"as": {person.Key}, "link": {item.Key}})
		link.Window, link.Broken, link.Text = item.Window, item.Broken, item.Text
		data.Links = append(data.Links, link)
	}
	current, known := c.currentTool()
	data.NoTool = !known
	data.Teaches = isTeacher(person) || person.Key == "admin"
	for _, e := range extras {
		hidden := (e.adminOnly && person.Key != "admin") || (e.teacherOnly && !data.Teaches) || !known ||
			(e.offered != nil && !e.offered(current))
		if hidden {
			continue
		}
		if e.address != "" {
			data.Adding = append(data.Adding, courseLink{Title: e.title, FrameURL: e.address + at.Key})
			continue
		}
		data.Others = append(data.Others, launchLinks(e.title, url.Values{"as": {person.Key}, "course": {at.Key}, "link": {e.link}}))
	}
}

// fillPeople adds who may sign in and which courses there are.
func (c *site) fillPeople(data *coursePage, at course) {
	for _, p := range People() {
		data.People = append(data.People, personLink{
			Person: p, Address: p.Email(c.domain), URL: "/?as=" + p.Key + "&course=" + at.Key,
			Current: data.Person != nil && p.Key == data.Person.Key,
		})
	}
	for _, known := range c.read().Courses {
		data.Courses = append(data.Courses, courseChoice{
			Title: known.Title, URL: c.coursePath(known), Size: known.Size, Current: known.Key == at.Key,
		})
	}
}

func isTeacher(p Person) bool { return p.Key == "teacher" || p.Key == "ta" }

// launchLinks are the addresses that open a link in each manner.
func launchLinks(title string, q url.Values) courseLink {
	address := func(in string) string {
		q.Set("in", in)
		return "/launch?" + q.Encode()
	}
	return courseLink{Title: title, FrameURL: address("frame"), NarrowURL: address("narrow"), TabURL: address("tab")}
}

// copyHere serves POST /copy: a second course with the links of the first.
func (c *site) copyHere(w http.ResponseWriter, r *http.Request) {
	from, ok := c.courseByKey(r.PostFormValue("course"))
	if !ok {
		c.refuseStart(w, errUnknownCourse)
		return
	}
	made, err := c.copyCourse(from)
	if err != nil {
		c.fault(w, err)
		return
	}
	http.Redirect(w, r, c.coursePath(made), http.StatusSeeOther)
}
