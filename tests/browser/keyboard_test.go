package browser

import "testing"

// Nothing here uses the mouse.
func TestInvitingAndJoiningByKeyboardAlone(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{})
	student := newPerson(t, p, "student", blocked, looks{})
	createsRoom(teacher.launches("moodle", "teacher", "in=frame").tool(), "Kelp forests")
	student.launches("moodle", "student1", "in=frame").tool().at("page", "room") // can be suggested from now on

	tab := teacher.launches("moodle", "teacher", "in=frame")
	v := tab.tool()
	v.at("page", "room")
	connected(v)
	invitesByKeys(v, tab)
	link := invitesSomebodyElseByKeys(v)

	lobby := guest.open(link).top()
	lobby.at("page", "lobby")
	lobby.tabTo("#email", "")
	lobby.types("wrong@example.org")
	lobby.press("Enter")
	lobby.sees("[role=alert]", "This email doesn't match the invitation.")
	lobby.until("focus on the mistake", `document.activeElement?.id === "email"`)
	lobby.until("what was typed", `document.activeElement.value === "wrong@example.org"`)
	for range "wrong@example.org" {
		lobby.press("Backspace")
	}
	lobby.types("iris@example.org")
	lobby.press("Enter")
	lobby.at("page", "room")
	connected(lobby)
	lobby.tabTo(".composer textarea", "")
	lobby.types("By keys")
	lobby.press("Enter")
	hears(v, "Iris Vale", "By keys")
	lobby.tabTo("[role=tab]", "Chat")
	lobby.press("ArrowRight")
	lobby.sees("[data-people] li", "Iris Vale")
}

func invitesByKeys(v view, tab *tab) {
	v.t().Helper()
	v.tabTo("#more-button", "")
	v.press("Enter")
	v.until("focus in the menu", `document.activeElement?.innerText.includes("Invite users")`)
	v.press("End")
	v.until("focus at the menu's end", `document.activeElement?.innerText.includes("Delete")`)
	v.press("ArrowDown")
	v.until("focus at the menu's start", `document.activeElement?.innerText.includes("Invite users")`)
	v.press("Enter")
	v.until("focus in Email", `document.activeElement?.id === "email"`)
	v.types("lina")
	v.sees("[role=option]", "Lina Haddad")
	v.press("ArrowDown")
	v.until("a marked suggestion", `document.querySelector("[role=option][aria-selected=true]")?.innerText.includes("Lina")`)
	tab.shot("keyboard-1-suggestion")
	v.press("Enter")
	v.until("the chosen person", `document.querySelector("#first").value === "Lina" && document.querySelector("#email").value.startsWith("lina.haddad@")`)
	v.press("Escape") // the suggestions are closed already: this closes the dialog
	v.seesNot("dialog[open]", "")
	v.until("focus back at More actions", `document.activeElement?.id === "more-button"`)
}

func invitesSomebodyElseByKeys(v view) (link string) {
	v.t().Helper()
	v.press("Enter")
	v.until("focus in the menu", `document.activeElement?.innerText.includes("Invite users")`)
	v.press("Enter")
	v.until("focus in Email", `document.activeElement?.id === "email"`)
	v.types("iris@example.org")
	v.press("Tab")
	v.types("Iris")
	v.press("Tab")
	v.types("Vale")
	v.press("Tab")
	v.until("focus on the types", `document.activeElement?.type === "radio"`)
	v.press("ArrowDown")
	v.until("the next type", `document.activeElement?.checked && document.activeElement.value !== "viewer"`)
	v.press("ArrowUp")
	v.until("the first type", `document.activeElement?.checked && document.activeElement.value === "viewer"`)
	v.tabTo("button", "Generate invite link")
	v.press("Enter")
	v.sees("h2", "Invitation for Iris Vale")
	v.until("focus on what happened", `document.activeElement?.id === "invite-title"`)
	link = v.get(`document.querySelector("#link").value`)
	v.tabTo("button", "Copy link")
	v.press("Enter")
	// Moodle's frame grants no clipboard: the link is marked, and copied or said how to.
	v.until("word about the copy", `document.querySelector("[data-copy-status]").textContent !== ""`)
	v.tabTo("dialog a, dialog button", "Done")
	v.press("Enter")
	v.seesNot("dialog[open]", "")
	v.until("focus back at More actions", `document.activeElement?.id === "more-button"`)
	return link
}
