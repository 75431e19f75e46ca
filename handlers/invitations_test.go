package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
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

// newInviteRoom is a room whose browsers ask for pages.
func newInviteRoom(t *testing.T, db *database.DB, draft media.Draft) *room {
	t.Helper()
	r := newRoom(t, db, draft)
	for _, b := range []*housetest.Browser{r.teacher, r.student, r.another} {
		b.Headers.Del("Accept")
	}
	return r
}

func (r *room) invitations(rest string) string { return "/e/" + r.entry.ID + "/invitations" + rest }

func inviteFields(email, role string) url.Values {
	return url.Values{"email": {email}, "first": {"Ingrid"}, "last": {"Solheim"}, "role": {role}}
}

var linkPattern = regexp.MustCompile(`value="(http[^"]*/i/([\w-]{22,}))"`)

// invite makes an invitation in the dialog and returns its id and the path of
// its link.
func (r *room) invite(t *testing.T, form url.Values) (id, link string) {
	t.Helper()
	page := r.teacher.Post(r.invitations(""), form)
	if page.Status != http.StatusSeeOther {
		t.Fatalf("invite: status %d\n%s", page.Status, page.Body)
	}
	confirm := r.teacher.Get(page.Location)
	found := linkPattern.FindStringSubmatch(confirm.Body)
	if confirm.Status != http.StatusOK || found == nil {
		t.Fatalf("confirmation: status %d\n%s", confirm.Status, confirm.Body)
	}
	if strings.Contains(page.Location, found[2]) {
		t.Error("the token stands in an address")
	}
	return page.Location[strings.LastIndexByte(page.Location, '/')+1:], strings.TrimPrefix(found[1], r.site.URL)
}

// personID is the id of the student who launched as hint.
func (r *room) personID(t *testing.T, db *database.DB, hint string) (id string) {
	t.Helper()
	err := database.From(t.Context(), db).Raw("SELECT id FROM people WHERE tenant_id = ? AND sub = ?", r.entry.TenantID, hint).Scan(&id).Error
	if err != nil || id == "" {
		t.Fatalf("find %s: %v", hint, err)
	}
	return id
}

func wants(t *testing.T, what string, page housetest.Page, status int, words ...string) {
	t.Helper()
	if page.Status != status {
		t.Errorf("%s: status %d, want %d\n%s", what, page.Status, status, page.Body)
	}
	for _, word := range words {
		if !strings.Contains(page.Body, word) {
			t.Errorf("%s: the page does not say %q\n%s", what, word, page.Body)
		}
	}
}

func TestTheDialogMakesALinkAndShowsIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		wants(t, "dialog", r.teacher.Get(r.invitations("/new")), 200, "Invite users", "Add users by email, assign roles, and control their access for the session.",
			"First Name", "Last Name", "Select invitation type", "Viewer", "Moderator", "Speaker", "Cancel", "Generate invite link")
		if page := r.teacher.Get(r.invitations("/new")); strings.Contains(page.Body, "Send link via Email") {
			t.Error("the dialog offers mail that nobody would send")
		}
		id, link := r.invite(t, inviteFields("guest@example.org", "speaker"))
		wants(t, "confirmation", r.teacher.Get(r.invitations("/"+id)), 200, "Invitation for Ingrid Solheim", "Copy link", "guest@example.org", "Speaker", "<svg", "Invite another")
		wants(t, "ledger", r.teacher.Get(r.invitations("")), 200, "Ingrid Solheim", "guest@example.org", "Created")

		r.site.Clock.Add(time.Minute)
		again, newLink := r.invite(t, inviteFields("Guest@example.org", "viewer"))
		if again != id || newLink == link {
			t.Error("inviting again did not update the one invitation")
		}
		wants(t, "confirmation again", r.teacher.Get(r.invitations("/"+id)), 200, "There was an earlier invitation")
		wants(t, "old link", r.site.Browser().Get(link), 404, "This invitation link is not valid")
		if strings.Contains(r.site.Log.String(), link[3:]) || strings.Contains(r.site.Log.String(), "guest@example") {
			t.Error("the log has a token or an address")
		}
	})
}

func TestAWrongFormComesBackWithItsValues(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	form := inviteFields("not-an-address", "host")
	form.Set("first", "A/B")
	form.Set("last", "")
	wants(t, "mistakes", r.teacher.Post(r.invitations(""), form), 422, `value="not-an-address"`, `value="A/B"`,
		"This is not a full email address.", "A name cannot contain", "The last name is missing", "Choose one of the invitation types", `aria-invalid="true"`)
	if _, err := r.site.Settings.Set(t.Context(), settings.Everybody, settings.InviteDenyDomains, "blocked.example"); err != nil {
		t.Fatal(err)
	}
	wants(t, "blocked domain", r.teacher.Post(r.invitations(""), inviteFields("a@x.blocked.example", "viewer")), 422, "addresses at x.blocked.example")
	if page := r.teacher.Get(r.invitations("/suggest?q=a@x.blocked.example")); !strings.Contains(page.Body, `"blocked":"x.blocked.example"`) {
		t.Errorf("suggest does not say that the domain is blocked: %s", page.Body)
	}
	if _, err := r.site.Settings.Set(t.Context(), settings.Everybody, settings.InvitePerEntryPerDay, "1"); err != nil {
		t.Fatal(err)
	}
	r.invite(t, inviteFields("one@example.org", "viewer"))
	page := r.teacher.Post(r.invitations(""), inviteFields("two@example.org", "viewer"))
	wants(t, "limit", page, 429, "Today&#39;s limit", `value="two@example.org"`)
	if page.Header.Get("Retry-After") == "" {
		t.Error("a limit without Retry-After")
	}
}

