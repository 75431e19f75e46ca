package bench

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// browsersAtOnce is how many browsers ask at the same time.
const browsersAtOnce = 16

// act is what one browser does; n counts the acts of a benchmark.
type act func(who *browser, n int) error

// crowd lets browsers do n acts, sixteen at a time, each over a connection of
// its own that stays open.
func (s *site) crowd(b *testing.B, n int, do act) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range browsersAtOnce {
		wg.Go(func() {
			who := newBrowser(s.url)
			defer who.close()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(who, i); err != nil {
					b.Errorf("act %d: %v", i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// measure reports what an act costs, over b.N of them.
func (s *site) measure(b *testing.B, unit string, do act) {
	b.Helper()
	allocations := s.allocations(b)
	s.measureCPU(b, unit, do)
	b.ReportMetric((s.allocations(b)-allocations)/float64(b.N), "allocs/"+unit)
	b.ReportMetric(s.rss(b), "rss-MB")
}

func (s *site) measureCPU(b *testing.B, unit string, do act) {
	b.Helper()
	cpu := s.cpu(b)
	b.ResetTimer()
	s.crowd(b, b.N, do)
	b.StopTimer()
	b.ReportMetric(float64((s.cpu(b)-cpu).Microseconds())/1000/float64(b.N), "cpu-ms/"+unit)
}

// students is of how many people a benchmark's course consists.
const students = 400

func hint(n int) string { return fmt.Sprintf("student-%d", n%students) }
