package lti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// mediaMembers is the only type under which Moodle serves the list: asked for
// plain JSON it answers 400 (C-51).
const mediaMembers = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

// The bounds of a roster. A page of Canvas has 50 members at most, whatever is
// asked for.
const (
	membersPerPage = 200
	maxPages       = 500
	maxMembers     = 20_000
	maxPageSize    = 16 << 20 // a platform that does not page sends all at once
)

// MembersRequest says whose members are wanted.
type MembersRequest struct {
	PlatformID string
	// URL is the launch's [Services.MembershipsURL].
	URL string
}

// Member is somebody in a context, as the platform's roster says
// [NRPS-20 §2.2]. Names and address may be empty.
type Member struct {
	Subject    string // the sub of their launches
	Name       string
	GivenName  string
	FamilyName string
	Email      string
	Roles      []string
	// Active is false for who is listed but has no access (any more).
	Active bool
	// Test marks a person that the platform invented to show a teacher what
	// students see.
	Test bool
}

// Members returns everybody in a context, each once, from as many pages as the
// platform has. The error is a [*ServiceError] where the platform is at fault,
// or [ErrNoPlatform] where it was removed or disabled.
func (s *Service) Members(ctx context.Context, r MembersRequest) ([]Member, error) {
	p, err := s.servicePlatform(ctx, r.PlatformID)
	if err != nil {
		return nil, fmt.Errorf("list members: %w", err)
	}
	first, err := url.Parse(r.URL)
	if err != nil || !s.trustedAddress(r.URL) {
		return nil, &ServiceError{Code: ServiceUnreachable, Err: errors.New("list members: no address that may be asked")}
	}
	q := first.Query() // the address may have parameters of its own (C-53)
	q.Set("limit", strconv.Itoa(membersPerPage))
	first.RawQuery = q.Encode()
	return s.allPages(ctx, p, first)
}

func (s *Service) servicePlatform(ctx context.Context, id string) (Platform, error) {
	found, err := s.store.platforms(ctx, "WHERE p.id = ? AND p.disabled_at IS NULL", id)
	if err != nil {
		return Platform{}, err
	}
	if len(found) == 0 {
		return Platform{}, ErrNoPlatform
	}
	return found[0], nil
}

// allPages follows the pages until there is no next one, or none with anybody
// new: some platforms link from the last page to itself or to the first.
func (s *Service) allPages(ctx context.Context, p Platform, first *url.URL) ([]Member, error) {
	list := memberList{place: map[string]int{}}
	asked := map[string]bool{}
	for page := first; page != nil && !asked[page.String()]; {
		if len(asked) == maxPages {
			return nil, &ServiceError{Code: ServiceEndless, Words: fmt.Sprintf("%d pages", maxPages)}
		}
		asked[page.String()] = true
		answer, err := s.memberPage(ctx, p, page)
		if err != nil {
			return nil, err
		}
		members, err := readMembers(answer.body)
		if err != nil {
			return nil, &ServiceError{Code: ServiceUnreadable, Status: answer.status, Err: err}
		}
		if added := list.add(members); added == 0 && len(members) > 0 {
			break
		}
		if len(list.members) > maxMembers {
			return nil, &ServiceError{Code: ServiceEndless, Words: fmt.Sprintf("%d people", maxMembers)}
		}
		if page, err = nextPage(first, page, answer.header); err != nil {
			return nil, err
		}
	}
	return list.members, nil
}

// nextPage returns the address of the page after this one, nil where it is the
// last. The token goes to the host of the launch's address and no other; a
// platform behind a proxy that calls itself http is asked by https.
func nextPage(first, page *url.URL, h http.Header) (*url.URL, error) {
	link := nextLink(h)
	if link == "" {
		return nil, nil
	}
	next, err := page.Parse(link)
	if err != nil {
		return nil, &ServiceError{Code: ServiceUnreadable, Err: errors.New("next page has no readable address")}
	}
	if first.Scheme == "https" && next.Scheme == "http" {
		next.Scheme = "https"
	}
	if next.Scheme != first.Scheme || !strings.EqualFold(next.Host, first.Host) || next.User != nil {
		return nil, &ServiceError{Code: ServiceElsewhere}
	}
	next.Fragment = ""
	return next, nil
}

