package session

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"usher/database"
	"usher/secret"
)

// Lifetimes. In a page of its own a session outlives a working day of pauses;
// in a frame, where the bearer lies in the page, it is shorter.
const (
	cookieIdle = 12 * time.Hour
	cookieMost = 7 * 24 * time.Hour
	bearerIdle = 2 * time.Hour
	bearerMost = 12 * time.Hour
	// GuestMost bounds a guest's place, however far its entry's end.
	GuestMost = 30 * 24 * time.Hour
	// touchEvery spares a write per request: a sliding expiry moves at most so often.
	touchEvery = time.Minute
)

// Deps are what a [Service] needs.
type Deps struct {
	DB  *database.DB
	Now func() time.Time
	// CookieKeys authenticate cookies; the first signs, all are accepted.
	CookieKeys [][]byte
}

// Service starts, finds and ends sessions. Safe for parallel use.
type Service struct {
	store   store
	now     func() time.Time
	cookies *sessions.CookieStore
}

// New returns a [Service].
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Now == nil || len(d.CookieKeys) == 0 {
		return nil, errors.New("session.New: DB, Now and CookieKeys are required")
	}
	return &Service{store: store{db: d.DB}, now: d.Now, cookies: cookieStore(d.CookieKeys)}, nil
}

// MemberStart is what a proved launch knows of the person it signs in.
type MemberStart struct {
	TenantID, PlatformID, PersonID, CourseID string
	CourseRole                               string // of a launch without a context
	Locale, ReturnURL                        string
	FrameOrigins                             []string
}

func (m MemberStart) identity(carrier Carrier, now time.Time) Identity {
	idle := cookieIdle
	if carrier == Bearer {
		idle = bearerIdle
	}
	return Identity{
		SessionID: secret.NewID(), Carrier: carrier, Kind: Member,
		TenantID: m.TenantID, PlatformID: m.PlatformID, PersonID: m.PersonID, CourseID: m.CourseID, CourseRole: m.CourseRole,
		Locale: m.Locale, ReturnURL: m.ReturnURL, FrameOrigins: m.FrameOrigins,
		CreatedAt: now, ExpiresAt: now.Add(idle),
	}
}

// StartBearer signs a member in for a frame and returns the bearer, the only
// copy there is, and the identity.
func (s *Service) StartBearer(ctx context.Context, m MemberStart) (token string, identity Identity, err error) {
	now := s.now()
	token = secret.Token()
	identity = m.identity(Bearer, now)
	err = s.store.insert(ctx, identity, secret.Hash(token), now.Add(bearerMost))
	return token, identity, err
}

// StartCookie signs a member in for this browser. It is called on the launch's
// cross-site POST, so it leaves an arrival cookie that the next request joins
// with what the browser had.
func (s *Service) StartCookie(w http.ResponseWriter, r *http.Request, m MemberStart) error {
	now := s.now()
	token := secret.Token()
	identity := m.identity(Cookie, now)
	if err := s.store.insert(r.Context(), identity, secret.Hash(token), now.Add(cookieMost)); err != nil {
		return err
	}
	return s.setArrival(w, r, identity.SessionID, token)
}

// GuestStart is what a claimed invitation knows of the guest it admits.
type GuestStart struct {
	TenantID, PlatformID, EntryID, InvitationID string
	Locale                                      string
	// Until is when the place ends: the entry's end + 2 h, 12 h at least.
	Until time.Time
}

// StartGuest gives this browser a guest's place in an entry, instead of one
// that it may have had there. Other identities of the browser stay; the cookie
// changes its value.
func (s *Service) StartGuest(w http.ResponseWriter, r *http.Request, g GuestStart) (Identity, error) {
	now := s.now()
	until := g.Until
	if latest := now.Add(GuestMost); until.After(latest) {
		until = latest
	}
	identity := Identity{
		SessionID: secret.NewID(), Carrier: Cookie, Kind: Guest,
		TenantID: g.TenantID, PlatformID: g.PlatformID, EntryID: g.EntryID, InvitationID: g.InvitationID,
		Locale: g.Locale, CreatedAt: now, ExpiresAt: until,
	}
	token := secret.Token()
	old := From(r)
	err := database.InTx(r.Context(), s.store.db, func(ctx context.Context) error {
		if old.Carrier == Cookie {
			if err := s.store.move(ctx, old.secretHash, secret.Hash(token)); err != nil {
				return err
			}
		}
		if err := s.store.deleteGuest(ctx, secret.Hash(token), g.EntryID); err != nil {
			return err
		}
		return s.store.insert(ctx, identity, secret.Hash(token), until)
	})
	if err != nil {
		return Identity{}, err
	}
	return identity, s.setMain(w, r, token)
}

// EnsureDevice gives this browser a lasting id if it has none yet and returns
// its hash.
func (s *Service) EnsureDevice(w http.ResponseWriter, r *http.Request) (string, error) {
	return s.ensureDevice(w, r)
}

// EndGuests ends all guest places of an invitation, on every device. Their
// holders are told that they were withdrawn.
func (s *Service) EndGuests(ctx context.Context, tenantID, invitationID string) error {
	return s.store.endGuests(ctx, tenantID, invitationID, s.now())
}

// GuestLives says whether a guest session of an invitation lives, on any device.
func (s *Service) GuestLives(ctx context.Context, tenantID, invitationID string) (bool, error) {
	return s.store.guestLives(ctx, tenantID, invitationID, s.now())
}

// End ends one identity's session: its holder leaves on this device.
func (s *Service) End(ctx context.Context, sessionID string) error {
	return s.store.deleteByID(ctx, []string{sessionID})
}

// Living says whether a session may still be used: for connections that
// outlive the request which began them.
func (s *Service) Living(ctx context.Context, sessionID string) (bool, error) {
	return s.store.living(ctx, sessionID, s.now())
}

// Load finds the session of a request, renews its sliding expiry and joins
// arrivals, for which it may set cookies on w.
func (s *Service) Load(w http.ResponseWriter, r *http.Request) (*Session, error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.loadBearer(r.Context(), token)
	}
	if Framed(r) {
		return &Session{}, nil
	}
	return s.loadCookies(w, r)
}

// Framed says that a request loads a document in a frame.
func Framed(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "iframe", "frame", "embed", "object", "fencedframe":
		return true
	}
	return false
}

func (s *Service) loadBearer(ctx context.Context, token string) (*Session, error) {
	hash := secret.Hash(token)
	now := s.now()
	rows, err := s.store.byCarrier(ctx, Bearer, hash, now)
	if err != nil || len(rows) == 0 {
		return &Session{}, err
	}
	found := &Session{Carrier: Bearer, secretHash: hash, identities: identities(rows)}
	return found, s.touch(ctx, rows, hash, now.Add(bearerIdle))
}

// touch moves the sliding expiry of a carrier's rows, at most once a minute.
func (s *Service) touch(ctx context.Context, rows []row, hash string, expires time.Time) error {
	now := s.now()
	for _, r := range rows {
		if r.Kind == string(Member) && now.Sub(r.SeenAt) >= touchEvery {
			return s.store.touch(ctx, hash, now, expires)
		}
	}
	return nil
}

// Sweep deletes what has been over for a day: long enough to say that a place
// was withdrawn.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	if err := s.store.sweepAdmins(ctx, now); err != nil {
		return err
	}
	return s.store.sweep(ctx, now.Add(-24*time.Hour), now)
}
