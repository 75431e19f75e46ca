package lti_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

func (f *fixture) fail(tb testing.TB, e *lti.Error) string {
	tb.Helper()
	f.clock.Advance(time.Second)
	reference, err := f.service.RecordFailure(tb.Context(), e)
	if err != nil {
		tb.Fatalf("RecordFailure: %v", err)
	}
	return reference
}

func TestLaunchLogIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		f.fail(t, &lti.Error{Code: lti.CodeNonce, PlatformID: f.added.ID, DeploymentID: "one"})
		for i := range 60 {
			f.fail(t, &lti.Error{Code: lti.CodeAudience, PlatformID: "other", Received: fmt.Sprint(i)})
		}
		last := f.fail(t, &lti.Error{Code: lti.CodeUnknownPlatform})

		page, err := f.service.Failures(t.Context(), lti.LogFilter{})
		if err != nil || len(page.Failures) != 50 || page.Failures[0].Reference != last || page.Next == "" {
			t.Fatalf("first page: %d failures, next %q, %v", len(page.Failures), page.Next, err)
		}
		rest, err := f.service.Failures(t.Context(), lti.LogFilter{Cursor: page.Next})
		if err != nil || len(rest.Failures) != 12 || rest.Next != "" || rest.Failures[11].Code != lti.CodeNonce {
			t.Fatalf("second page: %d failures, next %q, %v", len(rest.Failures), rest.Next, err)
		}
		seen := map[string]bool{}
		for _, failure := range append(page.Failures, rest.Failures...) {
			seen[failure.Reference] = true
		}
		if len(seen) != 62 {
			t.Errorf("two pages show %d different failures, want 62", len(seen))
		}
		for name, tt := range map[string]struct {
			filter lti.LogFilter
			want   int
		}{
			"platform":           {lti.LogFilter{PlatformID: f.added.ID}, 1},
			"code":               {lti.LogFilter{Code: lti.CodeUnknownPlatform}, 1},
			"deployment":         {lti.LogFilter{PlatformID: f.added.ID, DeploymentID: "two"}, 0},
			"platform and code":  {lti.LogFilter{PlatformID: f.added.ID, Code: lti.CodeAudience}, 0},
			"cursor of nonsense": {lti.LogFilter{PlatformID: f.added.ID, Cursor: "x.y"}, 1},
			"cursor of far ages": {lti.LogFilter{PlatformID: f.added.ID, Cursor: "99999999999999999.AAAA-AAAA"}, 1},
			"bytes of no text":   {lti.LogFilter{PlatformID: "\x00"}, 0},
		} {
			got, err := f.service.Failures(t.Context(), tt.filter)
			if err != nil || len(got.Failures) != tt.want {
				t.Errorf("%s: %d failures, %v, want %d", name, len(got.Failures), err, tt.want)
			}
		}
		alike, err := f.service.AlikeSince(t.Context(), lti.LogFilter{}, page.Failures[1])
		if err != nil || alike != 59 {
			t.Errorf("AlikeSince = %d, %v, want the 59 others", alike, err)
		}
	})
}

// A flood of one platform's failures pushes out its own oldest and nobody
// else's.
func TestLaunchLogIsBoundedForEachPlatform(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		kept := f.fail(t, &lti.Error{Code: lti.CodeNonce, PlatformID: f.added.ID})
		first := f.fail(t, &lti.Error{Code: lti.CodeStateInvalid})
		if err := database.InTx(t.Context(), db, func(ctx context.Context) error {
			for i := range 2000 {
				if _, err := database.Exec(ctx, db, `INSERT INTO launch_failures (reference, code, created_at) VALUES (?, 'flood', ?)`,
					fmt.Sprintf("F%07d", i), f.clock.Now().Add(time.Duration(i)*time.Millisecond)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatalf("flood: %v", err)
		}
		f.clock.Advance(time.Minute)
		newest := f.fail(t, &lti.Error{Code: lti.CodeStateInvalid})
		if n := f.rows(t, "launch_failures"); n != 2001 {
			t.Errorf("%d failures are kept, want 2000 of the flood and the platform's one", n)
		}
		for reference, want := range map[string]error{kept: nil, newest: nil, first: lti.ErrNoFailure} {
			if _, err := f.service.Failure(t.Context(), reference); !errors.Is(err, want) {
				t.Errorf("Failure(%s) = %v, want %v", reference, err, want)
			}
		}
	})
}

func TestReferenceIsFoundAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	reference := f.fail(t, &lti.Error{Code: lti.CodeNonce, PlatformID: f.added.ID})
	half, rest, _ := strings.Cut(reference, "-")
	arabic := strings.NewReplacer("2", "٢", "3", "٣", "4", "٤", "5", "٥", "6", "٦", "7", "٧", "8", "٨", "9", "٩").Replace(reference)
	for _, typed := range []string{reference, strings.ToLower(reference), half + rest, half + " " + rest, half + "–" + rest, "Reference: " + reference, "#" + reference + ".", "\t" + reference + "\n", arabic} {
		if _, err := f.service.Failure(t.Context(), typed); err != nil {
			t.Errorf("Failure(%q): %v", typed, err)
		}
	}
	for _, typed := range []string{"", half, reference + "A", half + "-" + rest[:3], "' OR 1=1 --", "\x00", strings.Repeat("A", 5000), "%%%%-%%%%"} {
		if _, err := f.service.Failure(t.Context(), typed); !errors.Is(err, lti.ErrNoFailure) {
			t.Errorf("Failure(%.20q) = %v, want ErrNoFailure", typed, err)
		}
	}
	if _, err := f.service.FailureIn(t.Context(), lti.LogFilter{PlatformID: "other"}, reference); !errors.Is(err, lti.ErrNoFailure) {
		t.Errorf("another platform's admin finds it: %v", err)
	}
	if _, err := f.service.FailureIn(t.Context(), lti.LogFilter{PlatformID: f.added.ID, DeploymentID: "other"}, reference); !errors.Is(err, lti.ErrNoFailure) {
		t.Errorf("another institution's admin finds it: %v", err)
	}
}

