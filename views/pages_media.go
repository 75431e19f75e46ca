package views

import "time"

// CourseList is the list of a course's rooms and media, GET /c/{course}.
type CourseList struct {
	Base
	CourseID, Course, Label string
	May                     May
	Live, Upcoming          []EntryRow
	AnyTime, Past           []EntryRow
	// Deleted is shown to those who may restore.
	Deleted []DeletedRow
	Offers  []Offer
}

// Empty says that the course has nothing to show.
func (p *CourseList) Empty() bool {
	return len(p.Live)+len(p.Upcoming)+len(p.AnyTime)+len(p.Past) == 0
}

// EntryRow is one entry in a list.
type EntryRow struct {
	Entry
	// People is how many are in the room now, Invited how many invitations there are; a negative
	// number or zero is not shown.
	People, Invited int
}

// DeletedRow is an entry that can still be restored until Until.
type DeletedRow struct {
	ID, Title string
	Until     time.Time
}

// CoursesMine lists the courses of a person whose launch named none, GET /c/mine.
type CoursesMine struct {
	Base
	Courses []CourseRow
}

// CourseRow is one course in a list.
type CourseRow struct{ ID, Title, Label string }

// LinkChoose lets the first teacher who follows a fresh link choose or create its room,
// GET /c/{course}/links/{link}. Both forms post to Action: with "entry" (an id), or with
// "create" and the fields of EntryForm.
type LinkChoose struct {
	Base
	Course, Action string
	Rooms          []EntryRow
	// MayPublish offers the tick published; others' rooms are published.
	MayPublish bool
	Form       EntryFields
	Errors     Errors
}

// LinkNotSetUp tells people who may not create that the link has no room yet.
type LinkNotSetUp struct {
	Base
	Course string
}

// EntryForm creates or edits an entry. Form fields: title, description, starts_at and ends_at
// (2006-01-02T15:04 in time_zone), time_zone, and always_open, chat, opens_itself, published
// as ticks.
type EntryForm struct {
	Base
	// New says that an entry is created, not changed.
	New               bool
	Action, CancelURL string
	// MayPublish offers the tick published.
	MayPublish bool
	Form       EntryFields
	Errors     Errors
}

// EntryFields are the values of the form as the person typed them.
type EntryFields struct {
	Title, Description, StartsAt, EndsAt, TimeZone string
	AlwaysOpen, Chat, OpensItself, Published       bool
	// Suggested says that nobody typed the schedule: the page's script moves it to
	// the reader's zone.
	Suggested bool
}

// MediaShow is the media page of an entry, GET /e/{entry}.
type MediaShow struct {
	Base
	Entry Entry
	May   May
	// Now is the server's time, against which the browser's clock is set.
	Now time.Time
	// MayEnter says that this person may go into the room before it is open (rehearse) or while
	// it is; RoomURL is where that is.
	MayEnter bool
	RoomURL  string
	// Invitations counts all; Invited tells by role how many were claimed.
	Invitations int
	Invited     []InvitedCount
	Offers      []Offer
}

// InvitedCount is how many invitations of one role there are and how many are claimed.
type InvitedCount struct {
	Role           string
	Claimed, Total int
}

// Room is an entry's live page, GET /e/{entry} while it is open or for those who rehearse.
type Room struct {
	Base
	Entry Entry
	May   May
	Now   time.Time
	// Open is false while hosts and speakers rehearse; OpenedAt is when it was opened.
	Open     bool
	OpenedAt time.Time
	// Me is who looks at the page, People who is in the room.
	Me       Attendee
	People   []Attendee
	Messages []Message
	// LastSeq is the number of the last event that the page already shows.
	LastSeq int64
	Offers  []Offer
	// Invitations counts all, for the menu.
	Invitations int
	// MayLeave offers "Leave on this device" to a guest.
	MayLeave bool
}

// Attendee is one person in a live room.
type Attendee struct {
	ID, Name string
	// Role is viewer, speaker, moderator or host.
	Role  string
	Guest bool
	Me    bool
}

// Message is one line of the chat.
type Message struct {
	Seq    int64
	Author Attendee
	Text   Prose
	At     time.Time
}
