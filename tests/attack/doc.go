// Package attack tries to break Usher from outside, through the whole site and
// over HTTP alone: launches of somebody else, ids of another course or tenant,
// links taken twice, pages framed by strangers, floods. Each test is an attack
// that must fail; what it tells is said in its name.
package attack
