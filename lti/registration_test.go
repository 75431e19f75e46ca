package lti_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

// agreed is what an admin ticks who agrees to everything.
var agreed = lti.RegistrationChoice{Name: "Campus", Members: true, ContentSelection: true}

// inviting is a service with a link and a platform that opens it.
type inviting struct {
	*fixture
	registrar *ltitest.Registrar
	link      string
}

func newInviting(t *testing.T, db *database.DB) *inviting {
	t.Helper()
	i := &inviting{fixture: newFixture(t, db), registrar: ltitest.NewRegistrar(t)}
	i.link = i.invite(t)
	return i
}

func (i *inviting) invite(t *testing.T) string {
	t.Helper()
	link, err := i.service.InviteRegistration(t.Context(), lti.RegistrationInvite{Name: "Campus", CreatedBy: "ada"})
	if err != nil {
		t.Fatalf("InviteRegistration: %v", err)
	}
	return link
}

func (i *inviting) register(t *testing.T, choice lti.RegistrationChoice) (lti.Registered, error) {
	t.Helper()
	return i.service.Register(t.Context(), i.registrar.Opens(i.link), choice)
}

// wantNothing looks that a failure left no platform, and the link as it was.
func (i *inviting) wantNothing(t *testing.T) {
	t.Helper()
	if n := i.rows(t, "platforms"); n != 1 {
		t.Errorf("%d platforms, want the one from before only", n)
	}
	if n := i.rows(t, "registrations"); n != 0 {
		t.Errorf("%d registrations are stored", n)
	}
	links, err := i.service.RegistrationLinks(t.Context())
	if err != nil || len(links) != 1 || !links[0].Works(i.clock.Now()) {
		t.Errorf("links = %+v, %v, want one that works", links, err)
	}
	i.registrar.SetFaults(ltitest.RegistrationFaults{})
	choice := agreed
	choice.IssuerConfirmed = true
	if _, err := i.register(t, choice); err != nil {
		t.Errorf("Register after the failure is mended: %v", err)
	}
}

// C-99, C-107, C-108: platform, deployment and the granted scopes are stored,
// and the link is spent.
func TestLinkRegistersOnePlatform(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		i := newInviting(t, db)
		done, err := i.register(t, agreed)
		if err != nil {
			t.Fatalf("Register: %v", err)
		}
		p, err := i.service.PlatformByName(t.Context(), "Campus")
		if err != nil || p.ID != done.Platform.ID || p.ClientID != "dynamic-1" || p.Issuer != i.registrar.URL("") || p.JWKSURL != i.registrar.URL("/jwks") || p.DisabledAt != nil {
			t.Fatalf("platform = %+v, %v", p, err)
		}
		deployments, err := i.service.Deployments(t.Context())
		found := false
		for _, d := range deployments {
			found = found || d.PlatformID == p.ID && d.DeploymentID == "d-1" && d.Status == lti.DeploymentAllowed
		}
		if err != nil || !found {
			t.Errorf("deployments = %+v, %v, want d-1 allowed", deployments, err)
		}
		if scopes, ok, err := i.service.GrantedScopes(t.Context(), p.ID); err != nil || !ok || !cmp.Equal(scopes, []string{lti.ScopeMembers}) {
			t.Errorf("GrantedScopes = %v, %v, %v", scopes, ok, err)
		}
		links, err := i.service.RegistrationLinks(t.Context())
		if err != nil || len(links) != 1 || links[0].UsedAt == nil || links[0].PlatformID != p.ID || links[0].CreatedBy != "ada" {
			t.Errorf("links = %+v, %v", links, err)
		}
		other := i.registrar.Opens(i.link)
		other.PlatformToken = "another"
		if _, err := i.service.Register(t.Context(), other, agreed); !errors.Is(err, lti.ErrLinkUsed) {
			t.Errorf("second registration by the link = %v, want ErrLinkUsed", err)
		}
	})
}

// C-110: a double click, a replay and a reload give the first outcome.
func TestSecondSubmitDoesNothingTwice(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		i := newInviting(t, db)
		i.registrar.SetFaults(ltitest.RegistrationFaults{Delay: 100 * time.Millisecond})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if done, err := i.register(t, agreed); err != nil || done.Platform.Name != "Campus" {
					t.Errorf("Register = %+v, %v", done, err)
				}
			})
		}
		wg.Wait()
		if n := len(i.registrar.Calls()); n != 1 {
			t.Errorf("the platform was asked %d times, want once", n)
		}
		if n := i.rows(t, "platforms"); n != 2 {
			t.Errorf("%d platforms, want 2", n)
		}
		for _, r := range []lti.RegistrationRequest{i.registrar.Opens(i.link), {Token: i.registrar.Opens(i.link).Token}} {
			if done, ok, err := i.service.Registered(t.Context(), r); err != nil || !ok || done.Platform.Name != "Campus" {
				t.Errorf("Registered(%+v) = %+v, %v, %v", r, done, ok, err)
			}
		}
	})
}

