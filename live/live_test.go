package live_test

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/live"
	"usher/media"
	"usher/secret"
)

const (
	tenant  = "tenant"
	entry   = "entry"
	teacher = "teacher"
	student = "student"
	guest   = "invitation"
	origin  = "http://usher.localhost:8080"
)

// codes are one-time codes in memory, as sessions give them out.
type codes struct {
	mu    sync.Mutex
	byID  map[string][3]string
	ended map[string]bool
}

func (c *codes) Code(_ context.Context, sessionID, purpose, target string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	code := secret.ShortToken()
	c.byID[code] = [3]string{sessionID, purpose, target}
	return code, nil
}

func (c *codes) Redeem(_ context.Context, code, purpose string) (string, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.byID[code]
	if !ok || v[1] != purpose {
		return "", "", errors.New("code is not valid")
	}
	delete(c.byID, code)
	return v[0], v[2], nil
}

func (c *codes) Living(_ context.Context, sessionID string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.ended[sessionID], nil
}

// bases are permissions by person.
type bases struct {
	mu       sync.Mutex
	byPerson map[string]media.AttendeeRole
}

func (b *bases) AttendsAs(_ context.Context, _, _, personID string) (media.AttendeeRole, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r, ok := b.byPerson[personID]; ok {
		return r, nil
	}
	return media.Viewer, nil
}

func (b *bases) set(personID string, r media.AttendeeRole) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.byPerson[personID] = r
}

// clock is media's part of the clock.
type clock struct {
	mu    sync.Mutex
	due   []media.Entry
	ended []string
}

func (c *clock) ClockDue(context.Context, time.Time, int) ([]media.Entry, error) { return c.due, nil }

func (c *clock) EndDue(_ context.Context, _, entryID string) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = append(c.ended, entryID)
	return true, nil
}

// world is a room of one course with a teacher, a student and an invited guest.
type world struct {
	db    *database.DB
	codes *codes
	bases *bases
	clock *clock
	now   func() time.Time
}

func newWorld(tb testing.TB, db *database.DB) *world {
	tb.Helper()
	live.SeedRows(tb, db)
	return &world{
		db:    db,
		codes: &codes{byID: map[string][3]string{}, ended: map[string]bool{}},
		bases: &bases{byPerson: map[string]media.AttendeeRole{teacher: media.Host}},
		clock: &clock{},
		now:   func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	}
}

func (w *world) service(tb testing.TB) *live.Service {
	tb.Helper()
	public, err := url.Parse(origin)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := live.New(live.Deps{DB: w.db, Now: w.now, Logger: slog.New(slog.DiscardHandler), PublicURL: public,
		Sessions: w.codes, Permissions: w.bases, Entries: w.clock})
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			tb.Errorf("Shutdown: %v", err)
		}
	})
	return s
}

func seat(tb testing.TB, s *live.Service, r live.SeatRequest) live.Attendee {
	tb.Helper()
	r.TenantID, r.EntryID = tenant, entry
	if r.Name == "" {
		r.Name = "Somebody"
	}
	if r.Role == "" {
		r.Role = media.Viewer
	}
	a, err := s.Seat(tb.Context(), r)
	if err != nil {
		tb.Fatalf("Seat(%+v): %v", r, err)
	}
	return a
}

func say(tb testing.TB, s *live.Service, from live.Attendee, id, text string) live.Event {
	tb.Helper()
	e, err := s.Say(tb.Context(), live.Message{From: from, ID: id, Text: text})
	if err != nil {
		tb.Fatalf("Say(%q): %v", text, err)
	}
	return e
}

func TestNewRefusesToWorkWithoutItsNeeds(t *testing.T) {
	t.Parallel()
	if _, err := live.New(live.Deps{}); err == nil {
		t.Error("New without anything succeeded")
	}
}
