package lti_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

// refusal is a message that is wrong in one point.
type refusal struct {
	name   string // C-number: what is wrong
	change ltitest.Change
	want   lti.Code
}

func refusals(f *fixture, other *ltitest.Platform) []refusal {
	now := f.clock.Now()
	link := lti.ClaimResourceLink
	return []refusal{
		{"C-01 header without kid", ltitest.WithHeader("kid", nil), lti.CodeMissingKID},
		{"C-02 kid nobody publishes", ltitest.WithHeader("kid", "imstester_66067"), lti.CodeUnknownKID},
		{"C-03 version 11.3", ltitest.With(lti.ClaimVersion, "11.3"), lti.CodeVersion},
		{"C-03 version 1.3", ltitest.With(lti.ClaimVersion, "1.3"), lti.CodeVersion},
		{"C-03 version as number", ltitest.With(lti.ClaimVersion, 1.3), lti.CodeVersion},
		{"C-04 no version", ltitest.Without(lti.ClaimVersion), lti.CodeVersion},
		{"C-05 payload is no LTI message", func(m *ltitest.Message) { m.Claims = map[string]any{"name": "badltilaunch"} }, lti.CodeMissingClaims},
		{"C-05 empty header", func(m *ltitest.Message) { m.Header = map[string]any{} }, lti.CodeAlgorithm},
		{"C-06 message type, version and roles absent", ltitest.Without(lti.ClaimMessageType, lti.ClaimVersion, lti.ClaimRoles), lti.CodeMissingClaims},
		{"C-07 iat 11111, exp 22222", ltitest.At(time.Unix(11111, 0), 11111*time.Second), lti.CodeExpired},
		{"C-08 no message type", ltitest.Without(lti.ClaimMessageType), lti.CodeMessageType},
		{"C-09 no roles", ltitest.Without(lti.ClaimRoles), lti.CodeRoles},
		{"C-09 roles null", ltitest.With(lti.ClaimRoles, nil), lti.CodeRoles},
		{"C-09 roles an object", ltitest.With(lti.ClaimRoles, map[string]any{}), lti.CodeRoles},
		{"C-10 no deployment id", ltitest.Without(lti.ClaimDeploymentID), lti.CodeDeployment},
		{"C-10 empty deployment id", ltitest.With(lti.ClaimDeploymentID, ""), lti.CodeDeployment},
		{"C-11 no resource link", ltitest.Without(link), lti.CodeResourceLink},
		{"C-11 empty resource link", ltitest.With(link, map[string]any{}), lti.CodeResourceLink},
		{"C-11 empty resource link id", ltitest.With(link, map[string]any{"id": ""}), lti.CodeResourceLink},
		{"C-12 no sub", ltitest.Without("sub"), lti.CodeSubject},
		{"C-12 empty sub", ltitest.With("sub", ""), lti.CodeSubject},
		{"C-31 anonymous", ltitest.Without("sub", "name", "given_name", "family_name", "email"), lti.CodeSubject},
		{"C-32 sub with control characters", ltitest.With("sub", "a\x00b"), lti.CodeSubject},
		{"C-32 sub without end", ltitest.With("sub", strings.Repeat("x", 5000)), lti.CodeSubject},
		{"deployment with control characters", ltitest.With(lti.ClaimDeploymentID, "a\nb"), lti.CodeDeployment},
		{"context id without end", ltitest.With(lti.ClaimContext, map[string]any{"id": strings.Repeat("x", 5000)}), lti.CodeContext},
		{"C-64 another login's nonce", ltitest.With("nonce", "another"), lti.CodeNonce},
		{"C-65 no nonce", ltitest.Without("nonce"), lti.CodeNonce},
		{"C-66 issuer with trailing slash", ltitest.With("iss", f.platform.Issuer+"/"), lti.CodeIssuer},
		{"C-66 another issuer", ltitest.With("iss", "https://else.example"), lti.CodeIssuer},
		{"C-66 no issuer", ltitest.Without("iss"), lti.CodeIssuer},
		{"C-67 another audience", ltitest.With("aud", "another"), lti.CodeAudience},
		{"C-67 no audience", ltitest.Without("aud"), lti.CodeAudience},
		{"C-67 audience with a stranger", ltitest.With("aud", []string{f.platform.ClientID, "stranger"}), lti.CodeAudience},
		{"C-67 audience of wrong type", ltitest.With("aud", []any{f.platform.ClientID, 5}), lti.CodeAudience},
		{"C-68 two audiences without azp", ltitest.With("aud", []string{f.platform.ClientID, f.platform.ClientID}), lti.CodeAuthorizedParty},
		{"C-68 azp is another", ltitest.With("azp", "another"), lti.CodeAuthorizedParty},
		{"C-68 empty azp", ltitest.With("azp", ""), lti.CodeAuthorizedParty},
		{"C-69 expired beyond the skew", ltitest.At(now.Add(-3*time.Minute), 2*time.Minute), lti.CodeExpired},
		{"C-69 no exp", ltitest.Without("exp"), lti.CodeExpired},
		{"C-69 exp as text", ltitest.With("exp", "tomorrow"), lti.CodeExpired},
		{"C-69 iat more than the skew ahead", ltitest.At(now.Add(61*time.Second), time.Minute), lti.CodeIssuedInFuture},
		{"C-69 iat over ten minutes old", ltitest.At(now.Add(-606*time.Second), time.Hour), lti.CodeIssuedTooLongAgo},
		{"C-69 no iat", ltitest.Without("iat"), lti.CodeIssuedTooLongAgo},
		{"C-70 alg none", ltitest.Unsigned(), lti.CodeAlgorithm},
		{"C-70 alg None", func(m *ltitest.Message) { ltitest.Unsigned()(m); m.Header["alg"] = "None" }, lti.CodeAlgorithm},
		{"C-70 HS256 with the public key", ltitest.SignedHS256(f.platform), lti.CodeAlgorithm},
		{"C-70 key from jku", func(m *ltitest.Message) { m.Header["jku"] = other.URL("/jwks"); ltitest.SignedBy(other)(m) }, lti.CodeSignature},
		{"C-70 header extension", ltitest.WithHeader("crit", []string{"b64"}), lti.CodeCritical},
		{"C-71 signed by another platform's key", ltitest.SignedBy(other), lti.CodeSignature},
		{"C-71 changed signature", ltitest.BadSignature(), lti.CodeSignature},
		{"C-74 unknown deployment", func(m *ltitest.Message) {}, lti.CodeDeploymentPending},
		{"C-75 another deployment than the login's", ltitest.With(lti.ClaimDeploymentID, "another"), lti.CodeLoginDeployment},
		{"C-84 another message type", ltitest.With(lti.ClaimMessageType, "LtiSubmissionReviewRequest"), lti.CodeMessageUnsupported},
	}
}

