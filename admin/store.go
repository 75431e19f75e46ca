package admin

import (
	"context"
	"database/sql"
	"time"

	"usher/database"
)

// store keeps accounts and counters.
type store struct{ db *database.DB }

func (s store) insert(ctx context.Context, a Account, kept string) error {
	_, err := database.Exec(ctx, s.db, `INSERT INTO admins (id, name, email, password, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)`,
		a.ID, a.Name, a.Email, kept, a.CreatedAt, a.CreatedAt)
	return err
}

func (s store) accounts(ctx context.Context) (list []Account, err error) {
	err = database.Query(ctx, s.db, func(row database.Row) error {
		a, err := scanAccount(row)
		list = append(list, a)
		return err
	}, `SELECT id, name, email, signed_in_at, created_at FROM admins ORDER BY name, email`)
	return list, err
}

func (s store) account(ctx context.Context, id string) (a Account, err error) {
	found := false
	err = database.Query(ctx, s.db, func(row database.Row) (err error) {
		found = true
		a, err = scanAccount(row)
		return err
	}, `SELECT id, name, email, signed_in_at, created_at FROM admins WHERE id = ?`, id)
	if err == nil && !found {
		err = database.ErrNotFound
	}
	return a, err
}

// byEmail returns an account with its kept password.
func (s store) byEmail(ctx context.Context, email string) (a Account, kept string, err error) {
	found := false
	err = database.Query(ctx, s.db, func(row database.Row) (err error) {
		found = true
		a, err = scanAccount(row, &kept)
		return err
	}, `SELECT id, name, email, signed_in_at, created_at, password FROM admins WHERE email = ?`, email)
	if err == nil && !found {
		err = database.ErrNotFound
	}
	return a, kept, err
}

func scanAccount(row database.Row, more ...any) (Account, error) {
	var a Account
	var signedIn sql.NullTime
	err := row.Scan(append([]any{&a.ID, &a.Name, &a.Email, &signedIn, &a.CreatedAt}, more...)...)
	a.CreatedAt = a.CreatedAt.UTC()
	if signedIn.Valid {
		at := signedIn.Time.UTC()
		a.SignedInAt = &at
	}
	return a, err
}

func (s store) setPassword(ctx context.Context, id, kept string, now time.Time) error {
	_, err := database.Exec(ctx, s.db, `UPDATE admins SET password = ?, updated_at = ? WHERE id = ?`, kept, now, id)
	return err
}

func (s store) setSignedIn(ctx context.Context, id string, now time.Time) error {
	_, err := database.Exec(ctx, s.db, `UPDATE admins SET signed_in_at = ? WHERE id = ?`, now, id)
	return err
}

// count adds n to a counter and returns what it is then.
func (s store) count(ctx context.Context, subject string, window time.Time, n int) (total int, err error) {
	err = database.QueryOne(ctx, s.db, `INSERT INTO admin_tries (subject, window_start, count) VALUES (?, ?, ?)
		ON CONFLICT (subject, window_start) DO UPDATE SET count = admin_tries.count + excluded.count RETURNING count`,
		[]any{subject, window, n}, &total)
	return total, err
}

func (s store) forget(ctx context.Context, subject string) error {
	_, err := database.Exec(ctx, s.db, `DELETE FROM admin_tries WHERE subject = ?`, subject)
	return err
}

func (s store) dropCounts(ctx context.Context, before time.Time) error {
	_, err := database.Exec(ctx, s.db, `DELETE FROM admin_tries WHERE window_start < ?`, before)
	return err
}
