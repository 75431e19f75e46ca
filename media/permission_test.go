package media

import "testing"

func TestEachCellOfThePermissionTable(t *testing.T) {
	t.Parallel()
	const yes, no = true, false
	permissions := []Permission{PermissionOwner, PermissionCoOwner, PermissionCoEditor, PermissionCoPublisher, PermissionNone, "", "teacher"}
	table := map[Action][]bool{ // in the order of permissions
		ActionCreate:      {yes, yes, yes, no, no, no, no},
		ActionInvite:      {yes, yes, yes, yes, no, no, no},
		ActionHost:        {yes, yes, yes, no, no, no, no},
		ActionEdit:        {yes, yes, yes, no, no, no, no},
		ActionPublish:     {yes, yes, no, yes, no, no, no},
		ActionCollaborate: {yes, yes, no, no, no, no, no},
		ActionDelete:      {yes, yes, no, no, no, no, no},
		ActionHandOver:    {yes, no, no, no, no, no, no},
		"":                {no, no, no, no, no, no, no},
		"rule the world":  {no, no, no, no, no, no, no},
	}
	for action, cells := range table {
		for i, want := range cells {
			if got := permissions[i].May(action); got != want {
				t.Errorf("Permission(%q).May(%q) = %v, want %v", permissions[i], action, got, want)
			}
		}
	}
}

func TestPermissionOnAnEntryFollowsTheCourseRole(t *testing.T) {
	t.Parallel()
	own, others := Entry{CreatedBy: "p"}, Entry{CreatedBy: "somebody"}
	for _, tt := range []struct {
		role          CourseRole
		own, other    Permission
		list          Permission
		attends       AttendeeRole
		seesUnpublish bool
	}{
		{CourseOwner, PermissionOwner, PermissionOwner, PermissionOwner, Host, true},
		{CourseInstructor, PermissionOwner, PermissionCoOwner, PermissionCoOwner, Host, true},
		{CourseCoOwner, PermissionCoOwner, PermissionCoOwner, PermissionCoOwner, Host, true},
		{CourseCoEditor, PermissionCoEditor, PermissionCoEditor, PermissionCoEditor, Host, true},
		{CourseCoPublisher, PermissionCoPublisher, PermissionCoPublisher, PermissionCoPublisher, Viewer, true},
		{CourseNone, PermissionNone, PermissionNone, PermissionNone, Viewer, false},
		{"", PermissionNone, PermissionNone, PermissionNone, Viewer, false},
		{"dean", PermissionNone, PermissionNone, PermissionNone, Viewer, false},
	} {
		if got := PermissionOn(own, "p", tt.role); got != tt.own {
			t.Errorf("PermissionOn(own, %q) = %q, want %q", tt.role, got, tt.own)
		}
		if got := PermissionOn(others, "p", tt.role); got != tt.other {
			t.Errorf("PermissionOn(others, %q) = %q, want %q", tt.role, got, tt.other)
		}
		list := CoursePermission(tt.role)
		if list != tt.list || list.Attends() != tt.attends || list.SeesUnpublished() != tt.seesUnpublish {
			t.Errorf("CoursePermission(%q) = %q, attends %q, sees unpublished %v, want %q, %q, %v",
				tt.role, list, list.Attends(), list.SeesUnpublished(), tt.list, tt.attends, tt.seesUnpublish)
		}
	}
	if got := PermissionOn(Entry{}, "", CourseInstructor); got != PermissionCoOwner {
		t.Errorf("PermissionOn(nobody's entry, nobody) = %q, want %q", got, PermissionCoOwner)
	}
}

func TestAttendeeRolesAreOrdered(t *testing.T) {
	t.Parallel()
	roles := []AttendeeRole{"", Viewer, Speaker, Moderator, Host}
	for i, a := range roles {
		for j, b := range roles {
			if got := a.AtLeast(b); got != (i >= j) {
				t.Errorf("%q.AtLeast(%q) = %v, want %v", a, b, got, i >= j)
			}
		}
		if a.Valid() != (i > 0) {
			t.Errorf("%q.Valid() = %v, want %v", a, a.Valid(), i > 0)
		}
	}
	if AttendeeRole("admin").AtLeast(Viewer) {
		t.Error(`"admin".AtLeast(viewer) = true, want an unknown word below viewer`)
	}
}
