package bench

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the drivers of the connection that counts
	_ "modernc.org/sqlite"
)

// counted is how many acts reportRows looks at.
const counted = 100

// reportRows counts what acts write, by triggers on every table, in a pass of
// its own, because triggers cost time.
func (s *site) reportRows(b *testing.B, unit string, do act) {
	b.Helper()
	db := s.open(b)
	defer func() { _ = db.Close() }() // nothing is lost
	tables := s.tables(b, db)
	for _, statement := range counters(s.dialect(), tables) {
		mustExec(b, db, statement)
	}
	s.crowd(b, counted, do)
	rows := map[string]float64{}
	for _, op := range operations {
		rows[op] = 0
	}
	written, err := db.Query("SELECT op, COUNT(*) FROM bench_writes GROUP BY op")
	if err != nil {
		b.Fatalf("count rows: %v", err)
	}
	for written.Next() {
		var op string
		var n float64
		if err := written.Scan(&op, &n); err != nil {
			b.Fatalf("count rows: %v", err)
		}
		rows[op] = n
	}
	if err := written.Err(); err != nil {
		b.Fatalf("count rows: %v", err)
	}
	for _, table := range tables {
		for _, op := range operations {
			mustExec(b, db, dropTrigger(s.dialect(), table, op))
		}
	}
	mustExec(b, db, "DROP TABLE bench_writes")
	b.ReportMetric(rows["INSERT"]/counted, "inserted/"+unit)
	b.ReportMetric(rows["UPDATE"]/counted, "updated/"+unit)
	b.ReportMetric(rows["DELETE"]/counted, "deleted/"+unit)
}

var operations = []string{"INSERT", "UPDATE", "DELETE"}

func (s *site) dialect() string {
	dialect, _, _ := strings.Cut(s.database, "://")
	return dialect
}

func (s *site) open(b *testing.B) *sql.DB {
	b.Helper()
	driver, address := "pgx", s.database
	if path, isFile := strings.CutPrefix(s.database, "sqlite://"); isFile {
		driver, address = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		b.Fatalf("open database: %v", err)
	}
	return db
}

func (s *site) tables(b *testing.B, db *sql.DB) (names []string) {
	b.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if s.dialect() != "sqlite" {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	rows, err := db.Query(query)
	if err != nil {
		b.Fatalf("list tables: %v", err)
	}
	defer func() { _ = rows.Close() }() // read to the end
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			b.Fatalf("list tables: %v", err)
		}
		names = append(names, name)
	}
	return names
}

// counters are the statements that make every table note its writes.
func counters(dialect string, tables []string) (statements []string) {
	statements = append(statements, "CREATE TABLE bench_writes (op TEXT NOT NULL)")
	if dialect != "sqlite" {
		statements = append(statements, `CREATE OR REPLACE FUNCTION bench_note() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN INSERT INTO bench_writes VALUES (TG_OP); RETURN NULL; END $$`)
	}
	for _, table := range tables {
		for _, op := range operations {
			body := "EXECUTE FUNCTION bench_note()"
			if dialect == "sqlite" {
				body = fmt.Sprintf("BEGIN INSERT INTO bench_writes VALUES ('%s'); END", op)
			}
			statements = append(statements, fmt.Sprintf("CREATE TRIGGER bench_%s_%s AFTER %s ON %s FOR EACH ROW %s", table, op, op, table, body))
		}
	}
	return statements
}

func dropTrigger(dialect, table, op string) string {
	statement := fmt.Sprintf("DROP TRIGGER bench_%s_%s", table, op)
	if dialect != "sqlite" {
		statement += " ON " + table
	}
	return statement
}

func mustExec(b *testing.B, db *sql.DB, statement string) {
	b.Helper()
	if _, err := db.Exec(statement); err != nil {
		b.Fatalf("%s: %v", statement, err)
	}
}
