package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"usher/database"
	"usher/media"
)

// Kind is what an event is about.
type Kind string

// The kinds of events.
const (
	Chat        Kind = "chat"
	RoleChanged Kind = "role"
	Removed     Kind = "removed"
	Withdrawn   Kind = "withdrawn" // the guest's invitation was revoked
	Opened      Kind = "opened"
	Ended       Kind = "ended"
	Changed     Kind = "changed" // title, schedule, publish status, deletion
)

// MaxEvents is the most events that one call of Events returns.
const MaxEvents = 200

// Event is one numbered line of a room's story, as clients get it.
type Event struct {
	Seq      int64     `json:"seq"`
	Kind     Kind      `json:"kind"`
	Attendee string    `json:"attendee,omitempty"`
	Name     string    `json:"name,omitempty"`
	Guest    bool      `json:"guest,omitempty"`
	Data     Data      `json:"data"`
	At       time.Time `json:"at"`

	audience audience
}

// Data is what an event carries beside its author: a message's text and the id that its
// sender gave it, and the role in force at that moment. Closed says that a change hid the entry
// from those who neither publish nor edit.
type Data struct {
	ID   string             `json:"id,omitempty"`
	Text string             `json:"text,omitempty"`
	Role media.AttendeeRole `json:"role,omitempty"`

	Closed bool `json:"closed,omitempty"`
}

// Page is a run of events. Seq is the room's last number that the reader now knows of: numbers
// up to it that are not among Events are not the reader's to see.
type Page struct {
	Events []Event `json:"events"`
	Seq    int64   `json:"seq"`
	More   bool    `json:"more"`
}

// audience is who may see an event: all, staff, or one attendee.
type audience string

const (
	everyone audience = "all"
	staff    audience = "staff"
	personal          = "person:"
)

func onlyFor(attendeeID string) audience { return audience(personal + attendeeID) }

// audiences lists what an attendee may see.
func audiences(a Attendee) []string {
	seen := []string{string(everyone), string(onlyFor(a.ID))}
	if a.Effective().AtLeast(media.Speaker) {
		seen = append(seen, string(staff))
	}
	return seen
}

// draft is an event before it has its number.
type draft struct {
	tenantID, entryID, attendeeID string
	kind                          Kind
	audience                      audience
	data                          Data
	dedupe                        string
}

type eventRow struct {
	EntryID    string `gorm:"primaryKey"`
	Seq        int64  `gorm:"primaryKey;autoIncrement:false"`
	TenantID   string
	Audience   string
	Kind       string
	AttendeeID string
	Data       string
	Dedupe     *string
	CreatedAt  time.Time
}

// TableName names the table for GORM.
func (eventRow) TableName() string { return "live_events" }

// errSaid rolls a transaction back whose message is stored already.
var errSaid = errors.New("event is stored already")

// record stores one event under the entry's next number, in the caller's transaction, and
// wakes the pump once that is committed. The row of the entry's counter stays locked until
// then, so numbers are in the order of commits. errSaid if the dedupe key is taken.
func (s *Service) record(ctx context.Context, d draft) error {
	data, err := json.Marshal(d.data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	seq, err := s.store.nextSeq(ctx, d.tenantID, d.entryID)
	if err != nil {
		return fmt.Errorf("number event: %w", err)
	}
	if d.dedupe != "" {
		if _, err := s.store.eventByDedupe(ctx, d.tenantID, d.entryID, d.dedupe); !errors.Is(err, database.ErrNotFound) {
			return errors.Join(err, errSaid)
		}
	}
	row := eventRow{EntryID: d.entryID, Seq: seq, TenantID: d.tenantID, Audience: string(d.audience),
		Kind: string(d.kind), AttendeeID: d.attendeeID, Data: string(data),
		Dedupe: optional(d.dedupe), CreatedAt: s.now()}
	if err := s.store.insertEvent(ctx, row); err != nil {
		return fmt.Errorf("store event: %w", err)
	}
	database.AfterCommit(ctx, s.store.db, func() { s.rooms.poke(d.entryID) })
	return nil
}

// Announce tells everyone in the room and at its door what happened to the entry: it is what
// media calls with each change. It joins the caller's transaction, so that the change and its
// event are one commit; where there is none, the change stands even if nobody hears of it.
func (s *Service) Announce(ctx context.Context, e media.Entry, what media.Change) {
	kind := Changed
	switch what {
	case media.ChangeOpened:
		kind = Opened
	case media.ChangeEnded:
		kind = Ended
	}
	closed := kind == Changed && (!e.Published || e.Deleted())
	err := database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		return s.record(ctx, draft{tenantID: e.TenantID, entryID: e.ID, kind: kind, audience: everyone,
			data: Data{Closed: closed}})
	})
	if err != nil {
		s.log.ErrorContext(ctx, "live: announce change of entry", "entry_id", e.ID, "error", err)
	}
}

