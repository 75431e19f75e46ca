package browser

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// tab is one tab of a person's browser.
type tab struct {
	h    *person
	page *session
}

// view is a place to look at and act in: a tab's own page, or the tool's frame
// in it. The frame's process changes with each navigation across sites, so it
// is looked up whenever it is used.
type view struct {
	*tab
	framed bool
}

func (b *tab) top() view  { return view{tab: b} }
func (b *tab) tool() view { return view{tab: b, framed: true} }

func (b *tab) t() *testing.T { return b.h.t }

// resize sets the tab's window.
func (b *tab) resize(width, height int) {
	b.t().Helper()
	b.h.call(b.page, "Emulation.setDeviceMetricsOverride", object{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// goTo opens an address as if typed.
func (b *tab) goTo(address string) {
	b.t().Helper()
	var answer struct{ ErrorText string }
	b.h.call(b.page, "Page.navigate", object{"url": address}, &answer)
	if answer.ErrorText != "" {
		b.t().Fatalf("%s: open %s: %s", b.h.name, address, answer.ErrorText)
	}
}

// back goes back in the tab's history, frames included.
func (b *tab) back() {
	b.t().Helper()
	var history struct {
		CurrentIndex int
		Entries      []struct{ ID int }
	}
	b.h.call(b.page, "Page.getNavigationHistory", object{}, &history)
	if history.CurrentIndex == 0 {
		b.t().Fatalf("%s: there is nothing to go back to", b.h.name)
	}
	b.h.call(b.page, "Page.navigateToHistoryEntry", object{"entryId": history.Entries[history.CurrentIndex-1].ID}, nil)
}

func (b *tab) close() { b.h.call(nil, "Target.closeTarget", object{"targetId": b.page.target}, nil) }

// reloadFrame reloads the tool's frame alone, as the menu of a frame does.
func (v view) reloadFrame() {
	v.t().Helper()
	_, err := v.try(`document.documentElement.dataset.old = "1", setTimeout(() => location.reload(), 0), true`)
	if err != nil {
		v.t().Fatalf("%s: reload: %v", v.h.name, err)
	}
	v.until("the reloaded page", `document.documentElement.dataset.old === undefined && document.readyState === "complete"`)
}

var errNoFrame = errors.New("the tool's frame is not there")

// session finds the page or frame as it is now.
func (v view) session(ctx context.Context) (*session, error) {
	if !v.framed {
		return v.page, nil
	}
	for _, s := range v.h.c.all(func(s *session) bool { return s.kind == "iframe" && childOf(s, v.page) }) {
		var origin string
		if err := s.evaluate(ctx, "location.origin", &origin); err == nil && origin == v.h.p.tool() {
			return s, nil
		}
	}
	return nil, errNoFrame
}

// evaluate runs an expression, awaits it and decodes its value.
func (s *session) evaluate(ctx context.Context, expression string, into any) error {
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err := s.c.call(ctx, s, "Runtime.evaluate", object{"expression": expression, "awaitPromise": true, "returnByValue": true}, &answer)
	if err != nil {
		return err
	}
	if e := answer.ExceptionDetails; e != nil {
		return fmt.Errorf("script: %s %s", e.Text, e.Exception.Description)
	}
	if into == nil || len(answer.Result.Value) == 0 {
		return nil
	}
	return json.Unmarshal(answer.Result.Value, into)
}

// look evaluates an expression once.
func (v view) look(expression string, into any) error {
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	s, err := v.session(ctx)
	if err != nil {
		return err
	}
	return s.evaluate(ctx, expression, into)
}

// try evaluates an expression whose value is shown as text.
func (v view) try(expression string) (string, error) {
	var value any
	err := v.look(expression, &value)
	return fmt.Sprint(value), err
}

// get waits until the expression can be evaluated; its value is text.
func (v view) get(expression string) (text string) {
	v.t().Helper()
	v.poll(expression, func() error { return v.look("String("+expression+")", &text) })
	return text
}

// until waits until an expression is true.
func (v view) until(what, expression string) {
	v.t().Helper()
	v.poll(what, func() error {
		var ok bool
		if err := v.look("!!("+expression+")", &ok); err != nil {
			return err
		}
		if !ok {
			return errors.New("not yet")
		}
		return nil
	})
}

// poll repeats an attempt until it succeeds.
func (v view) poll(what string, attempt func() error) {
	v.t().Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if err = attempt(); err == nil {
			return
		}
		if errors.Is(err, errLost) {
			break
		}
	}
	v.t().Fatalf("%s: no %s: %v", v.h.name, what, err)
}

// toolbox finds elements as people do: visible, by what they say.
const toolbox = `(() => {
  const norm = s => (s ?? "").replace(/\s+/g, " ").trim();
  const seen = e => e.checkVisibility({ visibilityProperty: true }) && e.getBoundingClientRect().width > 0;
  const says = e => [e.getAttribute("aria-label"), e.innerText, e.textContent].some(s => norm(s).includes(TEXT));
  const all = [...document.querySelectorAll(CSS)].filter(e => seen(e) && (TEXT === "" || says(e)));
  return all;
})()`

// elements is an expression for the visible elements of a selector that say text.
func elements(css, text string) string {
	quote := func(s string) string { raw, _ := json.Marshal(s); return string(raw) } // strings always marshal
	return strings.NewReplacer("CSS", quote(css), "TEXT", quote(text)).Replace(toolbox)
}

// sees waits for a visible element.
func (v view) sees(css, text string) {
	v.t().Helper()
	v.until(fmt.Sprintf("%s %q", css, text), elements(css, text)+".length > 0")
}

// seesNot waits until there is no such visible element.
func (v view) seesNot(css, text string) {
	v.t().Helper()
	v.until(fmt.Sprintf("page without %s %q", css, text), elements(css, text)+".length === 0")
}

// count counts visible elements.
func (v view) count(css, text string) (n int) {
	v.t().Helper()
	v.poll("count", func() error { return v.look(elements(css, text)+".length", &n) })
	return n
}

// attribute of the body, which says what the page is and to whom.
func (v view) body(name string) string {
	v.t().Helper()
	return v.get(`document.body.getAttribute("data-` + name + `") ?? ""`)
}

// at waits until the body says so, for example at("page", "room").
func (v view) at(name, value string) {
	v.t().Helper()
	v.until(fmt.Sprintf("page with data-%s=%s", name, value),
		fmt.Sprintf(`document.readyState === "complete" && document.body.getAttribute("data-%s") === %q`, name, value))
}

// target is where an element can be clicked. Errors are reasons to try again.
func (v view) target(css, text string) (x, y float64, err error) {
	var place struct {
		X, Y  float64
		Error string
	}
	err = v.look(`(async () => {
  if (document.readyState !== "complete" || document.documentElement.getAttribute("aria-busy") === "true") return { error: "still loading" };
  const e = `+elements(css, text)+`[0];
  if (!e) return { error: "not there" };
  e.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  const box = () => e.getBoundingClientRect();
  let before = box(), now = before;
  await new Promise(r => setTimeout(r, 30));
  now = box();
  if (before.x !== now.x || before.y !== now.y) return { error: "moving" };
  const x = now.x + now.width / 2, y = now.y + now.height / 2;
  const hit = document.elementFromPoint(x, y);
  if (!hit || !(e.contains(hit) || hit.contains(e))) return { error: "covered by " + (hit?.outerHTML.slice(0, 200) ?? "nothing") };
  return { x, y };
})()`, &place)
	if err == nil && place.Error != "" {
		err = errors.New(place.Error)
	}
	return place.X, place.Y, err
}

// click presses the mouse on a visible element.
func (v view) click(css, text string) {
	v.t().Helper()
	v.poll(fmt.Sprintf("%s %q to click", css, text), func() error {
		x, y, err := v.target(css, text)
		if err != nil {
			return err
		}
		ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
		defer stop()
		s, err := v.session(ctx)
		if err != nil {
			return err
		}
		for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
			press := object{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
			if kind == "mouseMoved" {
				delete(press, "button")
			}
			if err := s.c.call(ctx, s, "Input.dispatchMouseEvent", press, nil); err != nil {
				if kind == "mouseReleased" || errors.Is(err, errGone) {
					return nil // the click took the page away
				}
				return err
			}
		}
		return nil
	})
}

// fill replaces what stands in a field by typing.
func (v view) fill(css, text string) {
	v.t().Helper()
	// A click can miss a field that moves under it, as an error's line above it
	// goes; a person clicks again.
	v.poll("focus in "+css, func() error {
		v.click(css, "")
		var focused bool
		if err := v.look(fmt.Sprintf(`!!document.activeElement?.matches(%q)`, css), &focused); err != nil || focused {
			return err
		}
		return errors.New("something else has the focus")
	})
	v.poll("selection", func() error { return v.look(`document.activeElement.select()`, nil) })
	v.insert(text)
	var value string
	v.poll("typed text in "+css, func() error {
		if err := v.look(fmt.Sprintf(`document.querySelector(%q).value`, css), &value); err != nil {
			return err
		}
		if value != text {
			return fmt.Errorf("the field has %q", value)
		}
		return nil
	})
}

// set puts a value into a field that cannot be typed into in a way that is
// equal in all languages, such as a date.
func (v view) set(css, value string) {
	v.t().Helper()
	v.poll("field "+css, func() error {
		return v.look(fmt.Sprintf(`(() => { const e = document.querySelector(%q); e.value = %q;
  e.dispatchEvent(new Event("input", { bubbles: true })); e.dispatchEvent(new Event("change", { bubbles: true })); })()`, css, value), nil)
	})
}

// choose selects an option of a select as a person would.
func (v view) choose(css, value string) {
	v.t().Helper()
	v.sees(css, "")
	v.set(css, value)
}

// insert types text into what has the focus.
func (v view) insert(text string) {
	v.t().Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	s, err := v.session(ctx)
	if err != nil {
		v.t().Fatalf("%s: type: %v", v.h.name, err)
	}
	v.h.call(s, "Input.insertText", object{"text": text}, nil)
}

// keys that have names.
var keys = map[string]object{
	"Tab":        {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9},
	"Enter":      {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
	"Backspace":  {"key": "Backspace", "code": "Backspace", "windowsVirtualKeyCode": 8},
	"Escape":     {"key": "Escape", "code": "Escape", "windowsVirtualKeyCode": 27},
	"Space":      {"key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "},
	"End":        {"key": "End", "code": "End", "windowsVirtualKeyCode": 35},
	"Home":       {"key": "Home", "code": "Home", "windowsVirtualKeyCode": 36},
	"ArrowLeft":  {"key": "ArrowLeft", "code": "ArrowLeft", "windowsVirtualKeyCode": 37},
	"ArrowUp":    {"key": "ArrowUp", "code": "ArrowUp", "windowsVirtualKeyCode": 38},
	"ArrowRight": {"key": "ArrowRight", "code": "ArrowRight", "windowsVirtualKeyCode": 39},
	"ArrowDown":  {"key": "ArrowDown", "code": "ArrowDown", "windowsVirtualKeyCode": 40},
}

// press presses keys one after another; names of keys, or single characters.
func (v view) press(names ...string) {
	v.t().Helper()
	for _, name := range names {
		key := object{}
		shift := strings.HasPrefix(name, "Shift+")
		name = strings.TrimPrefix(name, "Shift+")
		if known, ok := keys[name]; ok {
			for k, value := range known {
				key[k] = value
			}
		} else {
			key["key"], key["text"] = name, name
		}
		if shift {
			key["modifiers"] = 8
		}
		for _, kind := range []string{"keyDown", "keyUp"} {
			key["type"] = kind
			if kind == "keyDown" && key["text"] == nil {
				key["type"] = "rawKeyDown"
			}
			ctx, stop := context.WithTimeout(context.Background(), patience)
			// The page hands keys to the frame that has the focus.
			err := v.h.c.call(ctx, v.page, "Input.dispatchKeyEvent", key, nil)
			stop()
			if err != nil {
				v.t().Fatalf("%s: press %s: %v", v.h.name, name, err)
			}
		}
	}
}

// types presses a key for each character.
func (v view) types(text string) {
	v.t().Helper()
	for _, r := range text {
		v.press(string(r))
	}
}

// tabTo presses Tab until the focus is on an element.
func (v view) tabTo(css, text string) {
	v.t().Helper()
	for range 60 {
		var there bool
		v.poll("focus", func() error {
			return v.look(elements(css, text)+`.includes(document.activeElement)`, &there)
		})
		if there {
			return
		}
		v.press("Tab")
	}
	v.t().Fatalf("%s: Tab does not lead to %s %q", v.h.name, css, text)
}

// shot saves a picture of the tab where USHER_SHOTS says.
func (b *tab) shot(name string) {
	folder := os.Getenv("USHER_SHOTS")
	if folder == "" {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	var picture struct{ Data string }
	if err := b.h.c.call(ctx, b.page, "Page.captureScreenshot", object{"format": "png"}, &picture); err != nil {
		b.t().Logf("no picture %s: %v", name, err)
		return
	}
	raw, err := base64.StdEncoding.DecodeString(picture.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), raw, 0o600)
	}
	if err != nil {
		b.t().Logf("no picture %s: %v", name, err)
	}
}
