package lti_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

// members asks for the roster of the fixture's course.
func (f *fixture) members(tb testing.TB) ([]lti.Member, error) {
	tb.Helper()
	return f.service.Members(tb.Context(), lti.MembersRequest{PlatformID: f.added.ID, URL: f.platform.MembershipsURL()})
}

func (f *fixture) crowd(n int) {
	var list []map[string]any
	for i := range n {
		list = append(list, ltitest.Member(fmt.Sprint("person-", i), "Given", fmt.Sprint("Family", i), ""))
	}
	f.platform.SetMembers(list...)
}

// C-49, C-51, C-53, C-56: the launch's claim has no scope and its address a
// query; the platform of this test refuses what any real one refuses.
func TestMembersAreFetchedFromTheAddressOfTheLaunch(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.platform.SetMembers(ltitest.Member("s1", "Amara", "Okafor", "amara@campus.example", ltitest.RoleInstructor), ltitest.Member("s2", "", "", ""))
	launch, err := f.launch(t, "teacher", ltitest.WithRoster(f.platform))
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	got, err := f.service.Members(t.Context(), lti.MembersRequest{PlatformID: launch.Platform.ID, URL: launch.Services.MembershipsURL})
	if err != nil {
		t.Fatalf("Members: %v", err)
	}
	want := []lti.Member{
		{Subject: "s1", Name: "Amara Okafor", GivenName: "Amara", FamilyName: "Okafor", Email: "amara@campus.example", Roles: []string{ltitest.RoleInstructor}, Active: true},
		{Subject: "s2", Roles: []string{ltitest.RoleLearner}, Active: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Members (-want +got):\n%s", diff)
	}
	request, err := url.Parse(f.platform.RosterRequests()[0])
	if err != nil || request.Query().Get("memberships") != "1879" || request.Query().Get("limit") == "" || strings.Count(request.RequestURI(), "?") != 1 {
		t.Errorf("asked for %s, want the address's own parameter kept and a limit", request)
	}
}

// C-35: nothing is offered, and nothing breaks.
func TestLaunchWithoutServicesOffersNone(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	for name, change := range map[string]ltitest.Change{
		"absent":      func(*ltitest.Message) {},
		"null":        ltitest.With(lti.ClaimNamesAndRoles, nil),
		"text":        ltitest.With(lti.ClaimNamesAndRoles, "https://lms.example/roster"),
		"no address":  ltitest.With(lti.ClaimNamesAndRoles, map[string]any{"context_memberships_url": 7}),
		"a script":    ltitest.With(lti.ClaimNamesAndRoles, map[string]any{"context_memberships_url": "javascript:alert(1)"}),
		"with a user": ltitest.With(lti.ClaimNamesAndRoles, map[string]any{"context_memberships_url": "https://a:b@lms.example/"}),
		"endless":     ltitest.With(lti.ClaimNamesAndRoles, map[string]any{"context_memberships_url": "https://lms.example/" + strings.Repeat("a", 600)}),
		"grades":      ltitest.With(lti.ClaimGrades, []string{"x"}),
	} {
		launch, err := f.launch(t, "teacher", change)
		if err != nil {
			t.Errorf("%s: Verify: %v", name, err)
			continue
		}
		if diff := cmp.Diff(lti.Services{}, launch.Services); diff != "" {
			t.Errorf("%s: services offered (-want +got):\n%s", name, diff)
		}
	}
}

// C-54.
func TestPagesAreFollowedUntilThereIsNoNextOne(t *testing.T) {
	t.Parallel()
	quoted := func(format string) func(string) string {
		return func(next string) string {
			if next == "" {
				return `<https://lms.example/since>; rel="differences"`
			}
			return fmt.Sprintf(format, next)
		}
	}
	for name, f := range map[string]ltitest.RosterFaults{
		"all at once":      {NoPaging: true},
		"fifty a page":     {PageSize: 50},
		"bare":             {PageSize: 50, Link: quoted(`<%s>;rel=next`)},
		"capitals":         {PageSize: 50, Link: quoted(`<%s>; REL="Next"`)},
		"curly":            {PageSize: 50, Link: quoted("<%s>; rel=\u201cnext\u201d")},
		"after another":    {PageSize: 50, Link: quoted(`<https://lms.example/a,b>; rel="differences", <%s>; title="x"; rel="next"`)},
		"before another":   {PageSize: 50, Link: quoted(`<%s>; rel="next", <https://lms.example/?since=1>; rel="differences"`)},
		"two relations":    {PageSize: 50, Link: quoted(`<%s>; rel="last next"`)},
		"escaped for HTML": {PageSize: 50, Link: func(next string) string { return quoted(`<%s>; rel="next"`)(strings.ReplaceAll(next, "&", "&amp;")) }},
		"relative": {PageSize: 50, Link: func(next string) string {
			return quoted(`<%s>; rel="next"`)(strings.TrimPrefix(next, strings.SplitAfter(next, "/memberships")[0]))
		}},
		"last links to itself": {PageSize: 50, Link: selfAtTheEnd()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := sqliteFixture(t)
			x.crowd(130)
			x.platform.SetRosterFaults(f)
			got, err := x.members(t)
			if err != nil || len(got) != 130 || got[129].Subject != "person-129" {
				t.Errorf("Members = %d people, %v, want 130", len(got), err)
			}
		})
	}
}

