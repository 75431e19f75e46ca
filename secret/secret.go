// Package secret makes, hashes and seals what must not be read: tokens, keys,
// links. It knows nothing of what they are for.
//
// Tokens that only come back are stored as [Hash]. What Usher must show or use
// again (an invitation link, a private key) is stored sealed by a [Keyring].
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeySize is the length of a keyring's keys in bytes.
const KeySize = 32

// ErrSealed says that a sealed value was not made by any key of the ring, was
// made for another purpose, or was changed.
var ErrSealed = errors.New("sealed value cannot be opened")

// Keyring seals values with its first key and opens them with any, so that a
// key can be replaced without losing what the old one sealed. Safe for
// parallel use.
type Keyring struct {
	keys []cipher.AEAD
}

// NewKeyring returns a ring of AES-256-GCM keys, each of [KeySize] bytes.
func NewKeyring(keys ...[]byte) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, errors.New("a keyring needs at least one key")
	}
	ring := &Keyring{}
	for i, key := range keys {
		if len(key) != KeySize {
			return nil, fmt.Errorf("key %d has %d bytes, want %d", i+1, len(key), KeySize)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		ring.keys = append(ring.keys, aead)
	}
	return ring, nil
}

// Seal encrypts plain for one purpose, such as "invite.token". The same
// purpose opens it again; another does not.
func (k *Keyring) Seal(plain []byte, purpose string) ([]byte, error) {
	return k.keys[0].Seal(nil, nil, plain, []byte(purpose)), nil
}

// Open returns what [Keyring.Seal] sealed for purpose, or [ErrSealed].
func (k *Keyring) Open(sealed []byte, purpose string) ([]byte, error) {
	for _, key := range k.keys {
		if plain, err := key.Open(nil, nil, sealed, []byte(purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}

// Hash returns the SHA-256 of a token in hex: what a lookup column holds. It
// is meant for random tokens only, never for passwords or addresses.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Equal compares two secrets in constant time.
func Equal(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// Token returns 256 random bits in 43 URL-safe characters: session cookies and
// bearers.
func Token() string { return random(32) }

// ShortToken returns 128 random bits in 22 URL-safe characters: invitation
// links and one-time handles.
func ShortToken() string { return random(16) }

// NewID returns a row id: 128 random bits in 22 URL-safe characters.
func NewID() string { return random(16) }

// ReferenceAlphabet is what a reference is written in. It has no 0, O, 1, I or
// L: people read references to each other over the phone.
const ReferenceAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// Reference returns the name of something that went wrong, short enough to be
// read out: two groups of four, such as U7KQ-4M2X. It is no secret.
func Reference() string {
	var b strings.Builder
	random := make([]byte, 1)
	for b.Len() < 9 {
		_, _ = rand.Read(random) // never fails, see below
		i := int(random[0] & 31)
		if i >= len(ReferenceAlphabet) {
			continue
		}
		b.WriteByte(ReferenceAlphabet[i])
		if b.Len() == 4 {
			b.WriteByte('-')
		}
	}
	return b.String()
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the process if the system has no randomness
	return base64.RawURLEncoding.EncodeToString(b)
}
