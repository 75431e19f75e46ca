package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Person is somebody who can sign in on every campus. Names and user names are
// equal everywhere; identifiers and the address's domain belong to the campus.
type Person struct {
	// Key is the value of the parameter `as`: teacher, ta, student1 to student4,
	// admin, and p1 to p5000 in the large courses.
	Key        string
	Part       string // what the person is in the course, for people
	GivenName  string
	FamilyName string
	Username   string
	// mailbox is the address's first part; "" is made of the name.
	mailbox string
	number  int // the person's number in a Moodle site
}

// Name is the person's full name.
func (p Person) Name() string { return p.GivenName + " " + p.FamilyName }

// Email is the person's address at an institution's domain.
func (p Person) Email(domain string) string {
	return strings.ToLower(orDefault(p.mailbox, p.GivenName+"."+p.FamilyName)) + "@" + domain
}

// People lists everybody with a part of their own, in the order in which pages
// show them. The last two students are on the roster and need never launch.
func People() []Person {
	return []Person{
		{Key: "teacher", Part: "Teacher", GivenName: "Maya", FamilyName: "Okafor", Username: "mokafor", number: 3},
		{Key: "ta", Part: "Teaching assistant", GivenName: "Jonas", FamilyName: "Lind", Username: "jlind", number: 4},
		{Key: "student1", Part: "Student", GivenName: "Lina", FamilyName: "Haddad", Username: "lhaddad", number: 5},
		{Key: "student2", Part: "Student", GivenName: "Tom", FamilyName: "Rivera", Username: "trivera", number: 6},
		{Key: "student3", Part: "Student", GivenName: "Sofía", FamilyName: "Núñez", Username: "snunez", mailbox: "sofia.nunez", number: 7},
		{Key: "student4", Part: "Student", GivenName: "明", FamilyName: "王", Username: "mwang", mailbox: "ming.wang", number: 8},
		{Key: "admin", Part: "Administrator, not enrolled", GivenName: "Robin", FamilyName: "Castell", Username: "admin", number: 2},
	}
}

// personByKey finds somebody by the value of `as`.
func personByKey(key string) (Person, bool) {
	for _, p := range People() {
		if p.Key == key {
			return p, true
		}
	}
	digits, ok := strings.CutPrefix(key, "p")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > largestCourse || strconv.Itoa(n) != digits {
		return Person{}, false
	}
	return inventedPerson(n), true
}

// largest are the members of the largest course: a page of fifty must not cost
// five thousand names.
var largest = sync.OnceValue(func() []Person {
	all := People()
	members := append(make([]Person, 0, largestCourse), all[:len(all)-1]...)
	for n := 1; len(members) < largestCourse; n++ {
		members = append(members, inventedPerson(n))
	}
	return members
})

// enrolled lists the members of a course: the people with a part but for the
// administrator, then invented students up to the course's size.
func enrolled(size int) []Person { return slices.Clone(largest()[:size]) }

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
