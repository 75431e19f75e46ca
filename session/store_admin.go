package session

import (
	"context"
	"time"

	"usher/database"
)

func (s store) insertAdmin(ctx context.Context, a Admin, secretHash string, endsAt time.Time) error {
	_, err := database.Exec(ctx, s.db, `INSERT INTO admin_sessions
		(id, secret_hash, admin_id, browser, created_at, seen_at, expires_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		a.SessionID, secretHash, a.AdminID, a.Browser, a.CreatedAt, a.SeenAt, a.ExpiresAt, endsAt)
	return err
}

func (s store) admin(ctx context.Context, secretHash string, now time.Time) (Admin, error) {
	var a Admin
	err := database.QueryOne(ctx, s.db, `SELECT id, admin_id, browser, created_at, seen_at, expires_at FROM admin_sessions
		WHERE secret_hash = ? AND expires_at > ? AND ends_at > ?`, []any{secretHash, now, now},
		&a.SessionID, &a.AdminID, &a.Browser, &a.CreatedAt, &a.SeenAt, &a.ExpiresAt)
	return a, err
}

func (s store) admins(ctx context.Context, adminID string, now time.Time) (list []Admin, err error) {
	err = database.Query(ctx, s.db, func(row database.Row) error {
		a := Admin{AdminID: adminID}
		err := row.Scan(&a.SessionID, &a.Browser, &a.CreatedAt, &a.SeenAt, &a.ExpiresAt)
		list = append(list, a)
		return err
	}, `SELECT id, browser, created_at, seen_at, expires_at FROM admin_sessions
		WHERE admin_id = ? AND expires_at > ? AND ends_at > ? ORDER BY created_at DESC, id`, adminID, now, now)
	return list, err
}

// touchAdmin slides the expiry of a session, never past its end.
func (s store) touchAdmin(ctx context.Context, id string, now, expires time.Time) error {
	_, err := database.Exec(ctx, s.db, `UPDATE admin_sessions SET seen_at = ?,
		expires_at = CASE WHEN ends_at < ? THEN ends_at ELSE ? END WHERE id = ?`, now, expires, expires, id)
	return err
}

func (s store) deleteAdmin(ctx context.Context, adminID, id string) error {
	_, err := database.Exec(ctx, s.db, `DELETE FROM admin_sessions WHERE id = ? AND admin_id = ?`, id, adminID)
	return err
}

func (s store) deleteAdmins(ctx context.Context, adminID, except string) error {
	_, err := database.Exec(ctx, s.db, `DELETE FROM admin_sessions WHERE admin_id = ? AND id <> ?`, adminID, except)
	return err
}

func (s store) sweepAdmins(ctx context.Context, now time.Time) error {
	_, err := database.Exec(ctx, s.db, `DELETE FROM admin_sessions WHERE expires_at <= ? OR ends_at <= ?`, now, now)
	return err
}