func TestSuggestionsAreForInviters(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	var answer struct {
		People []struct {
			Person string `json:"person_id"`
			Known  string
			Shared bool
		}
	}
	page := r.teacher.Get(r.invitations("/suggest?q=sa"))
	if err := json.Unmarshal([]byte(page.Body), &answer); err != nil || len(answer.People) != 2 || answer.People[0].Known != "course" || !answer.People[0].Shared || answer.People[0].Person == "" {
		t.Errorf("suggest: %v, %s", err, page.Body)
	}
	if page := r.teacher.Get(r.invitations("/suggest?q=s")); !strings.Contains(page.Body, `"people":[]`) {
		t.Errorf("one letter suggests %s", page.Body)
	}
}

func TestInvitationRoutesRefuseTheWrongPeople(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		id, link := r.invite(t, inviteFields("guest@example.org", "moderator"))
		guest, nobody, foreign, ta, elsewhere := r.site.Browser(), r.site.Browser(), r.site.Browser(), r.site.Browser(), r.site.Browser()
		if page := guest.Post(link, url.Values{"email": {"guest@example.org"}}); page.Status != http.StatusSeeOther {
			t.Fatalf("claim: %d\n%s", page.Status, page.Body)
		}
		foreign.TryLaunch(r.site.Other, "teacher")
		ta.TryLaunch(r.site.Platform, "ta")
		elsewhere.TryLaunch(r.site.Platform, "teacher2", ltitest.With(lti.ClaimContext, map[string]any{"id": "another course"}))
		for _, route := range []struct {
			method, path string
			form         url.Values
			ta           int // who may
		}{
			{http.MethodGet, "", nil, 200},
			{http.MethodGet, "/new", nil, 200},
			{http.MethodGet, "/suggest?q=sam", nil, 200},
			{http.MethodGet, "/" + id, nil, 200},
			{http.MethodGet, "/nothing", nil, 404},
			{http.MethodPost, "", inviteFields("x@example.org", "viewer"), 303},
			{http.MethodPost, "/nothing/revoke", url.Values{}, 404},
			{http.MethodPost, "/%00%ff/revoke", url.Values{}, 404},
			{http.MethodPost, "/" + id + "/revoke", url.Values{}, 303},
		} {
			for name, who := range map[string]struct {
				browser *housetest.Browser
				want    int
			}{
				"nobody": {nobody, 401}, "student": {r.student, 403}, "guest": {guest, 403}, "teacher of another platform": {foreign, 404},
				"somebody of another course": {elsewhere, 404},
			} {
				if got := ask(who.browser, route.method, r.invitations(route.path), route.form).Status; got != who.want {
					t.Errorf("%s %q as %s: %d, want %d", route.method, route.path, name, got, who.want)
				}
			}
			if got := ask(ta, route.method, r.invitations(route.path), route.form).Status; got != route.ta {
				t.Errorf("%s %q as TA: %d, want %d", route.method, route.path, got, route.ta)
			}
		}
	})
}

func ask(b *housetest.Browser, method, path string, form url.Values) housetest.Page {
	if method == http.MethodPost {
		return b.Post(path, form)
	}
	return b.Get(path)
}

func TestAnOutdatedPageInvitesAndRevokesInNobodysName(t *testing.T) {
	t.Parallel()
	r := newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	id, _ := r.invite(t, inviteFields("guest@example.org", "viewer"))
	form := inviteFields("x@example.org", "viewer")
	form.Set("identity", "somebody-else")
	wants(t, "invite", r.teacher.Post(r.invitations(""), form), 409)
	for _, act := range []string{"/revoke", "/accept"} {
		wants(t, act, r.teacher.Post(r.invitations("/"+id+act), url.Values{"identity": {"somebody-else"}}), 409)
	}
	wants(t, "from another site", r.teacher.CrossSite(http.MethodPost, r.invitations(""), inviteFields("x@example.org", "viewer")), 403)
}

