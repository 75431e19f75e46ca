// Package bench measures the built program from outside, as a campus at the
// start of a lecture sees it: sixteen browsers at once, over loopback, on
// SQLite and on PostgreSQL. The platform and the browsers live in the process
// of the benchmark, so that what is measured is Usher alone.
//
//	cpu-ms/…      processor time of Usher's process, user and system
//	allocs/…      allocations of Usher's process
//	inserted/… updated/… deleted/…   rows, counted by triggers in a pass of its own
//	rss-MB        memory of Usher's process afterwards
//
// "make bench" prints the figures; docs/performance.md explains them.
package bench
