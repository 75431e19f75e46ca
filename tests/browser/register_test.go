package browser

import (
	"regexp"
	"testing"
)

var registrationLink = regexp.MustCompile(`http://\S+/lti/register\?token=\S+`)

// invitesPlatform makes a one-time link on the command line.
func invitesPlatform(p *program, name string) string {
	p.t.Helper()
	link := registrationLink.FindString(p.run("platform", "invite", "--name", name))
	if link == "" {
		p.t.Fatal("usher platform invite shows no link")
	}
	return link
}

func TestMoodleRegistersAnEmptyUsherByItsLink(t *testing.T) {
	t.Parallel()
	p := startEmpty(t)
	admin := newPerson(t, p, "admin", blocked, looks{})
	tab := admin.open(p.lmsURL("moodle", "/admin"))
	page := tab.top()
	page.fill("[name=toolurl]", invitesPlatform(p, "Harbour Moodle"))
	page.click("button", "Add LTI Advantage")
	consents(tab)
	page.sees(".state", "Pending") // the frame closed by itself
	tab.shot("moodle-registered")
	page.click("button", "Activate")
	page.sees(".state", "Active")

	teacher := newPerson(t, p, "teacher", blocked, looks{})
	teacher.launches("moodle", "teacher", "in=frame").tool().sees("h1", "Choose or create")
}

func TestCanvasRegistersAnEmptyUsherByItsLink(t *testing.T) {
	t.Parallel()
	p := startEmpty(t)
	admin := newPerson(t, p, "admin", blocked, looks{})
	tab := admin.open(p.lmsURL("canvas", "/admin"))
	page := tab.top()
	page.fill("[name=registration_url]", invitesPlatform(p, "Coastline Canvas"))
	page.click("button", "Continue")
	tool := tab.tool()
	tool.sees("b", "Check who this is.") // the configuration is not at the issuer's host
	tool.click("button", "Connect")
	tool.sees("#confirm[aria-invalid=true]", "")
	tool.click("#confirm", "")
	tab.shot("canvas-consent")
	tool.click("button", "Connect")
	page.sees("h1", "Review the app") // the frame closed by itself
	page.click("button", "Enable & Close")
	client := page.get(`[...document.querySelectorAll("dt")].find(d => d.innerText.startsWith("Client ID")).nextElementSibling.innerText`)
	page.click("a", "Settings: Apps")
	page.fill("[name=client]", client)
	page.click("button", "Install")
	page.sees("dt", "Deployment ID")

	teacher := newPerson(t, p, "teacher", blocked, looks{})
	teacher.launches("canvas", "teacher", "in=frame").tool().sees("h1", "Choose or create")
}

// consents agrees on the page of Usher that an LMS frames.
func consents(b *tab) {
	b.t().Helper()
	tool := b.tool()
	tool.at("page", "register")
	b.shot("consent")
	tool.click("button", "Connect")
}