// selfAtTheEnd links from the last page to the last page.
func selfAtTheEnd() func(string) string {
	last := ""
	return func(next string) string {
		if next != "" {
			last = next
		}
		return "<" + last + `>; rel="next"`
	}
}

// C-54, C-57, C-82.
func TestMembersFailInWordsForTheAdmin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		faults ltitest.RosterFaults
		want   lti.ServiceCode
		words  string
		retry  time.Duration
	}{
		{"403", ltitest.RosterFaults{Status: 403, Body: `{"errors":{"type":"unauthorized","message":"Access Token not linked to a Tool"}}`}, lti.ServiceForbidden, "unauthorized Access Token not linked to a Tool", 0},
		{"404", ltitest.RosterFaults{Status: 404, Body: `<html>No such page</html>`}, lti.ServiceNotFound, "", 0},
		{"500", ltitest.RosterFaults{Status: 500, Body: `{"message":"teacher@campus.example is unknown"}`}, lti.ServiceFailed, "… is unknown", 0},
		{"429", ltitest.RosterFaults{Status: 429, RetryAfter: "120"}, lti.ServiceBusy, "", 2 * time.Minute},
		{"429 for ever", ltitest.RosterFaults{Status: 429, RetryAfter: "99999999999"}, lti.ServiceBusy, "", 0},
		{"429 until", ltitest.RosterFaults{Status: 429, RetryAfter: "Mon, 02 Mar 2026 09:03:00 GMT"}, lti.ServiceBusy, "", 3 * time.Minute},
		{"429 before", ltitest.RosterFaults{Status: 429, RetryAfter: "Mon, 02 Mar 2026 08:00:00 GMT"}, lti.ServiceBusy, "", 0},
		{"Canvas's limit", ltitest.RosterFaults{Status: 403, Body: "403 Forbidden (Rate Limit Exceeded)"}, lti.ServiceBusy, "", 0},
		{"a page for people", ltitest.RosterFaults{Body: "<!doctype html><title>Sign in</title>"}, lti.ServiceUnreadable, "", 0},
		{"no members", ltitest.RosterFaults{Body: `{"id":"x"}`}, lti.ServiceUnreadable, "", 0},
		{"a list", ltitest.RosterFaults{Body: `[]`}, lti.ServiceUnreadable, "", 0},
		{"huge", ltitest.RosterFaults{Oversize: true}, lti.ServiceTooLarge, "", 0},
		{"refuses tokens", ltitest.RosterFaults{Refuse: 9}, lti.ServiceUnauthorized, "Unauthorized", 0},
		{"pages for ever", ltitest.RosterFaults{EmptyPages: true}, lti.ServiceEndless, "500 pages", 0},
		{"people for ever", ltitest.RosterFaults{Endless: true}, lti.ServiceEndless, "500 pages", 0},
		{"another host", ltitest.RosterFaults{Link: func(string) string { return `<https://evil.example/memberships?from=1>; rel="next"` }}, lti.ServiceElsewhere, "", 0},
		{"a user in it", ltitest.RosterFaults{Link: func(string) string { return `<//a:b@127.0.0.1/>; rel="next"` }}, lti.ServiceElsewhere, "", 0},
		{"redirect away", ltitest.RosterFaults{RedirectTo: "https://evil.example/"}, lti.ServiceUnreachable, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			f.crowd(3)
			f.platform.SetRosterFaults(tt.faults)
			_, err := f.members(t)
			var failure *lti.ServiceError
			if !errors.As(err, &failure) || failure.Code != tt.want || failure.Words != tt.words {
				t.Fatalf("Members = %v, want %s, %q", err, tt.want, tt.words)
			}
			if tt.retry != 0 && failure.RetryAfter != tt.retry || failure.RetryAfter < 0 || failure.RetryAfter > 24*time.Hour {
				t.Errorf("RetryAfter = %s, want %s", failure.RetryAfter, tt.retry)
			}
			if text := err.Error(); strings.Contains(text, "@") || strings.Contains(text, "evil.example") {
				t.Errorf("the error names what it should not: %s", text)
			}
		})
	}
}

