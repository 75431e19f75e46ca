package views

// Pick lets a teacher choose the rooms that the LMS's content picker adds to the course, GET
// /c/{course}/pick/{pick}. The form posts to Action: with "entry" (ids), or with one of "cancel",
// "create" and "search" (which takes "q" and is for browsers without script).
type Pick struct {
	Base
	Course, Action string
	Rooms          []PickRow
	// Multiple says that the LMS takes several links at once.
	Multiple bool
	// Query is what was searched for; Rooms has only what was found.
	Query  string
	Errors Errors
}

// PickRow is a room that can be chosen.
type PickRow struct {
	EntryRow
	Chosen bool
}

// Chosen is how many rooms are chosen.
func (p *Pick) Chosen() (n int) {
	for _, row := range p.Rooms {
		if row.Chosen {
			n++
		}
	}
	return n
}

// PickMessage is a content selection that nothing can be chosen in. Kind is "unaccepted" (the LMS
// takes no links here), "denied" (this person creates no rooms), "nothing" (cancelled, and the LMS
// will not say so), "over" or "closed". The first three lead back by a form to Action.
type PickMessage struct {
	Base
	Kind, Action string
}

// PickSend is a form that its page's script submits at once: on the way out of the frame's page with
// a code, and from there to the LMS with the answer.
type PickSend struct {
	Base
	Action, Name, Value string
	// Count is how many links are added; with none the way leads back.
	Count int
}
