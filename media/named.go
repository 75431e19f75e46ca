package media

import (
	"context"
	"errors"
	"fmt"
)

// ShowNamed lets a link show the entry that the link itself names in the LMS, if
// that is an entry of the link's own course; named says whether it is. People
// write such names by hand and copy them from course to course: one that is of
// another course, or of nothing, changes nothing. What the LMS names counts
// more than what was chosen here, except that a deleted entry gives way.
func (s *Service) ShowNamed(ctx context.Context, l Link, entryID string) (shown Link, named bool, err error) {
	if l.EntryID != nil && *l.EntryID == entryID {
		return l, true, nil
	}
	e, err := s.Entry(ctx, l.TenantID, entryID)
	switch {
	case errors.Is(err, ErrNotFound):
		return l, false, nil
	case err != nil:
		return l, false, fmt.Errorf("show named entry: %w", err)
	case e.CourseID != l.CourseID:
		return l, false, nil
	case e.Deleted() && l.EntryID != nil:
		return l, true, nil
	}
	l.EntryID = &entryID
	if e.Deleted() {
		return l, true, nil // its page says so, and it may come back
	}
	if err := s.store.nameLink(ctx, l, s.clock()); err != nil {
		return l, false, fmt.Errorf("show named entry: %w", err)
	}
	return l, true, nil
}

// Original returns the entry that a link of a copied course named in the course
// that it was copied from, or [ErrNotFound]. It lies in the same tenant and in
// another course.
func (s *Service) Original(ctx context.Context, l Link, entryID string) (Entry, error) {
	e, err := s.Entry(ctx, l.TenantID, entryID)
	if err != nil {
		return Entry{}, err
	}
	if e.CourseID == l.CourseID || e.Deleted() {
		return Entry{}, fmt.Errorf("find original: %w", ErrNotFound)
	}
	return e, nil
}
