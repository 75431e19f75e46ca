package lti_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"usher/lti"
)

// Whatever stands in a token, without the platform's signature a launch is
// refused with a code, and nothing panics on the way.
func FuzzVerifyToken(f *testing.F) {
	fx := sqliteFixture(f)
	login := fx.login(f, "teacher")
	token, state := fx.platform.Answer(login.AuthURL)
	parts := strings.Split(token, ".")
	header, payload := decodePart(f, parts[0]), decodePart(f, parts[1])
	f.Add(header, payload, []byte("forged"))
	f.Add([]byte(`{"alg":"none"}`), payload, []byte{})
	f.Add([]byte(`{}`), []byte(`{"name":"badltilaunch"}`), []byte{})
	f.Add(header, []byte(`{"iss":[],"aud":{},"exp":1e999,"sub":5}`), []byte{0})
	f.Add([]byte(`[]`), []byte(`null`), []byte(nil))
	f.Fuzz(func(t *testing.T, header, payload, signature []byte) {
		encode := base64.RawURLEncoding.EncodeToString
		forged := encode(header) + "." + encode(payload) + "." + encode(signature)
		launch, err := fx.service.Verify(t.Context(), lti.LaunchRequest{IDToken: forged, State: state})
		if lti.CodeOf(err) == "" {
			t.Errorf("Verify(%q . %q) = %+v, %v, want a code", header, payload, launch, err)
		}
	})
}

func decodePart(tb testing.TB, part string) []byte {
	tb.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		tb.Fatalf("decode token: %v", err)
	}
	return b
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
