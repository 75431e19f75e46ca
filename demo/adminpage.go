package demo

import (
	"net/http"
)

// adminPage is a page of an administrator: forms and what they made.
type adminPage struct {
	base
	Intro  string
	Notice string
	Alarm  bool
	Forms  []adminForm
	Cards  []toolCard
	// Settings are forms about what the cards show.
	Settings []adminForm
	Links    []adminLink
}

// adminLink leads to another page.
type adminLink struct{ Text, URL string }

// adminForm is a form with its fields.
type adminForm struct {
	Heading, Help, Action, Button string
	Fields                        []adminField
}

// adminField is a field of a form. Kind is text, area, check, choice or hidden.
type adminField struct {
	Name, Label, Kind, Value, Help string
	Checked                        bool
	Options                        []adminOption
}

// adminOption is a value to choose.
type adminOption struct {
	Value, Text string
	Chosen      bool
}

// toolCard is a tool with its facts and what can be done with it.
type toolCard struct {
	Title, State, Text string
	Facts              []adminFact
	Buttons            []adminButton
	Links              []adminLink
}

// adminFact is a value that is copied elsewhere.
type adminFact struct{ Label, Value string }

// adminButton posts one hidden field.
type adminButton struct {
	Text, Action string
	Fields       []field
}

// registerPage frames a tool's registration page.
type registerPage struct {
	base
	FrameSrc   string
	ToolOrigin string
	DoneURL    string
	Width      int
	Height     int
}

func textField(name, label, value, help string) adminField {
	return adminField{Name: name, Label: label, Kind: "text", Value: value, Help: help}
}

func areaField(name, label, value, help string) adminField {
	return adminField{Name: name, Label: label, Kind: "area", Value: value, Help: help}
}

func checkField(name, label string, checked bool) adminField {
	return adminField{Name: name, Label: label, Kind: "check", Value: "1", Checked: checked}
}

func hiddenField(name, value string) adminField {
	return adminField{Name: name, Kind: "hidden", Value: value}
}

// asAdmin signs the administrator in: these pages are theirs, and on a practice
// campus anybody may be anybody.
func (c *site) asAdmin(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if person, ok := c.who(r); !ok || person.Key != "admin" {
			admin, _ := personByKey("admin")
			c.signIn(w, admin)
		}
		if err := r.ParseForm(); err != nil {
			c.message(w, http.StatusBadRequest, "Bad request", "The form could not be read.")
			return
		}
		next(w, r)
	}
}

// adminBase is base for a page of the administrator.
func (c *site) adminBase(title string) base {
	admin, _ := personByKey("admin")
	return c.base(title, &admin)
}

// useButton makes a tool the one of the course's own links.
func (c *site) useButton(t tool) []adminButton {
	if current, ok := c.currentTool(); ok && current.ClientID == t.ClientID {
		return nil
	}
	return []adminButton{{Text: "Use for the activities of the courses", Action: "/tools/use", Fields: []field{{"client", t.ClientID}}}}
}

// deleteButton forgets a tool.
func deleteButton(t tool) adminButton {
	return adminButton{Text: "Delete", Action: "/tools/delete", Fields: []field{{"client", t.ClientID}}}
}

// mountTools serves what every campus's administration has.
func (c *site) mountTools(mux *http.ServeMux) {
	mux.HandleFunc("GET /admin", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, c.adminPath, http.StatusSeeOther)
	})
	mux.HandleFunc("POST /tools/use", c.asAdmin(c.toolAction(c.useTool)))
	mux.HandleFunc("POST /tools/delete", c.asAdmin(c.toolAction(c.dropTool)))
}

// toolAction does something with the tool that a form names.
func (c *site) toolAction(do func(clientID string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := do(r.PostForm.Get("client")); err != nil {
			c.fault(w, err)
			return
		}
		http.Redirect(w, r, c.adminPath, http.StatusSeeOther)
	}
}

// setState switches a tool on or off.
func (c *site) setState(state string) func(clientID string) error {
	return func(clientID string) error {
		t, ok := c.toolByClient(clientID)
		if !ok {
			return nil
		}
		t.State = state
		return c.keepTool(t)
	}
}
