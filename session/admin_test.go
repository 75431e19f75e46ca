package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/session"
)

// addAdmins makes two accounts to sign in with.
func addAdmins(t *testing.T, db *database.DB) {
	t.Helper()
	for _, id := range []string{"noor", "omar"} {
		if _, err := database.Exec(t.Context(), db, "INSERT INTO admins (id, name, email, password, created_at, updated_at) VALUES (?, ?, ?, '', ?, ?)", id, id, id, dbtest.Now(), dbtest.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *browser) signIn(t *testing.T, adminID string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	if err := b.desk.StartAdmin(w, b.request(true), adminID, "Firefox, Linux"); err != nil {
		t.Fatalf("StartAdmin: %v", err)
	}
	b.keep(w)
	return w
}

func (b *browser) admin(t *testing.T) string {
	t.Helper()
	a, err := b.desk.Admin(b.request(true))
	if errors.Is(err, session.ErrNoAdmin) {
		return ""
	}
	if err != nil {
		t.Fatalf("Admin: %v", err)
	}
	return a.AdminID
}

func TestConsoleCookieIsStrictAndItsRowHashed(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	d := newDesk(t, db)
	addAdmins(t, db)
	b := d.browser()
	for _, c := range b.signIn(t, "noor").Result().Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || c.SameSite != http.SameSiteStrictMode || !c.HttpOnly || !c.Secure || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %s is not locked: %v", c.Name, c)
		}
		if c.Name == "__Host-usher-admin" && c.MaxAge != 0 {
			t.Errorf("the session outlives the browser: Max-Age %d", c.MaxAge)
		}
	}
	var hash string
	if err := database.QueryOne(t.Context(), db, "SELECT secret_hash FROM admin_sessions", nil, &hash); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.cookies["__Host-usher-admin"], hash) || hash == "" {
		t.Error("the row holds what the cookie holds")
	}
}

func TestConsoleSessionSlidesAnHourAndEndsAfterTwelve(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		addAdmins(t, db)
		b, idle := d.browser(), d.browser()
		b.signIn(t, "noor")
		idle.signIn(t, "noor")
		for hours := 0.0; hours < 11.9; hours += 0.75 {
			if got := b.admin(t); got != "noor" {
				t.Fatalf("after %v hours in use: %q", hours, got)
			}
			d.clock.add(45 * time.Minute)
		}
		if got := idle.admin(t); got != "" {
			t.Errorf("an idle session lives after 12 hours: %q", got)
		}
		if got := b.admin(t); got != "" {
			t.Errorf("a session in use lives after 12 hours: %q", got)
		}
		if err := d.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := database.QueryOne(t.Context(), db, "SELECT COUNT(*) FROM admin_sessions", nil, &left); err != nil || left != 0 {
			t.Errorf("%d rows are left, %v", left, err)
		}
	})
}

func TestIdleConsoleSessionEndsAfterAnHour(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	d := newDesk(t, db)
	addAdmins(t, db)
	b := d.browser()
	b.signIn(t, "noor")
	d.clock.add(59 * time.Minute)
	if got := b.admin(t); got != "noor" {
		t.Errorf("after 59 minutes: %q", got)
	}
	d.clock.add(time.Hour)
	if got := b.admin(t); got != "" {
		t.Errorf("an hour later: %q", got)
	}
}

func TestConsoleCookieChangesAtEachSignIn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		addAdmins(t, db)
		b := d.browser()
		b.signIn(t, "noor")
		old := d.browser()
		old.cookies["__Host-usher-admin"] = b.cookies["__Host-usher-admin"]
		b.signIn(t, "omar")
		if got := b.admin(t); got != "omar" {
			t.Errorf("the newer sign-in: %q", got)
		}
		if got := old.admin(t); got != "" {
			t.Errorf("the older cookie still opens: %q", got)
		}
	})
}

func TestConsoleKnowsNeitherFramesNorBearersNorLaunches(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	d := newDesk(t, db)
	addAdmins(t, db)
	b := d.browser()
	b.signIn(t, "noor")
	b.launch(t, d.member(0, "teacher", "course"))
	if s := b.load(t); len(s.Members()) != 1 {
		t.Errorf("the launch beside the console: %v", people(s))
	}
	for name, change := range map[string]func(*http.Request){
		"frame":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Dest", "iframe") },
		"bearer": func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") },
		"forged": func(r *http.Request) {
			r.Header.Set("Cookie", "__Host-usher-admin="+b.cookies["__Host-usher-admin"]+"x")
		},
		"other cookie under its name": func(r *http.Request) { r.Header.Set("Cookie", "__Host-usher-admin="+b.cookies["__Host-usher"]) },
	} {
		r := b.request(true)
		change(r)
		if a, err := d.Admin(r); !errors.Is(err, session.ErrNoAdmin) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	only := d.browser()
	only.cookies["__Host-usher-admin"] = b.cookies["__Host-usher-admin"]
	if s := only.load(t); !s.Nobody() {
		t.Error("the console's cookie opens a course")
	}
}

func TestSessionsOfAnAccountAreListedAndEnded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		d := newDesk(t, db)
		addAdmins(t, db)
		office, phone, other := d.browser(), d.browser(), d.browser()
		office.signIn(t, "noor")
		d.clock.add(time.Second)
		phone.signIn(t, "noor")
		other.signIn(t, "omar")
		list, err := d.Admins(t.Context(), "noor")
		if err != nil || len(list) != 2 || list[0].Browser != "Firefox, Linux" || !list[0].CreatedAt.After(list[1].CreatedAt) {
			t.Fatalf("Admins = %+v, %v", list, err)
		}
		if err := d.EndAdmin(t.Context(), "omar", list[0].SessionID); err != nil || phone.admin(t) != "noor" {
			t.Errorf("another account ended a session: %v", err)
		}
		if err := d.EndAdmin(t.Context(), "noor", list[0].SessionID); err != nil || phone.admin(t) != "" || office.admin(t) != "noor" {
			t.Errorf("ending the phone: %v, phone %q, office %q", err, phone.admin(t), office.admin(t))
		}
		phone.signIn(t, "noor")
		here, err := d.Admin(office.request(true))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.EndAdmins(t.Context(), "noor", here.SessionID); err != nil || phone.admin(t) != "" || office.admin(t) != "noor" || other.admin(t) != "omar" {
			t.Errorf("ending all others: %v, phone %q, office %q, other %q", err, phone.admin(t), office.admin(t), other.admin(t))
		}
	})
}

func TestBrowserIsKnownToTheAccountThatUsedIt(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	d := newDesk(t, db)
	addAdmins(t, db)
	b := d.browser()
	if account, name := d.KnownBrowser(b.request(true)); account+name != "" {
		t.Errorf("a new browser is known as %q of %q", name, account)
	}
	b.signIn(t, "noor")
	account, name := d.KnownBrowser(b.request(true))
	if account != "noor" || name == "" {
		t.Errorf("KnownBrowser = %q, %q", account, name)
	}
	b.signIn(t, "noor")
	if _, again := d.KnownBrowser(b.request(true)); again != name {
		t.Error("the browser has another name after the next sign-in")
	}
	b.signIn(t, "omar")
	if account, other := d.KnownBrowser(b.request(true)); account != "omar" || other == name {
		t.Errorf("KnownBrowser = %q, %q after another account's sign-in", account, other)
	}
}
