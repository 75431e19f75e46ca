package views

import "time"

// DeskBase is what the pages have that the console shares with the
// administrators of a tenant, who see their own tenant's inside the LMS. In the
// LMS Section is empty.
type DeskBase struct {
	ConsoleBase
	// Tab is the page's place among the tenant's own: settings, roles or launches.
	Tab string
	// Place names whose things the page shows; "" for everybody's.
	Place string
}

// Console says that the page stands in the console.
func (b *DeskBase) Console() bool { return b.Section != "" }

// deskTabs are the pages of a tenant's administrators: name and address.
var deskTabs = []struct{ name, href string }{
	{"settings", "/t/settings"}, {"roles", "/t/roles"}, {"launches", "/t/launches"},
}

// Tabs are the pages of a tenant's administrators.
func (b *DeskBase) Tabs() []ConsoleLink {
	links := make([]ConsoleLink, 0, len(deskTabs))
	for _, tab := range deskTabs {
		links = append(links, ConsoleLink{Href: tab.href, Text: b.T("desk." + tab.name), Current: tab.name == b.Tab})
	}
	return links
}

// LaunchLog lists the launches that failed, or with Good those that went well.
type LaunchLog struct {
	DeskBase
	// Root is the page's address; a report's is below it.
	Root string
	Good bool
	Now  time.Time
	// Reference is what somebody looked for and was not found.
	Reference string
	// Platforms and Checks filter; a list without platforms offers none.
	Platforms, Checks []Choice
	Filtered          bool
	Rows              []FailureRow
	Next              string // address of older ones
	Samples           []SampleRow
}

// FailureRow is one failed launch of the list.
type FailureRow struct {
	Reference, Platform, Code string
	At                        time.Time
}

// SampleRow stands for launches that went well and were alike.
type SampleRow struct {
	Platform, Deployment, Message string
	Roles                         []string
	Role, Row                     string
	Launches                      int
	At                            time.Time
	TryURL                        string
}

// LaunchReport is the diagnosis of one failed launch.
type LaunchReport struct {
	DeskBase
	Reference, Platform, Deployment, Code string
	At                                    time.Time
	Claim, Expected, Received             string
	Steps                                 []StepRow
	// Alike counts other failures of the same cause around that time.
	Alike int
}

// StepRow is a step of a launch: Name, and whether it was passed, failed or
// not reached (skipped).
type StepRow struct{ Name, State string }

// Cause says what happened, in a few words.
func (b *DeskBase) Cause(code string) string { return b.textOr("advice."+code, "advice.other") }

// Advice says what an administrator can do about it.
func (b *DeskBase) Advice(code string) string {
	return b.textOr("advice."+code+"_do", "advice.other_do")
}

// Failed says that a step refused the launch.
func (r StepRow) Failed() bool { return r.State == "failed" }

// Passed says that a launch passed a step.
func (r StepRow) Passed() bool { return r.State == "passed" }

// RoleTable shows and changes what roles are worth in a tenant.
type RoleTable struct {
	DeskBase
	// Action changes a row, Reset takes a change back, TryURL tries a launch.
	Action, Reset, TryURL string
	// Tenants are those of a platform whose issuer institutions share.
	Tenants []ConsoleLink
	// Chosen says that the tenant is known; without it only Tenants are shown.
	Chosen bool
	Rows   []RoleRow
	// Form is what the editor holds.
	Form   RoleFields
	Worths []Choice
	Errors Errors
}

// RoleRow is one row of the table of roles.
type RoleRow struct {
	Name, Role, Default string
	Changed             bool
	EditURL             string
}

// Added says that the default table has no such row.
func (r RoleRow) Added() bool { return r.Default == "" }

// RoleFields are the fields of the editor.
type RoleFields struct{ Role, Worth string }

// RoleTrial tries what a launch would be worth.
type RoleTrial struct {
	DeskBase
	Action, TableURL string
	Claims           string
	Error            string // key of what is wrong with Claims
	Result           *TrialResult
	Samples          []SampleRow
}

// TrialResult says what was decided and why.
type TrialResult struct {
	Role, Row     string
	Read          []TrialRole
	Types         []string
	Group         bool
	Administrator bool
}

// TrialRole is a role that was read: as it was sent, the row that holds for
// it, what that is worth, and what it did to the decision.
type TrialRole struct{ Claim, Row, Role, Use string }

// RuleList shows and changes rules: everybody's, or those of one tenant.
type RuleList struct {
	DeskBase
	Action  string
	Tenants []ConsoleLink
	Chosen  bool
	Rows    []RuleRow
}

// RuleRow is one rule.
type RuleRow struct {
	Key, Kind, Value, Default string
	// Own says that the value is set for whom the page is about, Set that it is
	// set at all.
	Own, Set bool
	// Error says that Typed cannot be kept.
	Error bool
	Typed string
}

// Field is the name of the rule's field, unique on the page.
func (r RuleRow) Field() string { return "value-" + r.Key }

// Shown is what its field holds.
func (r RuleRow) Shown() string {
	if r.Error {
		return r.Typed
	}
	return r.Value
}

// Health shows how this installation is.
type Health struct {
	ConsoleBase
	At   time.Time
	Rows []HealthRow
}

// HealthRow is one check: Status is good, warn or danger, Title and Text are
// written out.
type HealthRow struct{ Status, Title, Text string }

// HealthFinding is what a check found, without words: the texts of Check and
// Code take Args.
type HealthFinding struct {
	Check, Status, Code string
	Args                []any
}

// HealthRow puts a finding into words.
func (r *Renderer) HealthRow(lang string, f HealthFinding) HealthRow {
	return HealthRow{
		Status: f.Status,
		Title:  r.Text(lang, "health.check_"+f.Check, f.Args...),
		Text:   r.Text(lang, "health."+f.Code, f.Args...),
	}
}
