package database

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"usher/migrations"
)

// Migration is one numbered step of the schema.
type Migration struct {
	Version int64
	Name    string
	Applied bool
}

// Migrate brings the schema to the newest version. Several processes may call
// it at once: one migrates, the others wait and find it done.
func Migrate(ctx context.Context, db *DB) (err error) {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	unlock, err := db.lockFile()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s database: %w", db.dialect, err)
	}
	return nil
}

// Status lists all migrations in order and says which are applied.
func Status(ctx context.Context, db *DB) ([]Migration, error) {
	provider, err := db.provider()
	if err != nil {
		return nil, err
	}
	states, err := provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read migrations of %s database: %w", db.dialect, err)
	}
	var list []Migration
	for _, s := range states {
		list = append(list, Migration{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied})
	}
	return list, nil
}

func (db *DB) provider() (*goose.Provider, error) {
	pool, err := db.gorm.DB()
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations.Files, db.dialect)
	if err != nil {
		return nil, err
	}
	if db.dialect == SQLite {
		return goose.NewProvider(goose.DialectSQLite3, pool, files)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, fmt.Errorf("make migration lock: %w", err)
	}
	return goose.NewProvider(goose.DialectPostgres, pool, files, goose.WithSessionLocker(locker))
}

// lockFile keeps two processes from migrating one SQLite file at once; on
// PostgreSQL goose's session lock does that.
func (db *DB) lockFile() (unlock func(), err error) {
	if db.dialect != SQLite {
		return func() {}, nil
	}
	f, err := os.OpenFile(db.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open migration lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, fmt.Errorf("take migration lock: %w", err)
	}
	return func() { _ = f.Close() }, nil
}
