package demo

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// issuerCanvas is the issuer of every hosted Canvas, whatever the institution.
const issuerCanvas = "https://canvas.instructure.com"

const (
	// canvasTokenLife counts from the login, when Canvas writes the token.
	canvasTokenLife = time.Hour
	// canvasHintLife is how long the message hint, a JWT, is good for.
	canvasHintLife = 5 * time.Minute
	// canvasFrameAllow is what Canvas grants to tool frames.
	canvasFrameAllow = "geolocation *; microphone *; camera *; midi *; encrypted-media *; autoplay *; clipboard-write *; display-capture *"
	// canvasStorageFrame is the name of Canvas's storage frame.
	canvasStorageFrame = "post_message_forwarding"
)

// Values of `link` on Canvas beside the activities.
const (
	linkNav     = "nav"     // course navigation
	linkAccount = "account" // administration, outside any course
)

// canvas is a campus in the manner of hosted Canvas: one issuer for the whole
// world, sign-on and storage on an origin of their own.
type canvas struct {
	*site
	hintKey []byte
}

func newCanvas(s *Server) *canvas {
	// Canvas rotates monthly and shows the past, the present and the future
	// key, named by time.
	name := func(months int) string { return s.now().UTC().AddDate(0, months, 0).Format(time.RFC3339) }
	return &canvas{
		site: &site{
			s: s, key: "canvas", name: "Practice Canvas", institution: "Coastline University", domain: "coastline.example",
			host: hostCanvas, cookie: "canvas_session", frameHosts: []string{hostCanvas, hostCanvasSSO},
			keys:     newKeySet("JWT", 1, name(-1), name(0), name(1)),
			launches: newLaunches(s.now, canvasHintLife),
		},
		hintKey: []byte(randomHex(64)),
	}
}

func (c *canvas) handler() http.Handler {
	mux := c.routes(
		extra{link: linkNav, title: "Rooms (course navigation)"},
		extra{link: linkAccount, title: "Rooms (account navigation)", adminOnly: true},
	)
	mux.HandleFunc("GET /launch", c.start)
	mux.HandleFunc("/api/lti/authorize", c.authorize)
	mux.HandleFunc("GET /courses/3/external_content/success/external_tool_redirect", c.comeBack)
	mux.HandleFunc("GET /accounts/1/external_content/success/external_tool_redirect", c.comeBack)
	// The same frame on the wrong origin, for the storage knob of that name.
	mux.HandleFunc("GET /post_message_forwarding", c.storage)
	return mux
}

// ssoHandler serves sign-on and storage, which belong to no institution.
func (c *canvas) ssoHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", c.s.pages.assets)
	mux.HandleFunc("/api/lti/authorize_redirect", c.redirect)
	mux.HandleFunc("GET /api/lti/security/jwks", c.jwks)
	mux.HandleFunc("/login/oauth2/token", c.token)
	mux.HandleFunc("GET /post_message_forwarding", c.storage)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		c.message(w, http.StatusNotFound, "Page Not Found", "Sign-on has no such page.")
	})
	return mux
}

// start serves GET /launch. Canvas writes the login form into the page around
// the frame and aims it at the frame.
func (c *canvas) start(w http.ResponseWriter, r *http.Request) {
	st, err := parseStart(r.URL.Query(), linkNav, linkAccount)
	if err != nil {
		c.refuseStart(w, err)
		return
	}
	c.signIn(w, st.person)
	if st.link == linkAccount && st.person.Key != "admin" {
		c.message(w, http.StatusUnauthorized, "Unauthorized", "Only administrators see the account's navigation.")
		return
	}
	form, err := c.begin(st)
	if err != nil {
		c.fault(w, err)
		return
	}
	if st.knobs.In == "tab" {
		c.post(w, form)
		return
	}
	form.Target = "tool_content"
	minHeight := 450
	if st.link == linkNav || st.link == linkAccount {
		minHeight = canvasNavHeight
	}
	c.show(w, http.StatusOK, "activity", activityPage{
		base: c.base(c.title(st.link), &st.person), FrameName: form.Target, Allow: canvasFrameAllow,
		Narrow: st.knobs.In == "narrow", MinHeight: minHeight, Form: &form,
		Storage: c.storageFrame(st.knobs.Storage), ToolOrigin: c.s.tool.origin,
	})
}

