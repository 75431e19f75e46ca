package live

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"usher/database"
	"usher/media"
)

// store keeps all queries of the package.
type store struct{ db *database.DB }

func (st store) in(ctx context.Context, tenantID, entryID string) *gorm.DB {
	return database.From(ctx, st.db).Where("tenant_id = ? AND entry_id = ?", tenantID, entryID)
}

func (st store) attendee(ctx context.Context, tenantID, entryID, id string) (Attendee, error) {
	var a Attendee
	err := st.in(ctx, tenantID, entryID).Where("id = ?", id).Take(&a).Error
	return a, database.Translate(err)
}

// attendeeOf finds a member's attendee, or with an empty person a guest's.
func (st store) attendeeOf(ctx context.Context, tenantID, entryID, personID, invitationID string) (Attendee, error) {
	column, who := "person_id", personID
	if personID == "" {
		column, who = "invitation_id", invitationID
	}
	var a Attendee
	err := database.QueryOne(ctx, st.db, `SELECT id, tenant_id, entry_id, person_id, invitation_id, name, role, removed_at, created_at, updated_at
		FROM attendees WHERE tenant_id = ? AND entry_id = ? AND `+column+` = ?`, []any{tenantID, entryID, who},
		&a.ID, &a.TenantID, &a.EntryID, &a.PersonID, &a.InvitationID, &a.Name, &a.Role, &a.RemovedAt, &a.CreatedAt, &a.UpdatedAt)
	return a, err
}

