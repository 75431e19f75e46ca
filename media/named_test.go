package media

import (
	"context"
	"errors"
	"testing"

	"usher/database"
	"usher/database/dbtest"
)

// C-47: a name opens an entry of the link's own course and nothing else.
func TestNamedEntryIsShownWithinItsOwnCourseOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		first, second, gone := c.create(t, standing("First")), c.create(t, standing("Second")), c.create(t, standing("Gone"))
		elsewhere, err := c.Create(ctx, "t", "c2", "p", standing("Other course"))
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := c.Create(ctx, "t2", "x", "q", standing("Other tenant"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Delete(ctx, "t", gone.ID); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{elsewhere.ID, foreign.ID, "unknown", "", "\x00\xff"} {
			l, named, err := c.ShowNamed(ctx, c.link(t, "r", ""), id)
			if err != nil || named || l.EntryID != nil || c.link(t, "r", "").EntryID != nil {
				t.Errorf("ShowNamed(%q) = %v, %v, %v, want nothing shown", id, l.EntryID, named, err)
			}
		}
		show := func(link, id, want string) {
			t.Helper()
			l, named, err := c.ShowNamed(ctx, c.link(t, link, ""), id)
			if err != nil || !named || l.EntryID == nil || *l.EntryID != want {
				t.Errorf("ShowNamed(%s) shows %v, %v, %v, want %s", link, l.EntryID, named, err, want)
			}
		}
		show("r", gone.ID, gone.ID) // says that it is deleted, and may come back
		if l := c.link(t, "r", ""); l.EntryID != nil {
			t.Errorf("a deleted entry is kept as %q, want nothing", *l.EntryID)
		}
		show("r", first.ID, first.ID)
		show("r", first.ID, first.ID)
		show("r2", first.ID, first.ID) // several links show one entry
		show("r", second.ID, second.ID)
		show("r", gone.ID, second.ID)
		if l := c.link(t, "r", ""); *l.EntryID != second.ID {
			t.Errorf("the link keeps %q, want %q", *l.EntryID, second.ID)
		}
		if _, err := c.Restore(ctx, "t", gone.ID); err != nil {
			t.Fatal(err)
		}
		show("r", gone.ID, gone.ID)
	})
}

func TestOriginalIsOfAnotherCourseOfTheTenant(t *testing.T) {
	t.Parallel()
	c, ctx := newCampus(t, dbtest.OpenSQLite(t)), context.Background()
	l, own := c.link(t, "r", ""), c.create(t, standing("Own"))
	elsewhere, err := c.Create(ctx, "t", "c2", "p", standing("Other course"))
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := c.Create(ctx, "t2", "x", "q", standing("Other tenant"))
	if err != nil {
		t.Fatal(err)
	}
	if e, err := c.Original(ctx, l, elsewhere.ID); err != nil || e.Title != "Other course" {
		t.Errorf("Original = %v, %v", e.Title, err)
	}
	if _, err := c.Delete(ctx, "t", elsewhere.ID); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{own.ID, foreign.ID, elsewhere.ID, "1", "\x00"} {
		if _, err := c.Original(ctx, l, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Original(%q) = %v, want ErrNotFound", id, err)
		}
	}
}
