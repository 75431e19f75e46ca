// Package admin keeps the accounts of the people who run this installation:
// who may open the console, and how they prove it.
//
// An account is a name, an email address and a password. Accounts are made by
// "usher admin create" on the machine and by nothing else: no page, no launch
// and no platform makes one, so that nobody who is an administrator of an LMS
// is one of Usher.
//
// Passwords are kept as Argon2id, each with the parameters it was made with.
// Sign-ins are counted in the database (tries.go), and an unknown address gets
// the same answer, after the same work, as a wrong password.
//
// The package starts no session; that is session's work.
package admin
