-- +goose Up
-- What a tenant's administrators changed in the table of roles; a role that is not here counts as the default says.
CREATE TABLE role_changes (
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    role        TEXT NOT NULL,
    course_role TEXT NOT NULL CHECK (course_role IN ('owner', 'instructor', 'co-owner', 'co-editor', 'co-publisher', 'none')),
    updated_at  DATETIME NOT NULL,
    PRIMARY KEY (tenant_id, role)
);

-- The last launches that went well, one row for all that were alike: no names, no subjects.
CREATE TABLE launch_samples (
    id            TEXT PRIMARY KEY,
    tenant_id     TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    fingerprint   TEXT NOT NULL,
    deployment_id TEXT NOT NULL,
    message       TEXT NOT NULL,
    roles         TEXT NOT NULL DEFAULT '[]',
    context_types TEXT NOT NULL DEFAULT '[]',
    course_role   TEXT NOT NULL,
    decided_by    TEXT NOT NULL DEFAULT '',
    launches      INTEGER NOT NULL,
    last_at       DATETIME NOT NULL,
    UNIQUE (tenant_id, fingerprint)
);
CREATE INDEX launch_samples_last_at ON launch_samples (tenant_id, last_at);

ALTER TABLE launch_failures ADD COLUMN deployment_id TEXT NOT NULL DEFAULT '';
CREATE INDEX launch_failures_platform ON launch_failures (platform_id, created_at);

-- Whether the last launch that said so called somebody an administrator of the whole tenant.
ALTER TABLE people ADD COLUMN administrator BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE people DROP COLUMN administrator;
DROP INDEX launch_failures_platform;
ALTER TABLE launch_failures DROP COLUMN deployment_id;
DROP TABLE launch_samples;
DROP TABLE role_changes;
