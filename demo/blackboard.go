package demo

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// issuerBlackboard is the issuer of every Learn site in the world.
const issuerBlackboard = "https://blackboard.com"

const (
	blackboardTokenLife = time.Hour
	// blackboardHintLife bounds how long a launch may wait for its
	// authentication request; no figure is published.
	blackboardHintLife     = 10 * time.Minute
	blackboardStorageFrame = "lti_storage_frame"
)

// linkTool is the value of `link` for Blackboard's course tool placement;
// linkNav means the same, linkAccount the system placement.
const linkTool = linkNav

// institution is a deployment of the one application that all sites share.
type institution struct {
	key, name, deployment, domain string
}

// institutions are the two sites. The tool knows the first one's deployment only.
func institutions() []institution {
	return []institution{
		{"1", "North Bay College", stableUUID("blackboard", "deployment", "1"), "northbay.example"},
		{"2", "South Bay College", stableUUID("blackboard", "deployment", "2"), "southbay.example"},
	}
}

func institutionByKey(key string) institution {
	for _, i := range institutions() {
		if i.key == key {
			return i
		}
	}
	return institutions()[0]
}

// blackboard is a campus in the manner of Blackboard Learn: one application for
// the whole world, institutions told apart by deployment only.
type blackboard struct {
	*site
	returns spent // the last parts of data that may come back
}

func newBlackboard(s *Server) *blackboard {
	return &blackboard{&site{
		s: s, key: "blackboard", name: "Practice Blackboard", institution: institutions()[0].name,
		domain: institutions()[0].domain, host: hostBlackboard, cookie: "BbRouter",
		frameHosts: []string{hostBlackboard, hostBlackboardGateway},
		keys:       newKeySet("", 0, randomHex(8)+"-"+randomHex(4)+"-4"+randomHex(2)+"0-a"+randomHex(2)+"0-"+randomHex(12)),
		launches:   newLaunches(s.now, blackboardHintLife),
		adminPath:  "/webapps/blackboard/admin/lti-tool-providers", agent: "Blackboard Learn", tokens: tokens{now: s.now},
	}, spent{}}
}

// known is the application that every institution knows without anybody
// registering it. The tool knows the first institution's deployment only.
func (b *blackboard) known() tool {
	t := tool{
		ID: "9", ClientID: clientBlackboard, Name: "Usher", Domain: domainOf(b.s.tool.origin), State: toolActive,
		LoginURL: b.s.tool.loginURL, TargetURL: b.s.tool.launchURL, RedirectURIs: []string{b.s.tool.launchURL},
		JWKSURL: b.s.tool.jwksURL, PickerURL: b.s.tool.launchURL, Share: shareAll, Method: "There from the beginning",
		Scopes:      append(blackboardAGS(), scopeNRPS),
		Placements:  map[string]string{placeContent: "", placePicker: "", placeTool: "", placeSystem: ""},
		Deployments: map[string]string{},
		Custom: []field{
			{"bb_course_role", "@X@membership.role@X@"}, {"bb_course_id", "@X@course.id@X@"}, {"group_id", "$CourseGroup.id"},
			{"context_history", "$Context.id.history"},
		},
	}
	for _, site := range institutions() {
		t.Deployments[site.key] = site.deployment
	}
	return t
}

func (b *blackboard) handler() http.Handler {
	mux := b.routes(
		extra{link: linkTool, title: "Rooms (Books & Tools)", offered: hasPlacement(placeTool)},
		extra{link: linkAccount, title: "Rooms (system placement)", adminOnly: true, offered: hasPlacement(placeSystem)},
		extra{
			title: "Content market: add content from the tool", address: "/ultra/content-market?course=", teacherOnly: true,
			offered: hasPlacement(placePicker),
		},
	)
	mux.HandleFunc("GET /learn/api/v1/lti/external/namesandroles/{course}", b.memberships)
	b.mountAdmin(mux)
	b.mountPicker(mux)
	mux.HandleFunc("GET /launch", b.start)
	mux.HandleFunc("/webapps/blackboard/execute/blti/launchPlacement", b.placement)
	mux.HandleFunc("GET /webapps/blackboard/execute/blti/launchReturn", b.comeBack)
	// The same frame on the wrong origin, for the storage knob of that name.
	mux.HandleFunc("GET /lti_storage_frame", b.storage)
	return mux
}

