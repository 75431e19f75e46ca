package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
)

// cookies is a browser's attitude to cookies of third parties.
type cookies string

const (
	blocked cookies = "blocked"
	allowed cookies = "allowed"
)

// chromium is a running browser. Its flags are few: those that drivers add by
// default switch off parts of storage partitioning and site isolation.
type chromium struct {
	*wire
	command  *exec.Cmd
	mu       sync.Mutex
	sessions map[target.SessionID]*session
	people   map[string]*person // by browser context
	changed  chan struct{}      // closed and renewed when sessions come or go
}

// session is our hold on one page or one frame of another site.
type session struct {
	c      *chromium
	id     target.SessionID
	target string
	kind   string // page, iframe, …
	opener string
	parent *session
	person *person
	gone   chan struct{}
}

var browsers = struct {
	sync.Mutex
	running map[cookies]*chromium
}{running: map[cookies]*chromium{}}

// browserWith returns the run's browser with that attitude.
func browserWith(t *testing.T, attitude cookies) *chromium {
	t.Helper()
	browsers.Lock()
	defer browsers.Unlock()
	if c := browsers.running[attitude]; c != nil {
		select {
		case <-c.lost:
		default:
			return c
		}
	}
	c, err := startChromium(attitude)
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	browsers.running[attitude] = c
	return c
}

func stopBrowsers() {
	browsers.Lock()
	defer browsers.Unlock()
	for _, c := range browsers.running {
		c.stop()
	}
}

func startChromium(attitude cookies) (*chromium, error) {
	profile, err := os.MkdirTemp(scratch, "profile-")
	if err != nil {
		return nil, fmt.Errorf("make profile: %w", err)
	}
	if err := writePreferences(profile, attitude); err != nil {
		return nil, err
	}
	c := &chromium{sessions: map[target.SessionID]*session{}, people: map[string]*person{}, changed: make(chan struct{})}
	c.command = exec.Command(chromiumPath(),
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-backgrounding-occluded-windows",
		"--disable-renderer-backgrounding", "--disable-background-timer-throttling", "--force-color-profile=srgb",
		"--password-store=basic", "--remote-debugging-pipe", "--user-data-dir="+profile, "about:blank")
	c.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if c.wire, err = openWire(c.command, c.hear); err != nil {
		return nil, err
	}
	// Every page and frame waits until we have prepared it.
	return c, c.call(context.Background(), nil, "Target.setAutoAttach", attaching, nil)
}

var attaching = object{"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true}

// writePreferences makes a profile's settings, as a person would in the
// browser's settings page.
func writePreferences(profile string, attitude cookies) error {
	settings := object{"cookie_controls_mode": 0, "block_third_party_cookies": false}
	if attitude == blocked {
		settings = object{"cookie_controls_mode": 1, "block_third_party_cookies": true}
	}
	raw, err := json.Marshal(object{"profile": settings})
	if err != nil {
		return fmt.Errorf("write preferences: %w", err)
	}
	folder := filepath.Join(profile, "Default")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make profile: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "Preferences"), raw, 0o600); err != nil {
		return fmt.Errorf("write preferences: %w", err)
	}
	return nil
}

func (c *chromium) stop() {
	_, _ = c.send("", "Browser.close", object{}) // it is killed below if it does not listen
	select {
	case <-c.lost:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(-c.command.Process.Pid, syscall.SIGKILL) // its own group; it may have ended
	_ = c.command.Wait()
}

// hear takes what the browser tells. It runs on the reading goroutine, so it
// only sends and never waits for answers.
func (c *chromium) hear(id target.SessionID, method string, params []byte) {
	switch method {
	case "Target.attachedToTarget":
		var e target.EventAttachedToTarget
		if json.Unmarshal(params, &e) == nil {
			c.attached(id, e)
		}
	case "Target.detachedFromTarget":
		var e target.EventDetachedFromTarget
		if json.Unmarshal(params, &e) == nil {
			c.detached(e.SessionID)
		}
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded":
		c.mu.Lock()
		s := c.sessions[id]
		c.mu.Unlock()
		if s != nil && s.person != nil {
			s.person.heard(method, params)
		}
	}
}

func (c *chromium) attached(parent target.SessionID, e target.EventAttachedToTarget) {
	s := &session{
		c: c, id: e.SessionID, target: string(e.TargetInfo.TargetID), kind: e.TargetInfo.Type,
		opener: string(e.TargetInfo.OpenerID), gone: make(chan struct{}),
	}
	c.mu.Lock()
	s.parent = c.sessions[parent]
	if s.parent != nil {
		s.person = s.parent.person
	} else {
		s.person = c.people[string(e.TargetInfo.BrowserContextID)]
	}
	c.sessions[s.id] = s
	c.mu.Unlock()
	c.prepare(s)
	c.announce()
}

// prepare sets a new page or frame up and lets it run.
func (c *chromium) prepare(s *session) {
	command := func(method string, params object) { _, _ = c.send(s.id, method, params) } // a target that is gone needs nothing
	if s.kind == "page" || s.kind == "iframe" {
		command("Target.setAutoAttach", attaching)
		command("Runtime.enable", object{})
		command("Log.enable", object{})
		command("Page.enable", object{})
		if s.kind == "page" { // tabs of several people, each in the foreground of their device
			command("Emulation.setFocusEmulationEnabled", object{"enabled": true})
		}
		if s.person != nil {
			s.person.prepare(s, command)
		}
	}
	command("Runtime.runIfWaitingForDebugger", object{})
}

func (c *chromium) detached(id target.SessionID) {
	c.mu.Lock()
	s := c.sessions[id]
	delete(c.sessions, id)
	c.mu.Unlock()
	if s != nil {
		close(s.gone)
	}
	c.announce()
}

// announce wakes those who wait for sessions.
func (c *chromium) announce() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.changed)
	c.changed = make(chan struct{})
}

// find returns the first session that fits.
func (c *chromium) find(fits func(*session) bool) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sessions {
		if fits(s) {
			return s
		}
	}
	return nil
}

// all returns the sessions that fit.
func (c *chromium) all(fits func(*session) bool) (list []*session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sessions {
		if fits(s) {
			list = append(list, s)
		}
	}
	return list
}
