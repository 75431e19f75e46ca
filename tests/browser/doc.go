// Package browser tests the built program in Chromium: people launch from the
// practice LMS in frames of another site, invite, follow links and talk.
//
// The tests are the documentation of what a browser really does with the
// program; its parts are:
//
//	main_test.go     builds the program once, finds Chromium
//	program_test.go  one running program with its practice LMS
//	wire_test.go     the connection to Chromium: a session for each page and frame
//	chromium_test.go a Chromium with or without third-party cookies
//	person_test.go   somebody at a device of their own: profile, proxy, tabs
//	proxy_test.go    records, changes and cuts what a person's browser sends
//	view_test.go     acting and looking in a page or in the tool's frame
//	story_test.go    what people do: launch, create, invite, claim, chat
//
// Without Chromium they are skipped, loudly; with REQUIRE_CHROMIUM=1 that is a
// failure. USHER_SHOTS names a folder for screenshots.
package browser
