package browser

import "testing"

// Inside the LMS an invitation needs no link: it waits for the member to whom
// it is bound, and for nobody else.
func TestAMemberIsOfferedTheirInvitationInTheCourse(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	a := &auditor{t: t, source: axeSource(t)}
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	lina := newPerson(t, p, "lina", blocked, looks{})
	tom := newPerson(t, p, "tom", blocked, looks{})
	host := teacher.launches("blackboard", "teacher", "in=frame").tool()
	createsRoom(host, "Kelp forests")
	lina.launches("blackboard", "student1", "in=frame", "share=name").tool().at("page", "room")

	opensInvite(host)
	host.click("#email", "")
	host.insert("li")
	host.sees("[role=option]", "not shared by your LMS")
	host.click("[role=option]", "Lina Haddad")
	host.until("the chosen person", `document.querySelector("#first").value === "Lina"`)
	host.click("label.choice", "Speaker")
	host.click("button", "Generate invite link")
	host.sees("h2", "Invitation for Lina Haddad")
	host.sees("dialog p", "The invitation is also offered to them in the course.")
	host.click("dialog a", "Done")

	hers := lina.launches("blackboard", "student1", "in=tab", "share=name").top()
	hers.at("page", "room")
	hers.sees(".note", "Maya Okafor invited you to Kelp forests.")
	a.check(hers, "offer")
	his := tom.launches("blackboard", "student2", "in=frame").tool()
	his.at("page", "room")
	if n := his.count(".note", "invited you"); n != 0 {
		t.Error("somebody else is offered the invitation")
	}
	framed := lina.launches("blackboard", "student1", "in=frame", "share=name").tool()
	framed.click("button", "Join as speaker")
	framed.at("attendee", "speaker")
	hers.at("attendee", "speaker") // her other tab too
	framed.seesNot(".note", "invited you")
	host.click("[role=tab]", "People")
	host.until("Lina as a speaker", `document.querySelector('[aria-label="Role of Lina Haddad"]')?.value === "speaker"`)
}

// What ends a guest's visit, and what a link says afterwards.
func TestLeavingAndDeleting(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	a := &auditor{t: t, source: axeSource(t)}
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{})
	late := newPerson(t, p, "late", blocked, looks{})
	host := teacher.launches("canvas", "teacher", "in=frame").tool()
	createsRoom(host, "Kelp forests")
	link := invites(host, invitation{"iris@example.org", "Iris", "Vale", "Viewer"})
	omars := invites(host, invitation{"omar@example.org", "Omar", "Reyes", "Viewer"})
	v := joins(guest, link, "iris@example.org").top()
	connected(v)
	v.click("header button", "Leave on this device")
	v.sees("dialog h2", "Leave on this device?")
	a.check(v, "dialog-leave")
	v.click("dialog[open] button.danger", "Leave")
	v.sees("h1", "You have left")
	a.check(v, "signed-out")
	v = guest.open(link).top()
	v.sees("h1", "This link has already been used")
	a.check(v, "landing-spent")

	host.click("#more-button", "")
	host.click("[role=menuitem]", "Delete")
	host.click("dialog[open] button.danger", "Delete")
	host.sees(".note", "was deleted. You can restore it for 30 days.")
	host.sees("summary", "1 recently deleted")
	v = late.open(omars).top()
	v.sees("h1", "This session no longer exists")
	a.check(v, "landing-deleted")
	list := teacher.launches("canvas", "teacher", "in=tab", "link=nav").top()
	list.click("summary", "1 recently deleted")
	a.check(list, "course-deleted")
	list.click("button", "Restore Kelp forests")
	list.at("page", "room")
	joins(late, omars, "omar@example.org")
}
