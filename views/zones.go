package views

import (
	"sync"
	"time"
)

// zones keeps loaded locations: loading one reads and parses a file, for every page again.
var zones sync.Map

func location(name string) *time.Location {
	if name == "" {
		return time.UTC
	}
	if known, found := zones.Load(name); found {
		return known.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, zone)
	return zone
}
