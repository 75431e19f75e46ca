package main

import "runtime/debug"

// Usher's live memory is small, a dozen megabytes, so that Go's collector runs
// many times a second under load, for a fifteenth of a launch's processor time.
// A heap that may grow to three times what lives, instead of twice, halves that;
// beyond roomyUntil the collector is as eager as it must be.
const (
	roomyPercent = 200
	roomyUntil   = 512 << 20
)

// roomyMemory tunes the collector, unless the environment says how. It is called
// when all is set up, and first gives back what that took.
func roomyMemory(getenv func(string) string) {
	if getenv("GOGC") == "" && getenv("GOMEMLIMIT") == "" {
		debug.FreeOSMemory()
		debug.SetGCPercent(roomyPercent)
		debug.SetMemoryLimit(roomyUntil)
	}
}
