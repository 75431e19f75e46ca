// Package database opens Usher's store, SQLite or PostgreSQL, migrates it,
// carries transactions through the context and translates driver errors.
//
// Domain packages keep a [*DB] and reach GORM by [From] in their store.go
// files only. It holds no queries of its own.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// The dialects that [DB.Dialect] returns.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// Options say which database to open.
type Options struct {
	// URL is sqlite://usher.db (relative to the working folder),
	// sqlite:///absolute/path or postgres://user@host/name.
	URL string
	// Now is the clock of GORM's created_at and updated_at.
	Now func() time.Time
	// Logger receives nothing but warnings about the connection.
	Logger *slog.Logger
	// MaxConns bounds open connections; 0 means a default fit for the dialect.
	MaxConns int
}

// DB is an open database. Safe for parallel use.
type DB struct {
	gorm       *gorm.DB
	pool       *sql.DB // GORM's
	statements statements
	dialect    string
	path       string // SQLite's file, for the migration lock
	logger     *slog.Logger
}

// Dialect returns [SQLite] or [Postgres].
func (db *DB) Dialect() string { return db.dialect }

// Open connects to the database of the URL and checks that it answers. It
// does not migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Now == nil || o.Logger == nil {
		return nil, errors.New("database.Open: Now and Logger are required")
	}
	db := &DB{logger: o.Logger}
	dialector, maxConns, err := db.dialector(o.URL)
	if err != nil {
		return nil, err
	}
	if o.MaxConns > 0 {
		maxConns = o.MaxConns
	}
	db.gorm, err = gorm.Open(dialector, &gorm.Config{
		NowFunc:                o.Now,
		TranslateError:         true,
		PrepareStmt:            true,
		SkipDefaultTransaction: true, // one statement is atomic by itself; more go through InTx
		Logger:                 logger.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("open %s database: %w", db.dialect, withoutPassword(err, o.URL))
	}
	pool, err := db.gorm.DB()
	if err != nil {
		return nil, fmt.Errorf("open %s database: %w", db.dialect, err)
	}
	db.pool = pool
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns)
	if err := pool.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("reach %s database: %w", db.dialect, errors.Join(withoutPassword(err, o.URL), pool.Close()))
	}
	return db, nil
}

func (db *DB) dialector(raw string) (gorm.Dialector, int, error) {
	scheme, _, _ := strings.Cut(raw, "://")
	switch scheme {
	case "sqlite":
		path, err := sqlitePath(raw)
		if err != nil {
			return nil, 0, err
		}
		db.dialect, db.path = SQLite, path
		d, err := openSQLite(path)
		return d, sqliteConns, err
	case "postgres", "postgresql":
		db.dialect = Postgres
		return postgres.New(postgres.Config{DSN: raw}), postgresConns, nil
	}
	return nil, 0, fmt.Errorf("database URL starts with %q, want sqlite:// or postgres://", scheme)
}

// postgresConns leaves room for a second replica under PostgreSQL's default of
// 100 connections.
const postgresConns = 32

// withoutPassword keeps a password of the URL out of an error message.
func withoutPassword(err error, raw string) error {
	u, parseErr := url.Parse(raw)
	if err == nil || parseErr != nil || u.User == nil {
		return err
	}
	password, ok := u.User.Password()
	if !ok || password == "" || !strings.Contains(err.Error(), password) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), password, "xxxxx"))
}

// Close closes all connections.
func (db *DB) Close() error { return db.pool.Close() }

// Ping checks that the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.pool.PingContext(ctx) }
