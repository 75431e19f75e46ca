package live

import (
	"context"
	"fmt"
)

// Present lists the attendees of an entry who are connected at this moment,
// in no order.
func (s *Service) Present(ctx context.Context, tenantID, entryID string) ([]Attendee, error) {
	here, err := s.present(ctx, tenantID, entryID)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(here))
	for id := range here {
		ids = append(ids, id)
	}
	rows, err := s.store.attendees(ctx, tenantID, entryID, ids)
	if err != nil {
		return nil, fmt.Errorf("read who is here: %w", err)
	}
	list := make([]Attendee, 0, len(rows))
	for _, a := range rows {
		list = append(list, a)
	}
	return list, nil
}
