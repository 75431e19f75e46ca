package views

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// deskSamples are the pages that the console shares with a tenant's
// administrators, as each of the two gets them.
func deskSamples(lang string, now time.Time) map[string]Page {
	console := DeskBase{ConsoleBase: ConsoleBase{Base: Base{Lang: lang, IdentityID: "id1"}, Account: "Noor Haddad", Section: "launches"}}
	placed := console
	placed.Section, placed.Place, placed.Crumb = "platforms", "Moodle, main campus", Crumb{Href: "/admin/platforms/p1", Text: "Moodle, main campus"}
	inside := DeskBase{ConsoleBase: ConsoleBase{Base: Base{Lang: lang, IdentityID: "id1", Framed: true, ReturnURL: "https://lms.example/"}}, Tab: "launches", Place: "Moodle, main campus"}
	choices := []Choice{{Value: "a", Text: "Moodle, main campus", Chosen: true}, {Value: "b", Text: "Canvas"}}
	good := []SampleRow{{Platform: "Moodle", Deployment: "2", Message: "LtiResourceLinkRequest", Roles: []string{"http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"}, Role: "instructor", Row: "Instructor", Launches: 12, At: now, TryURL: "/t/roles/try?launch=s1"}, {Deployment: "2", Role: "none", Launches: 1, At: now}}
	rows := []FailureRow{{Reference: "U7KQ-4M2X", Platform: "Moodle", Code: "issued_in_future", At: now.Add(-time.Minute)}, {Reference: "2222-2222", Code: "of_tomorrow", At: now.Add(-50 * time.Hour)}}
	worths := []Choice{{Value: "owner", Text: "Owner"}, {Value: "none", Text: "None", Chosen: true}}
	table := []RoleRow{{Name: "Instructor", Role: "instructor", Default: "instructor", EditURL: "?role=Instructor"}, {Name: "Mentor", Role: "co-editor", Default: "none", Changed: true, EditURL: "?role=Mentor"}, {Name: "Instructor#Visitor", Role: "none", Changed: true, EditURL: "?role=x"}}
	tenants := []ConsoleLink{{Href: "?deployment=a", Text: "a", Current: true}, {Href: "?deployment=b", Text: "b"}}
	read := make([]TrialRole, 0, 7)
	for _, use := range []string{"decides", "equal", "refined", "beside", "group", "no_row", "unread"} {
		read = append(read, TrialRole{Claim: "Instructor", Row: "Instructor", Role: "instructor", Use: use})
	}
	return map[string]Page{
		"log":          &LaunchLog{DeskBase: console, Root: "/admin/launches", Now: now, Reference: "nonsense", Platforms: choices, Checks: choices, Rows: rows, Next: "/admin/launches?after=x"},
		"log-inside":   &LaunchLog{DeskBase: inside, Root: "/t/launches", Now: now, Checks: choices, Filtered: true},
		"log-good":     &LaunchLog{DeskBase: inside, Root: "/t/launches", Now: now, Good: true, Samples: good},
		"log-no-good":  &LaunchLog{DeskBase: console, Root: "/admin/launches", Now: now, Good: true},
		"report":       &LaunchReport{DeskBase: console, Reference: "U7KQ-4M2X", Platform: "Moodle, main campus", Deployment: "2", Code: "issued_in_future", At: now, Claim: "iat", Expected: "at most 1m0s after 2026-11-20T15:47:09Z", Received: "2026-11-20T15:51:12Z", Alike: 3, Steps: []StepRow{{"state", "passed"}, {"times", "failed"}, {"once", "skipped"}}},
		"report-bare":  &LaunchReport{DeskBase: inside, Reference: "U7KQ-4M2X", Code: "of_tomorrow", At: now},
		"roles":        &RoleTable{DeskBase: placed, Action: "/x", Reset: "/y", TryURL: "/z", Tenants: tenants, Chosen: true, Rows: table, Worths: worths, Form: RoleFields{Role: "a b"}, Errors: Errors{"role": "roles.error.role", "worth": "roles.error.worth"}},
		"roles-choose": &RoleTable{DeskBase: placed, Tenants: tenants},
		"roles-inside": &RoleTable{DeskBase: inside, Chosen: true, Rows: table, Worths: worths},
		"trial":        &RoleTrial{DeskBase: placed, Action: "/x", TableURL: "/y", Claims: "\n{}</textarea>", Result: &TrialResult{Role: "instructor", Row: "Instructor", Read: read, Types: []string{"Group"}, Group: true, Administrator: true}, Samples: good},
		"trial-error":  &RoleTrial{DeskBase: inside, Action: "/x", TableURL: "/y", Error: "trial.error.json"},
		"trial-none":   &RoleTrial{DeskBase: inside, Action: "/x", TableURL: "/y", Result: &TrialResult{Role: "none"}},
		"rules":        &RuleList{DeskBase: console, Action: "/admin/rules", Chosen: true, Rows: ruleRows()},
		"rules-inside": &RuleList{DeskBase: inside, Action: "/t/settings", Chosen: true, Tenants: tenants, Rows: ruleRows()},
		"health":       &Health{ConsoleBase: console.ConsoleBase, At: now, Rows: []HealthRow{{"good", "Database", "ok"}, {"warn", "Clock", "20 s"}, {"danger", "Keys", "none"}}},
	}
}

func ruleRows() []RuleRow {
	return []RuleRow{
		{Key: "invite.enabled", Kind: "switch", Value: "off", Default: "on", Own: true, Set: true},
		{Key: "invite.link_duration", Kind: "duration", Value: "24h", Default: "automatic", Set: true, Error: true, Typed: "long"},
		{Key: "invite.per_entry_per_day", Kind: "count", Value: "1000", Default: "1000"},
		{Key: "invite.allowed_permissions", Kind: "permissions", Value: "owner", Default: "owner"},
		{Key: "invite.address_proof.viewer", Kind: "proof", Value: "typed", Default: "typed"},
		{Key: "invite.deny_domains", Kind: "domains"},
	}
}

// Every cause has words of its own, what happened and what to do, in every
// language, and no language has words for a cause that does not exist elsewhere.
func TestEveryAdviceHasBothHalves(t *testing.T) {
	words, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	for lang, c := range words {
		for _, key := range slices.Sorted(maps.Keys(c.messages)) {
			cause, isAdvice := strings.CutPrefix(key, "advice.")
			if !isAdvice || strings.HasSuffix(cause, "_do") {
				continue
			}
			if _, has := c.messages[key+"_do"]; !has {
				t.Errorf("%s: %s says what happened and not what to do", lang, key)
			}
		}
	}
}
