// Package visit reads at once what the page of an entry shows a member of its
// course, from the tables of media, roster, live and invite: five questions
// that each launch asks, in one. It decides nothing and writes nothing; what a
// row means its own package says. Who is no such member is not found here, and
// is asked about one by one.
package visit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"usher/database"
	"usher/live"
	"usher/media"
	"usher/roster"
)

// ErrNotFound means that there is no such entry in that course, or that the
// person never launched it.
var ErrNotFound = errors.New("visit: not found")

// Reader reads. Safe for parallel use.
type Reader struct{ db *database.DB }

// New returns a [Reader], or an error without a database.
func New(db *database.DB) (*Reader, error) {
	if db == nil {
		return nil, errors.New("visit.New: a database is required")
	}
	return &Reader{db: db}, nil
}

// Key names a member and an entry of their course.
type Key struct{ TenantID, CourseID, PersonID, EntryID string }

// Visit is an entry and what a member of its course is there. Times of making
// and changing rows are left out: no page shows them.
type Visit struct {
	Entry      media.Entry
	Membership roster.Membership
	// Attendee is zero for somebody who has no place yet; its Base is not set.
	Attendee live.Attendee
	// LastSeq is the room's last number, 0 before its first event.
	LastSeq int64
	// Invited says that an invitation is bound to this member here, whatever
	// has become of it.
	Invited bool
}

const query = `SELECT e.kind, e.title, e.description, e.time_zone, e.starts_at, e.ends_at, e.always_open, e.chat, e.opens_itself,
	e.published, e.opened_at, e.ended_at, e.created_by, e.deleted_at,
	m.course_role, p.name, p.given_name, p.family_name, c.title, c.label,
	a.id, a.name, a.role, a.removed_at, COALESCE(r.seq, 0),
	EXISTS (SELECT 1 FROM invitations i WHERE i.entry_id = e.id AND i.person_id = m.person_id)
FROM entries e
JOIN course_members m ON m.course_id = e.course_id AND m.person_id = ? AND m.tenant_id = e.tenant_id
JOIN people p ON p.id = m.person_id AND p.tenant_id = m.tenant_id
JOIN courses c ON c.id = m.course_id AND c.tenant_id = m.tenant_id
LEFT JOIN attendees a ON a.entry_id = e.id AND a.person_id = m.person_id AND a.tenant_id = e.tenant_id
LEFT JOIN live_rooms r ON r.entry_id = e.id AND r.tenant_id = e.tenant_id
WHERE e.id = ? AND e.tenant_id = ? AND e.course_id = ?`

// Member returns a member's visit, deleted entries included, or [ErrNotFound].
func (r *Reader) Member(ctx context.Context, k Key) (Visit, error) {
	if !isID(k.EntryID) {
		return Visit{}, ErrNotFound
	}
	v := Visit{Entry: media.Entry{ID: k.EntryID, TenantID: k.TenantID, CourseID: k.CourseID}}
	e, course := &v.Entry, &v.Membership.Course
	course.ID, course.TenantID = k.CourseID, k.TenantID
	person := roster.Person{ID: k.PersonID}
	var place struct{ id, name, role sql.NullString }
	err := database.QueryOne(ctx, r.db, query, []any{k.PersonID, k.EntryID, k.TenantID, k.CourseID},
		&e.Kind, &e.Title, &e.Description, &e.TimeZone, &e.StartsAt, &e.EndsAt, &e.AlwaysOpen, &e.Chat, &e.OpensItself,
		&e.Published, &e.OpenedAt, &e.EndedAt, &e.CreatedBy, &e.DeletedAt,
		&v.Membership.Role, &person.Name, &person.GivenName, &person.FamilyName, &course.Title, &course.Label,
		&place.id, &place.name, &place.role, &v.Attendee.RemovedAt, &v.LastSeq, &v.Invited)
	if errors.Is(err, database.ErrNotFound) {
		return Visit{}, ErrNotFound
	}
	if err != nil {
		return Visit{}, fmt.Errorf("read visit: %w", err)
	}
	// PostgreSQL returns times in the server's zone.
	for _, t := range []*time.Time{e.StartsAt, e.EndsAt, e.OpenedAt, e.EndedAt, e.DeletedAt, v.Attendee.RemovedAt} {
		if t != nil {
			*t = t.UTC()
		}
	}
	v.Membership.Name = person.DisplayName()
	if place.id.Valid {
		a := &v.Attendee
		a.ID, a.TenantID, a.EntryID, a.PersonID = place.id.String, k.TenantID, k.EntryID, &k.PersonID
		a.Name, a.Role = place.name.String, media.AttendeeRole(place.role.String)
	}
	return v, nil
}

// isID keeps what cannot be an id of ours from the database: PostgreSQL answers
// bytes that are no text with an error.
func isID(id string) bool {
	for _, r := range id {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}
