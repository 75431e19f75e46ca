package lti

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"usher/database"
	"usher/secret"
)

// What is kept of failed launches: how long, and how many of each platform and
// of those that came to none. A flood pushes out the oldest of its own kind and
// fills no disk.
const (
	failureLifetime = 30 * 24 * time.Hour
	maxFailures     = 2000
)

// ErrNoFailure says that nothing is known (any more) under a reference.
var ErrNoFailure = errors.New("no failure of that reference")

// Failure is the diagnosis of a launch that failed: which check, what it
// expected and what it got. It holds no token and no personal data.
type Failure struct {
	Reference    string
	PlatformID   string
	PlatformName string // "" where the platform is not known (any more)
	DeploymentID string // as the token named it, "" where none was read
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
		PlatformID:   e.PlatformID,
		DeploymentID: clip(printable(strings.ToValidUTF8(e.DeploymentID, "")), maxID),
		Code:         e.Code,
		Claim:        diagnosis(e.Claim),
		Expected:     diagnosis(e.Expected),
		Received:     diagnosis(e.Received),
		CreatedAt:    s.now(),
	}
	var err error
	for range 3 { // a taken reference is one in many millions
		f.Reference = secret.Reference()
		if err = s.store.insertFailure(ctx, f); !errors.Is(err, database.ErrDuplicate) {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("record failed launch: %w", err)
	}
	if err := s.store.trimFailures(ctx, f.PlatformID); err != nil {
		return "", fmt.Errorf("trim failed launches: %w", err)
	}
	return f.Reference, nil
}

// Failure returns what is known under a reference, however a person typed it,
// or [ErrNoFailure].
func (s *Service) Failure(ctx context.Context, reference string) (Failure, error) {
	return s.failure(ctx, LogFilter{}, reference)
}

// The shape of a [secret.Reference].
const (
	referenceAlphabet = secret.ReferenceAlphabet
	referenceHalf     = 4
)

// normalReference reads a reference as people type it: in any case, with
// spaces, another dash or none, in the digits of their script, and with a word
// before it. It returns "" for what is none.
func normalReference(typed string) string {
	if i := strings.LastIndexAny(typed, ":#"); i >= 0 {
		typed = typed[i+1:]
	}
	letters := make([]byte, 0, 2*referenceHalf)
	for _, r := range strings.ToUpper(typed) {
		if digit, ok := decimal(r); ok {
			r = '0' + digit
		}
		switch {
		case strings.ContainsRune(referenceAlphabet, r) && len(letters) < cap(letters):
			letters = append(letters, byte(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return ""
		}
	}
	if len(letters) < cap(letters) {
		return ""
	}
	return string(letters[:referenceHalf]) + "-" + string(letters[referenceHalf:])
}

// decimal reads a digit of the scripts in which our readers write numbers.
func decimal(r rune) (digit rune, ok bool) {
	for _, zero := range []rune{'٠', '۰', '\uFF10'} {
		if r >= zero && r <= zero+9 {
			return r - zero, true
		}
	}
	return 0, false
}

// Sweep deletes spent states that can come no more, launches whose proof never
// came, content selections, and failures of more than 30 days. It returns how many rows changed.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	now := s.now()
	n, err := s.store.sweep(ctx, now, now.Add(-failureLifetime))
	selections, selectionsErr := s.sweepDeepLinks(ctx)
	if err = errors.Join(err, selectionsErr); err != nil {
		return n + selections, fmt.Errorf("sweep launches: %w", err)
	}
	return n + selections, nil
}
