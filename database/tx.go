package database

import (
	"context"
	"errors"

	"gorm.io/gorm"
)

// What stores return for what the database said; [Translate] makes them.
var (
	ErrNotFound   = errors.New("not found")
	ErrDuplicate  = errors.New("exists already")
	ErrForeignKey = errors.New("refers to what does not exist")
	ErrCheck      = errors.New("breaks a rule of the table")
)

// Translate turns errors of GORM and its drivers into this package's, so that
// none of them is known above a store. Others pass unchanged; nil stays nil.
func Translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound):
		return ErrNotFound
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return ErrDuplicate
	case errors.Is(err, gorm.ErrForeignKeyViolated):
		return ErrForeignKey
	case errors.Is(err, gorm.ErrCheckConstraintViolated):
		return ErrCheck
	}
	return err
}

type txKey struct{}

type transaction struct {
	db    *DB
	gorm  *gorm.DB
	after []func()
}

// From returns GORM's handle for ctx: the transaction that [InTx] put there,
// or the database itself. Only store.go files call it.
func From(ctx context.Context, db *DB) *gorm.DB {
	if tx, ok := ctx.Value(txKey{}).(*transaction); ok && tx.db == db {
		return tx.gorm.WithContext(ctx)
	}
	return db.gorm.WithContext(ctx)
}

// InTx runs fn in one transaction, which stores find in the context given to
// fn. An error rolls everything back. A call within a transaction joins it.
// fn must not keep that context and must not start goroutines with it.
func InTx(ctx context.Context, db *DB, fn func(ctx context.Context) error) error {
	if tx, ok := ctx.Value(txKey{}).(*transaction); ok && tx.db == db {
		return fn(ctx)
	}
	tx := &transaction{db: db}
	err := db.gorm.WithContext(ctx).Transaction(func(g *gorm.DB) error {
		tx.gorm = g
		return fn(context.WithValue(ctx, txKey{}, tx))
	})
	if err != nil {
		return Translate(err)
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// AfterCommit runs f once the transaction of ctx is committed, at once where
// there is none, and never if it is rolled back: for telling others what now
// is true.
func AfterCommit(ctx context.Context, db *DB, f func()) {
	if tx, ok := ctx.Value(txKey{}).(*transaction); ok && tx.db == db {
		tx.after = append(tx.after, f)
		return
	}
	f()
}