// gatewayHandler serves the developer portal's origin: sign-on, keys, storage.
func (b *blackboard) gatewayHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", b.s.pages.assets)
	mux.HandleFunc("/api/v1/gateway/oidcauth", b.gateway)
	mux.HandleFunc("/api/v1/gateway/oauth2/jwttoken", b.token)
	mux.HandleFunc("GET /api/v1/management/applications/{application}/jwks.json", b.jwks)
	b.mountPortal(mux)
	mux.HandleFunc("GET /lti_storage_frame", b.storage)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		b.message(w, http.StatusNotFound, "Page not found", "The gateway has no such page.")
	})
	return mux
}

// start serves GET /launch.
func (b *blackboard) start(w http.ResponseWriter, r *http.Request) {
	st, err := b.parseStart(r.URL.Query(), linkTool, linkAccount)
	if err != nil {
		b.refuseStart(w, err)
		return
	}
	b.signIn(w, st.person)
	if refusal := b.refusesLaunch(st); refusal != "" {
		b.message(w, http.StatusNotFound, "The tool cannot be opened", refusal)
		return
	}
	if st.link == linkAccount && st.person.Key != "admin" {
		b.message(w, http.StatusForbidden, "You do not have access", "Only administrators see the system placement.")
		return
	}
	if st.knobs.In == "tab" {
		b.begin(w, r, st)
		return
	}
	b.present(w, st)
}

// present answers with the page around the tool's frame.
func (b *blackboard) present(w http.ResponseWriter, st start) {
	src := st.knobs.query()
	src.Set("link", st.link)
	src.Set("course", st.course.Key)
	if st.picker != "" {
		src.Set("picker", st.picker)
	}
	data := b.inCourse(b.title(st), &st.person, st.course)
	data.Institution = institutionByKey(st.knobs.Institution).name
	data.Frames = []string{st.tool.origin()}
	// No allow list: Learn promises neither camera nor microphone to framed tools.
	b.show(w, http.StatusOK, "activity", activityPage{
		base: data, FrameName: "bltiLaunch",
		FrameSrc: b.origin() + "/webapps/blackboard/execute/blti/launchPlacement?" + src.Encode(),
		Narrow:   st.knobs.In == "narrow", MinHeight: 600,
		Storage: b.storageFrame(st.knobs.Storage), ToolOrigin: st.tool.origin(),
	})
}

// refusesLaunch says why a launch cannot begin; "" is well.
func (b *blackboard) refusesLaunch(st start) string {
	switch {
	case st.tool.Deployments[st.knobs.Institution] == "":
		return "Nobody has registered the tool at " + institutionByKey(st.knobs.Institution).name + "."
	case st.tool.State != toolActive:
		return "Tool Provider has been disabled."
	case st.link == linkTool && !hasPlacement(placeTool)(st.tool), st.link == linkAccount && !hasPlacement(placeSystem)(st.tool):
		return "The tool has no such placement."
	case st.item.Broken != "":
		return st.item.Broken
	}
	return ""
}

// placement serves launchPlacement: by cmd=authenticate it answers the
// authentication request, else it begins a launch in the frame.
func (b *blackboard) placement(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		b.message(w, http.StatusBadRequest, "Bad request", "The request could not be read.")
		return
	}
	if r.Form.Get("cmd") == "authenticate" {
		b.authenticate(w, r)
		return
	}
	st, err := b.parseStart(r.Form, linkTool, linkAccount, linkPicker)
	if err != nil {
		b.refuseStart(w, err)
		return
	}
	person, ok := b.who(r)
	if !ok {
		b.notSignedIn(w)
		return
	}
	st.person = person
	if st.link == linkPicker {
		st.picker = placePicker
	}
	b.begin(w, r, st)
}

func (b *blackboard) notSignedIn(w http.ResponseWriter) {
	b.message(w, http.StatusForbidden, "You are not signed in",
		"Nobody is signed in to this campus in this browser. Choose somebody on the course page.")
}

// begin redirects to the tool's login by GET, with hints that survive only a
// tool that brings them back unaltered.
func (b *blackboard) begin(w http.ResponseWriter, r *http.Request, st start) {
	id := randomHex(32)
	messageHint, err := b.messageHint(st)
	if err != nil {
		b.fault(w, err)
		return
	}
	place := b.origin() + "/webapps/blackboard/execute/blti/launchPlacement?cmd=authenticate&course_id=" + blackboardCourse(st.course)
	entry := launch{
		start: st, id: id, startAt: b.s.now(), messageHint: messageHint,
		hint: url.QueryEscape(place) + "," + b.userID(st.person, st.knobs.Institution) + "," + id,
	}
	b.launches.add(entry)
	q := url.Values{
		"iss": {issuerBlackboard}, "client_id": {st.tool.ClientID}, "target_link_uri": {b.target(st)},
		"lti_deployment_id": {st.tool.Deployments[st.knobs.Institution]},
		"login_hint":        {entry.hint}, "lti_message_hint": {messageHint},
	}
	if st.knobs.Storage != "off" {
		q.Set("lti_storage_target", blackboardStorageFrame)
	}
	http.Redirect(w, r, withQuery(st.tool.LoginURL, q), http.StatusFound)
}

