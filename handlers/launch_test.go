package handlers_test

import (
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
)

func TestLaunchInAPageOfItsOwnEndsOnAGETAddress(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		site := housetest.New(t, db)
		b := site.Browser().Launch("teacher")
		if !strings.HasPrefix(b.Path, "/c/") {
			t.Errorf("launch of a fresh link leads to %s, want the course's page", b.Path)
		}
		if strings.Contains(b.Path, "?") {
			t.Errorf("launch leads to an address with parameters: %s", b.Path)
		}
	})
}

func TestLaunchInAFrameGivesABearerToAProvedBrowser(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		site := housetest.New(t, db)
		b := site.Browser().LaunchInFrame("teacher")
		if b.Bearer == "" {
			t.Fatal("no bearer")
		}
		page := b.Get(b.Path)
		if page.Status != http.StatusOK {
			t.Errorf("page by bearer: status %d", page.Status)
		}
		policy := page.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors "+site.Platform.URL("")) {
			t.Errorf("page by bearer may be framed by %q, want the platform", policy[strings.Index(policy, "frame-ancestors"):])
		}
	})
}

// C-63: knowing state and token is not enough; this browser must have begun
// the login.
func TestLaunchOfAnotherBrowserGetsNoSession(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	login := site.Browser().CrossSite(http.MethodPost, "/lti/login", site.Platform.LoginForm("teacher"))
	token, state := site.Platform.Answer(login.Location)
	victim := site.Browser()
	page := victim.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {token}, "state": {state}})
	if strings.Contains(page.Body, `id="carrier"`) || strings.Contains(page.Header.Get("Set-Cookie"), "arrival") {
		t.Error("an unproved launch got a session")
	}
	if strings.Contains(page.Body, "Tara") || strings.Contains(page.Body, "Economics") {
		t.Error("an unproved launch shows data")
	}
	if page := victim.Get("/c/mine"); page.Status != http.StatusUnauthorized {
		t.Errorf("after an unproved launch: status %d, want 401", page.Status)
	}
}

// C-64: back button and reload send the pair again.
func TestLaunchSentTwiceIsRefusedInWords(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		site := housetest.New(t, db)
		b := site.Browser()
		login := b.CrossSite(http.MethodPost, "/lti/login", site.Platform.LoginForm("student"))
		token, state := site.Platform.Answer(login.Location)
		form := url.Values{"id_token": {token}, "state": {state}}
		if first := b.CrossSite(http.MethodPost, "/lti/launch", form); first.Status != http.StatusSeeOther {
			t.Fatalf("first: status %d", first.Status)
		}
		second := b.CrossSite(http.MethodPost, "/lti/launch", form)
		if second.Status != http.StatusBadRequest || !strings.Contains(second.Body, "reference") {
			t.Errorf("second: status %d, want 400 with a reference", second.Status)
		}
		if !strings.Contains(site.Log.String(), `"lti_error":"state_spent"`) {
			t.Error("the log does not say state_spent")
		}
	})
}

// C-83: neither page nor log has a token, an address or a name.
func TestFailedLaunchesSayWhyWithoutSecrets(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	for name, tc := range map[string]struct {
		change ltitest.Change
		code   string
	}{
		"C-01 no kid":            {ltitest.WithHeader("kid", nil), "missing_kid"},
		"C-03 wrong version":     {ltitest.With(lti.ClaimVersion, "11.3"), "lti_version"},
		"C-07 expired":           {ltitest.At(site.Clock.Now().Add(-2*time.Hour), time.Minute), "expired"},
		"C-10 no deployment":     {ltitest.With(lti.ClaimDeploymentID, ""), "deployment_id"},
		"C-12 no user":           {ltitest.Without("sub"), "subject"},
		"C-74 other deployment":  {ltitest.With(lti.ClaimDeploymentID, "unknown"), "login_deployment"},
		"C-48 no return address": {ltitest.With(lti.ClaimMessageType, lti.MessageDeepLinking), "deep_linking"},
		"C-84 another message":   {ltitest.With(lti.ClaimMessageType, "LtiSubmissionReviewRequest"), "message_unsupported"},
	} {
		page := site.Browser().TryLaunch(site.Platform, "student", tc.change)
		if page.Status < 400 || page.Status > 499 {
			t.Errorf("%s: status %d, want 4xx", name, page.Status)
		}
		if !strings.Contains(site.Log.String(), `"lti_error":"`+tc.code+`"`) {
			t.Errorf("%s: the log does not say %s", name, tc.code)
		}
		if strings.Contains(page.Body, "eyJ") {
			t.Errorf("%s: the page shows the token", name)
		}
	}
	for _, text := range []string{"eyJ", "campus.example", "Sam"} {
		if strings.Contains(site.Log.String(), text) {
			t.Errorf("the log holds %q", text)
		}
	}
}

func TestUnknownDeploymentWaitsForAnAdministrator(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		site := housetest.New(t, db)
		site.Platform.DeploymentID = "second"
		page := site.Browser().TryLaunch(site.Platform, "teacher")
		if page.Status != http.StatusForbidden || !strings.Contains(page.Body, "Waiting for your administrator") {
			t.Fatalf("status %d, want 403 Waiting for your administrator", page.Status)
		}
		platform, err := site.LTI.PlatformByName(t.Context(), site.Platform.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := site.LTI.AllowDeployment(t.Context(), platform.ID, "second"); err != nil {
			t.Fatal(err)
		}
		site.Browser().Launch("teacher")
	})
}

// C-21: a launch without a context opens a list, with the role it brought.
func TestLaunchWithoutContextOpensAList(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().Launch("teacher", ltitest.Without(lti.ClaimContext))
	if b.Path != "/c/mine" {
		t.Errorf("leads to %s, want /c/mine", b.Path)
	}
}

