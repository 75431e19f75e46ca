package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// person is somebody at a device of their own: a browser profile that shares
// nothing with others, behind a proxy that sees all its traffic.
type person struct {
	t       *testing.T
	name    string
	p       *program
	c       *chromium
	proxy   *proxy
	context string

	mu      sync.Mutex
	console []string
	looks   looks
}

// looks is what a person's device is like. Zero values leave the browser's.
type looks struct {
	zone   string // a time zone
	dark   bool
	script string // runs before the page's own, in pages of the tool
	around string // the same in all other pages
	locale string
}

// newPerson opens a profile in the browser with that attitude to cookies. At
// the test's end the profile is gone, and what its console complained about
// fails the test.
func newPerson(t *testing.T, p *program, name string, attitude cookies, how looks) *person {
	t.Helper()
	h := &person{t: t, name: name, p: p, c: browserWith(t, attitude), looks: how}
	h.proxy = startProxy(t)
	var made struct{ BrowserContextID string }
	h.call(nil, "Target.createBrowserContext", object{
		"disposeOnDetach": true, "proxyServer": h.proxy.address, "proxyBypassList": "<-loopback>",
	}, &made)
	h.context = made.BrowserContextID
	h.c.mu.Lock()
	h.c.people[h.context] = h
	h.c.mu.Unlock()
	t.Cleanup(func() {
		if t.Failed() {
			h.showTabs()
		}
		_, _ = h.c.send("", "Target.disposeBrowserContext", object{"browserContextId": h.context}) // the browser may be gone
		h.checkConsole()
	})
	return h
}

// call runs a command that must work.
func (h *person) call(s *session, method string, params, result any) {
	h.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	if err := h.c.call(ctx, s, method, params, result); err != nil {
		h.t.Fatalf("%s: %v", h.name, err)
	}
}

// prepare makes a new page or frame look like this person's device.
func (h *person) prepare(_ *session, command func(string, object)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.looks.zone != "" {
		command("Emulation.setTimezoneOverride", object{"timezoneId": h.looks.zone})
	}
	if h.looks.locale != "" {
		command("Emulation.setLocaleOverride", object{"locale": h.looks.locale})
	}
	command("Emulation.setEmulatedMedia", media(h.looks.dark))
	if h.looks.script+h.looks.around != "" {
		source := fmt.Sprintf("if (location.hostname === 'usher.localhost') { %s } else { %s }", h.looks.script, h.looks.around)
		command("Page.addScriptToEvaluateOnNewDocument", object{"source": source})
	}
}

func media(dark bool) object {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	return object{"features": []object{
		{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"},
	}}
}

// setDark changes the colours of everything that is open.
func (h *person) setDark(dark bool) {
	h.t.Helper()
	h.mu.Lock()
	h.looks.dark = dark
	h.mu.Unlock()
	for _, s := range h.c.all(func(s *session) bool { return s.person == h && (s.kind == "page" || s.kind == "iframe") }) {
		ctx, stop := context.WithTimeout(context.Background(), patience)
		_ = h.c.call(ctx, s, "Emulation.setEmulatedMedia", media(dark), nil) // a frame may go away meanwhile
		stop()
	}
}

// heard keeps complaints of the console.
func (h *person) heard(method string, params []byte) {
	var e struct {
		Type             string
		Args             []struct{ Value, Description any }
		Entry            struct{ Level, Source, Text, URL string }
		ExceptionDetails struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	if json.Unmarshal(params, &e) != nil {
		return
	}
	line := ""
	switch {
	case method == "Runtime.exceptionThrown":
		line = "exception: " + e.ExceptionDetails.Text + " " + e.ExceptionDetails.Exception.Description
	case method == "Log.entryAdded" && e.Entry.Level == "error":
		line = e.Entry.Source + ": " + e.Entry.Text + " " + e.Entry.URL
	case e.Type == "error" || e.Type == "assert":
		line = fmt.Sprintf("console.%s: %v", e.Type, e.Args)
	}
	if line == "" {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.console = append(h.console, line)
}

// harmless are complaints that belong to what a test does. Chromium writes one
// for every answer of 400 and above; the pages say these to people.
var harmless = []string{
	"Failed to load resource: the server responded with a status of 4",
	"Failed to load resource: net::ERR_", // where a test cuts the connection
	"WebSocket connection to",            // the same
	"favicon.ico",                        // the practice LMS has none
	// Moodle's frame grants no clipboard; copying has a second way there.
	"The Clipboard API has been blocked because of a permissions policy",
}

func (h *person) checkConsole() {
	h.mu.Lock()
	defer h.mu.Unlock()
next:
	for _, line := range h.console {
		for _, known := range harmless {
			if strings.Contains(line, known) {
				continue next
			}
		}
		h.t.Errorf("%s: the console complains: %s", h.name, line)
	}
}

// open opens a tab on an address.
func (h *person) open(address string) *tab {
	h.t.Helper()
	var made struct{ TargetID string }
	h.call(nil, "Target.createTarget", object{"url": "about:blank", "browserContextId": h.context, "newWindow": true}, &made)
	b := h.tabOf(made.TargetID)
	b.resize(1100, 800)
	b.goTo(address)
	return b
}

// openedBy waits for the tab that a click in another tab opened.
func (h *person) openedBy(from *tab, since []*session) *tab {
	h.t.Helper()
	known := map[string]bool{}
	for _, s := range since {
		known[s.target] = true
	}
	var s *session
	h.wait("a new tab", func() bool {
		s = h.c.find(func(s *session) bool { return s.kind == "page" && s.person == h && !known[s.target] })
		return s != nil
	})
	b := &tab{h: h, page: s}
	b.resize(1100, 800)
	return b
}

// pages are this person's tabs at the moment.
func (h *person) pages() []*session {
	return h.c.all(func(s *session) bool { return s.kind == "page" && s.person == h })
}

func (h *person) tabOf(id string) *tab {
	h.t.Helper()
	var s *session
	h.wait("tab", func() bool {
		s = h.c.find(func(s *session) bool { return s.target == id })
		return s != nil
	})
	return &tab{h: h, page: s}
}

// wait polls until ok.
func (h *person) wait(what string, ok func() bool) {
	h.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	h.t.Fatalf("%s: waited %s for %s", h.name, patience, what)
}

// showTabs writes what a failed test's tabs look like.
func (h *person) showTabs() {
	for i, s := range h.pages() {
		b := &tab{h: h, page: s}
		for _, v := range []view{b.top(), b.tool()} {
			if text, err := v.try(`location.href.replace(/\/i\/.*/, "/i/…") + "\n" + document.body.innerText.slice(0, 1500)`); err == nil {
				h.t.Logf("%s, tab %d: %s", h.name, i, text)
			}
		}
		b.shot("failed-" + strings.ReplaceAll(h.t.Name(), "/", "-") + "-" + h.name + fmt.Sprint(i))
	}
}

// childOf says whether a session is a frame inside a page.
func childOf(s, page *session) bool {
	for ; s != nil; s = s.parent {
		if s == page {
			return true
		}
	}
	return false
}
