package roster

import (
	"context"
	"database/sql"
	"time"

	"usher/database"
	"usher/lti"
)

// The queries of fetching rosters. Those of reading them are in
// store_suggest.go.

// rosterRow is what decides whether a roster is fetched.
type rosterRow struct {
	url        string
	dueAt      time.Time
	failures   int
	platformID string
}

func (s store) roster(ctx context.Context, tenantID, courseID string) (rosterRow, error) {
	var r rosterRow
	err := database.QueryOne(ctx, s.db, `SELECT r.url, r.due_at, r.failures, t.platform_id
		FROM course_rosters r JOIN tenants t ON t.id = r.tenant_id
		WHERE r.course_id = ? AND r.tenant_id = ?`, []any{courseID, tenantID}, &r.url, &r.dueAt, &r.failures, &r.platformID)
	return r, translated(err)
}

// putRoster notes where a roster is, due at once: since its course exists. Where
// another process noted the same address first, its row stays as it is.
func (s store) putRoster(ctx context.Context, w Wanted) error {
	_, err := database.Exec(ctx, s.db, `INSERT INTO course_rosters (course_id, tenant_id, url, due_at, wanted_at)
		SELECT c.id, c.tenant_id, CAST(? AS TEXT), c.created_at, c.created_at FROM courses c WHERE c.id = ? AND c.tenant_id = ?
		ON CONFLICT (course_id) DO UPDATE SET url = excluded.url, due_at = excluded.due_at WHERE course_rosters.url <> excluded.url`, w.URL, w.CourseID, w.TenantID)
	return translated(err)
}

// failedRosters returns rosters to try again.
func (s store) failedRosters(ctx context.Context, now, wantedSince time.Time, limit int) (list []job, err error) {
	err = database.Query(ctx, s.db, func(row database.Row) error {
		var j job
		err := row.Scan(&j.TenantID, &j.CourseID, &j.URL, &j.platformID)
		list = append(list, j)
		return err
	}, `SELECT r.tenant_id, r.course_id, r.url, t.platform_id
		FROM course_rosters r JOIN tenants t ON t.id = r.tenant_id JOIN platforms p ON p.id = t.platform_id
		WHERE r.failures > 0 AND r.due_at <= ? AND r.wanted_at > ? AND p.disabled_at IS NULL
		ORDER BY r.due_at LIMIT ?`, now, wantedSince, limit)
	return list, translated(err)
}

// claimRoster tells whether this process may fetch the roster now.
func (s store) claimRoster(ctx context.Context, j job, now, until time.Time) (bool, error) {
	statement := `UPDATE course_rosters SET claimed_until = ?
		WHERE course_id = ? AND tenant_id = ? AND url = ? AND due_at <= ? AND (claimed_until IS NULL OR claimed_until <= ?)`
	args := []any{until, j.CourseID, j.TenantID, j.URL, now, now}
	if j.wanted {
		statement = `UPDATE course_rosters SET claimed_until = ?, wanted_at = ?
		WHERE course_id = ? AND tenant_id = ? AND url = ? AND due_at <= ? AND (claimed_until IS NULL OR claimed_until <= ?)`
		args = []any{until, now, j.CourseID, j.TenantID, j.URL, now, now}
	}
	n, err := database.Exec(ctx, s.db, statement, args...)
	return n == 1, translated(err)
}

// releaseRoster gives a claim back that led to nothing.
func (s store) releaseRoster(ctx context.Context, j job) error {
	_, err := database.Exec(ctx, s.db, `UPDATE course_rosters SET claimed_until = NULL WHERE course_id = ? AND tenant_id = ?`, j.CourseID, j.TenantID)
	return translated(err)
}

// rosterFailed counts a failure and sets the next try. The pause is made of the
// count in the row, which nobody else changes while the claim holds.
func (s store) rosterFailed(ctx context.Context, j job, e *lti.ServiceError, now time.Time) error {
	var failures int
	err := database.QueryOne(ctx, s.db, `UPDATE course_rosters
		SET failures = failures + 1, failed_at = ?, error_code = ?, error_status = ?, error_words = ?
		WHERE course_id = ? AND tenant_id = ? RETURNING failures`,
		[]any{now, e.Code, e.Status, e.Words, j.CourseID, j.TenantID}, &failures)
	if err != nil {
		return translated(err)
	}
	_, err = database.Exec(ctx, s.db, `UPDATE course_rosters
		SET due_at = CASE WHEN url = ? THEN ? ELSE due_at END, claimed_until = NULL WHERE course_id = ? AND tenant_id = ?`,
		j.URL, now.Add(pauseAfter(failures, e.RetryAfter)), j.CourseID, j.TenantID)
	return translated(err)
}

func (s store) rosterFetched(ctx context.Context, j job, people int, now time.Time) error {
	_, err := database.Exec(ctx, s.db, `UPDATE course_rosters
		SET fetched_at = ?, people = ?, due_at = CASE WHEN url = ? THEN ? ELSE due_at END, claimed_until = NULL,
			failures = 0, failed_at = NULL, error_code = '', error_status = 0, error_words = ''
		WHERE course_id = ? AND tenant_id = ?`, now, people, j.URL, now.Add(refreshAfter), j.CourseID, j.TenantID)
	return translated(err)
}

const listedColumns = `r.id, r.sub, r.name, r.given_name, r.family_name, r.email, r.email_key, r.search_key`

func (l *listed) fields() []any {
	return []any{&l.ID, &l.Subject, &l.Name, &l.GivenName, &l.FamilyName, &l.Email, &l.EmailKey, &l.SearchKey}
}

