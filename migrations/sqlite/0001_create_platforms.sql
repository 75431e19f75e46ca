-- +goose Up
CREATE TABLE platforms (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL UNIQUE,
    issuer            TEXT NOT NULL,
    client_id         TEXT NOT NULL,
    auth_url          TEXT NOT NULL,
    token_url         TEXT NOT NULL,
    jwks_url          TEXT NOT NULL,
    audience          TEXT NOT NULL DEFAULT '',
    product_family    TEXT NOT NULL DEFAULT '',
    trust_deployments BOOLEAN NOT NULL DEFAULT FALSE,
    frame_origins     TEXT NOT NULL DEFAULT '[]',
    disabled_at       DATETIME,
    created_at        DATETIME NOT NULL,
    updated_at        DATETIME NOT NULL,
    UNIQUE (issuer, client_id)
);

CREATE TABLE deployments (
    id            TEXT PRIMARY KEY,
    platform_id   TEXT NOT NULL REFERENCES platforms (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('allowed', 'pending')),
    created_at    DATETIME NOT NULL,
    updated_at    DATETIME NOT NULL,
    UNIQUE (platform_id, deployment_id)
);

-- Who must never see another's data: a platform, or on blackboard.com a deployment of it.
CREATE TABLE tenants (
    id            TEXT PRIMARY KEY,
    platform_id   TEXT NOT NULL REFERENCES platforms (id) ON DELETE CASCADE,
    deployment_id TEXT NOT NULL DEFAULT '',
    created_at    DATETIME NOT NULL,
    UNIQUE (platform_id, deployment_id)
);

-- A spent state. Its primary key is what makes a second use fail.
CREATE TABLE launch_states (
    state_hash        TEXT PRIMARY KEY,
    platform_id       TEXT NOT NULL REFERENCES platforms (id) ON DELETE CASCADE,
    expires_at        DATETIME NOT NULL,
    handle_hash       TEXT UNIQUE,
    handle_expires_at DATETIME,
    sealed_launch     BLOB
);
CREATE INDEX launch_states_expires_at ON launch_states (expires_at);

CREATE TABLE tool_keys (
    kid            TEXT PRIMARY KEY,
    sealed_private BLOB NOT NULL,
    public_jwk     TEXT NOT NULL,
    active_from    DATETIME NOT NULL,
    retired_at     DATETIME,
    created_at     DATETIME NOT NULL
);

-- The diagnosis behind a reference number: no tokens, no personal data.
CREATE TABLE launch_failures (
    reference   TEXT PRIMARY KEY,
    platform_id TEXT NOT NULL DEFAULT '',
    code        TEXT NOT NULL,
    claim       TEXT NOT NULL DEFAULT '',
    expected    TEXT NOT NULL DEFAULT '',
    received    TEXT NOT NULL DEFAULT '',
    created_at  DATETIME NOT NULL
);
CREATE INDEX launch_failures_created_at ON launch_failures (created_at);

-- +goose Down
DROP TABLE launch_failures;
DROP TABLE tool_keys;
DROP TABLE launch_states;
DROP TABLE tenants;
DROP TABLE deployments;
DROP TABLE platforms;
