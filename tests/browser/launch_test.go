package browser

import (
	"testing"
)

func TestTeacherInvitesGuestAndTheyTalk(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, campus string) {
		p := startProgram(t)
		mainJob(t, p, campus, blocked)
	})
}

func TestTheSameWithThirdPartyCookiesAllowed(t *testing.T) {
	t.Parallel()
	mainJob(t, startProgram(t), "moodle", allowed)
}

func mainJob(t *testing.T, p *program, campus string, attitude cookies) {
	teacher := newPerson(t, p, "teacher", attitude, looks{})
	guest := newPerson(t, p, "guest", attitude, looks{})
	student := newPerson(t, p, "student", attitude, looks{})

	tab := teacher.launches(campus, "teacher", "in=frame")
	host := tab.tool()
	createsRoom(host, "Kelp forests")
	tab.shot(campus + "-1-room")
	if got := host.body("permission") + " " + host.body("attendee"); got != "owner host" {
		t.Errorf("the teacher is %q, want owner host", got)
	}
	link := invites(host, invitation{"iris@example.org", "Iris", "Vale", "Viewer"})

	door := guest.open(link)
	lobby := door.top()
	lobby.at("page", "lobby")
	door.shot(campus + "-2-lobby")
	lobby.fill("#email", "somebody.else@example.org")
	lobby.click("button", "Continue")
	lobby.sees("[role=alert]", "This email doesn't match the invitation. Enter the address that received it.")
	door.shot(campus + "-3-mismatch")
	lobby.fill("#email", "Iris@Example.org")
	lobby.click("button", "Continue")
	lobby.at("page", "room")
	if got := lobby.body("attendee"); got != "viewer" {
		t.Errorf("the guest came in as %q, want viewer", got)
	}

	says(lobby, "Hello from outside")
	hears(host, "Iris Vale", "Hello from outside")
	says(host, "Welcome")
	hears(lobby, "Maya Okafor", "Welcome")

	phone := student.launches(campus, "student1", "in=narrow")
	phone.resize(420, 800)
	narrow := phone.tool()
	narrow.at("page", "room")
	hears(narrow, "Iris Vale", "Hello from outside")
	says(narrow, "Hello from the course")
	hears(host, "Lina Haddad", "Hello from the course")
	hears(lobby, "Lina Haddad", "Hello from the course")
	phone.shot(campus + "-4-phone")
	tab.shot(campus + "-5-room")
	door.shot(campus + "-6-guest")

	raised := invites(host, invitation{"iris@example.org", "Iris", "Vale", "Speaker"})
	if raised == link {
		t.Error("the second invitation has the first one's link")
	}
	second := guest.open(raised)
	second.top().at("attendee", "speaker")
	lobby.at("attendee", "speaker")
	host.click("[role=tab]", "People")
	host.sees("[data-people] li", "Iris Vale")
	host.until("Iris as a speaker", `[...document.querySelectorAll("[data-people] li")].some(l => l.innerText.includes("Iris Vale") && l.querySelector("select").value === "speaker")`)
	tab.shot(campus + "-7-people")
}
