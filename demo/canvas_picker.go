package demo

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// canvasPicker is a place in Canvas from which content is selected.
type canvasPicker struct {
	placement, title string
	types, targets   []string
	media            string
	multiple         bool
}

func canvasPickers() []canvasPicker {
	both := []string{"iframe", "window"}
	links := []string{"ltiResourceLink"}
	const linkMedia = "application/vnd.ims.lti.v1.ltilink"
	return []canvasPicker{
		{"link_selection", "Add to a module: External Tool", links, both, linkMedia, true},
		{"assignment_selection", "New assignment: External Tool", links, both, linkMedia, false},
		{
			"editor_button", "Page editor: insert from the tool", []string{"link", "file", "html", "ltiResourceLink", "image"},
			[]string{"embed", "iframe", "window"}, "image/*,text/html," + linkMedia + ",*/*", true,
		},
	}
}

// canvasReturn is what the return address's own token says.
type canvasReturn struct {
	Nonce     string `json:"nonce"`
	Modal     bool   `json:"modal"`
	Placement string `json:"placement"`
}

// mountPicker serves the selection of content.
func (c *canvas) mountPicker(mux *http.ServeMux) {
	mux.HandleFunc("GET /external_tools/select", c.selectContent)
	mux.HandleFunc("POST /courses/{course}/deep_linking_response", c.contentReturned)
	mux.HandleFunc("GET /deep_linking_cancel", func(w http.ResponseWriter, _ *http.Request) {
		c.show(w, http.StatusOK, "closing", leavePage{base: c.base("Cancelled", nil), URL: "/"})
	})
}

// selectContent opens the tool's selection in the page.
func (c *canvas) selectContent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	person, ok := c.teacherHere(w, r)
	if !ok {
		return
	}
	at, known := c.courseByKey(q.Get("course"))
	k, err := parseKnobs(q)
	st := start{person: person, course: at, link: "picker", knobs: k, picker: q.Get("placement")}
	_, offered := find(canvasPickers(), func(p canvasPicker) bool { return p.placement == st.picker })
	if !known || !offered || err != nil {
		c.refuseStart(w, errUnknownLink)
		return
	}
	if st.tool, ok = c.currentTool(); !ok {
		c.refuseStart(w, errNoTool)
		return
	}
	if refusal := c.refusesLaunch(st); refusal != "" {
		c.message(w, http.StatusNotFound, "Page Not Found", refusal)
		return
	}
	c.present(w, st)
}

// pickerSettings are those of the placement. There is no data to bring back:
// the return address holds it, and works once.
func (c *canvas) pickerSettings(l launch) map[string]any {
	p, _ := find(canvasPickers(), func(p canvasPicker) bool { return p.placement == l.picker })
	back := canvasReturn{Nonce: c.returns.issue(), Modal: true, Placement: l.picker}
	payload, _ := json.Marshal(back) // three plain fields
	signed, err := jws.Sign(payload, jws.WithKey(jwa.HS256, c.hintKey))
	if err != nil {
		c.s.logger.Error("practice LMS failed", "campus", c.key, "error", err)
	}
	return map[string]any{
		"deep_link_return_url": c.origin() + "/courses/" + strconv.Itoa(canvasNumber(l.course)) + "/deep_linking_response?data=" + string(signed),
		"accept_types":         p.types, "accept_presentation_document_targets": p.targets, "accept_media_types": p.media,
		"auto_create": false, "accept_multiple": p.multiple,
	}
}

// contentReturned serves the tool's answer. The address works once, and the
// token must be right in every point.
func (c *canvas) contentReturned(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, message string) {
		c.sendJSON(w, status, jsonType, map[string]any{"errors": map[string]any{
			"jwt": []map[string]string{{"attribute": "jwt", "type": message, "message": message}},
		}})
	}
	at, known := c.courseByNumber(r.PathValue("course"))
	var back canvasReturn
	payload, err := jws.Verify([]byte(r.URL.Query().Get("data")), jws.WithKey(jwa.HS256, c.hintKey))
	if err != nil || json.Unmarshal(payload, &back) != nil || !known || !c.returns.use(back.Nonce) {
		refuse(http.StatusUnauthorized, "the return address is not valid any more")
		return
	}
	if _, ok := c.who(r); !ok {
		refuse(http.StatusUnauthorized, "user not authorized to perform that action")
		return
	}
	raw := r.PostFormValue("JWT")
	claims, err := unverified(raw)
	if err != nil {
		refuse(http.StatusBadRequest, "JWT format is invalid")
		return
	}
	t, ok := c.toolByClient(textOf(claims["iss"]))
	if complaint := c.complainAboutReturn(claims, at, t, ok); complaint != "" {
		refuse(http.StatusBadRequest, complaint)
		return
	}
	if err := c.checkSigned(r.Context(), t, raw, true); err != nil {
		refuse(http.StatusBadRequest, canvasSignWords(err))
		return
	}
	c.finishPicking(w, at, back, t, claims)
}

// complainAboutReturn checks the claims of an answer; "" is well.
func (c *canvas) complainAboutReturn(claims map[string]any, at course, t tool, known bool) string {
	if !known || t.State != toolActive {
		return "Client not found"
	}
	if !slices.Contains(audiences(claims), issuerCanvas) {
		return "the 'aud' is invalid"
	}
	if textOf(claims["nonce"]) == "" {
		return "nonce is missing"
	}
	if textOf(claims[claimLTI+"message_type"]) != "LtiDeepLinkingResponse" || textOf(claims[claimLTI+"version"]) != "1.3.0" {
		return "message_type or version is invalid"
	}
	if id := textOf(claims[claimLTI+"deployment_id"]); id == "" || id != c.deployment(start{course: at, tool: t}) {
		return "Deployment not found"
	}
	return canvasTimes(claims, c.s.now())
}

// finishPicking adds the items that the placement takes and closes the dialogue,
// with the tool's message.
func (c *canvas) finishPicking(w http.ResponseWriter, at course, back canvasReturn, t tool, claims map[string]any) {
	p, _ := find(canvasPickers(), func(p canvasPicker) bool { return p.placement == back.Placement })
	var items []content
	for _, entry := range contentItems(claims) {
		if slices.Contains(p.types, textOf(entry["type"])) && (p.multiple || len(items) == 0) {
			items = append(items, readItem(entry, t, true))
		}
	}
	if err := c.add(at.Key, items...); err != nil {
		c.fault(w, err)
		return
	}
	q := url.Values{}
	if text := textOf(claims[claimDeepLinking+"errormsg"]); text != "" {
		q.Set("lti_errormsg", text)
	} else if text := textOf(claims[claimDeepLinking+"msg"]); text != "" {
		q.Set("lti_msg", text)
	}
	c.show(w, http.StatusOK, "closing", leavePage{base: c.base("Content selected", nil), URL: withQuery(c.coursePath(at), q)})
}
