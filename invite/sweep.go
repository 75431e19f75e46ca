package invite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/media"
)

// Sweep erases the sealed copies of links that have expired, and counters of
// past days, of all tenants.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	if err := s.store.dropCounts(ctx, now.Add(-2*triesDay)); err != nil {
		return err
	}
	sweep := sweep{Service: s, now: now, policies: map[string]Policy{}, entries: map[string]media.Entry{}}
	after := ""
	for {
		list, err := s.store.sealedBefore(ctx, now, after, maxList)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, inv := range list {
			if err := sweep.eraseExpired(ctx, inv); err != nil {
				return err
			}
		}
		after = list[len(list)-1].ID
	}
}

// sweep remembers what it read: a hundred invitations share an entry.
type sweep struct {
	*Service
	now      time.Time
	policies map[string]Policy
	entries  map[string]media.Entry
}

func (s *sweep) eraseExpired(ctx context.Context, inv Invitation) error {
	policy, known := s.policies[inv.TenantID]
	if !known {
		var err error
		if policy, err = s.Policy(ctx, inv.TenantID); err != nil {
			return err
		}
		s.policies[inv.TenantID] = policy
	}
	e, known := s.entries[inv.EntryID]
	if !known {
		var err error
		e, err = s.Service.entries.Entry(ctx, inv.TenantID, inv.EntryID)
		if errors.Is(err, media.ErrNotFound) {
			return nil // purged since, and its invitations with it
		}
		if err != nil {
			return fmt.Errorf("find entry of link: %w", err)
		}
		s.entries[inv.EntryID] = e
	}
	if s.now.Before(policy.ExpiresAt(inv, e, s.now)) {
		return nil
	}
	return s.store.erase(ctx, inv)
}
