-- +goose Up
CREATE TABLE invitations (
    id              TEXT PRIMARY KEY,
    tenant_id       TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    entry_id        TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    email           TEXT NOT NULL DEFAULT '',
    email_key       TEXT,
    first_name      TEXT NOT NULL,
    last_name       TEXT NOT NULL,
    search_key      TEXT NOT NULL DEFAULT '',
    person_id       TEXT REFERENCES people (id) ON DELETE CASCADE,
    role            TEXT NOT NULL CHECK (role IN ('viewer', 'speaker', 'moderator')),
    token_hash      TEXT UNIQUE,
    token_sealed    BLOB,
    link_created_at DATETIME NOT NULL,
    uses            INTEGER NOT NULL DEFAULT 0,
    holder          TEXT NOT NULL DEFAULT '', -- who took the present link up: 'device:…' or 'person:…'
    opened_at       DATETIME,
    claimed_at      DATETIME,
    revoked_at      DATETIME,
    created_by      TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    created_at      DATETIME NOT NULL,
    updated_at      DATETIME NOT NULL,
    UNIQUE (entry_id, email_key),
    UNIQUE (entry_id, person_id)
);
CREATE INDEX invitations_entry ON invitations (tenant_id, entry_id, updated_at);
CREATE INDEX invitations_person ON invitations (tenant_id, person_id);
CREATE INDEX invitations_created_by ON invitations (tenant_id, created_by);

-- One row per moment at which an invitee took an invitation up: a guest on a device, or a member.
CREATE TABLE claims (
    id            TEXT PRIMARY KEY,
    tenant_id     TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    entry_id      TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    token_hash    TEXT NOT NULL,
    device_hash   TEXT,
    person_id     TEXT REFERENCES people (id) ON DELETE CASCADE,
    created_at    DATETIME NOT NULL,
    ended_at      DATETIME,
    UNIQUE (invitation_id, token_hash, device_hash, created_at)
);
CREATE INDEX claims_invitation ON claims (invitation_id);

-- Wrong addresses typed at a link, counted per window.
CREATE TABLE tries (
    subject      TEXT NOT NULL,
    window_start DATETIME NOT NULL,
    count        INTEGER NOT NULL,
    PRIMARY KEY (subject, window_start)
);
CREATE INDEX tries_window_start ON tries (window_start);

-- +goose Down
DROP TABLE tries;
DROP TABLE claims;
DROP TABLE invitations;
