package roster

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

func TestNewNamesTheMissingDependency(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]Deps{"database": {Now: time.Now}, "clock": {DB: dbtest.OpenSQLite(t)}} {
		if _, err := New(d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New(without %s) = %v", want, err)
		}
	}
}

func TestFirstLaunchStoresPersonCourseAndRole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		a := c.arrive(t, launch("s1", func(l *lti.Launch) { l.CourseRole = lti.RoleInstructor }))
		p, err := c.Person(ctx, "t", a.Person.ID)
		p.CreatedAt, p.UpdatedAt = p.CreatedAt.UTC(), p.UpdatedAt.UTC()
		if diff := cmp.Diff(a.Person, p); err != nil || diff != "" {
			t.Errorf("stored person %v (-arrived +stored):\n%s", err, diff)
		}
		if p.Subject != "s1" || p.EmailKey != "amara.okafor@campus.example" || p.DisplayName() != "Amara Okafor" || !p.CreatedAt.Equal(noon) {
			t.Errorf("stored person = %+v", p)
		}
		course, err := c.Course(ctx, "t", a.Course.ID)
		if err != nil || course.ContextID != "bio204" || course.Title != "Marine Ecology" || course.Label != "BIO 204" {
			t.Errorf("stored course = %+v, %v", course, err)
		}
		if role, err := c.Role(ctx, "t", course.ID, p.ID); err != nil || role != lti.RoleInstructor || a.Role != lti.RoleInstructor {
			t.Errorf("Role = %q, %v, arrival says %q, want instructor", role, err, a.Role)
		}
		if cs, err := c.Courses(ctx, "t", p.ID); err != nil || len(cs) != 1 || cs[0].ID != course.ID {
			t.Errorf("Courses = %v, %v", cs, err)
		}
	})
}

func TestLaunchThatSaysNothingNewWritesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		first := c.arrive(t, launch("s1"))
		c.now = noon.Add(time.Hour)
		again := c.arrive(t, launch("s1", func(l *lti.Launch) { l.Context.Title, l.Context.Label = "", "" }))
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("second arrival (-first +second):\n%s", diff)
		}
		for _, table := range []string{"people", "courses", "course_members"} {
			if n := count(t, db, table+" WHERE updated_at > created_at"); n != 0 {
				t.Errorf("%s: %d rows written again", table, n)
			}
		}
	})
}

// C-38.
func TestLaterLaunchUpdatesProfileAndRoleUpAndDown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		first := c.arrive(t, launch("s1"))
		for i, role := range []lti.CourseRole{lti.RoleInstructor, lti.RoleCoEditor, lti.RoleOwner, lti.RoleNone} {
			c.now = c.now.Add(time.Minute)
			a := c.arrive(t, launch("s1", named("Amara", "Solheim", "a.solheim@campus.example"), func(l *lti.Launch) {
				l.CourseRole = role
				l.Context.Title = "Marine Ecology II"
			}))
			if a.Person.ID != first.Person.ID || a.Course.ID != first.Course.ID {
				t.Fatalf("launch %d made another person or course", i)
			}
			if got, err := c.Role(ctx, "t", a.Course.ID, a.Person.ID); err != nil || got != role {
				t.Errorf("Role = %q, %v, want %q", got, err, role)
			}
		}
		p, err := c.Person(ctx, "t", first.Person.ID)
		if err != nil || p.DisplayName() != "Amara Solheim" || p.EmailKey != "a.solheim@campus.example" || !p.UpdatedAt.Equal(noon.Add(time.Minute)) {
			t.Errorf("person = %+v, %v", p, err)
		}
		if found, err := c.ByAddress(ctx, "t", "amara.okafor@campus.example"); err != nil || len(found) != 0 {
			t.Errorf("ByAddress(old) = %v, %v, want nobody", found, err)
		}
		if found, err := c.Suggest(ctx, "t", first.Course.ID, "okafor", 5); err != nil || len(found) != 0 {
			t.Errorf("Suggest(old name) = %v, %v, want nobody", found, err)
		}
		if course, err := c.Course(ctx, "t", first.Course.ID); err != nil || course.Title != "Marine Ecology II" {
			t.Errorf("course = %+v, %v", course, err)
		}
	})
}

