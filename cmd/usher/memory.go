package main

import "runtime/debug"

// Usher's live memory is small, a dozen megabytes, so that Go's collector runs
// many times a second under load, for a twentieth of a launch's processor
// time. Letting the heap grow further before it runs costs some forty megabytes;
// beyond roomyUntil the collector is as eager as it must be.
const (
	roomyPercent = 400
	roomyUntil   = 512 << 20
)

// roomyMemory tunes the collector, unless the environment says how
// [https://pkg.go.dev/runtime#hdr-Environment_Variables].
func roomyMemory(getenv func(string) string) {
	if getenv("GOGC") == "" && getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(roomyPercent)
		debug.SetMemoryLimit(roomyUntil)
	}
}
