package lti_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
	"usher/lti/ltitest"
)

func TestDecisionNamesTheRowThatDecided(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		table   lti.RoleTable
		roles   []string
		context []string
		want    lti.CourseRole
		row     string
		uses    []lti.RoleUse
	}{
		{"highest of two", nil, []string{membership + "#Learner", membership + "#Manager"}, course, lti.RoleCoPublisher, "Manager", []lti.RoleUse{lti.UseEqual, lti.UseDecides}},
		{"refined", nil, []string{membership + "#Instructor", membership + "/Instructor#Grader"}, course, lti.RoleCoPublisher, "Instructor#Grader", []lti.RoleUse{lti.UseRefined, lti.UseDecides}},
		{"unknown sub-role beside its principal", nil, []string{membership + "/Instructor#Unheard"}, course, lti.RoleInstructor, "Instructor", []lti.RoleUse{lti.UseDecides}},
		{"institution beside the course", nil, []string{institution + "Administrator", membership + "#Learner"}, course, lti.RoleNone, "Learner", []lti.RoleUse{lti.UseBeside, lti.UseDecides}},
		{"group leader", nil, []string{membership + "#Manager"}, group, lti.RoleNone, "", []lti.RoleUse{lti.UseGroup}},
		{"no vocabulary", nil, []string{"http://else.example/x#Helper", membership + "#Unheard"}, course, lti.RoleNone, "", []lti.RoleUse{lti.UseUnread, lti.UseNoRow}},
		{"changed row raises", lti.RoleTable{"Mentor": lti.RoleCoEditor}, []string{membership + "#Mentor", membership + "#Learner"}, course, lti.RoleCoEditor, "Mentor", []lti.RoleUse{lti.UseDecides, lti.UseEqual}},
		{"changed row lowers", lti.RoleTable{"Instructor": lti.RoleNone}, []string{membership + "#Instructor"}, course, lti.RoleNone, "Instructor", []lti.RoleUse{lti.UseDecides}},
		{"added sub-role refines", lti.RoleTable{"Instructor#Visitor": lti.RoleNone}, []string{membership + "#Instructor", membership + "/Instructor#Visitor"}, course, lti.RoleNone, "Instructor#Visitor", []lti.RoleUse{lti.UseRefined, lti.UseDecides}},
		{"added role of the institution", lti.RoleTable{"institution/person#Librarian": lti.RoleCoEditor}, []string{institution + "Librarian"}, nil, lti.RoleCoEditor, "institution/person#Librarian", []lti.RoleUse{lti.UseDecides}},
		{"added role of the institution never beside the course", lti.RoleTable{"institution/person#Librarian": lti.RoleCoEditor}, []string{institution + "Librarian", membership + "#Learner"}, course, lti.RoleNone, "Learner", []lti.RoleUse{lti.UseBeside, lti.UseDecides}},
		{"support switched off", lti.RoleTable{"institution/person#Administrator": lti.RoleNone}, []string{institution + "Administrator"}, nil, lti.RoleNone, "institution/person#Administrator", []lti.RoleUse{lti.UseDecides}},
		{"a change does not undo the group's rule", lti.RoleTable{"Member": lti.RoleCoOwner}, []string{membership + "#Member"}, group, lti.RoleNone, "", []lti.RoleUse{lti.UseGroup}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.table.Decide(tt.roles, tt.context)
			if got.Role != tt.want || got.Row != tt.row {
				t.Errorf("Decide = %s by %q, want %s by %q", got.Role, got.Row, tt.want, tt.row)
			}
			var uses []lti.RoleUse
			for _, r := range got.Read {
				uses = append(uses, r.Use)
			}
			if diff := cmp.Diff(tt.uses, uses); diff != "" {
				t.Errorf("uses differ (-want +got):\n%s", diff)
			}
		})
	}
}

