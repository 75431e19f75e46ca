-- +goose Up
CREATE TABLE people (
    id          TEXT PRIMARY KEY,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    sub         TEXT NOT NULL,
    name        TEXT NOT NULL DEFAULT '',
    given_name  TEXT NOT NULL DEFAULT '',
    family_name TEXT NOT NULL DEFAULT '',
    email       TEXT NOT NULL DEFAULT '',
    email_key   TEXT NOT NULL DEFAULT '',
    search_key  TEXT NOT NULL DEFAULT '',
    locale      TEXT NOT NULL DEFAULT '',
    created_at  DATETIME NOT NULL,
    updated_at  DATETIME NOT NULL,
    UNIQUE (tenant_id, sub)
);
CREATE INDEX people_email_key ON people (tenant_id, email_key);

CREATE TABLE courses (
    id         TEXT PRIMARY KEY,
    tenant_id  TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    context_id TEXT NOT NULL,
    title      TEXT NOT NULL DEFAULT '',
    label      TEXT NOT NULL DEFAULT '',
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    UNIQUE (tenant_id, context_id)
);

CREATE TABLE course_members (
    course_id   TEXT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    person_id   TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    course_role TEXT NOT NULL CHECK (course_role IN ('owner', 'instructor', 'co-owner', 'co-editor', 'co-publisher', 'none')),
    created_at  DATETIME NOT NULL,
    updated_at  DATETIME NOT NULL,
    PRIMARY KEY (course_id, person_id)
);
CREATE INDEX course_members_person ON course_members (tenant_id, person_id);

-- +goose Down
DROP TABLE course_members;
DROP TABLE courses;
DROP TABLE people;
