package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
	"usher/media"
	"usher/settings"
)

func email(address string) url.Values { return url.Values{"email": {address}} }

func scheduled(r time.Time) media.Draft {
	end := r.Add(2 * time.Hour)
	return media.Draft{StartsAt: &r, EndsAt: &end, Chat: true, OpensItself: true, TimeZone: "Europe/Oslo"}
}

func soon() time.Time { return time.Now().UTC().Add(time.Hour).Truncate(time.Minute) }

func (r *room) rule(t *testing.T, key settings.Key, value string) {
	t.Helper()
	if _, err := r.site.Settings.Set(t.Context(), settings.Everybody, key, value); err != nil {
		t.Fatalf("set %s: %v", key, err)
	}
}

// TestLandingRows provokes each row by what people do, and reads what the
// visitor reads. Rows 4, 10, 15 and 16 have tests of their own below.
func TestLandingRows(t *testing.T) {
	t.Parallel()
	const address = "guest@example.org"
	for _, tc := range []struct {
		name   string
		role   string
		draft  media.Draft
		do     func(t *testing.T, r *room, id, link string)
		who    func(r *room) *housetest.Browser // nil: a fresh browser
		status int
		says   string
	}{
		{name: "2 revoked", do: func(t *testing.T, r *room, id, _ string) {
			r.teacher.Post(r.invitations("/"+id+"/revoke"), url.Values{})
		}, status: 410, says: "This invitation was withdrawn"},
		{name: "3 deleted", do: func(t *testing.T, r *room, _, _ string) {
			r.teacher.Post("/e/"+r.entry.ID+"/delete", url.Values{})
		}, status: 410, says: "This session no longer exists"},
		{name: "5 may host", who: func(r *room) *housetest.Browser { return r.teacher }, status: 303},
		{name: "7 expired", do: func(_ *testing.T, r *room, _, _ string) { r.site.Clock.Add(25 * time.Hour) }, status: 410, says: "This link has expired"},
		{name: "8 unpublished", do: func(_ *testing.T, r *room, _, _ string) {
			r.teacher.Post("/e/"+r.entry.ID+"/publish", url.Values{"published": {"0"}})
		}, status: 403, says: "This page isn&#39;t available right now"},
		{name: "8 switched off", do: func(t *testing.T, r *room, _, _ string) { r.rule(t, settings.InviteEnabled, "off") }, status: 403, says: "This page isn&#39;t available right now"},
		{name: "9 domain", do: func(t *testing.T, r *room, _, _ string) { r.rule(t, settings.InviteDenyDomains, "example.org") }, status: 403, says: "This email domain is not allowed here"},
		{name: "11 another device", do: func(_ *testing.T, r *room, _, link string) { r.site.Browser().Post(link, email(address)) }, status: 403, says: "This link was opened on another device"},
		{name: "13 not open", role: "viewer", draft: scheduled(soon()), status: 200, says: "Starts in"},
		{name: "13 not for speakers", draft: scheduled(soon()), status: 200, says: "Enter your email to join"},
		{name: "14 ended", do: func(_ *testing.T, r *room, _, _ string) { r.teacher.Post("/e/"+r.entry.ID+"/end", url.Values{}) }, status: 410, says: "This session has ended"},
		{name: "17 lobby", status: 200, says: "Enter your email to join"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			draft := tc.draft
			if draft.TimeZone == "" {
				draft = openRoom()
			}
			r := newInviteRoom(t, dbtest.OpenSQLite(t), draft)
			role := "speaker"
			if tc.role != "" {
				role = tc.role
			}
			id, link := r.invite(t, inviteFields(address, role))
			if tc.do != nil {
				tc.do(t, r, id, link)
			}
			b := r.site.Browser()
			if tc.who != nil {
				b = tc.who(r)
			}
			page := b.Get(link)
			wants(t, "GET", page, tc.status, tc.says)
			if strings.Contains(page.Body, address) || strings.Contains(page.Body, "Ingrid") {
				t.Error("the page shows who was invited")
			}
			if page.Header.Get("Cache-Control") != "no-store" || !strings.Contains(page.Header.Get("X-Robots-Tag"), "noindex") {
				t.Errorf("headers: %v", page.Header)
			}
			if tc.status == 410 || tc.status == 403 {
				wants(t, "POST", b.Post(link, email(address)), tc.status, tc.says)
			}
		})
	}
}