// A role in any spelling leads to the same row.
func TestRoleNamesAreReadInEverySpelling(t *testing.T) {
	t.Parallel()
	good := map[string]string{
		"Instructor": "Instructor", " Learner ": "Learner", membership + "#Mentor": "Mentor",
		membership + "/Instructor#Grader": "Instructor#Grader", "Instructor#Grader": "Instructor#Grader", "Instructor/Grader": "Instructor#Grader",
		"urn:lti:role:ims/lis/Manager": "Manager", institution + "Librarian": "institution/person#Librarian",
		"institution/person#Librarian": "institution/person#Librarian", "urn:lti:sysrole:ims/lis/SysAdmin": "system/person#SysAdmin",
	}
	for typed, want := range good {
		if got, err := lti.ParseRoleName(typed); err != nil || got != want {
			t.Errorf("ParseRoleName(%q) = %q, %v, want %q", typed, got, err, want)
		}
	}
	for _, typed := range []string{"", " ", "#", "/", "a b", "Instructor#A#B", "http://else.example/#X", membership, "<script>", "Prof\x00", strings.Repeat("a", 121), "institution/person#", "institution/person#A#B", "Örganizer"} {
		if got, err := lti.ParseRoleName(typed); !errors.Is(err, lti.ErrRoleName) {
			t.Errorf("ParseRoleName(%q) = %q, %v, want ErrRoleName", typed, got, err)
		}
	}
}

// Changes hold at the next launch, up and down, in their tenant alone, and
// taking one back restores the default (C-38).
func TestChangedTableDecidesTheNextLaunchOfItsTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		launched := func(hint string) lti.CourseRole {
			t.Helper()
			l, err := f.launch(t, hint)
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			return l.CourseRole
		}
		if got := launched("student"); got != lti.RoleNone {
			t.Fatalf("student is %s before any change", got)
		}
		tenant, err := f.service.TenantOf(t.Context(), f.added.ID, "")
		if err != nil {
			t.Fatalf("TenantOf: %v", err)
		}
		other := ltitest.New(t).Register(t.Context(), f.service)
		otherTenant, err := f.service.TenantOf(t.Context(), other.ID, "")
		if err == nil {
			otherTenant, err = f.service.KeepTenant(t.Context(), otherTenant)
		}
		if err != nil {
			t.Fatalf("other tenant: %v", err)
		}
		set := func(tenantID, role string, worth lti.CourseRole) {
			t.Helper()
			if _, err := f.service.SetRole(t.Context(), tenantID, role, worth); err != nil {
				t.Fatalf("SetRole(%s): %v", role, err)
			}
		}
		set(otherTenant.ID, "Learner", lti.RoleOwner)
		if got := launched("student"); got != lti.RoleNone {
			t.Errorf("another tenant's change made the student %s", got)
		}
		set(tenant.ID, "Learner", lti.RoleCoEditor)
		set(tenant.ID, membership+"#Instructor", lti.RoleCoPublisher)
		if got := launched("student"); got != lti.RoleCoEditor {
			t.Errorf("raised student is %s", got)
		}
		if got := launched("teacher"); got != lti.RoleCoPublisher {
			t.Errorf("lowered teacher is %s", got)
		}
		if err := f.service.ResetRole(t.Context(), tenant.ID, "Learner"); err != nil {
			t.Fatalf("ResetRole: %v", err)
		}
		set(tenant.ID, "Instructor", lti.RoleInstructor) // the default's own word is no change
		if student, teacher := launched("student"), launched("teacher"); student != lti.RoleNone || teacher != lti.RoleInstructor {
			t.Errorf("after taking back: student %s, teacher %s", student, teacher)
		}
		if n := f.rows(t, "role_changes"); n != 1 {
			t.Errorf("%d changes are kept, want the other tenant's one", n)
		}
	})
}