func TestVerifyRefusesWrongMessages(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	for _, tt := range refusals(f, ltitest.New(t)) {
		t.Run(tt.name, func(t *testing.T) {
			form := f.platform.LoginForm("teacher")
			change := tt.change
			if tt.want == lti.CodeDeploymentPending {
				form.Del("lti_deployment_id")
				change = ltitest.With(lti.ClaimDeploymentID, "unknown")
			}
			request, err := lti.ParseLogin(form)
			if err != nil {
				t.Fatalf("ParseLogin: %v", err)
			}
			login, err := f.service.Login(t.Context(), request)
			if err != nil {
				t.Fatalf("Login: %v", err)
			}
			idToken, state := f.platform.Answer(login.AuthURL, change)
			launch, err := f.service.Verify(t.Context(), lti.LaunchRequest{IDToken: idToken, State: state, Secret: login.Secret})
			if lti.CodeOf(err) != tt.want {
				t.Fatalf("Verify = %+v, %v, want code %s", launch, err, tt.want)
			}
			assertDiagnosis(t, err, f.added.ID, idToken)
		})
	}
	if n := f.rows(t, "launch_states"); n != 0 {
		t.Errorf("refused launches spent %d states, want none", n)
	}
	if n := f.rows(t, "tenants"); n != 0 {
		t.Errorf("refused launches made %d tenants, want none", n)
	}
}

