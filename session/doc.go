// Package session knows who is signed in here, how Usher knows it and until
// when. It travels in one of two carriers, and nobody above this package cares
// which:
//
//	in a page of its own   one cookie per browser (__Host-, Lax) that names rows
//	in a frame             a bearer in the Authorization header, one row
//
// A row is one identity in one place: a member in a course (or in none), or a
// guest in an entry. A browser's rows hold at most one person per tenant.
//
// A launch is a cross-site POST, to which browsers attach no Lax cookie, so
// its answer cannot know who was signed in before. It leaves an arrival cookie
// of its own; the next request brings both, and [Service.Load] joins them under
// the arrival's secret. So each new identity changes the cookie's value, two
// launches at once both stay, and no token is ever in an address.
//
// Cookies are never read in a frame, even where a browser sends them.
//
// The package does not decide what a person may do; that is media's work.
package session
