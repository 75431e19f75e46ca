package browser

import (
	"strings"
	"testing"
)

func TestTwoTabsRemovalAndRevocation(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{})
	other := newPerson(t, p, "other", blocked, looks{})
	desk := teacher.launches("canvas", "teacher", "in=frame")
	host := desk.tool()
	createsRoom(host, "Kelp forests")
	irises := invites(host, invitation{"iris@example.org", "Iris", "Vale", "Viewer"})
	omars := invites(host, invitation{"omar@example.org", "Omar", "Reyes", "Viewer"})

	one := joins(guest, irises, "iris@example.org")
	two := guest.open(irises) // back into the running session, without the lobby
	two.top().at("page", "room")
	connected(one.top())
	connected(two.top())
	says(one.top(), "From the first tab")
	hears(two.top(), "Iris Vale", "From the first tab")
	hears(host, "Iris Vale", "From the first tab")

	strangers := other.open(irises)
	strangers.top().sees("h1", "This link was opened on another device")
	room := joins(other, omars, "omar@example.org")
	connected(room.top())

	host.click("[role=tab]", "People")
	host.sees("[data-people] li", "Omar Reyes")
	if got := host.count("[data-people] li", "Iris Vale"); got != 1 {
		t.Errorf("a person with two tabs is listed %d times", got)
	}
	host.choose(`[aria-label="Role of Iris Vale"]`, "moderator")
	one.top().at("attendee", "moderator")
	two.top().at("attendee", "moderator")
	one.top().sees(".toast", "You are now a moderator.")
	host.choose(`[aria-label="Role of Iris Vale"]`, "viewer")
	one.top().at("attendee", "viewer")
	two.top().at("attendee", "viewer")

	host.click("button", "Remove Iris Vale")
	host.sees("h2", "Remove Iris Vale from this session?")
	desk.shot("places-1-remove")
	host.click("dialog button.danger", "Remove")
	for _, b := range []*tab{one, two} {
		b.top().sees("h1", "A host removed you from this session")
	}
	one.shot("places-2-removed")
	guest.open(irises).top().sees("h1", "A host removed you from this session")

	host.click("#more-button", "")
	host.click("[role=menuitem]", "Invitations")
	host.click("button", "Revoke the invitation of Omar Reyes")
	host.click("dialog button.danger", "Revoke")
	host.sees(".pill", "Revoked")
	desk.shot("places-3-ledger")
	room.top().sees("h1", "This invitation was withdrawn")
	other.open(omars).top().sees("h1", "This invitation was withdrawn")
	if strings.Contains(p.log.String(), "iris@example.org") {
		t.Error("the log has somebody's address")
	}
}

func TestALostConnectionLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{})
	host := teacher.launches("blackboard", "teacher", "in=frame").tool()
	createsRoom(host, "Kelp forests")
	door := joins(guest, invites(host, invitation{"iris@example.org", "Iris", "Vale", "Viewer"}), "iris@example.org")
	v := door.top()
	connected(v)
	says(host, "before")
	hears(v, "Maya Okafor", "before")

	guest.proxy.cut()
	for _, text := range []string{"one", "two", "three"} {
		says(host, text)
		hears(host, "Maya Okafor", text)
	}
	says(v, "from the tunnel")
	v.sees(".say [role=alert]", "Not sent.")
	v.sees("[data-line]", "The connection is lost.")
	door.shot("lost")
	guest.proxy.mend()
	v.sees("[data-line]", "You are connected again.")
	hears(v, "Iris Vale", "from the tunnel")
	hears(host, "Iris Vale", "from the tunnel")
	says(host, "after")
	hears(v, "Maya Okafor", "after")

	want := "before|one|two|three|from the tunnel|after"
	for _, room := range []view{v, host} {
		if got := room.get(`[...document.querySelectorAll("[data-lines] .say p")].map(p => p.innerText).join("|")`); got != want {
			t.Errorf("lines are %s, want %s", got, want)
		}
	}
}
