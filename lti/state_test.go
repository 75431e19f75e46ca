package lti_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

// C-63: the cookie's secret proves the browser; without it there is a handle
// and nothing else.
func TestLaunchIsProvedByTheBrowsersSecretOnly(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	for _, tt := range []struct {
		name   string
		secret func(right string) string
		proved bool
	}{
		{"right secret", func(right string) string { return right }, true},
		{"no secret", func(string) string { return "" }, false},
		{"foreign secret", func(string) string { return f.login(t, "student").Secret }, false},
		{"the state itself", func(string) string { return "x" }, false},
	} {
		r := f.request(t, "teacher")
		r.Secret = tt.secret(r.Secret)
		launch, err := f.service.Verify(t.Context(), r)
		if err != nil {
			t.Fatalf("%s: Verify: %v", tt.name, err)
		}
		if launch.Proved != tt.proved || (launch.Handle == "") != tt.proved {
			t.Errorf("%s: Proved = %v, Handle = %q, want proved %v", tt.name, launch.Proved, launch.Handle, tt.proved)
		}
	}
}

// C-63, C-94, C-95.
func TestProveTakesTheRightSecretOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		r := f.request(t, "teacher")
		right := r.Secret
		r.Secret = ""
		waiting, err := f.service.Verify(t.Context(), r)
		if err != nil {
			t.Fatalf("Verify: %v", err)
		}
		if _, err := f.service.Prove(t.Context(), waiting.Handle, "wrong"); lti.CodeOf(err) != lti.CodeProofMismatch {
			t.Errorf("Prove(wrong) = %v, want code proof_mismatch", err)
		}
		if _, err := f.service.Prove(t.Context(), waiting.Handle, ""); lti.CodeOf(err) != lti.CodeProofMismatch {
			t.Errorf("Prove(nothing) = %v, want code proof_mismatch", err)
		}
		if _, err := f.service.Prove(t.Context(), "unknown", right); lti.CodeOf(err) != lti.CodeProofUnknown {
			t.Errorf("Prove(unknown handle) = %v, want code proof_unknown", err)
		}
		proved, err := f.service.Prove(t.Context(), waiting.Handle, right)
		if err != nil {
			t.Fatalf("Prove: %v", err)
		}
		if !proved.Proved || proved.Subject != "teacher" || proved.TenantID != waiting.TenantID || proved.Handle != "" || proved.Context.ID != "course-1" {
			t.Errorf("Prove = %+v", proved)
		}
		if _, err := f.service.Prove(t.Context(), waiting.Handle, right); lti.CodeOf(err) != lti.CodeProofUnknown {
			t.Errorf("second Prove = %v, want code proof_unknown", err)
		}
	})
}

func TestProofComesWithinTwoMinutes(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	r := f.request(t, "teacher")
	right := r.Secret
	r.Secret = ""
	waiting, err := f.service.Verify(t.Context(), r)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	f.clock.Advance(2*time.Minute + time.Second)
	if _, err := f.service.Prove(t.Context(), waiting.Handle, right); lti.CodeOf(err) != lti.CodeProofUnknown {
		t.Errorf("late Prove = %v, want code proof_unknown", err)
	}
}

func TestParallelProofsHaveOneWinner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		r := f.request(t, "teacher")
		right := r.Secret
		r.Secret = ""
		waiting, err := f.service.Verify(t.Context(), r)
		if err != nil {
			t.Fatalf("Verify: %v", err)
		}
		won := parallel(t, lti.CodeProofUnknown, func() error {
			_, err := f.service.Prove(t.Context(), waiting.Handle, right)
			return err
		})
		if won != 1 {
			t.Errorf("%d proofs won, want 1", won)
		}
	})
}

// C-64, C-65: of equal posts one is a launch.
func TestParallelReplaysHaveOneWinner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		r := f.request(t, "teacher")
		won := parallel(t, lti.CodeStateSpent, func() error {
			_, err := f.service.Verify(t.Context(), r)
			return err
		})
		if won != 1 {
			t.Errorf("%d launches won, want 1", won)
		}
		if n := f.rows(t, "launch_states"); n != 1 {
			t.Errorf("%d states were spent, want 1", n)
		}
	})
}

// parallel runs f sixteen times at once and returns how often it succeeded.
// All others must fail with the loser's code.
func parallel(t *testing.T, loser lti.Code, f func() error) int64 {
	t.Helper()
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			switch err := f(); {
			case err == nil:
				won.Add(1)
			case lti.CodeOf(err) != loser:
				t.Errorf("loser got %v, want code %s", err, loser)
			}
		})
	}
	wg.Wait()
	return won.Load()
}

// C-64: base64 spells the same bytes in several ways, and a line break is
// ignored; none of them is another state.
func TestRespelledStateIsSpentToo(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	r := f.request(t, "teacher")
	if _, err := f.service.Verify(t.Context(), r); err != nil {
		t.Fatalf("Verify: %v", err)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, r.State[len(r.State)-1])
	for _, respelled := range []string{
		r.State[:10] + "\n" + r.State[10:],
		r.State[:len(r.State)-1] + string(alphabet[last^1]),
		r.State[:len(r.State)-1] + string(alphabet[last^3]),
	} {
		again := r
		again.State = respelled
		if _, err := f.service.Verify(t.Context(), again); lti.CodeOf(err) != lti.CodeStateSpent && lti.CodeOf(err) != lti.CodeStateInvalid {
			t.Errorf("Verify(%q) = %v, want it spent or invalid", respelled, err)
		}
	}
	if _, err := f.service.Verify(t.Context(), r); lti.CodeOf(err) != lti.CodeStateSpent {
		t.Errorf("Verify again = %v, want code state_spent", err)
	}
}

