package views

import "time"

// Base is what every page has; it is embedded in each page struct.
type Base struct {
	// Lang is "en" or "ar"; see Language. Anything else means English.
	Lang string
	// Permission is owner, co-owner, co-editor, co-publisher or none wherever somebody is signed
	// in to a course or an entry, and empty where nobody is.
	Permission string
	// Attendee is viewer, speaker, moderator or host on the pages of an entry, else empty.
	Attendee string
	// Administer offers the pages of the tenant's administrators, on pages of a course.
	Administer bool
	// Framed says that the page is shown in an LMS's frame, by a bearer.
	Framed bool
	// Carrier hands a new bearer to the page's script. Only the answer to a launch has one.
	Carrier *Carrier
	// IdentityID is the public id of the identity the page was made for; forms send it back as
	// "identity", so that a page of somebody else who was signed in before is noticed.
	IdentityID string
	// Crumb leads one level up; empty Text means none.
	Crumb Crumb
	// ReturnURL leads back to the course in the LMS; may be empty.
	ReturnURL string
	// Brand is the institution's name; empty means the installation's.
	Brand string
	// Path is the page's own address, where a change of language leads back to.
	Path string
	// Notice is shown once at the top of the page, for example after something was done.
	Notice Notice

	words *catalogue
}

// Carrier is what a framed page's script needs to go on asking as the person who launched.
type Carrier struct {
	Token  string `json:"token"`
	Handle string `json:"handle"`
	URL    string `json:"url"`
}

// Crumb is a link one level up.
type Crumb struct{ Href, Text string }

// Notice is a sentence above the page. Key is a text of the catalogue, Tone is "good", "warn",
// "danger", "accent" or empty, Name fills {{.Name}} in the text.
type Notice struct{ Key, Tone, Name string }

// May says which actions a page offers. The handler fills it from the permission.
type May struct{ Create, Invite, SeeInvitations, Open, End, Publish, Edit, Delete bool }

// Any says that the menu More actions has an item.
func (m May) Any() bool { return m.BeforeDelete() || m.Delete }

// BeforeDelete says that the menu has an item above Delete.
func (m May) BeforeDelete() bool { return m.Invite || m.SeeInvitations || m.Publish || m.Edit }

// Entry is what pages show of a media entry.
type Entry struct {
	ID, Title   string
	Description Prose
	// When is the planned time; zero for a room that is always open without one.
	When       When
	AlwaysOpen bool
	// State is "scheduled", "waiting", "open" or "ended".
	State                        string
	Chat, OpensItself, Published bool
	// Host is the display name of who made the entry.
	Host string
	// Course is the course's title.
	Course string
}

// Offer is a pending invitation of the member who looks at the page.
type Offer struct {
	// Title of the entry, Inviter's display name, Role "viewer", "speaker" or "moderator".
	Title, Inviter, Role string
	// Action is the address to which the form that takes the offer up is posted.
	Action string
}

// Errors maps a field's name to the key of the text that says what is wrong.
type Errors map[string]string

// Problem is what is wrong with a field, in words; Text is empty where nothing is.
type Problem struct{ Field, Text string }

// Problem looks a field's mistake up.
func (b *Base) Problem(errors Errors, field string) Problem {
	key := errors[field]
	if key == "" {
		return Problem{Field: field}
	}
	return Problem{Field: field, Text: b.T(key)}
}

func (b *Base) base() *Base { return b }

// T is a text in the page's language; the arguments are pairs of name and value, and a pair
// named Count chooses the plural form.
func (b *Base) T(key string, args ...any) string { return b.words.text(key, args) }

// Languages are the languages people can choose, each under its own name.
func (b *Base) Languages() []Choice {
	return []Choice{{Value: "en", Text: "English", Chosen: b.Lang == "en"}, {Value: "ar", Text: "العربية", Chosen: b.Lang == "ar"}}
}

// Choice is one option of a select.
type Choice struct {
	Value, Text string
	Chosen      bool
}

// Stamp is a moment in the form of the datetime attribute, or nothing for the zero time.
func (b *Base) Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