// assertDiagnosis checks that an error names its platform and holds neither
// token nor person.
func assertDiagnosis(t *testing.T, err error, platformID, idToken string) {
	t.Helper()
	var e *lti.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *lti.Error", err)
	}
	if e.PlatformID != platformID {
		t.Errorf("error names platform %q, want %q", e.PlatformID, platformID)
	}
	all := strings.Join([]string{e.Error(), e.Expected, e.Received, e.Claim}, " ")
	for _, secret := range []string{idToken, "campus.example", "Tara", "teacher"} {
		if secret != "" && strings.Contains(all, secret) {
			t.Errorf("diagnosis %q holds %q", all, secret)
		}
	}
}

func TestMissingClaimsAreListed(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	_, err := f.launch(t, "teacher", ltitest.Without(lti.ClaimMessageType, lti.ClaimVersion, lti.ClaimRoles)) // C-06
	var e *lti.Error
	if !errors.As(err, &e) {
		t.Fatalf("Verify = %v, want *lti.Error", err)
	}
	if want := "absent: version, message_type, roles"; e.Received != want {
		t.Errorf("Received = %q, want %q", e.Received, want)
	}
}

func TestVerifyRefusesWhatIsNoToken(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	tests := []struct { // C-05
		name, token string
		want        lti.Code
	}{
		{"nothing", "", lti.CodeTokenMissing},
		{"junk", "junk", lti.CodeTokenMalformed},
		{"two parts", "e30.e30", lti.CodeTokenMalformed},
		{"four parts", "e30.e30.e30.e30", lti.CodeTokenMalformed},
		{"header is no base64url", "!!.e30.", lti.CodeTokenMalformed},
		{"header is an array", "W10.e30.", lti.CodeTokenMalformed},
		{"payload is text", "e30.InRleHQi.", lti.CodeTokenMalformed},
		{"payload is null", "e30.bnVsbA.", lti.CodeTokenMalformed},
		{"payload is broken", "e30.e30x.", lti.CodeTokenMalformed},
		{"too large", strings.Repeat("e", 200<<10), lti.CodeTokenTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			login := f.login(t, "teacher")
			_, err := f.service.Verify(t.Context(), lti.LaunchRequest{IDToken: tt.token, State: login.State, Secret: login.Secret})
			if lti.CodeOf(err) != tt.want {
				t.Errorf("Verify = %v, want code %s", err, tt.want)
			}
		})
	}
}

// acceptance is a message that is unusual but right.
type acceptance struct {
	name   string // C-number: what is unusual
	change ltitest.Change
	check  func(l *lti.Launch) bool
}