// C-64.
func TestStateExpiresAfterTenMinutes(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	early, late := f.login(t, "teacher"), f.login(t, "teacher")
	f.clock.Advance(lti.StateLifetime - time.Second)
	idToken, state := f.platform.Answer(early.AuthURL)
	if _, err := f.service.Verify(t.Context(), lti.LaunchRequest{IDToken: idToken, State: state, Secret: early.Secret}); err != nil {
		t.Errorf("Verify just in time: %v", err)
	}
	f.clock.Advance(time.Second)
	idToken, state = f.platform.Answer(late.AuthURL)
	if _, err := f.service.Verify(t.Context(), lti.LaunchRequest{IDToken: idToken, State: state, Secret: late.Secret}); lti.CodeOf(err) != lti.CodeStateExpired {
		t.Errorf("Verify too late = %v, want code state_expired", err)
	}
}

func TestStateIsSealedShortAndUnchangeable(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	login := f.login(t, "teacher")
	if len(login.State) > 200 {
		t.Errorf("state has %d characters, want 200 at most", len(login.State))
	}
	sealed, err := base64.RawURLEncoding.DecodeString(login.State)
	if err != nil {
		t.Fatalf("state is not base64url: %v", err)
	}
	if strings.Contains(string(sealed), f.added.ID) {
		t.Error("state shows the platform's id")
	}
	for i := range sealed {
		changed := []byte(string(sealed))
		changed[i] ^= 1
		r := lti.LaunchRequest{State: base64.RawURLEncoding.EncodeToString(changed), IDToken: "x"}
		if _, err := f.service.Verify(t.Context(), r); lti.CodeOf(err) != lti.CodeStateInvalid {
			t.Fatalf("state with byte %d changed = %v, want code state_invalid", i, err)
		}
	}
	if _, err := f.service.Verify(t.Context(), lti.LaunchRequest{IDToken: "x"}); lti.CodeOf(err) != lti.CodeStateMissing {
		t.Errorf("no state = %v, want code state_missing", err)
	}
	if _, err := f.service.Verify(t.Context(), lti.LaunchRequest{State: strings.Repeat("A", 5000)}); lti.CodeOf(err) != lti.CodeStateInvalid {
		t.Errorf("endless state = %v, want code state_invalid", err)
	}
}

func TestStateIDFitsACookiesName(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	one, two := f.login(t, "teacher"), f.login(t, "teacher")
	if one.StateID == two.StateID || one.StateID != lti.StateID(one.State) {
		t.Errorf("state ids %q and %q, want two, each of its state", one.StateID, two.StateID)
	}
	if err := (&http.Cookie{Name: "__Host-lti_" + one.StateID, Value: one.Secret, Path: "/", Secure: true}).Valid(); err != nil {
		t.Errorf("cookie: %v", err)
	}
}

// C-97: what only the login said is known at the launch.
func TestLoginsStorageAndFrameAreKnownAtTheLaunch(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	f.platform.StorageTarget = "post_message_forwarding"
	request, err := lti.ParseLogin(f.platform.LoginForm("teacher"))
	if err != nil {
		t.Fatalf("ParseLogin: %v", err)
	}
	request.Framed = true
	login, err := f.service.Login(t.Context(), request)
	if err != nil {
		t.Fatalf("Login: %v", err)
	}
	idToken, state := f.platform.Answer(login.AuthURL)
	launch, err := f.service.Verify(t.Context(), lti.LaunchRequest{IDToken: idToken, State: state})
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if launch.StorageTarget != "post_message_forwarding" || launch.StorageOrigin != f.platform.URL("") || !launch.StartedFramed {
		t.Errorf("launch has storage %q at %q, framed %v", launch.StorageTarget, launch.StorageOrigin, launch.StartedFramed)
	}
}

// C-65: the spent state outlives its token, and then goes.
func TestSweepDeletesSpentStatesAfterTheTokensEnd(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		if _, err := f.launch(t, "teacher", atNow(f, time.Hour)); err != nil {
			t.Fatalf("launch: %v", err)
		}
		r := f.request(t, "teacher", atNow(f, time.Hour))
		r.Secret = ""
		if _, err := f.service.Verify(t.Context(), r); err != nil {
			t.Fatalf("unproved launch: %v", err)
		}
		f.clock.Advance(time.Hour)
		if _, err := f.service.Sweep(t.Context()); err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		if n := f.rows(t, "launch_states"); n != 2 {
			t.Errorf("%d states before the token's end and skew, want 2", n)
		}
		var parked int64
		if err := database.From(t.Context(), f.db).Table("launch_states").Where("sealed_launch IS NOT NULL").Count(&parked).Error; err != nil || parked != 0 {
			t.Errorf("%d launches lie sealed after their two minutes (%v), want none", parked, err)
		}
		f.clock.Advance(2 * time.Minute)
		if _, err := f.service.Sweep(t.Context()); err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		if n := f.rows(t, "launch_states"); n != 0 {
			t.Errorf("%d states after the token's end, want none", n)
		}
	})
}

func TestTokenThatLastsForYearsIsNotKeptForYears(t *testing.T) {
	t.Parallel()
	f := sqliteFixture(t)
	if _, err := f.launch(t, "teacher", atNow(f, 10*365*24*time.Hour)); err != nil {
		t.Fatalf("launch: %v", err)
	}
	f.clock.Advance(25 * time.Hour)
	if _, err := f.service.Sweep(t.Context()); err != nil {
		t.Fatalf("Sweep: %v", err)
	}
	if n := f.rows(t, "launch_states"); n != 0 {
		t.Errorf("%d states after a day, want none", n)
	}
}
