package browser

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// axeSource is the accessibility checker, put into pages from outside: their
// content policy admits no foreign script.
func axeSource(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core is missing, run `npm ci`: %v", err)
	}
	return string(raw)
}

// auditor checks pages and counts them.
type auditor struct {
	t      *testing.T
	source string
	pages  int
}

// check runs axe with the rules of WCAG 2.2 A and AA on a page as it stands:
// light and wide, then dark and 320 px wide, where nothing may scroll sideways.
func (a *auditor) check(v view, name string) {
	a.t.Helper()
	a.pages++
	a.run(v, name+", light")
	v.shot("axe-" + name)
	v.h.setDark(true)
	v.resize(320, 640)
	a.run(v, name+", dark, 320 px")
	v.shot("axe-" + name + "-320")
	v.h.setDark(false)
	a.run(v, name+", light, 320 px")
	if !v.framed { // the frame's width is the LMS's business
		if over := overflow(v); over != "" {
			a.t.Errorf("%s scrolls sideways: %s", name, over)
		}
	}
	v.resize(1100, 800)
}

func (a *auditor) run(v view, name string) {
	a.t.Helper()
	for _, violation := range a.violations(v) {
		a.t.Errorf("%s: %s", name, violation)
	}
}

// violations are what axe finds in a page as it stands.
func (a *auditor) violations(v view) (list []string) {
	a.t.Helper()
	var there bool
	v.poll("page", func() error { return v.look(`typeof axe === "object"`, &there) })
	if !there {
		v.poll("axe", func() error { return v.look(a.source+"; true", nil) })
	}
	var found []struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	v.poll("result of axe", func() error {
		var raw string
		// Colours move for a moment when the scheme or a hover changes.
		err := v.look(`(async () => {
  await Promise.all(document.getAnimations().map(a => a.finished.catch(() => {})));
  const r = await axe.run(document, { resultTypes: ["violations"], iframes: false,
    runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } });
  return JSON.stringify(r.violations.map(v => ({ id: v.id, help: v.help, nodes: v.nodes.map(n => ({ html: n.html, failureSummary: n.failureSummary })) })));
})()`, &raw)
		if err != nil {
			return err
		}
		return json.Unmarshal([]byte(raw), &found)
	})
	for _, f := range found {
		for _, n := range f.Nodes[:min(3, len(f.Nodes))] {
			list = append(list, f.ID+" ("+f.Help+")\n\t"+n.HTML+"\n\t"+strings.ReplaceAll(n.FailureSummary, "\n", " "))
		}
	}
	return list
}

// overflow says what makes a page scroll sideways, "" if it does not.
func overflow(v view) (what string) {
	v.t().Helper()
	v.poll("width", func() error {
		return v.look(`(() => { const s = document.scrollingElement; if (s.scrollWidth <= s.clientWidth) return "";
  return s.scrollWidth + " px wide, window " + s.clientWidth + ": " + [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > s.clientWidth + 1 && e.checkVisibility()).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(" | ") })()`, &what)
	})
	return what
}

// A checker that finds nothing proves nothing until it has found something.
func TestTheAuditorFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	a := &auditor{t: t, source: axeSource(t)}
	v := newPerson(t, p, "somebody", blocked, looks{}).open(p.tool() + "/help").top()
	v.at("page", "help")
	if found := a.violations(v); len(found) != 0 {
		t.Fatalf("the page has violations of its own: %v", found)
	}
	v.resize(320, 640)
	v.until("planted mistakes", `(() => {
  const bad = document.createElement("div");
  bad.innerHTML = "<button></button><p class=muted>pale</p><p>wide</p>";
  bad.children[1].style.color = "#ddd"; bad.children[1].style.background = "#fff"; bad.children[2].style.width = "500px";
  document.querySelector("main").append(bad); return true })()`)
	found := strings.Join(a.violations(v), "\n")
	for _, rule := range []string{"button-name", "color-contrast"} {
		if !strings.Contains(found, rule) {
			t.Errorf("%s was planted and not found; found: %s", rule, found)
		}
	}
	if overflow(v) == "" {
		t.Error("a wide element was planted and not found")
	}
}

