package attack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
	"usher/lti/ltitest"
)

// attackersLaunch is a launch that an attacker made up to the platform's
// answer, with the secret that their own browser was given.
func (s *scene) attackersLaunch(t *testing.T) (form url.Values, cookie string) {
	t.Helper()
	login := s.Browser().CrossSite(http.MethodPost, "/lti/login", s.Platform.LoginForm("mallory"))
	token, state := s.Platform.Answer(login.Location)
	return url.Values{"id_token": {token}, "state": {state}}, strings.Split(login.Header.Get("Set-Cookie"), ";")[0]
}

var proofBlock = regexp.MustCompile(`id="proof">([^<]*)<`)

func TestALaunchOfAnAttackerSignsNobodyElseIn(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	form, cookie := s.attackersLaunch(t)
	victim := s.Browser()
	page := victim.CrossSite(http.MethodPost, "/lti/launch", form)
	found := proofBlock.FindStringSubmatch(page.Body)
	if page.Status != http.StatusOK || found == nil {
		t.Fatalf("launch: status %d\n%s", page.Status, page.Body)
	}
	status(t, "the victim is nobody", victim.Get("/c/mine"), http.StatusUnauthorized)

	// The attacker's page knows its secret, and even the handle: it cannot post
	// them in the victim's name.
	var proof struct{ Handle string }
	if err := json.Unmarshal([]byte(found[1]), &proof); err != nil || proof.Handle == "" {
		t.Fatalf("proof: %v", err)
	}
	_, secret, _ := strings.Cut(cookie, "=")
	body := fmt.Sprintf(`{"handle":%q,"secret":%q}`, proof.Handle, secret)
	for _, from := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}, {"Origin": "https://evil.example"},
	} {
		from["Content-Type"] = "text/plain"
		if code, header, _ := s.raw(t, http.MethodPost, "/lti/launch/proof", strings.NewReader(body), from); code != http.StatusForbidden || header.Get("Set-Cookie") != "" {
			t.Errorf("proof by another site %v: status %d", from, code)
		}
	}
	for _, wrong := range []string{"", secret[1:], strings.ToUpper(secret), secret + "A"} {
		body := fmt.Sprintf(`{"handle":%q,"secret":%q}`, proof.Handle, wrong)
		if code, header, _ := s.raw(t, http.MethodPost, "/lti/launch/proof", strings.NewReader(body), nil); code != http.StatusForbidden || header.Get("Set-Cookie") != "" {
			t.Errorf("proof by secret %q: status %d", wrong, code)
		}
	}
}

// A page that frames Usher may answer as if it were the platform's storage, and
// what the proof's page becomes afterwards is a person's session: a stranger
// must not be its parent.
func TestTheProofsPageIsFramedByThePlatformOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	form, _ := s.attackersLaunch(t)
	page := s.Browser().CrossSite(http.MethodPost, "/lti/launch", form)
	policy := page.Header.Get("Content-Security-Policy")
	if !strings.HasSuffix(policy, "frame-ancestors "+s.Platform.URL("")) {
		t.Errorf("the proof's page may be framed by others than the platform: %s", policy)
	}
}

func TestOneStateSignsInOnceHoweverManyPostsComeAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newScene(t, db)
		form, cookie := s.attackersLaunch(t)
		var in atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				code, header, _ := s.raw(t, http.MethodPost, "/lti/launch", strings.NewReader(form.Encode()),
					map[string]string{"Content-Type": formType, "Cookie": cookie, "Sec-Fetch-Dest": "document"})
				if code == http.StatusSeeOther && strings.Contains(fmt.Sprint(header["Set-Cookie"]), "arrival") {
					in.Add(1)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Errorf("%d of 8 posts of one launch signed in, want 1", in.Load())
		}

		form, cookie = s.attackersLaunch(t)
		found := proofBlock.FindStringSubmatch(s.Browser().CrossSite(http.MethodPost, "/lti/launch", form).Body)
		var proof struct{ Handle string }
		if found == nil || json.Unmarshal([]byte(found[1]), &proof) != nil {
			t.Fatal("no proof")
		}
		_, secret, _ := strings.Cut(cookie, "=")
		body := fmt.Sprintf(`{"handle":%q,"secret":%q,"framed":true}`, proof.Handle, secret)
		in.Store(0)
		for range 8 {
			wg.Go(func() {
				if code, _, answer := s.raw(t, http.MethodPost, "/lti/launch/proof", strings.NewReader(body), nil); code == http.StatusOK && strings.Contains(answer, "token") {
					in.Add(1)
				}
			})
		}
		wg.Wait()
		if in.Load() != 1 {
			t.Errorf("%d of 8 proofs of one launch signed in, want 1", in.Load())
		}
	})
}

