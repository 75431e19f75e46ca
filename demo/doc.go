// Package demo is a practice LMS with three campuses, each in the manner of
// its LMS: Moodle, Canvas and Blackboard. `usher demo` runs it so that people
// can try the tool without an LMS, and browser tests launch from it.
//
// One HTTP server answers for all campuses and tells them apart by Host:
//
//	moodle.localhost                          Moodle
//	canvas.localhost, sso.canvas.localhost    Canvas: the institution; sign-on and storage
//	blackboard.localhost,
//	developer.blackboard.localhost            Blackboard: Learn; sign-on and storage
//	lms.localhost, localhost, 127.0.0.1       the index, and addresses for servers
//
// Servers do not resolve *.localhost names, so key sets and token endpoints are
// registered under 127.0.0.1; browsers resolve them and treat the three
// campuses as different sites.
//
// On each campus /launch?as=teacher&in=frame signs somebody in and launches the
// tool; knobs.go lists all parameters. What a campus sends (parameters, claims,
// roles, lifetimes, errors, single-use hints, platform storage) follows captures
// and vendor documentation; testdata holds the shapes that the tests compare.
//
// /admin on each campus leads to the pages where administrators of that LMS make
// a tool known (dynamic registration, a configuration by its address, a client
// id, a form), with [Options.Empty] the only way. Teachers select content from
// the tool and copy courses. Tools get access tokens for assertions that are
// verified, and read the members of courses of 6, 300 and 5,000 people; /services
// makes these services misbehave.
//
// What this package does not do: passwords (anyone may be anyone) and grades. It
// keeps what administrators and teachers made in one file, if it is given one;
// launches and tokens are in memory and bounded. It must never face the
// internet.
package demo
