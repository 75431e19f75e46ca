package demo

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fixed ids of the Moodle campus: short decimals, unique only in this site.
const (
	moodleDeployment = "2"
	// moodleTokenLife is how long Moodle's id_token is good for.
	moodleTokenLife = 60 * time.Second
	// moodleHintLife is how long a launch may wait for its authentication
	// request: Moodle keeps it in the PHP session, two hours at most.
	moodleHintLife = 2 * time.Hour
)

// Launch containers of Moodle, as they stand in the return address.
const (
	moodleEmbed  = "2"
	moodleWindow = "4"
)

// moodle is a campus in the manner of Moodle 4.5.
type moodle struct {
	*site
	sesskey string
	picks   *picks // content selected and not saved yet
}

func newMoodle(s *Server) *moodle {
	return &moodle{
		site: &site{
			s: s, key: "moodle", name: "Practice Moodle", institution: "Harbour School", domain: "harbour.example",
			host: hostMoodle, cookie: "MoodleSession", frameHosts: []string{hostMoodle},
			adminPath: "/mod/lti/toolconfigure.php", agent: "MoodleBot/4.5 (+" + s.origin(hostMoodle) + ")",
			keys:     newKeySet("JWT", 0, randomHex(20)),
			launches: newLaunches(s.now, moodleHintLife),
			tokens:   tokens{now: s.now},
		},
		sesskey: randomHex(10),
		picks:   newPicks(),
	}
}

// known is the tool that this campus has without anybody adding it.
func (m *moodle) known() tool {
	return tool{
		ID: moodleDeployment, ClientID: clientMoodle, Name: "Usher", Domain: domainOf(m.s.tool.origin), State: toolActive,
		LoginURL: m.s.tool.loginURL, TargetURL: m.s.tool.launchURL, RedirectURIs: []string{m.s.tool.launchURL},
		JWKSURL: m.s.tool.jwksURL, PickerURL: m.s.tool.launchURL, Share: shareAll, Method: "There from the beginning",
		Scopes: append(moodleAGS(), scopeNRPS), Deployments: map[string]string{"": moodleDeployment},
		Custom: []field{{"context_history", "$Context.id.history"}, {"avail", "$ResourceLink.available.startDateTime"}},
	}
}

func (m *moodle) handler() http.Handler {
	adding := extra{
		title: "Add an activity: External tool", address: "/course/modedit.php?add=lti&course=", teacherOnly: true,
	}
	mux := m.routes(adding)
	mux.HandleFunc("GET /launch", m.start)
	mux.HandleFunc("GET /course/view.php", m.viewCourse)
	mux.HandleFunc("GET /mod/lti/launch.php", m.launchPage)
	mux.HandleFunc("/mod/lti/auth.php", m.authenticate)
	mux.HandleFunc("GET /mod/lti/return.php", m.comeBack)
	mux.HandleFunc("GET /mod/lti/certs.php", m.jwks)
	mux.HandleFunc("/mod/lti/token.php", m.token)
	mux.HandleFunc("GET /mod/lti/services.php/CourseSection/{course}/bindings/{tool}/memberships", m.memberships)
	m.mountAdmin(mux)
	m.mountPicker(mux)
	return mux
}

// viewCourse serves GET /course/view.php, the address of a course in Moodle.
func (m *moodle) viewCourse(w http.ResponseWriter, r *http.Request) {
	for _, known := range m.read().Courses {
		if m.courseID(known) == r.URL.Query().Get("id") {
			http.Redirect(w, r, m.coursePath(known), http.StatusSeeOther)
			return
		}
	}
	m.message(w, http.StatusNotFound, "Can't find data record in database table course.", "There is no such course.")
}

// start serves GET /launch: the activity's page with its frame, or the launch
// itself where it opens in a tab.
func (m *moodle) start(w http.ResponseWriter, r *http.Request) {
	st, err := m.parseStart(r.URL.Query())
	if err != nil {
		m.refuseStart(w, err)
		return
	}
	m.signIn(w, st.person)
	if st.knobs.In == "tab" {
		m.begin(w, st, m.userID(st.person))
		return
	}
	src := st.knobs.query()
	src.Set("id", m.cmid(st.link))
	src.Set("triggerview", "0")
	m.showActivity(w, st, m.origin()+"/mod/lti/launch.php?"+src.Encode())
}

// showActivity answers with the page around the tool's frame.
func (m *moodle) showActivity(w http.ResponseWriter, st start, src string) {
	data := m.inCourse(st.item.Title, &st.person, st.course)
	data.Frames = []string{st.tool.origin()}
	m.show(w, http.StatusOK, "activity", activityPage{
		base: data, FrameName: "contentframe", FrameSrc: src, Allow: moodleAllow(st.tool),
		Narrow: st.knobs.In == "narrow", MinHeight: 200, ToolOrigin: st.tool.origin(),
	})
}

// moodleAllow is what Moodle grants to the tool's frame.
func moodleAllow(t tool) string {
	features := []string{"microphone", "camera", "geolocation", "midi", "encrypted-media", "autoplay"}
	for i, feature := range features {
		features[i] = feature + " " + t.origin()
	}
	return strings.Join(features, "; ")
}

// launchPage serves GET /mod/lti/launch.php. Like Moodle's it demands no
// session: without one it begins a login for user 0.
func (m *moodle) launchPage(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	k, err := parseKnobs(query)
	if err != nil {
		m.refuseStart(w, err)
		return
	}
	item, ok := find(m.read().Contents, func(known content) bool { return m.cmid(known.Key) == query.Get("id") })
	if !ok {
		m.message(w, http.StatusNotFound, "Invalid course module ID", "There is no such activity.")
		return
	}
	st := start{link: item.Key, item: item, knobs: k}
	if st.tool, ok = m.toolOf(item); !ok {
		m.refuseStart(w, errNoTool)
		return
	}
	st.course, _ = m.courseByKey(item.Course) // a link's course exists
	m.beginAs(w, r, st)
}