// begin keeps the launch with its finished token (Canvas adds only the nonce
// later) and makes the login form.
func (c *canvas) begin(st start) (postForm, error) {
	verifier := randomHex(128)
	hint, err := c.messageHint(verifier, st)
	if err != nil {
		return postForm{}, err
	}
	entry := launch{
		id: verifier, person: st.person, link: st.link, knobs: st.knobs, startAt: c.s.now(),
		hint: c.userHint(st.person), messageHint: hint,
	}
	entry.claims = c.claims(entry)
	c.launches.add(entry)
	fields := []field{
		{"iss", issuerCanvas}, {"login_hint", entry.hint}, {"client_id", clientCanvas},
		{"lti_deployment_id", c.deployment(st.link)}, {"target_link_uri", c.target(st.link)}, {"lti_message_hint", hint},
		{"canvas_environment", "prod"}, {"canvas_region", "eu-central-1"},
	}
	if st.knobs.Storage != "off" {
		fields = append(fields, field{"lti_storage_target", canvasStorageFrame})
	}
	return postForm{Name: "tool_form", Action: c.s.tool.loginURL, Method: "post", Fields: fields}, nil
}

// redirect serves the authorization endpoint on the sign-on origin: it knows no
// session and sends the browser on to the institution that the hint names.
func (c *canvas) redirect(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || !c.knowsHint(r.Form.Get("lti_message_hint")) {
		c.message(w, http.StatusBadRequest, "Bad request", "The parameter lti_message_hint is missing or not from here.")
		return
	}
	http.Redirect(w, r, c.origin()+"/api/lti/authorize?"+r.Form.Encode(), http.StatusFound)
}

// authorize answers the authentication request at the institution, where the
// session is. A wrong redirect URI stays here; all else is told to the tool.
func (c *canvas) authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		c.message(w, http.StatusBadRequest, "Bad request", "The request could not be read.")
		return
	}
	q := r.Form
	if !canvasRedirectMatches(q.Get("redirect_uri"), c.s.tool.launchURL) {
		c.message(w, http.StatusBadRequest, "Invalid redirect_uri", "The tool's key does not list this address.")
		return
	}
	fail := func(code, description string) {
		c.postBack(w, q, "", field{"error", code}, field{"error_description", description})
	}
	if missing := missingOf(q, "client_id", "login_hint", "lti_message_hint", "nonce", "prompt", "redirect_uri",
		"response_mode", "response_type", "scope"); len(missing) > 0 {
		fail("invalid_request_object", "The following parameters are missing: "+strings.Join(missing, ","))
		return
	}
	if q.Get("scope") != "openid" {
		fail("invalid_request_object", "The 'scope' must be 'openid'")
		return
	}
	if q.Get("client_id") != clientCanvas {
		fail("unauthorized_client", "Client not authorized in requested context")
		return
	}
	person, signedIn := c.who(r)
	if !signedIn || c.userHint(person) != q.Get("login_hint") {
		fail("login_required", "Must have an active user session")
		return
	}
	entry, ok := c.consume(q.Get("lti_message_hint"))
	if !ok {
		fail("launch_no_longer_valid", "The launch has either expired or already been consumed")
		return
	}
	if entry.hint != q.Get("login_hint") {
		fail("login_required", "The user of the session is not the one who launched")
		return
	}
	c.respond(w, entry, q)
}

func (c *canvas) respond(w http.ResponseWriter, entry launch, q url.Values) {
	entry.claims["nonce"] = q.Get("nonce")
	token, err := c.keys.signClaims(entry.claims)
	if err != nil {
		c.fault(w, err)
		return
	}
	target := canvasStorageFrame
	if entry.knobs.Storage == "off" {
		target = ""
	}
	c.postBack(w, q, target, field{"id_token", token})
}

// postBack posts the answer, or an error, to the tool with the fields of a
// Rails form around it.
func (c *canvas) postBack(w http.ResponseWriter, q url.Values, storage string, answer ...field) {
	fields := []field{{"utf8", "✓"}, {"authenticity_token", randomHex(40)}}
	fields = append(fields, answer...)
	fields = append(fields, field{"state", q.Get("state")})
	if storage != "" {
		fields = append(fields, field{"lti_storage_target", storage})
	}
	c.post(w, postForm{Name: "launch_form", Action: q.Get("redirect_uri"), Method: "post", Fields: fields})
}

// missingOf lists the parameters that are empty.
func missingOf(q url.Values, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return q.Get(name) != "" })
}

// canvasRedirectMatches compares as Canvas does: the path exactly, and any
// query where none is registered.
func canvasRedirectMatches(received, registered string) bool {
	u, err := url.Parse(received)
	if err != nil {
		return false
	}
	u.RawQuery, u.ForceQuery = "", false
	return u.String() == registered
}

// comeBack serves the return address: the window goes to the course, which
// shows the message in a bar.
func (c *canvas) comeBack(w http.ResponseWriter, r *http.Request) {
	c.leaveTo(w, returnWithNotice(c.origin(), r.URL.Query()))
}

// returnWithNotice is the course's address with what the tool had to say.
func returnWithNotice(origin string, q url.Values) string {
	kept := url.Values{}
	for _, name := range []string{"lti_errormsg", "lti_msg"} {
		if text := clip(q.Get(name)); text != "" {
			kept.Set(name, text)
		}
	}
	if len(kept) == 0 {
		return origin + "/"
	}
	return origin + "/?" + kept.Encode()
}
