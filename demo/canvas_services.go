package demo

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// canvasMembersPage is the default and the largest page of members.
	canvasMembersPage = 50
	// canvasOldest and canvasAhead are how far Canvas lets an iat be off.
	canvasOldest = 5 * time.Minute
	canvasAhead  = 30 * time.Second
)

// token serves /login/oauth2/token. Canvas fetches the tool's keys each time.
func (c *canvas) token(w http.ResponseWriter, r *http.Request) {
	if c.misbehaves(w, r, troubleTokens) {
		return
	}
	refuse := func(status int, code, description string) {
		c.sendJSON(w, status, jsonType, map[string]string{"error": code, "error_description": description})
	}
	q, ok := readTokenRequest(r)
	switch {
	case q.form.Get("grant_type") != "client_credentials":
		refuse(http.StatusBadRequest, "unsupported_grant_type", "The grant_type you requested is not currently supported by Canvas")
		return
	case !ok || q.form.Get("client_assertion_type") != assertionType:
		refuse(http.StatusBadRequest, "invalid_request", "JWT is invalid")
		return
	}
	if q.tool, ok = c.toolByClient(q.subject()); !ok || q.tool.State != toolActive {
		refuse(http.StatusUnauthorized, "invalid_client", "unknown client")
		return
	}
	if complaint := c.complainAboutAssertion(q.claims, r); complaint != "" {
		refuse(http.StatusBadRequest, "invalid_request", complaint)
		return
	}
	if err := c.verify(r.Context(), q, true); err != nil {
		c.s.logger.Warn("assertion refused", "campus", c.key, "error", err)
		refuse(http.StatusBadRequest, "invalid_request", canvasSignWords(err))
		return
	}
	q.grant()
	if len(q.scopes) != len(strings.Fields(q.form.Get("scope"))) || len(q.scopes) == 0 {
		refuse(http.StatusBadRequest, "invalid_scope", "A requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner. The following scopes were requested, but not granted: "+q.form.Get("scope"))
		return
	}
	c.sendJSON(w, http.StatusOK, jsonType, map[string]any{
		"access_token": c.giveToken(q.tool, q.scopes), "token_type": "Bearer", "expires_in": seconds(), "scope": strings.Join(q.scopes, " "),
	})
}

// complainAboutAssertion checks what Canvas checks: all claims there, the
// audience exactly the address that was posted to, times within limits. It does
// not look whether a jti was used.
func (c *canvas) complainAboutAssertion(claims map[string]any, r *http.Request) string {
	for _, name := range []string{"iss", "sub", "aud", "jti", "iat", "exp"} {
		if claims[name] == nil {
			return "the following assertions are missing: " + name
		}
	}
	if !slices.Contains(audiences(claims), "http://"+r.Host+r.URL.Path) {
		return "the 'aud' must be the LTI Authorization endpoint"
	}
	return canvasTimes(claims, c.s.now())
}

// canvasTimes checks a token's times; "" is well.
func canvasTimes(claims map[string]any, now time.Time) string {
	iat, isNumber := numberClaim(claims, "iat")
	exp, alsoNumber := numberClaim(claims, "exp")
	issued := time.Unix(iat, 0)
	switch {
	case !isNumber || !alsoNumber:
		return "the 'exp' and 'iat' must be numbers"
	case now.Sub(issued) > canvasOldest:
		return "the 'iat' must be less than 5 minutes old"
	case issued.Sub(now) > canvasAhead:
		return "the 'iat' must not be in the future"
	case now.Unix() >= exp:
		return "the JWT has expired"
	}
	return ""
}

func canvasSignWords(err error) string {
	switch {
	case errors.Is(err, errNoKeys):
		return "JWKs could not be retrieved from the tool"
	case errors.Is(err, errUnknownKey), errors.Is(err, errNoKeyID):
		return "JWK Error: KidNotFound"
	case errors.Is(err, errNoToken):
		return "JWT is invalid"
	default:
		return "JWS signature invalid"
	}
}

// memberCanvas is a member in the order of Canvas's keys.
type memberCanvas struct {
	Status     string           `json:"status"`
	Name       string           `json:"name,omitempty"`
	Picture    string           `json:"picture,omitempty"`
	GivenName  string           `json:"given_name,omitempty"`
	FamilyName string           `json:"family_name,omitempty"`
	Email      string           `json:"email,omitempty"`
	SourcedID  string           `json:"lis_person_sourcedid,omitempty"`
	UserID     string           `json:"user_id"`
	LegacyID   string           `json:"lti11_legacy_user_id"`
	Roles      []string         `json:"roles"`
	Message    []map[string]any `json:"message,omitempty"`
}

