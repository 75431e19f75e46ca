-- +goose Up
-- One row per identity, course or guest place that a carrier (browser cookie or bearer) is signed in to.
CREATE TABLE sessions (
    id            TEXT PRIMARY KEY,
    carrier       TEXT NOT NULL CHECK (carrier IN ('cookie', 'bearer')),
    secret_hash   TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('member', 'guest')),
    tenant_id     TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    platform_id   TEXT NOT NULL,
    person_id     TEXT NOT NULL DEFAULT '',
    course_id     TEXT NOT NULL DEFAULT '',
    course_role   TEXT NOT NULL DEFAULT '',
    entry_id      TEXT NOT NULL DEFAULT '',
    invitation_id TEXT NOT NULL DEFAULT '',
    locale        TEXT NOT NULL DEFAULT '',
    return_url    TEXT NOT NULL DEFAULT '',
    frame_origins TEXT NOT NULL DEFAULT '[]',
    created_at    TIMESTAMPTZ NOT NULL,
    seen_at       TIMESTAMPTZ NOT NULL,
    expires_at    TIMESTAMPTZ NOT NULL,
    ends_at       TIMESTAMPTZ NOT NULL,
    ended_at      TIMESTAMPTZ
);
CREATE INDEX sessions_secret_hash ON sessions (secret_hash);
CREATE INDEX sessions_invitation ON sessions (invitation_id) WHERE invitation_id <> '';
CREATE INDEX sessions_ends_at ON sessions (ends_at);

-- Codes used once, within a minute: live connections and new windows opened from a frame.
CREATE TABLE one_time_codes (
    code_hash  TEXT PRIMARY KEY,
    purpose    TEXT NOT NULL,
    session_id TEXT NOT NULL,
    target     TEXT NOT NULL DEFAULT '',
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX one_time_codes_expires_at ON one_time_codes (expires_at);

-- +goose Down
DROP TABLE one_time_codes;
DROP TABLE sessions;
