package lti_test

import (
	"strings"
	"testing"

	"usher/lti"
	"usher/lti/ltitest"
)

// Whatever is posted as a token, a launch is refused with a code, unless it is
// the one token that the platform signed.
func FuzzVerifyToken(f *testing.F) {
	fx := sqliteFixture(f)
	login := fx.login(f, "teacher")
	good, state := fx.platform.Answer(login.AuthURL)
	unsigned, _ := fx.platform.Answer(login.AuthURL, ltitest.Unsigned())
	for _, seed := range []string{good, unsigned, "", "..", "e30.e30.e30", good + ".", strings.Replace(good, ".", "", 1), "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIn0.eyJpc3MiOltdfQ.AA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		launch, err := fx.service.Verify(t.Context(), lti.LaunchRequest{IDToken: token, State: state})
		if lti.CodeOf(err) == "" && !strings.HasPrefix(token, good[:strings.LastIndex(good, ".")]) {
			t.Errorf("Verify(%q) = %+v, %v, want a code", token, launch, err)
		}
	})
}

// Whatever is posted as a state, it is refused with a code of states.
func FuzzOpenState(f *testing.F) {
	fx := sqliteFixture(f)
	login := fx.login(f, "teacher")
	for _, seed := range []string{"", "A", login.State[1:], login.State + "A", strings.Repeat("A", 160)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, state string) {
		_, err := fx.service.Verify(t.Context(), lti.LaunchRequest{IDToken: "x", State: state})
		if code := lti.CodeOf(err); code != lti.CodeStateMissing && code != lti.CodeStateInvalid && state != login.State {
			t.Errorf("Verify(state %q) = %v, want a code of states", state, err)
		}
		_ = lti.StateID(state)
	})
}
