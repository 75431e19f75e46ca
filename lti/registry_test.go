package lti_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

func TestPlatformComesBackAsItWasAdded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newService(t, db, newClock(), lti.HTTPClient(true))
		want := registration("Zuse", "https://zuse.example", "1")
		want.Audience, want.TrustDeployments, want.FrameOrigins = "https://zuse.example/aud", true, []string{"https://a.example", "https://*.b.example:8443"}
		added, err := s.AddPlatform(t.Context(), want)
		if err != nil {
			t.Fatalf("AddPlatform: %v", err)
		}
		if _, err := s.AddPlatform(t.Context(), registration("Ada", "https://ada.example", "1")); err != nil {
			t.Fatalf("AddPlatform: %v", err)
		}
		got, err := s.PlatformByName(t.Context(), "Zuse")
		if err != nil {
			t.Fatalf("PlatformByName: %v", err)
		}
		if diff := cmp.Diff(added, got); diff != "" {
			t.Errorf("platform differs (-added +read):\n%s", diff)
		}
		all, err := s.Platforms(t.Context())
		if err != nil || len(all) != 2 || all[0].Name != "Ada" || all[1].ID != added.ID {
			t.Errorf("Platforms = %+v, %v, want Ada and Zuse", all, err)
		}
		if err := s.RemovePlatform(t.Context(), "Zuse"); err != nil {
			t.Errorf("RemovePlatform: %v", err)
		}
		if err := s.RemovePlatform(t.Context(), "Zuse"); !errors.Is(err, lti.ErrNoPlatform) {
			t.Errorf("second RemovePlatform = %v, want ErrNoPlatform", err)
		}
		if _, err := s.PlatformByName(t.Context(), "Zuse"); !errors.Is(err, lti.ErrNoPlatform) {
			t.Errorf("PlatformByName(removed) = %v, want ErrNoPlatform", err)
		}
	})
}

func registration(name, issuer, clientID string) lti.Platform {
	return lti.Platform{Name: name, Issuer: issuer, ClientID: clientID, AuthURL: issuer + "/auth", TokenURL: issuer + "/token", JWKSURL: issuer + "/jwks"}
}

// C-110: two self-hosted Canvas sites can have the same pair.
func TestSecondRegistrationOfIssuerAndClientIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := newService(t, db, newClock(), lti.HTTPClient(true))
		const issuer = "https://canvas.instructure.com"
		for _, tt := range []struct {
			name, clientID string
			want           error
		}{
			{"One", "10000000000001", nil},
			{"Two", "10000000000001", lti.ErrPlatformExists},
			{"One", "10000000000002", lti.ErrPlatformExists},
			{"Two", "10000000000002", nil},
		} {
			if _, err := s.AddPlatform(t.Context(), registration(tt.name, issuer, tt.clientID), "d"); !errors.Is(err, tt.want) {
				t.Errorf("AddPlatform(%s, %s) = %v, want %v", tt.name, tt.clientID, err, tt.want)
			}
		}
		deployments, err := s.Deployments(t.Context())
		if err != nil || len(deployments) != 2 {
			t.Errorf("Deployments = %v, %v, want those of the two that were added", deployments, err)
		}
	})
}

func TestRegistrationWithMistakesIsRefusedWhole(t *testing.T) {
	t.Parallel()
	s := newService(t, dbtest.OpenSQLite(t), newClock(), lti.HTTPClient(true))
	good := registration("Good", "https://good.example", "1")
	tests := []struct {
		name   string
		change func(*lti.Platform)
		says   string
	}{
		{"no name", func(p *lti.Platform) { p.Name = "" }, "name"},
		{"name with spaces around", func(p *lti.Platform) { p.Name = " x " }, "name"},
		{"no issuer", func(p *lti.Platform) { p.Issuer = "" }, "issuer"},
		{"no client id", func(p *lti.Platform) { p.ClientID = "" }, "client id"},
		{"script as authorization address", func(p *lti.Platform) { p.AuthURL = "javascript:alert(1)" }, "authorization URL"},
		{"relative token address", func(p *lti.Platform) { p.TokenURL = "/token" }, "token URL"},
		{"keys with a password", func(p *lti.Platform) { p.JWKSURL = "https://u:p@x.example" }, "JWKS URL"},
		{"keys in a file", func(p *lti.Platform) { p.JWKSURL = "file:///etc/passwd" }, "JWKS URL"},
		{"frame origin with path", func(p *lti.Platform) { p.FrameOrigins = []string{"https://x.example/"} }, "frame origin"},
		{"frame origin that ends the directive", func(p *lti.Platform) { p.FrameOrigins = []string{"https://x.example; script-src *"} }, "frame origin"},
		{"frame origin that is everything", func(p *lti.Platform) { p.FrameOrigins = []string{"*"} }, "frame origin"},
	}
	for _, tt := range tests {
		p := good
		tt.change(&p)
		if _, err := s.AddPlatform(t.Context(), p); !errors.Is(err, lti.ErrInvalidPlatform) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: AddPlatform = %v, want ErrInvalidPlatform that says %q", tt.name, err, tt.says)
		}
	}
	if _, err := s.AddPlatform(t.Context(), good, ""); !errors.Is(err, lti.ErrInvalidPlatform) {
		t.Errorf("AddPlatform with an empty deployment = %v, want ErrInvalidPlatform", err)
	}
}

