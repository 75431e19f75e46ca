-- +goose Up
-- Content selections that wait for their person's choice: where the answer goes is sealed here and never asked of a browser.
CREATE TABLE deep_links (
    id         TEXT PRIMARY KEY,
    tenant_id  TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    course_id  TEXT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
    person_id  TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    sealed     BLOB,
    chosen     BOOLEAN NOT NULL,
    expires_at DATETIME NOT NULL
);
CREATE INDEX deep_links_expires_at ON deep_links (expires_at);

-- +goose Down
DROP TABLE deep_links;
