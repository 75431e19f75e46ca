package lti_test

import (
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

// benchEach runs a benchmark on SQLite and, where there is one, PostgreSQL.
func benchEach(b *testing.B, fn func(b *testing.B, f *fixture)) {
	for name, open := range map[string]func(testing.TB) *database.DB{"sqlite": dbtest.OpenSQLite, "postgres": dbtest.OpenPostgres} {
		b.Run(name, func(b *testing.B) { fn(b, newFixture(b, open(b))) })
	}
}

func BenchmarkLogin(b *testing.B) {
	benchEach(b, func(b *testing.B, f *fixture) {
		request, err := lti.ParseLogin(f.platform.LoginForm("teacher"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.service.Login(b.Context(), request); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerify measures proved launches; the platform's signing is outside
// the clock.
func BenchmarkVerify(b *testing.B) {
	benchEach(b, func(b *testing.B, f *fixture) {
		if _, err := f.launch(b, "teacher"); err != nil {
			b.Fatal(err)
		}
		requests := make([]lti.LaunchRequest, b.N)
		for i := range requests {
			requests[i] = f.request(b, "teacher")
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range requests {
			if _, err := f.service.Verify(b.Context(), requests[i]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
