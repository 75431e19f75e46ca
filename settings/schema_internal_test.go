package settings

import (
	"testing"

	"usher/database"
	"usher/database/dbtest"
)

func TestRowsMatchTheirTables(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		dbtest.Matches(t, db, &row{})
	})
}
