package lti_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

func TestFailureIsFoundByItsReferenceForThirtyDays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		e := &lti.Error{Code: lti.CodeAudience, Claim: "aud", Expected: "us", Received: "them", PlatformID: f.added.ID, Err: errors.New("cause")}
		reference, err := f.service.RecordFailure(t.Context(), e)
		if err != nil {
			t.Fatalf("RecordFailure: %v", err)
		}
		if !regexp.MustCompile(`^[2-9A-HJ-KM-NP-Z]{4}-[2-9A-HJ-KM-NP-Z]{4}$`).MatchString(reference) {
			t.Errorf("reference %q is not of the form U7KQ-4M2X", reference)
		}
		want := lti.Failure{Reference: reference, PlatformID: f.added.ID, PlatformName: f.added.Name, Code: lti.CodeAudience, Claim: "aud", Expected: "us", Received: "them", CreatedAt: f.clock.Now()}
		for _, typed := range []string{reference, strings.ToLower(reference), " " + strings.Replace(reference, "-", "", 1) + " "} {
			got, err := f.service.Failure(t.Context(), typed)
			if err != nil {
				t.Fatalf("Failure(%q): %v", typed, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("failure differs (-want +got):\n%s", diff)
			}
		}
		if _, err := f.service.Failure(t.Context(), "2222-2222"); !errors.Is(err, lti.ErrNoFailure) {
			t.Errorf("Failure(unknown) = %v, want ErrNoFailure", err)
		}
		f.clock.Advance(29 * 24 * time.Hour)
		if _, err := f.service.Sweep(t.Context()); err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		if _, err := f.service.Failure(t.Context(), reference); err != nil {
			t.Errorf("Failure after 29 days: %v", err)
		}
		f.clock.Advance(2 * 24 * time.Hour)
		if _, err := f.service.Sweep(t.Context()); err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		if _, err := f.service.Failure(t.Context(), reference); !errors.Is(err, lti.ErrNoFailure) {
			t.Errorf("Failure after 31 days = %v, want ErrNoFailure", err)
		}
	})
}

// C-83.
func TestFailureHoldsNoAddressNoTokenAndNoFlood(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	reference, err := f.service.RecordFailure(t.Context(), &lti.Error{
		Code: lti.CodePlatformError, Claim: "error\x00", PlatformID: "gone",
		Received: "refused tara@campus.example eyJhbGciOiJSUzI1NiJ9.e30.x\x1b[31m " + strings.Repeat("é", 5000),
	})
	if err != nil {
		t.Fatalf("RecordFailure: %v", err)
	}
	got, err := f.service.Failure(t.Context(), reference)
	if err != nil {
		t.Fatalf("Failure: %v", err)
	}
	if want := "refused … … " + strings.Repeat("é", 188); got.Received != want {
		t.Errorf("Received = %q, want %q", got.Received, want)
	}
	if got.PlatformName != "" || got.Claim != "error" {
		t.Errorf("failure = %+v", got)
	}
}

func TestErrorsAreToldApartByTheirCode(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	err := error(&lti.Error{Code: lti.CodeVersion, Claim: lti.ClaimVersion, Expected: "1.3.0", Received: "11.3", Err: cause})
	if !errors.Is(err, &lti.Error{Code: lti.CodeVersion}) || errors.Is(err, &lti.Error{Code: lti.CodeRoles}) || !errors.Is(err, cause) {
		t.Errorf("%v is not told apart by its code", err)
	}
	if lti.CodeOf(cause) != "" || lti.CodeOf(err) != lti.CodeVersion {
		t.Errorf("CodeOf = %q, %q", lti.CodeOf(cause), lti.CodeOf(err))
	}
	if got, want := err.Error(), "lti: lti_version (version): cause"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}
