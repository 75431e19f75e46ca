// Package dbtest gives a store's tests an empty, migrated database of each
// kind that Usher runs on.
package dbtest

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the connection that makes databases

	"usher/database"
	"usher/secret"
)

// URLVariable names the environment variable with the address of a PostgreSQL
// server in which tests may create databases.
const URLVariable = "USHER_TEST_POSTGRES"

// Each runs fn on an empty SQLite database and, where [URLVariable] names a
// server, on an empty PostgreSQL one. Without a server that part is skipped,
// loudly; with REQUIRE_POSTGRES=1 it fails instead.
func Each(t *testing.T, fn func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, OpenSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, OpenPostgres(t))
	})
}

// OpenSQLite returns an empty, migrated SQLite database in a folder of its own.
func OpenSQLite(tb testing.TB) *database.DB {
	tb.Helper()
	return open(tb, SQLiteURL(tb))
}

// SQLiteURL returns the address of a SQLite database that does not exist yet.
func SQLiteURL(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.Join(tb.TempDir(), "usher.db")
}

// OpenPostgres returns an empty, migrated PostgreSQL database, or skips.
func OpenPostgres(tb testing.TB) *database.DB {
	tb.Helper()
	return open(tb, PostgresURL(tb))
}

// PostgresURL creates an empty PostgreSQL database, dropped after the test,
// and returns its address, or skips the test where there is no server.
func PostgresURL(tb testing.TB) string {
	tb.Helper()
	server := os.Getenv(URLVariable)
	if server == "" {
		message := "PostgreSQL part not run: set " + URLVariable + " to a server's address (make test starts one where its programs are installed)"
		if os.Getenv("REQUIRE_POSTGRES") == "1" {
			tb.Fatal(message)
		}
		tb.Skip(message)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		tb.Fatalf("open PostgreSQL: %v", err)
	}
	name := "usher_" + strings.ToLower(strings.NewReplacer("-", "_").Replace(secret.NewID()))
	if _, err := admin.Exec(fmt.Sprintf("CREATE DATABASE %q", name)); err != nil {
		tb.Fatalf("create database: %v", err)
	}
	tb.Cleanup(func() {
		if _, err := admin.Exec(fmt.Sprintf("DROP DATABASE %q WITH (FORCE)", name)); err != nil {
			tb.Errorf("drop database: %v", err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("%s: %v", URLVariable, err)
	}
	u.Path = "/" + name
	return u.String()
}

func open(tb testing.TB, address string) *database.DB {
	tb.Helper()
	ctx := context.Background()
	db, err := database.Open(ctx, database.Options{URL: address, Now: Now, Logger: slog.New(slog.DiscardHandler), MaxConns: 6})
	if err != nil {
		tb.Fatalf("open database: %v", err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	if err := database.Migrate(ctx, db); err != nil {
		tb.Fatalf("migrate: %v", err)
	}
	return db
}

// Now is the real clock in the precision that both databases store.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