// memberPage asks for one page, with a fresh token where the first is not
// accepted (C-52).
func (s *Service) memberPage(ctx context.Context, p Platform, page *url.URL) (answer serviceAnswer, err error) {
	token := ""
	for range 2 {
		if token, err = s.serviceToken(ctx, p, ScopeMemberships, token); err != nil {
			return answer, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, page.String(), nil)
		if err != nil {
			return answer, &ServiceError{Code: ServiceUnreachable, Err: err}
		}
		req.Header.Set("Accept", mediaMembers)
		req.Header.Set("Authorization", "Bearer "+token)
		answer, err = s.call(req, maxPageSize)
		if err != nil {
			return answer, callError(ctx, err)
		}
		if answer.status != http.StatusUnauthorized {
			break
		}
	}
	if answer.status != http.StatusOK {
		return answer, answer.refusal(refusalCode(answer), s.now())
	}
	return answer, nil
}

func callError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("ask platform: %w", ctx.Err())
	case errors.Is(err, errTooLarge):
		return &ServiceError{Code: ServiceTooLarge, Err: err}
	}
	return &ServiceError{Code: ServiceUnreachable, Err: err}
}

// refusalCode reads a status. Canvas says with 403 that it was asked too often.
func refusalCode(a serviceAnswer) ServiceCode {
	switch a.status {
	case http.StatusUnauthorized:
		return ServiceUnauthorized
	case http.StatusTooManyRequests:
		return ServiceBusy
	case http.StatusForbidden:
		if strings.Contains(string(a.body[:min(len(a.body), 500)]), "Rate Limit Exceeded") {
			return ServiceBusy
		}
		return ServiceForbidden
	case http.StatusNotFound, http.StatusGone:
		return ServiceNotFound
	}
	return ServiceFailed
}

// rawMember is a member on the wire. Its message part, which is an array in the
// standard and an object on Blackboard, is not read (C-55).
type rawMember struct {
	Status     text       `json:"status"`
	UserID     identifier `json:"user_id"`
	Roles      names      `json:"roles"`
	Name       text       `json:"name"`
	GivenName  text       `json:"given_name"`
	FamilyName text       `json:"family_name"`
	Email      text       `json:"email"`
}

// identifier is a string, or a number as some write it.
type identifier string

// UnmarshalJSON never fails.
func (i *identifier) UnmarshalJSON(b []byte) error {
	*i = ""
	if s, ok := unquote(b); ok && len(s) <= maxID && isText(s) {
		*i = identifier(s)
	}
	var number json.Number
	if len(b) > 0 && b[0] != '"' && json.Unmarshal(b, &number) == nil {
		*i = identifier(number)
	}
	return nil
}

// readMembers reads one page, under whatever content type it came.
func readMembers(body []byte) ([]Member, error) {
	var container struct {
		Members *[]json.RawMessage `json:"members"`
	}
	if err := json.Unmarshal(body, &container); err != nil {
		return nil, errors.New("no JSON object")
	}
	if container.Members == nil {
		return nil, errors.New("no members in it")
	}
	list := make([]Member, 0, len(*container.Members))
	for _, raw := range *container.Members {
		var m rawMember
		if json.Unmarshal(raw, &m) == nil && m.UserID != "" {
			list = append(list, m.member())
		}
	}
	return list, nil
}

func (m rawMember) member() Member {
	status := string(m.Status)
	if at := strings.LastIndexByte(status, '#'); at >= 0 {
		status = status[at+1:]
	}
	return Member{
		Subject: string(m.UserID), Name: name(m.Name), GivenName: name(m.GivenName), FamilyName: name(m.FamilyName),
		Email: strings.TrimSpace(string(m.Email)), Roles: m.Roles,
		Active: status == "" || strings.EqualFold(status, "active"),
		Test:   hasTestRole(m.Roles),
	}
}

// hasTestRole looks for the role of Canvas's test student and Blackboard's
// preview user. Its vocabulary is spelt with lti in place of lis.
func hasTestRole(roles []string) bool {
	for _, role := range roles {
		if strings.HasSuffix(role, "/system/person#TestUser") {
			return true
		}
	}
	return false
}

// memberList collects members, each person once.
type memberList struct {
	members []Member
	place   map[string]int // by subject
}

// add takes a page in and returns how many were not known before. Who is listed
// twice, with a role each, is one person with both; active once is active.
func (l *memberList) add(page []Member) (added int) {
	for _, m := range page {
		at, known := l.place[m.Subject]
		if !known {
			l.place[m.Subject] = len(l.members)
			l.members = append(l.members, m)
			added++
			continue
		}
		l.members[at].merge(m)
	}
	return added
}

func (m *Member) merge(twin Member) {
	m.Roles = append(m.Roles, twin.Roles...)
	m.Active = m.Active || twin.Active
	m.Test = m.Test || twin.Test
	for _, field := range []struct{ have, other *string }{
		{&m.Name, &twin.Name}, {&m.GivenName, &twin.GivenName}, {&m.FamilyName, &twin.FamilyName}, {&m.Email, &twin.Email},
	} {
		if *field.have == "" {
			*field.have = *field.other
		}
	}
}
