package browser

import "testing"

// What the pages say of people on each campus, whose roles differ: Moodle and
// Blackboard send a teaching assistant as an instructor, Canvas by a sub-role;
// only Canvas's administrator has no role in the course.
func TestPagesSayWhatPeopleMayDo(t *testing.T) {
	t.Parallel()
	p := startProgram(t)
	want := map[string]map[string]string{
		"moodle":     {"ta": "co-owner host", "student1": "none viewer", "admin": "co-owner host"},
		"canvas":     {"ta": "co-editor host", "student1": "none viewer", "admin": "owner host"},
		"blackboard": {"ta": "co-owner host", "student1": "none viewer", "admin": "co-owner host"},
	}
	each(t, func(t *testing.T, campus string) {
		somebody := newPerson(t, p, "somebody", blocked, looks{})
		early := somebody.launches(campus, "student2", "in=frame").tool()
		early.sees("h1", "Not set up yet")
		createsRoom(somebody.launches(campus, "teacher", "in=frame").tool(), "Tide pools")
		for as, words := range want[campus] {
			v := somebody.launches(campus, as, "in=frame").tool()
			v.at("page", "room")
			if got := v.body("permission") + " " + v.body("attendee"); got != words {
				t.Errorf("%s is %q, want %q", as, got, words)
			}
			managers := 0
			if as != "student1" {
				managers = 1
			}
			if got := v.count("#more-button", ""); got != managers {
				t.Errorf("%s sees %d buttons More actions, want %d", as, got, managers)
			}
		}
	})
}