// The pages of those who manage, in a tab of their own, where every width can
// be had.
func TestManagersPagesAreAccessible(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	a := &auditor{t: t, source: axeSource(t)}
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	student := newPerson(t, p, "student", blocked, looks{})
	v := teacher.launches("canvas", "teacher", "in=tab", "link=nav").top()
	v.sees("h2", "Nothing in this course yet")
	a.check(v, "course-empty-teacher")
	s := student.launches("canvas", "student1", "in=tab", "link=nav").top()
	s.sees("h2", "Nothing here yet")
	a.check(s, "course-empty-student")
	s = student.launches("canvas", "student1", "in=tab").top()
	s.sees("h1", "Not set up yet")
	a.check(s, "not-set-up")

	v = teacher.launches("canvas", "teacher", "in=tab").top()
	v.sees("h1", "Choose or create")
	a.check(v, "choose-or-create")
	v.fill("#title", "")
	v.click("[data-always-open]", "")
	v.click("button", "Create a room")
	v.sees("#title-error", "The title is missing.")
	v.sees("#starts_at", "")
	a.check(v, "choose-or-create-errors")
	v.click("[data-always-open]", "")
	v.seesNot("#starts_at", "") // the form that came back works like the first one
	createsRoom(v, "Kelp forests & other long-named habitats of the northern coast")
	connected(v)
	s = student.launches("canvas", "student1", "in=tab").top()
	connected(s)
	says(s, "Hello, this is a line with a link https://example.org/a/very/long/address/that/has/to/wrap/somewhere/on/a/phone")
	v.sees(".say", "Hello")
	a.check(v, "room-host")
	a.check(s, "room-viewer")
	v.click("[role=tab]", "People")
	v.sees("[data-people] li select", "")
	a.check(v, "room-people")
	managersOverlays(a, v)

	v.goTo(v.get("location.href") + "?view=about")
	v.at("page", "media")
	a.check(v, "media-manager")
	v.click("#more-button", "")
	v.click("[role=menuitem]", "Edit")
	v.sees("h1", "Edit the room")
	a.check(v, "entry-edit")
	v = teacher.launches("canvas", "teacher", "in=tab", "link=2").top()
	v.sees("legend", "Rooms of this course")
	a.check(v, "choose-existing")
	schedules(v, "Field trip", false)
	a.check(v, "media-scheduled")
	s = student.launches("canvas", "student1", "in=tab", "link=2").top()
	s.sees("h2", "Opens in")
	a.check(s, "media-student")
	v = teacher.launches("canvas", "teacher", "in=tab", "link=nav").top()
	v.sees("h2", "Upcoming")
	a.check(v, "course-full")
	t.Logf("%d pages and states", a.pages)
}

// managersOverlays goes through what opens over the room.
func managersOverlays(a *auditor, v view) {
	v.t().Helper()
	v.click("#more-button", "")
	v.sees("[role=menuitem]", "Invite users")
	a.check(v, "menu")
	v.click("[role=menuitem]", "Delete")
	v.sees("dialog h2", "Delete")
	a.check(v, "dialog-delete")
	v.click("dialog[open] button", "Cancel")
	v.click("#more-button", "")
	v.click("[role=menuitem]", "Publish status")
	v.sees("dialog h2", "Publish status")
	a.check(v, "dialog-publish")
	v.click("dialog[open] button", "Cancel")
	v.click("header button", "End")
	v.sees("dialog h2", "End the session for everybody?")
	a.check(v, "dialog-end")
	v.click("dialog[open] button", "Cancel")

	opensInvite(v)
	a.check(v, "invite")
	v.click("#email", "")
	v.insert("li")
	v.sees("[role=option]", "Lina Haddad")
	a.run(v, "invite-suggestions, light")
	v.shot("axe-invite-suggestions")
	v.fill("#email", "nobody")
	v.click("dialog h2", "")
	v.click("button", "Generate invite link")
	v.sees("#email-error", "This is not a full email address.")
	a.check(v, "invite-errors")
	v.fill("#email", "iris@example.org")
	v.fill("#first", "Iris")
	v.fill("#last", "Vale")
	v.click("button", "Generate invite link")
	v.sees("h2", "Invitation for Iris Vale")
	a.check(v, "invite-confirm")
	v.click("dialog a", "Done")
	v.click("#more-button", "")
	v.click("[role=menuitem]", "Invitations")
	v.sees("h1", "Invitations")
	a.check(v, "invitations")
	v.click("button", "Revoke the invitation of Iris Vale")
	v.sees("dialog h2", "Revoke the invitation of Iris Vale?")
	a.check(v, "dialog-revoke")
	v.click("dialog[open] button", "Cancel")
	v.click("a.crumb", "")
	v.at("page", "room")
}