func TestRoomsWithoutChatAndForbiddenPermissionsInviteNobody(t *testing.T) {
	t.Parallel()
	draft := openRoom()
	draft.Chat = false
	r := newInviteRoom(t, dbtest.OpenSQLite(t), draft)
	wants(t, "dialog of a room without chat", r.teacher.Get(r.invitations("/new")), 403)
	wants(t, "invite to a room without chat", r.teacher.Post(r.invitations(""), inviteFields("x@example.org", "viewer")), 403)

	r = newInviteRoom(t, dbtest.OpenSQLite(t), openRoom())
	if _, err := r.site.Settings.Set(t.Context(), r.entry.TenantID, settings.InviteAllowedPermissions, "co-publisher"); err != nil {
		t.Fatal(err)
	}
	wants(t, "dialog of somebody the rules leave out", r.teacher.Get(r.invitations("/new")), 403)
	wants(t, "invite", r.teacher.Post(r.invitations(""), inviteFields("x@example.org", "viewer")), 403)
	if page := r.teacher.Get(r.invitations("")); page.Status != 200 || strings.Contains(page.Body, "/invitations/new") {
		t.Errorf("ledger: status %d, offers to invite", page.Status)
	}
}

func TestRevokingShowsInTheLedgerAndEndsTheGuest(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		id, link := r.invite(t, inviteFields("guest@example.org", "speaker"))
		guest := r.site.Browser()
		guest.Post(link, url.Values{"email": {"guest@example.org"}})
		wants(t, "guest's page", guest.Get("/e/"+r.entry.ID), 200, `data-attendee="speaker"`)
		page := r.teacher.Post(r.invitations("/"+id+"/revoke"), url.Values{})
		wants(t, "revoke", page, 303)
		wants(t, "ledger", r.teacher.Get(page.Location), 200, "The invitation of Ingrid Solheim was revoked.", "Revoked")
		wants(t, "guest's page after", guest.Get("/e/"+r.entry.ID), 410, "This invitation was withdrawn")
		wants(t, "link after", guest.Get(link), 410, "This invitation was withdrawn")
		if page := r.teacher.Get(r.invitations("/" + id)); page.Status != http.StatusSeeOther {
			t.Errorf("confirmation of a revoked invitation: %d, want 303 to the ledger", page.Status)
		}
	})
}

func TestAMemberIsOfferedTheInvitationInTheFrame(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		form := inviteFields("", "moderator")
		form.Set("person", r.personID(t, db, "student"))
		id, _ := r.invite(t, form)
		framed := r.site.Browser().LaunchInFrame("student")
		other := r.site.Browser().LaunchInFrame("student2")
		accept := r.invitations("/" + id + "/accept")
		wants(t, "the entry in the frame", framed.Get("/e/"+r.entry.ID), 200, accept, `data-attendee="viewer"`)
		if page := other.Get("/e/" + r.entry.ID); strings.Contains(page.Body, accept) {
			t.Error("another student is offered the invitation")
		}
		wants(t, "accept as another student", other.Post(accept, url.Values{}), 404)
		wants(t, "accept as the teacher", r.teacher.Post(accept, url.Values{}), 404)
		wants(t, "accept as nobody", r.site.Browser().Post(accept, url.Values{}), 401)
		page := framed.Post(accept, url.Values{})
		if page.Status != http.StatusSeeOther || page.Location != "/e/"+r.entry.ID {
			t.Fatalf("accept: status %d to %s", page.Status, page.Location)
		}
		after := framed.Get("/e/" + r.entry.ID)
		wants(t, "the entry after", after, 200, `data-attendee="moderator"`)
		if strings.Contains(after.Body, accept) {
			t.Error("offered again after it was taken up")
		}
	})
}

// Inviting somebody again begins with the role that they have.
func TestASuggestionKnowsThePresentRole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		r := newInviteRoom(t, db, openRoom())
		role := func(q string) string {
			t.Helper()
			r.teacher.Headers.Set("Accept", "application/json")
			defer r.teacher.Headers.Del("Accept")
			var answer struct {
				People []struct{ Role string }
				Role   string
			}
			page := r.teacher.Get(r.invitations("/suggest?q=" + url.QueryEscape(q)))
			if err := json.Unmarshal([]byte(page.Body), &answer); err != nil || len(answer.People) > 1 {
				t.Fatalf("suggest %s: %v, %s", q, err, page.Body)
			}
			if len(answer.People) == 1 {
				return answer.Role + "/" + answer.People[0].Role
			}
			return answer.Role + "/"
		}
		if got := role("guest@example.org"); got != "/" {
			t.Errorf("before any invitation: %s", got)
		}
		id, _ := r.invite(t, inviteFields("guest@example.org", "moderator"))
		if got := role("Guest@Example.org"); got != "moderator/" {
			t.Errorf("with an invitation as moderator: %s", got)
		}
		if got := role("Ingrid"); got != "/moderator" {
			t.Errorf("by name: %s", got)
		}
		r.teacher.Post(r.invitations("/"+id+"/revoke"), url.Values{})
		if got := role("guest@example.org"); strings.Contains(got, "moderator") {
			t.Errorf("after it was withdrawn: %s", got)
		}
	})
}
