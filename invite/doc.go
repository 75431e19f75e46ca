// Package invite lets people into an entry by a link: one invitation is one
// person, one entry, one attendee role, one link.
//
// # Words
//
// The inviter makes an invitation; the invitee claims it, as a guest (somebody
// without an account, on one device) or as a member (somebody known through a
// launch, on all their devices). A claim that starts a guest session is a use.
// The holder is who took the present link up; a new link has none. An
// invitation is bound when the inviter chose a member instead of typing an
// address: see below.
//
// # The landing
//
// [Decide] is the whole answer to a followed link: a pure table of rows, the
// first that fits wins. [Service.Look] collects what it asks about and writes
// nothing. [Service.Claim] decides again, then takes the link by one
// conditional UPDATE, in one transaction with the claim, the seat in the live
// room and the guest's session. Whoever loses that UPDATE is told the same as
// somebody who comes later from another device.
//
// # Bound invitations
//
// A bound invitation belongs to that member, whatever address a profile in the
// LMS shows: no other member can claim it, and the member needs no further
// proof, never counts as another device and never uses the link up. Where the
// LMS shares the address, the link also works like any other outside the LMS:
// the lobby asks for the address and lets a guest in. Where it does not, the
// lobby has nothing to compare with: the link only leads back to the course,
// where [Service.Offered] shows the invitation to its member.
//
// # What it refuses to do
//
// It knows no HTTP and renders nothing, sends no mail, and keeps no session: it
// asks for the rest by small interfaces ([Seats], [Sessions]). It never shows
// the invited address to whoever follows a link, and never merges people
// because their addresses are equal.
package invite
