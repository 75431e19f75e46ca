package roster

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"usher/database"
	"usher/lti"
)

// store is the package's access to people, courses and course_members. Every
// query names its tenant.
type store struct{ db *database.DB }

// member is a row of course_members.
type member struct {
	CourseID   string `gorm:"primaryKey"`
	PersonID   string `gorm:"primaryKey"`
	TenantID   string
	CourseRole lti.CourseRole
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// TableName names the table of memberships.
func (member) TableName() string { return "course_members" }

// translated turns what a missing row makes the database say into ErrNotFound.
func translated(err error) error {
	err = database.Translate(err)
	if errors.Is(err, database.ErrNotFound) {
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

// known is what the database has of a launch: zero values where it has nothing.
type known struct {
	Person Person
	Course Course
	Role   lti.CourseRole
}

// knownQuery reads person, course and membership in one go, each where it
// exists.
const knownQuery = `SELECT p.id, p.name, p.given_name, p.family_name, p.email, p.email_key, p.search_key, p.locale,
	p.created_at, p.updated_at, c.id, c.title, c.label, c.created_at, c.updated_at, m.course_role,
	p.administrator
FROM (SELECT 1 AS one) AS launch
LEFT JOIN people p ON p.tenant_id = ? AND p.sub = ?
LEFT JOIN courses c ON c.tenant_id = ? AND c.context_id = ?
LEFT JOIN course_members m ON m.course_id = c.id AND m.person_id = p.id`

func (s store) known(ctx context.Context, tenantID, subject, contextID string) (known, error) {
	var (
		person [8]sql.NullString
		course [3]sql.NullString
		times  [4]sql.NullTime
		role   sql.NullString
		admin  sql.NullBool
	)
	err := database.QueryOne(ctx, s.db, knownQuery, []any{tenantID, subject, tenantID, contextID},
		&person[0], &person[1], &person[2], &person[3], &person[4], &person[5], &person[6], &person[7],
		&times[0], &times[1], &course[0], &course[1], &course[2], &times[2], &times[3], &role, &admin)
	if err != nil {
		return known{}, translated(err)
	}
	k := known{Role: lti.CourseRole(role.String)}
	if person[0].Valid {
		k.Person = Person{
			ID: person[0].String, TenantID: tenantID, Subject: subject,
			Name: person[1].String, GivenName: person[2].String, FamilyName: person[3].String,
			Email: person[4].String, EmailKey: person[5].String, SearchKey: person[6].String, Locale: person[7].String,
			Administrator: admin.Bool,
			CreatedAt:     times[0].Time.UTC(), UpdatedAt: times[1].Time.UTC(),
		}
	}
	if course[0].Valid {
		k.Course = Course{
			ID: course[0].String, TenantID: tenantID, ContextID: contextID, Title: course[1].String, Label: course[2].String,
			CreatedAt: times[2].Time.UTC(), UpdatedAt: times[3].Time.UTC(),
		}
	}
	return k, nil
}

// insertPerson reports a person whom a launch beside this one made first.
func (s store) insertPerson(ctx context.Context, p Person) (lost bool, err error) {
	return inserted(database.From(ctx, s.db).Clauses(unless("tenant_id", "sub")).Create(&p))
}

// insertCourse reports a course that a launch beside this one made first.
func (s store) insertCourse(ctx context.Context, c Course) (lost bool, err error) {
	return inserted(database.From(ctx, s.db).Clauses(unless("tenant_id", "context_id")).Create(&c))
}

func unless(unique ...string) clause.OnConflict {
	c := clause.OnConflict{DoNothing: true}
	for _, name := range unique {
		c.Columns = append(c.Columns, clause.Column{Name: name})
	}
	return c
}

func inserted(q *gorm.DB) (lost bool, err error) {
	return q.Error == nil && q.RowsAffected == 0, translated(q.Error)
}

func (s store) updatePerson(ctx context.Context, p Person) error {
	return translated(database.From(ctx, s.db).Model(&Person{}).Where("id = ? AND tenant_id = ?", p.ID, p.TenantID).
		Updates(map[string]any{
			"name": p.Name, "given_name": p.GivenName, "family_name": p.FamilyName, "email": p.Email,
			"email_key": p.EmailKey, "search_key": p.SearchKey, "locale": p.Locale, "administrator": p.Administrator, "updated_at": p.UpdatedAt,
		}).Error)
}

func (s store) updateCourse(ctx context.Context, c Course) error {
	return translated(database.From(ctx, s.db).Model(&Course{}).Where("id = ? AND tenant_id = ?", c.ID, c.TenantID).
		Updates(map[string]any{"title": c.Title, "label": c.Label, "updated_at": c.UpdatedAt}).Error)
}

func (s store) upsertMember(ctx context.Context, m member) error {
	return translated(database.From(ctx, s.db).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "course_id"}, {Name: "person_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"course_role", "updated_at"}),
	}).Create(&m).Error)
}

const personColumns = `p.id, p.tenant_id, p.sub, p.name, p.given_name, p.family_name, p.email, p.email_key, p.search_key,
	p.locale, p.created_at, p.updated_at`

// fields are where the columns of a person go.
func (p *Person) fields() []any {
	return []any{&p.ID, &p.TenantID, &p.Subject, &p.Name, &p.GivenName, &p.FamilyName, &p.Email, &p.EmailKey, &p.SearchKey,
		&p.Locale, &p.CreatedAt, &p.UpdatedAt}
}

func (s store) person(ctx context.Context, tenantID, id string) (Person, error) {
	var p Person
	if !isID(id) {
		return p, ErrNotFound
	}
	err := database.QueryOne(ctx, s.db, `SELECT `+personColumns+` FROM people p WHERE p.id = ? AND p.tenant_id = ?`,
		[]any{id, tenantID}, p.fields()...)
	return p, translated(err)
}

func (s store) people(ctx context.Context, tenantID string, ids []string) ([]Person, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return find[Person](database.From(ctx, s.db).Where("id IN ? AND tenant_id = ?", ids, tenantID))
}

const courseColumns = `c.id, c.tenant_id, c.context_id, c.title, c.label, c.created_at, c.updated_at`

// fields are where the columns of a course go.
func (c *Course) fields() []any {
	return []any{&c.ID, &c.TenantID, &c.ContextID, &c.Title, &c.Label, &c.CreatedAt, &c.UpdatedAt}
}

func (s store) course(ctx context.Context, tenantID, id string) (Course, error) {
	var c Course
	if !isID(id) {
		return c, ErrNotFound
	}
	err := database.QueryOne(ctx, s.db, `SELECT `+courseColumns+` FROM courses c WHERE c.id = ? AND c.tenant_id = ?`,
		[]any{id, tenantID}, c.fields()...)
	return c, translated(err)
}

func (s store) role(ctx context.Context, tenantID, courseID, personID string) (role lti.CourseRole, err error) {
	if !isID(courseID) || !isID(personID) {
		return "", ErrNotFound
	}
	err = database.QueryOne(ctx, s.db, `SELECT course_role FROM course_members WHERE course_id = ? AND person_id = ? AND tenant_id = ?`,
		[]any{courseID, personID, tenantID}, &role)
	return role, translated(err)
}

func (s store) membership(ctx context.Context, tenantID, courseID, personID string) (Membership, error) {
	var m Membership
	if !isID(courseID) || !isID(personID) {
		return m, ErrNotFound
	}
	var p Person
	err := database.QueryOne(ctx, s.db, `SELECT m.course_role, p.id, p.name, p.given_name, p.family_name, p.administrator, `+courseColumns+`
		FROM course_members m
		JOIN people p ON p.id = m.person_id AND p.tenant_id = m.tenant_id
		JOIN courses c ON c.id = m.course_id AND c.tenant_id = m.tenant_id
		WHERE m.course_id = ? AND m.person_id = ? AND m.tenant_id = ?`, []any{courseID, personID, tenantID},
		append([]any{&m.Role, &p.ID, &p.Name, &p.GivenName, &p.FamilyName, &m.Administrator}, m.Course.fields()...)...)
	m.Name = p.DisplayName()
	return m, translated(err)
}

func (s store) courses(ctx context.Context, tenantID, personID string) ([]Course, error) {
	return find[Course](database.From(ctx, s.db).
		Joins("JOIN course_members m ON m.course_id = courses.id AND m.person_id = ? AND m.tenant_id = courses.tenant_id", personID).
		Where("courses.tenant_id = ?", tenantID).Order("courses.title, courses.id"))
}

func (s store) byAddress(ctx context.Context, tenantID, key string) ([]Person, error) {
	return find[Person](database.From(ctx, s.db).Where("tenant_id = ? AND email_key = ?", tenantID, key).Order("id"))
}

func find[T any](q *gorm.DB) ([]T, error) {
	var found []T
	err := q.Find(&found).Error
	return found, translated(err)
}

// administrator says what the last launch that told said of a person.
func (s store) administrator(ctx context.Context, tenantID, personID string) (yes bool, err error) {
	err = database.QueryOne(ctx, s.db, `SELECT administrator FROM people WHERE id = ? AND tenant_id = ?`, []any{personID, tenantID}, &yes)
	return yes, translated(err)
}
