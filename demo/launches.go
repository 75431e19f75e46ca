package demo

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

// maxLaunches bounds the launches under way per campus: enough for any test,
// and a loop of unfinished launches cannot fill the memory.
const maxLaunches = 2000

// launch is a launch under way: begun by a page of the campus, to be taken up
// by the authentication request.
type launch struct {
	start
	id      string
	startAt time.Time
	// hint and messageHint are what the tool must bring back, byte for byte.
	hint, messageHint string
	// claims are set by campuses that write the token when the launch begins.
	claims map[string]any
}

// launches keeps launches under way, each to be taken once.
type launches struct {
	now   func() time.Time
	ttl   time.Duration
	mu    sync.Mutex
	byID  map[string]launch
	order []string // oldest first; may name launches already taken
}

func newLaunches(now func() time.Time, ttl time.Duration) *launches {
	return &launches{now: now, ttl: ttl, byID: map[string]launch{}}
}

// add keeps a launch, and forgets expired ones and the oldest above the bound.
func (l *launches) add(entry launch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byID[entry.id] = entry
	l.order = append(l.order, entry.id)
	for len(l.order) > 0 && (len(l.order) > maxLaunches || l.stale(l.order[0])) {
		delete(l.byID, l.order[0])
		l.order = l.order[1:]
	}
}

// stale says whether a launch was taken or has expired. Callers hold mu.
func (l *launches) stale(id string) bool {
	entry, ok := l.byID[id]
	return !ok || l.now().Sub(entry.startAt) > l.ttl
}

// take returns a launch and forgets it: a hint works once.
func (l *launches) take(id string) (launch, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stale(id) {
		return launch{}, false
	}
	entry := l.byID[id]
	delete(l.byID, id)
	return entry, true
}

// peek looks at a launch and leaves it.
func (l *launches) peek(id string) launch {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.byID[id]
}

// spent remembers what may be used once.
type spent struct {
	mu   sync.Mutex
	open map[string]bool
}

// issue makes something that may be used once.
func (s *spent) issue() string {
	id := stableUUID(randomHex(32))
	s.allow(id)
	return id
}

// allow lets something be used once.
func (s *spent) allow(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil || len(s.open) > maxLaunches {
		s.open = map[string]bool{}
	}
	s.open[id] = true
}

// use says whether it was not used yet.
func (s *spent) use(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := s.open[id]
	delete(s.open, id)
	return fresh
}

// randomHex makes n unpredictable hex digits; n is even.
func randomHex(n int) string {
	b := make([]byte, n/2)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)
}

// randomDigits makes n unpredictable decimal digits, the first not zero.
func randomDigits(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	var out strings.Builder
	for i, v := range b {
		if i == 0 {
			out.WriteByte('1' + v%9)
			continue
		}
		out.WriteByte('0' + v%10)
	}
	return out.String()
}
