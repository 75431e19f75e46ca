package browser

import (
	"fmt"
	"testing"
)

// What people do, in the words of the pages.

// launches opens the tool from a campus, in the frame of a tab.
func (h *person) launches(campus, as string, parameters ...string) *tab {
	h.t.Helper()
	return h.open(h.p.launchURL(campus, append([]string{"as=" + as}, parameters...)...))
}

// createsRoom fills in Choose or create for a room that is always open.
func createsRoom(v view, title string) {
	v.t().Helper()
	v.sees("h1", "Choose or create")
	v.fill("#title", title)
	v.click("button", "Create a room")
	v.at("page", "room")
	v.sees("h1", title)
}

// invitation is who is invited as what.
type invitation struct{ email, first, last, role string }

// invites opens the dialog from More actions, fills it in and returns the link.
func invites(v view, who invitation) (link string) {
	v.t().Helper()
	opensInvite(v)
	v.fill("#email", who.email)
	v.fill("#first", who.first)
	v.fill("#last", who.last)
	v.click("label.choice", who.role)
	v.click("button", "Generate invite link")
	v.sees("h2", fmt.Sprintf("Invitation for %s %s", who.first, who.last))
	link = v.get(`document.querySelector("#link").value`)
	v.click("dialog a, dialog button", "Done")
	v.seesNot("dialog[open]", "")
	return link
}

func opensInvite(v view) {
	v.t().Helper()
	v.click("#more-button", "")
	v.click("[role=menuitem]", "Invite users")
	v.sees("dialog h2", "Invite users")
}

// joins follows a link and enters the address.
func joins(h *person, link, email string) *tab {
	h.t.Helper()
	b := h.open(link)
	v := b.top()
	v.at("page", "lobby")
	v.fill("#email", email)
	v.click("button", "Continue")
	v.at("page", "room")
	return b
}

// says sends a chat line.
func says(v view, text string) {
	v.t().Helper()
	v.click(".composer textarea", "")
	v.until("focus in the composer", `document.activeElement?.matches(".composer textarea")`)
	v.insert(text)
	v.press("Enter")
}

// hears waits for a chat line of somebody.
func hears(v view, who, text string) {
	v.t().Helper()
	v.until(fmt.Sprintf("line %q of %s", text, who), fmt.Sprintf(
		`[...document.querySelectorAll("[data-lines] .say:not([data-state])")].some(l => l.querySelector("b")?.innerText === %q && l.querySelector("p").innerText === %q)`, who, text))
}

// connected waits until the room hears the server.
func connected(v view) {
	v.t().Helper()
	v.until("connection", `document.querySelector("[data-people] [data-state]")`)
}

func each(t *testing.T, run func(t *testing.T, campus string)) {
	for _, campus := range []string{"moodle", "canvas", "blackboard"} {
		t.Run(campus, func(t *testing.T) { run(t, campus) })
	}
}
