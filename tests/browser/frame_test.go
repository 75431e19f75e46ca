package browser

import (
	"fmt"
	"strconv"
	"testing"
)

// listening keeps what the page around the tool hears.
const listening = `window.heard = []; addEventListener("message", e => heard.push(e.data))`

// frameHeight waits until the tool's frame is as tall as expected, says how
// tall it is, and that it stays so.
func frameHeight(b *tab, what, fits string) int {
	b.t().Helper()
	top := b.top()
	height := `Math.round(document.getElementById("tool").getBoundingClientRect().height)`
	top.until(what, fmt.Sprintf(`(h => %s)(%s)`, fits, height))
	top.until("a height that stays", fmt.Sprintf(`(async () => {
  const before = %s
  await new Promise(r => setTimeout(r, 400))
  return before === %s
})()`, height, height))
	n, err := strconv.Atoi(top.get(height))
	if err != nil {
		b.t().Fatal(err)
	}
	return n
}

// content is how tall the tool's page is.
func content(v view) string { return v.get(`Math.ceil(document.body.getBoundingClientRect().height)`) }

func TestTheFrameIsAsTallAsItsPageWhereTheLMSListens(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	for _, campus := range []string{"canvas", "blackboard"} {
		t.Run(campus, func(t *testing.T) {
			h := newPerson(t, p, "teacher", blocked, looks{})
			b := h.launches(campus, "teacher", "in=frame")
			v := b.tool()
			createsRoom(v, "Kelp forests")
			room := frameHeight(b, "a room that fills the window", "h >= 520")

			v.click("a.crumb", "")
			v.at("page", "course")
			list := frameHeight(b, "the list's height", "h === "+content(v))
			if list == room {
				t.Errorf("list and room are both %d px tall", list)
			}
			v.click("a", "Kelp forests")
			v.at("page", "room")
			frameHeight(b, "the room again", fmt.Sprintf("h === %d", room))

			v.click("#more-button", "")
			v.click("[role=menuitem]", "Invitations")
			v.sees("h1", "Invitations")
			ledger := frameHeight(b, "the ledger's height", "h === "+content(v))
			v.click("a, button", "Invite users")
			v.sees("h2", "Invite users")
			dialog := frameHeight(b, "room for the dialog", fmt.Sprintf("h > %d", ledger))
			v.until("the dialog in sight", fmt.Sprintf(`[...document.querySelectorAll("dialog[open] .sheet")].every(s => s.getBoundingClientRect().height <= %d)`, dialog))
			b.shot("height-dialog-" + campus)
			v.press("Escape")
			v.seesNot("dialog[open]", "")
			frameHeight(b, "the ledger without the dialog", fmt.Sprintf("h === %d", ledger))
		})
	}
}

func TestAnLMSThatDoesNotListenHearsNoHeight(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	h := newPerson(t, p, "teacher", blocked, looks{around: listening})
	b := h.launches("moodle", "teacher", "in=frame")
	v := b.tool()
	createsRoom(v, "Kelp forests")
	v.click("a.crumb", "")
	v.at("page", "course")
	b.top().until("question of what the platform can do", `heard.some(m => m?.subject === "lti.capabilities")`)
	frameHeight(b, "the frame", "h > 0")
	if told := b.top().get(`JSON.stringify(heard.filter(m => m?.subject !== "lti.capabilities"))`); told != "[]" {
		t.Errorf("a page that does not listen was told %s", told)
	}
}

// A page that is as tall as its frame and a little more would grow with it for
// ever.
func TestAPageThatGrowsWithItsFrameIsNotFollowedForEver(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	h := newPerson(t, p, "teacher", blocked, looks{script: `addEventListener("DOMContentLoaded", () => {
  const style = new CSSStyleSheet()
  style.replaceSync("body:not(.room) { min-height: calc(100dvh + 40px) }")
  document.adoptedStyleSheets = [style]
})`})
	b := h.launches("canvas", "teacher", "in=frame")
	v := b.tool()
	createsRoom(v, "Kelp forests")
	v.click("a.crumb", "")
	v.at("page", "course")
	if height := frameHeight(b, "a frame that grew", "h > 0"); height > 2000 {
		t.Errorf("the frame grew to %d px", height)
	}
}

func TestARoomWithoutCameraOffersAWindow(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	for campus, grants := range map[string]bool{"moodle": true, "canvas": true, "blackboard": false} {
		t.Run(campus, func(t *testing.T) {
			h := newPerson(t, p, "teacher", blocked, looks{})
			b := h.launches(campus, "teacher", "in=frame")
			v := b.tool()
			createsRoom(v, "Kelp forests")
			if grants {
				v.seesNot("[data-window-offer]", "")
				return
			}
			v.sees("[data-window-offer]", "no camera and no microphone")
			b.shot("window-offer")
			before := h.pages()
			v.click("button", "Open in new window")
			window := h.openedBy(b, before)
			window.top().at("page", "room")
			if got := window.top().body("attendee"); got != "host" {
				t.Errorf("in the window the teacher is %q, want host", got)
			}
			window.top().seesNot("[data-window-offer]", "")
			window.shot("window-opened")
			says(window.top(), "From the window")
			hears(v, "Maya Okafor", "From the window")
			student := newPerson(t, p, "student", blocked, looks{})
			viewer := student.launches(campus, "student1", "in=frame").tool()
			viewer.at("page", "room")
			viewer.seesNot("[data-window-offer]", "")
		})
	}
}
