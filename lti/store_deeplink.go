package lti

import (
	"context"
	"time"

	"usher/database"
)

func (s *store) insertDeepLink(ctx context.Context, d deepLinkRow) error {
	_, err := s.exec(ctx, `INSERT INTO deep_links (id, tenant_id, course_id, person_id, sealed, chosen, expires_at)
		VALUES (?, ?, ?, ?, ?, FALSE, ?)`, d.ID, d.TenantID, d.CourseID, d.PersonID, d.Sealed, d.ExpiresAt)
	return err
}

func (s *store) deepLink(ctx context.Context, tenantID, id string) (d deepLinkRow, err error) {
	if id != printable(id) || len(id) > maxID {
		return d, database.ErrNotFound
	}
	err = database.QueryOne(ctx, s.db, `SELECT id, tenant_id, course_id, person_id, sealed, expires_at FROM deep_links
		WHERE id = ? AND tenant_id = ?`, []any{id, tenantID}, &d.ID, &d.TenantID, &d.CourseID, &d.PersonID, &d.Sealed, &d.ExpiresAt)
	return d, err
}

// chooseDeepLink stores the first choice.
func (s *store) chooseDeepLink(ctx context.Context, d deepLinkRow, now time.Time) (first bool, err error) {
	n, err := s.exec(ctx, `UPDATE deep_links SET sealed = ?, chosen = TRUE
		WHERE id = ? AND tenant_id = ? AND NOT chosen AND expires_at > ?`, d.Sealed, d.ID, d.TenantID, now)
	return n > 0, err
}

// endDeepLink erases what a chosen selection held.
func (s *store) endDeepLink(ctx context.Context, tenantID, id string, now time.Time) (first bool, err error) {
	n, err := s.exec(ctx, `UPDATE deep_links SET sealed = NULL
		WHERE id = ? AND tenant_id = ? AND chosen AND sealed IS NOT NULL AND expires_at > ?`, id, tenantID, now)
	return n > 0, err
}
