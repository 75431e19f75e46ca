// Package live is an entry while it is open: who is here, what is said, who may do what.
//
// Words: an attendee is one person or guest in one entry; its role is the higher one of
// what its permission on the entry gives (base) and what an invitation or a host granted
// (the row). An event is one numbered line of a room's story: a message, a changed role,
// a removal, the opening, the end. Someone at the door waits outside for the opening.
//
// Rows are the truth. Every event gets the next number of its entry inside the transaction
// that does the thing, so numbers are gapless and in the order of the commits. One pump per
// process follows the rows of the rooms it has people in and hands them to centrifuge, also
// those that another process wrote. Nothing is delivered that is not stored, and whoever was
// away asks for the rows after the last number seen.
//
// The connection only carries from server to browser. Clients never choose channels, and
// whatever they want done goes by an ordinary HTTP request, authorised like any other.
//
// The package does not decide what a person may do with an entry (media does), does not know
// how a session travels (session does), and speaks no HTTP but that of the connection itself.
package live
