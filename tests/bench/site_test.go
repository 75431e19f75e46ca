package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"usher/database/dbtest"
	"usher/lti/ltitest"
)

// site is a running program that knows one platform, with a course in which a
// teacher has set up a room that is always open.
type site struct {
	*program
	platform *ltitest.Platform
	database string
	entry    string // path of the room
}

// each runs a benchmark on an empty SQLite database and, where there is a
// server, on an empty PostgreSQL one.
func each(b *testing.B, measure func(b *testing.B, s *site)) {
	b.Run("sqlite", func(b *testing.B) { measure(b, openSite(b, dbtest.SQLiteURL(b))) })
	b.Run("postgres", func(b *testing.B) { measure(b, openSite(b, dbtest.PostgresURL(b))) })
}

func openSite(b *testing.B, database string) *site {
	b.Helper()
	s := &site{platform: ltitest.New(b), program: serve(b, database), database: database}
	p := s.platform.Registration()
	s.usher(b, "platform", "add", "--name", p.Name, "--issuer", p.Issuer, "--client-id", p.ClientID,
		"--auth-url", p.AuthURL, "--token-url", p.TokenURL, "--jwks-url", p.JWKSURL, "--deployment-id", s.platform.DeploymentID)
	if err := s.setUp(); err != nil {
		b.Fatalf("set up the room: %v", err)
	}
	return s
}

// setUp lets the teacher make a room of the course's link.
func (s *site) setUp() error {
	teacher := newBrowser(s.url)
	defer teacher.close()
	link, err := s.launched(teacher, "teacher")
	if err != nil {
		return err
	}
	form := url.Values{
		"create": {"1"}, "title": {"Weekly room"}, "always_open": {"1"}, "chat": {"1"}, "published": {"1"}, "opens_itself": {"1"},
		"description": {"Questions about this week's reading, and what to prepare for the next."},
	}
	made, err := teacher.want(http.StatusSeeOther, ask{method: http.MethodPost, path: link, form: form})
	s.entry = made.location
	return err
}

// says lets the people of the course talk in the room, each in their turn.
func (s *site) says(who *browser, n int) error {
	if err := s.attends(who, n); err != nil {
		return err
	}
	said := url.Values{"text": {"What is the difference between the two kinds of elasticity?"}, "id": {fmt.Sprint("line-", n)}}
	_, err := who.want(http.StatusSeeOther, ask{method: http.MethodPost, path: s.entry + "/live/messages", form: said})
	return err
}

// attends is a launch of somebody who then takes a seat in the room, as the
// page's script lets them do.
func (s *site) attends(who *browser, n int) error {
	if err := s.launchPage(who, hint(n)); err != nil {
		return err
	}
	_, err := who.want(http.StatusOK, ask{method: http.MethodPost, path: s.entry + "/live/token", form: url.Values{}})
	return err
}

// launched launches in a page of its own and returns the path it leads to.
func (s *site) launched(who *browser, hint string) (string, error) {
	login, err := who.want(http.StatusSeeOther, ask{method: http.MethodPost, path: "/lti/login", form: s.platform.LoginForm(hint), crossSite: true})
	if err != nil {
		return "", err
	}
	launch, err := who.want(http.StatusSeeOther, ask{method: http.MethodPost, path: "/lti/launch", form: s.answered(login.location), crossSite: true})
	return launch.location, err
}

// answered is what the platform's page posts.
func (s *site) answered(authURL string) url.Values {
	token, state := s.platform.Answer(authURL)
	return url.Values{"id_token": {token}, "state": {state}}
}

// launchPage is a launch in a page of its own by a browser that knows nothing
// of Usher yet, and the room's page it leads to.
func (s *site) launchPage(who *browser, hint string) error {
	clear(who.cookies)
	path, err := s.launched(who, hint)
	if err != nil {
		return err
	}
	return s.room(who, ask{method: http.MethodGet, path: path})
}

func (s *site) room(who *browser, a ask) error {
	page, err := who.want(http.StatusOK, a)
	if err == nil && a.path == s.entry {
		_, err = between(page.body, `data-page="room"`, "</html>")
	}
	return err
}

// launchFrame is a launch in a frame of a browser that keeps cookies there.
func (s *site) launchFrame(who *browser, hint string) error {
	clear(who.cookies)
	authURL, _, err := s.framedLogin(who, hint)
	if err != nil {
		return err
	}
	launch, err := who.want(http.StatusOK, ask{method: http.MethodPost, path: "/lti/launch", form: s.answered(authURL), crossSite: true, frame: true})
	if err != nil {
		return err
	}
	var carrier struct{ Token, URL string }
	if err := script(launch.body, "carrier", &carrier); err != nil {
		return err
	}
	return s.room(who, ask{method: http.MethodGet, path: carrier.URL, bearer: carrier.Token})
}

// launchProof is a launch in a frame of a browser that keeps no cookies there:
// a script shows the secret.
func (s *site) launchProof(who *browser, hint string) error {
	authURL, secret, err := s.framedLogin(who, hint)
	clear(who.cookies)
	if err != nil {
		return err
	}
	launch, err := who.want(http.StatusOK, ask{method: http.MethodPost, path: "/lti/launch", form: s.answered(authURL), crossSite: true, frame: true})
	if err != nil {
		return err
	}
	var proof struct{ Handle string }
	if err := script(launch.body, "proof", &proof); err != nil {
		return err
	}
	proved, err := who.want(http.StatusOK, ask{method: http.MethodPost, path: "/lti/launch/proof",
		json: fmt.Sprintf(`{"handle":%q,"secret":%q,"framed":true}`, proof.Handle, secret)})
	if err != nil {
		return err
	}
	var carrier struct{ Token, URL string }
	if err := json.Unmarshal([]byte(proved.body), &carrier); err != nil {
		return err
	}
	return s.room(who, ask{method: http.MethodGet, path: carrier.URL, bearer: carrier.Token})
}

// framedLogin returns where the login's page goes on to, and the secret it keeps.
func (s *site) framedLogin(who *browser, hint string) (authURL, secret string, err error) {
	login, err := who.want(http.StatusOK, ask{method: http.MethodPost, path: "/lti/login", form: s.platform.LoginForm(hint), crossSite: true, frame: true})
	if err != nil {
		return "", "", err
	}
	var kept struct {
		AuthURL string `json:"auth_url"`
		Secret  string `json:"secret"`
	}
	err = script(login.body, "login", &kept)
	return kept.AuthURL, kept.Secret, err
}

// script reads the data that a page hands to its script.
func script(page, id string, v any) error {
	text, err := between(page, `<script type="application/json" id="`+id+`">`, "</script>")
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), v)
}
