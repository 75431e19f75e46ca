package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"usher/database"
)

// MaxText is the most characters a message may have.
const MaxText = 2000

// An attendee may send talkBurst messages in talkWindow: faster than anybody types, far slower
// than a script that floods a room.
const (
	talkBurst  = 10
	talkWindow = 10 * time.Second
)

// Message is what somebody says to everyone.
type Message struct {
	// From says it; the caller has found out that this attendee may.
	From Attendee
	Text string
	// ID is made by the sender's browser, 1 to 64 letters, digits, - or _. A message sent
	// again under the same id is stored once.
	ID string
}

// Say stores a message and hands it to everyone in the room. Said again under the same id, it
// returns the event that is there. ErrText, ErrMessageID, ErrRemoved, or a *LimitError.
func (s *Service) Say(ctx context.Context, m Message) (Event, error) {
	if !usableID(m.ID) {
		return Event{}, ErrMessageID
	}
	text := clean(m.Text)
	if text == "" || utf8.RuneCountInString(text) > MaxText {
		return Event{}, ErrText
	}
	if m.From.Out() {
		return Event{}, ErrRemoved
	}
	d := draft{tenantID: m.From.TenantID, entryID: m.From.EntryID, attendeeID: m.From.ID,
		kind: Chat, audience: everyone, dedupe: "chat:" + m.From.ID + ":" + m.ID,
		data: Data{ID: m.ID, Text: text, Role: m.From.Effective()}}
	if said, err := s.said(ctx, d); !errors.Is(err, database.ErrNotFound) {
		return said, err
	}
	if wait := s.limits.take(m.From.ID, s.now()); wait > 0 {
		return Event{}, &LimitError{RetryAfter: wait}
	}
	err := database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		return s.record(ctx, d)
	})
	if err != nil && !errors.Is(err, errSaid) {
		return Event{}, fmt.Errorf("say: %w", err)
	}
	return s.said(ctx, d)
}

func (s *Service) said(ctx context.Context, d draft) (Event, error) {
	row, err := s.store.eventByDedupe(ctx, d.tenantID, d.entryID, d.dedupe)
	if err != nil {
		return Event{}, fmt.Errorf("read message: %w", err)
	}
	events, err := s.dress(ctx, d.tenantID, d.entryID, []eventRow{row})
	if err != nil {
		return Event{}, err
	}
	return events[0], nil
}

// clean removes what a message must not hold: control characters but line breaks and tabs, and
// the marks that turn the direction of everything after them.
func clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\r':
			return '\n'
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e':
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

func usableID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// limiter counts messages per attendee in a sliding window, in this process.
type limiter struct {
	mu   sync.Mutex
	sent map[string][]time.Time
}

// talkersKept bounds the memory of the limiter; beyond it, those who fell silent are forgotten.
const talkersKept = 4096

func newLimiter() *limiter { return &limiter{sent: map[string][]time.Time{}} }

// take counts one message, or says how long to wait.
func (l *limiter) take(attendeeID string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	since := now.Add(-talkWindow)
	recent := after(l.sent[attendeeID], since)
	if len(recent) >= talkBurst {
		return max(recent[0].Sub(since), time.Second)
	}
	if len(l.sent) >= talkersKept {
		l.forget(since)
	}
	l.sent[attendeeID] = append(recent, now)
	return 0
}

func (l *limiter) forget(since time.Time) {
	for id, times := range l.sent {
		if len(after(times, since)) == 0 {
			delete(l.sent, id)
		}
	}
}

// after returns the times later than since; times is in order.
func after(times []time.Time, since time.Time) []time.Time {
	for i, t := range times {
		if t.After(since) {
			return times[i:]
		}
	}
	return nil
}
