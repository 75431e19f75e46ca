package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Person is somebody who can sign in on every campus. Names and user names are
// equal everywhere; identifiers and the address's domain belong to the campus.
type Person struct {
	// Key is the value of the parameter `as`: teacher, ta, student1, student2, admin.
	Key        string
	Part       string // what the person is in the course, for people
	GivenName  string
	FamilyName string
	Username   string
}

// Name is the person's full name.
func (p Person) Name() string { return p.GivenName + " " + p.FamilyName }

// Email is the person's address at an institution's domain.
func (p Person) Email(domain string) string {
	return strings.ToLower(p.GivenName+"."+p.FamilyName) + "@" + domain
}

// People lists everybody, in the order in which pages show them.
func People() []Person {
	return []Person{
		{Key: "teacher", Part: "Teacher", GivenName: "Maya", FamilyName: "Okafor", Username: "mokafor"},
		{Key: "ta", Part: "Teaching assistant", GivenName: "Jonas", FamilyName: "Lind", Username: "jlind"},
		{Key: "student1", Part: "Student", GivenName: "Lina", FamilyName: "Haddad", Username: "lhaddad"},
		{Key: "student2", Part: "Student", GivenName: "Tom", FamilyName: "Rivera", Username: "trivera"},
		{Key: "admin", Part: "Administrator, not enrolled", GivenName: "Robin", FamilyName: "Castell", Username: "admin"},
	}
}

// personByKey finds somebody by the value of `as`.
func personByKey(key string) (Person, bool) {
	for _, p := range People() {
		if p.Key == key {
			return p, true
		}
	}
	return Person{}, false
}

// The one course that every campus offers.
const (
	courseTitle = "Marine Ecology"
	courseLabel = "BIO 204"
)

// activity is a link to the tool in the course. Key is the parameter `link`.
type activity struct {
	key   string
	title string
}

// activities are ordinary resource links: unknown to the tool until somebody
// opens them.
func activities() []activity {
	return []activity{
		{key: "1", title: "Live seminar room"},
		{key: "2", title: "Guest lecture: kelp forests"},
		{key: "3", title: "Field trip debriefing"},
	}
}

func activityByKey(key string) (activity, bool) {
	for _, a := range activities() {
		if a.key == key {
			return a, true
		}
	}
	return activity{}, false
}

// stableHex makes an identifier of n hex digits that is the same at every
// start, so that people and courses survive a restart of the demo.
func stableHex(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])[:n]
}

// stableUUID makes an identifier in the form of a version 4 UUID.
func stableUUID(parts ...string) string {
	h := stableHex(32, parts...)
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32]
}
