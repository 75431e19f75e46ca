package database_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/migrations"
)

type setting struct {
	Scope     string
	Key       string
	Value     string
	UpdatedAt time.Time
}

func (setting) TableName() string { return "settings" }

func TestMigrationsHaveTheSameNamesForBothDatabases(t *testing.T) {
	t.Parallel()
	names := func(folder string) (list []string) {
		files, err := fs.Glob(migrations.Files, folder+"/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatalf("migrations of %s: %v, %v", folder, files, err)
		}
		for _, f := range files {
			list = append(list, path.Base(f))
		}
		return list
	}
	if diff := cmp.Diff(names("postgres"), names("sqlite")); diff != "" {
		t.Errorf("migrations differ (-postgres +sqlite):\n%s", diff)
	}
}

func TestMigrateTwiceAndAtOnceDoesItOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := database.Migrate(t.Context(), db); err != nil {
					t.Errorf("Migrate again: %v", err)
				}
			})
		}
		wg.Wait()
		list, err := database.Status(t.Context(), db)
		if err != nil || len(list) == 0 {
			t.Fatalf("Status = %v, %v", list, err)
		}
		for _, m := range list {
			if !m.Applied {
				t.Errorf("migration %s is not applied", m.Name)
			}
		}
	})
}

func TestTimesComeBackInUTCToTheMicrosecond(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		oslo := time.FixedZone("CET", 3600)
		at := time.Date(2026, 11, 21, 1, 2, 3, 456789000, oslo)
		if err := database.From(t.Context(), db).Create(&setting{Key: "k", Value: "v", UpdatedAt: at}).Error; err != nil {
			t.Fatalf("create: %v", err)
		}
		var got setting
		if err := database.From(t.Context(), db).Where("updated_at = ?", at).Take(&got).Error; err != nil {
			t.Fatalf("take by time: %v", err)
		}
		if !got.UpdatedAt.Equal(at) || got.UpdatedAt.UTC().Location() != time.UTC {
			t.Errorf("time = %v, want %v", got.UpdatedAt, at)
		}
	})
}

func TestTransactionRollsBackWholeAndJoinsTheOuterOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		stop := errors.New("stop")
		told := false
		err := database.InTx(t.Context(), db, func(ctx context.Context) error {
			return database.InTx(ctx, db, func(ctx context.Context) error {
				if err := database.From(ctx, db).Create(&setting{Key: "k", UpdatedAt: dbtest.Now()}).Error; err != nil {
					return err
				}
				database.AfterCommit(ctx, db, func() { told = true })
				return stop
			})
		})
		if !errors.Is(err, stop) {
			t.Fatalf("InTx = %v, want stop", err)
		}
		var n int64
		database.From(t.Context(), db).Model(&setting{}).Count(&n)
		if n != 0 || told {
			t.Errorf("after rollback: %d rows, told %v; want 0 and false", n, told)
		}
	})
}

func TestAfterCommitRunsOnceTheRowsAreThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		var seen int64 = -1
		err := database.InTx(t.Context(), db, func(ctx context.Context) error {
			database.AfterCommit(ctx, db, func() { database.From(t.Context(), db).Model(&setting{}).Count(&seen) })
			return database.From(ctx, db).Create(&setting{Key: "k", UpdatedAt: dbtest.Now()}).Error
		})
		if err != nil || seen != 1 {
			t.Errorf("rows seen after commit = %d (%v), want 1", seen, err)
		}
	})
}

func TestConstraintErrorsAreTranslated(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		row := setting{Key: "k", UpdatedAt: dbtest.Now()}
		g := database.From(t.Context(), db)
		if err := g.Create(&row).Error; err != nil {
			t.Fatalf("create: %v", err)
		}
		if err := database.Translate(g.Create(&row).Error); !errors.Is(err, database.ErrDuplicate) {
			t.Errorf("second row = %v, want ErrDuplicate", err)
		}
		if err := database.Translate(g.Where("key = ?", "absent").Take(&setting{}).Error); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("absent row = %v, want ErrNotFound", err)
		}
		tenant := "INSERT INTO tenants (id, platform_id, created_at) VALUES ('t', 'nobody', ?)"
		if err := database.Translate(g.Exec(tenant, dbtest.Now()).Error); !errors.Is(err, database.ErrForeignKey) {
			t.Errorf("tenant of no platform = %v, want ErrForeignKey", err)
		}
	})
}

func TestOpenNamesItsMistakesWithoutThePassword(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"mysql://x", "sqlite://", "sqlite://x?mode=memory", "postgres://u:hunter2@127.0.0.1:1/x"} {
		_, err := database.Open(t.Context(), database.Options{URL: address, Now: dbtest.Now, Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Errorf("Open(%s) succeeded", address)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open shows the password: %v", err)
		}
	}
}

func TestSQLiteFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	address := dbtest.SQLiteURL(t)
	db, err := database.Open(t.Context(), database.Options{URL: address, Now: dbtest.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer db.Close()
	if err := database.Migrate(t.Context(), db); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	files, err := filepath.Glob(strings.TrimPrefix(address, "sqlite://") + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files of the database: %v, %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v (%v), want 0600", filepath.Base(file), info.Mode().Perm(), err)
		}
	}
}

func TestQueriesByHandSeeTheTransactionAndTranslateErrors(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		stop := errors.New("stop")
		const insert = "INSERT INTO settings (scope, key, value, updated_at) VALUES (?, ?, ?, ?)"
		value := func(ctx context.Context) (v string, err error) {
			err = database.QueryOne(ctx, db, "SELECT value FROM settings WHERE scope = ? AND key = ?", []any{"", "k"}, &v)
			return v, err
		}
		err := database.InTx(t.Context(), db, func(ctx context.Context) error {
			if n, err := database.Exec(ctx, db, insert, "", "k", "v", dbtest.Now()); n != 1 || err != nil {
				t.Errorf("Exec in transaction = %d, %v; want 1 row", n, err)
			}
			if v, err := value(ctx); v != "v" || err != nil {
				t.Errorf("value in transaction = %q, %v; want v", v, err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatalf("InTx = %v, want stop", err)
		}
		if v, err := value(t.Context()); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("value after rollback = %q, %v; want ErrNotFound", v, err)
		}
		for range 2 {
			_, err = database.Exec(t.Context(), db, insert, "", "k", "v", dbtest.Now())
		}
		if !errors.Is(err, database.ErrDuplicate) {
			t.Errorf("second row = %v, want ErrDuplicate", err)
		}
		left, leave := context.WithCancel(t.Context())
		leave()
		if _, err := value(left); !errors.Is(err, context.Canceled) {
			t.Errorf("query of somebody who left = %v, want context.Canceled", err)
		}
	})
}