// beginAs begins a login for whoever is signed in, user 0 for nobody.
func (m *moodle) beginAs(w http.ResponseWriter, r *http.Request, st start) {
	hint := "0"
	if person, ok := m.who(r); ok {
		st.person, hint = person, m.userID(person)
	}
	m.begin(w, st, hint)
}

// begin answers with the form that begins the login at the tool.
func (m *moodle) begin(w http.ResponseWriter, st start, hint string) {
	id, messageHint, err := m.messageHint(st)
	if err != nil {
		m.fault(w, err)
		return
	}
	m.launches.add(launch{start: st, id: id, startAt: m.s.now(), hint: hint})
	m.post(w, postForm{
		Name: "ltiInitiateLoginForm", Action: st.tool.LoginURL, Method: "post",
		Fields: []field{
			{"iss", m.origin()}, {"target_link_uri", m.target(st)}, {"login_hint", hint}, {"lti_message_hint", messageHint},
			{"client_id", st.tool.ClientID}, {"lti_deployment_id", st.tool.ID},
		},
	})
}

// messageHint is JSON text; a selection of content belongs to no module.
func (m *moodle) messageHint(st start) (id, hint string, err error) {
	var written struct {
		CMID     int    `json:"cmid,omitempty"`
		LaunchID string `json:"launchid"`
	}
	written.LaunchID = "ltilaunch_ContentItemSelectionRequest" + randomDigits(10)
	if st.picker == "" {
		written.LaunchID = "ltilaunch" + m.instance(st.link) + "_" + randomDigits(10)
		if written.CMID, err = strconv.Atoi(m.cmid(st.link)); err != nil {
			return "", "", err
		}
	}
	raw, err := json.Marshal(written)
	return written.LaunchID, string(raw), err
}

// authenticate serves /mod/lti/auth.php, with Moodle's order of checks: only
// what goes wrong after the launch was found is told to the tool.
func (m *moodle) authenticate(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		m.invalidRequest(w)
		return
	}
	q := r.Form
	var hint struct {
		LaunchID string `json:"launchid"`
	}
	badHint := json.Unmarshal([]byte(q.Get("lti_message_hint")), &hint) != nil
	if badHint || !moodleAsksRightly(q) {
		m.invalidRequest(w)
		return
	}
	entry, ok := m.launches.take(hint.LaunchID)
	if !ok || !slices.Contains(entry.tool.RedirectURIs, q.Get("redirect_uri")) {
		m.invalidRequest(w)
		return
	}
	person, signedIn := m.who(r)
	fail := func(code, description string) { m.refuse(w, q, code, description) }
	switch prompt := q.Get("prompt"); {
	case q.Get("client_id") != entry.tool.ClientID:
		fail("unauthorized_client", "")
	case !signedIn:
		m.message(w, http.StatusForbidden, "Log in to "+m.institution,
			"Nobody is signed in to this campus in this browser. Choose somebody on the course page.")
	case q.Get("login_hint") != m.userID(person) || entry.hint != m.userID(person):
		fail("access_denied", "")
	case q.Get("response_mode") != "form_post":
		fail("invalid_request", "Invalid response_mode")
	case prompt != "" && prompt != "none":
		fail("invalid_request", "Invalid prompt")
	default:
		m.respond(w, entry, q)
	}
}

// moodleAsksRightly checks what Moodle answers with its own page when wrong.
func moodleAsksRightly(q url.Values) bool {
	for _, name := range []string{"client_id", "redirect_uri", "login_hint", "nonce"} {
		if q.Get(name) == "" {
			return false
		}
	}
	return q.Get("scope") == "openid" && q.Get("response_type") == "id_token"
}

func (m *moodle) respond(w http.ResponseWriter, entry launch, q url.Values) {
	token, err := m.keys.signClaims(m.claims(entry, q.Get("nonce")))
	if err != nil {
		m.fault(w, err)
		return
	}
	m.post(w, postForm{
		Name: "ltiAuthForm", Action: q.Get("redirect_uri"), Method: "post",
		Fields: []field{{"id_token", token}, {"state", q.Get("state")}},
	})
}

// refuse posts an error to the tool.
func (m *moodle) refuse(w http.ResponseWriter, q url.Values, code, description string) {
	fields := []field{{"error", code}}
	if description != "" {
		fields = append(fields, field{"error_description", description})
	}
	m.post(w, postForm{
		Name: "ltiAuthForm", Action: q.Get("redirect_uri"), Method: "post", Fields: append(fields, field{"state", q.Get("state")}),
	})
}

func (m *moodle) invalidRequest(w http.ResponseWriter) {
	m.message(w, http.StatusNotFound, "Invalid request", "The tool asked in a way that this campus does not know, or a second time.")
}

// comeBack serves GET /mod/lti/return.php: a message is shown where the tool
// was, without one the whole window goes to the course.
func (m *moodle) comeBack(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	text, alarm := notice(q)
	heading := m.institution
	if item, ok := m.contentByKey(q.Get("instanceid")); ok {
		heading = item.Title
	}
	switch {
	case text == "":
		m.leaveTo(w, m.origin()+"/course/view.php?"+url.Values{"id": {q.Get("course")}}.Encode())
	case alarm:
		m.message(w, http.StatusOK, heading, "An error occurred when launching the external tool: "+text)
	default:
		m.message(w, http.StatusOK, heading, text)
	}
}
