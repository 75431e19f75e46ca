-- +goose Up
-- A one-time link that lets a platform register Usher. claimed_at is set while one attempt is under way.
CREATE TABLE registration_links (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    token_hash   TEXT NOT NULL UNIQUE,
    created_by   TEXT NOT NULL DEFAULT '',
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    revoked_at   TIMESTAMPTZ,
    claimed_at   TIMESTAMPTZ,
    used_at      TIMESTAMPTZ,
    request_hash TEXT NOT NULL DEFAULT '',
    platform_id  TEXT REFERENCES platforms (id) ON DELETE SET NULL
);

-- What a platform said when it registered Usher by itself. offer and choice are JSON; the token changes
-- the registration in the platform.
CREATE TABLE registrations (
    platform_id   TEXT PRIMARY KEY REFERENCES platforms (id) ON DELETE CASCADE,
    offer         TEXT NOT NULL,
    choice        TEXT NOT NULL,
    scopes        TEXT NOT NULL DEFAULT '[]',
    client_uri    TEXT NOT NULL DEFAULT '',
    sealed_token  BYTEA,
    pending_since TIMESTAMPTZ,
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE registrations;
DROP TABLE registration_links;
