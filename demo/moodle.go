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
	moodleCourse     = "2"
	moodleDeployment = "2"
	moodleContext    = "/course/view.php?id=" + moodleCourse
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
}

func newMoodle(s *Server) *moodle {
	return &moodle{
		site: &site{
			s: s, key: "moodle", name: "Practice Moodle", institution: "Harbour School", domain: "harbour.example",
			host: hostMoodle, cookie: "MoodleSession", frameHosts: []string{hostMoodle},
			keys:     newKeySet("JWT", 0, randomHex(20)),
			launches: newLaunches(s.now, moodleHintLife),
		},
		sesskey: randomHex(10),
	}
}

func (m *moodle) handler() http.Handler {
	mux := m.routes()
	mux.HandleFunc("GET /launch", m.start)
	mux.HandleFunc("GET /course/view.php", m.course())
	mux.HandleFunc("GET /mod/lti/launch.php", m.launchPage)
	mux.HandleFunc("/mod/lti/auth.php", m.authenticate)
	mux.HandleFunc("GET /mod/lti/return.php", m.comeBack)
	mux.HandleFunc("GET /mod/lti/certs.php", m.jwks)
	mux.HandleFunc("/mod/lti/token.php", m.token)
	return mux
}

// start serves GET /launch: the activity's page with its frame, or the launch
// itself where it opens in a tab.
func (m *moodle) start(w http.ResponseWriter, r *http.Request) {
	st, err := parseStart(r.URL.Query())
	if err != nil {
		m.refuseStart(w, err)
		return
	}
	m.signIn(w, st.person)
	if st.knobs.In == "tab" {
		m.begin(w, st, m.userID(st.person))
		return
	}
	title, _ := activityByKey(st.link)
	src := st.knobs.query()
	src.Set("id", m.cmid(st.link))
	src.Set("triggerview", "0")
	origin := m.s.tool.origin
	features := []string{"microphone", "camera", "geolocation", "midi", "encrypted-media", "autoplay"}
	for i, feature := range features {
		features[i] = feature + " " + origin
	}
	m.show(w, http.StatusOK, "activity", activityPage{
		base: m.base(title.title, &st.person), FrameName: "contentframe",
		FrameSrc: m.origin() + "/mod/lti/launch.php?" + src.Encode(),
		Allow:    strings.Join(features, "; "), Narrow: st.knobs.In == "narrow", MinHeight: 200, ToolOrigin: origin,
	})
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
	index := slices.IndexFunc(activities(), func(a activity) bool { return m.cmid(a.key) == query.Get("id") })
	if index < 0 {
		m.message(w, http.StatusNotFound, "Invalid course module ID", "There is no such activity.")
		return
	}
	person, ok := m.who(r)
	hint := "0"
	if ok {
		hint = m.userID(person)
	}
	m.begin(w, start{person: person, link: activities()[index].key, knobs: k}, hint)
}

// begin answers with the form that begins the login at the tool.
func (m *moodle) begin(w http.ResponseWriter, st start, hint string) {
	id := "ltilaunch" + m.instance(st.link) + "_" + randomDigits(10)
	cmid, err := strconv.Atoi(m.cmid(st.link))
	if err != nil {
		m.fault(w, err)
		return
	}
	messageHint, err := json.Marshal(struct {
		CMID     int    `json:"cmid"`
		LaunchID string `json:"launchid"`
	}{cmid, id})
	if err != nil {
		m.fault(w, err)
		return
	}
	m.launches.add(launch{id: id, person: st.person, link: st.link, knobs: st.knobs, startAt: m.s.now(), hint: hint})
	m.post(w, postForm{
		Name: "ltiInitiateLoginForm", Action: m.s.tool.loginURL, Method: "post",
		Fields: []field{
			{"iss", m.origin()}, {"target_link_uri", m.s.tool.launchURL}, {"login_hint", hint},
			{"lti_message_hint", string(messageHint)}, {"client_id", clientMoodle}, {"lti_deployment_id", moodleDeployment},
		},
	})
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
	if !ok || q.Get("redirect_uri") != m.s.tool.launchURL {
		m.invalidRequest(w)
		return
	}
	person, signedIn := m.who(r)
	fail := func(code, description string) { m.refuse(w, q.Get("state"), code, description) }
	switch prompt := q.Get("prompt"); {
	case q.Get("client_id") != clientMoodle:
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
		Name: "ltiAuthForm", Action: m.s.tool.launchURL, Method: "post",
		Fields: []field{{"id_token", token}, {"state", q.Get("state")}},
	})
}

// refuse posts an error to the tool.
func (m *moodle) refuse(w http.ResponseWriter, state, code, description string) {
	fields := []field{{"error", code}}
	if description != "" {
		fields = append(fields, field{"error_description", description})
	}
	m.post(w, postForm{
		Name: "ltiAuthForm", Action: m.s.tool.launchURL, Method: "post", Fields: append(fields, field{"state", state}),
	})
}

func (m *moodle) invalidRequest(w http.ResponseWriter) {
	m.message(w, http.StatusNotFound, "Invalid request", "The tool asked in a way that this campus does not know, or a second time.")
}

// comeBack serves GET /mod/lti/return.php: a message is shown where the tool
// was, without one the whole window goes to the course.
func (m *moodle) comeBack(w http.ResponseWriter, r *http.Request) {
	text, alarm := notice(r.URL.Query())
	heading := courseTitle
	if a, ok := activityByKey(r.URL.Query().Get("instanceid")); ok {
		heading = a.title
	}
	switch {
	case text == "":
		m.leaveTo(w, m.origin()+moodleContext)
	case alarm:
		m.message(w, http.StatusOK, heading, "An error occurred when launching the external tool: "+text)
	default:
		m.message(w, http.StatusOK, heading, text)
	}
}
