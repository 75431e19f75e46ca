package demo

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	"usher/database/dbtest"
	"usher/house/housetest"
	"usher/lti"
)

// withUsher runs a practice LMS and a whole Usher that know each other.
func withUsher(t *testing.T) (*Server, *housetest.Site, map[string]string) {
	t.Helper()
	site := housetest.New(t, dbtest.OpenSQLite(t))
	s, err := New(Options{Addr: "127.0.0.1:0", ToolURL: site.URL, Now: site.Clock.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("New() error = %v", err)
	}
	with := shared(t)
	s.moodle.keys, s.canvas.keys, s.blackboard.keys = with.moodle.keys, with.canvas.keys, with.blackboard.keys
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run() error = %v", err)
		}
	})
	platforms := map[string]string{}
	for i, host := range []string{hostMoodle, hostCanvas, hostBlackboard} {
		r := s.Registrations()[i]
		p, err := site.LTI.AddPlatform(t.Context(), lti.Platform{
			Name: r.Name, Issuer: r.Issuer, ClientID: r.ClientID, AuthURL: r.AuthURL, TokenURL: r.TokenURL, JWKSURL: r.JWKSURL,
		}, r.DeploymentIDs...)
		if err != nil {
			t.Fatalf("register %s: %v", r.Name, err)
		}
		platforms[host] = p.ID
	}
	return s, site, platforms
}

// rosterURL is the address of a course's members on a campus.
func (s *Server) rosterURL(host, courseKey string) string {
	at := course{Key: courseKey, Size: map[string]int{"1": 6, "2": 300, "3": largestCourse}[courseKey]}
	switch host {
	case hostMoodle:
		return s.moodle.membersURL(at, tool{ID: moodleDeployment})
	case hostCanvas:
		return s.canvas.api(at) + "/names_and_roles"
	}
	return s.blackboard.membersURL(at)
}

func TestUsherReadsTheRostersOfAllCampuses(t *testing.T) {
	t.Parallel()
	s, site, platforms := withUsher(t)
	for host, id := range platforms {
		for _, c := range []struct {
			course string
			size   int
		}{{"1", 6}, {"2", 300}, {"3", largestCourse}} {
			members, err := site.LTI.Members(t.Context(), lti.MembersRequest{PlatformID: id, URL: s.rosterURL(host, c.course)})
			if err != nil {
				t.Errorf("%s, course %s: %v", host, c.course, err)
				continue
			}
			active := 0
			for _, m := range members {
				if m.Active && !m.Test {
					active++
				}
				if m.Active && (m.Subject == "" || m.Name == "" || len(m.Roles) == 0) {
					t.Fatalf("%s: member %+v", host, m)
				}
			}
			if active != c.size {
				t.Errorf("%s, course %s: %d members, want %d", host, c.course, active, c.size)
			}
		}
	}
}

func TestUsherGivesUpOnServicesThatMisbehave(t *testing.T) {
	t.Parallel()
	s, site, platforms := withUsher(t)
	request := lti.MembersRequest{PlatformID: platforms[hostCanvas], URL: s.rosterURL(hostCanvas, "2")}
	for _, c := range []struct{ setting, value string }{
		{troubleMembers, "403"}, {troubleMembers, "404"}, {troubleMembers, "500"}, {troubleMembers, "401"}, {troubleMembers, "junk"},
		{troubleMembers, "huge"}, {troubleMembers, "endless"}, {troubleMembers, "elsewhere"}, {troubleTokens, "403"},
		{troubleTokens, "junk"}, {troubleTokens, "huge"}, {troubleTokens, "short"},
	} {
		site.Clock.Add(2 * time.Hour) // tokens and failures are forgotten
		s.canvas.trouble.set(c.setting, c.value)
		_, err := site.LTI.Members(t.Context(), request)
		var failed *lti.ServiceError
		if !errors.As(err, &failed) {
			t.Errorf("%s %s: Members() error = %v, want a *lti.ServiceError", c.setting, c.value, err)
		}
		s.canvas.trouble.set(c.setting, "ok")
	}
	for _, value := range []string{"twice", "round"} {
		s.canvas.trouble.set(troubleMembers, value)
		if members, err := site.LTI.Members(t.Context(), request); err != nil || len(members) == 0 {
			t.Errorf("%s: %d members, %v", value, len(members), err)
		}
	}
}

