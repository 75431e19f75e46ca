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
// What this package does not do: passwords (anyone may be anyone), grades,
// rosters, deep linking, dynamic registration. It keeps nothing but launches
// under way, in memory and bounded. It must never face the internet.
package demo