func TestAnUnknownLinkIs404ForJunkOfAnyKind(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	for _, path := range []string{"/i/junk", "/i/" + strings.Repeat("A", 5000), "/i/%00%ff", "/i/..%2f..%2fetc"} {
		wants(t, path[:7], site.Browser().Get(path), 404, "This invitation link is not valid")
		wants(t, path[:7], site.Browser().Post(path, email("a@example.org")), 404)
		wants(t, path[:7], site.Browser().Post(path+"/opened", url.Values{}), 204)
	}
}

func TestAGuestGoesThroughTheLobbyIntoTheRoom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		_, link := r.invite(t, inviteFields("guest@example.org", "speaker"))
		b := r.site.Browser()
		wants(t, "nothing typed", b.Post(link, email("")), 422, "The email is missing")
		wants(t, "no address", b.Post(link, email("guest")), 422, "This is not a full email address", `value="guest"`)
		wants(t, "another address", b.Post(link, email("other@example.org")), 422,
			"This email doesn&#39;t match the invitation. Enter the address that received it.", `value="other@example.org"`)
		page := b.Post(link, email(" GUEST@example.org"))
		if page.Status != http.StatusSeeOther || page.Location != "/e/"+r.entry.ID {
			t.Fatalf("claim: status %d to %q\n%s", page.Status, page.Location, page.Body)
		}
		wants(t, "the room", b.Get(page.Location), 200, `data-page="room"`, `data-attendee="speaker"`, "Ingrid Solheim")
		if page := b.Get(link); page.Status != http.StatusSeeOther || page.Location != "/e/"+r.entry.ID {
			t.Errorf("the link again: status %d to %q, want straight back (row 4)", page.Status, page.Location)
		}
		r.site.Clock.Add(31 * 24 * time.Hour) // the guest's session is over, and so is the link
		wants(t, "after a month", b.Get(link), 410, "This link has expired")
	})
}

func TestASpentLinkSaysSoToItsDevice(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	r.rule(t, settings.InviteLinkDuration, "8000h")
	_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
	b := r.site.Browser()
	b.Post(link, email("guest@example.org"))
	r.site.Clock.Add(31 * 24 * time.Hour)
	wants(t, "row 12", b.Get(link), 410, "This link has already been used")
	wants(t, "row 12", b.Post(link, email("guest@example.org")), 410, "This link has already been used")
}

func TestASecondLinkRaisesTheGuestInside(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
		b := r.site.Browser()
		b.Post(link, email("guest@example.org"))
		r.site.Clock.Add(time.Second)
		_, raised := r.invite(t, inviteFields("guest@example.org", "moderator"))
		wants(t, "before it is followed", b.Get("/e/"+r.entry.ID), 200, `data-attendee="viewer"`)
		wants(t, "row 10", b.Get(raised), 200, "You are signed in already", "moderator", "data-go")
		if page := b.Post(raised, url.Values{}); page.Status != http.StatusSeeOther {
			t.Errorf("row 10: status %d\n%s", page.Status, page.Body)
		}
		wants(t, "after", b.Get("/e/"+r.entry.ID), 200, `data-attendee="moderator"`)
	})
}

func TestAMemberGoesStraightInAndAnotherIsToldSo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		_, link := r.invite(t, inviteFields("student@campus.example", "speaker"))
		other := r.another.Get(link)
		wants(t, "row 16", other, 200, "This invitation is for somebody else", "Use a different email")
		if strings.Contains(other.Body, "student@campus") {
			t.Error("row 16 shows the invited address")
		}
		wants(t, "a different email", r.another.Get(link+"?different=1"), 200, "Enter your email to join")
		wants(t, "row 15", r.student.Get(link), 200, "data-go", "speaker")
		if page := r.student.Post(link, url.Values{}); page.Status != http.StatusSeeOther {
			t.Fatalf("row 15: status %d\n%s", page.Status, page.Body)
		}
		wants(t, "the room", r.student.Get("/e/"+r.entry.ID), 200, `data-attendee="speaker"`)
		wants(t, "another device", r.site.Browser().Get(link), 403, "another device")
	})
}

func TestAMemberWithADifferentEmailIsThatGuest(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	_, link := r.invite(t, inviteFields("private@example.org", "speaker"))
	wants(t, "row 16", r.student.Get(link), 200, "Use a different email")
	wants(t, "mismatch", r.student.Post(link, email("wrong@example.org")), 422, "Enter your email to join")
	if page := r.student.Post(link, email("private@example.org")); page.Status != http.StatusSeeOther {
		t.Fatalf("claim: status %d\n%s", page.Status, page.Body)
	}
	wants(t, "the room", r.student.Get("/e/"+r.entry.ID), 200, `data-attendee="speaker"`, "Ingrid Solheim")
	wants(t, "the course", r.student.Get("/c/"+r.entry.CourseID), 200)
}

