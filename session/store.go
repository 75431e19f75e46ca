package session

import (
	"context"
	"encoding/json"
	"time"

	"usher/database"
)

type row struct {
	ID           string
	Carrier      string
	SecretHash   string
	Kind         string
	TenantID     string
	PlatformID   string
	PersonID     string
	CourseID     string
	CourseRole   string
	EntryID      string
	InvitationID string
	Locale       string
	ReturnURL    string
	FrameOrigins string
	CreatedAt    time.Time
	SeenAt       time.Time
	ExpiresAt    time.Time
	EndsAt       time.Time
	EndedAt      *time.Time
}

func (row) TableName() string { return "sessions" }

type codeRow struct {
	CodeHash  string
	Purpose   string
	SessionID string
	Target    string
	ExpiresAt time.Time
}

func (codeRow) TableName() string { return "one_time_codes" }

func identities(rows []row) (list []Identity) {
	for _, r := range rows {
		var origins []string
		_ = json.Unmarshal([]byte(r.FrameOrigins), &origins) // written by insert below
		list = append(list, Identity{
			SessionID: r.ID, Carrier: Carrier(r.Carrier), Kind: Kind(r.Kind),
			TenantID: r.TenantID, PlatformID: r.PlatformID, PersonID: r.PersonID, CourseID: r.CourseID, CourseRole: r.CourseRole,
			EntryID: r.EntryID, InvitationID: r.InvitationID, Locale: r.Locale, ReturnURL: r.ReturnURL,
			FrameOrigins: origins, CreatedAt: r.CreatedAt, ExpiresAt: r.ExpiresAt, Ended: r.EndedAt != nil,
		})
	}
	return list
}

// store keeps sessions and one-time codes.
type store struct{ db *database.DB }