// C-110: the same client id again is the same platform, and cannot bring other
// keys along.
func TestRegisteringAgainUpdatesThePlatform(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		i := newInviting(t, db)
		first, err := i.register(t, agreed)
		if err != nil {
			t.Fatalf("Register: %v", err)
		}
		i.link, i.registrar.DeploymentID = i.invite(t), "d-2"
		second, err := i.register(t, lti.RegistrationChoice{Name: "Renamed", ContentSelection: true})
		if err != nil || !second.Updated || second.Platform.ID != first.Platform.ID || second.Platform.Name != "Campus" {
			t.Fatalf("Register again = %+v, %v", second, err)
		}
		if scopes, _, _ := i.service.GrantedScopes(t.Context(), first.Platform.ID); len(scopes) != 0 {
			t.Errorf("scopes = %v, want those of the second registration: none", scopes)
		}
		i.link = i.invite(t)
		i.registrar.Change = func(c map[string]any) { c["jwks_uri"] = i.registrar.URL("/forged") }
		if _, err := i.register(t, agreed); lti.CodeOf(err) != lti.CodeRegistrationConflict {
			t.Errorf("Register with other keys = %v, want code registration_conflict", err)
		}
		if p, err := i.service.PlatformByName(t.Context(), "Campus"); err != nil || p.JWKSURL != i.registrar.URL("/jwks") {
			t.Errorf("keys are at %s, %v", p.JWKSURL, err)
		}
		i.registrar.Change, i.registrar.ClientID = nil, "dynamic-2"
		if third, err := i.register(t, agreed); err != nil || third.Updated || third.Platform.Name != "Campus (2)" {
			t.Errorf("Register of another client = %+v, %v, want a platform with a number", third, err)
		}
	})
}

// Whoever copies a platform's addresses and client id changes
// nothing of it, and registering again is no way around the approval.
func TestRegisteringAgainIsForThePlatformItself(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		i := newInviting(t, db)
		first, err := i.register(t, agreed)
		if err != nil {
			t.Fatalf("Register: %v", err)
		}
		stranger, genuine := ltitest.NewRegistrar(t), i.registrar
		stranger.DeploymentID = "d-stranger"
		stranger.Change = func(c map[string]any) {
			c["issuer"], c["authorization_endpoint"] = genuine.URL(""), genuine.URL("/auth")
			c["token_endpoint"], c["jwks_uri"] = genuine.URL("/token"), genuine.URL("/jwks")
		}
		i.link, i.registrar = i.invite(t), stranger
		choice := lti.RegistrationChoice{Name: "Campus", IssuerConfirmed: true}
		if _, err := i.register(t, choice); lti.CodeOf(err) != lti.CodeRegistrationConflict {
			t.Errorf("Register by a stranger = %v, want code registration_conflict", err)
		}
		if scopes, _, _ := i.service.GrantedScopes(t.Context(), first.Platform.ID); len(scopes) != 1 {
			t.Errorf("scopes = %v, want those of the platform's own registration", scopes)
		}
		i.registrar, genuine.DeploymentID = genuine, "d-2"
		choice.NeedsApproval = true
		if again, err := i.register(t, choice); err != nil || !again.Updated {
			t.Fatalf("Register again = %+v, %v", again, err)
		}
		deployments, err := i.service.Deployments(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range deployments {
			if d.DeploymentID == "d-stranger" || d.DeploymentID == "d-2" {
				t.Errorf("deployment %s is %s, nobody approved it", d.DeploymentID, d.Status)
			}
		}
	})
}

