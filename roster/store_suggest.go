package roster

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"usher/database"
)

// search is what to look for among the people of a course.
type search struct {
	tenantID, courseID string
	words              []string
	address            string    // the beginning of one, in place of words; "" for none
	fresh              time.Time // rosters fetched before are not believed
	limit              int
}

// matching is the condition and the order of a search over the columns of a
// table, with their arguments. Its texts differ by the number of words alone,
// which is small. Words that begin a word of the key come before those within.
func (s search) matching(table string) (condition, order string, args, orderArgs []any) {
	if s.address != "" {
		return table + `.email_key LIKE ? ESCAPE '!'`, "", []any{like.Replace(s.address) + "%"}, nil
	}
	var conditions, misses []string
	for _, w := range s.words {
		conditions = append(conditions, table+`.search_key LIKE ? ESCAPE '!'`)
		misses = append(misses, `CASE WHEN ' ' || `+table+`.search_key LIKE ? ESCAPE '!' THEN 0 ELSE 1 END`)
		args = append(args, "%"+like.Replace(w)+"%")
		orderArgs = append(orderArgs, "% "+like.Replace(w)+"%")
	}
	return strings.Join(conditions, " AND "), strings.Join(misses, " + ") + ", ", args, orderArgs
}

// like escapes what LIKE would take for a wildcard.
var like = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// launched finds people who launched the course. Where its roster is fresh,
// they must be on it, or have come after it was fetched, or be staff that the
// platform never lists, as Moodle does with administrators.
//
// The tenant is compared as an expression and the roster asked row by row: while
// PostgreSQL does not know yet how large tables are, it would join them by
// reading all of one for each row of the other.
func (s store) launched(ctx context.Context, q search) (people []Person, err error) {
	condition, order, args, orderArgs := q.matching("p")
	args = append([]any{q.courseID, q.tenantID}, args...)
	var fetched time.Time
	err = database.QueryOne(ctx, s.db, `SELECT fetched_at FROM course_rosters WHERE course_id = ? AND tenant_id = ? AND fetched_at > ?`,
		[]any{q.courseID, q.tenantID, q.fresh}, &fetched)
	switch {
	case err == nil:
		args = append(args, fetched.UTC())
		condition += ` AND CASE (SELECT CASE WHEN r.gone_at IS NULL THEN 'on' ELSE 'off' END FROM roster_members r WHERE r.course_id = m.course_id AND r.sub = p.sub)
			WHEN 'on' THEN TRUE WHEN 'off' THEN FALSE ELSE m.course_role <> 'none' OR m.created_at > ? END`
	case !errors.Is(err, database.ErrNotFound):
		return nil, translated(err)
	}
	args = append(append(args, orderArgs...), q.limit)
	err = database.Query(ctx, s.db, func(row database.Row) error {
		var p Person
		err := row.Scan(p.fields()...)
		people = append(people, p)
		return err
	}, `SELECT `+personColumns+` FROM course_members m
		JOIN people p ON p.id = m.person_id AND p.tenant_id || '' = m.tenant_id
		WHERE m.course_id = ? AND m.tenant_id = ? AND `+condition+`
		ORDER BY `+order+`p.search_key, p.id LIMIT ?`, args...)
	return people, translated(err)
}

// onRoster finds people of the course's roster, if it is fresh. Who is a person
// of ours already has that id, and what their own launches said where they said
// anything.
func (s store) onRoster(ctx context.Context, q search) (people []Person, err error) {
	condition, order, args, orderArgs := q.matching("r")
	args = append([]any{q.courseID, q.tenantID, q.fresh}, args...)
	args = append(append(args, orderArgs...), q.limit)
	// The best first, then whom we know of them: looking everybody up who fits two
	// letters takes longer than finding them.
	err = database.Query(ctx, s.db, scanListed(q.tenantID, &people), `SELECT `+listedColumns+`, `+knownColumns+` FROM (
			SELECT r.* FROM course_rosters c JOIN roster_members r ON r.course_id = c.course_id AND r.tenant_id = c.tenant_id
			WHERE c.course_id = ? AND c.tenant_id = ? AND c.fetched_at > ? AND r.gone_at IS NULL AND `+condition+`
			ORDER BY `+order+`r.search_key, r.id LIMIT ?) r
		LEFT JOIN people p ON p.tenant_id = r.tenant_id AND p.sub = r.sub`, args...)
	return people, translated(err)
}

// listedByAddress finds people of any fresh roster of the tenant.
func (s store) listedByAddress(ctx context.Context, tenantID, key string, fresh time.Time) (people []Person, err error) {
	err = database.Query(ctx, s.db, scanListed(tenantID, &people), `SELECT `+listedColumns+`, `+knownColumns+` FROM roster_members r
		JOIN course_rosters c ON c.course_id = r.course_id AND c.tenant_id = r.tenant_id
		LEFT JOIN people p ON p.tenant_id = r.tenant_id AND p.sub = r.sub
		WHERE r.tenant_id = ? AND r.email_key = ? AND r.email_key <> '' AND r.gone_at IS NULL AND c.fetched_at > ?
		ORDER BY r.id LIMIT 20`, tenantID, key, fresh)
	return people, translated(err)
}

