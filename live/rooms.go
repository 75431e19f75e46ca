package live

import "sync"

// room is what this process keeps of an entry that somebody here is connected to. Its numbers
// belong to the pump, the rest to rooms' mutex.
type room struct {
	tenantID, entryID string

	connections int
	idle        int  // turns of the pump without a connection
	stirred     bool // somebody came, went or changed

	published int64 // the last number handed to centrifuge

	announced map[string]Person // whom everyone was told of
	missing   map[string]int    // of those, who is gone, for how many turns
}

// rooms are the entries that this process follows.
type rooms struct {
	mu    sync.Mutex
	byID  map[string]*room
	tabs  map[string]map[seatKey]int // open connections of members, by person
	dirty map[string]bool            // entries with events to publish
	wake  chan struct{}
}

func newRooms() *rooms {
	return &rooms{byID: map[string]*room{}, tabs: map[string]map[seatKey]int{}, dirty: map[string]bool{}, wake: make(chan struct{}, 1)}
}

// follow makes the pump publish the entry's events after number seq. It is called before a
// client is admitted, so that what is stored from then on reaches it.
func (rs *rooms) follow(tenantID, entryID string, seq int64) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r, ok := rs.byID[entryID]; ok {
		r.idle = 0
		return
	}
	rs.byID[entryID] = &room{tenantID: tenantID, entryID: entryID, published: seq,
		announced: map[string]Person{}, missing: map[string]int{}}
}

// seatKey is a place that a person has open in this process.
type seatKey struct{ tenantID, entryID, attendeeID string }

func (rs *rooms) enter(c connection) { rs.open(c, 1) }
func (rs *rooms) leave(c connection) { rs.open(c, -1) }

func (rs *rooms) open(c connection, by int) {
	rs.count(c.Entry, by)
	if c.Person == "" {
		return
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	seats := rs.tabs[c.Person]
	if seats == nil {
		seats = map[seatKey]int{}
		rs.tabs[c.Person] = seats
	}
	key := seatKey{c.Tenant, c.Entry, c.Attendee}
	if seats[key] += by; seats[key] <= 0 {
		delete(seats, key)
	}
	if len(seats) == 0 {
		delete(rs.tabs, c.Person)
	}
}

// seats lists where a member of the tenant has tabs open.
func (rs *rooms) seats(tenantID, personID string) []seatKey {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var keys []seatKey
	for key := range rs.tabs[personID] {
		if key.tenantID == tenantID {
			keys = append(keys, key)
		}
	}
	return keys
}

func (rs *rooms) count(entryID string, by int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r, ok := rs.byID[entryID]; ok {
		r.connections += by
		r.stirred = true
	}
}

// stir asks for a new look at who is here.
func (rs *rooms) stir(entryID string) { rs.count(entryID, 0) }

// poke tells the pump that the entry has a new event.
func (rs *rooms) poke(entryID string) {
	rs.mu.Lock()
	if _, ok := rs.byID[entryID]; ok {
		rs.dirty[entryID] = true
	}
	rs.mu.Unlock()
	select {
	case rs.wake <- struct{}{}:
	default: // the pump is awake already
	}
}

// due hands out the rooms with events to publish.
func (rs *rooms) due() []*room {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	var due []*room
	for id := range rs.dirty {
		if r, ok := rs.byID[id]; ok {
			due = append(due, r)
		}
	}
	clear(rs.dirty)
	return due
}

// idleTurns is how many turns of the pump a room without connections is kept: about a minute,
// more than a browser takes from its ticket to its connection.
const idleTurns = 200

// turn drops rooms that nobody is connected to any more and returns the others.
func (rs *rooms) turn() []*room {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	followed := make([]*room, 0, len(rs.byID))
	for id, r := range rs.byID {
		if r.connections > 0 {
			r.idle = 0
		} else if r.idle++; r.idle > idleTurns {
			delete(rs.byID, id)
			continue
		}
		followed = append(followed, r)
	}
	return followed
}

// settle returns whether the room was stirred since the last call.
func (rs *rooms) settle(r *room) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	stirred := r.stirred
	r.stirred = false
	return stirred || len(r.missing) > 0
}

// recall copies whom everyone in the entry was told of.
func (rs *rooms) recall(tenantID, entryID string) map[string]Person {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	told := map[string]Person{}
	if r, ok := rs.byID[entryID]; ok && r.tenantID == tenantID {
		for id, p := range r.announced {
			told[id] = p
		}
	}
	return told
}
