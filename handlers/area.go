package handlers

import "strings"

// area is the part of the site that an address belongs to. It decides before
// any handler does who is looked for, and what a frame gets.
type area int

// The areas.
const (
	areaPages    area = iota // of members and guests
	areaLanding              // invitations' links: frames get an answer of their own
	areaProtocol             // LTI: nobody is signed in yet
	areaConsole              // a cookie of its own, and never a frame
	areaAssets               // for everybody
	areaHealth               // for whoever watches this process, under any host
)

// areas lists the addresses that are no pages: a whole path, or with a slash at
// its end all below it.
var areas = []struct {
	path string
	area area
}{
	{"/assets/", areaAssets},
	{"/healthz", areaHealth},
	{"/readyz", areaHealth},
	{"/lti/", areaProtocol},
	{"/.well-known/jwks.json", areaProtocol},
	{consolePath, areaConsole},
	{consolePath + "/", areaConsole},
	{"/i/", areaLanding},
}

func areaOf(path string) area {
	for _, a := range areas {
		if path == a.path || strings.HasSuffix(a.path, "/") && strings.HasPrefix(path, a.path) {
			return a.area
		}
	}
	return areaPages
}

// hasPeople says that members and guests are known there by their session.
func (a area) hasPeople() bool { return a == areaPages || a == areaLanding }

// hasShell says that a document in a frame, which carries no bearer, is
// answered by a page whose script asks again with it.
func (a area) hasShell() bool { return a == areaPages }

// quiet areas are asked for so often that their lines would hide the rest.
func (a area) quiet() bool { return a == areaAssets || a == areaHealth }