func TestAMemberOfAnotherCourseComesInFromTheFrame(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	_, link := r.invite(t, inviteFields("student9@campus.example", "speaker"))
	framed := r.site.Browser().LaunchInFrame("student9", ltitest.With(lti.ClaimContext, map[string]any{"id": "another course"}))
	wants(t, "before the claim", framed.Get("/e/"+r.entry.ID), 404)
	page := framed.Post(link, url.Values{})
	if page.Status != http.StatusSeeOther {
		t.Fatalf("claim: status %d\n%s", page.Status, page.Body)
	}
	wants(t, "the room", framed.Get(page.Location), 200, `data-attendee="speaker"`)
}

func TestAnInvitationOfSomebodyWithoutAnAddressLeadsToTheCourse(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	r := newInviteRoom(t, db, openRoom())
	if err := database.From(t.Context(), db).Exec("UPDATE people SET email = '', email_key = '' WHERE sub = 'student'").Error; err != nil {
		t.Fatal(err)
	}
	form := inviteFields("", "speaker")
	form.Set("person", r.personID(t, db, "student"))
	id, link := r.invite(t, form)
	wants(t, "confirmation", r.teacher.Get(r.invitations("/"+id)), 200, "not shared by your LMS")
	wants(t, "nobody", r.site.Browser().Get(link), 200, "Open this invitation from your course")
	if page := r.site.Browser().Post(link, email("student@campus.example")); page.Status != http.StatusSeeOther || page.Location != link {
		t.Errorf("nobody claims: status %d to %q, want back to the page", page.Status, page.Location)
	}
	wants(t, "the member", r.student.Get(link), 200, "data-go")
}

func TestAHostGoesInWithANote(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
	for _, page := range []housetest.Page{r.teacher.Get(link), r.teacher.Post(link, url.Values{})} {
		if page.Status != http.StatusSeeOther || page.Location != "/e/"+r.entry.ID+"?notice=host_page" {
			t.Errorf("status %d to %q", page.Status, page.Location)
		}
	}
	if page := r.site.Browser().Post(link, email("guest@example.org")); page.Status != http.StatusSeeOther {
		t.Errorf("the guest afterwards: %d", page.Status)
	}
}

func TestARemovedGuestStaysOut(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	id, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
	b := r.site.Browser()
	b.Post(link, email("guest@example.org"))
	attendee, err := r.site.Live.AttendeeOf(t.Context(), r.entry.TenantID, r.entry.ID, "", id)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.site.Live.Remove(t.Context(), r.entry.TenantID, r.entry.ID, attendee.ID); err != nil {
		t.Fatal(err)
	}
	wants(t, "row 6 here", b.Get(link), 403, "A host removed you from this session")
	wants(t, "row 6 elsewhere", r.site.Browser().Post(link, email("guest@example.org")), 403, "A host removed you from this session")
}

func TestWrongAddressesAreSlowedWith429(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
		for i := range 5 {
			wants(t, fmt.Sprint("try ", i+1), r.site.Browser().Post(link, email("wrong@example.org")), 422)
		}
		page := r.site.Browser().Post(link, email("guest@example.org"))
		wants(t, "the sixth", page, 429, "Too many tries")
		if page.Header.Get("Retry-After") == "" {
			t.Error("a limit without Retry-After")
		}
	})
}

func TestReadingALinkWritesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		id, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
		count := func() string {
			var text string
			for _, table := range []string{"invitations", "claims", "tries", "sessions", "attendees", "live_events"} {
				var n int64
				if err := database.From(t.Context(), db).Table(table).Count(&n).Error; err != nil {
					t.Fatal(err)
				}
				text += fmt.Sprint(table, n, " ")
			}
			var holder, opened string
			database.From(t.Context(), db).Raw("SELECT holder, CASE WHEN opened_at IS NULL THEN '' ELSE 'opened' END FROM invitations WHERE id = ?", id).Row().Scan(&holder, &opened)
			return text + holder + opened
		}
		before := count()
		for range 3 {
			scanner := r.site.Browser()
			scanner.Get(link) // what it may set is the device's own id, which no row knows yet
			scanner.Get(link + "/opened")
			head(t, r.site, link)
		}
		if after := count(); after != before {
			t.Errorf("before %s, after %s", before, after)
		}
		wants(t, "opened", r.site.Browser().Post(link+"/opened", url.Values{}), 204)
		wants(t, "ledger", r.teacher.Get(r.invitations("")), 200, "Opened")
	})
}

