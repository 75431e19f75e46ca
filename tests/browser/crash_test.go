package browser

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// client is somebody with plain HTTP and a cookie jar of their own, at the
// program's name.
type client struct {
	*http.Client
	p      *program
	bearer string
}

func newClient(t *testing.T, p *program, bearer string) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{p: p, bearer: bearer, Client: &http.Client{
		Jar: jar, Timeout: patience, Transport: &http.Transport{DialContext: dialHere, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send asks and returns the whole answer; an answer that broke off is an error.
func (c *client) send(method, path string, form url.Values) (*http.Response, string, error) {
	address := path
	if !strings.HasPrefix(path, "http") {
		address = c.p.tool() + path
	}
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	if strings.Contains(path, "/live/") {
		r.Header.Set("Accept", "application/json")
	}
	response, err := c.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	raw, err := io.ReadAll(response.Body)
	return response, string(raw), err
}

// must is send for what has to work.
func (c *client) must(t *testing.T, method, path string, form url.Values, status int) (*http.Response, string) {
	t.Helper()
	response, body, err := c.send(method, path, form)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if response.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d\n%s", method, path, response.StatusCode, status, body)
	}
	return response, body
}

// bearerOf is what a person's frame sends.
func bearerOf(h *person) string {
	bearer := ""
	for _, e := range h.proxy.exchanges() {
		if token, ok := strings.CutPrefix(e.Authorization, "Bearer "); ok {
			bearer = token
		}
	}
	return bearer
}

var linkField = regexp.MustCompile(`id="link"[^>]*value="([^"]+)"`)

// The server is killed while thirty guests claim and somebody talks. What was
// acknowledged is there afterwards, what was not can be done again, and
// nothing is there by half or twice.
func TestKilledDuringClaimsAndChat(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	teacher := newPerson(t, p, "teacher", blocked, looks{})
	host := teacher.launches("moodle", "teacher", "in=frame").tool()
	createsRoom(host, "Kelp forests")
	entry := host.get("location.pathname")
	c := newClient(t, p, bearerOf(teacher))

	const guests = 30
	links := make([]string, guests)
	for i := range links {
		made, _ := c.must(t, http.MethodPost, entry+"/invitations", url.Values{
			"email": {fmt.Sprintf("guest%d@example.org", i)}, "first": {"Guest"}, "last": {fmt.Sprint(i)}, "role": {"viewer"},
		}, http.StatusSeeOther)
		_, page := c.must(t, http.MethodGet, made.Header.Get("Location"), nil, http.StatusOK)
		found := linkField.FindStringSubmatch(page)
		if found == nil {
			t.Fatal("the confirmation has no link")
		}
		links[i] = found[1]
	}

	claimed := make([]*client, guests) // those whose claim was acknowledged
	said := map[string]bool{}          // lines that were acknowledged
	var claims, lines atomic.Int32
	var both sync.WaitGroup
	both.Go(func() {
		for i := range links {
			visitor := newClient(t, p, "")
			response, _, err := visitor.send(http.MethodPost, links[i], url.Values{"email": {fmt.Sprintf("guest%d@example.org", i)}})
			if err == nil && response.StatusCode == http.StatusSeeOther {
				claimed[i] = visitor
				claims.Add(1)
			}
		}
	})
	both.Go(func() {
		for i := range 200 {
			text := fmt.Sprintf("line %03d", i)
			response, _, err := c.send(http.MethodPost, entry+"/live/messages", url.Values{"text": {text}, "id": {fmt.Sprintf("00000000-0000-4000-8000-%012d", i)}})
			if err == nil && response.StatusCode == http.StatusCreated {
				said[text] = true
				lines.Add(1)
			}
		}
	})
	for end := time.Now().Add(patience); (claims.Load() < 5 || lines.Load() < 5) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	p.kill()
	both.Wait()
	p.start()

	t.Logf("acknowledged before the kill: %d claims and %d lines", claims.Load(), lines.Load())
	checkClaims(t, p, entry, links, claimed)
	checkTalk(t, c, entry, said)
	checkRows(t, p)
}

func checkClaims(t *testing.T, p *program, entry string, links []string, claimed []*client) {
	t.Helper()
	before := 0
	for i, link := range links {
		form := url.Values{"email": {fmt.Sprintf("guest%d@example.org", i)}}
		if claimed[i] != nil {
			before++
			claimed[i].must(t, http.MethodGet, entry, nil, http.StatusOK)
			continue
		}
		response, _, err := newClient(t, p, "").send(http.MethodPost, link, form)
		if err != nil {
			t.Fatal(err)
		}
		// A claim whose answer was lost on the way belongs to the device that made it.
		if response.StatusCode != http.StatusSeeOther && response.StatusCode != http.StatusForbidden {
			t.Errorf("guest %d: claim after the restart: status %d", i, response.StatusCode)
		}
	}
	if before == 0 || before == len(links) {
		t.Errorf("%d of %d claims were acknowledged before the kill; it hit nothing", before, len(links))
	}
}

func checkTalk(t *testing.T, c *client, entry string, said map[string]bool) {
	t.Helper()
	for i := range 200 { // as a page does that has no answer yet
		text := fmt.Sprintf("line %03d", i)
		if said[text] {
			continue
		}
		for {
			response, body, err := c.send(http.MethodPost, entry+"/live/messages", url.Values{"text": {text}, "id": {fmt.Sprintf("00000000-0000-4000-8000-%012d", i)}})
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode == http.StatusTooManyRequests {
				time.Sleep(200 * time.Millisecond)
				continue
			}
			if response.StatusCode != http.StatusCreated {
				t.Fatalf("say again: status %d %s", response.StatusCode, body)
			}
			break
		}
		if i > len(said)+20 {
			break // enough is sent again to cross the kill
		}
	}
	seen := map[string]int{}
	last, more := int64(0), true
	for more {
		_, body := c.must(t, http.MethodGet, fmt.Sprintf("%s/live/events?after=%d", entry, last), nil, http.StatusOK)
		var page struct {
			Events []struct {
				Seq  int64
				Kind string
				Data struct{ Text string }
			}
			Seq  int64
			More bool
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			if e.Seq <= last {
				t.Errorf("number %d comes after %d", e.Seq, last)
			}
			last = e.Seq
			if e.Kind == "chat" {
				seen[e.Data.Text]++
			}
		}
		last, more = max(last, page.Seq), page.More
	}
	for text := range said {
		if seen[text] != 1 {
			t.Errorf("%q was acknowledged and is there %d times", text, seen[text])
		}
	}
	for text, n := range seen {
		if n != 1 {
			t.Errorf("%q is there %d times", text, n)
		}
	}
}

// checkRows says that a claim is one row of each kind or of none.
func checkRows(t *testing.T, p *program) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(p.folder, "usher.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // it was only read
	for _, half := range []string{
		"SELECT count(*) FROM invitations i WHERE claimed_at IS NOT NULL AND (SELECT count(*) FROM claims c WHERE c.invitation_id = i.id) <> 1",
		"SELECT count(*) FROM invitations i WHERE claimed_at IS NOT NULL AND (SELECT count(*) FROM sessions s WHERE s.invitation_id = i.id) <> 1",
		"SELECT count(*) FROM invitations i WHERE claimed_at IS NOT NULL AND (SELECT count(*) FROM attendees a WHERE a.invitation_id = i.id) <> 1",
		"SELECT count(*) FROM invitations i WHERE claimed_at IS NULL AND ((SELECT count(*) FROM claims c WHERE c.invitation_id = i.id) > 0 OR (SELECT count(*) FROM sessions s WHERE s.invitation_id = i.id) > 0)",
		"SELECT count(*) FROM invitations WHERE (claimed_at IS NULL) <> (uses = 0)",
	} {
		var n int
		if err := db.QueryRow(half).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			t.Errorf("%d rows are there by half: %s", n, half)
		}
	}
	var whole int
	if err := db.QueryRow("SELECT count(*) FROM invitations WHERE claimed_at IS NOT NULL").Scan(&whole); err != nil {
		t.Fatal(err)
	}
	if whole == 0 {
		t.Error("no claim is there at all")
	}
}
