package secret_test

import (
	"bytes"
	"errors"
	"testing"

	"usher/secret"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, secret.KeySize) }

func ring(t *testing.T, keys ...[]byte) *secret.Keyring {
	t.Helper()
	k, err := secret.NewKeyring(keys...)
	if err != nil {
		t.Fatalf("NewKeyring: %v", err)
	}
	return k
}

func TestSealedValueOpensForItsPurposeOnly(t *testing.T) {
	t.Parallel()
	k := ring(t, key(1))
	sealed, err := k.Seal([]byte("link"), "invite.token")
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	if bytes.Contains(sealed, []byte("link")) {
		t.Error("sealed value shows the plain one")
	}
	if plain, err := k.Open(sealed, "invite.token"); err != nil || string(plain) != "link" {
		t.Errorf("Open = %q, %v, want link", plain, err)
	}
	if _, err := k.Open(sealed, "lti.key"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("Open for another purpose = %v, want ErrSealed", err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := k.Open(sealed, "invite.token"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("Open of a changed value = %v, want ErrSealed", err)
	}
}

func TestOldKeyStillOpensAfterRotation(t *testing.T) {
	t.Parallel()
	sealed, err := ring(t, key(1)).Seal([]byte("x"), "p")
	if err != nil {
		t.Fatalf("Seal: %v", err)
	}
	if _, err := ring(t, key(2), key(1)).Open(sealed, "p"); err != nil {
		t.Errorf("Open with the old key second = %v", err)
	}
	if _, err := ring(t, key(2)).Open(sealed, "p"); !errors.Is(err, secret.ErrSealed) {
		t.Errorf("Open without the old key = %v, want ErrSealed", err)
	}
}

func TestKeyringRefusesWrongKeys(t *testing.T) {
	t.Parallel()
	if _, err := secret.NewKeyring(); err == nil {
		t.Error("NewKeyring() without keys succeeded")
	}
	if _, err := secret.NewKeyring([]byte("short")); err == nil {
		t.Error("NewKeyring(short key) succeeded")
	}
}

func TestTokensAreLongAndNeverEqual(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		for _, token := range []string{secret.Token(), secret.ShortToken(), secret.NewID()} {
			if len(token) < 22 {
				t.Fatalf("token of %d characters, want 22 at least", len(token))
			}
			if seen[token] {
				t.Fatal("the same token twice")
			}
			seen[token] = true
		}
	}
}
