package demo

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// membersType is the media type of a course's members.
const membersType = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

// memberPage is a part of a course's members, from a number on.
type memberPage struct {
	people []Person
	from   int
	limit  int // 0: all
	all    int
}

// more says whether there are members after this page.
func (p memberPage) more() bool { return p.from+len(p.people) < p.all }

// cut takes a part of the members, and repeats it or goes round for ever where
// the campus is to misbehave.
func (c *site) cut(people []Person, from, limit int) memberPage {
	switch c.trouble.get(troubleMembers) {
	case "twice":
		people = append(people[:len(people):len(people)], people...)
	case "round":
		return memberPage{people: people[:min(10, len(people))], from: from, limit: 10, all: from + 1<<20}
	case "endless":
		page := memberPage{from: from, limit: 10, all: from + 1<<20}
		for n := range page.limit {
			page.people = append(page.people, inventedPerson(from+n+1))
		}
		return page
	}
	page := memberPage{from: min(max(from, 0), len(people)), limit: limit, all: len(people)}
	end := len(people)
	if limit > 0 {
		end = min(page.from+limit, len(people))
	}
	page.people = people[page.from:end]
	return page
}

// number reads a parameter; what is no number is the fallback.
func number(q url.Values, name string, fallback int) int {
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 0 {
		return fallback
	}
	return n
}

// mayRead finds the tool that asks for members: its token must be good and have
// the scope.
func (c *site) mayRead(r *http.Request) (tool, bool) {
	if c.trouble.get(troubleMembers) == "401" {
		return tool{}, false
	}
	token, ok := c.tokens.bearer(r)
	if !ok || !strings.Contains(strings.Join(token.scopes, " "), scopeNRPS) {
		return tool{}, false
	}
	return c.toolByClient(token.clientID)
}

// giveToken makes a token, which dies at once where it is to misbehave.
func (c *site) giveToken(t tool, scopes []string) string {
	life := accessLife
	if c.trouble.get(troubleTokens) == "short" {
		life = 0
	}
	return c.tokens.give(t.ClientID, scopes, life)
}

// seconds writes the life of a token that is told to the tool.
func seconds() int { return int(accessLife.Seconds()) }
