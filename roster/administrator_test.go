package roster

import (
	"testing"

	"usher/database"
	"usher/database/dbtest"
	"usher/lti"
)

// Every launch that tells says it anew, up and down; one that cannot tell
// changes nothing.
func TestAdministratorFollowsTheLastLaunchThatTold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		c := newCampus(t, db)
		for i, step := range []struct {
			says lti.Administrator
			want bool
		}{
			{lti.AdministratorUnsaid, false}, {lti.AdministratorNo, false}, {lti.AdministratorYes, true}, {lti.AdministratorUnsaid, true},
			{lti.AdministratorNo, false}, {lti.AdministratorUnsaid, false},
		} {
			a := c.arrive(t, launch("s1", func(l *lti.Launch) { l.Administrator = step.says }))
			got, err := c.Administers(t.Context(), "t", a.Person.ID)
			if err != nil || got != step.want {
				t.Errorf("step %d (%q): Administers = %v, %v, want %v", i, step.says, got, err, step.want)
			}
			if other, err := c.Administers(t.Context(), "other", a.Person.ID); err != nil || other {
				t.Errorf("step %d: in another tenant: %v, %v", i, other, err)
			}
		}
	})
}
