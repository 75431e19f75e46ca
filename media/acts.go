package media

import (
	"context"
	"fmt"
	"time"
)

// Open lets everyone into a live entry, before its start or after its end too.
// Opening an open entry changes nothing. It returns the entry as it is then,
// [ErrNotFound] or [ErrDeleted].
func (s *Service) Open(ctx context.Context, tenantID, id string) (Entry, error) {
	now := s.clock()
	e, _, err := s.act(ctx, act{tenantID: tenantID, id: id, what: ChangeOpened}, func(ctx context.Context) (bool, error) {
		return s.store.open(ctx, tenantID, id, now)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("open entry: %w", err)
	}
	return e, nil
}

// End closes a live entry for everyone. Ending an ended entry changes nothing.
func (s *Service) End(ctx context.Context, tenantID, id string) (Entry, error) {
	now := s.clock()
	e, _, err := s.act(ctx, act{tenantID: tenantID, id: id, what: ChangeEnded}, func(ctx context.Context) (bool, error) {
		return s.store.updateEntry(ctx, tenantID, id, map[string]any{"ended_at": now, "updated_at": now}, "ended_at IS NULL")
	})
	if err != nil {
		return Entry{}, fmt.Errorf("end entry: %w", err)
	}
	return e, nil
}

// SetPublished publishes or unpublishes an entry.
func (s *Service) SetPublished(ctx context.Context, tenantID, id string, published bool) (Entry, error) {
	what := ChangeUnpublished
	if published {
		what = ChangePublished
	}
	fields := map[string]any{"published": published, "updated_at": s.clock()}
	e, _, err := s.act(ctx, act{tenantID: tenantID, id: id, what: what}, func(ctx context.Context) (bool, error) {
		return s.store.updateEntry(ctx, tenantID, id, fields, "published <> ?", published)
	})
	if err != nil {
		return Entry{}, fmt.Errorf("set publish status: %w", err)
	}
	return e, nil
}

// act is one change to one entry.
type act struct {
	tenantID, id string
	what         Change
	evenDeleted  bool // else an entry in the trash is ErrDeleted
}

// act makes a change by one statement, whose answer says whether it was this
// call that changed something, and announces it only then.
func (s *Service) act(ctx context.Context, a act, change func(context.Context) (bool, error)) (e Entry, changed bool, err error) {
	err = s.store.inTx(ctx, func(ctx context.Context) error {
		if changed, err = change(ctx); err != nil {
			return err
		}
		if e, err = s.store.entry(ctx, []string{a.tenantID}, a.id); err != nil {
			return err
		}
		if e.Deleted() && !a.evenDeleted {
			return ErrDeleted
		}
		if changed {
			s.announce(ctx, e, a.what)
		}
		return nil
	})
	return e, changed, err
}

// ClockDue returns entries of all tenants that the clock may end at now, at most
// limit of them, the longest overdue first: not ended, [ClockGrace] past their
// planned end, and past the time when a host opened them again after it. The
// caller ends those in which no host is present, by [Service.EndDue].
func (s *Service) ClockDue(ctx context.Context, now time.Time, limit int) ([]Entry, error) {
	es, err := s.store.due(ctx, now.UTC().Add(-ClockGrace), limit)
	if err != nil {
		return nil, fmt.Errorf("list overdue entries: %w", err)
	}
	return es, nil
}

// EndDue ends an entry by the clock if it is still due, and reports whether it
// was this call that ended it: of several replicas one does, and a session that
// was moved or opened again in between goes on.
func (s *Service) EndDue(ctx context.Context, tenantID, id string) (bool, error) {
	now := s.clock()
	_, ended, err := s.act(ctx, act{tenantID: tenantID, id: id, what: ChangeEnded, evenDeleted: true}, func(ctx context.Context) (bool, error) {
		return s.store.endDue(ctx, tenantID, id, now)
	})
	if err != nil {
		return false, fmt.Errorf("end entry by the clock: %w", err)
	}
	return ended, nil
}
