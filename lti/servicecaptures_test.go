package lti_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/lti"
	"usher/lti/ltitest"
)

// recordedRoster is an answer of a membership service as it was on the wire.
type recordedRoster struct {
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

// roles describes members by what their roles amount to.
func rolesOf(members []lti.Member) map[string]lti.CourseRole {
	roles := map[string]lti.CourseRole{}
	for _, m := range members {
		if m.Active && !m.Test {
			roles[m.Name+" "+m.Email] = lti.DecideRole(m.Roles, nil)
		}
	}
	return roles
}

// C-55: rosters as three platforms send them; Moodle's roles are bare words,
// and Blackboard's message an object.
func TestRostersOfRealPlatformsAreRead(t *testing.T) {
	t.Parallel()
	moodle := map[string]lti.CourseRole{
		"Theo Assistant ta1@school.example": lti.RoleNone, "Sofía Núñez student2@school.example": lti.RoleNone,
		"Sam Student student1@school.example": lti.RoleNone, "Tara Teacher teacher1@school.example": lti.RoleInstructor,
	}
	var plain recordedRoster
	readJSON(t, filepath.Join("testdata", "moodle/nrps-members.json"), &plain)
	var linked struct {
		WithLink   recordedRoster `json:"rlid"`
		WithGrades recordedRoster `json:"rlid_when_grades_are_accepted"`
	}
	readJSON(t, filepath.Join("testdata", "moodle/nrps-members.link.json"), &linked)
	var canvas struct{ Body json.RawMessage }
	readJSON(t, filepath.Join("testdata", "canvas/nrps-members.json"), &canvas)
	var blackboard struct {
		Page1, Page2 struct{ Body json.RawMessage }
		Variant      struct{ Member json.RawMessage } `json:"rlid_variant"`
	}
	readJSON(t, filepath.Join("testdata", "blackboard/nrps-members.json"), &blackboard)
	for name, tt := range map[string]struct {
		body json.RawMessage
		want map[string]lti.CourseRole
	}{
		"moodle":                   {plain.Response.Body, moodle},
		"moodle, of a link":        {linked.WithLink.Response.Body, moodle},
		"moodle, of a graded link": {linked.WithGrades.Response.Body, moodle},
		"canvas": {canvas.Body, map[string]lti.CourseRole{
			"Tessa Teacher tteacher@example.edu": lti.RoleInstructor, "Toni Assistant tassist@example.edu": lti.RoleCoEditor,
			"Dana Designer ddesign@example.edu": lti.RoleCoEditor, "StudentFirst StudentLast student@example.edu": lti.RoleNone,
			"Olga Observer observer@example.com": lti.RoleNone,
		}},
		"blackboard":            {blackboard.Page1.Body, map[string]lti.CourseRole{"Student Account student@example.com": lti.RoleNone}},
		"blackboard, page 2":    {blackboard.Page2.Body, map[string]lti.CourseRole{"Joe Cool jcool@example.com": lti.RoleInstructor}},
		"blackboard, of a link": {json.RawMessage(`{"members":[` + string(blackboard.Variant.Member) + `]}`), map[string]lti.CourseRole{"Student Account student@example.com": lti.RoleNone}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			f.platform.SetRosterFaults(ltitest.RosterFaults{Body: string(tt.body)})
			got, err := f.members(t)
			if err != nil {
				t.Fatalf("Members: %v", err)
			}
			if diff := cmp.Diff(tt.want, rolesOf(got)); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
		})
	}
}

// C-54: the Link headers of three platforms, with the recorded host replaced.
func TestLinkHeadersOfRealPlatformsAreFollowed(t *testing.T) {
	t.Parallel()
	var moodle struct{ Page1, Page2 recordedRoster }
	var pages map[string]recordedRoster
	readJSONLoose(t, "moodle/nrps-members.paging.json", &pages)
	moodle.Page1, moodle.Page2 = pages["page_1"], pages["page_2"]
	var canvas struct {
		Headers map[string]string `json:"response_headers"`
	}
	readJSON(t, filepath.Join("testdata", "canvas/nrps-members.json"), &canvas)
	var blackboard struct {
		Page1, Page2 struct{ Headers map[string]string }
	}
	readJSON(t, filepath.Join("testdata", "blackboard/nrps-members.json"), &blackboard)
	for name, header := range map[string]struct{ first, last string }{
		"moodle":     {moodle.Page1.Response.Headers["link"], moodle.Page2.Response.Headers["link"]},
		"canvas":     {canvas.Headers["Link"], ""},
		"blackboard": {blackboard.Page1.Headers["Link"], blackboard.Page2.Headers["Link"]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(header.first, `rel="next"`) {
				t.Fatalf("the recorded header has no next page: %q", header.first)
			}
			f := sqliteFixture(t)
			f.crowd(3)
			f.platform.SetRosterFaults(ltitest.RosterFaults{PageSize: 2, Link: func(next string) string {
				if next == "" {
					return header.last
				}
				target, _, _ := strings.Cut(strings.TrimPrefix(header.first, "<"), ">")
				return strings.Replace(header.first, target, next, 1)
			}})
			if got, err := f.members(t); err != nil || len(got) != 3 {
				t.Errorf("Members = %d, %v, want 3 people of two pages", len(got), err)
			}
		})
	}
}