// messageHint is base64 JSON with what Learn remembers about the place.
func (b *blackboard) messageHint(st start) (string, error) {
	content := blackboardContent(st.link)
	hint, err := json.Marshal(struct {
		ResourceLinkID  string            `json:"resourceLinkId"`
		PlacementID     string            `json:"placementId"`
		Position        int               `json:"position"`
		TargetLinkURL   string            `json:"targetLinkUrl"`
		InlineMode      bool              `json:"inlineMode"`
		CourseID        string            `json:"courseId"`
		ContentID       string            `json:"contentId"`
		OpenInLightBox  bool              `json:"openInLightBox"`
		FromUltra       bool              `json:"fromUltra"`
		ParentContentID string            `json:"parentContentId"`
		CustomParams    map[string]string `json:"customParams"`
		TargetOverride  *string           `json:"targetOverride"`
		FromGradeCenter bool              `json:"fromGradeCenter"`
		OpenNewWindow   bool              `json:"openNewWindow"`
		DeepLinkLaunch  bool              `json:"deepLinkLaunch"`
	}{
		ResourceLinkID: content, PlacementID: "_9_1", Position: -1, TargetLinkURL: b.target(st),
		CourseID: blackboardCourse(st.course), ContentID: content, FromUltra: true, CustomParams: map[string]string{},
		OpenNewWindow: st.knobs.In == "tab", DeepLinkLaunch: st.picker != "",
	})
	if err != nil {
		return "", fmt.Errorf("write message hint: %w", err)
	}
	return base64.StdEncoding.EncodeToString(hint), nil
}

// gateway serves the authorization endpoint of the developer portal, which
// knows no session and sends the browser on to the Learn site.
func (b *blackboard) gateway(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		b.message(w, http.StatusBadRequest, "Bad request", "The request could not be read.")
		return
	}
	q := r.Form
	t, known := b.toolByClient(q.Get("client_id"))
	switch {
	case !known:
		b.message(w, http.StatusBadRequest, "Invalid client_id", "No application has this id.")
	case !slices.Contains(t.RedirectURIs, q.Get("redirect_uri")):
		b.message(w, http.StatusBadRequest, "Invalid redirect_url", "The application does not list this address.")
	default:
		q.Set("cmd", "authenticate")
		http.Redirect(w, r, b.origin()+"/webapps/blackboard/execute/blti/launchPlacement?"+q.Encode(), http.StatusFound)
	}
}

// authenticate answers the authentication request at the Learn site. Nothing
// is documented about errors told to the tool, so all stay here.
func (b *blackboard) authenticate(w http.ResponseWriter, r *http.Request) {
	q := r.Form
	asksRightly := q.Get("response_type") == "id_token" && q.Get("response_mode") == "form_post" &&
		q.Get("scope") == "openid" && q.Get("nonce") != ""
	hint := q.Get("login_hint")
	entry, ok := b.launches.take(hint[strings.LastIndex(hint, ",")+1:])
	fits := q.Get("client_id") == entry.tool.ClientID && slices.Contains(entry.tool.RedirectURIs, q.Get("redirect_uri"))
	if !asksRightly || !ok || !fits || hint != entry.hint || q.Get("lti_message_hint") != entry.messageHint {
		b.message(w, http.StatusBadRequest, "The launch could not be completed",
			"The tool asked in a way that this campus does not know, changed a hint, or asked a second time.")
		return
	}
	person, signedIn := b.who(r)
	if !signedIn || person.Key != entry.person.Key {
		b.notSignedIn(w)
		return
	}
	token, err := b.keys.signClaims(b.claims(entry, q.Get("nonce")))
	if err != nil {
		b.fault(w, err)
		return
	}
	// lti_storage_target is not repeated here: the tool remembers it.
	b.post(w, postForm{
		Name: "bltiLaunchForm", Action: q.Get("redirect_uri"), Method: "post",
		Fields: []field{{"id_token", token}, {"state", q.Get("state")}},
	})
}

// comeBack serves launchReturn: the window goes to the course, which shows a
// receipt.
func (b *blackboard) comeBack(w http.ResponseWriter, r *http.Request) {
	b.leaveTo(w, returnWithNotice(b.origin(), r.URL.Query()))
}
