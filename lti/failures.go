package lti

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/database"
)

// failureLifetime is how long an admin can look a failed launch up.
const failureLifetime = 30 * 24 * time.Hour

// ErrNoFailure says that nothing is known (any more) under a reference.
var ErrNoFailure = errors.New("no failure of that reference")

// Failure is the diagnosis of a launch that failed: which check, what it
// expected and what it got. It holds no token and no personal data.
type Failure struct {
	Reference    string
	PlatformID   string
	PlatformName string // "" where the platform is not known (any more)
	Code         Code
	Claim        string
	Expected     string
	Received     string
	CreatedAt    time.Time
}

// RecordFailure keeps the diagnosis of a failed launch for 30 days and returns
// the reference to show to the person, such as U7KQ-4M2X.
func (s *Service) RecordFailure(ctx context.Context, e *Error) (string, error) {
	f := Failure{
		PlatformID: e.PlatformID,
		Code:       e.Code,
		Claim:      diagnosis(e.Claim),
		Expected:   diagnosis(e.Expected),
		Received:   diagnosis(e.Received),
		CreatedAt:  s.now(),
	}
	var err error
	for range 3 { // a taken reference is one in many millions
		f.Reference = newReference()
		if err = s.store.insertFailure(ctx, f); !errors.Is(err, database.ErrDuplicate) {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("record failed launch: %w", err)
	}
	return f.Reference, nil
}

// Failure returns what is known under a reference, however a person typed it,
// or [ErrNoFailure].
func (s *Service) Failure(ctx context.Context, reference string) (Failure, error) {
	reference = normalReference(reference)
	if !isText(reference) {
		return Failure{}, ErrNoFailure
	}
	f, err := s.store.failure(ctx, reference)
	if errors.Is(err, database.ErrNotFound) {
		return Failure{}, ErrNoFailure
	}
	if err != nil {
		return Failure{}, fmt.Errorf("find failed launch: %w", err)
	}
	return f, nil
}

// The reference's shape. The alphabet has no 0, O, 1, I or L: people read
// references to each other over the phone.
const (
	referenceAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	referenceHalf     = 4
)

func newReference() string {
	var b strings.Builder
	random := make([]byte, 1)
	for n := 0; n < 2*referenceHalf; {
		_, _ = rand.Read(random) // never fails: crypto/rand ends the process if the system has no randomness
		i := int(random[0] & 31)
		if i >= len(referenceAlphabet) {
			continue
		}
		if n == referenceHalf {
			b.WriteByte('-')
		}
		b.WriteByte(referenceAlphabet[i])
		n++
	}
	return b.String()
}

func normalReference(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) == 2*referenceHalf {
		return s[:referenceHalf] + "-" + s[referenceHalf:]
	}
	return s
}

// Sweep deletes spent states that can come no more, launches whose proof never
// came, and failures of more than 30 days. It returns how many rows changed.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	now := s.now()
	n, err := s.store.sweep(ctx, now, now.Add(-failureLifetime))
	if err != nil {
		return n, fmt.Errorf("sweep launches: %w", err)
	}
	return n, nil
}
