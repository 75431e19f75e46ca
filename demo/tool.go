package demo

import (
	"net/url"
	"slices"
	"strings"
)

// States of a tool. Each LMS has its own words for them.
const (
	toolPending = "pending" // known, not yet switched on by an administrator
	toolActive  = "active"
)

// What a tool is told about people.
const (
	shareAll  = "all"
	shareName = "name" // no address
	shareMail = "mail" // no name
	shareNone = "none"
)

// tool is a tool as an administrator made it known to a campus.
type tool struct {
	ID          string // the tool's number in the campus
	ClientID    string
	Name        string
	Description string
	Domain      string // host and port of its addresses
	State       string
	LoginURL    string
	TargetURL   string // the target link URI of links that have none
	// RedirectURIs are the addresses that answers may be sent to.
	RedirectURIs []string
	JWKSURL      string
	PublicJWK    string // a key pasted in, where JWKSURL is empty
	LogoURL      string
	// PickerURL is the target link URI of content selection; "" where the tool
	// has none. Placements are Canvas's and Blackboard's, with theirs.
	PickerURL  string
	Placements map[string]string
	Scopes     []string
	Share      string
	Custom     []field // name and value, in the order in which they were given
	// Deployments are the deployment ids by place: account, a course's key, or
	// a Blackboard institution.
	Deployments map[string]string
	// OwnHost says that the tool knows a Canvas by the institution's host alone.
	OwnHost bool
	// Method says how it was registered, for the page that lists tools.
	Method string
}

// toolByClient finds a tool of the campus.
func (c *site) toolByClient(clientID string) (tool, bool) {
	return find(c.read().Tools, func(t tool) bool { return t.ClientID == clientID })
}

func (c *site) toolByID(id string) (tool, bool) {
	return find(c.read().Tools, func(t tool) bool { return t.ID == id })
}

// currentTool is the tool that the course's own links open.
func (c *site) currentTool() (tool, bool) {
	s := c.read()
	if t, ok := find(s.Tools, func(t tool) bool { return t.ClientID == s.Current }); ok {
		return t, true
	}
	if len(s.Tools) == 0 {
		return tool{}, false
	}
	return s.Tools[0], true
}

// toolOf is the tool that opens a link.
func (c *site) toolOf(item content) (tool, bool) {
	if item.ClientID == "" {
		return c.currentTool()
	}
	return c.toolByClient(item.ClientID)
}

// keepTool adds a tool, or replaces the one with its client id.
func (c *site) keepTool(t tool) error {
	return c.change(func(s *campusState) {
		at := slices.IndexFunc(s.Tools, func(old tool) bool { return old.ClientID == t.ClientID })
		if at < 0 {
			s.Tools = append(s.Tools, t)
			return
		}
		s.Tools[at] = t
	})
}

// dropTool forgets a tool. Its links stay and open nothing, as in real LMSs.
func (c *site) dropTool(clientID string) error {
	c.cache.forget(clientID)
	return c.change(func(s *campusState) {
		s.Tools = slices.DeleteFunc(s.Tools, func(t tool) bool { return t.ClientID == clientID })
	})
}

// useTool makes a tool the one that the course's own links open.
func (c *site) useTool(clientID string) error {
	return c.change(func(s *campusState) { s.Current = clientID })
}

// nextToolID is a number that no tool of the campus has.
func (c *site) nextToolID() (id string, err error) {
	err = c.change(func(s *campusState) { id = s.nextKey() })
	return id, err
}

func find[T any](list []T, is func(T) bool) (T, bool) {
	if at := slices.IndexFunc(list, is); at >= 0 {
		return list[at], true
	}
	var none T
	return none, false
}

// grants says whether the tool may use a scope.
func (t tool) grants(scope string) bool { return slices.Contains(t.Scopes, scope) }

// origin is the origin of the tool's pages, the target of window messages.
func (t tool) origin() string { return originOf(t.LoginURL) }

// originOf is scheme, host and port of an address, "" if it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// domainOf is host and port of an address or of a bare domain, without www.
func domainOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		if u, err = url.Parse("//" + address); err != nil {
			return ""
		}
	}
	return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
}

// sharing is what a launch tells about its person: the least of what the tool
// gets and what the knob lets through.
func (t tool) sharing(knob string) (name, mail bool) {
	name = t.Share != shareNone && t.Share != shareMail && knob != shareNone
	mail = (t.Share == shareAll || t.Share == shareMail) && knob == shareAll
	return name, mail
}

// expand resolves the tool's and the link's custom parameters; the link's win.
// vars gives the value of a variable, by its text with the dollar sign or the
// at signs; what it does not know stays literal.
func expand(t tool, item content, vars func(name string) (any, bool)) map[string]any {
	out := map[string]any{}
	put := func(name, value string) {
		if resolved, ok := vars(value); ok && (strings.HasPrefix(value, "$") || strings.HasPrefix(value, "@X@")) {
			out[name] = resolved
			return
		}
		out[name] = value
	}
	for _, f := range t.Custom {
		put(f.Name, f.Value)
	}
	for name, value := range item.Custom {
		put(name, value)
	}
	return out
}

// parseCustom reads custom parameters, one name=value a line.
func parseCustom(text string) (list []field) {
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if name = strings.TrimSpace(name); ok && name != "" {
			list = append(list, field{name, strings.TrimSpace(value)})
		}
	}
	return list
}

// lines splits a text field with one value a line.
func lines(text string) []string { return strings.Fields(text) }