// listedPeople returns who is on the stored roster and not gone, by subject.
func (s store) listedPeople(ctx context.Context, j job) (map[string]listed, error) {
	known := map[string]listed{}
	err := database.Query(ctx, s.db, func(row database.Row) error {
		var l listed
		err := row.Scan(l.fields()...)
		known[l.Subject] = l
		return err
	}, `SELECT `+listedColumns+` FROM roster_members r WHERE r.course_id = ? AND r.tenant_id = ? AND r.gone_at IS NULL`, j.CourseID, j.TenantID)
	return known, translated(err)
}

// putListed writes people, given as a JSON list; the databases differ in how
// they read one. Who was gone is back.
func (s store) putListed(ctx context.Context, j job, people string) error {
	source := `SELECT CAST(? AS TEXT), CAST(? AS TEXT), value->>'id', value->>'sub', value->>'name', value->>'given_name',
		value->>'family_name', value->>'email', value->>'email_key', value->>'search_key' FROM json_each(?) WHERE true`
	if s.db.Dialect() == database.Postgres {
		source = `SELECT CAST(? AS TEXT), CAST(? AS TEXT), id, sub, name, given_name, family_name, email, email_key, search_key
			FROM jsonb_to_recordset(CAST(? AS JSONB)) AS p (id TEXT, sub TEXT, name TEXT, given_name TEXT, family_name TEXT, email TEXT, email_key TEXT, search_key TEXT)`
	}
	_, err := database.Exec(ctx, s.db, `INSERT INTO roster_members
		(course_id, tenant_id, id, sub, name, given_name, family_name, email, email_key, search_key) `+source+`
		ON CONFLICT (course_id, sub) DO UPDATE SET name = excluded.name, given_name = excluded.given_name,
			family_name = excluded.family_name, email = excluded.email, email_key = excluded.email_key,
			search_key = excluded.search_key, gone_at = NULL`, j.CourseID, j.TenantID, people)
	return translated(err)
}

// dropListed takes people off, given as a JSON list of subjects. Of those who
// launched the course the fact remains, so that they are not suggested for
// their launch.
func (s store) dropListed(ctx context.Context, j job, subjects string, now time.Time) error {
	among := `sub IN (SELECT value FROM json_each(?))`
	if s.db.Dialect() == database.Postgres {
		among = `sub IN (SELECT jsonb_array_elements_text(CAST(? AS JSONB)))`
	}
	if _, err := database.Exec(ctx, s.db, `UPDATE roster_members
		SET gone_at = ?, name = '', given_name = '', family_name = '', email = '', email_key = '', search_key = ''
		WHERE course_id = ? AND tenant_id = ? AND `+among+` AND EXISTS (
			SELECT 1 FROM people p JOIN course_members m ON m.person_id = p.id AND m.course_id = roster_members.course_id
			WHERE p.tenant_id = roster_members.tenant_id AND p.sub = roster_members.sub)`,
		now, j.CourseID, j.TenantID, subjects); err != nil {
		return translated(err)
	}
	_, err := database.Exec(ctx, s.db, `DELETE FROM roster_members WHERE course_id = ? AND tenant_id = ? AND gone_at IS NULL AND `+among,
		j.CourseID, j.TenantID, subjects)
	return translated(err)
}

// dropOldRosters forgets people of all tenants: time knows none. What is just
// being fetched is left alone.
func (s store) dropOldRosters(ctx context.Context, now, before time.Time) error {
	_, err := database.Exec(ctx, s.db, `DELETE FROM roster_members WHERE course_id IN (
		SELECT course_id FROM course_rosters
		WHERE (fetched_at IS NULL OR fetched_at <= ?) AND (claimed_until IS NULL OR claimed_until <= ?))`, before, now)
	return translated(err)
}

// health sums the rosters of each platform up. The words are those of the
// failure that came last.
func (s store) health(ctx context.Context) (list []PlatformHealth, err error) {
	err = database.Query(ctx, s.db, func(row database.Row) error {
		var h PlatformHealth
		var good, failed sql.NullTime
		err := row.Scan(&h.PlatformID, &h.Courses, &h.Failing, &good, &failed, &h.Code, &h.Status, &h.Words)
		h.LastGood, h.LastFailed = moment(good), moment(failed)
		list = append(list, h)
		return err
	}, `WITH rosters AS (
			SELECT t.platform_id, r.*, ROW_NUMBER() OVER (PARTITION BY t.platform_id ORDER BY CASE WHEN r.failures > 0 THEN 0 ELSE 1 END, r.failed_at DESC) AS place
			FROM course_rosters r JOIN tenants t ON t.id = r.tenant_id
		), sums AS (
			SELECT platform_id, COUNT(*) AS courses, SUM(CASE WHEN failures > 0 THEN 1 ELSE 0 END) AS failing
			FROM rosters GROUP BY platform_id
		)
		SELECT s.platform_id, s.courses, s.failing,
			(SELECT g.fetched_at FROM rosters g WHERE g.platform_id = s.platform_id AND g.fetched_at IS NOT NULL ORDER BY g.fetched_at DESC LIMIT 1),
			w.failed_at, w.error_code, w.error_status, w.error_words
		FROM sums s JOIN rosters w ON w.platform_id = s.platform_id AND w.place = 1
		ORDER BY s.platform_id`)
	return list, translated(err)
}

func moment(t sql.NullTime) *time.Time {
	if !t.Valid {
		return nil
	}
	at := t.Time.UTC()
	return &at
}