func TestNavigationLaunchOpensTheCourse(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().Launch("teacher", ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "course-1", "title": "Economics 101"}))
	if strings.Contains(b.Path, "/links/") {
		t.Errorf("leads to %s, want the course's list", b.Path)
	}
}

func TestJunkIsAnsweredReadably(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser()
	for name, page := range map[string]housetest.Page{
		"login without anything": b.CrossSite(http.MethodPost, "/lti/login", url.Values{}),
		"unknown platform":       b.CrossSite(http.MethodGet, "/lti/login?iss=https://x.example&login_hint=1", nil),
		"launch without state":   b.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {"x"}}),
		"launch with junk":       b.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {"a.b.c"}, "state": {"zz"}}),
		"platform's error":       b.CrossSite(http.MethodPost, "/lti/launch", url.Values{"error": {"login_required"}, "state": {"zz"}}),
		"huge":                   b.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {strings.Repeat("x", 1<<20)}}),
		"launch by GET":          b.CrossSite(http.MethodGet, "/lti/launch", nil),
	} {
		if page.Status < 400 || page.Status > 499 || !strings.Contains(page.Header.Get("Content-Type"), "text/html") || !strings.Contains(page.Body, "<h1") {
			t.Errorf("%s: status %d, %s; want a readable 4xx page", name, page.Status, page.Header.Get("Content-Type"))
		}
	}
	if log := site.Log.String(); strings.Contains(log, "panic") {
		t.Errorf("the log has a panic:\n%s", log)
	}
}

func TestForeignHostIsMisdirected(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	for path, want := range map[string]int{"/help": http.StatusMisdirectedRequest, "/healthz": http.StatusOK, "/readyz": http.StatusOK} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "evil.example"
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s for a foreign host: %d, want %d", path, response.StatusCode, want)
		}
	}
}

func TestFailuresAreLimitedAndSuccessesAreNot(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	for range 20 {
		site.Browser().Launch("student")
	}
	limited := false
	for range 200 {
		page := site.Browser().CrossSite(http.MethodPost, "/lti/login", url.Values{})
		if page.Status == http.StatusTooManyRequests {
			limited = page.Header.Get("Retry-After") != ""
			break
		}
	}
	if !limited {
		t.Error("200 failures in a row were not limited")
	}
}

func TestKeysArePublishedAtBothAddresses(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	first, second := site.Browser().Get("/lti/jwks"), site.Browser().Get("/.well-known/jwks.json")
	if first.Status != http.StatusOK || first.Body != second.Body || !strings.Contains(first.Body, `"kid"`) || strings.Contains(first.Body, `"d"`) {
		t.Errorf("keys: status %d, equal %t\n%s", first.Status, first.Body == second.Body, first.Body)
	}
}

func TestFramedPageWithoutBearerIsAnEmptyShell(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().Launch("teacher")
	b.Headers.Set("Sec-Fetch-Dest", "iframe")
	page := b.Get(b.Path)
	if page.Status != http.StatusOK || strings.Contains(page.Body, "Economics") {
		t.Errorf("framed page by cookie: status %d, shows data: %t", page.Status, strings.Contains(page.Body, "Economics"))
	}
	if page := b.Post(b.Path, url.Values{}); page.Status != http.StatusUnauthorized {
		t.Errorf("framed POST by cookie: status %d, want 401", page.Status)
	}
}

func TestPagesForNobodyCannotBeFramed(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().Launch("teacher")
	for _, path := range []string{b.Path, "/help", "/c/none", "/nowhere"} {
		if policy := b.Get(path).Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "frame-ancestors 'none'") {
			t.Errorf("%s by cookie: %s", path, policy)
		}
	}
}

func TestStateChangesOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser().Launch("teacher")
	if page := b.CrossSite(http.MethodPost, "/language", url.Values{"lang": {"ar"}}); page.Status != http.StatusForbidden {
		t.Errorf("cross-site POST: status %d, want 403", page.Status)
	}
}

// C-94, C-96: the pages before the proof run no code of their own text, hold no
// session, and may be framed by platforms alone.
func TestLoginAndProofPagesHoldNoSessionAndNoInlineCode(t *testing.T) {
	t.Parallel()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	b := site.Browser()
	b.Headers.Set("Sec-Fetch-Dest", "iframe")
	login := b.CrossSite(http.MethodPost, "/lti/login", site.Platform.LoginForm("teacher"))
	stranger := site.Browser()
	stranger.Headers.Set("Sec-Fetch-Dest", "iframe")
	token, state := site.Platform.Answer(authorization(t, login))
	proof := stranger.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {token}, "state": {state}})
	for name, page := range map[string]housetest.Page{"login": login, "proof": proof} {
		policy := page.Header.Get("Content-Security-Policy")
		if page.Status != http.StatusOK || !strings.Contains(policy, "script-src 'self';") || strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "*") {
			t.Errorf("%s page: status %d, policy %s", name, page.Status, policy)
		}
		if strings.Contains(page.Body, `id="carrier"`) || strings.Contains(page.Body, "<script>") {
			t.Errorf("%s page holds a session or code", name)
		}
		if page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s page may be stored", name)
		}
	}
	if policy := proof.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors "+site.Platform.URL("")) {
		t.Errorf("proof page: %s, want the platform's origins alone", policy)
	}
}

// authorization is where a login page sends the browser.
func authorization(t *testing.T, login housetest.Page) string {
	t.Helper()
	m := regexp.MustCompile(`"auth_url":"([^"]+)"`).FindStringSubmatch(login.Body)
	if m == nil {
		t.Fatalf("login page without an address: status %d", login.Status)
	}
	return strings.ReplaceAll(m[1], `\u0026`, "&")
}
