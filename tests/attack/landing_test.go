package attack_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
)

func TestALinkClaimedByManyAtOnceLetsOneIn(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newScene(t, db)
		_, link := s.invite(t, inviteForm("guest@example.org", "moderator"))
		var in, refused, other atomic.Int32
		var wg sync.WaitGroup
		for range 4 { // the fifth try of one network is its last
			wg.Go(func() {
				code, _, _ := s.raw(t, http.MethodPost, link, strings.NewReader("email=guest%40example.org"), map[string]string{"Content-Type": formType})
				switch code {
				case http.StatusSeeOther:
					in.Add(1)
				case http.StatusForbidden:
					refused.Add(1)
				default:
					other.Add(1)
					t.Errorf("a claim got status %d", code)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 || refused.Load() != 3 {
			t.Errorf("of 4 claims %d came in and %d were refused, want 1 and 3", in.Load(), refused.Load())
		}
	})
}

// Neither a fresh cookie nor a made-up address of a proxy gives more tries.
func TestGuessingTheInvitedAddressIsStopped(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	_, link := s.invite(t, inviteForm("guest@example.org", "viewer"))
	codes := map[int]int{}
	for i := range 12 {
		code, header, _ := s.raw(t, http.MethodPost, link, strings.NewReader(fmt.Sprintf("email=guess%d%%40example.org", i)), map[string]string{
			"Content-Type": formType, "X-Forwarded-For": fmt.Sprintf("203.0.%d.1", i), "X-Real-Ip": fmt.Sprintf("198.51.%d.1", i),
			"Forwarded": fmt.Sprintf("for=192.0.%d.1", i),
		})
		if codes[code]++; code == http.StatusTooManyRequests && header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if codes[http.StatusUnprocessableEntity] != 5 || codes[http.StatusTooManyRequests] != 7 {
		t.Errorf("12 guesses got %v, want five 422 and seven 429", codes)
	}
	// The right address is no exception, or it would be told apart.
	if code, _, _ := s.raw(t, http.MethodPost, link, strings.NewReader("email=guest%40example.org"), map[string]string{"Content-Type": formType}); code != http.StatusTooManyRequests {
		t.Errorf("the right address after too many: status %d", code)
	}
}

// Scanners of mail follow links, and so do previews of chats.
func TestLookingAtALinkWritesNoRow(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	_, link := s.invite(t, inviteForm("guest@example.org", "viewer"))
	snapshot := func() string {
		all := ""
		for _, table := range []string{"invitations", "claims", "tries", "sessions", "one_time_codes", "attendees", "live_events", "live_rooms", "people"} {
			var rows []map[string]any
			if err := database.From(t.Context(), s.db).Table(table).Find(&rows).Error; err != nil {
				t.Fatal(err)
			}
			all += fmt.Sprintln(table, rows)
		}
		return all
	}
	before := snapshot()
	s.Clock.Add(2 * time.Minute)
	for _, path := range []string{link, link + "?different=1", "/i/unknown"} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			_, header, _ := s.raw(t, method, path, nil, nil)
			// A lobby names the device to itself; a preview has nothing to keep.
			if cookies := header.Values("Set-Cookie"); method == http.MethodHead && len(cookies) > 0 || len(cookies) > 1 {
				t.Errorf("%s %s sets %d cookies", method, path[:4], len(cookies))
			}
		}
	}
	if after := snapshot(); after != before {
		t.Errorf("rows changed:\n%s\n%s", before, after)
	}
}

func TestARemovedGuestComesBackByNoLink(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newScene(t, db)
		_, link := s.invite(t, inviteForm("guest@example.org", "speaker"))
		_, second := s.invite(t, inviteForm("second@example.org", "speaker"))
		guest := s.Browser()
		status(t, "claim", guest.Post(link, email("guest@example.org")), 303)
		id, _ := s.attendee(t, guest)
		status(t, "remove", s.teacher.Post(s.path("/live/people/"+id+"/remove"), url.Values{}), 303)

		out := func(what, link, address string) {
			t.Helper()
			status(t, what, guest.Get(link), 403)
			status(t, what+", claimed", guest.Post(link, email(address)), 403)
			status(t, what+", the room", guest.Get(s.path("")), 410)
		}
		out("by the same link", link, "guest@example.org")
		out("by another link on this device", second, "second@example.org")
		_, renewed := s.invite(t, inviteForm("guest@example.org", "moderator"))
		out("by a new invitation", renewed, "guest@example.org")
		fresh := s.Browser()
		status(t, "by a new invitation in a fresh browser", fresh.Get(renewed), 403)
		status(t, "and claimed", fresh.Post(renewed, email("guest@example.org")), 403)
	})
}

// A link leads its member in as a guest too, where nobody knows them: not if
// that member was removed.
func TestARemovedMemberComesBackAsNoGuest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newScene(t, db)
		student := s.Browser().Launch("student")
		id, _ := s.attendee(t, student)
		person := s.text(t, "SELECT person_id FROM attendees WHERE id = ?", id)
		form := inviteForm("student@campus.example", "speaker")
		form.Set("person", person)
		_, link := s.invite(t, form)
		status(t, "remove", s.teacher.Post(s.path("/live/people/"+id+"/remove"), url.Values{}), 303)
		status(t, "as a member", student.Get(link), 403)
		private := s.Browser()
		status(t, "in a private window", private.Get(link), 403)
		status(t, "and claimed", private.Post(link, email("student@campus.example")), 403)
	})
}

// A link that somebody else took up cannot be taken over by what they know: the
// address, another cookie, another session.
func TestAClaimedLinkStaysWithItsDevice(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	_, link := s.invite(t, inviteForm("guest@example.org", "moderator"))
	_, own := s.invite(t, inviteForm("thief@example.org", "viewer"))
	guest, thief := s.Browser(), s.Browser()
	status(t, "claim", guest.Post(link, email("guest@example.org")), 303)
	status(t, "claim of the thief's own", thief.Post(own, email("thief@example.org")), 303)
	status(t, "look", thief.Get(link), 403)
	status(t, "claim", thief.Post(link, email("guest@example.org")), 403)
	if page := thief.Get(s.path("")); !strings.Contains(page.Body, `data-attendee="viewer"`) {
		t.Error("the thief is more than they were invited as")
	}
	status(t, "the guest is still in", guest.Get(s.path("")), 200)
	status(t, "and goes back", guest.Get(link), 303)
	// A member with the same address in the profile is another device too.
	status(t, "as a member", s.Browser().Launch("guest").Get(link), 403)
}

// An address in a profile is whatever its owner wrote: it opens nobody's
// bound invitation, inside the course or by the link.
func TestABoundInvitationIsItsMembersAlone(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	id, _ := s.attendee(t, s.Browser().Launch("student"))
	form := inviteForm("", "moderator")
	form.Set("person", s.text(t, "SELECT person_id FROM attendees WHERE id = ?", id))
	form.Set("email", "student@campus.example")
	invitation, link := s.invite(t, form)
	thief := s.Browser().Launch("student2", withEmail("student@campus.example"))
	status(t, "accept in the course", thief.Post(s.path("/invitations/"+invitation+"/accept"), url.Values{}), 404)
	if page := thief.Get(s.path("")); strings.Contains(page.Body, invitation) {
		t.Error("the invitation is offered to somebody else")
	}
	thief.Post(link, url.Values{})
	if page := thief.Get(s.path("")); !strings.Contains(page.Body, `data-attendee="viewer"`) {
		t.Error("another member with the same address became moderator")
	}
}