func TestGuestsPagesAreAccessible(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	a := &auditor{t: t, source: axeSource(t)}
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{})
	other := newPerson(t, p, "other", blocked, looks{})
	host := teacher.launches("canvas", "teacher", "in=frame").tool()
	createsRoom(host, "Kelp forests")
	link := invites(host, invitation{"iris@example.org", "Iris", "Vale", "Speaker"})
	omars := invites(host, invitation{"omar@example.org", "Omar", "Reyes", "Viewer"})

	v := guest.open(link).top()
	v.at("page", "lobby")
	a.check(v, "lobby")
	v.fill("#email", "nobody@example.org")
	v.click("button", "Continue")
	v.sees("[role=alert]", "")
	a.check(v, "lobby-mismatch")
	v.fill("#email", "iris@example.org")
	v.click("button", "Continue")
	v.at("page", "room")
	connected(v)
	a.check(v, "room-guest")
	host.click("[role=tab]", "People")
	host.choose(`[aria-label="Role of Iris Vale"]`, "moderator")
	v.sees(".toast", "You are now a moderator.")
	a.check(v, "room-toast")
	o := other.open(link).top()
	o.sees("h1", "This link was opened on another device")
	a.check(o, "landing-other-device")
	for path, name := range map[string]string{
		"/i/AAAAAAAAAAAAAAAAAAAAAA": "landing-invalid", "/privacy": "privacy", "/help": "help",
		"/nowhere": "error-404", "/c/mine": "error-401",
	} {
		o = other.open(p.tool() + path).top()
		o.sees("h1", "")
		a.check(o, name)
		o.tab.close()
	}
	host.click("header button", "End")
	host.click("dialog[open] button.danger", "End")
	host.at("page", "media")
	o = other.open(omars).top()
	o.sees("h1", "This session has ended")
	a.check(o, "landing-ended")
	v.sees("[data-line]", "This session has ended")
	a.check(v, "room-ended")

	host = teacher.launches("canvas", "teacher", "in=frame", "link=2").tool()
	schedules(host, "Field trip", true)
	o = other.open(invites(host, invitation{"omar@example.org", "Omar", "Reyes", "Viewer"})).top()
	o.sees("h2", "Starts in")
	a.check(o, "landing-countdown")
	t.Logf("%d pages and states", a.pages)
}

func TestPagesOfLaunchesAreAccessible(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	a := &auditor{t: t, source: axeSource(t)}
	h := newPerson(t, p, "teacher", blocked, looks{})
	v := h.open(p.tool() + "/lti/login?iss=https%3A%2F%2Fnowhere.example&login_hint=1").top()
	v.at("page", "launch-error")
	a.check(v, "launch-error")
	v = h.launches("blackboard", "teacher", "in=tab", "institution=2").top()
	v.sees("h1", "Waiting for your administrator")
	a.check(v, "launch-pending")
	v = h.launches("moodle", "teacher", "in=narrow").tool()
	v.sees("h1", "Choose or create")
	a.check(v, "choose-framed")
	if err := v.look(`sessionStorage.clear()`, nil); err != nil {
		t.Fatal(err)
	}
	v.reloadFrame()
	v.sees("h2", "Open it again from your course")
	a.check(v, "reopen")

	barred := newPerson(t, p, "barred", blocked, looks{script: refuses})
	loseCookies(barred)
	v = barred.launches("moodle", "teacher", "in=narrow").tool()
	v.sees("a", "Open in new window")
	a.check(v, "open-window")
}

func TestArabicPagesAreAccessibleAndRightToLeft(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	a := &auditor{t: t, source: axeSource(t)}
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	guest := newPerson(t, p, "guest", blocked, looks{})
	v := teacher.launches("canvas", "teacher", "in=tab", "lang=ar").top()
	v.until("right to left", `document.dir === "rtl" && document.documentElement.lang === "ar"`)
	a.check(v, "ar-choose")
	v.fill("#title", "غابات عشب البحر")
	v.click("button[type=submit]", "")
	v.at("page", "room")
	v.until("right to left", `document.dir === "rtl"`)
	connected(v)
	a.check(v, "ar-room")
	v.click("#more-button", "")
	v.click("[role=menuitem]", "")
	v.sees("dialog h2", "")
	a.check(v, "ar-invite")
	v.fill("#email", "iris@example.org")
	v.fill("#first", "Iris")
	v.fill("#last", "Vale")
	v.click("dialog button[type=submit]", "")
	v.sees("#link", "")
	a.check(v, "ar-confirm")
	g := guest.open(v.get(`document.querySelector("#link").value`) + "?lang=ar").top()
	g.until("right to left", `document.dir === "rtl"`)
	a.check(g, "ar-lobby")
}
