package demo

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBlackboardBeginsByGetWithHintsToKeep(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	page := b.page(b.get(s.origin(hostBlackboard)+"/launch?as=student1&in=narrow"), http.StatusOK)
	if !strings.Contains(page, `src="`+s.origin(hostBlackboardGateway)+`/lti_storage_frame"`) || !strings.Contains(page, "tool narrow") {
		t.Errorf("page lacks the storage frame or the narrow frame: %s", page)
	}
	res := b.get(b.frame(page))
	location, err := res.Location()
	if err != nil || !strings.HasPrefix(location.String(), testTool+"/lti/login?") {
		t.Fatalf("location = %v (%v), want the tool's login", location, err)
	}
	login := location.Query()
	if hint := login.Get("login_hint"); !strings.Contains(hint, "%3Fcmd%3Dauthenticate%26course_id%3D_4_1,") {
		t.Errorf("login_hint = %s, want percent escapes after one decoding", hint)
	}
	raw, err := base64.StdEncoding.DecodeString(login.Get("lti_message_hint"))
	if err != nil || !json.Valid(raw) {
		t.Errorf("lti_message_hint = %s, want base64 JSON", login.Get("lti_message_hint"))
	}
	if got := login.Get("lti_storage_target"); got != "lti_storage_frame" {
		t.Errorf("lti_storage_target = %q", got)
	}
	answer := b.form(b.page(b.follow(campusOf(s, hostBlackboard).AuthURL+"?"+request(login).Encode()), http.StatusOK))
	if diff := cmp.Diff([]string{"id_token", "state"}, answer.names); diff != "" {
		t.Errorf("fields of the answer (-want +got):\n%s", diff)
	}
}

func TestBlackboardRefusesInItsOwnPages(t *testing.T) {
	t.Parallel()
	s := shared(t)
	for name, c := range map[string]struct {
		change func(b *browser, q url.Values)
		status int
	}{
		"another redirect URI": {func(_ *browser, q url.Values) { q.Set("redirect_uri", testTool+"/lti/launch?x=1") }, http.StatusBadRequest},
		"another client":       {func(_ *browser, q url.Values) { q.Set("client_id", "x") }, http.StatusBadRequest},
		"a hint decoded twice": {func(_ *browser, q url.Values) {
			decoded, _ := url.QueryUnescape(q.Get("login_hint"))
			q.Set("login_hint", decoded)
		}, http.StatusBadRequest},
		"another message hint": {func(_ *browser, q url.Values) { q.Set("lti_message_hint", "e30=") }, http.StatusBadRequest},
		"no nonce":             {func(_ *browser, q url.Values) { q.Del("nonce") }, http.StatusBadRequest},
		"no session":           {func(b *browser, _ url.Values) { clear(b.cookies) }, http.StatusForbidden},
		"a second time": {func(b *browser, q url.Values) {
			b.page(b.follow(campusOf(s, hostBlackboard).AuthURL+"?"+q.Encode()), http.StatusOK)
		}, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s)
			q := request(b.login(hostBlackboard, "as=teacher"))
			c.change(b, q)
			page := b.page(b.follow(campusOf(s, hostBlackboard).AuthURL+"?"+q.Encode()), c.status)
			if strings.Contains(page, "id_token") {
				t.Error("a token was given")
			}
		})
	}
}

func TestBlackboardInstitutionsShareIssuerAndLinkButNotPeople(t *testing.T) {
	t.Parallel()
	s := shared(t)
	campus := campusOf(s, hostBlackboard)
	claims := make([]map[string]any, 0, 2)
	for _, institution := range []string{"1", "2"} {
		b := newBrowser(t, s)
		_, answer := b.launchTo(campus, hostBlackboard, "as=teacher&institution="+institution)
		claims = append(claims, b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims)
	}
	for _, equal := range []string{"iss", "aud", claimLTI + "resource_link"} {
		if diff := cmp.Diff(claims[0][equal], claims[1][equal]); diff != "" {
			t.Errorf("%s differs:\n%s", equal, diff)
		}
	}
	for _, apart := range []string{"sub", "email", claimLTI + "deployment_id", claimLTI + "context"} {
		if cmp.Equal(claims[0][apart], claims[1][apart]) {
			t.Errorf("%s is equal in both institutions: %v", apart, claims[0][apart])
		}
	}
}

func TestBlackboardSystemPlacementHasNoCourse(t *testing.T) {
	t.Parallel()
	s := shared(t)
	b := newBrowser(t, s)
	campus := campusOf(s, hostBlackboard)
	_, answer := b.launchTo(campus, hostBlackboard, "as=admin&link=account")
	claims := b.verify(answer.values.Get("id_token"), campus.JWKSURL).claims
	for _, absent := range []string{claimAGS, claimNRPS, claimGroups} {
		if _, ok := claims[absent]; ok {
			t.Errorf("claim %s is there", absent)
		}
	}
	want := []any{systemRole + "Administrator", institutionRole + "Staff"}
	if diff := cmp.Diff(want, claims[claimLTI+"roles"]); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}
