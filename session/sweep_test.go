package session_test

import (
	"errors"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/session"
)

// Whoever is signed in can ask for codes as fast as they like.
func TestSweepKeepsNoCodeBeyondItsMinute(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		for range 3 {
			if _, err := d.Code(t.Context(), "session", "live", "room"); err != nil {
				t.Fatalf("Code: %v", err)
			}
		}
		d.clock.add(session.CodeMost + time.Second)
		fresh, err := d.Code(t.Context(), "session", "live", "room")
		if err := errors.Join(err, d.Sweep(t.Context())); err != nil {
			t.Fatalf("Code, Sweep: %v", err)
		}
		var kept int64
		database.From(t.Context(), db).Table("one_time_codes").Count(&kept)
		if _, target, err := d.Redeem(t.Context(), fresh, "live"); kept != 1 || err != nil || target != "room" {
			t.Errorf("%d codes kept, the fresh one leads to %q (%v); want it alone", kept, target, err)
		}
	})
}