// readJSONLoose reads a file whose members are not all of the same shape.
func readJSONLoose(t *testing.T, name string, into *map[string]recordedRoster) {
	t.Helper()
	var raw map[string]json.RawMessage
	readJSON(t, filepath.Join("testdata", name), &raw)
	*into = map[string]recordedRoster{}
	for key, value := range raw {
		var r recordedRoster
		if json.Unmarshal(value, &r) == nil {
			(*into)[key] = r
		}
	}
}

// C-57.
func TestRefusalsOfRealMembershipServicesAreNamed(t *testing.T) {
	t.Parallel()
	var moodle map[string]recordedRoster
	readJSONLoose(t, "moodle/nrps-errors.json", &moodle)
	var canvas struct {
		Error json.RawMessage `json:"_error_body"`
	}
	readJSON(t, filepath.Join("testdata", "canvas/nrps-members.json"), &canvas)
	for name, tt := range map[string]struct {
		status int
		body   json.RawMessage
		want   lti.ServiceCode
		words  string
	}{
		"moodle, accept":   {moodle["accept_json"].Response.Status, moodle["accept_json"].Response.Body, lti.ServiceFailed, "No handler found for /CourseSection/2/bindings/2/memberships application/json"},
		"moodle, no token": {moodle["no_token"].Response.Status, moodle["no_token"].Response.Body, lti.ServiceUnauthorized, "Unauthorized"},
		"canvas":           {http.StatusUnauthorized, canvas.Error, lti.ServiceUnauthorized, "unauthorized Access Token not linked to a Tool associated with this Context"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			f.platform.SetRosterFaults(ltitest.RosterFaults{Status: tt.status, Body: string(tt.body)})
			_, err := f.members(t)
			var failure *lti.ServiceError
			if !errors.As(err, &failure) || failure.Code != tt.want || failure.Words != tt.words || failure.Status != tt.status {
				t.Errorf("Members = %v, want %s, %q", err, tt.want, tt.words)
			}
		})
	}
}

// C-49: Moodle's token endpoint, each of its answers, under its content type.
func TestTokenAnswersOfMoodleAreRead(t *testing.T) {
	t.Parallel()
	var recorded struct {
		Cases map[string]struct {
			Status      int
			ContentType string `json:"content_type"`
			Body        string
		}
	}
	readJSON(t, filepath.Join("testdata", "moodle/token-errors.json"), &recorded)
	words := map[string]string{
		"unknown-kid": `"kid" invalid, unable to lookup correct key`, "expired": "Expired token", "sub-unknown": "invalid_client",
		"iat-in-future-5s": "Cannot handle token with iat prior to 2026-11-20T23:11:03+0000", "scope-not-permitted": "invalid_scope",
		"no-kid": "error/Error: kid must be provided in JWT header.", "keyset-unreachable-and-not-cached": "",
	}
	if len(recorded.Cases) < 20 {
		t.Fatalf("%d cases, want all", len(recorded.Cases))
	}
	for name, c := range recorded.Cases {
		if c.Body == "" {
			continue // a note
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			f.platform.SetTokenFaults(ltitest.TokenFaults{Status: c.Status, ContentType: c.ContentType, Body: c.Body})
			_, err := f.members(t)
			var failure *lti.ServiceError
			if !errors.As(err, &failure) {
				t.Fatalf("Members = %v, want a service error", err)
			}
			if c.Status == http.StatusOK {
				// The recorded token is "<redacted>": the roster was asked with it.
				if failure.Code != lti.ServiceUnauthorized || len(f.platform.RosterRequests()) == 0 {
					t.Errorf("Members = %v, want the token taken and refused by the roster", err)
				}
				return
			}
			want, known := words[name]
			if failure.Code != lti.ServiceTokenRefused || known && failure.Words != want || failure.Words == "" && want == "" && !known {
				t.Errorf("Members = %v, want refused in words %q", err, want)
			}
		})
	}
}
