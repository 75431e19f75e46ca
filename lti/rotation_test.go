package lti_test

import (
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

const quarter = 90 * 24 * time.Hour

// C-81: for a year, whenever Usher signs, a platform that fetched the key set
// within the last day finds the key in what it has.
func TestNoPlatformMeetsAKeyThatItCannotKnow(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := newService(t, dbtest.OpenSQLite(t), c, lti.HTTPClient(true))
	const step, keeps = 6 * time.Hour, 24 * time.Hour
	var fetched []map[string]bool // the key sets of the last day
	used := map[string]bool{}
	for range 365 * 24 * time.Hour / step {
		if _, err := s.RotateKeyIfDue(t.Context(), quarter); err != nil {
			t.Fatalf("RotateKeyIfDue: %v", err)
		}
		now := map[string]bool{}
		for _, key := range readJWKS(t, s).Keys {
			now[key["kid"]] = true
		}
		fetched = append(fetched, now)
		if len(fetched) > int(keeps/step) {
			fetched = fetched[1:]
		}
		id, private, err := s.SigningKey(t.Context())
		if err != nil || private == nil {
			t.Fatalf("SigningKey at %s: %v", c.Now(), err)
		}
		used[id] = true
		for age, set := range fetched {
			if !set[id] {
				t.Fatalf("at %s: key %s signs, but is not in the set of %d steps ago", c.Now(), id, len(fetched)-age)
			}
		}
		c.Advance(step)
	}
	if len(used) != 5 {
		t.Errorf("%d keys in a year, want one a quarter and the first", len(used))
	}
}

// C-81.
func TestKeysRotateOnScheduleAndOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClock()
		s := newService(t, db, c, lti.HTTPClient(true))
		first := readJWKS(t, s).Keys[0]["kid"]
		due := func() bool {
			t.Helper()
			rotated, err := s.RotateKeyIfDue(t.Context(), quarter)
			if err != nil {
				t.Fatalf("RotateKeyIfDue: %v", err)
			}
			return rotated
		}
		c.Advance(quarter - 24*time.Hour - time.Second)
		if due() {
			t.Error("rotated before it was due")
		}
		c.Advance(time.Second)
		rotations := 0
		var several sync.WaitGroup
		var mu sync.Mutex
		for range 4 {
			replica := newService(t, db, c, lti.HTTPClient(true))
			several.Go(func() {
				rotated, err := replica.RotateKeyIfDue(t.Context(), quarter)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("RotateKeyIfDue: %v", err)
				}
				if rotated {
					rotations++
				}
			})
		}
		several.Wait()
		if rotations != 1 || due() {
			t.Errorf("%d rotations by four processes, want one and no more", rotations)
		}
		if id, _, err := s.SigningKey(t.Context()); err != nil || id != first || len(readJWKS(t, s).Keys) != 2 {
			t.Errorf("SigningKey = %s, %v, want the old one for a day yet, and both published", id, err)
		}
		c.Advance(24 * time.Hour)
		if id, _, err := s.SigningKey(t.Context()); err != nil || id == first {
			t.Errorf("SigningKey = %s, %v, want the new one", id, err)
		}
	})
}

// A rotation by command between a scheduled key's publication and its use, and
// a schedule after a long stop, leave no gap either.
func TestKeysAlwaysHaveOneThatSigns(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := newService(t, dbtest.OpenSQLite(t), c, lti.HTTPClient(true))
	readJWKS(t, s)
	rotate := func() {
		if _, err := s.RotateKey(t.Context()); err != nil {
			t.Fatalf("RotateKey: %v", err)
		}
	}
	scheduled := func() {
		if _, err := s.RotateKeyIfDue(t.Context(), quarter); err != nil {
			t.Fatalf("RotateKeyIfDue: %v", err)
		}
	}
	c.Advance(300 * 24 * time.Hour) // nobody ran Usher
	for i, act := range []func(){scheduled, rotate, rotate, scheduled, scheduled, rotate, scheduled} {
		act()
		for range 30 {
			id, _, err := s.SigningKey(t.Context())
			if err != nil {
				t.Fatalf("after act %d, at %s: %v", i, c.Now(), err)
			}
			published := false
			for _, key := range readJWKS(t, s).Keys {
				published = published || key["kid"] == id
			}
			if !published {
				t.Fatalf("after act %d: key %s signs and is not published", i, id)
			}
			c.Advance(time.Hour)
		}
	}
}

// C-81.
func TestRetiredKeysLoseTheirPrivateHalves(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newClock()
		s := newService(t, db, c, lti.HTTPClient(true))
		readJWKS(t, s)
		if _, err := s.RotateKey(t.Context()); err != nil {
			t.Fatalf("RotateKey: %v", err)
		}
		private := func() (n int) {
			t.Helper()
			if _, err := s.RotateKeyIfDue(t.Context(), quarter); err != nil {
				t.Fatalf("RotateKeyIfDue: %v", err)
			}
			if err := database.From(t.Context(), db).Raw("SELECT COUNT(*) FROM tool_keys WHERE length(sealed_private) > 0").Row().Scan(&n); err != nil {
				t.Fatalf("count: %v", err)
			}
			return n
		}
		if n := private(); n != 2 {
			t.Errorf("%d private halves while both are needed", n)
		}
		c.Advance(3 * time.Hour)
		if n := private(); n != 1 || len(readJWKS(t, s).Keys) != 2 {
			t.Errorf("%d private halves after retirement, want the signing one, and both published", n)
		}
	})
}

// C-81: a platform that fetches our keys at each request takes the signatures
// of the old key and of the new.
func TestServicesGoOnThroughARotation(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.platform.SetTokenFaults(ltitest.TokenFaults{ExpiresIn: 30})
	for range 5 {
		if _, err := f.members(t); err != nil {
			t.Fatalf("Members at %s: %v", f.clock.Now(), err)
		}
		if _, err := f.service.RotateKey(t.Context()); err != nil {
			t.Fatalf("RotateKey: %v", err)
		}
		f.clock.Advance(40 * time.Minute)
	}
}
