package live

import (
	"context"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
)

func TestNextSeqGivesEachNumberOnceAndNoneAway(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		SeedRows(t, db)
		st := store{db: db}
		const writers = 50
		got := make(chan int64, writers)
		for range writers {
			go func() {
				seq := int64(-1)
				err := database.InTx(context.Background(), db, func(ctx context.Context) (err error) {
					seq, err = st.nextSeq(ctx, "tenant", "entry")
					return err
				})
				if err != nil {
					t.Errorf("nextSeq: %v", err)
				}
				got <- seq // after the commit: the test ends with the last one
			}()
		}
		seen := map[int64]bool{}
		for range writers {
			select {
			case seq := <-got:
				seen[seq] = true
			case <-time.After(30 * time.Second):
				t.Fatal("writers hang")
			}
		}
		for seq := int64(1); seq <= writers; seq++ {
			if !seen[seq] {
				t.Errorf("number %d was not given out", seq)
			}
		}
	})
}

func TestAnotherTenantSeesNothingOfARoom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		SeedRows(t, db)
		st := store{db: db}
		if _, err := st.nextSeq(t.Context(), "tenant", "entry"); err != nil {
			t.Fatal(err)
		}
		if top, err := st.topSeq(t.Context(), "other", "entry"); err != nil || top != 0 {
			t.Errorf("topSeq(other tenant) = %d, %v, want 0", top, err)
		}
		if _, err := st.nextSeq(t.Context(), "other", "entry"); err == nil {
			t.Error("nextSeq(other tenant) succeeded")
		}
	})
}
