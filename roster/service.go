package roster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/database"
	"usher/lti"
)

// ErrNotFound means that the tenant has no such person, course or membership.
var ErrNotFound = errors.New("roster: not found")

// Deps are the needs of a [Service]. All are required.
type Deps struct {
	DB  *database.DB
	Now func() time.Time
}

// Service keeps people and courses. It is safe for parallel use.
type Service struct {
	store store
	now   func() time.Time
}

// New makes a [Service]; it returns an error if a dependency is missing.
func New(d Deps) (*Service, error) {
	switch {
	case d.DB == nil:
		return nil, errors.New("roster: no database")
	case d.Now == nil:
		return nil, errors.New("roster: no clock")
	}
	return &Service{store: store{db: d.DB}, now: d.Now}, nil
}

// Person returns a person of the tenant, or [ErrNotFound].
func (s *Service) Person(ctx context.Context, tenantID, personID string) (Person, error) {
	p, err := s.store.person(ctx, tenantID, personID)
	if err != nil {
		return Person{}, fmt.Errorf("find person: %w", err)
	}
	return p, nil
}

// People returns those of the people who belong to the tenant, by id.
func (s *Service) People(ctx context.Context, tenantID string, personIDs []string) (map[string]Person, error) {
	found, err := s.store.people(ctx, tenantID, personIDs)
	if err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	byID := make(map[string]Person, len(found))
	for _, p := range found {
		byID[p.ID] = p
	}
	return byID, nil
}

// Course returns a course of the tenant, or [ErrNotFound].
func (s *Service) Course(ctx context.Context, tenantID, courseID string) (Course, error) {
	c, err := s.store.course(ctx, tenantID, courseID)
	if err != nil {
		return Course{}, fmt.Errorf("find course: %w", err)
	}
	return c, nil
}

// Role returns what a person's last launch of the course said they are there,
// or [ErrNotFound] if they never launched it.
func (s *Service) Role(ctx context.Context, tenantID, courseID, personID string) (lti.CourseRole, error) {
	role, err := s.store.role(ctx, tenantID, courseID, personID)
	if err != nil {
		return lti.RoleNone, fmt.Errorf("find course role: %w", err)
	}
	return role, nil
}

// Administers returns whether a person is an administrator of the whole tenant
// by the last launch of theirs that told. Every page that shows the tenant's
// own things asks anew, so that who is none any more keeps nothing.
func (s *Service) Administers(ctx context.Context, tenantID, personID string) (bool, error) {
	yes, err := s.store.administrator(ctx, tenantID, personID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find administrator: %w", err)
	}
	return yes, nil
}

// Membership is a person in a course.
type Membership struct {
	Name   string // see [Person.DisplayName]
	Course Course
	Role   lti.CourseRole // see [Service.Role]
	// Administrator: see [Service.Administers].
	Administrator bool
}

// Membership returns at once what a page needs of [Service.Role],
// [Service.Person] and [Service.Course], or [ErrNotFound] if the person never launched the
// course.
func (s *Service) Membership(ctx context.Context, tenantID, courseID, personID string) (Membership, error) {
	m, err := s.store.membership(ctx, tenantID, courseID, personID)
	if err != nil {
		return Membership{}, fmt.Errorf("find membership: %w", err)
	}
	return m, nil
}

// Courses returns the courses that a person has launched, by title.
func (s *Service) Courses(ctx context.Context, tenantID, personID string) ([]Course, error) {
	cs, err := s.store.courses(ctx, tenantID, personID)
	if err != nil {
		return nil, fmt.Errorf("list courses: %w", err)
	}
	return cs, nil
}

// ByAddress returns the people of the tenant whose platform shares this very
// address, by a launch or on a roster; see [AddressKey], whose error it returns
// for what is no address. Several people can have the same one.
func (s *Service) ByAddress(ctx context.Context, tenantID, address string) ([]Person, error) {
	key, err := AddressKey(address)
	if err != nil {
		return nil, err
	}
	found, err := s.store.byAddress(ctx, tenantID, key)
	if err != nil {
		return nil, fmt.Errorf("find people by address: %w", err)
	}
	listed, err := s.store.listedByAddress(ctx, tenantID, key, s.now().UTC().Add(-keepAtMost))
	if err != nil {
		return nil, fmt.Errorf("find people on rosters by address: %w", err)
	}
	return oncePerSubject(found, listed), nil
}
