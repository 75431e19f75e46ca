package roster

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

func TestSuggestFindsPeopleAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		var courseID string
		for i, p := range [][3]string{
			{"Amara", "Okafor", "a.okafor@campus.example"}, {"Søren", "Ångström", ""}, {"Jean-Luc", "O'Brien", "jlob@campus.example"},
			{"محمد", "علي", ""}, {"小明", "王", ""}, {"Zoë", "Amarante", "zoe_100%@campus.example"}, {"İpek", "Işık", ""}, {"Łukasz", "Großmann", ""},
		} {
			courseID = c.arrive(t, launch(fmt.Sprint("s", i), named(p[0], p[1], p[2]))).Course.ID
		}
		c.arrive(t, launch("elsewhere", named("Amara", "Elsewhere", "a.okafor@campus.example"), func(l *lti.Launch) { l.Context.ID = "other" }))
		for _, tt := range []struct {
			q    string
			want []string
		}{
			{"am", []string{"Amara Okafor", "Zoë Amarante"}},
			{"AMARA ok", []string{"Amara Okafor"}},
			{"okafor amara", []string{"Amara Okafor"}},
			{"  ok,  am ", []string{"Amara Okafor"}},
			{"fo", []string{"Amara Okafor"}}, // within a word
			{"soren", []string{"Søren Ångström"}},
			{"ANGSTROM", []string{"Søren Ångström"}},
			{"a\u030angström", []string{"Søren Ångström"}},
			{"obrien", []string{"Jean-Luc O'Brien"}},
			{"o’brien luc", []string{"Jean-Luc O'Brien"}},
			{"jlob", []string{"Jean-Luc O'Brien"}},
			{"مُحَمَّد", []string{"محمد علي"}},
			{"小明", []string{"小明 王"}},
			{"王小明", []string{"小明 王"}},
			{"小明王", []string{"小明 王"}},
			{"ipek isik", []string{"İpek Işık"}},
			{"grossmann", []string{"Łukasz Großmann"}},
			{"lukasz", []string{"Łukasz Großmann"}},
			{"A.Okafor@ca", []string{"Amara Okafor"}},
			{"zoe_100%@", []string{"Zoë Amarante"}},
			{"kafor@campus", nil}, // addresses from their beginning only
			{"campus.example", nil},
			{"%%", nil}, {"__", nil}, {"!!", nil}, {"'; DROP", nil},
			{"a", nil}, {"", nil}, {"é", nil}, {"\xff\xfe", nil}, {"a\x00", nil},
			{"nobody", nil}, {"elsewhere", nil},
		} {
			found, err := c.Suggest(ctx, "t", courseID, tt.q, 10)
			if err != nil {
				t.Errorf("Suggest(%q) = %v", tt.q, err)
			}
			var names []string
			for _, p := range found {
				names = append(names, p.DisplayName())
			}
			if diff := cmp.Diff(tt.want, names); diff != "" {
				t.Errorf("Suggest(%q) (-want +got):\n%s", tt.q, diff)
			}
		}
		if found, err := c.Suggest(ctx, "t", courseID, "am", 1); err != nil || len(found) != 1 || found[0].GivenName != "Amara" {
			t.Errorf("Suggest(limit 1) = %v, %v, want the best one", found, err)
		}
		if found, err := c.Suggest(ctx, "t", courseID, "am", 0); err != nil || len(found) != 0 {
			t.Errorf("Suggest(limit 0) = %v, %v, want nobody", found, err)
		}
	})
}

// C-18, C-20.
func TestDisplayNameNeverShowsSubjectOrAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		p    Person
		want string
	}{
		{Person{GivenName: "Amara", FamilyName: "Okafor", Name: "Dr Amara Okafor"}, "Amara Okafor"},
		{Person{GivenName: "Amara", Name: "Amara Okafor"}, "Amara"},
		{Person{FamilyName: "Okafor"}, "Okafor"},
		{Person{Name: "Amara Okafor"}, "Amara Okafor"},
		{Person{GivenName: "amara@campus.example", Name: "Amara"}, "Amara"},
	} {
		if got := tt.p.DisplayName(); got != tt.want || !tt.p.Named() {
			t.Errorf("DisplayName(%+v) = %q, want %q", tt.p, got, tt.want)
		}
	}
	nameless := Person{ID: "one", Subject: "raw-subject", Email: "amara@campus.example", Name: "amara@campus.example"}
	other := Person{ID: "two", Subject: "raw-subject"}
	got := nameless.DisplayName()
	if strings.Contains(got, "raw") || strings.Contains(got, "amara") || !strings.HasPrefix(got, "Person ") || nameless.Named() {
		t.Errorf("DisplayName(nameless) = %q, want a number", got)
	}
	if got != nameless.DisplayName() || got == other.DisplayName() {
		t.Errorf("DisplayName(nameless) = %q, %q, other %q, want stable and different", got, nameless.DisplayName(), other.DisplayName())
	}
}