func TestWhatThePlatformNoLongerSharesIsForgotten(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		c.arrive(t, launch("s1"))
		a := c.arrive(t, launch("s1", func(l *lti.Launch) { l.Name, l.GivenName, l.FamilyName, l.Email = "", "", "", "" }))
		p, err := c.Person(ctx, "t", a.Person.ID)
		if err != nil || p.Name+p.GivenName+p.FamilyName+p.Email+p.EmailKey+p.SearchKey != "" {
			t.Errorf("person = %+v, %v, want no name and address", p, err)
		}
	})
}

func TestLaunchWithoutContextHasNoCourse(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		a := c.arrive(t, launch("s1", func(l *lti.Launch) { l.Context = nil; l.CourseRole = lti.RoleOwner }))
		if a.Course != nil || a.Role != lti.RoleOwner || count(t, db, "courses") != 0 || count(t, db, "course_members") != 0 {
			t.Errorf("Arrive(no context) = %+v, want a person alone", a)
		}
	})
}

// C-80.
func TestSameSubjectAndAddressOnTwoPlatformsStayApart(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		here := c.arrive(t, launch("s1", func(l *lti.Launch) { l.CourseRole = lti.RoleInstructor }))
		there := c.arrive(t, launch("s1", func(l *lti.Launch) { l.TenantID = "t2" }))
		if here.Person.ID == there.Person.ID || here.Course.ID == there.Course.ID {
			t.Fatal("two platforms share a person or a course")
		}
		for name, try := range map[string]func() error{
			"Person": func() error { _, err := c.Person(ctx, "t", there.Person.ID); return err },
			"Course": func() error { _, err := c.Course(ctx, "t", there.Course.ID); return err },
			"Role":   func() error { _, err := c.Role(ctx, "t", there.Course.ID, there.Person.ID); return err },
			"crossed": func() error {
				_, err := c.Role(ctx, "t", here.Course.ID, there.Person.ID)
				return err
			},
			"bytes": func() error { _, err := c.Course(ctx, "t", "\x00\xff"); return err },
		} {
			if err := try(); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s of another tenant = %v, want ErrNotFound", name, err)
			}
		}
		if found, err := c.ByAddress(ctx, "t2", "AMARA.OKAFOR@Campus.Example"); err != nil || len(found) != 1 || found[0].ID != there.Person.ID {
			t.Errorf("ByAddress = %v, %v, want the one person of that tenant", found, err)
		}
		if found, err := c.Suggest(ctx, "t", there.Course.ID, "amara", 5); err != nil || len(found) != 0 {
			t.Errorf("Suggest(course of another tenant) = %v, %v, want nobody", found, err)
		}
		if cs, err := c.Courses(ctx, "t", there.Person.ID); err != nil || len(cs) != 0 {
			t.Errorf("Courses(person of another tenant) = %v, %v, want none", cs, err)
		}
		people, err := c.People(ctx, "t", []string{here.Person.ID, there.Person.ID})
		if err != nil || len(people) != 1 || people[here.Person.ID].Subject != "s1" {
			t.Errorf("People = %v, %v, want the one of this tenant", people, err)
		}
	})
}

// C-80: nor do equal addresses merge people of one platform.
func TestEqualAddressesDoNotMergePeople(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		one, two := c.arrive(t, launch("s1")), c.arrive(t, launch("s2"))
		found, err := c.ByAddress(context.Background(), "t", "amara.okafor@campus.example")
		if err != nil || len(found) != 2 || one.Person.ID == two.Person.ID {
			t.Errorf("ByAddress = %v, %v, want both people", found, err)
		}
	})
}