// opened is what a campus opens the tool's registration page with.
func (b *browser) opened(src string) lti.RegistrationRequest {
	b.t.Helper()
	u, err := url.Parse(src)
	if err != nil {
		b.t.Fatalf("registration page: %v", err)
	}
	q := u.Query()
	return lti.RegistrationRequest{Token: q.Get("token"), ConfigURL: q.Get("openid_configuration"), PlatformToken: q.Get("registration_token")}
}

// registersUsher pastes a link into a campus and returns what opens then.
func (b *browser) registersUsher(host, link, choice string) lti.RegistrationRequest {
	b.t.Helper()
	if host == hostCanvas {
		page := b.page(b.do(http.MethodPost, b.s.origin(host)+"/accounts/1/developer_keys/register", url.Values{"registration_url": {link}}), http.StatusOK)
		return b.opened(b.frameOf(page))
	}
	page := b.page(b.do(http.MethodPost, b.s.origin(host)+"/mod/lti/toolconfigure.php", url.Values{"toolurl": {link}, "choice": {choice}}), http.StatusOK)
	location, err := b.get(b.s.origin(host) + b.frameOf(page)).Location()
	if err != nil {
		b.t.Fatalf("registration page: %v", err)
	}
	return b.opened(location.String())
}

func TestUsherRegistersAtMoodleAndCanvas(t *testing.T) {
	t.Parallel()
	s, usher, _ := withUsher(t)
	for _, host := range []string{hostMoodle, hostCanvas} {
		b := newBrowser(t, s)
		link, err := usher.LTI.InviteRegistration(t.Context(), lti.RegistrationInvite{Name: "Another " + host})
		if err != nil {
			t.Fatalf("InviteRegistration() error = %v", err)
		}
		request := b.registersUsher(host, link, "new")
		_, offer, err := usher.LTI.OfferRegistration(t.Context(), request)
		if err != nil {
			t.Fatalf("%s: OfferRegistration() error = %v", host, err)
		}
		done, err := usher.LTI.Register(t.Context(), request, lti.RegistrationChoice{
			Name: "Another " + host, Members: true, ContentSelection: true, IssuerConfirmed: true,
		})
		if err != nil {
			t.Fatalf("%s: Register() error = %v; offer %+v", host, err, offer)
		}
		tools := map[string]*site{hostMoodle: s.moodle.site, hostCanvas: s.canvas.site}[host].read().Tools
		made := tools[len(tools)-1]
		if made.ClientID != done.Platform.ClientID || made.State != toolPending || !made.grants(scopeNRPS) ||
			made.LoginURL != usher.URL+"/lti/login" || made.Share != shareAll || made.Domain != domainOf(usher.URL) {
			t.Errorf("%s: tool %+v for platform %+v", host, made, done.Platform)
		}
		if host == hostMoodle && made.PickerURL == "" || host == hostCanvas && (made.Placements["link_selection"] == "" || made.Placements["course_navigation"] == "") {
			t.Errorf("%s: content cannot be selected or the course has no entry: %+v", host, made)
		}
	}
	known := s.moodle.read().Tools
	again, err := usher.LTI.InviteRegistration(t.Context(), lti.RegistrationInvite{Name: "Moodle anew"})
	if err != nil {
		t.Fatalf("InviteRegistration() error = %v", err)
	}
	request := newBrowser(t, s).registersUsher(hostMoodle, again, known[len(known)-1].ID)
	done, err := usher.LTI.Register(t.Context(), request, lti.RegistrationChoice{Name: "Moodle anew", ContentSelection: true})
	if err != nil || !done.Updated || len(s.moodle.read().Tools) != len(known) {
		t.Errorf("update = %+v, %v; %d tools, want %d", done, err, len(s.moodle.read().Tools), len(known))
	}
}
