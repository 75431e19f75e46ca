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
	returns spent // nonces of return addresses of content selection
	// permits are registrations under way; newerOnes are those by a Canvas that
	// installs the app by itself.
	permits, newerOnes spent
}

func newCanvas(s *Server) *canvas {
	// Canvas rotates monthly and shows the past, the present and the future
	// key, named by time.
	name := func(months int) string { return s.now().UTC().AddDate(0, months, 0).Format(time.RFC3339) }
	return &canvas{
		site: &site{
			s: s, key: "canvas", name: "Practice Canvas", institution: "Coastline University", domain: "coastline.example",
			host: hostCanvas, cookie: "canvas_session", frameHosts: []string{hostCanvas, hostCanvasSSO},
			keys:      newKeySet("JWT", 1, name(-1), name(0), name(1)),
			launches:  newLaunches(s.now, canvasHintLife),
			adminPath: "/accounts/1/developer_keys", agent: "Canvas/1.0", tokens: tokens{now: s.now},
		},
		hintKey: []byte(randomHex(64)),
	}
}

func (c *canvas) handler() http.Handler {
	extras := []extra{
		{link: linkNav, title: "Rooms (course navigation)", offered: hasPlacement("course_navigation")},
		{link: linkAccount, title: "Rooms (account navigation)", adminOnly: true, offered: hasPlacement("account_navigation")},
	}
	for _, p := range canvasPickers() {
		extras = append(extras, extra{
			title: p.title, address: "/external_tools/select?placement=" + p.placement + "&course=", teacherOnly: true,
			offered: hasPlacement(p.placement),
		})
	}
	mux := c.routes(extras...)
	mux.HandleFunc("GET /launch", c.start)
	mux.HandleFunc("/api/lti/authorize", c.authorize)
	// The institution's own host answers for the sign-on too, as a Canvas does
	// that nobody else hosts, and as hosted Canvas did until 2023.
	mux.HandleFunc("/api/lti/authorize_redirect", c.ownRedirect)
	mux.HandleFunc("GET /api/lti/security/jwks", c.jwks)
	mux.HandleFunc("/login/oauth2/token", c.token)
	mux.HandleFunc("GET /courses/{course}/external_content/success/external_tool_redirect", c.comeBack)
	mux.HandleFunc("GET /accounts/1/external_content/success/external_tool_redirect", c.comeBack)
	mux.HandleFunc("GET /api/lti/courses/{course}/names_and_roles", c.memberships)
	c.mountAdmin(mux)
	c.mountPicker(mux)
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
	// The configuration is the same for the whole world and lives here, under
	// an address that is not the issuer's.
	mux.HandleFunc("GET /api/lti/security/openid-configuration", c.configuration)
	mux.HandleFunc("GET /post_message_forwarding", c.storage)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		c.message(w, http.StatusNotFound, "Page Not Found", "Sign-on has no such page.")
	})
	return mux
}

// start serves GET /launch. Canvas writes the login form into the page around
// the frame and aims it at the frame.
func (c *canvas) start(w http.ResponseWriter, r *http.Request) {
	st, err := c.parseStart(r.URL.Query(), linkNav, linkAccount)
	if err != nil {
		c.refuseStart(w, err)
		return
	}
	c.signIn(w, st.person)
	if refusal := c.refusesLaunch(st); refusal != "" {
		c.message(w, http.StatusNotFound, "Page Not Found", refusal)
		return
	}
	if st.link == linkAccount && st.person.Key != "admin" {
		c.message(w, http.StatusUnauthorized, "Unauthorized", "Only administrators see the account's navigation.")
		return
	}
	c.present(w, st)
}

// refusesLaunch says why a launch cannot begin: the tool lacks the placement,
// or nobody installed it. "" is well.
func (c *canvas) refusesLaunch(st start) string {
	if p, ok := canvasPlacement(st).(string); ok && !hasPlacement(p)(st.tool) {
		return "Couldn't find valid settings for this link: the tool has no placement " + p + "."
	}
	if c.deployment(st) == "" {
		return "Couldn't find valid settings for this link: the tool is not installed. An administrator installs it by client id."
	}
	return ""
}

