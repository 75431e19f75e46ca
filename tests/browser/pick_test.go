package browser

import "testing"

// pickers are where teachers add content on each campus.
var pickers = map[string]string{
	"moodle":     "/course/modedit.php?add=lti&course=1&select=1",
	"canvas":     "/external_tools/select?placement=link_selection&course=1",
	"blackboard": "/ultra/content-market?course=1",
}

// picks opens the content picker of a campus as its teacher.
func (h *person) picks(campus, more string) *tab {
	h.t.Helper()
	desk := h.open(h.p.lmsURL(campus, "/?as=teacher&course=1"))
	desk.top().sees("h1", "")
	desk.goTo(h.p.lmsURL(campus, pickers[campus]+more))
	return desk
}

// makes creates a room from within the picker.
func makes(v view, title string) {
	v.t().Helper()
	v.click("button", "Create new")
	v.fill("#title", title)
	v.click("main button[type=submit]", "")
	v.sees(".pick b", title)
}

// C-39, C-40, C-45, C-47: from the LMS's own picker and back, in its frame.
func TestRoomsArePickedInEachLMS(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	each(t, func(t *testing.T, campus string) {
		teacher := newPerson(t, p, "teacher", blocked, looks{})
		student := newPerson(t, p, "student", blocked, looks{})
		desk := teacher.picks(campus, "")
		v := desk.tool()
		v.sees("h2", "No rooms in this course yet")
		makes(v, "Kelp forests")
		makes(v, "Élodie's lab hours")
		v.sees("[data-pick-count]", "2 chosen")
		v.reloadFrame()
		v.sees("[data-pick-add]", "Add 2 links")
		v.fill("[data-pick-search]", "elodie LAB")
		v.seesNot(".pick b", "Kelp forests")
		v.press("Enter") // has searched already
		v.sees("[data-pick-add]", "Add 2 links")
		desk.shot("pick-1-" + campus)
		v.click("[data-pick-add]", "")
		top := desk.top()
		if campus == "moodle" { // a form first, which sums up
			top.sees("li", "Kelp forests")
			top.click("button", "Save")
		}
		top.sees("a", "Kelp forests")
		top.sees("a", "Élodie's lab hours")
		desk.shot("pick-2-" + campus)

		seat := student.open(p.lmsURL(campus, "/?as=student1&course=1"))
		seat.top().click("a", "Kelp forests")
		room := seat.tool()
		if campus != "moodle" { // a window of the room's own, which Moodle has not
			var opened *tab
			student.wait("the room's window", func() bool {
				for _, s := range student.pages() {
					if s != seat.page {
						opened = &tab{h: student, page: s}
					}
				}
				return opened != nil
			})
			room = opened.top()
		}
		room.at("page", "room")
		room.sees("h1", "Kelp forests")

		back := teacher.picks(campus, "")
		v = back.tool()
		v.sees(".pick b", "Kelp forests")
		v.click("button", "Cancel")
		if campus == "moodle" {
			v.sees("h1", "Nothing was added")
			v.click("button", "Back to your LMS")
			back.top().seesNot("iframe", "")
			return
		}
		back.top().sees("body", "Nothing was added.")
	})
}

// C-40: the picker in a window of its own, by keyboard alone, at every width.
func TestThePickerIsAccessibleAndWorksInAWindow(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	a := &auditor{t: t, source: axeSource(t)}
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	desk := teacher.picks("canvas", "&in=tab")
	v := desk.top()
	v.sees("h2", "No rooms in this course yet")
	a.check(v, "picker-empty")
	v.click("button", "Create new")
	v.fill("#title", "Kelp forests & other long-named habitats of the northern coast")
	v.click("main button[type=submit]", "")
	v.sees("[data-pick-add]", "Add 1 link")
	a.check(v, "picker")
	v.tabTo(".pick input", "")
	v.press("Space")
	v.sees("[data-pick-count]", "0 chosen")
	v.tabTo("[data-pick-add]", "")
	v.press("Enter")
	v.sees("#entry-error", "No room is chosen.")
	a.check(v, "picker-error")
	v.tabTo(".pick input", "")
	v.press("Space")
	v.tabTo("[data-pick-add]", "")
	v.press("Enter")
	v.sees("body", "1 link added")
	v.sees("a", "Kelp forests")

	v = teacher.picks("moodle", "").tool()
	v.click("button", "Cancel")
	v.sees("h1", "Nothing was added")
	a.check(v, "picker-nothing")
	v = teacher.picks("blackboard", "&lang=ar").tool()
	v.until("right to left", `document.dir === "rtl"`)
	a.check(v, "ar-picker")
}