func (s store) insert(ctx context.Context, i Identity, secretHash string, endsAt time.Time) error {
	origins, err := json.Marshal(append([]string{}, i.FrameOrigins...))
	if err != nil {
		return err
	}
	_, err = database.Exec(ctx, s.db, `INSERT INTO sessions (id, carrier, secret_hash, kind, tenant_id, platform_id, person_id, course_id, course_role,
		entry_id, invitation_id, locale, return_url, frame_origins, created_at, seen_at, expires_at, ends_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		i.SessionID, string(i.Carrier), secretHash, string(i.Kind), i.TenantID, i.PlatformID, i.PersonID, i.CourseID, i.CourseRole,
		i.EntryID, i.InvitationID, i.Locale, i.ReturnURL, string(origins), i.CreatedAt, i.CreatedAt, i.ExpiresAt, endsAt)
	return err
}

// byCarrier returns the rows of a secret that are not over, newest first,
// with those that were ended early. It leaves EndsAt out.
func (s store) byCarrier(ctx context.Context, c Carrier, secretHash string, now time.Time) (rows []row, err error) {
	err = database.Query(ctx, s.db, func(found database.Row) error {
		r := row{Carrier: string(c), SecretHash: secretHash}
		err := found.Scan(&r.ID, &r.Kind, &r.TenantID, &r.PlatformID, &r.PersonID, &r.CourseID, &r.CourseRole,
			&r.EntryID, &r.InvitationID, &r.Locale, &r.ReturnURL, &r.FrameOrigins, &r.CreatedAt, &r.SeenAt, &r.ExpiresAt, &r.EndedAt)
		rows = append(rows, r)
		return err
	}, `SELECT id, kind, tenant_id, platform_id, person_id, course_id, course_role,
		entry_id, invitation_id, locale, return_url, frame_origins, created_at, seen_at, expires_at, ended_at FROM sessions
		WHERE secret_hash = ? AND carrier = ? AND expires_at > ? AND ends_at > ? ORDER BY created_at DESC`,
		secretHash, string(c), now, now)
	return rows, err
}

// byID returns a session that may still be used, or [database.ErrNotFound].
func (s store) byID(ctx context.Context, id string, now time.Time) (r row, err error) {
	err = database.QueryOne(ctx, s.db, `SELECT id, carrier, kind, tenant_id, platform_id, person_id, course_id, course_role,
		entry_id, invitation_id, locale, return_url, frame_origins, ends_at FROM sessions
		WHERE id = ? AND expires_at > ? AND ends_at > ? AND ended_at IS NULL`, []any{id, now, now},
		&r.ID, &r.Carrier, &r.Kind, &r.TenantID, &r.PlatformID, &r.PersonID, &r.CourseID, &r.CourseRole,
		&r.EntryID, &r.InvitationID, &r.Locale, &r.ReturnURL, &r.FrameOrigins, &r.EndsAt)
	return r, err
}

// move gives all rows of one secret another.
func (s store) move(ctx context.Context, from, to string) error {
	return database.Translate(database.From(ctx, s.db).Model(&row{}).
		Where("secret_hash = ? AND carrier = ?", from, string(Cookie)).
		UpdateColumn("secret_hash", to).Error)
}

func (s store) deleteByID(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return database.Translate(database.From(ctx, s.db).Where("id IN ?", ids).Delete(&row{}).Error)
}

func (s store) deleteGuest(ctx context.Context, secretHash, entryID string) error {
	return database.Translate(database.From(ctx, s.db).
		Where("secret_hash = ? AND kind = ? AND entry_id = ?", secretHash, string(Guest), entryID).Delete(&row{}).Error)
}

// touch slides the expiry of a secret's member rows, never past their end.
func (s store) touch(ctx context.Context, secretHash string, now, expires time.Time) error {
	g := database.From(ctx, s.db)
	err := g.Model(&row{}).Where("secret_hash = ? AND kind = ? AND ends_at > ?", secretHash, string(Member), expires).
		UpdateColumns(map[string]any{"seen_at": now, "expires_at": expires}).Error
	if err == nil {
		err = g.Exec("UPDATE sessions SET seen_at = ?, expires_at = ends_at WHERE secret_hash = ? AND kind = ? AND ends_at <= ?",
			now, secretHash, string(Member), expires).Error
	}
	return database.Translate(err)
}

func (s store) endGuests(ctx context.Context, tenantID, invitationID string, now time.Time) error {
	return database.Translate(database.From(ctx, s.db).Model(&row{}).
		Where("tenant_id = ? AND invitation_id = ? AND kind = ? AND ended_at IS NULL", tenantID, invitationID, string(Guest)).
		UpdateColumn("ended_at", now).Error)
}

func (s store) guestLives(ctx context.Context, tenantID, invitationID string, now time.Time) (bool, error) {
	var n int
	err := database.QueryOne(ctx, s.db, `SELECT COUNT(*) FROM sessions
		WHERE invitation_id = ? AND invitation_id <> '' AND tenant_id = ? AND kind = ? AND expires_at > ? AND ended_at IS NULL`,
		[]any{invitationID, tenantID, string(Guest), now}, &n)
	return n > 0, err
}

func (s store) living(ctx context.Context, id string, now time.Time) (bool, error) {
	var n int64
	err := database.From(ctx, s.db).Model(&row{}).
		Where("id = ? AND expires_at > ? AND ends_at > ? AND ended_at IS NULL", id, now, now).Count(&n).Error
	return n == 1, database.Translate(err)
}

func (s store) insertCode(ctx context.Context, c codeRow) error {
	return database.Translate(database.From(ctx, s.db).Create(&c).Error)
}

// takeCode deletes a code and returns it: the one call whose statement deletes
// the row has it.
func (s store) takeCode(ctx context.Context, hash, purpose string, now time.Time) (c codeRow, err error) {
	found := database.From(ctx, s.db).
		Raw("DELETE FROM one_time_codes WHERE code_hash = ? AND purpose = ? AND expires_at > ? RETURNING *", hash, purpose, now).Scan(&c)
	if found.Error == nil && c.CodeHash == "" {
		return c, database.ErrNotFound
	}
	return c, database.Translate(found.Error)
}

// sweep deletes sessions that were over before a moment, and codes that are over
// now: nobody is told anything about those.
func (s store) sweep(ctx context.Context, before, now time.Time) error {
	g := database.From(ctx, s.db)
	if err := g.Where("ends_at < ? OR expires_at < ?", before, before).Delete(&row{}).Error; err != nil {
		return database.Translate(err)
	}
	return database.Translate(g.Where("expires_at < ?", now).Delete(&codeRow{}).Error)
}