func TestForgedAndStrangeTokensSignNobodyIn(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	id := s.Platform.ClientID
	deep := json.RawMessage(strings.Repeat("[", 9000) + strings.Repeat("]", 9000))
	for name, change := range map[string]ltitest.Change{
		"key of another platform":   ltitest.SignedBy(s.Other),
		"alg none":                  ltitest.Unsigned(),
		"alg nOnE":                  both(ltitest.Unsigned(), ltitest.WithHeader("alg", "nOnE")),
		"HS256 by the public key":   ltitest.SignedHS256(s.Platform),
		"PS256 said":                ltitest.WithHeader("alg", "PS256"),
		"RS512 said":                ltitest.WithHeader("alg", "RS512"),
		"critical extension":        ltitest.WithHeader("crit", []string{"b64"}),
		"key in the header":         both(ltitest.SignedBy(s.Other), ltitest.WithHeader("jku", s.Other.URL("/jwks"))),
		"audience of another":       ltitest.With("aud", s.Other.ClientID),
		"audience and another":      both(ltitest.With("aud", []string{id, s.Other.ClientID}), ltitest.With("azp", id)),
		"audience twice, no azp":    ltitest.With("aud", []string{id, id}),
		"audience with prefix":      ltitest.With("aud", id+" "),
		"audience is an object":     ltitest.With("aud", map[string]any{id: id}),
		"audience nested":           ltitest.With("aud", []any{[]string{id}}),
		"audience empty":            ltitest.With("aud", []string{}),
		"azp of another":            ltitest.With("azp", s.Other.ClientID),
		"issuer with slash":         ltitest.With("iss", s.Platform.Issuer+"/"),
		"issuer of another":         ltitest.With("iss", s.Other.Issuer),
		"issuer in capitals":        ltitest.With("iss", strings.ToUpper(s.Platform.Issuer)),
		"another deployment":        ltitest.With(lti.ClaimDeploymentID, "deployment-2"),
		"deployment is a list":      ltitest.With(lti.ClaimDeploymentID, []string{s.Platform.DeploymentID}),
		"subject is a number":       ltitest.With("sub", 7),
		"subject with NUL":          ltitest.With("sub", "teacher\x00"),
		"subject of 1 MB":           ltitest.With("sub", strings.Repeat("x", 60_000)),
		"nonce of another":          ltitest.With("nonce", "n"),
		"expires as text":           ltitest.With("exp", "9999999999"),
		"expires beyond all":        both(ltitest.With("exp", 1e300), ltitest.With("iat", -1)),
		"no roles":                  ltitest.With(lti.ClaimRoles, nil),
		"context id of two":         ltitest.With(lti.ClaimContext, map[string]any{"id": "course-1\ncourse-2"}),
		"nested beyond all and odd": both(ltitest.With(lti.ClaimCustom, deep), ltitest.With("sub", "")),
	} {
		b := s.Browser()
		page := b.TryLaunch(s.Platform, "teacher", change)
		if page.Status < 400 || page.Status > 499 {
			t.Errorf("%s: status %d, want 4xx", name, page.Status)
		}
		if b.Get("/c/mine").Status != http.StatusUnauthorized {
			t.Errorf("%s: somebody is signed in", name)
		}
	}
	// A login at one platform, answered by another that knows the nonce.
	b := s.Browser()
	login := b.CrossSite(http.MethodPost, "/lti/login", s.Platform.LoginForm("teacher"))
	token, state := s.Other.Answer(login.Location)
	status(t, "answer of another platform", b.CrossSite(http.MethodPost, "/lti/launch", url.Values{"id_token": {token}, "state": {state}}), 400)
}

func both(changes ...ltitest.Change) ltitest.Change {
	return func(m *ltitest.Message) {
		for _, change := range changes {
			change(m)
		}
	}
}

// Teachers write custom values; they name other rooms and higher roles.
func TestCustomValuesRaiseNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	lies := ltitest.With(lti.ClaimCustom, map[string]any{
		"entry": s.entry, "entry_id": s.entry, "role": "Instructor", "roles": "Instructor", "permission": "owner",
		"tenant_id": "x", "user_id": "teacher", "com.instructure.user_isRootAccountAdmin": "true",
	})
	student := s.Browser().Launch("student", inCourse("course-2"), lies)
	status(t, "room of another course", student.Get(s.path("")), 404)
	status(t, "create", student.Post("/c/"+courseOf(student)+"/entries", url.Values{"title": {"Mine"}, "always_open": {"1"}}), 403)
}

// frame-ancestors is made of values of the token. None may end the directive,
// begin another, or open it to a whole domain.
func TestTokensCannotOpenTheFramePolicy(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	for _, address := range []string{
		"https://evil.example;script-src *", "https://evil.example https://more.example", "https://*", "*", "https://*.com/",
		"https://*.example/", "https://evil.example'unsafe-inline'", "https://evil.example\r\nSet-Cookie: a=b", "javascript:alert(1)",
		"data:text/html,x", "https://user@evil.example/", "https://evil.example,https://more.example", "//evil.example", "https:evil.example",
	} {
		b := s.Browser().LaunchInFrame("teacher",
			ltitest.With(lti.ClaimToolPlatform, map[string]any{"url": address}),
			ltitest.With(lti.ClaimPresentation, map[string]any{"return_url": address}))
		page := b.Get(b.Path)
		policy := page.Header.Get("Content-Security-Policy")
		_, ancestors, _ := strings.Cut(policy, "frame-ancestors ")
		if ancestors != s.Platform.URL("") || page.Header.Get("Set-Cookie") != "" {
			t.Errorf("%q: framed by %s", address, ancestors)
		}
		if strings.Contains(page.Body, "javascript:alert") || strings.Contains(page.Body, "data:text") {
			t.Errorf("%q: the way back leads there", address)
		}
	}
}

