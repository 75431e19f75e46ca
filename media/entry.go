package media

import "time"

// Kind says what an entry is.
type Kind string

// The kinds of entries. The first four are live kinds.
const (
	KindRoom     Kind = "room"
	KindWebcast  Kind = "webcast"
	KindSimulive Kind = "simulive"
	KindDIYLive  Kind = "diy_live"
	KindVideo    Kind = "video"
	KindAudio    Kind = "audio"
	KindDocument Kind = "document"
	KindQuiz     Kind = "quiz"
)

// Live reports whether entries of the kind happen at a time and can be opened
// and ended.
func (k Kind) Live() bool {
	switch k {
	case KindRoom, KindWebcast, KindSimulive, KindDIYLive:
		return true
	}
	return false
}

// State is where a live entry stands at a moment.
type State string

// The states of a live entry. An on-demand entry is always StateOpen.
const (
	StateScheduled State = "scheduled" // its start lies ahead
	StateWaiting   State = "waiting"   // its start has passed, a host must open it
	StateOpen      State = "open"      // everyone may come in
	StateEnded     State = "ended"     // ended by a host or by the clock
)

// Entry is one media entry of a course. Times are UTC.
type Entry struct {
	ID          string `gorm:"primaryKey"`
	TenantID    string
	CourseID    string
	Kind        Kind
	Title       string
	Description string
	TimeZone    string     // IANA name in which the schedule was entered
	StartsAt    *time.Time // nil where AlwaysOpen
	EndsAt      *time.Time // planned end, nil where AlwaysOpen
	AlwaysOpen  bool
	Chat        bool // chat & collaboration is on
	OpensItself bool // opens at StartsAt without a host
	Published   bool
	OpenedAt    *time.Time // last Open by a host
	EndedAt     *time.Time // nil until ended; cleared by the next Open
	CreatedBy   string     // person id
	CreatedAt   time.Time
	UpdatedAt   time.Time
	DeletedAt   *time.Time `gorm:"column:deleted_at"` // restorable for TrashLifetime
}

// TableName names the table of entries for the store.
func (Entry) TableName() string { return "entries" }

// Live reports whether the entry is of a live kind.
func (e Entry) Live() bool { return e.Kind.Live() }

// Deleted reports whether the entry lies in the trash.
func (e Entry) Deleted() bool { return e.DeletedAt != nil }

// State tells where the entry stands at now. An end wins over everything but a
// later Open; an Open wins over the schedule.
func (e Entry) State(now time.Time) State {
	switch {
	case !e.Live():
		return StateOpen
	case e.EndedAt != nil && (e.OpenedAt == nil || !e.OpenedAt.After(*e.EndedAt)):
		return StateEnded
	case e.AlwaysOpen, e.OpenedAt != nil:
		return StateOpen
	case e.StartsAt == nil || now.Before(*e.StartsAt):
		return StateScheduled
	case e.OpensItself:
		return StateOpen
	}
	return StateWaiting
}