// C-57: a service that hangs is given up; the caller's own end ends it too.
func TestSlowRosterIsGivenUp(t *testing.T) {
	t.Parallel()
	db, c := dbtest.OpenSQLite(t), newClock()
	client := lti.HTTPClient(true)
	f := &fixture{db: db, clock: c, platform: ltitest.New(t), service: newService(t, db, c, client)}
	f.platform.Now = c.Now
	f.added = f.platform.Register(t.Context(), f.service)
	if _, err := f.members(t); err != nil { // takes a token
		t.Fatalf("Members: %v", err)
	}
	f.platform.SetRosterFaults(ltitest.RosterFaults{Delay: time.Minute})
	client.Timeout = 50 * time.Millisecond
	_, err := f.members(t)
	var failure *lti.ServiceError
	if !errors.As(err, &failure) || failure.Code != lti.ServiceUnreachable {
		t.Errorf("Members(slow) = %v, want unreachable", err)
	}
}

// C-82: an address inside is not asked, whoever signed the launch.
func TestRosterOfAPrivateAddressIsNotAsked(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	guarded := newService(t, f.db, f.clock, lti.HTTPClient(false))
	_, err := guarded.Members(t.Context(), lti.MembersRequest{PlatformID: f.added.ID, URL: f.platform.MembershipsURL()})
	var failure *lti.ServiceError
	if !errors.As(err, &failure) || failure.Code != lti.ServiceTokenUnreachable || f.platform.TokenRequests() != 0 {
		t.Errorf("Members = %v after %d token requests, want unreachable after none", err, f.platform.TokenRequests())
	}
	for _, address := range []string{"", "file:///etc/passwd", "https://user:word@lms.example/", "::"} {
		_, err := f.service.Members(t.Context(), lti.MembersRequest{PlatformID: f.added.ID, URL: address})
		if !errors.As(err, &failure) || failure.Code != lti.ServiceUnreachable {
			t.Errorf("Members(%q) = %v, want unreachable", address, err)
		}
	}
}

func TestRosterOfARemovedOrDisabledPlatformIsNotAsked(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	if err := f.service.RemovePlatform(t.Context(), f.added.Name); err != nil {
		t.Fatalf("RemovePlatform: %v", err)
	}
	if _, err := f.members(t); !errors.Is(err, lti.ErrNoPlatform) {
		t.Errorf("Members = %v, want ErrNoPlatform", err)
	}
}

// C-55.
func TestMembersOfEveryShapeAreRead(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	withStatus := func(id, status string) map[string]any {
		m := ltitest.Member(id, "A", "B", "")
		m["status"] = status
		return m
	}
	bare := map[string]any{"user_id": "bare"}
	odd := map[string]any{"user_id": 17, "roles": "Instructor", "name": 5, "email": nil, "message": map[string]any{"x": []int{1}}}
	twin := ltitest.Member("twin", "", "", "", "Learner")
	twin["status"] = "Inactive"
	f.platform.SetMembers(
		bare, odd, withStatus("inactive", "Inactive"), withStatus("deleted", "deleted"), withStatus("long", "http://purl.imsglobal.org/vocab/lis/v2/status#Active"),
		twin, ltitest.Member("twin", "Tw", "In", "twin@campus.example", "Instructor"),
		map[string]any{"name": "Nobody"}, map[string]any{"user_id": ""}, map[string]any{"user_id": strings.Repeat("x", 600)},
		ltitest.Member("preview", "Test", "Student", "", ltitest.RoleLearner, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"),
	)
	got, err := f.members(t)
	if err != nil {
		t.Fatalf("Members: %v", err)
	}
	describe := func(m lti.Member) string {
		return fmt.Sprintf("%s active=%t test=%t %q %d roles", m.Subject, m.Active, m.Test, m.Name, len(m.Roles))
	}
	var lines []string
	for _, m := range got {
		lines = append(lines, describe(m))
	}
	want := []string{
		`bare active=true test=false "" 0 roles`, `17 active=true test=false "" 1 roles`, `inactive active=false test=false "A B" 1 roles`,
		`deleted active=false test=false "A B" 1 roles`, `long active=true test=false "A B" 1 roles`, `twin active=true test=false "Tw In" 2 roles`,
		`preview active=true test=true "Test Student" 2 roles`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("Members (-want +got):\n%s", diff)
	}
}

// C-83: no bearer in an address, and none to the wrong place.
func TestTokenIsInTheHeaderAlone(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.crowd(450)
	if _, err := f.members(t); err != nil {
		t.Fatalf("Members: %v", err)
	}
	requests := f.platform.RosterRequests()
	if len(requests) != 3 || slices.ContainsFunc(requests, func(r string) bool { return strings.Contains(strings.ToLower(r), "token") }) {
		t.Errorf("asked %v, want three pages and no token in them", requests)
	}
	if n := f.platform.TokenRequests(); n != 1 {
		t.Errorf("%d tokens for three pages, want one", n)
	}
}
