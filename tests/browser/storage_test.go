package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// refuses makes the tool's frames find no storage, as some browsers and
// settings do; pages of their own keep theirs.
const refuses = `if (window.top !== window) for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError") } });`

// loseCookies keeps cookies out of the tool's frames, in both directions.
func loseCookies(h *person) {
	framed := func(r *http.Request) bool {
		return strings.HasPrefix(r.URL.Host, "usher.") && r.Header.Get("Sec-Fetch-Dest") == "iframe"
	}
	h.proxy.ask = func(r *http.Request) {
		if framed(r) {
			r.Header.Del("Cookie")
		}
	}
	h.proxy.change = func(r *http.Response) {
		if framed(r.Request) {
			r.Header.Del("Set-Cookie")
		}
	}
}

// proofs counts launches that were proved by a script.
func proofs(h *person) (n int) {
	for _, e := range h.proxy.exchanges() {
		if strings.HasSuffix(e.URL, "/lti/launch/proof") && e.Status == http.StatusOK {
			n++
		}
	}
	return n
}

// asked says whether a campus was asked who somebody is.
func asked(h *person) bool {
	for _, e := range h.proxy.exchanges() {
		for _, path := range []string{"/mod/lti/auth.php", "/api/lti/authorize", "/api/v1/gateway/oidcauth", "/oidcauth"} {
			if strings.Contains(e.URL, path) {
				return true
			}
		}
	}
	return false
}

func TestOwnStorageProvesWhereTheStateCookieIsLost(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	each(t, func(t *testing.T, campus string) {
		h := newPerson(t, p, "teacher", blocked, looks{})
		loseCookies(h)
		v := h.launches(campus, "teacher", "in=frame").tool()
		v.sees("h1", "Choose or create")
		if got := proofs(h); got != 1 {
			t.Errorf("%d launches were proved by script, want 1", got)
		}
		v.reloadFrame()
		v.sees("h1", "Choose or create")
	})
}

// C-86: the offer at login; C-87: the named frame; C-88: what the parent says it
// can do; C-89, C-90: put and get by one key; C-91: the platform's origin alone.
// The forged answer comes first, from another origin, and is ignored: C-92.
// C-94, C-95: what proves is a secret that the server put in no address. C-98:
// the old names of the messages.
func TestPlatformStorageProvesWhereNothingElseWorks(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	for _, campus := range []string{"canvas", "blackboard"} {
		for _, knob := range []string{"", "forged", "legacy"} {
			t.Run(campus+knob, func(t *testing.T) {
				h := newPerson(t, p, "teacher", blocked, looks{script: refuses})
				loseCookies(h)
				v := h.launches(campus, "teacher", "in=frame", "storage="+knob).tool()
				v.sees("h1", "Choose or create")
				if got := proofs(h); got != 1 {
					t.Errorf("%d launches were proved by script, want 1", got)
				}
				// The bearer is in memory alone: what was lost is said.
				v.reloadFrame()
				v.sees("h2", "Open it again from your course")
			})
		}
	}
}

// C-86: Moodle offers no storage, C-88: a platform that is silent about what it
// can do; C-91: an answer from another origin is none; C-93: none keeps anybody
// waiting.
func TestAWindowIsOfferedBeforeThePlatformIsAskedInVain(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	cases := map[string][]string{"moodle": {""}, "canvas": {"silent", "slow", "wrongorigin", "off"}, "blackboard": {"silent", "off"}}
	for campus, knobs := range cases {
		for _, knob := range knobs {
			t.Run(campus+knob, func(t *testing.T) {
				h := newPerson(t, p, "teacher", blocked, looks{script: refuses})
				loseCookies(h)
				tab := h.launches(campus, "teacher", "in=frame", "storage="+knob)
				v := tab.tool()
				v.sees("a", "Open in new window")
				tab.shot("window-" + campus + knob)
				if asked(h) {
					t.Error("the platform was asked although its answer could not be proved")
				}
				before := h.pages()
				v.click("a", "Open in new window")
				h.openedBy(tab, before).top().sees("h1", "Choose or create")
			})
		}
	}
}

// C-93: a platform that offers storage and never answers, as mobile apps do.
func TestSlowStorageDoesNotHinderOwnStorage(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	for _, knob := range []string{"silent", "slow", "wrongorigin"} {
		t.Run(knob, func(t *testing.T) {
			h := newPerson(t, p, "teacher", blocked, looks{})
			loseCookies(h)
			h.launches("canvas", "teacher", "in=frame", "storage="+knob).tool().sees("h1", "Choose or create")
		})
	}
}