// memberRole is a member's role in the course and no more.
func (c *canvas) memberRole(p Person) []string {
	switch p.Key {
	case "teacher":
		return []string{roleInstructor}
	case "ta":
		return []string{roleTA, roleInstructor}
	}
	return []string{roleLearner}
}

// memberships serves the members of a course, fifty a page at most.
func (c *canvas) memberships(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Request-Cost", "0.05")
	w.Header().Set("X-Rate-Limit-Remaining", "700.0")
	refuse := func(status int, kind, message string) {
		c.sendJSON(w, status, jsonType, map[string]any{"errors": map[string]string{"type": kind, "message": message}})
	}
	t, ok := c.mayRead(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="canvas-lms"`)
		refuse(http.StatusUnauthorized, "unauthorized", "Invalid access token field/s: the access token is invalid or has expired")
		return
	}
	if c.misbehaves(w, r, troubleMembers) {
		return
	}
	at, ok := c.courseByNumber(r.PathValue("course"))
	if !ok {
		refuse(http.StatusNotFound, "not_found", "The specified resource does not exist.")
		return
	}
	if c.deployment(start{course: at, tool: t}) == "" {
		refuse(http.StatusUnauthorized, "unauthorized", "Access Token not linked to a Tool associated with this Context")
		return
	}
	q := r.URL.Query()
	limit := min(max(1, number(q, "per_page", number(q, "limit", canvasMembersPage))), canvasMembersPage)
	pageNumber := max(1, number(q, "page", 1))
	page := c.cut(roleFilter(enrolled(at.Size), q.Get("role"), c.memberRole), (pageNumber-1)*limit, limit)
	address := c.api(at) + "/names_and_roles"
	w.Header().Set("Link", c.canvasLinks(address, q, page, pageNumber, limit))
	list := memberList[memberCanvas]{
		ID:      c.origin() + r.URL.RequestURI(),
		Context: memberContext{canvasContext(at), at.Label, at.Title}, Members: make([]memberCanvas, 0, len(page.people)),
	}
	for _, p := range page.people {
		list.Members = append(list.Members, c.member(p, t, q.Get("rlid")))
	}
	c.sendJSON(w, http.StatusOK, membersType+"; charset=utf-8", list)
}

// courseByNumber finds a course by its number in Canvas.
func (c *canvas) courseByNumber(number string) (course, bool) {
	return find(c.read().Courses, func(known course) bool { return strconv.Itoa(canvasNumber(known)) == number })
}

// canvasLinks are the addresses of the next page and of this one.
func (c *canvas) canvasLinks(address string, q url.Values, page memberPage, number, limit int) string {
	link := func(base string, n int, rel string) string {
		kept := url.Values{"page": {strconv.Itoa(n)}, "per_page": {strconv.Itoa(limit)}}
		for _, name := range []string{"role", "rlid"} {
			if q.Get(name) != "" {
				kept.Set(name, q.Get(name))
			}
		}
		return "<" + base + "?" + kept.Encode() + `>; rel="` + rel + `"`
	}
	links := link(address, number, "current")
	if page.more() {
		links = link(c.nextAddress(address), number+1, "next") + ", " + links
	}
	return links
}

func (c *canvas) member(p Person, t tool, link string) memberCanvas {
	out := memberCanvas{
		Status: "Active", UserID: c.userID(p), LegacyID: stableHex(40, "canvas", "legacy", p.Key), Roles: c.memberRole(p),
	}
	name, mail := t.sharing(c.trouble.get(troubleShare))
	if name {
		out.Name, out.GivenName, out.FamilyName, out.SourcedID = p.Name(), p.GivenName, p.FamilyName, c.sourcedID(p)
	}
	if mail {
		out.Email = p.Email(c.domain)
	}
	if name && mail {
		out.Picture = c.origin() + "/images/messages/avatar-50.png"
	}
	if link != "" {
		out.Message = []map[string]any{{claimLTI + "message_type": "LtiResourceLinkRequest", "locale": "en"}}
	}
	return out
}
