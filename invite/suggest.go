package invite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/media"
	"usher/roster"
)

// maxSuggestions bounds a list that is read in one glance.
const maxSuggestions = 8

// From where a suggestion is known.
const (
	SourceCourse  = "course"  // launched this course, or on its roster
	SourceEarlier = "invited" // invited by this inviter before
	SourceTenant  = "tenant"  // known to the tenant, found by the full address
)

// Suggestion is somebody whom the inviter may mean. A member has a PersonID;
// Email is empty where the LMS does not share it.
type Suggestion struct {
	PersonID  string
	Name      string
	FirstName string
	LastName  string
	Email     string
	Source    string
}

// Suggest finds people for what an inviter typed: of the entry's course and
// whom this inviter invited before by parts of names, anybody else of the
// tenant by the full address only. It returns [ErrNotAllowed] for who may not
// invite.
func (s *Service) Suggest(ctx context.Context, e media.Entry, inviterID string, permission media.Permission, q string) ([]Suggestion, error) {
	policy, err := s.Policy(ctx, e.TenantID)
	if err != nil {
		return nil, err
	}
	if !policy.MayInvite(permission) {
		return nil, ErrNotAllowed
	}
	if !searchable(q) {
		return nil, nil
	}
	people, err := s.suggestPeople(ctx, policy, e, q)
	if err != nil {
		return nil, err
	}
	earlier, err := s.suggestEarlier(ctx, e, inviterID, q)
	if err != nil {
		return nil, err
	}
	return distinct(append(people, earlier...)), nil
}

// searchable refuses what is too short to search for and what nobody types.
func searchable(q string) bool {
	return len(q) <= maxEmail && utf8.ValidString(q) && !strings.ContainsFunc(q, unicode.IsControl) &&
		utf8.RuneCountInString(strings.Join(roster.SearchWords(q), "")) >= roster.MinQuery
}

// BlockedDomain returns the mail domain of a full address that may not be
// invited in the tenant, or "": the dialog says so while somebody types.
func (s *Service) BlockedDomain(ctx context.Context, tenantID, address string) (string, error) {
	key, err := roster.AddressKey(address)
	if err != nil {
		return "", nil // not a full address yet
	}
	policy, err := s.Policy(ctx, tenantID)
	if err != nil || policy.AllowsDomain(key) {
		return "", err
	}
	return DomainOf(key), nil
}

// suggestPeople finds members: of the course by parts of their names, of the
// tenant by the full address, or by parts of names too where the setting says
// so.
func (s *Service) suggestPeople(ctx context.Context, p Policy, e media.Entry, q string) (list []Suggestion, err error) {
	inCourse, err := s.roster.Suggest(ctx, e.TenantID, e.CourseID, q, maxSuggestions)
	if err != nil {
		return nil, fmt.Errorf("suggest people of the course: %w", err)
	}
	for _, person := range inCourse {
		list = append(list, suggestion(person, SourceCourse))
	}
	var others []roster.Person
	switch _, notAddress := roster.AddressKey(q); {
	case p.SuggestAll:
		others, err = s.roster.InTenant(ctx, e.TenantID, q, maxSuggestions)
	case notAddress == nil:
		others, err = s.roster.ByAddress(ctx, e.TenantID, q)
	}
	if err != nil {
		return nil, fmt.Errorf("suggest people of the tenant: %w", err)
	}
	for _, person := range others {
		list = append(list, suggestion(person, SourceTenant))
	}
	return list, nil
}

func (s *Service) suggestEarlier(ctx context.Context, e media.Entry, inviterID, q string) (list []Suggestion, err error) {
	invited, err := s.store.earlier(ctx, e.TenantID, inviterID, roster.SearchWords(q), maxSuggestions)
	if err != nil {
		return nil, err
	}
	for _, i := range invited {
		list = append(list, Suggestion{
			PersonID: i.Bound(), Name: i.Name(), FirstName: i.FirstName, LastName: i.LastName,
			Email: i.Email, Source: SourceEarlier,
		})
	}
	return list, nil
}

// suggestion leaves the names empty where the LMS sends none that may be shown.
func suggestion(p roster.Person, source string) Suggestion {
	first, last := p.GivenName, p.FamilyName
	if name := p.DisplayName(); first == "" && last == "" && p.Named() {
		first, last, _ = strings.Cut(name, " ")
	}
	return Suggestion{
		PersonID: p.ID, Name: p.DisplayName(), FirstName: first, LastName: strings.TrimSpace(last),
		Email: p.Email, Source: source,
	}
}

// distinct drops who is in the list already, as a member or by the address.
func distinct(list []Suggestion) (kept []Suggestion) {
	for _, candidate := range list {
		twin := slices.ContainsFunc(kept, func(k Suggestion) bool {
			if candidate.PersonID != "" && k.PersonID != "" {
				return candidate.PersonID == k.PersonID
			}
			return candidate.Email != "" && strings.EqualFold(candidate.Email, k.Email)
		})
		if !twin && len(kept) < maxSuggestions {
			kept = append(kept, candidate)
		}
	}
	return kept
}

// searchKey is what an invitee is found by later.
func searchKey(inv Invitation) string {
	local, _, _ := strings.Cut(inv.Email, "@")
	return strings.Join(roster.SearchWords(inv.FirstName+" "+inv.LastName+" "+local), " ")
}