func hasPlacement(name string) func(tool) bool {
	return func(t tool) bool { _, ok := t.Placements[name]; return ok }
}

// present opens the tool, in a frame of the page or in this tab.
func (c *canvas) present(w http.ResponseWriter, st start) {
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
	switch {
	case st.picker != "":
		minHeight = canvasPickHeight
	case canvasPlacement(st) != nil:
		minHeight = canvasNavHeight
	}
	data := c.inCourse(c.title(st), &st.person, st.course)
	data.Frames = []string{st.tool.origin()}
	c.show(w, http.StatusOK, "activity", activityPage{
		base: data, FrameName: form.Target, Allow: canvasFrameAllow,
		Narrow: st.knobs.In == "narrow", MinHeight: minHeight, Form: &form,
		Storage: c.storageFrame(st), ToolOrigin: st.tool.origin(),
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
		start: st, id: verifier, startAt: c.s.now(), hint: c.userHint(st.person), messageHint: hint,
	}
	entry.claims = c.claims(entry)
	c.launches.add(entry)
	fields := []field{
		{"iss", issuerCanvas}, {"login_hint", entry.hint}, {"client_id", st.tool.ClientID},
		{"lti_deployment_id", c.deployment(st)}, {"target_link_uri", c.target(st)}, {"lti_message_hint", hint},
		{"canvas_environment", "prod"}, {"canvas_region", "eu-central-1"},
	}
	if st.knobs.Storage != "off" {
		fields = append(fields, field{"lti_storage_target", canvasStorageFrame})
	}
	return postForm{Name: "tool_form", Action: st.tool.LoginURL, Method: "post", Fields: fields}, nil
}

// ownRedirect serves the authorization endpoint of a Canvas that nobody else
// hosts: its storage lives on the same host, which later pages keep to.
func (c *canvas) ownRedirect(w http.ResponseWriter, r *http.Request) {
	if t, ok := c.toolByClient(r.FormValue("client_id")); ok && !t.OwnHost {
		t.OwnHost = true
		if err := c.keepTool(t); err != nil {
			c.fault(w, err)
			return
		}
	}
	c.redirect(w, r)
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
	t, known := c.toolByClient(q.Get("client_id"))
	if !known {
		// Canvas looks at the launch for the address when there is no such key.
		t = c.waiting(q.Get("lti_message_hint"))
	}
	if !canvasRedirects(t, q.Get("redirect_uri")) {
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
	if !known || t.State != toolActive {
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
	if entry.hint != q.Get("login_hint") || entry.tool.ClientID != t.ClientID {
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

// waiting is the tool of a launch under way, whatever the request says.
func (c *canvas) waiting(rawHint string) tool {
	hint, _ := c.readHint(rawHint)
	return c.launches.peek(hint.Verifier).tool
}

func canvasRedirects(t tool, received string) bool {
	return slices.ContainsFunc(t.RedirectURIs, func(uri string) bool { return canvasRedirectMatches(received, uri) })
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

// known is the key that this campus has without anybody adding it.
func (c *canvas) known() tool {
	t := tool{
		ID: "189", ClientID: clientCanvas, Name: "Usher", Domain: domainOf(c.s.tool.origin), State: toolActive,
		LoginURL: c.s.tool.loginURL, TargetURL: c.s.tool.launchURL, RedirectURIs: []string{c.s.tool.launchURL},
		JWKSURL: c.s.tool.jwksURL, Share: shareAll, Method: "There from the beginning",
		Scopes: []string{scopeAGS + "lineitem", scopeAGS + "score", scopeNRPS}, Placements: map[string]string{},
		Deployments: map[string]string{canvasPlace: canvasAccountDeployment(), canvasEach: "190"}, Custom: canvasCustom(),
	}
	for _, p := range []string{"course_navigation", "account_navigation", "link_selection", "assignment_selection", "editor_button"} {
		t.Placements[p] = c.s.tool.launchURL + "?placement=" + p
	}
	return t
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
