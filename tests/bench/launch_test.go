package bench

import "testing"

// BenchmarkLaunch is a whole launch: login, launch and the page of a room, by
// a student who has been in the course before and a browser that has not.
func BenchmarkLaunch(b *testing.B) {
	each(b, func(b *testing.B, s *site) {
		// Everybody has come once: the first launch of a person writes more.
		s.crowd(b, students, func(who *browser, n int) error { return s.launchPage(who, hint(n)) })
		ways := []struct {
			name   string
			launch func(*browser, string) error
		}{{"page", s.launchPage}, {"frame", s.launchFrame}, {"proof", s.launchProof}}
		for _, way := range ways {
			do := func(who *browser, n int) error { return way.launch(who, hint(n)) }
			b.Run(way.name, func(b *testing.B) {
				s.measure(b, "launch", do)
				s.reportRows(b, "launch", do)
			})
		}
	})
}

// manyLaunches is how often BenchmarkManyLaunches launches before its first
// look at the memory and, ten times as often, before its second.
const manyLaunches = 3000

// BenchmarkManyLaunches tells whether memory grows with the number of
// launches. It runs once, whatever -benchtime says.
func BenchmarkManyLaunches(b *testing.B) {
	each(b, func(b *testing.B, s *site) {
		launch := func(who *browser, n int) error { return s.launchPage(who, hint(n)) }
		s.crowd(b, manyLaunches, launch)
		first := s.rss(b)
		s.crowd(b, 9*manyLaunches, launch)
		b.ReportMetric(first, "rss-MB-after-3000")
		b.ReportMetric(s.rss(b), "rss-MB-after-30000")
		b.ReportMetric(s.metric(b, "go_memstats_heap_inuse_bytes")/(1<<20), "heap-MB")
		b.ReportMetric(0, "ns/op") // the time says nothing here
	})
}
