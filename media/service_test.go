package media

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
)

func TestNewNamesTheMissingDependency(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	announce := func(context.Context, Entry, Change) {}
	for want, d := range map[string]Deps{
		"database": {Now: time.Now, Announce: announce},
		"clock":    {DB: db, Announce: announce},
		"announce": {DB: db, Now: time.Now},
	} {
		if _, err := New(d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(without %s) = %v", want, err)
		}
	}
}

func TestCreateStoresWhatTheDraftSays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		start := time.Date(2026, 12, 1, 9, 30, 0, 123456789, time.FixedZone("there", 3600))
		d := lesson("  Kelp \u0000 forests\n after ", start)
		d.Description = "one\r\ntwo\rthree\x00\xff  "
		made := c.create(t, d)
		got, err := c.Entry(context.Background(), "t", made.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(made, got); diff != "" {
			t.Errorf("stored entry (-created +read):\n%s", diff)
		}
		wantStart := time.Date(2026, 12, 1, 8, 30, 0, 123456000, time.UTC)
		if got.Title != "Kelp forests after" || got.Description != "one\ntwo\nthree\uFFFD" || !got.StartsAt.Equal(wantStart) || got.StartsAt.Location() != time.UTC {
			t.Errorf("Create = %q, %q, %v, want one line, unix line ends, %v", got.Title, got.Description, got.StartsAt, wantStart)
		}
		d.AlwaysOpen = true
		if e := c.create(t, d); e.StartsAt != nil || e.EndsAt != nil {
			t.Errorf("Create(always open) has a schedule: %v to %v", e.StartsAt, e.EndsAt)
		}
		if _, err := c.Create(context.Background(), "t", "nowhere", "p", d); !errors.Is(err, ErrNotFound) {
			t.Errorf("Create(unknown course) = %v, want ErrNotFound", err)
		}
	})
}

func TestEntriesOfOtherTenantsAndCoursesAreNotFound(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		e := c.create(t, standing("Lab hours"))
		if got, err := c.EntryIn(ctx, []string{"t2", "t"}, e.ID); err != nil || got.ID != e.ID {
			t.Errorf("EntryIn(both tenants) = %q, %v", got.ID, err)
		}
		d := standing("Stolen")
		for name, try := range map[string]func() error{
			"Entry":           func() error { _, err := c.Entry(ctx, "t2", e.ID); return err },
			"EntryIn":         func() error { _, err := c.EntryIn(ctx, []string{"t2"}, e.ID); return err },
			"EntryIn nothing": func() error { _, err := c.EntryIn(ctx, nil, e.ID); return err },
			"bytes":           func() error { _, err := c.Entry(ctx, "t", "\x00\xff"); return err },
			"no id":           func() error { _, err := c.Entry(ctx, "t", ""); return err },
			"Update":          func() error { _, err := c.Update(ctx, "t2", e.ID, d); return err },
			"Open":            func() error { _, err := c.Open(ctx, "t2", e.ID); return err },
			"End":             func() error { _, err := c.End(ctx, "t2", e.ID); return err },
			"SetPublished":    func() error { _, err := c.SetPublished(ctx, "t2", e.ID, false); return err },
			"Delete":          func() error { _, err := c.Delete(ctx, "t2", e.ID); return err },
			"Restore":         func() error { _, err := c.Restore(ctx, "t2", e.ID); return err },
		} {
			if err := try(); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s of another tenant = %v, want ErrNotFound", name, err)
			}
		}
		for _, place := range [][2]string{{"t2", "c"}, {"t", "c2"}, {"t2", "x"}} {
			if es, err := c.Entries(ctx, place[0], place[1]); err != nil || len(es) != 0 {
				t.Errorf("Entries(%v) = %d entries, %v, want none", place, len(es), err)
			}
		}
		if got, err := c.Entry(ctx, "t", e.ID); err != nil || cmp.Diff(e, got) != "" {
			t.Errorf("entry changed by another tenant: %v, %v", cmp.Diff(e, got), err)
		}
		if len(c.announced) != 0 {
			t.Errorf("announced %v, want nothing", c.announced)
		}
	})
}

func TestEntriesAreListedByStartThenTitle(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		for _, d := range []Draft{standing("Zoo"), lesson("Later", noon.Add(48*time.Hour)), standing("Any time"), lesson("Sooner", noon.Add(time.Hour))} {
			c.create(t, d)
		}
		es, err := c.Entries(ctx, "t", "c")
		if err != nil {
			t.Fatal(err)
		}
		var titles []string
		for _, e := range es {
			titles = append(titles, e.Title)
		}
		if diff := cmp.Diff([]string{"Sooner", "Later", "Any time", "Zoo"}, titles); diff != "" {
			t.Errorf("Entries (-want +got):\n%s", diff)
		}
	})
}

func TestActsChangeStateOnceAndAnnounceIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		e := c.create(t, lesson("Kelp", noon.Add(time.Hour)))
		step := func(name string, act func(context.Context, string, string) (Entry, error), want State) {
			t.Helper()
			c.now = c.now.Add(time.Minute)
			got, err := act(ctx, "t", e.ID)
			if err != nil || got.State(c.now) != want {
				t.Errorf("%s: state %q, %v, want %q", name, got.State(c.now), err, want)
			}
		}
		publish := func(on bool) func(context.Context, string, string) (Entry, error) {
			return func(ctx context.Context, tenantID, id string) (Entry, error) {
				return c.SetPublished(ctx, tenantID, id, on)
			}
		}
		step("open before the start", c.Open, StateOpen)
		step("open again", c.Open, StateOpen)
		step("end", c.End, StateEnded)
		step("end again", c.End, StateEnded)
		step("reopen", c.Open, StateOpen)
		step("end at last", c.End, StateEnded)
		step("publish the published", publish(true), StateEnded)
		step("unpublish", publish(false), StateEnded)
		step("publish", publish(true), StateEnded)
		want := []Change{ChangeOpened, ChangeEnded, ChangeOpened, ChangeEnded, ChangeUnpublished, ChangePublished}
		if diff := cmp.Diff(want, c.announced); diff != "" {
			t.Errorf("announced (-want +got):\n%s", diff)
		}
	})
}

func TestUpdateReschedulesAnEndedSessionOnlyIntoTheFuture(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		d := lesson("Kelp", noon.Add(-30*time.Minute))
		e := c.create(t, d)
		if _, err := c.End(ctx, "t", e.ID); err != nil {
			t.Fatal(err)
		}
		d.Title = "Kelp forests"
		got, err := c.Update(ctx, "t", e.ID, d)
		if err != nil || got.Title != "Kelp forests" || got.State(noon) != StateEnded {
			t.Errorf("Update(title) = %q, %q, %v, want new title, still ended", got.Title, got.State(noon), err)
		}
		next := lesson("Kelp forests", noon.Add(7*24*time.Hour))
		got, err = c.Update(ctx, "t", e.ID, next)
		if err != nil || got.State(noon) != StateScheduled {
			t.Errorf("Update(next week) = %q, %v, want scheduled", got.State(noon), err)
		}
		if _, err := c.Open(ctx, "t", e.ID); err != nil {
			t.Fatal(err)
		}
		next.Title = "Kelp, opened early"
		got, err = c.Update(ctx, "t", e.ID, next)
		if err != nil || got.State(noon) != StateOpen {
			t.Errorf("Update(open room) = %q, %v, want it to stay open", got.State(noon), err)
		}
		read, err := c.Entry(ctx, "t", e.ID)
		if diff := cmp.Diff(got, read); err != nil || diff != "" {
			t.Errorf("Update returned what is not stored (-returned +stored): %v\n%s", err, diff)
		}
		got, err = c.Update(ctx, "t", e.ID, standing("Kelp, any time"))
		if err != nil || got.StartsAt != nil || got.EndsAt != nil || !got.AlwaysOpen {
			t.Errorf("Update(always open) = %v, %v", got, err)
		}
	})
}

// Who may edit and not publish must not undo what somebody else does meanwhile.
func TestUpdateCanLeaveThePublishStatusAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		e, err := c.Create(t.Context(), "t", "c", "p", Draft{Title: "Kelp", TimeZone: "UTC", AlwaysOpen: true, Published: true})
		if err != nil {
			t.Fatal(err)
		}
		d := DraftOf(e) // as read before the other's act
		d.Title, d.KeepPublished = "Kelp forests", true
		if _, err := c.SetPublished(t.Context(), "t", e.ID, false); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Update(t.Context(), "t", e.ID, d); err != nil || got.Published || got.Title != d.Title {
			t.Errorf("Update = %q, published %t, %v; want the new title, still unpublished", got.Title, got.Published, err)
		}
	})
}