func acceptances(f *fixture) []acceptance {
	now := f.clock.Now()
	roles := func(role string) ltitest.Change { return ltitest.With(lti.ClaimRoles, []string{role}) }
	long := strings.Repeat("s", 255)
	return []acceptance{
		{"an ordinary launch", func(*ltitest.Message) {}, func(l *lti.Launch) bool { return l.Subject == "teacher" && l.DeploymentID == "deployment-1" }},
		{"C-13 instructor", roles(ltitest.RoleInstructor), func(l *lti.Launch) bool { return l.CourseRole == lti.RoleInstructor }},
		{"C-16 one empty role", roles(""), func(l *lti.Launch) bool { return l.CourseRole == lti.RoleNone }},
		{"C-16 no roles", ltitest.With(lti.ClaimRoles, []string{}), func(l *lti.Launch) bool { return l.CourseRole == lti.RoleNone && len(l.Roles) == 0 }},
		{"C-18 email only", ltitest.Without("name", "given_name", "family_name"), func(l *lti.Launch) bool { return l.Name == "" && l.Email != "" }},
		{"C-19 names only", ltitest.Without("email"), func(l *lti.Launch) bool { return l.Email == "" && l.Name == "Tara Teacher" }},
		{"C-20 no personal data", ltitest.Without("email", "name", "given_name", "family_name"), func(l *lti.Launch) bool { return l.Subject == "teacher" }},
		{"C-21, C-29, C-37 no context", ltitest.Without(lti.ClaimContext), func(l *lti.Launch) bool { return l.Context == nil && l.ResourceLink != nil }},
		{"C-22 new resource link", ltitest.With(lti.ClaimResourceLink, map[string]any{"id": "new", "title": nil}), func(l *lti.Launch) bool { return l.ResourceLink.ID == "new" && l.ResourceLink.Title == "" }},
		{"C-32 names of all scripts", ltitest.With("name", "ليلى 山田 e\u0301 👩‍🏫 <script>"), func(l *lti.Launch) bool { return l.Name == "ليلى 山田 e\u0301 👩‍🏫 <script>" }},
		{"C-32 name without end", ltitest.With("name", strings.Repeat("é", 900)), func(l *lti.Launch) bool { return l.Name == strings.Repeat("é", 200) }},
		{"C-32 name with NUL", ltitest.With("name", "Ta\x00ra"), func(l *lti.Launch) bool { return l.Name == "Tara" }},
		{"C-32 sub of 255", ltitest.With("sub", long), func(l *lti.Launch) bool { return l.Subject == long }},
		{"C-33 unknown claims and odd types", func(m *ltitest.Message) {
			m.Claims["https://lms.example/claim/x"] = []any{1, "a"}
			m.Claims["name"] = 5
			m.Claims[lti.ClaimPresentation] = "none"
			m.Claims[lti.ClaimToolPlatform] = []int{1}
		}, func(l *lti.Launch) bool { return l.Name == "" && l.ReturnURL == "" }},
		{"C-33 custom of all types", ltitest.With(lti.ClaimCustom, map[string]any{"n": 1, "o": map[string]any{}, "null": nil, "v": "$No.such.variable", "s": "kept"}),
			func(l *lti.Launch) bool { return cmp.Equal(l.Custom, map[string]string{"s": "kept"}) }},
		{"C-33 custom is a list", ltitest.With(lti.ClaimCustom, []string{"a"}), func(l *lti.Launch) bool { return len(l.Custom) == 0 }},
		{"C-33 unresolved names", ltitest.With("name", "$Person.name.full"), func(l *lti.Launch) bool { return l.Name == "" }},
		{"C-35 no service claims", ltitest.Without(lti.ClaimToolPlatform, lti.ClaimPresentation), func(l *lti.Launch) bool { return l.ReturnURL == "" && l.Locale == "en" }},
		{"C-36 target is no address", ltitest.With(lti.ClaimTargetLinkURI, "packback.co"), func(l *lti.Launch) bool { return l.TargetLinkURI == "packback.co" }},
		{"C-37 context type absent", ltitest.With(lti.ClaimContext, map[string]any{"id": "c"}), func(l *lti.Launch) bool { return l.Context.ID == "c" }},
		{"C-37 context type short", ltitest.With(lti.ClaimContext, map[string]any{"id": "c", "type": []string{"CourseOffering"}, "label": nil}), func(l *lti.Launch) bool { return l.Context.Types[0] == "CourseOffering" }},
		{"C-37 context type a string", ltitest.With(lti.ClaimContext, map[string]any{"id": "c", "type": "Group"}), func(l *lti.Launch) bool { return l.Context.Types[0] == "Group" }},
		{"C-39 deep linking without link", ltitest.DeepLinking(), func(l *lti.Launch) bool { return l.Message == lti.MessageDeepLinking && l.ResourceLink == nil }},
		{"C-67 audience as array", ltitest.With("aud", []string{f.platform.ClientID}), func(l *lti.Launch) bool { return true }},
		{"C-68 azp is the client", ltitest.With("azp", f.platform.ClientID), func(l *lti.Launch) bool { return true }},
		{"C-68 azp with array", func(m *ltitest.Message) {
			m.Claims["aud"], m.Claims["azp"] = []string{f.platform.ClientID}, f.platform.ClientID
		}, func(l *lti.Launch) bool { return true }},
		{"C-69 expired within the skew", ltitest.At(now.Add(-119*time.Second), time.Minute), func(l *lti.Launch) bool { return true }},
		{"C-69 iat a minute ahead", ltitest.At(now.Add(time.Minute), time.Minute), func(l *lti.Launch) bool { return true }},
		{"C-69 iat ten minutes old", ltitest.At(now.Add(-10*time.Minute), time.Hour), func(l *lti.Launch) bool { return true }},
		{"C-69 times with fractions", func(m *ltitest.Message) {
			m.Claims["iat"], m.Claims["exp"] = float64(now.Unix())+.5, float64(now.Unix())+60.25
		}, func(l *lti.Launch) bool { return true }},
		{"C-70 foreign key headers are ignored", func(m *ltitest.Message) {
			m.Header["jku"], m.Header["x5u"] = "https://evil.example", "https://evil.example"
		}, func(l *lti.Launch) bool { return true }},
		{"C-79 return address without TLS where private networks are allowed", func(*ltitest.Message) {}, func(l *lti.Launch) bool { return l.ReturnURL == f.platform.URL("/return") }},
		{"C-79 script as return address", ltitest.With(lti.ClaimPresentation, map[string]any{"return_url": "javascript:alert(1)"}), func(l *lti.Launch) bool { return l.ReturnURL == "" }},
	}
}

