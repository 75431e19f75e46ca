package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"gorm.io/gorm"
)

// Row is the current row of a [Query].
type Row interface{ Scan(dest ...any) error }

// Query runs a SELECT, with ? for its arguments, and gives each row to scan.
// It is for what every launch and every page reads: it costs a third of what
// GORM takes to build the same statement. A text is prepared once and kept, so
// it must be one of a few: values are arguments, never part of it.
func Query(ctx context.Context, db *DB, scan func(Row) error, query string, args ...any) (err error) {
	rows, err := db.rows(ctx, query, args)
	if err != nil {
		return db.translate(err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return db.translate(rows.Err())
}

// QueryOne is [Query] for a row that there is once or not at all: then it
// returns [ErrNotFound].
func QueryOne(ctx context.Context, db *DB, query string, args []any, dest ...any) error {
	found := false
	err := Query(ctx, db, func(row Row) error {
		found = true
		return row.Scan(dest...)
	}, query, args...)
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// Exec runs a statement that writes and returns how many rows it changed; the
// rules are those of [Query].
func Exec(ctx context.Context, db *DB, statement string, args ...any) (int64, error) {
	if tx, ok := ctx.Value(txKey{}).(*transaction); ok && tx.db == db {
		result := tx.gorm.WithContext(ctx).Exec(statement, args...)
		return result.RowsAffected, Translate(result.Error)
	}
	prepared, err := db.prepared(ctx, statement)
	if err != nil {
		return 0, err
	}
	result, err := prepared.ExecContext(db.patient(ctx), args...)
	if err != nil {
		return 0, db.translate(err)
	}
	return result.RowsAffected()
}

func (db *DB) rows(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if tx, ok := ctx.Value(txKey{}).(*transaction); ok && tx.db == db {
		return tx.gorm.WithContext(ctx).Raw(query, args...).Rows()
	}
	prepared, err := db.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return prepared.QueryContext(db.patient(ctx), args...)
}

// patient takes the cancellation out of a context for SQLite. Watching for it
// costs two goroutines a statement there, and there is nothing to wait for but
// the file's lock, whose wait has an end of its own.
func (db *DB) patient(ctx context.Context) context.Context {
	if db.dialect == SQLite {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// statements are the prepared texts of [Query] and [Exec].
type statements struct{ byText sync.Map } // string -> *sql.Stmt

func (db *DB) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if known, ok := db.statements.byText.Load(text); ok {
		return known.(*sql.Stmt), nil
	}
	// The statement outlives the request that needs it first.
	fresh, err := db.pool.PrepareContext(context.WithoutCancel(ctx), db.placeholders(text))
	if err != nil {
		return nil, fmt.Errorf("prepare statement: %w", err)
	}
	if known, lost := db.statements.byText.LoadOrStore(text, fresh); lost {
		return known.(*sql.Stmt), fresh.Close()
	}
	return fresh, nil
}

// placeholders numbers the arguments, as PostgreSQL wants them.
func (db *DB) placeholders(text string) string {
	if db.dialect == SQLite {
		return text
	}
	var numbered strings.Builder
	for i, part := range strings.Split(text, "?") {
		if i > 0 {
			numbered.WriteString("$" + strconv.Itoa(i))
		}
		numbered.WriteString(part)
	}
	return numbered.String()
}

// translate is [Translate] for an error of the driver itself.
func (db *DB) translate(err error) error {
	if translator, ok := db.gorm.Dialector.(gorm.ErrorTranslator); ok && err != nil {
		err = translator.Translate(err)
	}
	return Translate(err)
}
