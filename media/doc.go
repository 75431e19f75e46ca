// Package media keeps the entries of a course: what they are, when they happen,
// who may do what with them, and which link of the LMS shows which of them.
//
// An entry has a kind. The live kinds (room, webcast, simulive, diy_live) have
// two acts, Open and End; the on-demand kinds can be used whenever they are
// published. Rooms are the kind that people create here.
//
// The package decides, it does not ask who is calling: handlers work out a
// person's [Permission] with [PermissionOn] and call [Permission.May] before
// they call the [Service]. It knows nothing of invitations or of the people
// inside a session; whoever needs to hear that an entry changed is told through
// Deps.Announce.
package media
