package invite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/database"
	"usher/database/dbtest"
	"usher/invite"
	"usher/media"
	"usher/roster"
	"usher/secret"
	"usher/settings"
)

// platformRow and tenantRow are as much of a registration as foreign keys ask for.
type platformRow struct {
	ID, Name, Issuer, ClientID string
	AuthURL                    string `gorm:"column:auth_url"`
	TokenURL                   string `gorm:"column:token_url"`
	JWKSURL                    string `gorm:"column:jwks_url"`
	CreatedAt, UpdatedAt       time.Time
}

// TableName names the table.
func (platformRow) TableName() string { return "platforms" }

type tenantRow struct {
	ID, PlatformID string
	CreatedAt      time.Time
}

// TableName names the table.
func (tenantRow) TableName() string { return "tenants" }

type memberRow struct {
	CourseID, PersonID, TenantID, CourseRole string
	CreatedAt, UpdatedAt                     time.Time
}

// TableName names the table.
func (memberRow) TableName() string { return "course_members" }

// stage is a tenant with a course, a teacher, three students and an open room,
// and the invitations of it.
type stage struct {
	*invite.Service
	t     testing.TB
	db    *database.DB
	rules *settings.Service
	room  *seats
	entry media.Entry

	mu      sync.Mutex
	now     time.Time
	ended   []string // invitations whose guest sessions were ended
	started int      // guest sessions begun
	left    bool     // they have ended since
}

const (
	tenant  = "t"
	course  = "c"
	teacher = "teacher"
)

func newStage(t testing.TB, db *database.DB) *stage {
	t.Helper()
	s := &stage{t: t, db: db, now: dbtest.Now(), room: &seats{taken: map[string]invite.Seat{}}}
	clock := func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now }
	s.create(&platformRow{ID: "pl", Name: "pl", Issuer: "i", ClientID: "c"}, &platformRow{ID: "pl2", Name: "pl2", Issuer: "i", ClientID: "c2"},
		&tenantRow{ID: tenant, PlatformID: "pl"}, &tenantRow{ID: "t2", PlatformID: "pl2"},
		&roster.Course{ID: course, TenantID: tenant, ContextID: "ctx"}, &roster.Course{ID: "c2", TenantID: tenant, ContextID: "ctx2"})
	s.person(teacher, "Amara", "Okafor", "amara@school.example", course, "instructor")
	s.person("sofia", "Sofia", "Lindqvist", "sofia@school.example", course, "none")
	s.person("jonas", "Jonas", "Sommer", "", course, "none") // the LMS shares no address
	s.person("elsewhere", "Élise", "Sørensen", "elise@school.example", "c2", "none")
	starts, ends := s.now.Add(-time.Hour), s.now.Add(time.Hour)
	s.entry = media.Entry{ID: "e", TenantID: tenant, CourseID: course, Kind: media.KindRoom, Title: "Kelp", TimeZone: "UTC",
		StartsAt: &starts, EndsAt: &ends, Chat: true, OpensItself: true, Published: true, CreatedBy: teacher, CreatedAt: s.now, UpdatedAt: s.now}
	s.create(&s.entry)

	people, err := roster.New(roster.Deps{DB: db, Now: clock})
	s.must(err)
	s.rules, err = settings.New(settings.Deps{DB: db, Now: clock})
	s.must(err)
	keyring, err := secret.NewKeyring(make([]byte, secret.KeySize))
	s.must(err)
	s.Service, err = invite.New(invite.Deps{DB: db, Keyring: keyring, Now: clock, Entries: s, Roster: people, Settings: s.rules, Seats: s.room, Sessions: s})
	s.must(err)
	return s
}

func each(t *testing.T, fn func(t *testing.T, s *stage)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, db *database.DB) { fn(t, newStage(t, db)) })
}

func alone(t testing.TB) *stage { return newStage(t, dbtest.OpenSQLite(t)) }

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) create(rows ...any) {
	s.t.Helper()
	for _, r := range rows {
		if err := database.From(context.Background(), s.db).Create(r).Error; err != nil {
			s.t.Fatalf("create %T: %v", r, err)
		}
	}
}

func (s *stage) person(id, given, family, email, course, role string) {
	s.t.Helper()
	key, _ := roster.AddressKey(email)
	words := roster.SearchWords(given + " " + family)
	s.create(&roster.Person{ID: id, TenantID: tenant, Subject: "sub-" + id, GivenName: given, FamilyName: family, Email: email, EmailKey: key,
		SearchKey: words[0] + " " + words[1]},
		&memberRow{CourseID: course, PersonID: id, TenantID: tenant, CourseRole: role})
}

func (s *stage) set(key settings.Key, value string) {
	s.t.Helper()
	_, err := s.rules.Set(context.Background(), tenant, key, value)
	s.must(err)
}

func (s *stage) pass(d time.Duration) { s.mu.Lock(); s.now = s.now.Add(d); s.mu.Unlock() }

// Entry implements [invite.Entries] with the stage's only entry.
func (s *stage) Entry(_ context.Context, tenantID, id string) (media.Entry, error) {
	if tenantID != s.entry.TenantID || id != s.entry.ID {
		return media.Entry{}, media.ErrNotFound
	}
	return s.entry, nil
}