// C-32.
func TestNamesOfAnyScriptAndLongSubjectsAreStoredWhole(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		for i, name := range []string{"محمد علي", "王小明", "Zoë Ǻström", "👩‍🔬 Ada", "<script>alert(1)</script>", "Robert'); DROP TABLE people;--"} {
			sub := strings.Repeat(string(rune('a'+i)), 255)
			a := c.arrive(t, launch(sub, named(name, "", "")))
			p, err := c.Person(ctx, "t", a.Person.ID)
			if err != nil || p.GivenName != name || p.Subject != sub || p.DisplayName() != name {
				t.Errorf("stored %q as %q, subject of %d bytes, %v", name, p.GivenName, len(p.Subject), err)
			}
			if again := c.arrive(t, launch(sub, named(name, "", ""))); again.Person.ID != a.Person.ID {
				t.Errorf("%q: second launch made another person", name)
			}
		}
		a := c.arrive(t, launch("odd", named("a\x00b\xff\r\nc", strings.Repeat("é", 5000), "")))
		if a.Person.GivenName != "a b\uFFFD c" || len(a.Person.FamilyName) > maxLine || !utf8.ValidString(a.Person.FamilyName) {
			t.Errorf("odd name became %q and %d bytes", a.Person.GivenName, len(a.Person.FamilyName))
		}
		turned := c.arrive(t, launch("turned", named("Ada \u202egnp.exe\u202c", "\u200fعلي\u2066", "")))
		if turned.Person.GivenName != "Ada gnp.exe" || turned.Person.FamilyName != "علي" {
			t.Errorf("names with direction marks became %q and %q", turned.Person.GivenName, turned.Person.FamilyName)
		}
		if again := c.arrive(t, launch("odd", named("a\x00b\xff\r\nc", strings.Repeat("é", 5000), ""))); again.Person.ID != a.Person.ID {
			t.Error("odd name: second launch made another person")
		}
	})
}

func TestFirstLaunchesAtOnceBecomeOnePerson(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		var group sync.WaitGroup
		start := make(chan struct{})
		arrivals := make([]Arrival, 12)
		for i := range arrivals {
			group.Go(func() {
				<-start
				var err error
				if arrivals[i], err = c.Arrive(context.Background(), launch([]string{"s1", "s2"}[i%2])); err != nil {
					t.Errorf("Arrive = %v", err)
				}
			})
		}
		close(start)
		group.Wait()
		if p, k, m := count(t, db, "people"), count(t, db, "courses"), count(t, db, "course_members"); p != 2 || k != 1 || m != 2 {
			t.Errorf("%d people, %d courses, %d memberships, want 2, 1, 2", p, k, m)
		}
		for i, a := range arrivals {
			if a.Person.ID != arrivals[i%2].Person.ID || a.Course == nil || a.Course.ID != arrivals[0].Course.ID {
				t.Errorf("arrival %d is somebody or somewhere else", i)
			}
		}
	})
}

func TestArrivalIsRolledBackWithItsTransaction(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		fail := errors.New("later step")
		err := database.InTx(context.Background(), db, func(ctx context.Context) error {
			if _, err := c.Arrive(ctx, launch("s1")); err != nil {
				return err
			}
			return fail
		})
		if !errors.Is(err, fail) || count(t, db, "people")+count(t, db, "courses") != 0 {
			t.Errorf("InTx = %v, %d people, %d courses left", err, count(t, db, "people"), count(t, db, "courses"))
		}
	})
}

func BenchmarkArriveWithNothingChanged(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *database.DB{"sqlite": dbtest.OpenSQLite, "postgres": dbtest.OpenPostgres} {
		b.Run(name, func(b *testing.B) {
			c, ctx, l := newCampus(b, open(b)), context.Background(), launch("s1")
			c.arrive(b, l)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Arrive(ctx, l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestMembershipIsRoleCourseAndNameOfOneTenant(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c, ctx := newCampus(t, db), context.Background()
		a := c.arrive(t, launch("s1", func(l *lti.Launch) { l.CourseRole = lti.RoleInstructor }))
		other := c.arrive(t, launch("s2", func(l *lti.Launch) { l.Context.ID = "chem1" }))
		m, err := c.Membership(ctx, "t", a.Course.ID, a.Person.ID)
		if err != nil || m.Name != "Amara Okafor" || m.Role != lti.RoleInstructor || m.Course.ID != a.Course.ID || m.Course.Title != "Marine Ecology" {
			t.Errorf("Membership = %+v, %v", m, err)
		}
		for _, wrong := range [][3]string{
			{"t2", a.Course.ID, a.Person.ID}, {"t", other.Course.ID, a.Person.ID}, {"t", a.Course.ID, other.Person.ID}, {"t", "\x00", a.Person.ID}, {"t", a.Course.ID, ""},
		} {
			if m, err := c.Membership(ctx, wrong[0], wrong[1], wrong[2]); !errors.Is(err, ErrNotFound) {
				t.Errorf("Membership%q = %+v, %v; want ErrNotFound", wrong, m, err)
			}
		}
	})
}
