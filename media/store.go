package media

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"usher/database"
)

// store is the package's access to the tables entries and resource_links. Apart
// from the sweeps of the clock and the trash, every query names its tenant.
type store struct{ db *database.DB }

func (s store) inTx(ctx context.Context, fn func(context.Context) error) error {
	return database.InTx(ctx, s.db, fn)
}

// translated turns what a missing row or a missing parent row makes the
// database say into ErrNotFound.
func translated(err error) error {
	err = database.Translate(err)
	if errors.Is(err, database.ErrNotFound) || errors.Is(err, database.ErrForeignKey) {
		return ErrNotFound
	}
	return err
}

// isID keeps what cannot be an id of ours from the database: PostgreSQL answers
// bytes that are no text with an error instead of "not found".
func isID(id string) bool {
	for _, r := range id {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

func (s store) insertEntry(ctx context.Context, e Entry) error {
	return translated(database.From(ctx, s.db).Create(&e).Error)
}

func (s store) entry(ctx context.Context, tenantIDs []string, id string) (Entry, error) {
	if !isID(id) {
		return Entry{}, ErrNotFound
	}
	for _, tenantID := range tenantIDs { // one, but for browsers that are signed in at several platforms
		e, err := s.entryOf(ctx, tenantID, id)
		if !errors.Is(err, database.ErrNotFound) {
			return e, err
		}
	}
	return Entry{}, ErrNotFound
}

const entryColumns = `id, tenant_id, course_id, kind, title, description, time_zone, starts_at, ends_at, always_open, chat,
	opens_itself, published, opened_at, ended_at, created_by, created_at, updated_at, deleted_at`

func (s store) entryOf(ctx context.Context, tenantID, id string) (Entry, error) {
	var e Entry
	err := database.QueryOne(ctx, s.db, `SELECT `+entryColumns+` FROM entries WHERE id = ? AND tenant_id = ?`, []any{id, tenantID},
		&e.ID, &e.TenantID, &e.CourseID, &e.Kind, &e.Title, &e.Description, &e.TimeZone, &e.StartsAt, &e.EndsAt, &e.AlwaysOpen, &e.Chat,
		&e.OpensItself, &e.Published, &e.OpenedAt, &e.EndedAt, &e.CreatedBy, &e.CreatedAt, &e.UpdatedAt, &e.DeletedAt)
	return e.utc(), err
}

func (s store) entries(ctx context.Context, tenantID, courseID string) ([]Entry, error) {
	q := database.From(ctx, s.db).Where("tenant_id = ? AND course_id = ? AND deleted_at IS NULL", tenantID, courseID)
	return list(q.Order("CASE WHEN starts_at IS NULL THEN 1 ELSE 0 END, starts_at, title, id"))
}

func (s store) deleted(ctx context.Context, tenantID, courseID string, since time.Time) ([]Entry, error) {
	q := database.From(ctx, s.db).Where("tenant_id = ? AND course_id = ? AND deleted_at > ?", tenantID, courseID, since)
	return list(q.Order("deleted_at DESC, id"))
}

func (s store) due(ctx context.Context, cutoff time.Time, limit int) ([]Entry, error) {
	return list(database.From(ctx, s.db).Where(overdue, cutoff, cutoff).Order("ends_at, id").Limit(limit))
}

// overdue selects what the clock may end, given twice the latest planned end.
const overdue = `ended_at IS NULL AND ends_at <= ? AND (opened_at IS NULL OR opened_at <= ?)
	AND deleted_at IS NULL AND NOT always_open AND kind IN ('room', 'webcast', 'simulive', 'diy_live')`

func list(q *gorm.DB) ([]Entry, error) {
	var es []Entry
	if err := q.Find(&es).Error; err != nil {
		return nil, translated(err)
	}
	for i := range es {
		es[i] = es[i].utc()
	}
	return es, nil
}

// updateEntry changes an entry that is not deleted and for which the further
// conditions hold; it reports whether it changed one.
func (s store) updateEntry(ctx context.Context, tenantID, id string, fields map[string]any, where ...any) (bool, error) {
	if !isID(id) {
		return false, ErrNotFound
	}
	q := database.From(ctx, s.db).Model(&Entry{}).Where("id = ? AND tenant_id = ? AND deleted_at IS NULL", id, tenantID)
	if len(where) > 0 {
		q = q.Where(where[0], where[1:]...)
	}
	return changed(q.Updates(fields))
}

func changed(q *gorm.DB) (bool, error) {
	return q.RowsAffected > 0, translated(q.Error)
}

// open marks an entry as opened unless it is open by the hand of a host. An end
// is forgotten, so that the clock's index covers all that runs.
func (s store) open(ctx context.Context, tenantID, id string, now time.Time) (bool, error) {
	fields := map[string]any{"opened_at": now, "ended_at": nil, "updated_at": now}
	return s.updateEntry(ctx, tenantID, id, fields, "opened_at IS NULL OR ended_at IS NOT NULL")
}

// reschedule takes back the acts of a session that is over.
func (s store) reschedule(ctx context.Context, tenantID, id string) error {
	_, err := s.updateEntry(ctx, tenantID, id, map[string]any{"opened_at": nil, "ended_at": nil}, "ended_at IS NOT NULL")
	return err
}

func (s store) endDue(ctx context.Context, tenantID, id string, now time.Time) (bool, error) {
	cutoff := now.Add(-ClockGrace)
	return s.updateEntry(ctx, tenantID, id, map[string]any{"ended_at": now, "updated_at": now}, overdue, cutoff, cutoff)
}

func (s store) restore(ctx context.Context, tenantID, id string, now time.Time) (bool, error) {
	if !isID(id) {
		return false, ErrNotFound
	}
	return changed(database.From(ctx, s.db).Model(&Entry{}).
		Where("id = ? AND tenant_id = ? AND deleted_at > ?", id, tenantID, now.Add(-TrashLifetime)).
		Updates(map[string]any{"deleted_at": nil, "updated_at": now}))
}

func (s store) purge(ctx context.Context, before time.Time) (int64, error) {
	q := database.From(ctx, s.db).Where("deleted_at <= ?", before).Delete(&Entry{})
	return q.RowsAffected, translated(q.Error)
}

// The columns by which a link is found.
const (
	byOurID      = "id"
	byPlatformID = "resource_link_id"
)

func (s store) link(ctx context.Context, tenantID, courseID, column, value string) (Link, error) {
	var l Link
	err := database.QueryOne(ctx, s.db, `SELECT id, tenant_id, course_id, resource_link_id, title, entry_id
		FROM resource_links WHERE tenant_id = ? AND course_id = ? AND `+column+` = ?`, []any{tenantID, courseID, value},
		&l.ID, &l.TenantID, &l.CourseID, &l.ResourceLinkID, &l.Title, &l.EntryID)
	return l, translated(err)
}

// insertLink does nothing where the link exists by now.
func (s store) insertLink(ctx context.Context, l Link) error {
	return translated(database.From(ctx, s.db).Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "course_id"}, {Name: "resource_link_id"}}, DoNothing: true,
	}).Create(&l).Error)
}