// ours finds people of the whole tenant.
func (s store) ours(ctx context.Context, q search) (people []Person, err error) {
	condition, order, args, orderArgs := q.matching("p")
	args = append(append(append([]any{q.tenantID}, args...), orderArgs...), q.limit)
	err = database.Query(ctx, s.db, func(row database.Row) error {
		var p Person
		err := row.Scan(p.fields()...)
		people = append(people, p)
		return err
	}, `SELECT `+personColumns+` FROM people p WHERE p.tenant_id = ? AND `+condition+` ORDER BY `+order+`p.search_key, p.id LIMIT ?`, args...)
	return people, translated(err)
}

// listedByWords finds people of any fresh roster of the tenant.
func (s store) listedByWords(ctx context.Context, q search) (people []Person, err error) {
	condition, order, args, orderArgs := q.matching("r")
	args = append([]any{q.tenantID, q.fresh}, args...)
	args = append(append(args, orderArgs...), q.limit)
	err = database.Query(ctx, s.db, scanListed(q.tenantID, &people), `SELECT `+listedColumns+`, `+knownColumns+` FROM roster_members r
		JOIN course_rosters c ON c.course_id = r.course_id AND c.tenant_id = r.tenant_id
		LEFT JOIN people p ON p.tenant_id = r.tenant_id AND p.sub = r.sub
		WHERE r.tenant_id = ? AND c.fetched_at > ? AND r.gone_at IS NULL AND `+condition+`
		ORDER BY `+order+`r.search_key, r.id LIMIT ?`, args...)
	return people, translated(err)
}

// listedMember returns somebody of a roster of the tenant by the row's id, and
// the roster's course.
func (s store) listedMember(ctx context.Context, tenantID, id string, fresh time.Time) (p Person, courseID string, err error) {
	var l listed
	if !isID(id) {
		return p, "", ErrNotFound
	}
	err = database.QueryOne(ctx, s.db, `SELECT `+listedColumns+`, r.course_id FROM roster_members r
		JOIN course_rosters c ON c.course_id = r.course_id AND c.tenant_id = r.tenant_id
		WHERE r.id = ? AND r.tenant_id = ? AND r.gone_at IS NULL AND c.fetched_at > ?`,
		[]any{id, tenantID, fresh}, append(l.fields(), &courseID)...)
	return l.person(tenantID), courseID, translated(err)
}

// listedAs returns how a fresh roster of the tenant lists a person of ours, that
// of the course if it does, and whose roster it is.
func (s store) listedAs(ctx context.Context, tenantID, courseID, subject string, fresh time.Time) (p Person, listedIn string, err error) {
	var l listed
	err = database.QueryOne(ctx, s.db, `SELECT `+listedColumns+`, r.course_id FROM roster_members r
		JOIN course_rosters c ON c.course_id = r.course_id AND c.tenant_id = r.tenant_id
		WHERE r.tenant_id = ? AND r.sub = ? AND r.gone_at IS NULL AND c.fetched_at > ?
		ORDER BY CASE WHEN r.course_id = ? THEN 0 ELSE 1 END, CASE WHEN r.email_key <> '' THEN 0 ELSE 1 END, r.id LIMIT 1`,
		[]any{tenantID, subject, fresh, courseID}, append(l.fields(), &listedIn)...)
	return l.person(tenantID), listedIn, translated(err)
}

// knownColumns are those of a person whom a roster lists, where they are ours.
const knownColumns = `p.id, p.name, p.given_name, p.family_name, p.email, p.email_key`

func scanListed(tenantID string, people *[]Person) func(database.Row) error {
	return func(row database.Row) error {
		var l listed
		var known [6]sql.NullString
		if err := row.Scan(append(l.fields(), &known[0], &known[1], &known[2], &known[3], &known[4], &known[5])...); err != nil {
			return err
		}
		p := l.person(tenantID)
		if known[0].Valid {
			ours := Person{
				ID: known[0].String, TenantID: tenantID, Subject: l.Subject, SearchKey: l.SearchKey,
				Name: known[1].String, GivenName: known[2].String, FamilyName: known[3].String, Email: known[4].String, EmailKey: known[5].String,
			}
			p = completed(ours, p)
		}
		*people = append(*people, p)
		return nil
	}
}

// adopt makes a person of ours of a row on a roster, and returns the id of
// whoever has its subject then: of two who do so at once both get one person.
func (s store) adopt(ctx context.Context, tenantID, id string, now time.Time) (personID string, err error) {
	var l listed
	if !isID(id) {
		return "", ErrNotFound
	}
	if err := database.QueryOne(ctx, s.db, `SELECT `+listedColumns+` FROM roster_members r WHERE r.id = ? AND r.tenant_id = ? AND r.gone_at IS NULL`,
		[]any{id, tenantID}, l.fields()...); err != nil {
		return "", translated(err)
	}
	p := l.person(tenantID)
	p.CreatedAt, p.UpdatedAt = now, now
	if _, err := s.insertPerson(ctx, p); err != nil {
		return "", err
	}
	err = database.QueryOne(ctx, s.db, `SELECT id FROM people WHERE tenant_id = ? AND sub = ?`, []any{tenantID, l.Subject}, &personID)
	return personID, translated(err)
}
