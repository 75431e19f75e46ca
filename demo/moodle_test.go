package demo

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMoodleBeginsWithSixParameters(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	page := b.page(b.get(s.origin(hostMoodle)+"/launch?as=student1&in=frame"), http.StatusOK)
	origin := regexp.QuoteMeta(testTool)
	allow := "microphone " + origin + "; camera " + origin + "; geolocation " + origin + "; midi " + origin +
		"; encrypted-media " + origin + "; autoplay " + origin
	if !regexp.MustCompile(`width="100%" height="600" allow="` + allow + `" allowfullscreen`).MatchString(page) {
		t.Errorf("frame lacks Moodle's size or allow list: %s", page)
	}
	if strings.Contains(page, "data-listens") {
		t.Error("page answers window messages, Moodle answers none")
	}
	login := b.form(b.page(b.get(b.frame(page)), http.StatusOK))
	want := []string{"iss", "target_link_uri", "login_hint", "lti_message_hint", "client_id", "lti_deployment_id"}
	if diff := cmp.Diff(want, login.names); diff != "" {
		t.Errorf("parameters of the login (-want +got):\n%s", diff)
	}
	if login.method != "post" || login.action != testTool+"/lti/login" {
		t.Errorf("login goes by %s to %s", login.method, login.action)
	}
	if hint := login.values.Get("lti_message_hint"); !regexp.MustCompile(`^\{"cmid":2,"launchid":"ltilaunch1_\d+"\}$`).MatchString(hint) {
		t.Errorf("lti_message_hint = %s", hint)
	}
	answer := b.form(b.page(b.get(campusOf(s, hostMoodle).AuthURL+"?"+request(login.values).Encode()), http.StatusOK))
	if diff := cmp.Diff([]string{"id_token", "state"}, answer.names); diff != "" {
		t.Errorf("fields of the answer (-want +got):\n%s", diff)
	}
}

func TestMoodleRefusesAsCaptured(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for name, c := range map[string]struct {
		parameter, value string // an empty value leaves the parameter out
		posted           url.Values
	}{
		"another redirect URI":   {"redirect_uri", testTool + "/other", nil},
		"a query more":           {"redirect_uri", testTool + "/lti/launch?x=1", nil},
		"no nonce":               {"nonce", "", nil},
		"no scope":               {"scope", "", nil},
		"a scope more":           {"scope", "openid profile", nil},
		"another response type":  {"response_type", "code", nil},
		"no message hint":        {"lti_message_hint", "", nil},
		"unknown launch":         {"lti_message_hint", `{"cmid":2,"launchid":"ltilaunch1_1"}`, nil},
		"another response mode":  {"response_mode", "query", url.Values{"error": {"invalid_request"}, "error_description": {"Invalid response_mode"}}},
		"no response mode":       {"response_mode", "", url.Values{"error": {"invalid_request"}, "error_description": {"Invalid response_mode"}}},
		"a prompt that shows up": {"prompt", "login", url.Values{"error": {"invalid_request"}, "error_description": {"Invalid prompt"}}},
		"another client":         {"client_id", "nope", url.Values{"error": {"unauthorized_client"}}},
		"another user":           {"login_hint", "99", url.Values{"error": {"access_denied"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s)
			q := request(b.login(hostMoodle, "as=teacher"))
			q.Set(c.parameter, c.value)
			if c.value == "" {
				q.Del(c.parameter)
			}
			res := b.get(campusOf(s, hostMoodle).AuthURL + "?" + q.Encode())
			if c.posted == nil {
				if page := b.page(res, http.StatusNotFound); !strings.Contains(page, "Invalid request") {
					t.Errorf("page lacks \"Invalid request\": %s", page)
				}
				return
			}
			c.posted.Set("state", "the-state")
			if diff := cmp.Diff(c.posted, b.form(b.page(res, http.StatusOK)).values); diff != "" {
				t.Errorf("posted to the tool (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMoodleForgivesWhatItForgives(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for _, left := range []string{"prompt", "state"} {
		b := newBrowser(t, s)
		q := request(b.login(hostMoodle, "as=teacher"))
		q.Del(left)
		answer := b.form(b.page(b.get(campusOf(s, hostMoodle).AuthURL+"?"+q.Encode()), http.StatusOK))
		if answer.values.Get("id_token") == "" || len(answer.names) != 2 {
			t.Errorf("without %s: fields %v, want id_token and state", left, answer.names)
		}
	}
}

func TestMoodleLaunchesNobodyAsUserZero(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	page := b.page(b.get(s.origin(hostMoodle)+"/mod/lti/launch.php?id=2&triggerview=0"), http.StatusOK)
	login := b.form(page).values
	if hint := login.Get("login_hint"); hint != "0" {
		t.Errorf("login_hint = %q, want 0", hint)
	}
	page = b.page(b.get(campusOf(s, hostMoodle).AuthURL+"?"+request(login).Encode()), http.StatusForbidden)
	if strings.Contains(page, "id_token") {
		t.Error("a token was given to nobody")
	}
}

func TestMoodleShowsWhatTheToolSendsBack(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	campus := campusOf(s, hostMoodle)
	_, answer := b.launchTo(campus, hostMoodle, "as=teacher")
	claims := b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims
	presentation, _ := claims[claimLTI+"launch_presentation"].(map[string]any)
	address, _ := presentation["return_url"].(string)
	for query, want := range map[string]string{
		"&lti_errormsg=It+%3Cb%3Ebroke": "An error occurred when launching the external tool: It &lt;b&gt;broke",
		"&lti_msg=All+done":             "All done",
		"":                              `href="` + s.origin(hostMoodle) + `/course/view.php?id=2" target="_top"`,
	} {
		if page := b.page(b.get(address+query), http.StatusOK); !strings.Contains(page, want) {
			t.Errorf("return with %q lacks %q: %s", query, want, page)
		}
	}
}