// Events returns what the attendee may see after number after, oldest first, at most limit.
func (s *Service) Events(ctx context.Context, a Attendee, after int64, limit int) (Page, error) {
	if limit <= 0 || limit > MaxEvents {
		limit = MaxEvents
	}
	// The top is read first: what is stored between the two reads comes with the next page.
	top, err := s.store.topSeq(ctx, a.TenantID, a.EntryID)
	if err != nil {
		return Page{}, fmt.Errorf("read last number: %w", err)
	}
	rows, err := s.store.events(ctx, window{tenantID: a.TenantID, entryID: a.EntryID,
		audiences: audiences(a), after: after, upTo: top, limit: limit + 1})
	if err != nil {
		return Page{}, fmt.Errorf("read events: %w", err)
	}
	page := Page{Seq: max(top, after)}
	if len(rows) > limit {
		rows, page.More = rows[:limit], true
		page.Seq = rows[limit-1].Seq
	}
	page.Events, err = s.dress(ctx, a.TenantID, a.EntryID, rows)
	return page, err
}

// Latest returns the newest messages that the attendee may see, at most limit, oldest first.
func (s *Service) Latest(ctx context.Context, a Attendee, limit int) (Page, error) {
	top, err := s.store.topSeq(ctx, a.TenantID, a.EntryID)
	if err != nil {
		return Page{}, fmt.Errorf("read last number: %w", err)
	}
	return s.LatestUpTo(ctx, a, top, limit)
}

// LatestUpTo is Latest for a reader who has the room's last number already.
func (s *Service) LatestUpTo(ctx context.Context, a Attendee, top int64, limit int) (Page, error) {
	if top == 0 {
		return Page{}, nil // nothing has ever happened here
	}
	if limit <= 0 || limit > MaxEvents {
		limit = MaxEvents
	}
	rows, authors, err := s.store.latest(ctx, window{tenantID: a.TenantID, entryID: a.EntryID,
		audiences: audiences(a), upTo: top, limit: limit})
	if err != nil {
		return Page{}, fmt.Errorf("read latest messages: %w", err)
	}
	events, err := dressed(rows, authors)
	return Page{Events: events, Seq: top}, err
}

// dress turns rows into events. Names are read from the attendees, not stored per event, so
// that a changed or erased name is changed or erased everywhere.
func (s *Service) dress(ctx context.Context, tenantID, entryID string, rows []eventRow) ([]Event, error) {
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.AttendeeID != "" {
			ids = append(ids, r.AttendeeID)
		}
	}
	authors, err := s.store.attendees(ctx, tenantID, entryID, ids)
	if err != nil {
		return nil, fmt.Errorf("read authors: %w", err)
	}
	return dressed(rows, authors)
}

func dressed(rows []eventRow, authors map[string]Attendee) ([]Event, error) {
	events := make([]Event, 0, len(rows))
	for _, r := range rows {
		e := Event{Seq: r.Seq, Kind: Kind(r.Kind), Attendee: r.AttendeeID, At: r.CreatedAt, audience: audience(r.Audience)}
		if err := json.Unmarshal([]byte(r.Data), &e.Data); err != nil {
			return nil, fmt.Errorf("decode event %d: %w", r.Seq, err)
		}
		if a, ok := authors[r.AttendeeID]; ok {
			e.Name, e.Guest = a.Name, a.Guest()
		}
		events = append(events, e)
	}
	return events, nil
}