// C-99: a link is needed, and only one that works.
func TestLinkThatDoesNotWorkRegistersNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		i := newInviting(t, db)
		r := i.registrar.Opens(i.link)
		for _, token := range []string{"", "guessed", strings.Repeat("x", 10000)} {
			wrong := r
			wrong.Token = token
			if _, err := i.service.Register(t.Context(), wrong, agreed); !errors.Is(err, lti.ErrLinkUnknown) {
				t.Errorf("Register(%.10q) = %v, want ErrLinkUnknown", token, err)
			}
		}
		i.clock.Advance(8 * 24 * time.Hour)
		if _, err := i.register(t, agreed); !errors.Is(err, lti.ErrLinkExpired) {
			t.Errorf("Register by an old link = %v, want ErrLinkExpired", err)
		}
		i.link = i.invite(t)
		links, err := i.service.RegistrationLinks(t.Context())
		if err != nil {
			t.Fatalf("RegistrationLinks: %v", err)
		}
		if err := i.service.RevokeRegistrationLink(t.Context(), links[0].ID); err != nil {
			t.Fatalf("RevokeRegistrationLink: %v", err)
		}
		if err := i.service.RevokeRegistrationLink(t.Context(), links[0].ID); !errors.Is(err, lti.ErrLinkUnknown) {
			t.Errorf("second RevokeRegistrationLink = %v, want ErrLinkUnknown", err)
		}
		if _, err := i.register(t, agreed); !errors.Is(err, lti.ErrLinkRevoked) {
			t.Errorf("Register by a withdrawn link = %v, want ErrLinkRevoked", err)
		}
		if n := len(i.registrar.Calls()); n != 0 {
			t.Errorf("the platform was asked %d times", n)
		}
	})
}

func TestInvitationsOfPlatformsAreChecked(t *testing.T) {
	t.Parallel()
	s := sqliteFixture(t).service
	for _, bad := range []lti.RegistrationInvite{{}, {Name: " x "}, {Name: strings.Repeat("x", 3000)}, {Name: "x", Life: time.Second}, {Name: "x", Life: 1000 * 24 * time.Hour}} {
		if _, err := s.InviteRegistration(t.Context(), bad); !errors.Is(err, lti.ErrInvalidPlatform) {
			t.Errorf("InviteRegistration(%.20q, %s) = %v, want ErrInvalidPlatform", bad.Name, bad.Life, err)
		}
	}
}

// C-100, C-102, C-107, C-108: whatever goes wrong is told apart, and nothing
// is stored.
func TestBadRegistrationsStoreNothing(t *testing.T) {
	t.Parallel()
	moodle := "missing required attribute jwks_uri"
	tests := []struct {
		name   string
		faults ltitest.RegistrationFaults
		want   lti.Code
		says   string
	}{
		{"configuration is slow", ltitest.RegistrationFaults{ConfigDelay: 5 * time.Second}, lti.CodeConfigUnreachable, "no answer in time"},
		{"configuration is huge", ltitest.RegistrationFaults{ConfigOversize: true}, lti.CodeConfigUnreachable, "more than"},
		{"configuration is elsewhere", ltitest.RegistrationFaults{ConfigRedirect: "http://169.254.169.254/latest"}, lti.CodeConfigUnreachable, "redirect"},
		{"configuration is missing", ltitest.RegistrationFaults{ConfigStatus: 404, ConfigBody: "<html>Not found</html>"}, lti.CodeConfigRefused, "status 404"},
		{"configuration is junk", ltitest.RegistrationFaults{ConfigBody: "junk"}, lti.CodeConfigInvalid, ""},
		{"configuration is a list", ltitest.RegistrationFaults{ConfigBody: "[]"}, lti.CodeConfigInvalid, ""},
		{"configuration is empty", ltitest.RegistrationFaults{ConfigBody: "{}"}, lti.CodeConfigInvalid, ""},
		{"issuer is no address", ltitest.RegistrationFaults{Issuer: "campus"}, lti.CodeConfigInvalid, "campus"},
		{"registration is slow", ltitest.RegistrationFaults{Delay: 5 * time.Second}, lti.CodeRegistrationUnreachable, "no answer in time"},
		{"registration is huge", ltitest.RegistrationFaults{Oversize: true}, lti.CodeRegistrationUnreachable, "more than"},
		{"registration is redirected", ltitest.RegistrationFaults{Redirect: "/configuration"}, lti.CodeRegistrationUnreachable, "redirect"},
		{"refused as the standard says", ltitest.RegistrationFaults{Status: 400, Body: `{"error":"invalid_redirect_uri","error_description":"no https"}`}, lti.CodeRegistrationRefused, "invalid_redirect_uri: no https"},
		{"refused as Canvas does", ltitest.RegistrationFaults{Status: 422, Body: `{"errors":[{"field":"scope","message":"unknown scope"}]}`}, lti.CodeRegistrationRefused, "unknown scope"},
		{"refused as Canvas does elsewhere", ltitest.RegistrationFaults{Status: 401, Body: `{"errorMessage":"token expired"}`}, lti.CodeRegistrationRefused, "token expired"},
		{"refused as Moodle does", ltitest.RegistrationFaults{Status: 400, Body: moodle}, lti.CodeRegistrationRefused, moodle},
		{"refused by a page", ltitest.RegistrationFaults{Status: 404, Body: "<script>alert(1)</script>"}, lti.CodeRegistrationRefused, "status 404"},
		{"answer is junk", ltitest.RegistrationFaults{Body: "ok"}, lti.CodeRegistrationAnswer, ""},
		{"answer without client id", ltitest.RegistrationFaults{Body: "{}"}, lti.CodeRegistrationAnswer, ""},
		{"answer with unusable ids", ltitest.RegistrationFaults{Body: `{"client_id":"` + strings.Repeat("9", 999) + `"}`}, lti.CodeRegistrationAnswer, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := newInviting(t, dbtest.OpenSQLite(t))
			client := lti.HTTPClient(true)
			client.Timeout = 300 * time.Millisecond
			i.service = newService(t, i.db, i.clock, client)
			i.registrar.SetFaults(tt.faults)
			_, err := i.register(t, agreed)
			var failure *lti.Error
			if !errors.As(err, &failure) || failure.Code != tt.want || !strings.Contains(failure.Received, tt.says) {
				t.Fatalf("Register = %v (%+v), want code %s that says %q", err, failure, tt.want, tt.says)
			}
			if strings.Contains(failure.Received, "<") || strings.Contains(failure.Received+err.Error(), "platform-token") {
				t.Errorf("diagnosis has markup or a token: %q", failure.Received)
			}
			i.wantNothing(t)
		})
	}
}