func TestVerifyAcceptsWhatPlatformsSend(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	for _, tt := range acceptances(f) {
		t.Run(tt.name, func(t *testing.T) {
			launch, err := f.launch(t, "teacher", tt.change)
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			if !launch.Proved || !tt.check(launch) {
				t.Errorf("Verify = %+v", launch)
			}
		})
	}
}

func TestVerifiedLaunchHasEverythingTheTokenSaid(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		f.platform.StorageTarget = "_parent"
		launch, err := f.launch(t, "student")
		if err != nil {
			t.Fatalf("Verify: %v", err)
		}
		want := &lti.Launch{
			Platform: f.added, TenantID: launch.TenantID, DeploymentID: "deployment-1", Message: lti.MessageResourceLink,
			Subject: "student", Name: "Sam student", GivenName: "Sam", FamilyName: "student", Email: "student@campus.example", Locale: "en",
			Context:      &lti.Context{ID: "course-1", Title: "Economics 101", Label: "ECON101", Types: []string{"http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"}},
			ResourceLink: &lti.ResourceLink{ID: "link-1", Title: "Weekly room"},
			Roles:        []string{ltitest.RoleLearner, ltitest.RoleInstitutionStudent}, CourseRole: lti.RoleNone, DecidedBy: "Learner",
			TargetLinkURI: "https://tool.example/lti/launch", ReturnURL: f.platform.URL("/return"), FrameOrigins: []string{f.platform.URL("")},
			Proved: true, State: launch.State, StorageTarget: "_parent", StorageOrigin: f.platform.URL(""),
		}
		want.Platform.ProductFamily = "practice"
		if diff := cmp.Diff(want, launch); diff != "" {
			t.Errorf("launch differs (-want +got):\n%s", diff)
		}
		if launch.TenantID == "" || launch.State == "" {
			t.Error("launch has no tenant or no state")
		}
	})
}

// C-38: each launch decides anew.
func TestRolesAreDecidedAtEachLaunch(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	for _, tt := range []struct {
		role string
		want lti.CourseRole
	}{{ltitest.RoleInstructor, lti.RoleInstructor}, {ltitest.RoleLearner, lti.RoleNone}, {ltitest.RoleInstructor, lti.RoleInstructor}} {
		launch, err := f.launch(t, "teacher", ltitest.With(lti.ClaimRoles, []string{tt.role}))
		if err != nil || launch.CourseRole != tt.want {
			t.Errorf("launch as %s = %v, %v, want %s", tt.role, launch, err, tt.want)
		}
	}
}

