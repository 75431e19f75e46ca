package demo

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// linkPicker is the value of `link` in the frame of the content market.
const linkPicker = "picker"

// Placements of Blackboard.
const (
	placeContent = "course_content_tool"
	placePicker  = "deep_linking_content_tool"
	placeTool    = "course_tool"
	placeSystem  = "system_tool"
)

// mountPicker serves the selection of content.
func (b *blackboard) mountPicker(mux *http.ServeMux) {
	mux.HandleFunc("GET /ultra/content-market", b.selectContent)
	mux.HandleFunc("POST /webapps/blackboard/controller/lti/v2/deeplinking", b.contentReturned)
}

// selectContent opens the tool's selection in the page.
func (b *blackboard) selectContent(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	person, ok := b.teacherHere(w, r)
	if !ok {
		return
	}
	at, known := b.courseByKey(q.Get("course"))
	k, err := parseKnobs(q)
	if !known || err != nil {
		b.refuseStart(w, errUnknownLink)
		return
	}
	st := start{person: person, course: at, link: linkPicker, knobs: k, picker: placePicker}
	if st.tool, ok = b.currentTool(); !ok {
		b.refuseStart(w, errNoTool)
		return
	}
	if refusal := b.refusesLaunch(st); refusal != "" {
		b.message(w, http.StatusNotFound, "The tool cannot be opened", refusal)
		return
	}
	b.present(w, st)
}

// pickerSettings are Learn's: several links, created at once, and data to bring
// back with two colons between its parts.
func (b *blackboard) pickerSettings(l launch) map[string]any {
	data := strings.Join([]string{
		blackboardCourse(l.course), blackboardContent(linkPicker), "2", "false", "true", "_13_1",
		b.returns.issue(), "false", l.knobs.Institution,
	}, "::")
	return map[string]any{
		"accept_copy_advice": false, "data": data, "accept_types": []string{"ltiResourceLink", "link"}, "accept_multiple": true,
		"accept_presentation_document_targets": []string{"iframe", "window"}, "accept_media_types": "*/*", "auto_create": true,
		"deep_link_return_url": b.origin() + "/webapps/blackboard/controller/lti/v2/deeplinking",
	}
}

// contentReturned serves the tool's answer and creates the links.
func (b *blackboard) contentReturned(w http.ResponseWriter, r *http.Request) {
	refuse := func(text string) {
		b.message(w, http.StatusBadRequest, "The content could not be added", text)
	}
	raw := r.PostFormValue("JWT")
	claims, err := unverified(raw)
	if err != nil {
		refuse("The tool sent no token.")
		return
	}
	t, ok := b.toolByClient(textOf(claims["iss"]))
	if !ok {
		refuse("No application has this id.")
		return
	}
	parts := strings.Split(textOf(claims[claimDeepLinking+"data"]), "::")
	if complaint := b.complainAboutReturn(claims, t, parts); complaint != "" {
		refuse(complaint)
		return
	}
	if err := b.checkSigned(r.Context(), t, raw, false); err != nil {
		refuse("The signature could not be verified: " + err.Error() + ".")
		return
	}
	at, known := find(b.read().Courses, func(known course) bool { return blackboardCourse(known) == parts[0] })
	if !known || !b.returns.use(parts[6]) {
		refuse("The data was not as it was sent, or came a second time.")
		return
	}
	b.create(w, at, t, claims)
}

// complainAboutReturn checks the claims that Learn demands; "" is well.
func (b *blackboard) complainAboutReturn(claims map[string]any, t tool, data []string) string {
	now := b.s.now().Unix()
	iat, hasIat := numberClaim(claims, "iat")
	exp, hasExp := numberClaim(claims, "exp")
	if len(data) != 9 {
		return "The data was not as it was sent, or came a second time."
	}
	switch {
	case claims["sub"] != t.ClientID:
		return "sub must be the client id."
	case !slices.Contains(audiences(claims), issuerBlackboard):
		return "aud must be " + issuerBlackboard + "."
	case !hasIat || !hasExp || now >= exp || iat > now+60:
		return "iat and exp are missing or the token has expired."
	case t.Deployments[data[8]] == "" || textOf(claims[claimLTI+"deployment_id"]) != t.Deployments[data[8]]:
		return "The deployment is unknown here."
	case textOf(claims[claimLTI+"message_type"]) != "LtiDeepLinkingResponse" || textOf(claims[claimLTI+"version"]) != "1.3.0":
		return "The message is no LtiDeepLinkingResponse of version 1.3.0."
	}
	return ""
}

// create adds the links. One without an address on the tool's domain is there
// and cannot be opened, as in Learn.
func (b *blackboard) create(w http.ResponseWriter, at course, t tool, claims map[string]any) {
	var items []content
	for _, entry := range contentItems(claims) {
		if kind := textOf(entry["type"]); kind != "ltiResourceLink" && kind != "link" {
			continue
		}
		item := readItem(entry, t, true)
		if domainOf(item.URL) != t.Domain {
			item.Broken = "Tool (Invalid Link)"
		}
		items = append(items, item)
	}
	if err := b.add(at.Key, items...); err != nil {
		b.fault(w, err)
		return
	}
	q := url.Values{}
	if text := textOf(claims[claimDeepLinking+"errormsg"]); text != "" {
		q.Set("lti_errormsg", text)
	} else if text := textOf(claims[claimDeepLinking+"msg"]); text != "" {
		q.Set("lti_msg", text)
	}
	b.show(w, http.StatusOK, "closing", leavePage{base: b.base("Content selected", nil), URL: withQuery(b.coursePath(at), q)})
}
