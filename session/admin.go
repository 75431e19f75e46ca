package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"usher/database"
	"usher/secret"
)

// An administrator of this installation is signed in to the console by a
// cookie of its own, which no other page reads: Strict, so that no link from
// elsewhere acts in their name, and never in a frame. It shares nothing with
// the identities that launches bring.
const (
	adminCookie   = "__Host-usher-admin"
	browserCookie = "__Host-usher-admin-browser"
	adminIdle     = time.Hour
	adminMost     = 12 * time.Hour
	// browserMost is how long after a sign-in a browser is known as one of the
	// account's.
	browserMost = GuestMost

	accountValue = "a"
	browserValue = "b"
)

// ErrNoAdmin says that nobody is signed in to the console with a request.
var ErrNoAdmin = errors.New("nobody is signed in to the console")

// Admin is one browser that is signed in to the console.
type Admin struct {
	SessionID string
	AdminID   string
	// Browser is what it called itself, in a few words.
	Browser   string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// AdminPublicID names the account that a page of the console was made for.
func AdminPublicID(adminID string) string { return secret.Hash("admin " + adminID)[:22] }

// StartAdmin signs an account in for this browser, under a new id; an older
// session of the browser ends. browser is what to call it in the list.
func (s *Service) StartAdmin(w http.ResponseWriter, r *http.Request, adminID, browser string) error {
	now := s.now()
	token := secret.Token()
	old, _ := s.Admin(r)
	err := database.InTx(r.Context(), s.store.db, func(ctx context.Context) error {
		if err := s.store.deleteAdmin(ctx, old.AdminID, old.SessionID); err != nil {
			return err
		}
		a := Admin{SessionID: secret.NewID(), AdminID: adminID, Browser: browser, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(adminIdle)}
		return s.store.insertAdmin(ctx, a, secret.Hash(token), now.Add(adminMost))
	})
	if err != nil {
		return fmt.Errorf("start admin session: %w", err)
	}
	if err := s.saveStrict(w, r, adminCookie, 0, map[string]string{secretValue: token}); err != nil {
		return err
	}
	account, known := s.KnownBrowser(r)
	if account != adminID {
		known = secret.ShortToken()
	}
	return s.saveStrict(w, r, browserCookie, browserMost, map[string]string{accountValue: adminID, browserValue: known})
}

// saveStrict writes a cookie of the console; 0 lets it end with the browser.
func (s *Service) saveStrict(w http.ResponseWriter, r *http.Request, name string, lifetime time.Duration, values map[string]string) error {
	cookie := sessions.NewSession(s.cookies, name)
	options := *s.cookies.Options
	options.SameSite, options.MaxAge = http.SameSiteStrictMode, int(lifetime.Seconds())
	cookie.Options = &options
	for key, value := range values {
		cookie.Values[key] = value
	}
	return s.cookies.Save(r, w, cookie)
}

func (s *Service) strictValue(r *http.Request, name, key string) string {
	cookie, err := s.cookies.New(r, name)
	if err != nil {
		return ""
	}
	value, _ := cookie.Values[key].(string)
	return value
}

// KnownBrowser says with which account this browser signed in last, and how
// the browser is called; "" if with none. It signs nobody in.
func (s *Service) KnownBrowser(r *http.Request) (adminID, name string) {
	return s.strictValue(r, browserCookie, accountValue), s.strictValue(r, browserCookie, browserValue)
}

// Admin finds who is signed in to the console with a request, and renews the
// session's sliding expiry; [ErrNoAdmin] for nobody. Bearers and frames are
// nobody here.
func (s *Service) Admin(r *http.Request) (Admin, error) {
	if Framed(r) || r.Header.Get("Authorization") != "" {
		return Admin{}, ErrNoAdmin
	}
	token := s.strictValue(r, adminCookie, secretValue)
	if token == "" {
		return Admin{}, ErrNoAdmin
	}
	now := s.now()
	a, err := s.store.admin(r.Context(), secret.Hash(token), now)
	if errors.Is(err, database.ErrNotFound) {
		return Admin{}, ErrNoAdmin
	}
	if err != nil {
		return Admin{}, fmt.Errorf("find admin session: %w", err)
	}
	if now.Sub(a.SeenAt) >= touchEvery {
		if err := s.store.touchAdmin(r.Context(), a.SessionID, now, now.Add(adminIdle)); err != nil {
			return Admin{}, fmt.Errorf("renew admin session: %w", err)
		}
	}
	return a, nil
}

// Admins returns an account's living sessions, the newest first.
func (s *Service) Admins(ctx context.Context, adminID string) ([]Admin, error) {
	list, err := s.store.admins(ctx, adminID, s.now())
	if err != nil {
		return nil, fmt.Errorf("list admin sessions: %w", err)
	}
	return list, nil
}

// EndAdmin ends one session of an account; another account's it leaves alone.
func (s *Service) EndAdmin(ctx context.Context, adminID, sessionID string) error {
	if err := s.store.deleteAdmin(ctx, adminID, sessionID); err != nil {
		return fmt.Errorf("end admin session: %w", err)
	}
	return nil
}

// EndAdmins ends all sessions of an account but one; "" ends all.
func (s *Service) EndAdmins(ctx context.Context, adminID, except string) error {
	if err := s.store.deleteAdmins(ctx, adminID, except); err != nil {
		return fmt.Errorf("end admin sessions: %w", err)
	}
	return nil
}

// DropAdmin takes the console's cookie from this browser.
func (s *Service) DropAdmin(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: adminCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
}
