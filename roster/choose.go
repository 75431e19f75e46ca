package roster

import (
	"context"
	"errors"
	"fmt"
)

// Choice is somebody who was suggested and is now meant.
type Choice struct {
	Person
	// InCourse says that they belong to the course: by a launch or its roster.
	InCourse bool
	// Listed says that only a roster knows them: [Service.Adopt] makes them
	// somebody to whom rows can refer.
	Listed bool
}

// Choose returns whoever has that id, a person of the tenant or somebody on a
// roster of it, or [ErrNotFound].
func (s *Service) Choose(ctx context.Context, tenantID, courseID, id string) (Choice, error) {
	fresh := s.now().UTC().Add(-keepAtMost)
	p, err := s.store.person(ctx, tenantID, id)
	if errors.Is(err, ErrNotFound) {
		p, listedIn, err := s.store.listedMember(ctx, tenantID, id, fresh)
		if err != nil {
			return Choice{}, fmt.Errorf("find somebody of a roster: %w", err)
		}
		return Choice{Person: p, InCourse: listedIn == courseID, Listed: true}, nil
	}
	if err != nil {
		return Choice{}, fmt.Errorf("find person: %w", err)
	}
	c := Choice{Person: p}
	_, err = s.store.role(ctx, tenantID, courseID, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Choice{}, fmt.Errorf("find course of person: %w", err)
	}
	c.InCourse = err == nil
	onRoster, listedIn, err := s.store.listedAs(ctx, tenantID, courseID, p.Subject, fresh)
	switch {
	case errors.Is(err, ErrNotFound):
		return c, nil
	case err != nil:
		return Choice{}, fmt.Errorf("find person on roster: %w", err)
	}
	c.Person, c.InCourse = completed(p, onRoster), c.InCourse || listedIn == courseID
	return c, nil
}

// completed is a person of ours with what a roster adds to what their launches
// said. It contradicts them in nothing.
func completed(ours, onRoster Person) Person {
	if ours.Name+ours.GivenName+ours.FamilyName == "" {
		ours.Name, ours.GivenName, ours.FamilyName = onRoster.Name, onRoster.GivenName, onRoster.FamilyName
	}
	if ours.Email == "" {
		ours.Email, ours.EmailKey = onRoster.Email, onRoster.EmailKey
	}
	return ours
}

// Adopt makes a person of the tenant of somebody whom only a roster knows, and
// returns their id. Whoever launched meanwhile stays who they are. It joins the
// transaction of the context and returns [ErrNotFound] for who has left the
// roster.
func (s *Service) Adopt(ctx context.Context, tenantID, id string) (personID string, err error) {
	if personID, err = s.store.adopt(ctx, tenantID, id, s.now().UTC()); err != nil {
		return "", fmt.Errorf("adopt somebody of a roster: %w", err)
	}
	return personID, nil
}

// InTenant finds people of the whole tenant by words of their names, those on
// rosters included.
func (s *Service) InTenant(ctx context.Context, tenantID, q string, limit int) ([]Person, error) {
	words := SearchWords(q)
	if letters(words) < MinQuery || limit < 1 {
		return nil, nil
	}
	sought := search{tenantID: tenantID, words: words[:min(len(words), maxWords)], fresh: s.now().UTC().Add(-keepAtMost), limit: limit}
	ours, err := s.store.ours(ctx, sought)
	if err != nil {
		return nil, fmt.Errorf("find people of tenant: %w", err)
	}
	onRosters, err := s.store.listedByWords(ctx, sought)
	if err != nil {
		return nil, fmt.Errorf("find people on rosters: %w", err)
	}
	people := oncePerSubject(ours, onRosters)
	return people[:min(limit, len(people))], nil
}
