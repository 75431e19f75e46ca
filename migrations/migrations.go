// Package migrations holds the numbered SQL files that make Usher's schema,
// one folder per database, the same numbers and names in both.
//
// Files are forward-only once released: to change the schema, add a file.
package migrations

import "embed"

// Files holds the folders "sqlite" and "postgres".
//
//go:embed sqlite/*.sql postgres/*.sql
var Files embed.FS
