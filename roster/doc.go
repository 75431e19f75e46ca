// Package roster keeps people and the courses that they belong to, as launches
// tell of them.
//
// A person is a tenant and a subject, and nothing else makes two launches the
// same person: equal addresses or names never merge people. What is known of a
// person (name, address, role in a course) is what their last launch said; a
// launch that says less makes less known.
//
// A course's roster, where its platform has one, is fetched in the background
// by the [Fetcher] and kept for a day at most. It only says whom to suggest: it
// makes nobody a person, and changes no role and no name that a launch told.
//
// The package finds people for the invite dialog, by the words of their names
// or by address, and says when two addresses are equal. It decides no
// permissions.
package roster
