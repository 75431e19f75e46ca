package lti_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/lti"
	"usher/lti/ltitest"
)

const canvasPlacement = "https://www.instructure.com/placement"

func TestOnlySystemAndRootAdministratorsAdministerATenant(t *testing.T) {
	t.Parallel()
	roles := func(list ...string) ltitest.Change { return ltitest.With(lti.ClaimRoles, list) }
	family := func(name string) ltitest.Change {
		return ltitest.With(lti.ClaimToolPlatform, map[string]any{"product_family_code": name})
	}
	root := func(value any) ltitest.Change {
		return ltitest.With(lti.ClaimCustom, map[string]any{lti.CustomCanvasRootAdmin: value})
	}
	account := ltitest.With(canvasPlacement, "account_navigation")
	tests := map[string]struct {
		changes []ltitest.Change
		want    lti.Administrator
	}{
		"system administrator":                     {[]ltitest.Change{roles(membership+"#Instructor", system+"Administrator")}, lti.AdministratorYes},
		"system administrator who learns here":     {[]ltitest.Change{roles(membership+"#Learner", system+"SysAdmin")}, lti.AdministratorYes},
		"legacy system administrator":              {[]ltitest.Change{roles("urn:lti:sysrole:ims/lis/SysAdmin")}, lti.AdministratorYes},
		"instructor":                               {[]ltitest.Change{roles(membership + "#Instructor")}, lti.AdministratorNo},
		"administrator of the course":              {[]ltitest.Change{roles(membership + "#Administrator")}, lti.AdministratorNo},
		"short names are the course's":             {[]ltitest.Change{roles("SysAdmin", "Administrator")}, lti.AdministratorNo},
		"administrator of the institution":         {[]ltitest.Change{roles(institution + "Administrator")}, lti.AdministratorNo},
		"support of the system":                    {[]ltitest.Change{roles(system + "SysSupport")}, lti.AdministratorNo},
		"vocabulary on another host":               {[]ltitest.Change{roles("http://evil.example/vocab/lis/v2/system/person#SysAdmin")}, lti.AdministratorNo},
		"Canvas root administrator in the account": {[]ltitest.Change{family("canvas"), roles(institution + "Administrator"), account, root("true")}, lti.AdministratorYes},
		"the same as a truth value":                {[]ltitest.Change{family("canvas"), roles(institution + "Administrator"), account, root(true)}, lti.AdministratorYes},
		"Canvas sub-account administrator":         {[]ltitest.Change{family("canvas"), roles(institution + "Administrator"), account, root("false")}, lti.AdministratorNo},
		"Canvas without the value":                 {[]ltitest.Change{family("canvas"), roles(institution + "Administrator"), account}, lti.AdministratorNo},
		"Canvas with the value not resolved":       {[]ltitest.Change{family("canvas"), roles(institution + "Administrator"), account, root("$Canvas.user.isRootAccountAdmin")}, lti.AdministratorNo},
		"Canvas administrator in a course":         {[]ltitest.Change{family("canvas"), roles(institution + "Administrator"), root("true")}, lti.AdministratorUnsaid},
		"Canvas ex-administrator in a course":      {[]ltitest.Change{family("canvas"), roles(institution+"Administrator", membership+"#Instructor"), root("false")}, lti.AdministratorNo},
		"Canvas teacher who wrote the values":      {[]ltitest.Change{family("canvas"), roles(membership + "#Instructor"), account, root("true")}, lti.AdministratorNo},
		"another platform with Canvas's words":     {[]ltitest.Change{family("moodle"), roles(institution + "Administrator"), account, root("true")}, lti.AdministratorNo},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := sqliteFixture(t)
			l, err := f.launch(t, "teacher", tt.changes...)
			if err != nil {
				t.Fatalf("Verify: %v", err)
			}
			if l.Administrator != tt.want {
				t.Errorf("Administrator = %q, want %q", l.Administrator, tt.want)
			}
		})
	}
}

func TestTrialReadsClaimsInTheWaysTheyArePasted(t *testing.T) {
	t.Parallel()
	claims := `{"` + lti.ClaimRoles + `": ["` + membership + `#Instructor"], "` + lti.ClaimContext + `": {"id": 7, "type": "Group"}, "sub": 5}`
	want := lti.Trial{Roles: []string{membership + "#Instructor"}, ContextTypes: []string{"Group"}}
	for name, pasted := range map[string]string{"claims": claims, "with space around": "\n " + claims + " \n", "wrapped": `{"header": {"alg": "RS256"}, "payload": ` + claims + `}`} {
		got, err := lti.ParseTrial(pasted)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", name, diff)
		}
	}
	if got, err := lti.ParseTrial(`["Learner", 5, null]`); err != nil || len(got.Roles) != 1 || got.Roles[0] != "Learner" {
		t.Errorf("a list of roles = %+v, %v", got, err)
	}
}

func TestTrialSurvivesHostileText(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		pasted string
		want   error
	}{
		"nothing":          {"", lti.ErrTrialJSON},
		"words":            {"Instructor", lti.ErrTrialJSON},
		"a token":          {"eyJhbGciOiJSUzI1NiJ9.e30.x", lti.ErrTrialToken},
		"cut off":          {`{"a": `, lti.ErrTrialJSON},
		"no roles":         {`{"sub": "x"}`, lti.ErrTrialRoles},
		"roles of no list": {`{"` + lti.ClaimRoles + `": {"a": 1}}`, lti.ErrTrialRoles},
		"null":             {`{"` + lti.ClaimRoles + `": null}`, lti.ErrTrialRoles},
		"very deep":        {strings.Repeat("[", 60_000), lti.ErrTrialJSON},
		"deep object":      {strings.Repeat(`{"payload":`, 5_000) + "1" + strings.Repeat("}", 5_000), lti.ErrTrialRoles},
		"too large":        {"[" + strings.Repeat(" ", lti.MaxTrial) + "]", lti.ErrTrialTooLarge},
		"broken UTF-8":     {"{\"\xff\": \xfe}", lti.ErrTrialJSON},
	} {
		if _, err := lti.ParseTrial(tt.pasted); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	many, err := lti.ParseTrial("[" + strings.Repeat(`"Instructor#X","Manager#Y",`, 2_000) + `"Learner"]`)
	if err != nil {
		t.Fatalf("ParseTrial: %v", err)
	}
	if got := lti.RoleTable(nil).Decide(many.Roles, many.ContextTypes); got.Role != lti.RoleInstructor {
		t.Errorf("thousands of roles decide %s", got.Role)
	}
}

func FuzzParseTrial(f *testing.F) {
	for _, seed := range []string{"", "[]", `["Instructor"]`, `{"payload":{}}`, `{"` + lti.ClaimRoles + `":[""]}`, "eyJ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, pasted string) {
		trial, err := lti.ParseTrial(pasted)
		if err != nil && len(trial.Roles) > 0 {
			t.Errorf("ParseTrial(%q) refuses and answers", pasted)
		}
		_ = lti.RoleTable{"Learner": lti.RoleCoEditor}.Decide(trial.Roles, trial.ContextTypes)
	})
}
