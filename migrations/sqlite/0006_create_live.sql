-- +goose Up
CREATE TABLE attendees (
    id            TEXT PRIMARY KEY,
    tenant_id     TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    entry_id      TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    person_id     TEXT REFERENCES people (id) ON DELETE CASCADE,
    invitation_id TEXT REFERENCES invitations (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('viewer', 'speaker', 'moderator', 'host')),
    removed_at    DATETIME,
    created_at    DATETIME NOT NULL,
    updated_at    DATETIME NOT NULL,
    UNIQUE (entry_id, person_id),
    UNIQUE (entry_id, invitation_id),
    CHECK ((person_id IS NULL) <> (invitation_id IS NULL))
);

-- The last number given out per entry; one row update orders all events of a room.
CREATE TABLE live_rooms (
    entry_id  TEXT PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    seq       INTEGER NOT NULL
);

CREATE TABLE live_events (
    entry_id    TEXT NOT NULL REFERENCES entries (id) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    audience    TEXT NOT NULL,
    kind        TEXT NOT NULL,
    attendee_id TEXT NOT NULL DEFAULT '',
    data        TEXT NOT NULL DEFAULT '{}',
    dedupe      TEXT,
    created_at  DATETIME NOT NULL,
    PRIMARY KEY (entry_id, seq),
    UNIQUE (entry_id, dedupe)
);

-- +goose Down
DROP TABLE live_events;
DROP TABLE live_rooms;
DROP TABLE attendees;
