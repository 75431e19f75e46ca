package live_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"usher/database/dbtest"
	"usher/live"
)

// audienceSize is a large lecture: what one room has to carry.
const audienceSize = 300

// holdVariable names how long BenchmarkHold300 keeps its room open, for example "10m".
const holdVariable = "USHER_BENCH_HOLD"

// crowd is a room full of connected people and what reached them.
type crowd struct {
	service *live.Service
	seats   []live.Attendee
	heard   atomic.Int64
}

// fill opens a room for three hundred people and waits until everybody was admitted.
func fill(b *testing.B) *crowd {
	b.Helper()
	w := newWorld(b, dbtest.OpenSQLite(b))
	s := w.service(b)
	address := serve(b, s)
	c := &crowd{service: s}
	for _, id := range live.SeedPeople(b, w.db, audienceSize) {
		c.seats = append(c.seats, seat(b, s, live.SeatRequest{PersonID: id}))
	}
	var admitted sync.WaitGroup
	for _, a := range c.seats {
		config, err := websocket.NewConfig("ws"+strings.TrimPrefix(address, "http")+"/live/websocket", origin)
		if err != nil {
			b.Fatal(err)
		}
		ws, err := config.DialContext(b.Context())
		if err != nil {
			b.Fatalf("dial: %v", err)
		}
		b.Cleanup(func() { ws.Close() })
		if _, err := fmt.Fprintf(ws, `{"id":1,"connect":{"token":%q}}`, ticket(b, s, live.TicketRequest{Attendee: a})); err != nil {
			b.Fatal(err)
		}
		admitted.Add(1)
		go c.listen(b, ws, sync.OnceFunc(admitted.Done))
		go c.renew(b, ws, a)
	}
	admitted.Wait()
	return c
}

// renewEvery is well within the life of a connection, as browsers renew theirs.
const renewEvery = 3 * time.Minute

// renew keeps a connection from expiring, until the benchmark ends.
func (c *crowd) renew(b *testing.B, ws *websocket.Conn, a live.Attendee) {
	for id := 2; ; id++ {
		select {
		case <-b.Context().Done():
			return
		case <-time.After(renewEvery):
		}
		if _, err := fmt.Fprintf(ws, `{"id":%d,"refresh":{"token":%q}}`, id, ticket(b, c.service, live.TicketRequest{Attendee: a})); err != nil {
			return
		}
	}
}

// listen counts messages by a mark in their text, and answers pings.
func (c *crowd) listen(b *testing.B, ws *websocket.Conn, admitted func()) {
	defer admitted()
	for {
		var text string // a whole message: a part of one could end within a mark
		if err := websocket.Message.Receive(ws, &text); err != nil {
			if !errors.Is(err, net.ErrClosed) {
				b.Logf("connection ended: %v", err)
			}
			return
		}
		if strings.Contains(text, `"connect"`) {
			admitted()
		}
		if slices.Contains(strings.Split(text, "\n"), "{}") { // alone or among others
			if _, err := ws.Write([]byte("{}")); err != nil {
				return
			}
		}
		c.heard.Add(int64(strings.Count(text, "bench-mark")))
	}
}

// say lets one of the crowd talk; they take turns, because each has a limit.
func (c *crowd) say(ctx context.Context, n int) error {
	_, err := c.service.Say(ctx, live.Message{From: c.seats[n%len(c.seats)], ID: fmt.Sprint("m", n), Text: "bench-mark"})
	return err
}

// await waits until everybody heard n messages and says whether they did.
func (c *crowd) await(n int) bool {
	for range 10_000 {
		if c.heard.Load() >= int64(n)*audienceSize {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// BenchmarkFanout300 is one message, from its storing until three hundred people have it.
func BenchmarkFanout300(b *testing.B) {
	c := fill(b)
	n := 0
	for b.Loop() {
		if err := c.say(b.Context(), n); err != nil {
			b.Fatalf("Say: %v", err)
		}
		if n++; !c.await(n) {
			b.Fatalf("message %d did not reach everyone", n)
		}
	}
}

// BenchmarkSay is storing one message in an empty room.
func BenchmarkSay(b *testing.B) {
	w := newWorld(b, dbtest.OpenSQLite(b))
	start := time.Now()
	ticks := 0
	w.now = func() time.Time { ticks++; return start.Add(time.Duration(ticks) * time.Second).UTC() }
	s := w.service(b)
	c := &crowd{service: s, seats: []live.Attendee{seat(b, s, live.SeatRequest{PersonID: student})}}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := c.say(b.Context(), n); err != nil {
			b.Fatalf("Say: %v", err)
		}
		n++
	}
}

// BenchmarkHold300 keeps three hundred people in a room that talks ten times a second, and
// reports the memory at the beginning and at the end. It runs once, for USHER_BENCH_HOLD.
func BenchmarkHold300(b *testing.B) {
	hold, err := time.ParseDuration(os.Getenv(holdVariable))
	if err != nil {
		b.Skipf("set %s to how long the room is held, for example 10m", holdVariable)
	}
	b.ReportMetric(heapMB(), "MB-empty")
	c := fill(b)
	before := heapMB()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	said := 0
	for end := time.Now().Add(hold); time.Now().Before(end); said++ {
		<-tick.C
		if err := c.say(b.Context(), said); err != nil {
			b.Fatalf("Say: %v", err)
		}
	}
	if !c.await(said) {
		b.Errorf("of %d messages %d of %d deliveries arrived", said, c.heard.Load(), said*audienceSize)
	}
	b.ReportMetric(before, "MB-before")
	b.ReportMetric(heapMB(), "MB-after")
	b.ReportMetric(float64(said), "messages")
}

// heapMB is the memory in use after a collection, clients of the benchmark included.
func heapMB() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse+m.StackInuse) / (1 << 20)
}