func (s store) renameLink(ctx context.Context, l Link) error {
	return translated(database.From(ctx, s.db).Model(&Link{}).Where("id = ? AND tenant_id = ?", l.ID, l.TenantID).
		Updates(map[string]any{"title": l.Title, "updated_at": l.UpdatedAt}).Error)
}

// bindLink lets an unset link show an entry of its course, by one statement that
// decides who of two comes first.
func (s store) bindLink(ctx context.Context, l Link, entryID string, now time.Time) (bool, error) {
	if !isID(entryID) {
		return false, ErrNotFound
	}
	db := database.From(ctx, s.db)
	own := db.Model(&Entry{}).Select("1").
		Where("id = ? AND tenant_id = ? AND course_id = ? AND deleted_at IS NULL", entryID, l.TenantID, l.CourseID)
	return changed(db.Model(&Link{}).
		Where("id = ? AND tenant_id = ? AND course_id = ? AND entry_id IS NULL", l.ID, l.TenantID, l.CourseID).
		Where("EXISTS (?)", own).
		Updates(map[string]any{"entry_id": entryID, "updated_at": now}))
}

// nameLink lets a link show the entry of its course that it names.
func (s store) nameLink(ctx context.Context, l Link, now time.Time) error {
	_, err := database.Exec(ctx, s.db, `UPDATE resource_links SET entry_id = ?, updated_at = ? WHERE id = ? AND tenant_id = ? AND course_id = ?
		AND EXISTS (SELECT 1 FROM entries e WHERE e.id = ? AND e.tenant_id = ? AND e.course_id = ?)`,
		*l.EntryID, now, l.ID, l.TenantID, l.CourseID, *l.EntryID, l.TenantID, l.CourseID)
	return err
}

// utc gives the times that PostgreSQL returns in the server's zone back theirs.
func (e Entry) utc() Entry {
	e.CreatedAt, e.UpdatedAt = e.CreatedAt.UTC(), e.UpdatedAt.UTC()
	e.StartsAt, e.EndsAt = stored(e.StartsAt), stored(e.EndsAt)
	e.OpenedAt, e.EndedAt, e.DeletedAt = stored(e.OpenedAt), stored(e.EndedAt), stored(e.DeletedAt)
	return e
}
