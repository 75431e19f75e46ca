package demo

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// launchTo goes through a whole launch at top level and returns the form that
// reaches the tool.
func (b *browser) launchTo(campus Registration, host, query string) (login url.Values, answer sentForm) {
	b.t.Helper()
	login = b.login(host, query)
	answer = b.form(b.page(b.follow(campus.AuthURL+"?"+request(login).Encode()), http.StatusOK))
	return login, answer
}

func campusOf(s *Server, host string) Registration {
	index := map[string]int{hostMoodle: 0, hostCanvas: 1, hostBlackboard: 2}
	return s.Registrations()[index[host]]
}

func TestTokensHaveTheShapeThatEachLMSSends(t *testing.T) {
	t.Parallel()
	s := shared(t)
	ags := claimAGS + " > "
	cases := []struct {
		host, query, captured string
		// absent are claims of the capture that come from its installation
		// (a graded item, an LTI 1.1 tool of the same domain); more are ours.
		absent, more []string
	}{
		{host: hostMoodle, query: "as=teacher", captured: "moodle.teacher"},
		{host: hostMoodle, query: "as=ta", captured: "moodle.ta"},
		{host: hostMoodle, query: "as=student1", captured: "moodle.student"},
		{host: hostMoodle, query: "as=admin", captured: "moodle.admin"},
		{host: hostMoodle, query: "as=student2&share=none", captured: "moodle.student.private",
			more: []string{ags + "lineitems", ags + "scope"}},
		{host: hostCanvas, query: "as=teacher&link=nav", captured: "canvas.teacher"},
		{host: hostCanvas, query: "as=ta&link=nav&share=name", captured: "canvas.ta"},
		{host: hostCanvas, query: "as=admin&link=account", captured: "canvas.admin"},
		{host: hostCanvas, query: "as=student1", captured: "canvas.student", absent: []string{
			ags + "lineitem", claimLTI + "lti1p1 > oauth_consumer_key", claimLTI + "lti1p1 > oauth_consumer_key_sign",
		}},
		{host: hostBlackboard, query: "as=ta", captured: "blackboard.ta"},
		{host: hostBlackboard, query: "as=student1", captured: "blackboard.student"},
		{host: hostBlackboard, query: "as=admin", captured: "blackboard.admin"},
	}
	for _, c := range cases {
		t.Run(c.captured, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s)
			campus := campusOf(s, c.host)
			_, answer := b.launchTo(campus, c.host, c.query)
			got := b.verify(answer.values.Get("id_token"), campus.JWKSURL)
			want := readCaptured(t, c.captured)

			if diff := cmp.Diff(want.Header, slices.Sorted(maps.Keys(got.header))); diff != "" {
				t.Errorf("token header (-captured +ours):\n%s", diff)
			}
			wantShape := shape(want.Claims)
			for _, path := range c.absent {
				delete(wantShape, path)
			}
			gotShape := shape(got.claims)
			for _, path := range c.more {
				delete(gotShape, path)
			}
			if diff := cmp.Diff(wantShape, gotShape); diff != "" {
				t.Errorf("claims (-captured +ours):\n%s", diff)
			}
			if diff := cmp.Diff(want.Claims[claimLTI+"roles"], got.claims[claimLTI+"roles"]); diff != "" {
				t.Errorf("roles (-captured +ours):\n%s", diff)
			}
			if got.claims["nonce"] != "the-nonce" || answer.values.Get("state") != "the-state" {
				t.Errorf("nonce = %v, state = %q, want those of the request", got.claims["nonce"], answer.values.Get("state"))
			}
		})
	}
}