func TestParallelLaunchesReloadsAndTheBackButton(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	h := newPerson(t, p, "teacher", blocked, looks{})
	one := h.launches("moodle", "teacher", "in=frame", "link=1")
	two := h.launches("moodle", "teacher", "in=frame", "link=2")
	one.tool().sees("h1", "Choose or create")
	two.tool().sees("h1", "Choose or create")
	createsRoom(one.tool(), "First room")
	createsRoom(two.tool(), "Second room")

	v := one.tool()
	v.reloadFrame()
	v.at("page", "room")
	v.sees("h1", "First room")

	v.click("#more-button", "")
	v.click("[role=menuitem]", "Invitations")
	v.sees("h1", "Invitations")
	one.back()
	v.sees("h1", "First room")
	v.at("page", "room")

	// Away and back: the browser loads the frame's address again.
	one.goTo("http://lms.localhost:" + p.campus + "/")
	one.top().sees("h1", "")
	one.back()
	v.sees("h1", "First room")

	// Without the bearer a reload cannot know who asks, and says so.
	if err := v.look(`sessionStorage.clear()`, nil); err != nil {
		t.Fatal(err)
	}
	v.reloadFrame()
	v.sees("h2", "Open it again from your course")
	one.shot("reopen")
	two.tool().sees("h1", "Second room")
}

// C-91: whoever answers and whoever listens, the secret is told to the sign-on's
// origin and to nobody else; C-89, C-90: it is put under the launch's own key,
// and deleted once it was taken.
func TestTheSecretIsToldToTheSignOnAlone(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	const listen = `window.heard = []; addEventListener("message", e => heard.push(e.data))`
	for _, knob := range []string{"", "silent", "wrongorigin", "forged"} {
		t.Run("canvas"+knob, func(t *testing.T) {
			h := newPerson(t, p, "teacher", blocked, looks{script: refuses, around: listen})
			loseCookies(h)
			tab := h.launches("canvas", "teacher", "in=frame", "storage="+knob)
			if knob == "" || knob == "forged" {
				tab.tool().sees("h1", "Choose or create")
			} else {
				tab.tool().sees("a", "Open in new window")
			}
			tab.top().until("question of what the platform can do", `heard.some(m => m?.subject === "lti.capabilities")`)
			told := tab.top().get(`JSON.stringify([window, ...Array.from({ length: frames.length }, (_, i) => frames[i])].flatMap(f => { try { return f.heard ?? [] } catch { return [] } })
  .filter(m => m?.key !== undefined && m.value !== "forged" && m.subject?.endsWith("_data")))`)
			if told != "[]" {
				t.Errorf("the page around the tool heard %s", told)
			}
		})
	}
	t.Run("the sign-on itself", func(t *testing.T) {
		h := newPerson(t, p, "teacher", blocked, looks{script: refuses, around: `addEventListener("message", e => {
  if (e.data?.key) localStorage.setItem("told", (localStorage.getItem("told") ?? "") + " " + JSON.stringify([e.data.subject, e.data.key, e.data.value]))
})`})
		loseCookies(h)
		h.launches("canvas", "teacher", "in=frame").tool().sees("h1", "Choose or create")
		var messages [][]any
		sso := h.open("http://sso.canvas.localhost:" + p.campus + "/post_message_forwarding").top()
		sso.poll("messages of the storage frame", func() error {
			messages = nil
			text, err := sso.try(`"[" + (localStorage.getItem("told") ?? "").trim().replaceAll("] [", "],[") + "]"`)
			if err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(text), &messages); err != nil {
				return err
			}
			if len(messages) < 3 {
				return fmt.Errorf("%d messages", len(messages))
			}
			return nil
		})
		put, get, del := messages[0], messages[1], messages[2]
		if put[0] != "lti.put_data" || get[0] != "lti.get_data" || del[0] != "lti.put_data" || del[2] != nil {
			t.Errorf("the storage heard %v, want put, get and delete", messages)
		}
		if key, _ := put[1].(string); !strings.HasPrefix(key, "usher.lti.state_") || get[1] != put[1] || del[1] != put[1] {
			t.Errorf("keys are %v, %v and %v, want one of the launch's own", put[1], get[1], del[1])
		}
	})
}

func TestASpentHintIsExplained(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	h := newPerson(t, p, "teacher", blocked, looks{})
	h.launches("canvas", "teacher", "in=frame").tool().sees("h1", "Choose or create")
	login := url.Values{}
	for _, e := range h.proxy.exchanges() {
		if e.Method == http.MethodPost && strings.HasSuffix(e.URL, "/lti/login") {
			login, _ = url.ParseQuery(e.Form)
		}
	}
	tab := h.open(p.tool() + "/lti/login?" + login.Encode())
	v := tab.top()
	v.at("page", "launch-error")
	v.sees("h1", "The room could not be opened")
	v.sees("p", "Go back to your course and open the link again.")
	v.sees(".reference", "")
	tab.shot("launch-error")
}