func TestPlainHTTPNeedsALoopbackAddressOrPermission(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	strict, err := lti.New(strictDeps(t, f))
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	for address, ok := range map[string]bool{
		"http://127.0.0.1:8081": true, "http://moodle.localhost:8081": true, "http://[::1]": true, "http://lms.example": false, "http://10.0.0.1": false,
	} {
		p := registration(address, address, "1")
		if _, err := strict.AddPlatform(t.Context(), p); (err == nil) != ok {
			t.Errorf("AddPlatform at %s = %v, want ok %v", address, err, ok)
		}
	}
	if _, err := f.service.AddPlatform(t.Context(), registration("LMS", "http://lms.example", "2")); err != nil {
		t.Errorf("AddPlatform at plain http where private networks are allowed: %v", err)
	}
}

// C-74.
func TestUnknownDeploymentWaitsUntilAnAdminAllowsIt(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		f.platform.DeploymentID = "new"
		for range 2 { // the second launch adds no second row
			if _, err := f.launch(t, "teacher"); lti.CodeOf(err) != lti.CodeDeploymentPending {
				t.Fatalf("Verify = %v, want code deployment_pending", err)
			}
		}
		deployments, err := f.service.Deployments(t.Context())
		if err != nil || len(deployments) != 2 {
			t.Fatalf("Deployments = %+v, %v, want 2", deployments, err)
		}
		want := lti.Deployment{PlatformID: f.added.ID, PlatformName: f.added.Name, DeploymentID: "new", Status: lti.DeploymentPending, CreatedAt: f.clock.Now()}
		if diff := cmp.Diff(want, deployments[0]); diff != "" {
			t.Errorf("pending deployment differs (-want +got):\n%s", diff)
		}
		// Another process, such as the command line, allows it.
		other := newService(t, db, f.clock, lti.HTTPClient(true))
		if err := other.AllowDeployment(t.Context(), f.added.ID, "new"); err != nil {
			t.Fatalf("AllowDeployment: %v", err)
		}
		if _, err := f.launch(t, "teacher"); err != nil {
			t.Errorf("launch of an allowed deployment: %v", err)
		}
		if err := other.AllowDeployment(t.Context(), "none", "new"); !errors.Is(err, lti.ErrNoPlatform) {
			t.Errorf("AllowDeployment(unknown platform) = %v, want ErrNoPlatform", err)
		}
		if err := other.AllowDeployment(t.Context(), f.added.ID, ""); !errors.Is(err, lti.ErrInvalidPlatform) {
			t.Errorf("AllowDeployment(nothing) = %v, want ErrInvalidPlatform", err)
		}
	})
}

func TestForgedDeploymentsAreNotKept(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.platform.DeploymentID = "forged"
	if _, err := f.launch(t, "teacher", ltitest.BadSignature()); lti.CodeOf(err) != lti.CodeSignature {
		t.Fatalf("Verify = %v, want code signature", err)
	}
	if n := f.rows(t, "deployments"); n != 1 {
		t.Errorf("%d deployments, want the registered one only", n)
	}
}

func TestAtMostFiftyDeploymentsWait(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		var wg sync.WaitGroup
		for i := range 60 {
			f.platform.DeploymentID = fmt.Sprintf("stranger-%d", i)
			r := f.request(t, "teacher")
			wg.Go(func() {
				if _, err := f.service.Verify(t.Context(), r); lti.CodeOf(err) != lti.CodeDeploymentPending {
					t.Errorf("Verify = %v, want code deployment_pending", err)
				}
			})
		}
		wg.Wait()
		if n := f.rows(t, "deployments"); n != 51 {
			t.Errorf("%d deployments, want 50 pending and one allowed", n)
		}
	})
}