// C-100: what leads inside is not fetched, and neither is what is not https.
func TestPrivateAddressesAreNotAsked(t *testing.T) {
	t.Parallel()
	i := newInviting(t, dbtest.OpenSQLite(t))
	i.service = newService(t, i.db, i.clock, lti.HTTPClient(false))
	if _, err := i.register(t, agreed); lti.CodeOf(err) != lti.CodeConfigPrivate {
		t.Errorf("Register at a loopback address = %v, want code registration_private_address", err)
	}
	for _, address := range []string{"", "file:///etc/passwd", "https://u:p@lms.example/", "/configuration", "https://" + strings.Repeat("x", 9000)} {
		r := i.registrar.Opens(i.link)
		r.ConfigURL = address
		if _, err := i.service.Register(t.Context(), r, agreed); lti.CodeOf(err) != lti.CodeConfigAddress {
			t.Errorf("Register at %.20q = %v, want code registration_config_address", address, err)
		}
	}
}

// C-102: what the configuration lacks or forbids is named.
func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for claim, value := range map[string]any{
		"issuer": "", "authorization_endpoint": "javascript:alert(1)", "token_endpoint": "ftp://x.example", "jwks_uri": nil, "registration_endpoint": "/register",
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic"}, "response_types_supported": []string{"code"},
		"id_token_signing_alg_values_supported": []string{"HS256"}, "token_endpoint_auth_signing_alg_values_supported": []string{"none"},
	} {
		i := newInviting(t, dbtest.OpenSQLite(t))
		i.registrar.Change = func(c map[string]any) { c[claim] = value }
		_, err := i.register(t, agreed)
		var failure *lti.Error
		if !errors.As(err, &failure) || failure.Code != lti.CodeConfigInvalid || failure.Claim != claim {
			t.Errorf("Register with %s %v = %v, want code registration_config_invalid of it", claim, value, err)
		}
		if n := len(i.registrar.Calls()); n != 0 {
			t.Errorf("%s: the platform was asked all the same", claim)
		}
	}
}

// C-101: who claims another's issuer registers nothing unless somebody says
// that it is right.
func TestAnotherIssuerHasToBeConfirmed(t *testing.T) {
	t.Parallel()
	i := newInviting(t, dbtest.OpenSQLite(t))
	i.registrar.SetFaults(ltitest.RegistrationFaults{Issuer: "https://canvas.instructure.com"})
	_, offer, err := i.service.OfferRegistration(t.Context(), i.registrar.Opens(i.link))
	if err != nil || !offer.IssuerDiffers || offer.Issuer != "https://canvas.instructure.com" {
		t.Fatalf("OfferRegistration = %+v, %v", offer, err)
	}
	if _, err := i.register(t, agreed); !errors.Is(err, lti.ErrIssuerUnconfirmed) {
		t.Fatalf("Register = %v, want ErrIssuerUnconfirmed", err)
	}
	if n := len(i.registrar.Calls()); n != 0 {
		t.Errorf("the platform was asked %d times", n)
	}
	i.wantNothing(t)
}

