package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/session"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// desk is a session service with two tenants to sign in to.
type desk struct {
	*session.Service
	clock   *clock
	tenants [2]string
}

func newDesk(t *testing.T, db *database.DB) *desk {
	t.Helper()
	d := &desk{clock: &clock{t: dbtest.Now()}}
	d.tenants = addTenants(t, db)
	var err error
	d.Service, err = session.New(session.Deps{DB: db, Now: d.clock.now, CookieKeys: [][]byte{make([]byte, 32)}})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return d
}

func addTenants(t *testing.T, db *database.DB) (ids [2]string) {
	t.Helper()
	g := database.From(t.Context(), db)
	for i, id := range []string{"tenant-a", "tenant-b"} {
		now := dbtest.Now()
		if err := g.Exec("INSERT INTO platforms (id, name, issuer, client_id, auth_url, token_url, jwks_url, created_at, updated_at) VALUES (?, ?, ?, 'c', '', '', '', ?, ?)", "p"+id, id, id, now, now).Error; err != nil {
			t.Fatal(err)
		}
		if err := g.Exec("INSERT INTO tenants (id, platform_id, created_at) VALUES (?, ?, ?)", id, "p"+id, now).Error; err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	return ids
}

func (d *desk) member(tenant int, person, course string) session.MemberStart {
	return session.MemberStart{TenantID: d.tenants[tenant], PlatformID: "p", PersonID: person, CourseID: course, FrameOrigins: []string{"https://lms.example.edu"}}
}

// browser keeps cookies as a browser does for one site.
type browser struct {
	desk    *desk
	cookies map[string]string
}

func (d *desk) browser() *browser { return &browser{desk: d, cookies: map[string]string{}} }

// request makes a request; withCookies is false for cross-site POSTs, which
// carry no Lax cookie.
func (b *browser) request(withCookies bool) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "https://rooms.example.edu/", nil)
	if withCookies {
		for name, value := range b.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
	}
	return r
}

func (b *browser) keep(w *httptest.ResponseRecorder) {
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
}

func (b *browser) launch(t *testing.T, m session.MemberStart) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := b.desk.StartCookie(w, b.request(false), m); err != nil {
		t.Fatalf("StartCookie: %v", err)
	}
	b.keep(w)
}

func (b *browser) load(t *testing.T) *session.Session {
	t.Helper()
	w := httptest.NewRecorder()
	s, err := b.desk.Load(w, b.request(true))
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	b.keep(w)
	return s
}

func people(s *session.Session) (ids []string) {
	for _, i := range s.Members() {
		ids = append(ids, i.PersonID+"@"+i.CourseID)
	}
	return ids
}

func TestLaunchesInOneBrowserKeepEachOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		b := d.browser()
		b.launch(t, d.member(0, "ann", "c1"))
		if got := people(b.load(t)); len(got) != 1 || got[0] != "ann@c1" {
			t.Fatalf("after a launch: %v, want ann@c1", got)
		}
		b.launch(t, d.member(0, "ann", "c2"))
		b.launch(t, d.member(1, "ann-too", "c3"))
		s := b.load(t)
		for _, course := range []string{"c1", "c2", "c3"} {
			if _, ok := s.MemberIn(course); !ok {
				t.Errorf("after three launches nobody is in %s: %v", course, people(s))
			}
		}
		if again := b.load(t); len(again.Members()) != 3 {
			t.Errorf("next request: %v, want three identities", people(again))
		}
	})
}

func TestAnotherPersonOfOneTenantReplacesTheFirst(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		b := d.browser()
		b.launch(t, d.member(0, "ann", "c1"))
		b.launch(t, d.member(1, "zoe", "c9"))
		b.load(t)
		d.clock.add(time.Second)
		b.launch(t, d.member(0, "bob", "c2"))
		s := b.load(t)
		if _, ok := s.MemberIn("c1"); ok {
			t.Error("ann is still in c1 after bob signed in")
		}
		if i, ok := s.Member(d.tenants[0]); !ok || i.PersonID != "bob" {
			t.Errorf("tenant's member = %v, want bob", i.PersonID)
		}
		if _, ok := s.MemberIn("c9"); !ok {
			t.Error("another tenant's identity was lost")
		}
	})
}

func TestEveryNewIdentityChangesTheCookie(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		b := d.browser()
		b.launch(t, d.member(0, "ann", "c1"))
		b.load(t)
		b.load(t)
		planted := d.browser()
		for name, value := range b.cookies {
			planted.cookies[name] = value
		}
		d.clock.add(time.Second)
		b.launch(t, d.member(1, "zoe", "c9"))
		b.load(t)
		if s := planted.load(t); !s.Nobody() {
			t.Errorf("the old cookie still speaks for %v", people(s))
		}
	})
}

func TestTwoLaunchesAtOnceBothStay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		b := d.browser()
		b.launch(t, d.member(0, "ann", "c1"))
		b.launch(t, d.member(0, "ann", "c2"))
		// Both pages load before either answer's cookies are kept.
		first, second := httptest.NewRecorder(), httptest.NewRecorder()
		for _, w := range []*httptest.ResponseRecorder{first, second} {
			if _, err := d.Load(w, b.request(true)); err != nil {
				t.Fatalf("Load: %v", err)
			}
		}
		b.keep(first)
		b.keep(second)
		if got := people(b.load(t)); len(got) != 2 {
			t.Errorf("after two launches at once: %v, want both courses", got)
		}
	})
}

