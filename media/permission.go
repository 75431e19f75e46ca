package media

// CourseRole is what the last launch said a person is in a course. The words
// are those that the launch's roles are decided into.
type CourseRole string

// The course roles.
const (
	CourseOwner       CourseRole = "owner" // support staff who are not enrolled
	CourseInstructor  CourseRole = "instructor"
	CourseCoOwner     CourseRole = "co-owner"
	CourseCoEditor    CourseRole = "co-editor"
	CourseCoPublisher CourseRole = "co-publisher"
	CourseNone        CourseRole = "none"
)

// Permission is what a member may do with an entry, or with a course's list.
type Permission string

// The permissions, highest first.
const (
	PermissionOwner       Permission = "owner"
	PermissionCoOwner     Permission = "co-owner"
	PermissionCoEditor    Permission = "co-editor"
	PermissionCoPublisher Permission = "co-publisher"
	PermissionNone        Permission = "none"
)

// Action is something that a permission allows or refuses.
type Action string

// The actions.
const (
	ActionCreate      Action = "create"      // create entries in the course
	ActionInvite      Action = "invite"      // invite users, see invitations, attendance, analytics
	ActionHost        Action = "host"        // open and end a session, host it
	ActionEdit        Action = "edit"        // details, schedule, files, quiz
	ActionPublish     Action = "publish"     // publish and unpublish
	ActionCollaborate Action = "collaborate" // name collaborators
	ActionDelete      Action = "delete"      // delete and restore
	ActionHandOver    Action = "hand_over"   // hand ownership over
)

// May reports whether the permission allows the action. This is the only place
// that knows the table; what it does not list is refused.
func (p Permission) May(a Action) bool {
	switch p {
	case PermissionOwner:
		switch a {
		case ActionCreate, ActionInvite, ActionHost, ActionEdit, ActionPublish, ActionCollaborate, ActionDelete, ActionHandOver:
			return true
		}
	case PermissionCoOwner:
		switch a {
		case ActionCreate, ActionInvite, ActionHost, ActionEdit, ActionPublish, ActionCollaborate, ActionDelete:
			return true
		}
	case PermissionCoEditor:
		switch a {
		case ActionCreate, ActionInvite, ActionHost, ActionEdit:
			return true
		}
	case PermissionCoPublisher:
		switch a {
		case ActionInvite, ActionPublish:
			return true
		}
	}
	return false
}

// SeesUnpublished reports whether the permission shows entries that are not
// published: to those who can publish or edit them.
func (p Permission) SeesUnpublished() bool {
	return p.May(ActionPublish) || p.May(ActionEdit)
}

// Attends is the attendee role that the permission gives in a live session
// without any invitation.
func (p Permission) Attends() AttendeeRole {
	if p.May(ActionHost) {
		return Host
	}
	return Viewer
}

// CoursePermission is what a course role may do with the course's list. An
// instructor is an owner only of what they created, so on a list they are a
// co-owner.
func CoursePermission(role CourseRole) Permission {
	switch role {
	case CourseOwner:
		return PermissionOwner
	case CourseInstructor, CourseCoOwner:
		return PermissionCoOwner
	case CourseCoEditor:
		return PermissionCoEditor
	case CourseCoPublisher:
		return PermissionCoPublisher
	}
	return PermissionNone
}

// PermissionOn is what a person with a role in the entry's course may do with
// the entry. The role must be the one that they have in e.CourseID; having
// created an entry counts for instructors only, so an ex-teacher keeps nothing.
func PermissionOn(e Entry, personID string, role CourseRole) Permission {
	if role == CourseInstructor && personID != "" && e.CreatedBy == personID {
		return PermissionOwner
	}
	return CoursePermission(role)
}

// AttendeeRole is what somebody is in a live session.
type AttendeeRole string

// The attendee roles, lowest first.
const (
	Viewer    AttendeeRole = "viewer"
	Speaker   AttendeeRole = "speaker"
	Moderator AttendeeRole = "moderator"
	Host      AttendeeRole = "host"
)

// AtLeast reports whether the role is other or a higher one. Words that are no
// attendee role are below viewer.
func (r AttendeeRole) AtLeast(other AttendeeRole) bool { return r.rank() >= other.rank() }

// Valid reports whether the role is one of the four.
func (r AttendeeRole) Valid() bool { return r.rank() > 0 }

func (r AttendeeRole) rank() int {
	switch r {
	case Viewer:
		return 1
	case Speaker:
		return 2
	case Moderator:
		return 3
	case Host:
		return 4
	}
	return 0
}