func TestTrustAdmitsUnknownDeployments(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		issuer string
		trust  bool
		family string
		want   lti.Code
	}{
		{"by nobody", "", false, "moodle", lti.CodeDeploymentPending},
		{"by the admin's word", "", true, "moodle", ""},
		{"because it is Canvas", "", false, "canvas", ""},
		{"not because it says so on the shared issuer", "https://blackboard.com", false, "canvas", lti.CodeDeploymentPending},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			p := f.platform.Registration()
			f.platform.ClientID, f.platform.Family, f.platform.DeploymentID = "second", tt.family, "unknown"
			p.Name, p.ClientID, p.TrustDeployments = "Second", "second", tt.trust
			if tt.issuer != "" {
				p.Issuer, f.platform.Issuer = tt.issuer, tt.issuer
			}
			if _, err := f.service.AddPlatform(t.Context(), p); err != nil {
				t.Fatalf("AddPlatform: %v", err)
			}
			if _, err := f.launch(t, "teacher"); lti.CodeOf(err) != tt.want || (tt.want == "" && err != nil) {
				t.Errorf("Verify = %v, want code %q", err, tt.want)
			}
		})
	}
}

// A deployment is another tenant only where a registration is the whole world.
func TestTenantIsThePlatformOrOnBlackboardTheDeployment(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for issuer, tenants := range map[string]int{"": 1, "https://blackboard.com": 2} {
			f := newFixture(t, db)
			p := f.platform.Registration()
			f.platform.ClientID = "second"
			if issuer != "" {
				p.Issuer, f.platform.Issuer = issuer, issuer
			}
			p.Name, p.ClientID = "Second at "+p.Issuer, "second"
			if _, err := f.service.AddPlatform(t.Context(), p, "one", "two"); err != nil {
				t.Fatalf("AddPlatform: %v", err)
			}
			seen := map[string]bool{}
			for _, deployment := range []string{"one", "two", "one"} {
				f.platform.DeploymentID = deployment
				launch, err := f.launch(t, "teacher")
				if err != nil {
					t.Fatalf("launch: %v", err)
				}
				seen[launch.TenantID] = true
			}
			if len(seen) != tenants {
				t.Errorf("issuer %q: two deployments have %d tenants, want %d", issuer, len(seen), tenants)
			}
		}
	})
}

func TestParallelFirstLaunchesMakeOneTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := map[string]bool{}
		for range 8 {
			r := f.request(t, "teacher")
			wg.Go(func() {
				launch, err := f.service.Verify(t.Context(), r)
				if err != nil {
					t.Errorf("Verify: %v", err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[launch.TenantID] = true
			})
		}
		wg.Wait()
		if len(seen) != 1 || f.rows(t, "tenants") != 1 {
			t.Errorf("tenants %v, want one", seen)
		}
	})
}

func TestRemovedAndDisabledPlatformsLaunchNoMore(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	r, r2 := f.request(t, "teacher"), f.request(t, "teacher")
	if err := database.From(t.Context(), f.db).Exec("UPDATE platforms SET disabled_at = created_at").Error; err != nil {
		t.Fatalf("disable: %v", err)
	}
	if _, err := f.service.Verify(t.Context(), r); lti.CodeOf(err) != lti.CodePlatformDisabled {
		t.Errorf("Verify(disabled) = %v, want code platform_disabled", err)
	}
	login := lti.LoginRequest{Issuer: f.platform.Issuer, ClientID: f.platform.ClientID, LoginHint: "h"}
	if _, err := f.service.Login(t.Context(), login); lti.CodeOf(err) != lti.CodePlatformDisabled {
		t.Errorf("Login(disabled) = %v, want code platform_disabled", err)
	}
	if err := f.service.RemovePlatform(t.Context(), f.added.Name); err != nil {
		t.Fatalf("RemovePlatform: %v", err)
	}
	if _, err := f.service.Verify(t.Context(), r2); lti.CodeOf(err) != lti.CodeUnknownPlatform {
		t.Errorf("Verify(removed) = %v, want code unknown_platform", err)
	}
	if _, err := f.service.Login(t.Context(), login); lti.CodeOf(err) != lti.CodeUnknownPlatform {
		t.Errorf("Login(removed) = %v, want code unknown_platform", err)
	}
}

func TestServiceNeedsItsDependencies(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	for name, remove := range map[string]func(*lti.Deps){
		"DB":        func(d *lti.Deps) { d.DB = nil },
		"Keyring":   func(d *lti.Deps) { d.Keyring = nil },
		"HTTP":      func(d *lti.Deps) { d.HTTP = nil },
		"Now":       func(d *lti.Deps) { d.Now = nil },
		"PublicURL": func(d *lti.Deps) { d.PublicURL = nil },
	} {
		d := strictDeps(t, f)
		remove(&d)
		if _, err := lti.New(d); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("New without %s = %v, want an error that names it", name, err)
		}
	}
}

func strictDeps(t *testing.T, f *fixture) lti.Deps {
	t.Helper()
	return lti.Deps{DB: f.db, Keyring: ring(t), HTTP: lti.HTTPClient(false), Now: f.clock.Now, PublicURL: &url.URL{Scheme: "https", Host: "usher.example"}}
}
