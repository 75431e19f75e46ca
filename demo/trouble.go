package demo

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// slowAnswer is longer than a tool should wait for a service.
const slowAnswer = 40 * time.Second

// troubles say how the services of a campus misbehave. Every setting starts at
// its first value, which is the good one.
type troubles struct {
	mu     sync.Mutex
	chosen map[string]string
}

// troubleSetting is one setting with its values and what they mean.
type troubleSetting struct {
	Name, Label string
	Values      []troubleValue
}

// troubleValue is a value with its meaning for people.
type troubleValue struct {
	Value, Meaning string
	Chosen         bool
}

// The settings, by name.
const (
	troubleTokens  = "tokens"
	troubleMembers = "members"
	troubleShare   = "share"
)

func troubleSettings() []troubleSetting {
	value := func(name, meaning string) troubleValue { return troubleValue{Value: name, Meaning: meaning} }
	common := []troubleValue{
		value("ok", "Works"), value("403", "Refused (403)"), value("404", "Not there (404)"), value("500", "Broken (500)"),
		value("429", "Too many requests (429, wait a second)"), value("throttled", "Rate limit as Canvas says it (403)"),
		value("slow", "Answers after 40 seconds"), value("junk", "Answers with a page instead of JSON"),
		value("huge", "Answers without end"),
	}
	return []troubleSetting{
		{troubleTokens, "Access tokens", append(slices.Clone(common), value("short", "Says an hour, refuses the token at once"))},
		{troubleMembers, "Members of a course", append(common,
			value("endless", "Has always a next page, with new people"), value("round", "Has always a next page, with the same people"),
			value("twice", "Lists everybody twice"),
			value("elsewhere", "The next page is on another host"), value("401", "Refuses every token (401)"))},
		{troubleShare, "What members show", []troubleValue{
			value(shareAll, "Name and address"), value(shareName, "Name, no address"), value(shareNone, "Neither"),
		}},
	}
}

// get returns the value of a setting.
func (t *troubles) get(name string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if value := t.chosen[name]; value != "" {
		return value
	}
	setting, _ := find(troubleSettings(), func(s troubleSetting) bool { return s.Name == name })
	return setting.Values[0].Value
}

// set chooses a value; it says whether there is such a one.
func (t *troubles) set(name, value string) bool {
	setting, ok := find(troubleSettings(), func(s troubleSetting) bool { return s.Name == name })
	if !ok || !slices.ContainsFunc(setting.Values, func(v troubleValue) bool { return v.Value == value }) {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.chosen == nil {
		t.chosen = map[string]string{}
	}
	t.chosen[name] = value
	return true
}

// troublePage serves GET /services: how services behave, to be changed.
func (c *site) troublePage(w http.ResponseWriter, _ *http.Request) {
	data := servicesPage{base: c.base("Services and their faults", nil), Settings: troubleSettings()}
	for i, setting := range data.Settings {
		chosen := c.trouble.get(setting.Name)
		for j, value := range setting.Values {
			data.Settings[i].Values[j].Chosen = value.Value == chosen
		}
	}
	c.show(w, http.StatusOK, "services", data)
}

// servicesPage offers the settings.
type servicesPage struct {
	base
	Settings []troubleSetting
}

// setTrouble serves POST /services.
func (c *site) setTrouble(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		c.refuseStart(w, errUnknownKnob)
		return
	}
	for _, setting := range troubleSettings() {
		if value := r.PostForm.Get(setting.Name); value != "" && !c.trouble.set(setting.Name, value) {
			c.refuseStart(w, errUnknownKnob)
			return
		}
	}
	http.Redirect(w, r, "/services", http.StatusSeeOther)
}

// misbehaves answers as the setting says; false: the service works.
func (c *site) misbehaves(w http.ResponseWriter, r *http.Request, setting string) bool {
	plain := func(status int, text string) bool {
		sendRaw(w, status, "text/plain; charset=utf-8", []byte(text))
		return true
	}
	switch c.trouble.get(setting) {
	case "403":
		return plain(http.StatusForbidden, "Forbidden")
	case "404":
		return plain(http.StatusNotFound, "Not Found")
	case "500":
		return plain(http.StatusInternalServerError, "Internal Server Error")
	case "429":
		w.Header().Set("Retry-After", "1")
		return plain(http.StatusTooManyRequests, "Too Many Requests")
	case "throttled":
		w.Header().Set("X-Rate-Limit-Remaining", "0.0")
		return plain(http.StatusForbidden, "403 Forbidden (Rate Limit Exceeded)\n")
	case "junk":
		sendRaw(w, http.StatusOK, "text/html; charset=utf-8", []byte("<!doctype html><title>Log in</title><p>Log in to go on."))
		return true
	case "huge":
		sendWithoutEnd(w, r)
		return true
	case "slow":
		waitFor(r, slowAnswer)
	}
	return false
}

// waitFor waits until the time is over or the asker went away.
func waitFor(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// sendWithoutEnd writes JSON that never closes, until the asker goes away or
// has taken 256 MB.
func sendWithoutEnd(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", jsonType)
	block := append([]byte(`{"members":[`), bytes.Repeat([]byte(" "), 64<<10)...)
	for range 4096 {
		if _, err := w.Write(block); err != nil || r.Context().Err() != nil {
			return
		}
		block = bytes.Repeat([]byte(" "), len(block))
	}
}

// roleFilter keeps members of a role, by its URI or its short name; "" keeps
// all. roles gives a member's.
func roleFilter(people []Person, role string, roles func(Person) []string) []Person {
	if role == "" {
		return people
	}
	return slices.DeleteFunc(people, func(p Person) bool {
		return !slices.ContainsFunc(roles(p), func(r string) bool { return r == role || strings.HasSuffix(r, "#"+role) })
	})
}
