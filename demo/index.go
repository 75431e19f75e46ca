package demo

import (
	"net/http"
)

// indexPage lists the campuses and the parameters of /launch.
type indexPage struct {
	base
	Tool     string
	Campuses []campusLink
}

// campusLink is a campus on the index, with a launch for each person.
type campusLink struct {
	Name, Institution, URL, AdminURL string
	Launches                         []campusLaunch
}

// campusLaunch opens the first activity as somebody.
type campusLaunch struct {
	Who, FrameURL, NarrowURL, TabURL string
}

// indexHandler serves the index, and under numeric addresses what servers fetch.
func (s *Server) indexHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", s.pages.assets)
	mux.HandleFunc("GET /{$}", s.index)
	tokens := map[string]http.HandlerFunc{"moodle": s.moodle.token, "canvas": s.canvas.token, "blackboard": s.blackboard.token}
	for _, c := range s.sites() {
		mux.HandleFunc("GET /"+c.key+"/jwks", c.jwks)
		mux.HandleFunc("POST /"+c.key+"/token", tokens[c.key])
	}
	return mux
}

func (s *Server) sites() []*site { return []*site{s.moodle.site, s.canvas.site, s.blackboard.site} }

// index serves GET /.
func (s *Server) index(w http.ResponseWriter, _ *http.Request) {
	data := indexPage{
		base: base{Campus: "lms", CampusName: "Practice LMS", Title: "Three practice campuses", HomeURL: "/"},
		Tool: s.tool.origin,
	}
	for _, c := range s.sites() {
		campus := campusLink{Name: c.name, Institution: c.institution, URL: c.origin() + "/", AdminURL: c.origin() + "/admin"}
		for _, p := range People() {
			address := c.origin() + "/launch?as=" + p.Key + "&in="
			campus.Launches = append(campus.Launches, campusLaunch{
				Who: p.Name() + ", " + p.Part, FrameURL: address + "frame", NarrowURL: address + "narrow", TabURL: address + "tab",
			})
		}
		data.Campuses = append(data.Campuses, campus)
	}
	s.answer(w, http.StatusOK, page{name: "index", data: data})
}
