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
	return s.act(ctx, act{tenantID, id, ChangeOpened, "open entry"}, func(ctx context.Context) (bool, error) {
		return s.store.open(ctx, tenantID, id, now)
	})
}

// End closes a live entry for everyone. Ending an ended entry changes nothing.
func (s *Service) End(ctx context.Context, tenantID, id string) (Entry, error) {
	now := s.clock()
	return s.act(ctx, act{tenantID, id, ChangeEnded, "end entry"}, func(ctx context.Context) (bool, error) {
		return s.store.updateEntry(ctx, tenantID, id, map[string]any{"ended_at": now, "updated_at": now}, "ended_at IS NULL")
	})
}

// SetPublished publishes or unpublishes an entry.
func (s *Service) SetPublished(ctx context.Context, tenantID, id string, published bool) (Entry, error) {
	what := ChangeUnpublished
	if published {
		what = ChangePublished
	}
	fields := map[string]any{"published": published, "updated_at": s.clock()}
	return s.act(ctx, act{tenantID, id, what, "set publish status"}, func(ctx context.Context) (bool, error) {
		return s.store.updateEntry(ctx, tenantID, id, fields, "published <> ?", published)
	})
}

// act is one change to one entry.
type act struct {
	tenantID, id string
	what         Change
	attempt      string // what the error says was attempted
}

// act makes the change by one statement, whose answer says whether it was this
// call that changed something, and announces it only then.
func (s *Service) act(ctx context.Context, a act, change func(context.Context) (bool, error)) (Entry, error) {
	var (
		e       Entry
		changed bool
	)
	err := s.store.inTx(ctx, func(ctx context.Context) error {
		var err error
		if changed, err = change(ctx); err != nil {
			return err
		}
		e, err = s.present(ctx, a.tenantID, a.id)
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("%s: %w", a.attempt, err)
	}
	if changed {
		s.announce(ctx, e, a.what)
	}
	return e, nil
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
	ended, err := s.store.endDue(ctx, tenantID, id, now)
	if err != nil {
		return false, fmt.Errorf("end entry by the clock: %w", err)
	}
	if !ended {
		return false, nil
	}
	e, err := s.store.entry(ctx, []string{tenantID}, id)
	if err != nil {
		return true, fmt.Errorf("end entry by the clock: %w", err)
	}
	s.announce(ctx, e, ChangeEnded)
	return true, nil
}
