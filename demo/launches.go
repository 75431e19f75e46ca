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
	id      string
	person  Person
	link    string // the parameter `link`
	knobs   knobs
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
