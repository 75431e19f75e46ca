package session

import (
	"context"
	"net/http"
	"slices"
	"time"

	"usher/secret"
)

// Carrier says how a session came with a request.
type Carrier string

// The carriers. A request without any session has [None].
const (
	None   Carrier = ""
	Cookie Carrier = "cookie"
	Bearer Carrier = "bearer"
)

// Kind says what kind of identity a session row is.
type Kind string

// The kinds of identity.
const (
	Member Kind = "member" // known through a launch
	Guest  Kind = "guest"  // admitted to one entry by an invitation
)

// Identity is one person in one place: a member in a course, or a guest in an
// entry.
type Identity struct {
	SessionID    string
	Carrier      Carrier
	Kind         Kind
	TenantID     string
	PlatformID   string
	PersonID     string // members
	CourseID     string // members; "" after a launch without a context
	CourseRole   string // what a launch without a context said; it opens nothing
	EntryID      string // guests
	InvitationID string // guests
	Locale       string
	ReturnURL    string   // back to the LMS; "" if unknown
	FrameOrigins []string // who may frame what is answered to this identity
	CreatedAt    time.Time
	ExpiresAt    time.Time
	Ended        bool // revoked or removed: kept to say so
}

// PublicID names whom a page was made for. It is the same in all of a person's
// tabs and on all devices, gives nothing away and opens nothing.
func (i Identity) PublicID() string {
	if i.Kind == Guest {
		return secret.Hash("guest " + i.InvitationID)[:22]
	}
	return secret.Hash("member " + i.TenantID + " " + i.PersonID)[:22]
}

// Session is everybody whom one request speaks for. The zero value is nobody.
type Session struct {
	Carrier Carrier
	// Device is the hash of this browser's lasting id, "" in frames and before
	// the first cookie.
	Device     string
	identities []Identity
	secretHash string
}

// Members returns the living member identities, newest first.
func (s *Session) Members() []Identity { return s.living(Member) }

// Guests returns the living guest identities, newest first.
func (s *Session) Guests() []Identity { return s.living(Guest) }

func (s *Session) living(kind Kind) (list []Identity) {
	for _, i := range s.identities {
		if i.Kind == kind && !i.Ended {
			list = append(list, i)
		}
	}
	return list
}

// Nobody says that no identity, living or ended, came with the request.
func (s *Session) Nobody() bool { return len(s.identities) == 0 }

// Member returns who this request speaks for in a tenant.
func (s *Session) Member(tenantID string) (Identity, bool) {
	return s.find(func(i Identity) bool { return i.Kind == Member && !i.Ended && i.TenantID == tenantID })
}

// MemberIn returns who this request speaks for in a course. Launching one
// course opens no other.
func (s *Session) MemberIn(courseID string) (Identity, bool) {
	return s.find(func(i Identity) bool {
		return i.Kind == Member && !i.Ended && i.CourseID == courseID && courseID != ""
	})
}

// OnlyMember returns the one identity that a request speaks for, where that is
// a living member of a course and there is no other, living or ended.
func (s *Session) OnlyMember() (Identity, bool) {
	if len(s.identities) != 1 {
		return Identity{}, false
	}
	return s.MemberIn(s.identities[0].CourseID)
}

// Guest returns the guest place in an entry. ended says that there was one
// which was revoked or removed.
func (s *Session) Guest(entryID string) (identity Identity, found, ended bool) {
	identity, found = s.find(func(i Identity) bool { return i.Kind == Guest && i.EntryID == entryID && !i.Ended })
	if !found {
		_, ended = s.find(func(i Identity) bool { return i.Kind == Guest && i.EntryID == entryID && i.Ended })
	}
	return identity, found, ended
}

// Tenants lists the tenants that this request speaks for somebody of.
func (s *Session) Tenants() (ids []string) {
	for _, i := range s.identities {
		if !slices.Contains(ids, i.TenantID) {
			ids = append(ids, i.TenantID)
		}
	}
	return ids
}

func (s *Session) find(is func(Identity) bool) (Identity, bool) {
	for _, i := range s.identities {
		if is(i) {
			return i, true
		}
	}
	return Identity{}, false
}

type contextKey struct{}

// From returns the session that [Service.Load] found for a request, never nil.
func From(r *http.Request) *Session {
	if s, ok := r.Context().Value(contextKey{}).(*Session); ok {
		return s
	}
	return &Session{}
}

// With returns a request that [From] finds s in.
func With(r *http.Request, s *Session) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), contextKey{}, s))
}
