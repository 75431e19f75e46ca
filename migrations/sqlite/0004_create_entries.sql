-- +goose Up
CREATE TABLE entries (
    id           TEXT PRIMARY KEY,
    tenant_id    TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    course_id    TEXT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (kind IN ('room', 'webcast', 'simulive', 'diy_live', 'video', 'audio', 'document', 'quiz')),
    title        TEXT NOT NULL,
    description  TEXT NOT NULL DEFAULT '',
    time_zone    TEXT NOT NULL DEFAULT 'UTC',
    starts_at    DATETIME,
    ends_at      DATETIME,
    always_open  BOOLEAN NOT NULL,
    chat         BOOLEAN NOT NULL,
    opens_itself BOOLEAN NOT NULL,
    published    BOOLEAN NOT NULL,
    opened_at    DATETIME,
    ended_at     DATETIME,
    created_by   TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    deleted_at   DATETIME,
    CHECK (always_open OR (starts_at IS NOT NULL AND ends_at IS NOT NULL AND ends_at > starts_at))
);
CREATE INDEX entries_course ON entries (tenant_id, course_id);
CREATE INDEX entries_ends_at ON entries (ends_at) WHERE ended_at IS NULL;

CREATE TABLE resource_links (
    id               TEXT PRIMARY KEY,
    tenant_id        TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    course_id        TEXT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    resource_link_id TEXT NOT NULL,
    title            TEXT NOT NULL DEFAULT '',
    entry_id         TEXT REFERENCES entries (id) ON DELETE SET NULL,
    created_at       DATETIME NOT NULL,
    updated_at       DATETIME NOT NULL,
    UNIQUE (course_id, resource_link_id)
);

-- +goose Down
DROP TABLE resource_links;
DROP TABLE entries;