// GuestLives implements [invite.Sessions].
func (s *stage) GuestLives(context.Context, string, string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.started > 0 && !s.left, nil
}

// EndGuests implements [invite.Sessions].
func (s *stage) EndGuests(_ context.Context, _, invitationID string) error {
	s.ended = append(s.ended, invitationID)
	return nil
}

// seats is a live room in memory that keeps the promises of [invite.Seats].
type seats struct {
	mu    sync.Mutex
	taken map[string]invite.Seat
}

func seatKey(s invite.Seating) string { return s.EntryID + "/" + s.PersonID + "/" + s.InvitationID }

// Seat implements [invite.Seats].
func (r *seats) Seat(_ context.Context, s invite.Seating) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seat := r.taken[seatKey(s)]; !seat.Role.AtLeast(s.Role) {
		r.taken[seatKey(s)] = invite.Seat{Role: s.Role, Removed: seat.Removed}
	}
	return nil
}

// Unseat implements [invite.Seats].
func (r *seats) Unseat(_ context.Context, s invite.Seating) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seat, ok := r.taken[seatKey(s)]; ok {
		r.taken[seatKey(s)] = invite.Seat{Role: media.Viewer, Removed: seat.Removed}
	}
	return nil
}

// Find implements [invite.Seats].
func (r *seats) Find(_ context.Context, s invite.Seating) (invite.Seat, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seat, ok := r.taken[seatKey(s)]
	return seat, ok, nil
}

// Present implements [invite.Seats]: everybody with a seat is here.
func (r *seats) Present(_ context.Context, tenantID, entryID string) (list []invite.Seating, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key := range r.taken {
		parts := strings.Split(key, "/")
		if parts[0] == entryID {
			list = append(list, invite.Seating{TenantID: tenantID, EntryID: entryID, PersonID: parts[1], InvitationID: parts[2]})
		}
	}
	return list, nil
}

func (r *seats) role(s invite.Seating) media.AttendeeRole {
	seat, _, _ := r.Find(context.Background(), s)
	return seat.Role
}

// request is a good one.
func (s *stage) request() invite.Request {
	return invite.Request{Entry: s.entry, InviterID: teacher, Permission: media.PermissionOwner,
		Email: guest, FirstName: "Ingrid", LastName: "Solheim", Role: media.Speaker}
}

func (s *stage) invites(change ...func(r *invite.Request)) invite.Made {
	s.t.Helper()
	r := s.request()
	for _, do := range change {
		do(&r)
	}
	made, err := s.Invite(context.Background(), r)
	if err != nil {
		s.t.Fatalf("Invite: %v", err)
	}
	return made
}

func chosen(id, email string) func(r *invite.Request) {
	return func(r *invite.Request) { r.PersonID, r.Email = id, email }
}

func role(role media.AttendeeRole) func(r *invite.Request) {
	return func(r *invite.Request) { r.Role = role }
}

// laptop is a guest's browser.
func laptop() invite.Browser { return invite.Browser{Device: device, Address: "192.0.2.7"} }

func launched(personID string) invite.Browser {
	return invite.Browser{Members: []invite.Member{{TenantID: tenant, PersonID: personID, CourseID: course}}}
}

func withGuest(b invite.Browser, inv invite.Invitation) invite.Browser {
	b.Guests = append(b.Guests, invite.Guest{TenantID: inv.TenantID, EntryID: inv.EntryID, InvitationID: inv.ID})
	return b
}

func (s *stage) claim(token string, b invite.Browser, email string) (invite.Claim, error) {
	return s.Claim(context.Background(), invite.ClaimRequest{Token: token, Browser: b, Email: email,
		StartGuest: func(context.Context, invite.Claim) error { s.mu.Lock(); s.started++; s.mu.Unlock(); return nil }})
}

func (s *stage) claims(token string, b invite.Browser, email string) invite.Claim {
	s.t.Helper()
	c, err := s.claim(token, b, email)
	if err != nil {
		s.t.Fatalf("Claim: %v", err)
	}
	return c
}

func (s *stage) row(token string, b invite.Browser) invite.Row {
	s.t.Helper()
	visit, err := s.Look(context.Background(), token, b)
	if err != nil {
		s.t.Fatalf("Look: %v", err)
	}
	return visit.Landing.Row
}

func (s *stage) line(id string) invite.Line {
	s.t.Helper()
	lines, err := s.List(context.Background(), s.entry)
	s.must(err)
	for _, l := range lines {
		if l.Invitation.ID == id {
			return l
		}
	}
	s.t.Fatalf("no invitation %s in the list of %d", id, len(lines))
	return invite.Line{}
}

// dump is everything in the tables of this package, to see that nothing was
// written.
func (s *stage) dump() string {
	s.t.Helper()
	var invitations []invite.Invitation
	var claims, tries int64
	db := database.From(context.Background(), s.db)
	if err := errors.Join(db.Order("id").Find(&invitations).Error, db.Table("claims").Count(&claims).Error, db.Table("tries").Count(&tries).Error); err != nil {
		s.t.Fatalf("dump: %v", err)
	}
	text := fmt.Sprint(claims, tries)
	for _, i := range invitations {
		text += fmt.Sprint(i.ID, i.Role, i.Uses, i.Holder, len(i.TokenSealed), i.AddressKey(), i.Bound(), i.UpdatedAt)
	}
	return text
}
