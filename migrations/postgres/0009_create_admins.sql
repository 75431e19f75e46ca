-- +goose Up
-- Those who may use the console. The password is kept as Argon2id with its parameters.
CREATE TABLE admins (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    email        TEXT NOT NULL UNIQUE,
    password     TEXT NOT NULL,
    signed_in_at TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL,
    updated_at   TIMESTAMPTZ NOT NULL
);

-- One row per browser that is signed in to the console.
CREATE TABLE admin_sessions (
    id          TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    admin_id    TEXT NOT NULL REFERENCES admins (id) ON DELETE CASCADE,
    browser     TEXT NOT NULL DEFAULT '',
    created_at  TIMESTAMPTZ NOT NULL,
    seen_at     TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    ends_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX admin_sessions_admin ON admin_sessions (admin_id);
CREATE INDEX admin_sessions_expires_at ON admin_sessions (expires_at);

-- Counters of sign-ins; the subject is a hash of what is counted.
CREATE TABLE admin_tries (
    subject      TEXT NOT NULL,
    window_start TIMESTAMPTZ NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (subject, window_start)
);
CREATE INDEX admin_tries_window_start ON admin_tries (window_start);

-- +goose Down
DROP TABLE admin_tries;
DROP TABLE admin_sessions;
DROP TABLE admins;