func head(t *testing.T, site *housetest.Site, path string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, site.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("HEAD: %v", err)
	}
	_ = response.Body.Close()
}

func TestOfParallelClaimsOneGetsInAndTheOtherIsTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
		var mu sync.Mutex
		got := map[int]int{}
		var wg sync.WaitGroup
		for range 4 {
			b := r.site.Browser()
			wg.Go(func() {
				page := b.Post(link, email("guest@example.org"))
				mu.Lock()
				defer mu.Unlock()
				got[page.Status]++
			})
		}
		wg.Wait()
		if got[303] != 1 || got[403] != 3 {
			t.Errorf("statuses %v, want one 303 and three 403", got)
		}
	})
}

func TestAForeignFrameGetsNothingButAWindow(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
	b := r.site.Browser()
	b.Headers.Set("Sec-Fetch-Dest", "iframe")
	page := b.Get(link)
	wants(t, "in a frame", page, 200, `target="_blank"`)
	if strings.Contains(page.Body, "Tides") {
		t.Error("any page that frames the link learns the session's title")
	}
	wants(t, "claim in a frame", b.Post(link, email("guest@example.org")), 401)

	framed := r.site.Browser().LaunchInFrame("student2")
	wants(t, "another member in the frame", framed.Get(link), 200, `target="_blank"`)
	if page := framed.Post(link, email("guest@example.org")); page.Status != http.StatusSeeOther || page.Location != link {
		t.Errorf("and their claim: status %d to %q, want back to the page", page.Status, page.Location)
	}
	_, memberLink := r.invite(t, inviteFields("student@campus.example", "speaker"))
	student := r.site.Browser().LaunchInFrame("student")
	wants(t, "the member in the frame", student.Get(memberLink), 200, "data-go")
	if page := student.Post(memberLink, url.Values{}); page.Status != http.StatusSeeOther {
		t.Errorf("the member's claim in the frame: %d", page.Status)
	}
}

func TestClaimsOfAnotherSitesPageAreRefused(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
	for _, path := range []string{link, link + "/opened"} {
		wants(t, path[:2], r.site.Browser().CrossSite(http.MethodPost, path, email("guest@example.org")), 403)
	}
}

func TestAMemberOfAnotherCourseIsInUntilTheInvitationIsWithdrawn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		elsewhere := r.site.Browser()
		elsewhere.TryLaunch(r.site.Platform, "student9", ltitest.With(lti.ClaimContext, map[string]any{"id": "another course"}))
		id, link := r.invite(t, inviteFields("student9@campus.example", "speaker"))
		entry := "/e/" + r.entry.ID
		wants(t, "before the claim", elsewhere.Get(entry), 404)
		if page := elsewhere.Post(link, url.Values{}); page.Status != http.StatusSeeOther {
			t.Fatalf("claim: status %d\n%s", page.Status, page.Body)
		}
		wants(t, "the room", elsewhere.Get(entry), 200, `data-attendee="speaker"`)
		r.teacher.Post(r.invitations("/"+id+"/revoke"), url.Values{})
		wants(t, "after revocation", elsewhere.Get(entry), 410, "This invitation was withdrawn")
	})
}

// A browser that misses the answer to its claim sends it again and is in.
func TestAClaimWhoseAnswerWasLostIsSentAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		_, link := r.invite(t, inviteFields("guest@example.org", "viewer"))
		guest := r.site.Browser()
		wants(t, "lobby", guest.Get(link), 200, "Enter your email to join")
		before := guest.Cookies()
		if page := guest.Post(link, email("guest@example.org")); page.Status != http.StatusSeeOther {
			t.Fatalf("claim: status %d", page.Status)
		}
		guest.SetCookies(before) // the answer never came
		if page := guest.Post(link, email("guest@example.org")); page.Status != http.StatusSeeOther {
			t.Fatalf("the claim again: status %d", page.Status)
		}
		wants(t, "room", guest.Get("/e/"+r.entry.ID), 200, `data-attendee="viewer"`)
		wants(t, "another browser", r.site.Browser().Get(link), 403, "This link was opened on another device")
	})
}