func TestTokensLiveAsLongAsTheirLMSLetsThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host string
		age  time.Duration // of iat when the token arrives
		life time.Duration
	}{
		{hostMoodle, 0, time.Minute}, {hostCanvas, 4 * time.Minute, time.Hour}, {hostBlackboard, 0, time.Hour},
	} {
		t.Run(c.host, func(t *testing.T) {
			t.Parallel()
			s, clock := newServer(t)
			b := newBrowser(t, s)
			campus := campusOf(s, c.host)
			login := b.login(c.host, "as=teacher")
			clock.advance(4 * time.Minute)
			answer := b.form(b.page(b.follow(campus.AuthURL+"?"+request(login).Encode()), http.StatusOK))
			claims := b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims
			iat, exp := claims["iat"].(float64), claims["exp"].(float64)
			if age := float64(clock.now().Unix()) - iat; age != c.age.Seconds() {
				t.Errorf("age of iat = %vs, want %v", age, c.age)
			}
			if exp-iat != c.life.Seconds() {
				t.Errorf("exp - iat = %vs, want %v", exp-iat, c.life)
			}
		})
	}
}

// login begins a launch at top level and returns what the tool receives.
func (b *browser) login(host, query string) url.Values {
	b.t.Helper()
	res := b.get(b.s.origin(host) + "/launch?in=tab&" + query)
	if res.StatusCode == http.StatusFound {
		location, err := res.Location()
		if err != nil {
			b.t.Fatalf("login redirect: %v", err)
		}
		return location.Query()
	}
	return b.form(b.page(res, http.StatusOK)).values
}

func TestCoursesLaunchWithTheDeploymentOfTheirLMS(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, c := range []struct {
		name, host, query string
		registered        bool
	}{
		{"Moodle has one", hostMoodle, "as=teacher", true},
		{"Canvas's account has the registered one", hostCanvas, "as=admin&link=account", true},
		{"a Canvas course has its own", hostCanvas, "as=teacher", false},
		{"the first Blackboard institution is known", hostBlackboard, "as=teacher", true},
		{"the second is not", hostBlackboard, "as=teacher&institution=2", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s)
			campus := campusOf(s, c.host)
			login, answer := b.launchTo(campus, c.host, c.query)
			claims := b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims
			deployment, _ := claims[claimLTI+"deployment_id"].(string)
			if deployment != login.Get("lti_deployment_id") {
				t.Errorf("deployment of token = %q, of login = %q", deployment, login.Get("lti_deployment_id"))
			}
			if got := slices.Contains(campus.DeploymentIDs, deployment); got != c.registered {
				t.Errorf("deployment registered = %v, want %v", got, c.registered)
			}
			if claims["iss"] != campus.Issuer || claims["aud"] != campus.ClientID {
				t.Errorf("iss, aud = %v, %v, want %s, %s", claims["iss"], claims["aud"], campus.Issuer, campus.ClientID)
			}
		})
	}
}

func TestNavigationOfCanvasNamesTheCourseAsLink(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	campus := campusOf(s, hostCanvas)
	login, answer := b.launchTo(campus, hostCanvas, "as=student1&link=nav")
	claims := b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims
	link, _ := claims[claimLTI+"resource_link"].(map[string]any)
	context, _ := claims[claimLTI+"context"].(map[string]any)
	if link["id"] != context["id"] || link["title"] != context["title"] {
		t.Errorf("link = %v, want id and title of context %v", link, context)
	}
	if target := claims[claimLTI+"target_link_uri"]; target != login.Get("target_link_uri") ||
		!strings.HasSuffix(login.Get("target_link_uri"), "?placement=course_navigation") {
		t.Errorf("target_link_uri = %v, of login %q", target, login.Get("target_link_uri"))
	}
}

func TestTokensNameTheLocaleAskedFor(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, host := range []string{hostMoodle, hostCanvas, hostBlackboard} {
		b := newBrowser(t, s)
		campus := campusOf(s, host)
		_, answer := b.launchTo(campus, host, "as=student1&lang=ar")
		claims := b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims
		presentation, _ := claims[claimLTI+"launch_presentation"].(map[string]any)
		if presentation["locale"] != "ar" {
			t.Errorf("%s: locale = %v, want ar", host, presentation["locale"])
		}
	}
}
