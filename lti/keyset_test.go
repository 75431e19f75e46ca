package lti_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/lti"
	"usher/lti/ltitest"
)

// C-72: every row is one way in which a key set can fail at the first launch.
func TestKeySetThatCannotBeUsedIsNamed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("a redirect was followed to another host")
		_, _ = w.Write([]byte(`{"keys":[]}`))
	}))
	t.Cleanup(elsewhere.Close)
	tests := []struct {
		name   string
		faults ltitest.KeyFaults
		want   lti.Code
		says   string
	}{
		{"C-72 down", ltitest.KeyFaults{Status: 503}, lti.CodeKeysUnavailable, "status 503"},
		{"C-72 without end", ltitest.KeyFaults{Oversize: true}, lti.CodeKeysUnavailable, "more than"},
		{"C-72 junk", ltitest.KeyFaults{Body: "<html>"}, lti.CodeKeysUnavailable, "not a JSON key set"},
		{"C-72 empty", ltitest.KeyFaults{Body: `{"keys":[]}`}, lti.CodeKeysUnavailable, "no RSA signing key"},
		{"C-72 no kid in the set", ltitest.KeyFaults{NoKeyID: true}, lti.CodeKeysUnavailable, "no RSA signing key"},
		{"C-82 redirect to another host", ltitest.KeyFaults{RedirectTo: elsewhere.URL}, lti.CodeKeysUnavailable, "another host"},
		{"C-82 redirects without end", ltitest.KeyFaults{RedirectTo: "/jwks"}, lti.CodeKeysUnavailable, "redirects"},
		{"512-bit sample key", ltitest.KeyFaults{WeakKey: true}, lti.CodeWeakKey, "512 bits"},
		{"C-70 key for another algorithm", ltitest.KeyFaults{Algorithm: "RS512"}, lti.CodeAlgorithm, "RS256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			f.platform.SetKeyFaults(tt.faults)
			_, err := f.launch(t, "teacher")
			var e *lti.Error
			if !errors.As(err, &e) || e.Code != tt.want || !strings.Contains(e.Received, tt.says) {
				t.Fatalf("Verify = %#v, want code %s that says %q", err, tt.want, tt.says)
			}
		})
	}
}

func TestKeysWithoutAlgAndUseAreTolerated(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.platform.SetKeyFaults(ltitest.KeyFaults{Bare: true})
	if _, err := f.launch(t, "teacher"); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

// C-72: max-age counts, between floor and ceiling.
func TestKeysAreFetchedAgainWhenTheyAreOld(t *testing.T) {
	t.Parallel()
	tests := []struct {
		header       string
		still, again time.Duration
	}{
		{"", 59 * time.Minute, time.Hour},
		{"max-age=1800", 29 * time.Minute, 30 * time.Minute},
		{"public, max-age=864000", 23 * time.Hour, 24 * time.Hour},
		{"max-age=99999999999999999999", 59 * time.Minute, time.Hour},
		{"max-age=1", 4 * time.Minute, 5 * time.Minute},
		{"no-store", 4 * time.Minute, 5 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.header, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			f.platform.SetKeyFaults(ltitest.KeyFaults{CacheControl: tt.header})
			for _, step := range []struct {
				after time.Duration
				want  int
			}{{0, 1}, {tt.still, 1}, {tt.again - tt.still, 2}} {
				f.clock.Advance(step.after)
				if _, err := f.launch(t, "teacher"); err != nil {
					t.Fatalf("launch: %v", err)
				}
				if got := f.platform.KeyFetches(); got != step.want {
					t.Errorf("after %s more: %d fetches, want %d", step.after, got, step.want)
				}
			}
		})
	}
}

// C-02, C-72: rotation works at once, and unknown ids do not become a flood.
func TestRotatedKeyIsFetchedAndUnknownOnesAreLimited(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	if _, err := f.launch(t, "teacher"); err != nil {
		t.Fatalf("launch: %v", err)
	}
	f.platform.SetKeyFaults(ltitest.KeyFaults{KeepOld: true})
	f.platform.RotateKey()
	if _, err := f.launch(t, "teacher"); err != nil {
		t.Fatalf("launch with a rotated key: %v", err)
	}
	if _, err := f.launch(t, "teacher", ltitest.SignedByOldKey(f.platform)); err != nil {
		t.Errorf("launch with the old key while it is published: %v", err)
	}
	before := f.platform.KeyFetches()
	for second := range 60 {
		if _, err := f.launch(t, "teacher", ltitest.WithHeader("kid", fmt.Sprintf("unknown-%d", second))); lti.CodeOf(err) != lti.CodeUnknownKID {
			t.Fatalf("unknown kid = %v, want code unknown_kid", err)
		}
		f.clock.Advance(time.Second)
	}
	if n := f.platform.KeyFetches() - before; n > 5 {
		t.Errorf("%d fetches in a minute of unknown ids, want a few", n)
	}
	f.platform.SetKeyFaults(ltitest.KeyFaults{})
	f.clock.Advance(2 * time.Hour)
	if _, err := f.launch(t, "teacher", ltitest.SignedByOldKey(f.platform)); lti.CodeOf(err) != lti.CodeUnknownKID {
		t.Errorf("launch with a withdrawn key = %v, want code unknown_kid", err)
	}
}