func (st store) attendees(ctx context.Context, tenantID, entryID string, ids []string) (map[string]Attendee, error) {
	found := map[string]Attendee{}
	if len(ids) == 0 {
		return found, nil
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for chunk := range slices.Chunk(ids, 500) {
		var rows []Attendee
		err := st.in(ctx, tenantID, entryID).Where("id IN ?", chunk).Find(&rows).Error
		if err != nil {
			return nil, database.Translate(err)
		}
		for _, a := range rows {
			found[a.ID] = a
		}
	}
	return found, nil
}

// insertAttendee says whether the row is new; of several at once one is.
func (st store) insertAttendee(ctx context.Context, a Attendee) (bool, error) {
	res := database.From(ctx, st.db).Clauses(clause.OnConflict{DoNothing: true}).Create(&a)
	return res.RowsAffected == 1, database.Translate(res.Error)
}

func (st store) change(ctx context.Context, a Attendee, now time.Time, values map[string]any, where ...any) (bool, error) {
	values["updated_at"] = now
	q := st.in(ctx, a.TenantID, a.EntryID).Model(&Attendee{}).Where("id = ? AND removed_at IS NULL", a.ID)
	if len(where) > 0 {
		q = q.Where(where[0], where[1:]...)
	}
	res := q.Updates(values)
	return res.RowsAffected == 1, database.Translate(res.Error)
}

func (st store) rename(ctx context.Context, a Attendee, name string, now time.Time) error {
	_, err := st.change(ctx, a, now, map[string]any{"name": name})
	return err
}

// raise says whether the role rose: the statement compares with what is stored now.
func (st store) raise(ctx context.Context, a Attendee, role media.AttendeeRole, now time.Time) (bool, error) {
	var lower []media.AttendeeRole
	for _, r := range []media.AttendeeRole{media.Viewer, media.Speaker, media.Moderator, media.Host} {
		if !r.AtLeast(role) {
			lower = append(lower, r)
		}
	}
	if len(lower) == 0 {
		return false, nil
	}
	return st.change(ctx, a, now, map[string]any{"role": role}, "role IN ?", lower)
}

func (st store) setRole(ctx context.Context, a Attendee, role media.AttendeeRole, now time.Time) (bool, error) {
	return st.change(ctx, a, now, map[string]any{"role": role}, "role <> ?", role)
}

func (st store) remove(ctx context.Context, a Attendee, now time.Time) (bool, error) {
	return st.change(ctx, a, now, map[string]any{"removed_at": now, "role": media.Viewer})
}

type roomRow struct {
	EntryID  string `gorm:"primaryKey"`
	TenantID string
	Seq      int64
}

// TableName names the table for GORM.
func (roomRow) TableName() string { return "live_rooms" }

// nextSeq gives out the entry's next number and holds the counter's row until the transaction
// ends. The first call makes the row.
func (st store) nextSeq(ctx context.Context, tenantID, entryID string) (int64, error) {
	for range 2 {
		row := roomRow{}
		res := st.in(ctx, tenantID, entryID).Model(&row).
			Clauses(clause.Returning{Columns: []clause.Column{{Name: "seq"}}}).
			UpdateColumn("seq", gorm.Expr("seq + 1"))
		if res.Error != nil {
			return 0, database.Translate(res.Error)
		}
		if res.RowsAffected == 1 {
			return row.Seq, nil
		}
		err := database.From(ctx, st.db).Clauses(clause.OnConflict{DoNothing: true}).
			Create(&roomRow{EntryID: entryID, TenantID: tenantID}).Error
		if err != nil {
			return 0, database.Translate(err)
		}
	}
	return 0, database.ErrNotFound
}

// topSeq is the entry's last number, 0 before the first event.
func (st store) topSeq(ctx context.Context, tenantID, entryID string) (int64, error) {
	var top int64
	err := database.QueryOne(ctx, st.db, `SELECT seq FROM live_rooms WHERE tenant_id = ? AND entry_id = ?`, []any{tenantID, entryID}, &top)
	if errors.Is(err, database.ErrNotFound) {
		return 0, nil
	}
	return top, err
}

// tops reads the last numbers of many rooms at once, for the pump.
func (st store) tops(ctx context.Context, tenantIDs, entryIDs []string) ([]roomRow, error) {
	var rows []roomRow
	for chunk := range slices.Chunk(entryIDs, 500) {
		var some []roomRow
		err := database.From(ctx, st.db).Where("tenant_id IN ? AND entry_id IN ?", tenantIDs, chunk).Find(&some).Error
		if err != nil {
			return nil, database.Translate(err)
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

func (st store) insertEvent(ctx context.Context, e eventRow) error {
	return database.Translate(database.From(ctx, st.db).Create(&e).Error)
}

func (st store) eventByDedupe(ctx context.Context, tenantID, entryID, dedupe string) (eventRow, error) {
	var e eventRow
	err := st.in(ctx, tenantID, entryID).Where("dedupe = ?", dedupe).Take(&e).Error
	return e, database.Translate(err)
}

// window is a stretch of a room's events; no audiences means all of them.
type window struct {
	tenantID, entryID string
	audiences         []string
	after, upTo       int64
	limit             int
}

func (st store) events(ctx context.Context, w window) ([]eventRow, error) {
	q := st.in(ctx, w.tenantID, w.entryID).Where("seq > ? AND seq <= ?", w.after, w.upTo)
	if w.audiences != nil {
		q = q.Where("audience IN ?", w.audiences)
	}
	var rows []eventRow
	err := q.Order("seq").Limit(w.limit).Find(&rows).Error
	return rows, database.Translate(err)
}

// latest reads the newest messages, oldest first, and what pages show of their authors.
func (st store) latest(ctx context.Context, w window) (rows []eventRow, authors map[string]Attendee, err error) {
	authors = map[string]Attendee{}
	audiences := append(slices.Clone(w.audiences), "", "", "")[:3] // at most all, one's own, staff
	err = database.Query(ctx, st.db, func(row database.Row) error {
		e := eventRow{EntryID: w.entryID, TenantID: w.tenantID}
		var a Attendee
		var id, name sql.NullString
		err := row.Scan(&e.Seq, &e.Audience, &e.Kind, &e.AttendeeID, &e.Data, &e.CreatedAt, &id, &name, &a.InvitationID)
		if a.ID, a.Name = id.String, name.String; id.Valid {
			authors[a.ID] = a
		}
		rows = append(rows, e)
		return err
	}, `SELECT e.seq, e.audience, e.kind, e.attendee_id, e.data, e.created_at, a.id, a.name, a.invitation_id
		FROM live_events e
		LEFT JOIN attendees a ON a.id = e.attendee_id AND a.tenant_id = e.tenant_id AND a.entry_id = e.entry_id
		WHERE e.tenant_id = ? AND e.entry_id = ? AND e.seq <= ? AND e.kind = ? AND e.audience IN (?, ?, ?)
		ORDER BY e.seq DESC LIMIT ?`,
		w.tenantID, w.entryID, w.upTo, string(Chat), audiences[0], audiences[1], audiences[2], w.limit)
	slices.Reverse(rows)
	return rows, authors, err
}
