package invite

import (
	"context"
	"errors"
	"fmt"

	"usher/database"
	"usher/media"
	"usher/roster"
)

// PresentRole returns the role of the invitation that somebody has for the
// entry, by member or address, or "" where there is none that stands: inviting
// the same person again begins with it, so that nobody is lowered by accident.
func (s *Service) PresentRole(ctx context.Context, e media.Entry, personID, email string) (media.AttendeeRole, error) {
	key, err := roster.AddressKey(email)
	if err != nil {
		key = ""
	}
	if personID == "" && key == "" {
		return "", nil
	}
	var role string
	err = database.QueryOne(ctx, s.store.db, `SELECT role FROM invitations
		WHERE tenant_id = ? AND entry_id = ? AND revoked_at IS NULL
		AND (person_id = ? AND person_id <> '' OR email_key = ? AND email_key <> '') ORDER BY updated_at DESC LIMIT 1`,
		[]any{e.TenantID, e.ID, personID, key}, &role)
	if errors.Is(err, database.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find present invitation: %w", err)
	}
	return media.AttendeeRole(role), nil
}
