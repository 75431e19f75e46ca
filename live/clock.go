package live

import (
	"context"
	"fmt"
	"time"
)

// clockBatch is how many sessions one look may end; the rest waits for the next.
const clockBatch = 100

// clockTime is how often the clock looks for sessions that are over.
const clockTime = 20 * time.Second

// Run ends, until ctx does, entries whose planned end lies half an hour back and in which no
// host is. Opening needs no clock: whether an entry is open follows from the time.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(clockTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := s.EndDue(ctx); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "live: end what is over", "error", err)
			}
		}
	}
}

// EndDue does what Run does, once.
func (s *Service) EndDue(ctx context.Context) error {
	due, err := s.entries.ClockDue(ctx, s.now(), clockBatch)
	if err != nil {
		return fmt.Errorf("list entries that are over: %w", err)
	}
	for _, e := range due {
		hosted, err := s.HostPresent(ctx, e.TenantID, e.ID)
		if err != nil {
			return err
		}
		if hosted {
			continue
		}
		if _, err := s.entries.EndDue(ctx, e.TenantID, e.ID); err != nil {
			return fmt.Errorf("end entry: %w", err)
		}
	}
	return nil
}
