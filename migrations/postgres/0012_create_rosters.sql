-- +goose Up
-- Where a course's roster is, and how the last try to fetch it went.
CREATE TABLE course_rosters (
    course_id     TEXT PRIMARY KEY REFERENCES courses (id) ON DELETE CASCADE,
    tenant_id     TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    url           TEXT NOT NULL,
    due_at        TIMESTAMPTZ NOT NULL, -- not fetched again before
    wanted_at     TIMESTAMPTZ NOT NULL, -- when somebody last had a use for it
    claimed_until TIMESTAMPTZ,          -- one process at a time fetches
    fetched_at    TIMESTAMPTZ,          -- last good fetch
    people        INTEGER NOT NULL DEFAULT 0,
    failures      INTEGER NOT NULL DEFAULT 0, -- in a row
    failed_at     TIMESTAMPTZ,
    error_code    TEXT NOT NULL DEFAULT '',
    error_status  INTEGER NOT NULL DEFAULT 0,
    error_words   TEXT NOT NULL DEFAULT '' -- the platform's, without personal data
);
CREATE INDEX course_rosters_tenant ON course_rosters (tenant_id);
CREATE INDEX course_rosters_due ON course_rosters (due_at) WHERE failures > 0;

-- The people of a course as its roster lists them, for a day at most. They are no people of ours
-- before somebody chooses one of them.
CREATE TABLE roster_members (
    course_id   TEXT NOT NULL REFERENCES course_rosters (course_id) ON DELETE CASCADE,
    sub         TEXT NOT NULL,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id          TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    given_name  TEXT NOT NULL,
    family_name TEXT NOT NULL,
    email       TEXT NOT NULL,
    email_key   TEXT NOT NULL,
    search_key  TEXT NOT NULL,
    gone_at     TIMESTAMPTZ, -- no longer listed; kept, without names, for who launched the course
    PRIMARY KEY (course_id, sub)
);
CREATE INDEX roster_members_email_key ON roster_members (tenant_id, email_key) WHERE email_key <> '';
CREATE INDEX roster_members_sub ON roster_members (tenant_id, sub);

-- +goose Down
DROP TABLE roster_members;
DROP TABLE course_rosters;
