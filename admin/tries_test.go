package admin_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"usher/admin"
	"usher/database"
	"usher/database/dbtest"
)

func argon(t *testing.T, password, salt string, memory uint32) string {
	t.Helper()
	return base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), []byte(salt), 1, memory, 1, 32))
}

// limited tries wrong passwords until the limit and returns how many were
// looked at.
func limited(t *testing.T, s *admin.Service, address string, browser func(i int) admin.Browser) int {
	t.Helper()
	for i := range 200 {
		_, err := s.SignIn(t.Context(), address, "wrong", browser(i))
		var many *admin.TooManyTriesError
		if errors.As(err, &many) {
			if many.RetryAfter <= 0 || many.RetryAfter > time.Hour {
				t.Errorf("RetryAfter = %v", many.RetryAfter)
			}
			return i
		}
		if !errors.Is(err, admin.ErrWrongPassword) {
			t.Fatalf("SignIn = %v", err)
		}
	}
	t.Fatal("200 wrong passwords were looked at")
	return 0
}

func TestNetworkIsLimitedWhetherTheAccountExistsOrNot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s, c := service(t, db)
		s.WithCheapWork()
		create(t, s)
		one := func(int) admin.Browser { return admin.Browser{Block: "192.0.2.0/24"} }
		other := func(int) admin.Browser { return admin.Browser{Block: "198.51.100.0/24"} }
		known, unknown := limited(t, s, email, one), limited(t, s, "nobody@example.edu", other)
		if known != 10 || unknown != known {
			t.Errorf("%d tries at an account, %d at none, want 10 each", known, unknown)
		}
		if _, err := s.SignIn(t.Context(), email, password, one(0)); err == nil {
			t.Error("the right password was looked at although the limit is reached")
		}
		if _, err := s.SignIn(t.Context(), email, password, other(0)); err != nil {
			t.Errorf("another network: %v", err)
		}
		c.add(15 * time.Minute)
		if _, err := s.SignIn(t.Context(), email, password, one(0)); err != nil {
			t.Errorf("after the window: %v", err)
		}
	})
}

func TestStrangersCannotKeepAKnownBrowserOut(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	s, _ := service(t, db)
	s.WithCheapWork()
	a := create(t, s)
	everywhere := func(i int) admin.Browser { return admin.Browser{Block: fmt.Sprintf("10.0.%d.0/24", i)} }
	if n := limited(t, s, email, everywhere); n != 50 {
		t.Errorf("%d tries from everywhere, want 50", n)
	}
	home := admin.Browser{Block: "10.0.1.0/24", Known: "home", KnownTo: a.ID}
	if _, err := s.SignIn(t.Context(), email, password, home); err != nil {
		t.Errorf("the browser that its owner uses: %v", err)
	}
	forged := admin.Browser{Block: "x", Known: "home", KnownTo: "another account"}
	var many *admin.TooManyTriesError
	if _, err := s.SignIn(t.Context(), email, password, forged); !errors.As(err, &many) {
		t.Errorf("a browser of another account: %v", err)
	}
	// A password set on the machine lets a new browser in at once.
	if _, err := s.SetPassword(t.Context(), email, password+"!"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignIn(t.Context(), email, password+"!", admin.Browser{Block: "fresh"}); err != nil {
		t.Errorf("after a new password: %v", err)
	}
}

func TestKnownBrowserIsLimitedToo(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	s, _ := service(t, db)
	s.WithCheapWork()
	a := create(t, s)
	stolen := func(i int) admin.Browser {
		return admin.Browser{Block: fmt.Sprint(i), Known: "stolen", KnownTo: a.ID}
	}
	if n := limited(t, s, email, stolen); n != 10 {
		t.Errorf("%d tries, want 10", n)
	}
}

func TestParallelGuessesDoNotSlipPastTheLimit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s, _ := service(t, db)
		s.WithCheapWork()
		create(t, s)
		var looked atomic.Int64
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if _, err := s.SignIn(t.Context(), email, "wrong", admin.Browser{Block: "b"}); errors.Is(err, admin.ErrWrongPassword) {
					looked.Add(1)
				}
			})
		}
		all.Wait()
		if n := looked.Load(); n > 10 || n == 0 {
			t.Errorf("%d of 30 parallel guesses were looked at, want at most 10", n)
		}
	})
}

func TestRightPasswordsAreNotCounted(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	s, _ := service(t, db)
	s.WithCheapWork()
	create(t, s)
	for range 12 {
		if _, err := s.SignIn(t.Context(), email, password, admin.Browser{Block: "b"}); err != nil {
			t.Fatalf("SignIn = %v", err)
		}
	}
}

func TestSweepForgetsOldCountersAlone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s, c := service(t, db)
		s.WithCheapWork()
		_, _ = s.SignIn(t.Context(), email, "wrong", admin.Browser{Block: "b"})
		rows := func() (n int) {
			if err := database.QueryOne(t.Context(), db, "SELECT COUNT(*) FROM admin_tries", nil, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 3}, {2 * time.Hour, 0}} {
			c.add(step.wait)
			if err := s.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := rows(); got != step.want {
				t.Errorf("after %v: %d counters, want %d", step.wait, got, step.want)
			}
		}
	})
}
