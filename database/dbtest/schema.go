package dbtest

import (
	"slices"
	"testing"

	"usher/database"
)

// Matches fails where a row type and its table differ: a field without a
// column, a column without a field.
func Matches(tb testing.TB, db *database.DB, rows ...any) {
	tb.Helper()
	for _, row := range rows {
		g := database.From(tb.Context(), db).Model(row)
		if err := g.Statement.Parse(row); err != nil {
			tb.Errorf("%T is no row: %v", row, err)
			continue
		}
		table := g.Statement.Schema.Table
		fields := g.Statement.Schema.DBNames
		columns, err := g.Migrator().ColumnTypes(row)
		if err != nil {
			tb.Errorf("columns of %s: %v", table, err)
			continue
		}
		var names []string
		for _, c := range columns {
			names = append(names, c.Name())
			if !slices.Contains(fields, c.Name()) {
				tb.Errorf("%T has no field for the column %s of %s", row, c.Name(), table)
			}
		}
		for _, field := range fields {
			if !slices.Contains(names, field) {
				tb.Errorf("%s has no column %s, which %T has", table, field, row)
			}
		}
	}
}
