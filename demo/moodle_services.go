package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// moodleHTML is the content type that Moodle gives to nearly everything.
const moodleHTML = "text/html; charset=utf-8"

// token serves /mod/lti/token.php. Moodle looks at neither aud, iss nor jti,
// gives no leeway with the clock, and writes JSON by hand.
func (m *moodle) token(w http.ResponseWriter, r *http.Request) {
	if m.misbehaves(w, r, troubleTokens) {
		return
	}
	q, ok := readTokenRequest(r)
	if !ok || q.form.Get("client_assertion_type") != assertionType || q.form.Get("scope") == "" {
		m.refuseToken(w, "invalid_request")
		return
	}
	if q.form.Get("grant_type") != "client_credentials" {
		m.refuseToken(w, "unsupported_grant_type")
		return
	}
	if q.tool, ok = m.toolByClient(q.subject()); !ok {
		m.refuseToken(w, "invalid_client")
		return
	}
	if err := m.verify(r.Context(), q, false); err != nil {
		m.refuseSigned(w, err)
		return
	}
	if complaint := moodleTimes(q.claims, m.s.now()); complaint != "" {
		m.refuseToken(w, complaint)
		return
	}
	if q.grant(); len(q.scopes) == 0 {
		m.refuseToken(w, "invalid_scope")
		return
	}
	sendRaw(w, http.StatusOK, moodleHTML, fmt.Appendf(nil,
		"{\n  \"access_token\" : %q,\n  \"token_type\" : \"Bearer\",\n  \"expires_in\" : %d,\n  \"scope\" : %q\n}",
		m.giveToken(q.tool, q.scopes), seconds(), strings.Join(q.scopes, " ")))
}

// refuseToken writes an error as Moodle does: pasted into JSON, whatever is in
// it.
func (m *moodle) refuseToken(w http.ResponseWriter, code string) {
	sendRaw(w, http.StatusBadRequest, moodleHTML, []byte("{\n  \"error\" : \""+code+"\"\n}"))
}

// refuseSigned says what is wrong with a token that a tool signed.
func (m *moodle) refuseSigned(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, errNoKeyID):
		m.refuseToken(w, "error/Error: kid must be provided in JWT header.")
	case errors.Is(err, errUnknownKey):
		m.refuseToken(w, `"kid" invalid, unable to lookup correct key`)
	case errors.Is(err, errNoKeys):
		m.s.logger.Warn("the tool's keys cannot be fetched", "campus", m.key, "error", err)
		m.message(w, http.StatusNotFound, "Exception", "The tool's keyset could not be read.")
	case errors.Is(err, errAlgorithm):
		m.refuseToken(w, "Algorithm not supported")
	case errors.Is(err, errBadSign):
		m.refuseToken(w, "Signature verification failed")
	default:
		m.refuseToken(w, "invalid_request")
	}
}

// moodleTimes checks a token's times to the second; "" is well.
func moodleTimes(claims map[string]any, now time.Time) string {
	if iat, ok := numberClaim(claims, "iat"); ok && iat > now.Unix() {
		return "Cannot handle token with iat prior to " + time.Unix(iat, 0).UTC().Format("2006-01-02T15:04:05-0700")
	}
	if exp, ok := numberClaim(claims, "exp"); ok && now.Unix() >= exp {
		return "Expired token"
	}
	return ""
}

// memberMoodle is a member in the order of Moodle's keys.
type memberMoodle struct {
	Status     string           `json:"status"`
	Roles      []string         `json:"roles"`
	Message    []map[string]any `json:"message,omitempty"`
	UserID     string           `json:"user_id"`
	SourcedID  string           `json:"lis_person_sourcedid"`
	Name       string           `json:"name,omitempty"`
	GivenName  string           `json:"given_name,omitempty"`
	FamilyName string           `json:"family_name,omitempty"`
	Email      string           `json:"email,omitempty"`
	Username   string           `json:"ext_user_username,omitempty"`
}

// memberContext is the course of a list of members.
type memberContext struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Title string `json:"title"`
}

// memberList is a page of members, on every campus.
type memberList[M any] struct {
	ID      string        `json:"id"`
	Context memberContext `json:"context"`
	Members []M           `json:"members"`
}

