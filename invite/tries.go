package invite

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"usher/secret"
)

// Limits of addresses typed at a link. They are counted per link, so that
// nobody can lock out anybody but who holds the same link.
const (
	triesPerBlock = 5
	triesWindow   = 15 * time.Minute
	triesPerLink  = 100
	triesDay      = 24 * time.Hour
	blockBitsV4   = 24 // what one household or office has
	blockBitsV6   = 64 // what one network has
)

// TooManyTriesError says that too many addresses were typed at a link.
type TooManyTriesError struct{ RetryAfter time.Duration }

// Error says when it goes on.
func (e *TooManyTriesError) Error() string {
	return fmt.Sprintf("invite: too many tries, again in %s", e.RetryAfter)
}

// LimitError says that no more links can be made today.
type LimitError struct {
	Of         string // "entry", "person" or "platform": whose limit it is
	Limit      int
	RetryAfter time.Duration
}

// Error names the limit.
func (e *LimitError) Error() string {
	return fmt.Sprintf("invite: limit of %d links a day per %s reached", e.Limit, e.Of)
}

// bucket is one counter: a subject in a window of time. Windows are aligned to
// the epoch, so that all replicas share them; days are UTC days.
type bucket struct {
	subject string
	window  time.Duration
	limit   int
}

func (b bucket) start(now time.Time) time.Time { return now.Truncate(b.window) }

// takeTry counts an address typed at the link before it is looked at, so that
// parallel guesses cannot slip past the limit. It returns how many are left in
// the narrowest window, or a [*TooManyTriesError].
func (s *Service) takeTry(ctx context.Context, inv Invitation, b Browser) (left int, err error) {
	now := s.now()
	left = triesPerBlock
	for _, c := range tryBuckets(inv.ID, b) {
		count, err := s.store.count(ctx, c.subject, c.start(now), 1)
		if err != nil {
			return 0, fmt.Errorf("count try: %w", err)
		}
		if count > c.limit {
			return 0, &TooManyTriesError{RetryAfter: c.start(now).Add(c.window).Sub(now)}
		}
		left = min(left, c.limit-count)
	}
	return left, nil
}

// tryBuckets are the counters of a try. The device alone would not do: whoever
// guesses throws its cookie away.
func tryBuckets(invitationID string, b Browser) []bucket {
	buckets := []bucket{{subject: subject("tries of a block", invitationID, block(b.Address)), window: triesWindow, limit: triesPerBlock}}
	if b.Device != "" {
		buckets = append(buckets, bucket{subject: subject("tries of a device", invitationID, b.Device), window: triesWindow, limit: triesPerBlock})
	}
	return append(buckets, bucket{subject: subject("tries of a link", invitationID), window: triesDay, limit: triesPerLink})
}

// subject hashes what is counted, so that no network address lies in the
// database.
func subject(parts ...string) string { return secret.Hash(strings.Join(parts, "\n")) }

// block is the network of an address: its /24 or /64.
func block(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := blockBitsV6
	if a.Is4() {
		bits = blockBitsV4
	}
	prefix, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// countLinks counts a new link against the limits of its day. It runs in the
// transaction of the invitation, so that a refused one counts nothing.
func (s *Service) countLinks(ctx context.Context, p Policy, inv Invitation) error {
	now := s.now()
	for _, c := range []struct {
		of, id string
		limit  int
	}{
		{"entry", inv.EntryID, p.PerEntry},
		{"person", inv.CreatedBy, p.PerPerson},
		{"platform", inv.TenantID, p.PerTenant}, // a tenant: no institution uses up another's
	} {
		if c.limit == 0 {
			continue
		}
		day := now.Truncate(triesDay)
		count, err := s.store.count(ctx, subject("links of", c.of, inv.TenantID, c.id), day, 1)
		if err != nil {
			return fmt.Errorf("count link: %w", err)
		}
		if count > c.limit {
			return &LimitError{Of: c.of, Limit: c.limit, RetryAfter: day.Add(triesDay).Sub(now)}
		}
	}
	return nil
}