// C-83: neither a name nor a subject nor an address of anybody who launched.
func TestGoodLaunchesAreKeptAlikeTogetherAndWithoutAnybody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		odd := ltitest.With(lti.ClaimRoles, []string{membership + "#Learner", "sam student <sam@campus.example>"})
		for range 3 {
			if _, err := f.launch(t, "student"); err != nil {
				t.Fatalf("Verify: %v", err)
			}
		}
		f.clock.Advance(time.Second)
		if _, err := f.launch(t, "student", odd); err != nil {
			t.Fatalf("Verify: %v", err)
		}
		if n := f.rows(t, "launch_samples"); n != 0 {
			t.Errorf("launches wrote %d rows by themselves", n)
		}
		got, err := f.service.Samples(t.Context(), f.added.ID)
		if err != nil || len(got) != 2 {
			t.Fatalf("Samples = %+v, %v", got, err)
		}
		want := lti.LaunchSample{
			ID: got[1].ID, TenantID: got[1].TenantID, PlatformID: f.added.ID, PlatformName: f.added.Name, DeploymentID: "deployment-1",
			Message: lti.MessageResourceLink, Roles: []string{ltitest.RoleLearner, ltitest.RoleInstitutionStudent}, ContextTypes: course,
			CourseRole: lti.RoleNone, DecidedBy: "Learner", Launches: 3, LastAt: f.clock.Now().Add(-time.Second),
		}
		if diff := cmp.Diff(want, got[1]); diff != "" {
			t.Errorf("sample differs (-want +got):\n%s", diff)
		}
		if got[0].Roles[1] != "…" {
			t.Errorf("a role of no vocabulary is kept as %q", got[0].Roles[1])
		}
		f.clock.Advance(time.Second)
		if _, err := f.launch(t, "student"); err != nil {
			t.Fatalf("Verify: %v", err)
		}
		again, err := f.service.SamplesOf(t.Context(), got[1].TenantID)
		if err != nil || len(again) != 2 || again[0].Launches != 4 || again[0].ID != got[1].ID {
			t.Errorf("after a fourth launch: %+v, %v", again, err)
		}
		if _, found, err := f.service.Sample(t.Context(), "other", got[1].ID); found || err != nil {
			t.Errorf("another tenant finds the sample: %v", err)
		}
		if all, err := f.service.SamplesOf(t.Context(), ""); err != nil || len(all) != 0 {
			t.Errorf("SamplesOf no tenant = %d, %v", len(all), err)
		}
	})
}

// Canvas makes a deployment for each course.
func TestGoodLaunchesAreBoundedForEachTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		for i := range 60 {
			deployment := fmt.Sprint("course-", i)
			if err := f.service.AllowDeployment(t.Context(), f.added.ID, deployment); err != nil {
				t.Fatalf("AllowDeployment: %v", err)
			}
			f.clock.Advance(time.Second)
			f.platform.DeploymentID = deployment
			if _, err := f.launch(t, "student"); err != nil {
				t.Fatalf("Verify: %v", err)
			}
		}
		if err := f.service.KeepSamples(t.Context()); err != nil {
			t.Fatalf("KeepSamples: %v", err)
		}
		if n := f.rows(t, "launch_samples"); n != 50 {
			t.Errorf("%d samples are kept, want 50", n)
		}
	})
}

// What came since the last write is written when Usher stops.
func TestGoodLaunchesAreKeptAtTheEnd(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	if _, err := f.launch(t, "student"); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	f.service.RunSamples(ended, func(err error) { t.Errorf("report: %v", err) })
	if n := f.rows(t, "launch_samples"); n != 1 {
		t.Errorf("%d samples are kept at the end, want 1", n)
	}
}