func TestTableRefusesWhatItCannotKeep(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		if _, err := f.service.SetRole(t.Context(), "nobody", "Mentor", lti.RoleCoEditor); !errors.Is(err, lti.ErrNoTenant) {
			t.Errorf("SetRole(no tenant) = %v", err)
		}
		tenant, err := f.service.TenantOf(t.Context(), f.added.ID, "")
		if err == nil {
			tenant, err = f.service.KeepTenant(t.Context(), tenant)
		}
		if err != nil {
			t.Fatalf("make tenant: %v", err)
		}
		if _, err := f.service.SetRole(t.Context(), tenant.ID, "Mentor", "king"); !errors.Is(err, lti.ErrRoleWorth) {
			t.Errorf("SetRole(king) = %v", err)
		}
		for i := range 100 {
			if _, err := f.service.SetRole(t.Context(), tenant.ID, fmt.Sprintf("Extra%d", i), lti.RoleCoEditor); err != nil {
				t.Fatalf("SetRole %d: %v", i, err)
			}
		}
		if _, err := f.service.SetRole(t.Context(), tenant.ID, "OneMore", lti.RoleCoEditor); !errors.Is(err, lti.ErrTooManyRoles) {
			t.Errorf("SetRole beyond the bound = %v", err)
		}
		if _, err := f.service.SetRole(t.Context(), tenant.ID, "Extra7", lti.RoleNone); err != nil {
			t.Errorf("SetRole of a row that is there: %v", err)
		}
		table, err := f.service.RoleTable(t.Context(), tenant.ID)
		if err != nil {
			t.Fatalf("RoleTable: %v", err)
		}
		rows := table.Rows()
		i := slices.IndexFunc(rows, func(r lti.RoleRow) bool { return r.Name == "Extra7" })
		if i < 0 || rows[i] != (lti.RoleRow{Name: "Extra7", Role: lti.RoleNone, Changed: true}) {
			t.Errorf("row of Extra7 = %+v", rows[max(i, 0)])
		}
	})
}

// On the issuer that institutions share, a deployment is the tenant.
func TestTenantsOfASharedIssuerAreItsDeployments(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		f := newFixture(t, db)
		shared, err := f.service.AddPlatform(t.Context(), lti.Platform{
			Name: "Blackboard", Issuer: "https://blackboard.com", ClientID: "app",
			AuthURL: "https://b.example/a", TokenURL: "https://b.example/t", JWKSURL: "https://b.example/k",
		}, "one", "two")
		if err != nil {
			t.Fatalf("AddPlatform: %v", err)
		}
		all, err := f.service.Tenants(t.Context(), shared.ID)
		if err != nil || len(all) != 2 || all[0].DeploymentID != "one" || !all[0].Shared() {
			t.Fatalf("Tenants = %+v, %v", all, err)
		}
		for _, wrong := range []string{"", "three"} {
			if _, err := f.service.TenantOf(t.Context(), shared.ID, wrong); !errors.Is(err, lti.ErrNoTenant) {
				t.Errorf("TenantOf(%q) = %v, want ErrNoTenant", wrong, err)
			}
		}
		kept, err := f.service.KeepTenant(t.Context(), all[1])
		if err != nil || kept.ID == "" {
			t.Fatalf("KeepTenant = %+v, %v", kept, err)
		}
		if again, err := f.service.TenantOf(t.Context(), shared.ID, "two"); err != nil || again != kept {
			t.Errorf("TenantOf = %+v, %v, want %+v", again, err, kept)
		}
		if _, err := f.service.TenantOf(t.Context(), "none\x00", ""); !errors.Is(err, lti.ErrNoTenant) {
			t.Errorf("TenantOf(no platform) = %v", err)
		}
	})
}

// Every code that errors.go defines belongs to a step, so that the launch log
// can show how far a launch came.
func TestEveryCodeBelongsToAStep(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	known := lti.Codes()
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		value, ok := spec.Values[0].(*ast.BasicLit)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Code") && !slices.Contains(known, lti.Code(strings.Trim(value.Value, `"`))) {
			t.Errorf("%s belongs to no step", spec.Names[0].Name)
		}
		return true
	})
	if f := (lti.Failure{Code: lti.CodeAudience, Expected: "present"}); f.Step() != lti.StepClaims {
		t.Errorf("an absent aud fails at %s, want the claims", f.Step())
	}
	if f := (lti.Failure{Code: "of tomorrow"}); f.Step() != "" {
		t.Errorf("an unknown code fails at %s", f.Step())
	}
}