func TestFrameOriginsComeFromRegistrationAndToken(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	p := ltitest.New(t)
	p.Now = f.clock.Now
	registration := p.Registration()
	registration.FrameOrigins = []string{"https://*.campus.example"}
	if _, err := f.service.AddPlatform(t.Context(), registration, p.DeploymentID); err != nil {
		t.Fatalf("AddPlatform: %v", err)
	}
	f.platform = p
	launch, err := f.launch(t, "teacher",
		ltitest.With(lti.ClaimToolPlatform, map[string]any{"url": "https://learn.campus.example/"}),
		ltitest.With(lti.ClaimPresentation, map[string]any{"return_url": "https://vanity.example:8443/back?x=1"}))
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	want := []string{"https://*.campus.example", p.URL(""), "https://learn.campus.example", "https://vanity.example:8443"}
	if diff := cmp.Diff(want, launch.FrameOrigins); diff != "" {
		t.Errorf("frame origins differ (-want +got):\n%s", diff)
	}
	launch, err = f.launch(t, "teacher",
		ltitest.With(lti.ClaimToolPlatform, map[string]any{"url": "https://x.example;script-src *"}),
		ltitest.With(lti.ClaimPresentation, map[string]any{"return_url": "ftp://vanity.example/"}))
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if diff := cmp.Diff(want[:2], launch.FrameOrigins); diff != "" {
		t.Errorf("frame origins of a hostile token differ (-want +got):\n%s", diff)
	}
}

// C-78.
func TestErrorResponsesOfThePlatformAreNamed(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	tests := []struct {
		posted string
		want   lti.Code
	}{
		{"login_required", lti.CodeLoginRequired},
		{"interaction_required", lti.CodeLoginRequired},
		{"launch_no_longer_valid", lti.CodeLaunchNoLongerValid},
		{"unauthorized_client", lti.CodeUnauthorizedClient},
		{"access_denied", lti.CodeAccessDenied},
		{"invalid_request_object", lti.CodePlatformError},
	}
	for _, tt := range tests {
		login := f.login(t, "teacher")
		_, err := f.service.Verify(t.Context(), lti.LaunchRequest{State: login.State, Error: tt.posted, ErrorDescription: "no session of tara@campus.example eyJhbGciOi"})
		var e *lti.Error
		if !errors.As(err, &e) || e.Code != tt.want || e.PlatformID != f.added.ID {
			t.Errorf("error %s = %v, want code %s of the platform", tt.posted, err, tt.want)
			continue
		}
		if want := tt.posted + " no session of … …"; e.Received != want {
			t.Errorf("Received = %q, want %q", e.Received, want)
		}
	}
	if _, err := f.service.Verify(t.Context(), lti.LaunchRequest{Error: "login_required"}); lti.CodeOf(err) != lti.CodeLoginRequired {
		t.Errorf("error without state = %v, want login_required", err)
	}
}

// C-80: equal people of two platforms stay apart.
func TestSameSubjectOnTwoPlatformsHasTwoTenants(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	first, err := f.launch(t, "teacher")
	if err != nil {
		t.Fatalf("first launch: %v", err)
	}
	f.platform = ltitest.New(t)
	f.platform.Now = f.clock.Now
	f.platform.Register(t.Context(), f.service)
	second, err := f.launch(t, "teacher")
	if err != nil {
		t.Fatalf("second launch: %v", err)
	}
	if first.Subject != second.Subject || first.TenantID == second.TenantID {
		t.Errorf("tenants %q and %q, want two for the same sub", first.TenantID, second.TenantID)
	}
}

// C-71, C-73: a token counts only for the login of its own platform.
func TestTokenOfAnotherPlatformIsRefused(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	other := ltitest.New(t)
	other.Now, other.ClientID = f.clock.Now, f.platform.ClientID
	other.Register(t.Context(), f.service)
	login := f.login(t, "teacher")
	u, err := url.Parse(login.AuthURL)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	token := other.Message("teacher", u.Query().Get("nonce")).Token()
	_, err = f.service.Verify(t.Context(), lti.LaunchRequest{IDToken: token, State: login.State, Secret: login.Secret})
	if lti.CodeOf(err) != lti.CodeIssuer {
		t.Errorf("Verify = %v, want code issuer", err)
	}
	forged := other.Message("teacher", u.Query().Get("nonce"), ltitest.With("iss", f.platform.Issuer)).Token()
	_, err = f.service.Verify(t.Context(), lti.LaunchRequest{IDToken: forged, State: login.State, Secret: login.Secret})
	if lti.CodeOf(err) != lti.CodeSignature {
		t.Errorf("Verify(forged issuer) = %v, want code signature", err)
	}
}
