package lti_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

// C-52.
func TestTokenIsKeptUntilShortlyBeforeItEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		expires int
		wait    time.Duration
		want    int // requests for two rosters with the wait between
	}{
		{"an hour, at once", 0, 0, 1},
		{"an hour, 58 minutes later", 0, 58 * time.Minute, 1},
		{"an hour, in the last minute", 0, 59*time.Minute + time.Second, 2},
		{"an hour, later", 0, 2 * time.Hour, 2},
		{"does not say, a minute later", -1, time.Minute, 1},
		{"does not say, later", -1, 10 * time.Minute, 2},
		{"thirty seconds", 30, 0, 2},
		{"for ever", 1 << 40, 13 * time.Hour, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			f.platform.SetTokenFaults(ltitest.TokenFaults{ExpiresIn: tt.expires})
			for range 2 {
				if _, err := f.members(t); err != nil {
					t.Fatalf("Members: %v", err)
				}
				f.clock.Advance(tt.wait)
			}
			if n := f.platform.TokenRequests(); n != tt.want {
				t.Errorf("%d token requests, want %d", n, tt.want)
			}
		})
	}
}

// C-52.
func TestRefusedTokenIsFetchedOnceMore(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.crowd(3)
	for range 2 {
		if got, err := f.members(t); err != nil || len(got) != 3 {
			t.Fatalf("Members = %d, %v", len(got), err)
		}
		f.platform.RevokeTokens()
	}
	if n := f.platform.TokenRequests(); n != 2 {
		t.Errorf("%d token requests, want the first and one more", n)
	}
	f.platform.SetRosterFaults(ltitest.RosterFaults{Refuse: 2})
	before := len(f.platform.RosterRequests())
	if _, err := f.members(t); err == nil || len(f.platform.RosterRequests()) != before+2 {
		t.Errorf("Members = %v after %d requests, want two refused ones and an end", err, len(f.platform.RosterRequests())-before)
	}
}

// C-50.
func TestAssertionNamesTheAudienceOfTheRegistration(t *testing.T) {
	t.Parallel()
	db, c := dbtest.OpenSQLite(t), newClock()
	f := &fixture{db: db, clock: c, platform: ltitest.New(t), service: newService(t, db, c, lti.HTTPClient(true))}
	f.platform.Now, f.platform.Audience = c.Now, "https://sso.lms.example"
	f.added = f.platform.Register(t.Context(), f.service)
	if _, err := f.members(t); err != nil {
		t.Errorf("Members: %v", err)
	}
}

// C-57.
func TestTokenEndpointThatRefusesIsNamed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		faults ltitest.TokenFaults
		want   lti.ServiceCode
		words  string
	}{
		{"refused", ltitest.TokenFaults{Status: 400, Body: `{"error":"invalid_client"}`}, lti.ServiceTokenRefused, "invalid_client"},
		{"refused at length", ltitest.TokenFaults{Status: 401, Body: `{"error":"invalid_client","error_description":"Failed to get key with kid 20260302-ab"}`}, lti.ServiceTokenRefused, "invalid_client Failed to get key with kid 20260302-ab"},
		{"refused as a list", ltitest.TokenFaults{Status: 422, Body: `{"errors":["no","scope"]}`}, lti.ServiceTokenRefused, "no"},
		{"refused as nothing", ltitest.TokenFaults{Status: 422, Body: `{"errors":[[["x"]]]}`}, lti.ServiceTokenRefused, ""},
		{"quotes the assertion", ltitest.TokenFaults{Status: 400, Body: `{"error":"bad assertion eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl"}`}, lti.ServiceTokenRefused, "bad assertion …"},
		{"a page", ltitest.TokenFaults{Status: 404, Body: "<html><h1>Not found</h1>"}, lti.ServiceTokenRefused, ""},
		{"down", ltitest.TokenFaults{Status: 503}, lti.ServiceTokenUnreachable, ""},
		{"too often", ltitest.TokenFaults{Status: 429, RetryAfter: "30"}, lti.ServiceTokenUnreachable, ""},
		{"elsewhere", ltitest.TokenFaults{RedirectTo: "https://evil.example/token"}, lti.ServiceTokenUnreachable, ""},
		{"huge", ltitest.TokenFaults{Oversize: true}, lti.ServiceTokenUnreadable, ""},
		{"junk", ltitest.TokenFaults{Body: "hello"}, lti.ServiceTokenUnreadable, ""},
		{"empty", ltitest.TokenFaults{Body: `{}`}, lti.ServiceTokenUnreadable, ""},
		{"a number", ltitest.TokenFaults{Body: `{"access_token":7}`}, lti.ServiceTokenUnreadable, ""},
		{"a header's end", ltitest.TokenFaults{Body: `{"access_token":"a\r\nX: y"}`}, lti.ServiceTokenUnreadable, ""},
		{"of another type", ltitest.TokenFaults{Type: "mac"}, lti.ServiceTokenUnreadable, ""},
		{"another scope", ltitest.TokenFaults{Scope: "https://purl.imsglobal.org/spec/lti-ags/scope/score"}, lti.ServiceTokenRefused, "scope not granted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			f.platform.SetTokenFaults(tt.faults)
			_, err := f.members(t)
			var failure *lti.ServiceError
			if !errors.As(err, &failure) || failure.Code != tt.want || failure.Words != tt.words {
				t.Fatalf("Members = %v, want %s, %q", err, tt.want, tt.words)
			}
			if len(f.platform.RosterRequests()) != 0 {
				t.Error("the roster was asked without a token")
			}
			// A broken endpoint is left alone for a moment, whatever wants a token.
			if _, again := f.members(t); again == nil || f.platform.TokenRequests() != 1 {
				t.Errorf("at once again: %v after %d requests, want the same failure without asking", again, f.platform.TokenRequests())
			}
			f.platform.SetTokenFaults(ltitest.TokenFaults{Type: "bearer", ContentType: "text/html; charset=utf-8"})
			f.clock.Advance(time.Minute)
			if _, err := f.members(t); err != nil {
				t.Errorf("when it works again: %v", err)
			}
		})
	}
}

func TestParallelRostersAskForOneToken(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := f.members(t); err != nil {
				t.Errorf("Members: %v", err)
			}
		})
	}
	wg.Wait()
	if n := f.platform.TokenRequests(); n != 1 {
		t.Errorf("%d token requests, want one", n)
	}
}

// C-83.
func TestServiceErrorsHoldNoToken(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	token := strings.Repeat("t0ken", 20)
	f.platform.SetTokenFaults(ltitest.TokenFaults{Body: `{"access_token":"` + token + `"}`})
	f.platform.SetRosterFaults(ltitest.RosterFaults{Status: 500, Body: `{"error":"unknown token ` + token + ` of teacher@campus.example"}`})
	_, err := f.members(t)
	if err == nil || strings.Contains(err.Error(), "t0ken") || strings.Contains(err.Error(), "@") {
		t.Errorf("Members = %v, want neither token nor address", err)
	}
}
