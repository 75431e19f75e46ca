-- +goose Up
-- scope: '' for everybody, else the id of a platform or a tenant; the narrower wins.
CREATE TABLE settings (
    scope      TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (scope, key)
);

-- +goose Down
DROP TABLE settings;
