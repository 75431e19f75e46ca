package settings

import (
	"slices"
	"strconv"
	"time"
)

// Values are the settings that hold in one scope: what is stored there or in a
// wider scope, else the defaults. The zero value is all defaults.
type Values struct {
	stored map[Key]string
}

// String returns the canonical value of a key, or "" for an unknown one. What
// a newer or older version of Usher stored and this one cannot read counts as
// not stored.
func (v Values) String(key Key) string {
	d, err := define(key)
	if err != nil {
		return ""
	}
	if raw, ok := v.stored[key]; ok {
		if value, err := d.parse(raw); err == nil {
			return value
		}
	}
	return d.Default
}

// On reports whether a switch is on.
func (v Values) On(key Key) bool { return v.String(key) == "on" }

// Duration returns a duration; false where it is automatic.
func (v Values) Duration(key Key) (time.Duration, bool) {
	d, err := time.ParseDuration(v.String(key))
	return d, err == nil
}

// Count returns a count; false where it is unlimited.
func (v Values) Count(key Key) (int, bool) {
	n, err := strconv.Atoi(v.String(key))
	return n, err == nil
}

// List returns the words of a list: domains in canonical form, or permissions.
func (v Values) List(key Key) []string { return split(v.String(key)) }

// Allows reports whether a list contains a word.
func (v Values) Allows(key Key, word string) bool { return slices.Contains(v.List(key), word) }
