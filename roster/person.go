package roster

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"
)

// Person is somebody known through a platform.
type Person struct {
	ID         string `gorm:"primaryKey"`
	TenantID   string
	Subject    string `gorm:"column:sub"` // the platform's; never shown
	Name       string
	GivenName  string
	FamilyName string
	Email      string // as the platform sent it; "" where it does not share it
	EmailKey   string // see [AddressKey]; "" where Email is no address
	SearchKey  string
	Locale     string
	// Administrator says that the last launch that told called them an
	// administrator of the whole tenant. Only what the launch reads carries it;
	// see [Service.Administers].
	Administrator bool
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// TableName names the table of people for the store.
func (Person) TableName() string { return "people" }

// Course is a context of the platform in which people launched.
type Course struct {
	ID        string `gorm:"primaryKey"`
	TenantID  string
	ContextID string // the platform's
	Title     string
	Label     string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// TableName names the table of courses for the store.
func (Course) TableName() string { return "courses" }

// DisplayName is what others may read: given and family name, else the full
// name, else a number that stays the same for this person. An address in place
// of a name, as Canvas sends it, is not shown to the whole room, and the
// subject never is.
func (p Person) DisplayName() string {
	for _, name := range []string{strings.TrimSpace(p.GivenName + " " + p.FamilyName), p.Name} {
		if name != "" && !strings.Contains(name, "@") {
			return name
		}
	}
	return fmt.Sprintf("Person %d", p.number())
}

// Named reports whether the platform shares a name that may be shown.
func (p Person) Named() bool { return p.DisplayName() != fmt.Sprintf("Person %d", p.number()) }

// number has four digits: enough to tell the nameless of a course apart, and
// nothing that leads back to the subject. It is made from our id.
func (p Person) number() uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(p.ID)) // never fails
	return 1000 + h.Sum32()%9000
}
