package bench

import "testing"

// BenchmarkLaunch is a whole launch: login, launch and the page of a room, by
// a student who has been in the course before and a browser that has not.
func BenchmarkLaunch(b *testing.B) {
	each(b, func(b *testing.B, s *site) {
		s.crowd(b, students, s.attends) // everybody has been here: a person's first launch writes more
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
		s.crowd(b, pageOfChat, s.says)
		b.Run("talked", func(b *testing.B) {
			s.measure(b, "launch", func(who *browser, n int) error { return s.launchPage(who, hint(n)) })
		})
	})
}

// pageOfChat is how many lines a room's page begins with.
const pageOfChat = 100

// manyLaunches is how often BenchmarkManyLaunches launches before its first
// look at the memory and, ten times as often, before its second.
const manyLaunches = 3000

// BenchmarkManyLaunches tells whether memory grows with the number of
// launches. It runs once, whatever -benchtime says.
func BenchmarkManyLaunches(b *testing.B) {
	each(b, func(b *testing.B, s *site) {
		launch := func(who *browser, n int) error { return s.launchPage(who, hint(n)) }
		s.crowd(b, students, s.attends)
		s.crowd(b, manyLaunches-students, launch)
		first := s.rss(b)
		s.crowd(b, 9*manyLaunches, launch)
		b.ReportMetric(first, "rss-MB-after-3000")
		b.ReportMetric(s.rss(b), "rss-MB-after-30000")
		b.ReportMetric(s.metric(b, "go_memstats_heap_inuse_bytes")/(1<<20), "heap-MB")
		b.ReportMetric(0, "ns/op") // the time says nothing here
	})
}
