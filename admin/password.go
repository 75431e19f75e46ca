package admin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// The work of one password: Argon2id's parameters that OWASP recommends for a
// server (46 MiB, one pass), about 40 ms here. A hash made with others is made
// anew at the next sign-in.
const (
	argonMemory  = 46 * 1024 // KiB
	argonPasses  = 1
	argonThreads = 1
	saltSize     = 16
	hashSize     = 32
	// hashingAtOnce bounds the memory that sign-ins can take; the rest wait.
	hashingAtOnce = 2
)

// Bounds of a password, in characters. Length is what counts; rules about digits
// and signs only make people write it down.
const (
	passwordLeast    = 12
	passwordMost     = 200
	differentAtLeast = 5
)

// CheckPassword says what a new password lacks, nil if nothing.
func CheckPassword(password string) error {
	length := utf8.RuneCountInString(password)
	different := map[rune]bool{}
	for _, r := range password {
		different[r] = true
	}
	switch {
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: the password is not text", ErrInvalidAccount)
	case length < passwordLeast:
		return fmt.Errorf("%w: the password needs at least %d characters", ErrInvalidAccount, passwordLeast)
	case length > passwordMost:
		return fmt.Errorf("%w: the password may have at most %d characters", ErrInvalidAccount, passwordMost)
	case len(different) < differentAtLeast:
		return fmt.Errorf("%w: the password needs at least %d different characters", ErrInvalidAccount, differentAtLeast)
	}
	return nil
}

// parameters are what a hash was made with.
type parameters struct {
	memory, passes uint32
	threads        uint8
}

// hasher makes and checks hashes, a few at a time.
type hasher struct {
	work   parameters
	places chan struct{}
}

func newHasher() *hasher {
	return &hasher{work: parameters{memory: argonMemory, passes: argonPasses, threads: argonThreads}, places: make(chan struct{}, hashingAtOnce)}
}

// derive does the work, or returns the context's error while it waits its turn.
func (h *hasher) derive(ctx context.Context, password string, salt []byte, p parameters, size int) ([]byte, error) {
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("hash password: %w", ctx.Err())
	}
	defer func() { <-h.places }()
	// The same password must be the same bytes on every keyboard.
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, p.passes, p.memory, p.threads, uint32(size)), nil
}

// hash returns the text that is kept: algorithm, parameters, salt and key.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	key, err := h.derive(ctx, password, salt, h.work, hashSize)
	if err != nil {
		return "", err
	}
	return h.work.kept(salt, key), nil
}

func (p parameters) kept(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// decoy is what the password of an unknown address is compared with: nobody's,
// made with today's parameters, so that the answer takes as long.
func (h *hasher) decoy() string {
	return h.work.kept(make([]byte, saltSize), make([]byte, hashSize))
}

// check compares a password with a kept text. outdated says that the text was
// made with other parameters than today's.
func (h *hasher) check(ctx context.Context, password, kept string) (right, outdated bool, err error) {
	p, salt, want, err := parseHash(kept)
	if err != nil {
		return false, false, err
	}
	key, err := h.derive(ctx, password, salt, p, len(want))
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(key, want) == 1, p != h.work || len(want) != hashSize, nil
}

// parseHash reads what hash wrote.
func parseHash(kept string) (p parameters, salt, key []byte, err error) {
	parts := strings.Split(kept, "$")
	version := 0
	if len(parts) != 6 || parts[1] != "argon2id" {
		return p, nil, nil, errors.New("kept password is not Argon2id")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &p.memory, &p.passes, &p.threads); err != nil || version != argon2.Version || p.passes == 0 || p.threads == 0 {
		return p, nil, nil, errors.New("kept password has parameters that cannot be read")
	}
	salt, err = base64.RawStdEncoding.DecodeString(parts[4])
	if err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err != nil || len(key) == 0 {
		return p, nil, nil, errors.New("kept password cannot be decoded")
	}
	return p, salt, key, nil
}
