package media

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/database"
	"usher/secret"
)

// TrashLifetime is how long a deleted entry can be restored: long enough for a
// teacher to notice in the next lesson, and after a holiday.
const TrashLifetime = 30 * 24 * time.Hour

// ClockGrace is how long after its planned end the clock lets a session run
// when no host is present: lessons overrun, forgotten rooms must not stay open.
const ClockGrace = 30 * time.Minute

// ErrNotFound means that the tenant has no such entry, link or course.
var ErrNotFound = errors.New("media: not found")

// ErrDeleted means that the entry lies in the trash, where nothing but Restore
// can be done with it.
var ErrDeleted = errors.New("media: entry deleted")

// Change says what happened to an entry.
type Change string

// The changes that are announced.
const (
	ChangeOpened      Change = "opened"
	ChangeEnded       Change = "ended"
	ChangeEdited      Change = "edited"
	ChangePublished   Change = "published"
	ChangeUnpublished Change = "unpublished"
	ChangeDeleted     Change = "deleted"
	ChangeRestored    Change = "restored"
)

// Deps are the needs of a [Service]. All are required.
type Deps struct {
	DB  *database.DB
	Now func() time.Time
	// Announce hears of each change in its transaction, with the entry as it is
	// then, so that open pages can follow: what it stores by that context is one
	// commit with the change. It handles its own errors.
	Announce func(ctx context.Context, e Entry, what Change)
}

// Service keeps entries and links. It is safe for parallel use.
type Service struct {
	store    store
	now      func() time.Time
	announce func(ctx context.Context, e Entry, what Change)
}

// New makes a [Service]; it returns an error if a dependency is missing.
func New(d Deps) (*Service, error) {
	switch {
	case d.DB == nil:
		return nil, errors.New("media: no database")
	case d.Now == nil:
		return nil, errors.New("media: no clock")
	case d.Announce == nil:
		return nil, errors.New("media: nobody to announce changes to")
	}
	return &Service{store: store{db: d.DB}, now: d.Now, announce: d.Announce}, nil
}

// clock is now in the precision of both databases.
func (s *Service) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Create stores a new room in a course for a person, both of the tenant. The
// draft must be valid; see [Draft.Validate].
func (s *Service) Create(ctx context.Context, tenantID, courseID, personID string, d Draft) (Entry, error) {
	now := s.clock()
	d = d.clean()
	e := Entry{
		ID: secret.NewID(), TenantID: tenantID, CourseID: courseID, Kind: KindRoom,
		Title: d.Title, Description: d.Description, TimeZone: d.TimeZone,
		StartsAt: d.StartsAt, EndsAt: d.EndsAt, AlwaysOpen: d.AlwaysOpen,
		Chat: d.Chat, OpensItself: d.OpensItself, Published: d.Published,
		CreatedBy: personID, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.store.insertEntry(ctx, e); err != nil {
		return Entry{}, fmt.Errorf("create entry: %w", err)
	}
	return e, nil
}

// Entry returns an entry of the tenant, deleted ones included: whose page is
// gone must be told apart from one that never was. It returns [ErrNotFound].
func (s *Service) Entry(ctx context.Context, tenantID, id string) (Entry, error) {
	return s.EntryIn(ctx, []string{tenantID}, id)
}

// EntryIn returns the entry if it belongs to one of the tenants, deleted ones
// included, else [ErrNotFound].
func (s *Service) EntryIn(ctx context.Context, tenantIDs []string, id string) (Entry, error) {
	if len(tenantIDs) == 0 {
		return Entry{}, ErrNotFound
	}
	e, err := s.store.entry(ctx, tenantIDs, id)
	if err != nil {
		return Entry{}, fmt.Errorf("find entry: %w", err)
	}
	return e, nil
}

// Entries returns the entries of a course that are not deleted: by start, those
// without one last, by title.
func (s *Service) Entries(ctx context.Context, tenantID, courseID string) ([]Entry, error) {
	es, err := s.store.entries(ctx, tenantID, courseID)
	if err != nil {
		return nil, fmt.Errorf("list entries: %w", err)
	}
	return es, nil
}

// Update changes an entry to what the draft says, which must be valid; see
// [Draft.ValidateChange]. An ended session that is moved into the future is
// scheduled again. It returns [ErrDeleted] for a deleted entry.
func (s *Service) Update(ctx context.Context, tenantID, id string, d Draft) (Entry, error) {
	now := s.clock()
	d = d.clean()
	fields := map[string]any{
		"title": d.Title, "description": d.Description, "time_zone": d.TimeZone,
		"starts_at": d.StartsAt, "ends_at": d.EndsAt, "always_open": d.AlwaysOpen,
		"chat": d.Chat, "opens_itself": d.OpensItself, "published": d.Published,
		"updated_at": now,
	}
	if d.KeepPublished {
		delete(fields, "published")
	}
	e, _, err := s.act(ctx, act{tenantID: tenantID, id: id, what: ChangeEdited}, func(ctx context.Context) (bool, error) {
		changed, err := s.store.updateEntry(ctx, tenantID, id, fields)
		if err == nil && d.StartsAt != nil && d.StartsAt.After(now) {
			err = s.store.reschedule(ctx, tenantID, id)
		}
		return changed, err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("update entry: %w", err)
	}
	return e, nil
}
