package media

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"usher/database"
	"usher/database/dbtest"
)

func (c *campus) link(t testing.TB, id, title string) Link {
	t.Helper()
	l, err := c.Link(context.Background(), LinkKey{TenantID: "t", CourseID: "c", ResourceLinkID: id, Title: title})
	if err != nil {
		t.Fatalf("Link(%q) = %v", id, err)
	}
	return l
}

func TestLinkIsRememberedAndRenamed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		id := strings.Repeat("ü", 255)
		first := c.link(t, id, "Week 1")
		if again := c.link(t, id, ""); again.ID != first.ID || again.Title != "Week 1" {
			t.Errorf("Link(again, untitled) = %q %q, want the same, title kept", again.ID, again.Title)
		}
		if again := c.link(t, id, "Week\n2"); again.Title != "Week 2" {
			t.Errorf("Link(renamed) = %q, want Week 2", again.Title)
		}
		if l, err := c.LinkByID(ctx, "t", "c", first.ID); err != nil || l.Title != "Week 2" || l.ResourceLinkID != id {
			t.Errorf("LinkByID = %v, %v", l, err)
		}
		for _, place := range [][2]string{{"t", "c2"}, {"t2", "c"}, {"t2", "x"}} {
			if _, err := c.LinkByID(ctx, place[0], place[1], first.ID); !errors.Is(err, ErrNotFound) {
				t.Errorf("LinkByID(%v) = %v, want ErrNotFound", place, err)
			}
		}
		if _, err := c.LinkByID(ctx, "t", "c", "\x00"); !errors.Is(err, ErrNotFound) {
			t.Errorf("LinkByID(bytes) = %v, want ErrNotFound", err)
		}
	})
}

func TestFirstLaunchesAtOnceShareOneLink(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		var ids sync.Map
		inParallel(8, func() bool {
			l, err := c.Link(context.Background(), LinkKey{TenantID: "t", CourseID: "c", ResourceLinkID: "r"})
			if err != nil {
				t.Errorf("Link = %v", err)
			}
			_, known := ids.LoadOrStore(l.ID, true)
			return !known
		})
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%d links, want 1", n)
		}
	})
}

func TestOfTwoWhoSetALinkUpOneWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		l := c.link(t, "r", "")
		chosen := c.create(t, standing("Chosen"))
		var shown sync.Map
		for i := range 4 {
			shown.Store(i, "")
		}
		var next sync.Mutex
		turn := 0
		inParallel(4, func() bool {
			next.Lock()
			me := turn
			turn++
			next.Unlock()
			var e Entry
			var err error
			if me%2 == 0 {
				e, err = c.BindLink(ctx, l, chosen.ID)
			} else {
				e, _, err = c.CreateForLink(ctx, l, "p", standing(fmt.Sprintf("Made by %d", me)))
			}
			if err != nil {
				t.Errorf("set up by %d = %v", me, err)
			}
			shown.Store(me, e.ID)
			return true
		})
		after := c.link(t, "r", "")
		if after.EntryID == nil {
			t.Fatal("link is not set up")
		}
		shown.Range(func(who, id any) bool {
			if id != *after.EntryID {
				t.Errorf("%v was shown %v, want the winner's %v", who, id, *after.EntryID)
			}
			return true
		})
		want := 1 // the chosen room, and one more if somebody won who made one
		if *after.EntryID != chosen.ID {
			want = 2
		}
		if es, err := c.Entries(ctx, "t", "c"); err != nil || len(es) != want {
			t.Errorf("%d rooms, %v, want %d: losers leave none behind", len(es), err, want)
		}
	})
}

func TestLinkShowsOnlyEntriesOfItsOwnCourse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		l := c.link(t, "r", "")
		elsewhere, err := c.Create(ctx, "t", "c2", "p", standing("Other course"))
		if err != nil {
			t.Fatal(err)
		}
		foreign, err := c.Create(ctx, "t2", "x", "q", standing("Other tenant"))
		if err != nil {
			t.Fatal(err)
		}
		deleted := c.create(t, standing("Deleted"))
		if _, err := c.Delete(ctx, "t", deleted.ID); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{elsewhere.ID, foreign.ID, deleted.ID, "unknown", "", "\x00"} {
			if _, err := c.BindLink(ctx, l, id); !errors.Is(err, ErrNotFound) {
				t.Errorf("BindLink(%q) = %v, want ErrNotFound", id, err)
			}
		}
		stranger := l
		stranger.TenantID, stranger.CourseID = "t2", "x"
		if _, err := c.BindLink(ctx, stranger, foreign.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("BindLink(link of another tenant) = %v, want ErrNotFound", err)
		}
		if after := c.link(t, "r", ""); after.EntryID != nil {
			t.Errorf("link shows %q, want nothing", *after.EntryID)
		}
	})
}

func TestLinkOfAPurgedRoomIsFreshAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		l := c.link(t, "r", "")
		e, _, err := c.CreateForLink(ctx, l, "p", standing("Lab hours"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Delete(ctx, "t", e.ID); err != nil {
			t.Fatal(err)
		}
		if l = c.link(t, "r", ""); l.EntryID == nil || *l.EntryID != e.ID {
			t.Errorf("link of a deleted room shows %v, want it still, so that it can be restored", l.EntryID)
		}
		c.now = noon.Add(TrashLifetime)
		if _, err := c.Purge(ctx); err != nil {
			t.Fatal(err)
		}
		if l = c.link(t, "r", ""); l.EntryID != nil {
			t.Errorf("link shows %q, want nothing", *l.EntryID)
		}
	})
}
