package roster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/lti"
	"usher/secret"
)

// Arrival is who came by a launch, and where to.
type Arrival struct {
	Person Person
	Course *Course        // nil where the launch has no context
	Role   lti.CourseRole // in Course; without one what the launch's roles amount to
}

// Arrive takes over what a verified launch says about a person, the course and
// the role in it. It reads once and writes only what changed, so most launches
// write nothing; roles go up and down. Two first launches at once become one
// person and one course.
func (s *Service) Arrive(ctx context.Context, l *lti.Launch) (Arrival, error) {
	// A lost insert means that a launch beside this one was first; its rows are
	// there to be read the next time.
	for range 3 {
		a, lost, err := s.arrive(ctx, l)
		if err != nil {
			return Arrival{}, fmt.Errorf("take over launch: %w", err)
		}
		if !lost {
			return a, nil
		}
	}
	return Arrival{}, errors.New("take over launch: rows appear and vanish again")
}

func (s *Service) arrive(ctx context.Context, l *lti.Launch) (a Arrival, lost bool, err error) {
	contextID := ""
	if l.Context != nil {
		contextID = l.Context.ID
	}
	k, err := s.store.known(ctx, l.TenantID, l.Subject, contextID)
	if err != nil {
		return Arrival{}, false, err
	}
	a = Arrival{Person: personOf(l), Role: l.CourseRole}
	if lost, err = s.keepPerson(ctx, l, k.Person, &a.Person); lost || err != nil || l.Context == nil {
		return a, lost, err
	}
	course := courseOf(l)
	a.Course = &course
	if lost, err = s.keepCourse(ctx, k.Course, a.Course); lost || err != nil {
		return a, lost, err
	}
	return a, false, s.keepRole(ctx, k.Role, a)
}

// keepPerson stores p where it differs from the known person and completes it.
// A launch that cannot tell leaves an administrator what they were.
func (s *Service) keepPerson(ctx context.Context, l *lti.Launch, known Person, p *Person) (lost bool, err error) {
	now := s.now().UTC()
	if known.ID == "" {
		p.ID, p.CreatedAt, p.UpdatedAt = secret.NewID(), now, now
		return s.store.insertPerson(ctx, *p)
	}
	p.ID, p.CreatedAt, p.UpdatedAt = known.ID, known.CreatedAt, known.UpdatedAt
	if l.Administrator == lti.AdministratorUnsaid {
		p.Administrator = known.Administrator
	}
	if *p == known {
		return false, nil
	}
	p.UpdatedAt = now
	return false, s.store.updatePerson(ctx, *p)
}

// keepCourse is keepPerson for the course. A launch that leaves its title or
// label out does not take it away.
func (s *Service) keepCourse(ctx context.Context, known Course, c *Course) (lost bool, err error) {
	now := s.now().UTC()
	if known.ID == "" {
		c.ID, c.CreatedAt, c.UpdatedAt = secret.NewID(), now, now
		return s.store.insertCourse(ctx, *c)
	}
	if c.Title == "" {
		c.Title = known.Title
	}
	if c.Label == "" {
		c.Label = known.Label
	}
	c.ID, c.CreatedAt, c.UpdatedAt = known.ID, known.CreatedAt, known.UpdatedAt
	if *c == known {
		return false, nil
	}
	c.UpdatedAt = now
	return false, s.store.updateCourse(ctx, *c)
}

func (s *Service) keepRole(ctx context.Context, known lti.CourseRole, a Arrival) error {
	if known == a.Role {
		return nil
	}
	now := s.now().UTC()
	return s.store.upsertMember(ctx, member{
		CourseID: a.Course.ID, PersonID: a.Person.ID, TenantID: a.Person.TenantID,
		CourseRole: a.Role, CreatedAt: now, UpdatedAt: now,
	})
}

// personOf is the person as the launch describes them, without an id.
func personOf(l *lti.Launch) Person {
	p := Person{
		TenantID: l.TenantID, Subject: l.Subject,
		Name: line(l.Name), GivenName: line(l.GivenName), FamilyName: line(l.FamilyName),
		Email: line(l.Email), Locale: line(l.Locale),
		Administrator: l.Administrator == lti.AdministratorYes,
	}
	if key, err := AddressKey(p.Email); err == nil {
		p.EmailKey = key
	}
	p.SearchKey = searchKey(p)
	return p
}

func courseOf(l *lti.Launch) Course {
	return Course{TenantID: l.TenantID, ContextID: l.Context.ID, Title: line(l.Context.Title), Label: line(l.Context.Label)}
}

// maxLine bounds a name or title in bytes; the longest real ones are far below.
const maxLine = 1000

// line makes a text of the platform one line that every database stores: no
// control characters, no broken UTF-8, nothing that turns the letters of what
// stands beside it around, cut between runes where it is absurdly long.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxLine {
		return s
	}
	cut := maxLine
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strings.TrimSpace(s[:cut])
}
