package demo

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// blackboardMembersPage is the page of members where none is asked for.
const blackboardMembersPage = 1000

// token serves the gateway's token endpoint. It is global: the assertion names
// no institution. Every claim is required, and an assertion works once.
func (b *blackboard) token(w http.ResponseWriter, r *http.Request) {
	if b.misbehaves(w, r, troubleTokens) {
		return
	}
	refuse := func(code, description string) {
		b.sendJSON(w, http.StatusBadRequest, jsonType, map[string]string{"error": code, "error_description": description})
	}
	q, ok := readTokenRequest(r)
	if !ok || q.form.Get("grant_type") != "client_credentials" || q.form.Get("client_assertion_type") != assertionType {
		refuse("invalid_request", "The request is missing a required parameter")
		return
	}
	if q.tool, ok = b.toolByClient(q.subject()); !ok {
		refuse("invalid_client", "No application has this id")
		return
	}
	if complaint := b.complainAboutAssertion(q, r); complaint != "" {
		refuse("invalid_request", complaint)
		return
	}
	if err := b.verify(r.Context(), q, false); err != nil {
		b.s.logger.Warn("assertion refused", "campus", b.key, "error", err)
		refuse("invalid_request", "Failed to get key with kid or to verify the signature")
		return
	}
	if !b.tokens.spend(q.tool.ClientID, textOf(q.claims["jti"])) {
		refuse("invalid_request", "The jti was used already")
		return
	}
	if q.grant(); len(q.scopes) == 0 {
		refuse("invalid_scope", "The scope is invalid or exceeds what was granted")
		return
	}
	b.sendJSON(w, http.StatusOK, jsonType, map[string]any{
		"access_token": b.giveToken(q.tool, q.scopes), "token_type": "bearer", "expires_in": seconds(), "scope": strings.Join(q.scopes, " "),
	})
}

func (b *blackboard) complainAboutAssertion(q tokenRequest, r *http.Request) string {
	for _, name := range []string{"iss", "sub", "aud", "iat", "exp", "jti"} {
		if q.claims[name] == nil {
			return "The assertion has no " + name
		}
	}
	iat, _ := numberClaim(q.claims, "iat")
	exp, _ := numberClaim(q.claims, "exp")
	now := b.s.now().Unix()
	switch {
	case textOf(q.claims["iss"]) != q.tool.ClientID:
		return "iss and sub must be the client id"
	case !slices.Contains(audiences(q.claims), "http://"+r.Host+r.URL.Path):
		return "aud must be the token endpoint"
	case now >= exp || iat > now+60:
		return "The assertion is expired or not valid yet"
	}
	return ""
}

// memberBlackboard is a member in the order of Learn's keys.
type memberBlackboard struct {
	Status     string              `json:"status"`
	Name       *string             `json:"name,omitempty"`
	GivenName  *string             `json:"given_name,omitempty"`
	FamilyName *string             `json:"family_name,omitempty"`
	MiddleName *string             `json:"middle_name,omitempty"`
	Email      *string             `json:"email,omitempty"`
	UserID     string              `json:"user_id"`
	SourcedID  string              `json:"lis_person_sourcedid,omitempty"`
	Roles      []string            `json:"roles"`
	Groups     []map[string]string `json:"group_enrollments,omitzero"`
	Message    map[string]any      `json:"message,omitempty"`
}

// memberRole is what a launch sends too: every privileged role is Instructor.
func (b *blackboard) memberRole(p Person) []string {
	if isTeacher(p) {
		return []string{roleInstructor}
	}
	return []string{roleLearner, institutionRole + "Student"}
}

// memberships serves the members of a course, with a link to the next page and
// always one to what changed since.
func (b *blackboard) memberships(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, message string) {
		b.sendJSON(w, status, jsonType, map[string]any{"status": status, "message": message})
	}
	t, ok := b.mayRead(r)
	if !ok {
		refuse(http.StatusUnauthorized, "The bearer token is invalid")
		return
	}
	if b.misbehaves(w, r, troubleMembers) {
		return
	}
	at, ok := find(b.read().Courses, func(known course) bool { return blackboardCourse(known) == r.PathValue("course") })
	if !ok {
		refuse(http.StatusNotFound, "The specified object was not found.")
		return
	}
	q := r.URL.Query()
	limit := number(q, "limit", blackboardMembersPage)
	page := b.cut(roleFilter(enrolled(at.Size), q.Get("role"), b.memberRole), number(q, "offset", 0), limit)
	w.Header().Set("Link", b.links(b.membersURL(at), q, page))
	list := memberList[memberBlackboard]{
		ID:      b.origin() + r.URL.RequestURI(),
		Context: memberContext{blackboardContext(at, "1"), at.Label, at.Title}, Members: make([]memberBlackboard, 0, len(page.people)+2),
	}
	for _, p := range page.people {
		list.Members = append(list.Members, b.member(p, t, q))
	}
	if !page.more() {
		list.Members = append(list.Members, b.oddMembers(t, q)...)
	}
	b.sendJSON(w, http.StatusOK, membersType, list)
}

// links are the next page, if there is one, and the differences.
func (b *blackboard) links(address string, q url.Values, page memberPage) string {
	kept := url.Values{}
	for _, name := range []string{"groups", "role", "rlid"} {
		if q.Get(name) != "" {
			kept.Set(name, q.Get(name))
		}
	}
	kept.Set("since", strconv.FormatInt(b.s.now().Unix(), 10))
	links := "<" + withQuery(address, kept) + `>; rel="differences"`
	if page.more() {
		kept.Del("since")
		kept.Set("limit", strconv.Itoa(page.limit))
		kept.Set("offset", strconv.Itoa(page.from+len(page.people)))
		links = "<" + withQuery(b.nextAddress(address), kept) + `>; rel="next", ` + links
	}
	return links
}

func (b *blackboard) member(p Person, t tool, q url.Values) memberBlackboard {
	out := memberBlackboard{Status: "Active", UserID: b.userID(p, "1"), Roles: b.memberRole(p), SourcedID: p.Username}
	name, mail := t.sharing(b.trouble.get(troubleShare))
	if name {
		full, none := p.Name(), ""
		out.Name, out.GivenName, out.FamilyName, out.MiddleName = &full, &p.GivenName, &p.FamilyName, &none
	}
	if mail {
		address := p.Email(institutions()[0].domain)
		out.Email = &address
	}
	if q.Get("groups") == "true" {
		out.Groups = []map[string]string{}
	}
	if q.Get("rlid") != "" {
		// An object where the specification has an array.
		out.Message = map[string]any{claimLTI + "message_type": "LtiResourceLinkRequest", "locale": "en-US"}
	}
	return out
}

// oddMembers are those that every course has at the end: the teacher's preview
// user, without an address, and somebody who left, without anything.
func (b *blackboard) oddMembers(t tool, q url.Values) []memberBlackboard {
	if q.Get("role") != "" {
		return nil
	}
	preview := b.member(Person{Key: "preview", GivenName: "Maya", FamilyName: "Okafor_PreviewUser", Username: "mokafor_previewuser"}, t, q)
	preview.Roles = []string{roleLearner, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"}
	if preview.Email != nil {
		none := ""
		preview.Email = &none
	}
	left := memberBlackboard{Status: "Inactive", UserID: stableHex(32, "blackboard", "1", "user", "left"), Roles: []string{roleLearner}}
	return []memberBlackboard{preview, left}
}