// C-72.
func TestKnownKeysServeWhileThePlatformIsDown(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	if _, err := f.launch(t, "teacher"); err != nil {
		t.Fatalf("launch: %v", err)
	}
	f.platform.SetKeyFaults(ltitest.KeyFaults{Status: 500})
	for _, wait := range []time.Duration{2 * time.Hour, time.Second, 6 * 24 * time.Hour} {
		f.clock.Advance(wait)
		if _, err := f.launch(t, "teacher"); err != nil {
			t.Errorf("launch %s later, keys down: %v", wait, err)
		}
	}
	f.clock.Advance(2 * 24 * time.Hour)
	if _, err := f.launch(t, "teacher"); lti.CodeOf(err) != lti.CodeKeysUnavailable {
		t.Errorf("launch after a week = %v, want code keys_unavailable", err)
	}
	f.platform.SetKeyFaults(ltitest.KeyFaults{})
	f.clock.Advance(time.Minute)
	if _, err := f.launch(t, "teacher"); err != nil {
		t.Errorf("launch when the platform is back: %v", err)
	}
}

// C-72: a server that hangs delays a launch whose key is known by a moment.
func TestHangingPlatformDelaysKnownKeysLittle(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	if _, err := f.launch(t, "teacher"); err != nil {
		t.Fatalf("launch: %v", err)
	}
	f.platform.SetKeyFaults(ltitest.KeyFaults{Delay: time.Minute})
	f.clock.Advance(2 * time.Hour)
	patient, leave := context.WithTimeout(t.Context(), 30*time.Second)
	defer leave()
	if _, err := f.service.Verify(patient, f.request(t, "teacher")); err != nil || patient.Err() != nil {
		t.Errorf("launch = %v, want it done long before the platform's minute", err)
	}
}

// C-72: parallel launches wait for one fetch, and nobody who leaves ends it.
func TestParallelLaunchesShareOneFetch(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.platform.SetKeyFaults(ltitest.KeyFaults{Delay: 200 * time.Millisecond})
	impatient, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer leave()
	first := f.request(t, "teacher")
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := f.service.Verify(impatient, first); err == nil {
			t.Error("the launch that left succeeded")
		}
	})
	for range 8 {
		r := f.request(t, "teacher")
		wg.Go(func() {
			if _, err := f.service.Verify(t.Context(), r); err != nil {
				t.Errorf("launch that waited: %v", err)
			}
		})
	}
	wg.Wait()
	if n := f.platform.KeyFetches(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestLaunchThatWasLeftFailsWithoutPanic(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	r := f.request(t, "teacher")
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := f.service.Verify(left, r); err == nil {
		t.Error("a launch whose browser left succeeded")
	}
	if _, err := f.service.Verify(t.Context(), r); err != nil {
		t.Errorf("the same launch again: %v", err)
	}
}

// C-71: one key id, two platforms.
func TestKeySetsBelongToTheirPlatform(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	other := ltitest.New(t)
	other.Now = f.clock.Now
	other.Register(t.Context(), f.service)
	if _, err := f.launch(t, "teacher"); err != nil {
		t.Fatalf("launch: %v", err)
	}
	if _, err := f.launch(t, "teacher", ltitest.SignedBy(other)); lti.CodeOf(err) != lti.CodeSignature {
		t.Errorf("token signed by the other platform = %v, want code signature", err)
	}
	f.platform = other
	if _, err := f.launch(t, "teacher"); err != nil {
		t.Errorf("launch of the other platform: %v", err)
	}
}

// C-82.
func TestPrivateAddressesAreRefusedUnlessAllowed(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.service = newService(t, f.db, f.clock, lti.HTTPClient(false))
	_, err := f.launch(t, "teacher")
	var e *lti.Error
	if !errors.As(err, &e) || e.Code != lti.CodeKeysUnavailable || !strings.Contains(e.Received, "not public") {
		t.Errorf("Verify = %#v, want keys_unavailable because the address is not public", err)
	}
	if n := f.platform.KeyFetches(); n != 0 {
		t.Errorf("%d requests reached the private address", n)
	}
}

// C-82: the name is resolved before the address is judged.
func TestNamesOfPrivateAddressesAreRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("request came through") }))
	t.Cleanup(server.Close)
	address := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	if resp, err := lti.HTTPClient(false).Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("localhost was reached")
	}
}
