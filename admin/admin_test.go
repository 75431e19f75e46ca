package admin_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/admin"
	"usher/database"
	"usher/database/dbtest"
)

const (
	email    = "noor@example.edu"
	password = "correct horse battery staple"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time      { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

func service(t *testing.T, db *database.DB) (*admin.Service, *clock) {
	t.Helper()
	c := &clock{t: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	s, err := admin.New(admin.Deps{DB: db, Now: c.now})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return s, c
}

func create(t *testing.T, s *admin.Service) admin.Account {
	t.Helper()
	a, err := s.Create(t.Context(), "Noor Haddad", email, password)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	return a
}

func TestNewWantsItsDependencies(t *testing.T) {
	t.Parallel()
	if _, err := admin.New(admin.Deps{}); err == nil {
		t.Error("New without dependencies: no error")
	}
}

func TestAccountSignsInByItsAddressAndPassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s, c := service(t, db)
		if any, err := s.Any(t.Context()); err != nil || any {
			t.Errorf("Any = %v, %v before the first account", any, err)
		}
		made := create(t, s)
		if _, err := s.Create(t.Context(), "Another", " NOOR@Example.EDU ", password); !errors.Is(err, admin.ErrAccountExists) {
			t.Errorf("Create(same address) = %v, want %v", err, admin.ErrAccountExists)
		}
		c.add(time.Hour)
		a, err := s.SignIn(t.Context(), " Noor@EXAMPLE.edu", password, admin.Browser{Block: "b"})
		if err != nil || a.ID != made.ID {
			t.Fatalf("SignIn = %+v, %v", a, err)
		}
		a, err = s.Account(t.Context(), made.ID)
		if err != nil || a.SignedInAt == nil || !a.SignedInAt.Equal(c.now()) || a.Email != email {
			t.Errorf("Account = %+v, %v, want signed in at %v", a, err, c.now())
		}
		if _, err := s.Account(t.Context(), "nobody"); !errors.Is(err, admin.ErrNoAccount) {
			t.Errorf("Account(unknown) = %v", err)
		}
		for _, wrong := range []struct{ email, password string }{
			{email, password + " "}, {email, ""}, {email, strings.Repeat("a", 10_000)},
			{"nobody@example.edu", password}, {"", ""}, {strings.Repeat("a", 10_000), password}, {email + "\x00", password},
		} {
			if _, err := s.SignIn(t.Context(), wrong.email, wrong.password, admin.Browser{Block: "b"}); !errors.Is(err, admin.ErrWrongPassword) {
				t.Errorf("SignIn(%.20q, %.20q) = %v, want %v", wrong.email, wrong.password, err, admin.ErrWrongPassword)
			}
		}
	})
}

func TestPasswordIsKeptAsArgon2idAndNotItself(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s, _ := service(t, db)
		create(t, s)
		var kept string
		if err := database.QueryOne(t.Context(), db, "SELECT password FROM admins", nil, &kept); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(kept, "$argon2id$v=19$m=47104,t=1,p=1$") || strings.Contains(kept, password) {
			t.Errorf("kept password = %q", kept)
		}
		// One that was made with other parameters opens, and is made anew.
		const old = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
		weak := old + argon(t, password, "somesaltsomesalt", 64)
		if _, err := database.Exec(t.Context(), db, "UPDATE admins SET password = ?", weak); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(t.Context(), email, password, admin.Browser{}); err != nil {
			t.Fatalf("SignIn with old parameters: %v", err)
		}
		if err := database.QueryOne(t.Context(), db, "SELECT password FROM admins", nil, &kept); err != nil || kept == weak {
			t.Errorf("password was not made anew: %q, %v", kept, err)
		}
	})
}

func TestDamagedPasswordOpensNothing(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	s, _ := service(t, db)
	create(t, s)
	for _, kept := range []string{"", password, "$argon2id$v=19$m=0,t=0,p=0$$", "$argon2i$v=19$m=64,t=1,p=1$c2FsdA$a2V5", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$", "$argon2id$v=16$m=64,t=1,p=1$c2FsdA$a2V5"} {
		if _, err := database.Exec(t.Context(), db, "UPDATE admins SET password = ?", kept); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(t.Context(), email, password, admin.Browser{}); err == nil || errors.Is(err, admin.ErrWrongPassword) {
			t.Errorf("SignIn(kept %q) = %v, want another error", kept, err)
		}
	}
}

func TestAccountsRefuseWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	s, _ := service(t, dbtest.OpenSQLite(t))
	for _, tt := range []struct{ what, name, email, password, says string }{
		{"no name", " ", email, password, "name"},
		{"long name", strings.Repeat("a", 81), email, password, "name"},
		{"control characters", "a\x07", email, password, "name"},
		{"no address", "Noor", "noor", password, "email address"},
		{"name in the address", "Noor", "Noor <noor@example.edu>", password, "email address"},
		{"short password", "Noor", email, "elevenchars", "at least 12 characters"},
		{"long password", "Noor", email, strings.Repeat("abcde", 41), "at most 200"},
		{"dull password", "Noor", email, "aaaaaaaaaaaabb", "different characters"},
		{"no text", "Noor", email, "abcdefghijkl\xff", "not text"},
	} {
		if _, err := s.Create(t.Context(), tt.name, tt.email, tt.password); !errors.Is(err, admin.ErrInvalidAccount) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: Create = %v, want %v with %q", tt.what, err, admin.ErrInvalidAccount, tt.says)
		}
	}
}

func TestNewPasswordReplacesTheOld(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s, _ := service(t, db)
		made := create(t, s)
		const fresh = "another long password"
		if _, err := s.SetPassword(t.Context(), "nobody@example.edu", fresh); !errors.Is(err, admin.ErrNoAccount) {
			t.Errorf("SetPassword(unknown) = %v", err)
		}
		if _, err := s.SetPassword(t.Context(), email, "short"); !errors.Is(err, admin.ErrInvalidAccount) {
			t.Errorf("SetPassword(short) = %v", err)
		}
		if a, err := s.SetPassword(t.Context(), email, fresh); err != nil || a.ID != made.ID {
			t.Fatalf("SetPassword = %+v, %v", a, err)
		}
		if _, err := s.SignIn(t.Context(), email, password, admin.Browser{}); !errors.Is(err, admin.ErrWrongPassword) {
			t.Errorf("SignIn(old) = %v", err)
		}
		if _, err := s.SignIn(t.Context(), email, fresh, admin.Browser{}); err != nil {
			t.Errorf("SignIn(new) = %v", err)
		}
	})
}
