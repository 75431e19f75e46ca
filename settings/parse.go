package settings

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"
)

// What the types of values look like, for people.
const (
	unitSwitch      = "on or off"
	unitDuration    = "automatic, or a duration between 1m and 8760h such as 90s, 30m or 24h"
	unitCount       = "a whole number from 1 up, or unlimited"
	unitPermissions = "a list such as owner, co-owner, co-editor, co-publisher"
	unitProof       = "typed"
	unitRotation    = "never, or a duration between 168h (a week) and 17520h (two years)"
	unitDomains     = "a list of domains such as example.org, example.net, or nothing"
)

// kinds name the types of values by what they look like.
var kinds = map[string]Kind{
	unitSwitch: KindSwitch, unitDuration: KindDuration, unitCount: KindCount,
	unitPermissions: KindPermissions, unitProof: KindProof, unitDomains: KindDomains,
	unitRotation: KindRotation,
}

// Bounds of a link's life: under a minute nobody could follow it, over a year
// a leaked one would never die.
const (
	minLinkDuration = time.Minute
	maxLinkDuration = 365 * 24 * time.Hour
)

// Bounds of a signing key's use: keys are published for a month after it, so a
// shorter one would fill the key set.
const (
	minRotation = 7 * 24 * time.Hour
	maxRotation = 2 * 365 * 24 * time.Hour
)

// maxCount keeps counts within the databases' integers.
const maxCount = 1_000_000_000

func parseSwitch(s string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "on", "true", "yes", "1":
		return "on", nil
	case "off", "false", "no", "0":
		return "off", nil
	}
	return "", errors.New("it is a switch")
}

func parseLinkDuration(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == Automatic {
		return Automatic, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return "", errors.New("it is no duration")
	}
	if d < minLinkDuration || d > maxLinkDuration {
		return "", errors.New("it is too short or too long")
	}
	return s, nil
}

func parseRotation(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == Never {
		return Never, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return "", errors.New("it is no duration")
	}
	if d < minRotation || d > maxRotation {
		return "", errors.New("it is too short or too long")
	}
	return s, nil
}

func parseCount(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == Unlimited {
		return Unlimited, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return "", errors.New("it is no whole number")
	}
	if n < 1 || n > maxCount {
		return "", errors.New("it is too small or too large")
	}
	return strconv.Itoa(n), nil
}

func parsePermissions(s string) (string, error) {
	list := split(s)
	for _, p := range list {
		if !slices.Contains(permissions, p) {
			return "", fmt.Errorf("%q is no permission that can invite", p)
		}
	}
	if len(list) == 0 {
		return "", errors.New("nobody could invite; switch invite.enabled off instead")
	}
	return strings.Join(list, ", "), nil
}

// parseProof refuses what cannot be kept: a code goes by mail, and without
// mail nobody could follow a link of that role.
func parseProof(s string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case Typed:
		return Typed, nil
	case Proved:
		return "", errors.New("a code goes by mail, and no mail server is configured")
	}
	return "", errors.New("it is no way to prove an address")
}

func parseDomains(s string) (string, error) {
	list := split(s)
	for i, d := range list {
		ascii, err := CanonicalDomain(d)
		if err != nil {
			return "", fmt.Errorf("%q is no domain", d)
		}
		list[i] = ascii
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ", "), nil
}

// CanonicalDomain returns the ASCII, lower-case form in which domains are
// compared: müller.example and xn--mller-kva.example are one. A leading "@",
// "." or "*." is dropped.
func CanonicalDomain(domain string) (string, error) {
	domain = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(domain, "@"), "*"), ".")
	ascii, err := idna.Lookup.ToASCII(strings.TrimSuffix(domain, "."))
	if err != nil {
		return "", fmt.Errorf("read domain: %w", err)
	}
	if ascii == "" || !strings.Contains(ascii, ".") {
		return "", errors.New("a domain has at least one dot")
	}
	return ascii, nil
}

// split takes a list written with commas, semicolons or spaces.
func split(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\t' || r == '\r'
	})
}