func TestDeletedEntriesAreRestorableForThirtyDays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		e, other := c.create(t, standing("Lab hours")), c.create(t, standing("Stays"))
		for range 2 {
			if got, err := c.Delete(ctx, "t", e.ID); err != nil || !got.Deleted() {
				t.Fatalf("Delete = %v, %v", got.DeletedAt, err)
			}
		}
		if got, err := c.Entry(ctx, "t", e.ID); err != nil || !got.Deleted() {
			t.Errorf("Entry(deleted) = %v, %v, want it with DeletedAt", got.DeletedAt, err)
		}
		if es, _ := c.Entries(ctx, "t", "c"); len(es) != 1 || es[0].ID != other.ID {
			t.Errorf("Entries = %v, want only the other", es)
		}
		for name, try := range map[string]func() error{
			"Open":         func() error { _, err := c.Open(ctx, "t", e.ID); return err },
			"End":          func() error { _, err := c.End(ctx, "t", e.ID); return err },
			"SetPublished": func() error { _, err := c.SetPublished(ctx, "t", e.ID, false); return err },
			"Update":       func() error { _, err := c.Update(ctx, "t", e.ID, standing("New")); return err },
		} {
			if err := try(); !errors.Is(err, ErrDeleted) {
				t.Errorf("%s(deleted) = %v, want ErrDeleted", name, err)
			}
		}
		c.now = noon.Add(TrashLifetime - time.Microsecond)
		if n, err := c.Purge(ctx); err != nil || n != 0 {
			t.Errorf("Purge(a moment early) = %d, %v, want 0", n, err)
		}
		if es, err := c.Deleted(ctx, "t", "c"); err != nil || len(es) != 1 || es[0].ID != e.ID {
			t.Errorf("Deleted = %v, %v", es, err)
		}
		for range 2 {
			if got, err := c.Restore(ctx, "t", e.ID); err != nil || got.Deleted() || got.Title != e.Title {
				t.Errorf("Restore = %v, %v", got, err)
			}
		}
		if diff := cmp.Diff([]Change{ChangeDeleted, ChangeRestored}, c.announced); diff != "" {
			t.Errorf("announced (-want +got):\n%s", diff)
		}
		if _, err := c.Delete(ctx, "t", e.ID); err != nil {
			t.Fatal(err)
		}
		c.now = c.now.Add(TrashLifetime)
		if _, err := c.Restore(ctx, "t", e.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("Restore(too late) = %v, want ErrNotFound", err)
		}
		if es, err := c.Deleted(ctx, "t", "c"); err != nil || len(es) != 0 {
			t.Errorf("Deleted(too late) = %v, %v, want none", es, err)
		}
		if n, err := c.Purge(ctx); err != nil || n != 1 {
			t.Errorf("Purge = %d, %v, want 1", n, err)
		}
		if _, err := c.Entry(ctx, "t", e.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("Entry(purged) = %v, want ErrNotFound", err)
		}
	})
}

func TestTheClockEndsOverdueSessionsOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		end := noon.Add(-ClockGrace)
		due := c.create(t, lesson("Due", end.Add(-time.Hour)))
		c.create(t, lesson("A moment early", end.Add(-time.Hour+time.Microsecond)))
		c.create(t, standing("Standing"))
		ended := c.create(t, lesson("Ended", end.Add(-2*time.Hour)))
		deleted := c.create(t, lesson("Deleted", end.Add(-2*time.Hour)))
		reopened := c.create(t, lesson("Reopened", end.Add(-2*time.Hour)))
		for _, err := range []error{
			second(c.End(ctx, "t", ended.ID)), second(c.Delete(ctx, "t", deleted.ID)),
			second(c.End(ctx, "t", reopened.ID)), second(c.Open(ctx, "t", reopened.ID)),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		es, err := c.ClockDue(ctx, noon, 10)
		if err != nil || len(es) != 1 || es[0].ID != due.ID {
			t.Fatalf("ClockDue = %v, %v, want only %q", es, err, due.Title)
		}
		c.announced = nil
		wins := inParallel(4, func() bool {
			won, err := c.Service.EndDue(ctx, "t", due.ID)
			if err != nil {
				t.Errorf("EndDue = %v", err)
			}
			return won
		})
		if wins != 1 {
			t.Errorf("%d calls of EndDue ended the session, want 1", wins)
		}
		if won, err := c.EndDue(ctx, "t", reopened.ID); won || err != nil {
			t.Errorf("EndDue(just reopened) = %v, %v, want it to go on", won, err)
		}
		c.now = noon.Add(ClockGrace)
		if es, err := c.ClockDue(ctx, c.now, 1); err != nil || len(es) != 1 || es[0].ID != reopened.ID {
			t.Errorf("ClockDue(half an hour after reopening) = %v, %v, want only %q", es, err, reopened.Title)
		}
		if got, err := c.Entry(ctx, "t", due.ID); err != nil || got.State(noon) != StateEnded {
			t.Errorf("state = %q, %v, want ended", got.State(noon), err)
		}
		if diff := cmp.Diff([]Change{ChangeEnded}, c.announced); diff != "" {
			t.Errorf("announced (-want +got):\n%s", diff)
		}
	})
}

func second(_ Entry, err error) error { return err }

// inParallel runs f n times at once and counts how often it said yes.
func inParallel(n int, f func() bool) int {
	var (
		group sync.WaitGroup
		mu    sync.Mutex
		yes   int
	)
	start := make(chan struct{})
	for range n {
		group.Go(func() {
			<-start
			if f() {
				mu.Lock()
				yes++
				mu.Unlock()
			}
		})
	}
	close(start)
	group.Wait()
	return yes
}
