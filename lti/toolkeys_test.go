package lti_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

type jwks struct {
	Keys []map[string]string `json:"keys"`
}

func readJWKS(tb testing.TB, s *lti.Service) jwks {
	tb.Helper()
	b, err := s.JWKS(tb.Context())
	if err != nil {
		tb.Fatalf("JWKS: %v", err)
	}
	var set jwks
	if err := json.Unmarshal(b, &set); err != nil {
		tb.Fatalf("JWKS is no JSON: %v", err)
	}
	return set
}

// C-81.
func TestKeySetShowsPublicHalvesWithAllThatPlatformsAskFor(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.OpenSQLite(t), newClock(), lti.HTTPClient(true))
	set := readJWKS(t, s)
	if len(set.Keys) != 1 {
		t.Fatalf("%d keys, want one made at first use", len(set.Keys))
	}
	key := set.Keys[0]
	if key["kid"] == "" || key["use"] != "sig" || key["alg"] != "RS256" || key["kty"] != "RSA" || len(key["n"]) < 342 || key["e"] == "" || len(key) != 6 {
		t.Errorf("key = %v, want kid, use, alg, kty, n, e and nothing else", key)
	}
	id, private, err := s.SigningKey(t.Context())
	if err != nil || id != key["kid"] || private.N.BitLen() != 2048 {
		t.Errorf("SigningKey = %s, %v, want the published one of 2048 bits", id, err)
	}
}

// C-81.
func TestRotationKeepsTheOldKeyForTheOverlap(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := newService(t, dbtest.OpenSQLite(t), c, lti.HTTPClient(true))
	old := readJWKS(t, s).Keys[0]["kid"]
	rotated, err := s.RotateKey(t.Context())
	if err != nil {
		t.Fatalf("RotateKey: %v", err)
	}
	steps := []struct {
		name      string
		wait      time.Duration
		published int
		signs     string
	}{
		{"at once", 0, 2, old},
		{"before the hour", 59 * time.Minute, 2, old},
		{"after the hour", time.Minute, 2, rotated.KeyID},
		{"a month later", 31 * 24 * time.Hour, 1, rotated.KeyID},
	}
	for _, step := range steps {
		c.Advance(step.wait)
		id, _, err := s.SigningKey(t.Context())
		if err != nil || id != step.signs {
			t.Errorf("%s: SigningKey = %s, %v, want %s", step.name, id, err, step.signs)
		}
		if n := len(readJWKS(t, s).Keys); n != step.published {
			t.Errorf("%s: %d keys published, want %d", step.name, n, step.published)
		}
	}
	keys, err := s.Keys(t.Context())
	if err != nil || len(keys) != 2 || keys[0].KeyID != rotated.KeyID || keys[1].RetiredAt == nil || keys[1].Published(c.Now()) {
		t.Errorf("Keys = %+v, %v, want the new one and the retired one", keys, err)
	}
}

func TestParallelFirstUseMakesOneKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		seen := map[string]bool{}
		for range 4 {
			s := newService(t, db, newClock(), lti.HTTPClient(true)) // each a process of its own
			wg.Go(func() {
				set := readJWKS(t, s)
				mu.Lock()
				defer mu.Unlock()
				seen[set.Keys[0]["kid"]] = true
			})
		}
		wg.Wait()
		if len(seen) != 1 {
			t.Errorf("keys %v, want the same for all", seen)
		}
		s := newService(t, db, newClock(), lti.HTTPClient(true))
		if _, err := s.RotateKey(t.Context()); err != nil {
			t.Errorf("RotateKey: %v", err)
		}
		if n := len(readJWKS(t, s).Keys); n != 2 {
			t.Errorf("%d keys after rotation, want 2", n)
		}
	})
}

// C-81.
func TestPrivateKeyLiesSealed(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	s := newService(t, db, newClock(), lti.HTTPClient(true))
	_, private, err := s.SigningKey(t.Context())
	if err != nil {
		t.Fatalf("SigningKey: %v", err)
	}
	var stored []byte
	if err := database.From(t.Context(), db).Raw("SELECT sealed_private FROM tool_keys").Row().Scan(&stored); err != nil {
		t.Fatalf("read row: %v", err)
	}
	if bytes.Contains(stored, private.D.Bytes()) || bytes.Contains(stored, private.Primes[0].Bytes()) {
		t.Error("the private key lies open in the database")
	}
	if _, err := x509.ParsePKCS1PrivateKey(stored); err == nil {
		t.Error("the stored key parses")
	}
}
