package media

import (
	"context"
	"fmt"
)

// Delete moves an entry into the trash, from which [Service.Restore] brings it
// back for [TrashLifetime]. Deleting a deleted entry changes nothing.
func (s *Service) Delete(ctx context.Context, tenantID, id string) (Entry, error) {
	now := s.clock()
	e, _, err := s.act(ctx, act{tenantID: tenantID, id: id, what: ChangeDeleted, evenDeleted: true}, func(ctx context.Context) (bool, error) {
		return s.store.updateEntry(ctx, tenantID, id, map[string]any{"deleted_at": now, "updated_at": now})
	})
	if err != nil {
		return Entry{}, fmt.Errorf("delete entry: %w", err)
	}
	return e, nil
}

// Restore brings a deleted entry back as it was. It returns [ErrNotFound] once
// [TrashLifetime] has passed; restoring an entry that is not deleted changes
// nothing.
func (s *Service) Restore(ctx context.Context, tenantID, id string) (Entry, error) {
	now := s.clock()
	e, _, err := s.act(ctx, act{tenantID: tenantID, id: id, what: ChangeRestored, evenDeleted: true}, func(ctx context.Context) (bool, error) {
		return s.store.restore(ctx, tenantID, id, now)
	})
	if err == nil && e.Deleted() {
		err = ErrNotFound
	}
	if err != nil {
		return Entry{}, fmt.Errorf("restore entry: %w", err)
	}
	return e, nil
}

// Deleted returns the entries of a course that can be restored, last deleted
// first.
func (s *Service) Deleted(ctx context.Context, tenantID, courseID string) ([]Entry, error) {
	es, err := s.store.deleted(ctx, tenantID, courseID, s.clock().Add(-TrashLifetime))
	if err != nil {
		return nil, fmt.Errorf("list deleted entries: %w", err)
	}
	return es, nil
}

// Purge removes for good, in all tenants, what has lain in the trash for
// [TrashLifetime], with all that belongs to it, and returns how many entries
// that were.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	n, err := s.store.purge(ctx, s.clock().Add(-TrashLifetime))
	if err != nil {
		return 0, fmt.Errorf("purge deleted entries: %w", err)
	}
	return n, nil
}