// A campus is one address: what one person there does wrong again and again
// must not keep the others out, nor fill the launch log.
func TestFailuresOfOnePersonLockNobodyElseOut(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	limited := 0
	for range 400 {
		if s.Browser().CrossSite(http.MethodPost, "/lti/login", url.Values{}).Status == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited < 200 {
		t.Errorf("%d of 400 failures were limited", limited)
	}
	var kept int64
	database.From(t.Context(), s.db).Table("launch_failures").Count(&kept)
	if kept > 200 {
		t.Errorf("the launch log has %d lines of one flood", kept)
	}
	if page := s.Browser().TryLaunch(s.Platform, "student"); page.Status != http.StatusSeeOther {
		t.Errorf("a launch of the same network: status %d, want 303", page.Status)
	}
	s.Browser().LaunchInFrame("student2")
}

// A flood of tokens with made-up key ids may not become a flood of fetches.
func TestUnknownKeyIDsFetchSeldom(t *testing.T) {
	t.Parallel()
	s := newScene(t, dbtest.OpenSQLite(t))
	before := s.Platform.KeyFetches()
	for i := range 60 {
		s.Browser().TryLaunch(s.Platform, "student", ltitest.WithHeader("kid", fmt.Sprint("made-up-", i)))
	}
	if n := s.Platform.KeyFetches() - before; n > 4 {
		t.Errorf("60 unknown key ids made %d fetches", n)
	}
}

// What PostgreSQL refuses as text comes out of addresses and forms of nobody.
func TestBytesThatAreNoTextAreNoServerError(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newScene(t, db)
		for _, junk := range []string{"%00", "%ff", "a%00b", "%ed%a0%80"} {
			raw, err := url.PathUnescape(junk)
			if err != nil {
				t.Fatal(err)
			}
			login := s.Platform.LoginForm("student")
			login.Set("client_id", raw)
			issuer := s.Platform.LoginForm("student")
			issuer.Set("iss", raw)
			deployment := s.Platform.LoginForm("student")
			deployment.Set("lti_deployment_id", raw)
			failed := url.Values{"error": {raw}, "error_description": {raw}, "state": {raw}}
			for what, page := range map[string]housetest.Page{
				"client id":  s.Browser().CrossSite(http.MethodPost, "/lti/login", login),
				"issuer":     s.Browser().CrossSite(http.MethodPost, "/lti/login", issuer),
				"deployment": s.Browser().CrossSite(http.MethodPost, "/lti/login", deployment),
				"error":      s.Browser().CrossSite(http.MethodPost, "/lti/launch", failed),
				"reference":  s.Browser().Get("/lti/failure/" + junk),
				"course":     s.teacher.Get("/c/" + junk),
				"link":       s.teacher.Get("/c/" + s.course + "/links/" + junk),
				"entry":      s.teacher.Get("/e/" + junk),
				"invitation": s.teacher.Get(s.path("/invitations/" + junk)),
				"revoke":     s.teacher.Post(s.path("/invitations/"+junk+"/revoke"), url.Values{}),
				"accept":     s.teacher.Post(s.path("/invitations/"+junk+"/accept"), url.Values{}),
				"suggest":    s.teacher.Get(s.path("/invitations/suggest?q=ab" + junk)),
				"invite": s.teacher.Post(s.path("/invitations"), url.Values{"email": {"a" + raw + "@x.example"}, "first": {raw}, "last": {raw},
					"role": {"viewer" + raw}, "person": {raw}}),
				"role":    s.teacher.Post(s.path("/live/people/"+junk+"/role"), url.Values{"role": {"viewer"}}),
				"remove":  s.teacher.Post(s.path("/live/people/"+junk+"/remove"), url.Values{}),
				"message": s.teacher.Post(s.path("/live/messages"), url.Values{"text": {"hello " + raw}, "id": {raw}}),
				"create":  s.teacher.Post("/c/"+s.course+"/entries", url.Values{"title": {"T" + raw}, "description": {raw}, "always_open": {"1"}, "time_zone": {raw}}),
				"token":   s.Browser().Post("/i/"+junk, email(raw)),
			} {
				if page.Status >= 500 {
					t.Errorf("%s with %s: status %d", what, junk, page.Status)
				}
			}
		}
	})
}

func withEmail(address string) ltitest.Change { return ltitest.With("email", address) }