// memberRole is the role of the membership service, which tests another
// permission than a launch does: a non-editing teacher is a learner here.
func (m *moodle) memberRole(p Person) []string {
	if p.Key == "teacher" {
		return []string{"Instructor"}
	}
	return []string{"Learner"}
}

// memberships serves the members of a course. It pages only when asked to, and
// then forgets the role that was asked for.
func (m *moodle) memberships(w http.ResponseWriter, r *http.Request) {
	accept := r.Header.Get("Accept")
	if accept != membersType && accept != "*/*" {
		m.refuseService(w, r, http.StatusBadRequest, "No handler found for "+servicePath(r)+" "+accept+" ")
		return
	}
	t, ok := m.mayRead(r)
	if !ok || t.ID != r.PathValue("tool") {
		m.refuseService(w, r, http.StatusUnauthorized, "Unauthorized")
		return
	}
	if m.misbehaves(w, r, troubleMembers) {
		return
	}
	at, ok := find(m.read().Courses, func(known course) bool { return m.courseID(known) == r.PathValue("course") })
	if !ok {
		m.refuseService(w, r, http.StatusNotFound, "Not Found")
		return
	}
	q := r.URL.Query()
	people := roleFilter(enrolled(at.Size), q.Get("role"), m.memberRole)
	slices.SortStableFunc(people, func(a, b Person) int { return strings.Compare(a.FamilyName, b.FamilyName) })
	page := m.cut(people, number(q, "from", 0), number(q, "limit", 0))
	address := m.membersURL(at, t)
	if page.limit > 0 && page.more() {
		w.Header().Set("Link", "<"+m.nextAddress(address)+"?limit="+strconv.Itoa(page.limit)+
			"&from="+strconv.Itoa(page.from+len(page.people))+`>; rel="next"`)
	}
	list := memberList[memberMoodle]{
		ID: address, Context: memberContext{m.courseID(at), at.Label, at.Title}, Members: make([]memberMoodle, 0, len(page.people)),
	}
	for _, p := range page.people {
		list.Members = append(list.Members, m.member(p, t, q.Get("rlid")))
	}
	m.sendJSON(w, http.StatusOK, membersType+"; charset=utf-8", list)
}

func (m *moodle) member(p Person, t tool, link string) memberMoodle {
	out := memberMoodle{Status: "Active", Roles: m.memberRole(p), UserID: m.userID(p), SourcedID: m.sourcedID(p)}
	name, mail := t.sharing(m.trouble.get(troubleShare))
	if name {
		out.Name, out.GivenName, out.FamilyName, out.Username = p.Name(), p.GivenName, p.FamilyName, p.Username
	}
	if mail {
		out.Email = p.Email(m.domain)
	}
	if link != "" {
		out.Message = []map[string]any{{claimLTI + "message_type": "LtiResourceLinkRequest"}}
	}
	return out
}

// servicePath is what a service sees of its address.
func servicePath(r *http.Request) string {
	return strings.TrimPrefix(r.URL.Path, "/mod/lti/services.php")
}

// refuseService writes an error as Moodle's services do.
func (m *moodle) refuseService(w http.ResponseWriter, r *http.Request, status int, reason string) {
	m.sendJSON(w, status, jsonType, map[string]any{
		"status": status, "reason": reason,
		"request": map[string]any{
			"method": r.Method, "url": r.URL.Path, "accept": r.Header.Get("Accept"), "contentType": r.Header.Get("Content-Type"),
		},
	})
}

// nextAddress is where the next page lives.
func (c *site) nextAddress(address string) string {
	if c.trouble.get(troubleMembers) == "elsewhere" {
		return strings.Replace(address, c.host, "elsewhere.localhost", 1)
	}
	return address
}

// decodeJSON reads a small JSON body.
func decodeJSON(r *http.Request, into any) bool {
	return json.NewDecoder(r.Body).Decode(into) == nil
}

// withQuery adds parameters to an address that may have some.
func withQuery(address string, add url.Values) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	q := u.Query()
	for name, values := range add {
		q[name] = values
	}
	u.RawQuery = q.Encode()
	return u.String()
}