func TestGuestKeepsItsPlaceUntilItIsWithdrawn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		b := d.browser()
		b.launch(t, d.member(1, "zoe", "c9"))
		found := b.load(t)
		w := httptest.NewRecorder()
		start := session.GuestStart{TenantID: d.tenants[0], PlatformID: "p", EntryID: "e1", InvitationID: "i1", Until: d.clock.now().Add(14 * time.Hour)}
		if _, err := d.StartGuest(w, session.With(b.request(true), found), start); err != nil {
			t.Fatalf("StartGuest: %v", err)
		}
		b.keep(w)
		d.clock.add(13 * time.Hour)
		s := b.load(t)
		if _, ok, _ := s.Guest("e1"); !ok {
			t.Error("the guest's place ended before its time")
		}
		if _, ok := s.MemberIn("c9"); ok {
			t.Error("a member idle for 13 hours is still signed in")
		}
		if _, ok, _ := s.Guest("e2"); ok {
			t.Error("a guest of one entry is one of another")
		}
		if err := d.EndGuests(t.Context(), d.tenants[1], "i1"); err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := b.load(t).Guest("e1"); !ok {
			t.Error("another tenant ended the guest's place")
		}
		if err := d.EndGuests(t.Context(), d.tenants[0], "i1"); err != nil {
			t.Fatal(err)
		}
		if _, ok, ended := b.load(t).Guest("e1"); ok || !ended {
			t.Errorf("after withdrawal: found %t, ended %t; want false, true", ok, ended)
		}
	})
}

func TestSessionsSlideAndEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		token, _, err := d.StartBearer(t.Context(), d.member(0, "ann", "c1"))
		if err != nil {
			t.Fatal(err)
		}
		load := func() *session.Session {
			r := httptest.NewRequest(http.MethodGet, "https://rooms.example.edu/", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			s, err := d.Load(httptest.NewRecorder(), r)
			if err != nil {
				t.Fatalf("Load: %v", err)
			}
			return s
		}
		for hours := 1; hours < 12; hours++ {
			d.clock.add(time.Hour)
			if load().Nobody() {
				t.Fatalf("bearer used every hour ended after %d hours", hours)
			}
		}
		d.clock.add(time.Hour)
		if !load().Nobody() {
			t.Error("bearer lives after 12 hours")
		}
		token, _, err = d.StartBearer(t.Context(), d.member(0, "ann", "c1"))
		if err != nil {
			t.Fatal(err)
		}
		d.clock.add(2*time.Hour + time.Second)
		if !load().Nobody() {
			t.Error("bearer idle for two hours lives")
		}
	})
}

func TestCookiesAreNotReadInFrames(t *testing.T) {
	t.Parallel()
	d := newDesk(t, dbtest.OpenSQLite(t))
	b := d.browser()
	b.launch(t, d.member(0, "ann", "c1"))
	b.load(t)
	r := b.request(true)
	r.Header.Set("Sec-Fetch-Dest", "iframe")
	s, err := d.Load(httptest.NewRecorder(), r)
	if err != nil || !s.Nobody() {
		t.Errorf("cookie in a frame speaks for %v (%v)", people(s), err)
	}
}

func TestForgedCookiesAndBearersAreNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, dbtest.OpenSQLite(t))
	b := d.browser()
	b.launch(t, d.member(0, "ann", "c1"))
	b.load(t)
	for name, value := range b.cookies {
		b.cookies[name] = value[:len(value)-4] + strings.Repeat("A", 4)
	}
	if s := b.load(t); !s.Nobody() {
		t.Errorf("changed cookie speaks for %v", people(s))
	}
	for _, header := range []string{"Bearer ", "Bearer x", "Bearer " + strings.Repeat("x", 5000)} {
		r := httptest.NewRequest(http.MethodGet, "https://rooms.example.edu/", nil)
		r.Header.Set("Authorization", header)
		if s, err := d.Load(httptest.NewRecorder(), r); err != nil || !s.Nobody() {
			t.Errorf("bearer %.12q speaks for %v (%v)", header, people(s), err)
		}
	}
}

func TestCodeIsGoodOnceForItsPurpose(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		code := func() string {
			code, err := d.Code(t.Context(), "s1", "live", "e1")
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		used := code()
		if _, _, err := d.Redeem(t.Context(), used, "window"); !errors.Is(err, session.ErrCode) {
			t.Errorf("code for another purpose: %v, want ErrCode", err)
		}
		if id, target, err := d.Redeem(t.Context(), used, "live"); err != nil || id != "s1" || target != "e1" {
			t.Errorf("Redeem = %s, %s, %v", id, target, err)
		}
		if _, _, err := d.Redeem(t.Context(), used, "live"); !errors.Is(err, session.ErrCode) {
			t.Errorf("used code: %v, want ErrCode", err)
		}
		late := code()
		d.clock.add(session.CodeMost)
		if _, _, err := d.Redeem(t.Context(), late, "live"); !errors.Is(err, session.ErrCode) {
			t.Errorf("late code: %v, want ErrCode", err)
		}
	})
}

func TestCodeRedeemedAtOnceHasOneWinner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		code, err := d.Code(t.Context(), "s1", "live", "e1")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 16 {
			wg.Go(func() {
				if _, _, err := d.Redeem(context.Background(), code, "live"); err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d of 16 redeemed one code, want 1", won)
		}
	})
}

func TestPublicIDIsTheSameInAllTabsAndDiffersByPerson(t *testing.T) {
	t.Parallel()
	ann := session.Identity{Kind: session.Member, TenantID: "t", PersonID: "ann", CourseID: "c1"}
	other := ann
	other.CourseID, other.SessionID = "c2", "s2"
	if ann.PublicID() != other.PublicID() {
		t.Error("one person has two public ids")
	}
	other.PersonID = "bob"
	if ann.PublicID() == other.PublicID() {
		t.Error("two people have one public id")
	}
}
