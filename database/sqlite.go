package database

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	sqlitedriver "modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// sqliteConns lets readers run beside the one writer that SQLite allows.
const sqliteConns = 8

// sqlitePragmas hold for each connection: wait for a lock instead of failing,
// let readers and the writer work side by side, keep foreign keys, and let a
// transaction take its lock when it begins, so that none dies half-way. The log
// is copied into the file at 16 MB, not at 4: launches write the same few pages
// again and again.
var sqlitePragmas = url.Values{
	"_pragma":      {"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)", "wal_autocheckpoint(4000)"},
	"_txlock":      {"immediate"},
	"_time_format": {"sqlite"},
	"_timezone":    {"UTC"},
}

// sqlitePath returns the file of a sqlite:// address.
func sqlitePath(raw string) (string, error) {
	path := strings.TrimPrefix(raw, "sqlite://")
	path, query, _ := strings.Cut(path, "?")
	if path == "" {
		return "", errors.New("database URL names no file, want sqlite://usher.db")
	}
	if query != "" {
		return "", errors.New("a sqlite:// database URL takes no parameters")
	}
	return path, nil
}

func openSQLite(path string) (gorm.Dialector, error) {
	// The file holds people's data: made here, it is its owner's alone, and SQLite
	// gives the files beside it the same mode.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: sqlitePragmas.Encode()}).String()
	pool, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open sqlite database: %w", err)
	}
	return &sqliteDialector{Dialector: sqlite.Dialector{Conn: pool}}, nil
}

// sqliteDialector adds the error translation that GORM's dialector has for the
// cgo driver only.
type sqliteDialector struct{ sqlite.Dialector }

// Translate turns the pure Go driver's constraint errors into GORM's.
func (d *sqliteDialector) Translate(err error) error {
	var e *sqlitedriver.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() {
	case sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY, sqlitelib.SQLITE_CONSTRAINT_UNIQUE:
		return gorm.ErrDuplicatedKey
	case sqlitelib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return gorm.ErrForeignKeyViolated
	case sqlitelib.SQLITE_CONSTRAINT_CHECK:
		return gorm.ErrCheckConstraintViolated
	}
	return err
}
