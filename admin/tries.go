package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"usher/secret"
)

// Limits of sign-ins. Every try is counted before it is looked at, so that
// parallel guesses cannot slip past, and a right one is taken back.
//
// A browser that the account has signed in with before is counted by itself
// alone: strangers can use up an account's other tries and so keep a new
// browser out for an hour at most while they go on, but never the one that its
// owner always uses. A new password forgets the account's count.
const (
	triesWindow     = 15 * time.Minute
	triesPerBlock   = 30 // of one network, whatever the account: an office is one address
	triesPerPair    = 10 // of one network at one account
	triesPerBrowser = 10 // of one known browser at its account
	accountWindow   = time.Hour
	triesPerAccount = 50 // of all unknown browsers at one account
)

// TooManyTriesError says that too many passwords were tried.
type TooManyTriesError struct{ RetryAfter time.Duration }

// Error says when it goes on.
func (e *TooManyTriesError) Error() string {
	return fmt.Sprintf("admin: too many tries, again in %s", e.RetryAfter)
}

// Browser is where a sign-in comes from.
type Browser struct {
	// Block is the network, such as a /24 or /64.
	Block string
	// Known names a browser that was signed in with before, and KnownTo is the id
	// of the account that was; both are "" for all others.
	Known, KnownTo string
}

// bucket is one counter: a subject in a window of time. Windows are aligned to
// the epoch, so that all replicas share them.
type bucket struct {
	subject     string
	start, over time.Time
	limit       int
}

func newBucket(subject string, now time.Time, window time.Duration, limit int) bucket {
	start := now.Truncate(window)
	return bucket{subject: subject, start: start, over: start.Add(window), limit: limit}
}

// buckets are the counters of one try. Whether the account exists makes no
// difference to them.
func buckets(email, accountID string, b Browser, now time.Time) []bucket {
	if b.Known != "" && accountID != "" && b.KnownTo == accountID {
		return []bucket{newBucket(subject("browser", email, b.Known), now, triesWindow, triesPerBrowser)}
	}
	return []bucket{
		newBucket(subject("block", b.Block), now, triesWindow, triesPerBlock),
		newBucket(subject("pair", email, b.Block), now, triesWindow, triesPerPair),
		newBucket(accountSubject(email), now, accountWindow, triesPerAccount),
	}
}

// subject hashes what is counted, so that neither a network's address nor what
// a stranger typed lies in the database.
func subject(parts ...string) string { return secret.Hash("admin try\n" + strings.Join(parts, "\n")) }

func accountSubject(email string) string { return subject("account", email) }

// takeTry counts a try, or returns a [*TooManyTriesError]. What is over the
// limit is taken back, so that a flood does not outlast its window.
func (s *Service) takeTry(ctx context.Context, list []bucket) error {
	for i, b := range list {
		count, err := s.store.count(ctx, b.subject, b.start, 1)
		if err != nil {
			return fmt.Errorf("count sign-in: %w", err)
		}
		if count <= b.limit {
			continue
		}
		if err := s.giveBack(ctx, list[:i+1]); err != nil {
			return err
		}
		return &TooManyTriesError{RetryAfter: b.over.Sub(s.now())}
	}
	return nil
}

// giveBack takes a try off the counters again.
func (s *Service) giveBack(ctx context.Context, list []bucket) error {
	for _, b := range list {
		if _, err := s.store.count(ctx, b.subject, b.start, -1); err != nil {
			return fmt.Errorf("count sign-in: %w", err)
		}
	}
	return nil
}
