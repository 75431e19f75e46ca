package views

import "time"

// InviteDialog is the form Invite users, GET /e/{entry}/invitations/new, as a page of its own
// and as the turbo-frame "invite" in a dialog. Its form posts email, first, last, role and
// person (the id of a chosen member, may be empty) to /e/{entry}/invitations.
type InviteDialog struct {
	Base
	Entry  Entry
	Form   InviteFields
	Errors Errors
	// Roles are the invitation types on offer, in order.
	Roles []string
	// Domain is the blocked domain of an Errors entry "email" that names one.
	Domain string
}

// InviteFields are the values of the form as the person typed them.
type InviteFields struct{ Email, First, Last, Role, Person string }

// InviteConfirm shows the link of an invitation, GET /e/{entry}/invitations/{id}.
type InviteConfirm struct {
	Base
	Entry      Entry
	Link, Name string
	// Address is empty where the LMS does not share it.
	Address, Role string
	ValidUntil    When
	// MovesWith says that the time moves with the session.
	MovesWith bool
	// Updated says that an earlier invitation was changed and its old link died.
	Updated bool
	// Member says that the invitation is also offered to the person in the course.
	Member bool
	QR     QR
}

// InvitationList is the ledger of an entry's invitations, GET /e/{entry}/invitations.
type InvitationList struct {
	Base
	Entry Entry
	May   May
	Now   time.Time
	Rows  []InvitationRow
}

// InvitationRow is one invitation. State is created, queued, sent, bounced, opened, claimed,
// in_session, expired or revoked.
type InvitationRow struct {
	ID, Name, Address, Role, State string
	Changed                        time.Time
	MayRevoke                      bool
}

// Tone is the colour that goes with the state's word.
func (r InvitationRow) Tone() string {
	switch r.State {
	case "opened":
		return "accent"
	case "claimed":
		return "good"
	case "in_session":
		return "now"
	case "expired":
		return "warn"
	case "bounced":
		return "danger"
	}
	return ""
}

// Event is what a guest is told about the session before going in; never the invited address.
type Event struct {
	Title, Course, Host string
	Description         Prose
	When                When
	// Live says that the session is open now.
	Live bool
}

// LandingCountdown waits for the start, GET /i/{token}, row 13.
type LandingCountdown struct {
	Base
	Event Event
	// Role is what the guest will be.
	Role string
	Now  time.Time
	// Waiting says that the start has passed and the host has not opened yet.
	Waiting bool
	// CalendarURL adds the session to a calendar; empty means absent.
	CalendarURL string
}

// LandingLobby asks for the invited address, rows 16 and 17. Its form posts email to Action.
type LandingLobby struct {
	Base
	Action, Email string
	Event         Event
	// Error is a text's key: "landing.mismatch", "landing.email_required" or none.
	Error string
	// TriesLeft is how often the guest may still try; negative means that nothing is said.
	TriesLeft int
}

// LandingGo takes somebody in who is signed in already, rows 10 and 15: its form posts to Action
// and the page's script submits it at once.
type LandingGo struct {
	Base
	Action string
	Event  Event
	Role   string
}

// LandingMessage is a landing that ends in a sentence. Kind is invalid, withdrawn, deleted,
// removed, expired, unavailable, domain, other_device, spent, ended, other_person, in_course or
// too_many.
type LandingMessage struct {
	Base
	Kind string
	// SignedInAs names the visitor's identity for other_person.
	SignedInAs string
	// DifferentURL leads to the lobby for other_person.
	DifferentURL string
	// EntryURL leads to a page that still helps; empty means no button.
	EntryURL string
}

// LandingFramed is shown to a guest who meets the link in a frame.
type LandingFramed struct {
	Base
	URL string
}