// C-107: no token, no header.
func TestBearerIsSentOnlyWhenGiven(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{"": "", "secret-token": "Bearer secret-token"} {
		i := newInviting(t, dbtest.OpenSQLite(t))
		i.registrar.Token = token
		if _, err := i.register(t, agreed); err != nil {
			t.Fatalf("Register: %v", err)
		}
		if got := i.registrar.Calls()[0]; got.Authorization != want || got.Method != http.MethodPost {
			t.Errorf("%s with Authorization %q, want %q", got.Method, got.Authorization, want)
		}
	}
}

// C-111.
func TestRegistrationWaitsForApprovalWhereThatIsAskedFor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		i := newInviting(t, db)
		choice := agreed
		choice.NeedsApproval = true
		done, err := i.register(t, choice)
		if err != nil || !done.Pending {
			t.Fatalf("Register = %+v, %v, want pending", done, err)
		}
		p, err := i.service.PlatformByName(t.Context(), "Campus")
		if err != nil || p.DisabledAt == nil {
			t.Errorf("platform = %+v, %v, want disabled", p, err)
		}
		pending, err := i.service.PendingRegistrations(t.Context())
		if err != nil || len(pending) != 1 || pending[0].Platform.ID != p.ID || !pending[0].Since.Equal(i.clock.Now()) {
			t.Errorf("PendingRegistrations = %+v, %v", pending, err)
		}
		for _, want := range []error{nil, lti.ErrNotPending} {
			if err := i.service.ApproveRegistration(t.Context(), p.ID); !errors.Is(err, want) {
				t.Errorf("ApproveRegistration = %v, want %v", err, want)
			}
		}
		if p, err = i.service.PlatformByName(t.Context(), "Campus"); err != nil || p.DisabledAt != nil {
			t.Errorf("approved platform = %+v, %v", p, err)
		}
	})
}

func TestNameOfAnotherPlatformIsRefusedBeforeThePlatformIsAsked(t *testing.T) {
	t.Parallel()
	i := newInviting(t, dbtest.OpenSQLite(t))
	choice := agreed
	choice.Name = i.added.Name
	if _, err := i.register(t, choice); !errors.Is(err, lti.ErrPlatformExists) {
		t.Errorf("Register under a taken name = %v, want ErrPlatformExists", err)
	}
	if choice.Name = ""; true {
		if _, err := i.register(t, choice); !errors.Is(err, lti.ErrInvalidPlatform) {
			t.Errorf("Register without a name = %v, want ErrInvalidPlatform", err)
		}
	}
	if n := len(i.registrar.Calls()); n != 0 {
		t.Errorf("the platform was asked %d times", n)
	}
	i.wantNothing(t)
}

// C-108: the means to change a registration are kept sealed and used.
func TestRegistrationIsUpdatedByItsToken(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		i := newInviting(t, db)
		i.registrar.Answer = func(r map[string]any) {
			r["registration_client_uri"], r["registration_access_token"] = i.registrar.URL("/register"), "update-token"
		}
		done, err := i.register(t, agreed)
		if err != nil {
			t.Fatalf("Register: %v", err)
		}
		if err := i.service.UpdateRegistration(t.Context(), done.Platform.ID); err != nil {
			t.Fatalf("UpdateRegistration: %v", err)
		}
		calls := i.registrar.Calls()
		if last := calls[len(calls)-1]; last.Method != http.MethodPut || last.Authorization != "Bearer update-token" || last.Body["client_id"] != "dynamic-1" {
			t.Errorf("update = %s, %s, %v", last.Method, last.Authorization, last.Body["client_id"])
		}
		i.registrar.SetFaults(ltitest.RegistrationFaults{Status: 403, Body: "no"})
		if err := i.service.UpdateRegistration(t.Context(), done.Platform.ID); lti.CodeOf(err) != lti.CodeRegistrationRefused {
			t.Errorf("refused UpdateRegistration = %v, want code registration_refused", err)
		}
		if err := i.service.UpdateRegistration(t.Context(), i.added.ID); !errors.Is(err, lti.ErrNotUpdatable) {
			t.Errorf("UpdateRegistration of a platform by hand = %v, want ErrNotUpdatable", err)
		}
		var sealed []byte
		if err := database.QueryOne(t.Context(), db, `SELECT sealed_token FROM registrations WHERE platform_id = ?`, []any{done.Platform.ID}, &sealed); err != nil || strings.Contains(string(sealed), "update-token") {
			t.Errorf("the update token lies open: %q, %v", sealed, err)
		}
	})
}
