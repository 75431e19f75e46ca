// Package conformance keeps docs/conformance.md: the numbered checks of an LTI
// 1.3 Advantage tool, and for each the tests of this repository that cite its
// number, or the reason why none does.
//
// A test cites a check by its number, such as C-63, in its comment, its body or
// the name of a subtest; so does a helper or a table that the test uses. After
// adding one, write the page anew:
//
//	go test ./tests/conformance -update
package conformance
