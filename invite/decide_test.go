package invite_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/invite"
	"usher/media"
	"usher/settings"
)

// The scene of all rows: a room that opened at ten and ends at noon, a guest
// invited as speaker the day before, and nobody in front of the door.
var (
	ten  = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)
	noon = ten.Add(2 * time.Hour)
)

const (
	hash   = "hash-of-the-link"
	device = "device-of-the-guest"
	guest  = "guest@example.org"
)

// scene is one situation; each test starts from newScene and changes what it is about.
type scene struct {
	inv    invite.Invitation
	entry  media.Entry
	who    invite.Visitor
	policy invite.Policy
	now    time.Time
}

func newScene() scene {
	key, link := guest, hash
	starts, ends := ten, noon
	return scene{
		inv: invite.Invitation{
			ID: "inv", TenantID: "t", EntryID: "e", Email: guest, EmailKey: &key, Role: media.Speaker,
			TokenHash: &link, LinkCreatedAt: ten.Add(-20 * time.Hour),
		},
		entry: media.Entry{
			ID: "e", TenantID: "t", Kind: media.KindRoom, StartsAt: &starts, EndsAt: &ends,
			Chat: true, OpensItself: true, Published: true,
		},
		who:    invite.Visitor{Device: device},
		policy: invite.PolicyFrom(settings.Values{}),
		now:    ten.Add(time.Hour),
	}
}

func (c scene) decide() invite.Landing {
	return invite.Decide(c.inv, c.entry, c.who, c.policy, c.now)
}

func member(address string) invite.Identity {
	return invite.Identity{PersonID: "p", AddressKey: address, Proof: invite.ProofPlatform}
}

func typed(address string) invite.Identity {
	return invite.Identity{InvitationID: "earlier", AddressKey: address, Proof: invite.ProofTyped}
}

func inside(id invite.Identity) invite.Identity {
	id.Inside, id.Role = true, media.Viewer
	return id
}

func at(t time.Time) *time.Time { return &t }

func as(ids ...invite.Identity) func(c *scene) {
	return func(c *scene) { c.who.Identities = ids }
}

// causes makes each row fit, whatever else is so. Precedence is tested by
// laying the cause of a higher row over that of a lower one.
var causes = map[invite.Row]func(c *scene){
	invite.RowUnknown:     func(c *scene) { c.inv = invite.Invitation{} },
	invite.RowWithdrawn:   func(c *scene) { c.inv.RevokedAt = at(ten) },
	invite.RowDeleted:     func(c *scene) { c.entry.DeletedAt = at(ten) },
	invite.RowGuestBack:   func(c *scene) { c.who.Running, c.who.ThisLink = true, true },
	invite.RowHost:        func(c *scene) { c.who.MayHost = true },
	invite.RowRemoved:     func(c *scene) { c.who.Removed = true },
	invite.RowExpired:     func(c *scene) { c.policy.LinkDuration = time.Hour },
	invite.RowClosed:      func(c *scene) { c.entry.Published = false },
	invite.RowDomain:      func(c *scene) { c.policy.DenyDomains = []string{"example.org"} },
	invite.RowInside:      as(inside(member(guest))),
	invite.RowOtherDevice: func(c *scene) { c.inv.Holder, c.inv.Uses = "device:another", 1 },
	invite.RowSpent:       func(c *scene) { c.inv.Holder, c.inv.Uses = "device:"+device, 1 },
	invite.RowNotOpen: func(c *scene) {
		c.inv.Role, c.now = media.Viewer, ten.Add(-time.Hour)
	},
	invite.RowEnded: func(c *scene) {
		c.entry.EndedAt, c.now = at(ten.Add(30*time.Minute)), ten.Add(time.Hour)
	},
	invite.RowStraightIn:  as(member(guest)),
	invite.RowOtherPerson: as(member("other@example.org")),
	invite.RowLobby:       func(*scene) {},
}

func TestEachRowFitsItsCase(t *testing.T) {
	t.Parallel()
	for row, cause := range causes {
		c := newScene()
		cause(&c)
		if got := c.decide().Row; got != row {
			t.Errorf("the case of row %d gives row %d", row, got)
		}
	}
}

// together lists pairs of rows that can be true at once and do not share the
// same piece of the situation, so that one cause can lie over the other.
func together(high, low invite.Row) bool {
	shared := map[invite.Row]string{
		invite.RowInside: "identities", invite.RowStraightIn: "identities", invite.RowOtherPerson: "identities",
		invite.RowOtherDevice: "holder", invite.RowSpent: "holder",
		invite.RowNotOpen: "clock", invite.RowEnded: "clock",
	}
	if shared[high] != "" && shared[high] == shared[low] {
		return false
	}
	// A member uses nothing up, so row 15 can be reached past row 12.
	return !(high == invite.RowSpent && low == invite.RowStraightIn)
}

func TestTheFirstRowThatFitsWins(t *testing.T) {
	t.Parallel()
	for high := invite.RowUnknown; high <= invite.RowLobby; high++ {
		for low := high + 1; low <= invite.RowLobby; low++ {
			if !together(high, low) {
				continue
			}
			c := newScene()
			causes[low](&c)
			causes[high](&c)
			if got := c.decide().Row; got != high {
				t.Errorf("rows %d and %d both fit, Decide gives %d", high, low, got)
			}
		}
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	bound := func(c *scene) { c.inv.PersonID = ptr("p") }
	unshared := func(c *scene) { bound(c); c.inv.Email, c.inv.EmailKey = "", nil }
	proved := func(c *scene) {
		c.policy.Proofs = map[media.AttendeeRole]invite.Proof{media.Speaker: invite.ProofProved}
	}
	video := func(c *scene) { c.entry = media.Entry{ID: "e", Kind: media.KindVideo, Published: true} }
	kind := func(k media.Kind) func(c *scene) { return func(c *scene) { c.entry.Kind = k } }
	held := func(holder string) func(c *scene) {
		return func(c *scene) { c.inv.Holder, c.inv.Uses = holder, 1 }
	}
	running := invite.Identity{InvitationID: "inv", AddressKey: guest, Proof: invite.ProofTyped, Inside: true, Role: media.Viewer}
	older := func(c *scene) { c.who.Running, c.who.Identities = true, []invite.Identity{running} }
	clock := func(t time.Time) func(c *scene) { return func(c *scene) { c.now = t } }
	viewer := func(c *scene) { c.inv.Role = media.Viewer }
	framed := func(c *scene) { c.who.Framed, c.who.Device = true, "" }

	for _, tc := range []struct {
		name string
		do   []func(c *scene)
		want invite.Row
	}{
		{"row 3: the entry is gone for good", []func(c *scene){func(c *scene) { c.entry = media.Entry{} }}, invite.RowDeleted},
		{"row 4: the link's end does not end a running session", []func(c *scene){causes[invite.RowGuestBack], causes[invite.RowExpired]}, invite.RowGuestBack},
		{"row 4: nor does being unpublished", []func(c *scene){causes[invite.RowGuestBack], causes[invite.RowClosed]}, invite.RowGuestBack},
		{"row 10: a newer link of the same invitation raises the running session", []func(c *scene){older}, invite.RowInside},
		{"row 10: but not with less proof than the role asks for", []func(c *scene){older, proved}, invite.RowLobby},
		{"row 10: in an entry of any kind", []func(c *scene){video, as(inside(member(guest)))}, invite.RowInside},
		{"row 10: not as another person", []func(c *scene){as(inside(member("other@example.org")))}, invite.RowOtherPerson},
		{"row 10: before row 11, as the person invited", []func(c *scene){as(inside(member(guest))), held("device:another")}, invite.RowInside},
		{"row 11: the link is held by another member", []func(c *scene){held("person:q"), as(member(guest))}, invite.RowOtherDevice},
		{"row 11: a browser without a device is none that holds it", []func(c *scene){held("device:"), func(c *scene) { c.who.Device = "" }}, invite.RowOtherDevice},
		{"row 11: not for the member who holds it, on any device", []func(c *scene){held("person:p"), as(member(guest))}, invite.RowStraightIn},
		{"row 11: not for the member to whom it is bound", []func(c *scene){bound, held("device:another"), as(member(""))}, invite.RowStraightIn},
		{"row 12: the first of two uses leaves one", []func(c *scene){held("device:" + device), func(c *scene) { c.policy.MaxUses = 2 }}, invite.RowLobby},
		{"row 12: never with unlimited uses", []func(c *scene){held("device:" + device), func(c *scene) { c.inv.Uses, c.policy.MaxUses = 99, 0 }}, invite.RowLobby},
		{"row 12: members use nothing up", []func(c *scene){held("device:" + device), as(member(guest))}, invite.RowStraightIn},
		{"row 13: the start has passed, the host has not opened", []func(c *scene){viewer, func(c *scene) { c.entry.OpensItself = false }}, invite.RowNotOpen},
		{"row 13: speakers may rehearse", []func(c *scene){clock(ten.Add(-time.Hour))}, invite.RowLobby},
		{"row 13: the first open moment is open", []func(c *scene){viewer, clock(ten)}, invite.RowLobby},
		{"row 13: the last closed moment is not", []func(c *scene){viewer, clock(ten.Add(-time.Microsecond))}, invite.RowNotOpen},
		{"row 14: ended for speakers too", []func(c *scene){causes[invite.RowEnded]}, invite.RowEnded},
		{"row 15: a claim on this device is signed in", []func(c *scene){as(typed(guest))}, invite.RowStraightIn},
		{"row 15: typed is not enough where a code is asked for", []func(c *scene){as(typed(guest)), proved}, invite.RowLobby},
		{"row 15: nor is an address in an LMS profile", []func(c *scene){as(member(guest)), proved}, invite.RowLobby},
		{"row 15: the bound member needs no address and no code", []func(c *scene){unshared, proved, as(member(""))}, invite.RowStraightIn},
		{"row 15: rehearsing speakers go straight in", []func(c *scene){clock(ten.Add(-time.Hour)), as(member(guest))}, invite.RowStraightIn},
		{"row 15: not for a webcast", []func(c *scene){kind(media.KindWebcast), as(member(guest))}, invite.RowLobby},
		{"row 16: a member with the bound one's address is somebody else", []func(c *scene){func(c *scene) { c.inv.PersonID = ptr("q") }, as(member(guest))}, invite.RowOtherPerson},
		{"row 16: without any address in the profile too", []func(c *scene){as(member(""))}, invite.RowOtherPerson},
		{"row 16: no address equals no address", []func(c *scene){func(c *scene) { c.inv.PersonID, c.inv.EmailKey = ptr("q"), nil }, as(member(""))}, invite.RowOtherPerson},
		{"row 16: not where one of two identities is invited", []func(c *scene){as(member("other@example.org"), typed(guest))}, invite.RowStraightIn},
		{"row 16: not for a webcast", []func(c *scene){kind(media.KindWebcast), as(member("other@example.org"))}, invite.RowLobby},
		{"row 17: on-demand kinds have no countdown", []func(c *scene){video, viewer}, invite.RowLobby},
		{"row 17: a room without a schedule", []func(c *scene){func(c *scene) {
			c.entry.AlwaysOpen, c.entry.StartsAt, c.entry.EndsAt = true, nil, nil
		}}, invite.RowLobby},
		{"row 17: in a frame", []func(c *scene){framed}, invite.RowLobby},
	} {
		c := newScene()
		for _, do := range tc.do {
			do(&c)
		}
		if got := c.decide().Row; got != tc.want {
			t.Errorf("%s: row %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestRow8HasSeveralReasons(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(c *scene){
		"invitations or media pages off": func(c *scene) { c.policy.Open = false },
		"chat & collaboration off":       func(c *scene) { c.entry.Chat = false },
		"unpublished":                    func(c *scene) { c.entry.Published = false },
	} {
		c := newScene()
		do(&c)
		if got := c.decide().Row; got != invite.RowClosed {
			t.Errorf("%s: row %d, want 8", name, got)
		}
	}
	c := newScene()
	c.entry.Kind, c.entry.Chat = media.KindWebcast, false
	if got := c.decide().Row; got != invite.RowLobby {
		t.Errorf("a webcast without chat: row %d, want 17", got)
	}
}

func TestTheLandingSaysWhatTheRowNeeds(t *testing.T) {
	t.Parallel()
	proved := map[media.AttendeeRole]invite.Proof{media.Speaker: invite.ProofProved}
	for _, tc := range []struct {
		name string
		do   func(c *scene)
		want invite.Landing
	}{
		{"lobby", func(*scene) {}, invite.Landing{Row: 17, Role: media.Speaker, Ask: invite.AskAddress}},
		{"lobby with a code", func(c *scene) { c.policy.Proofs = proved }, invite.Landing{Row: 17, Role: media.Speaker, Ask: invite.AskAddress, Code: true}},
		{"lobby in a frame", func(c *scene) { c.who.Framed = true }, invite.Landing{Row: 17, Role: media.Speaker, Ask: invite.AskAddress, NewWindow: true}},
		{"lobby without an address", func(c *scene) { c.inv.PersonID, c.inv.EmailKey = ptr("p"), nil }, invite.Landing{Row: 17, Role: media.Speaker, Ask: invite.AskCourse}},
		{"another device, seen from a frame", func(c *scene) { c.who.Framed, c.inv.Holder = true, "device:x" }, invite.Landing{Row: 11, Role: media.Speaker, NewWindow: true}},
		{"inside wins over merely signed in", as(typed(guest), inside(member(guest))), invite.Landing{Row: 10, Role: media.Speaker, As: inside(member(guest))}},
		{"a member before a guest", as(typed(guest), member(guest)), invite.Landing{Row: 15, Role: media.Speaker, As: member(guest)}},
	} {
		c := newScene()
		tc.do(&c)
		if diff := cmp.Diff(tc.want, c.decide()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// FuzzDecide: whatever comes together, there is exactly one row, no panic, and
// nobody goes in who is not the person invited.
func FuzzDecide(f *testing.F) {
	f.Add(uint32(0), int64(0), "device:x", guest)
	f.Add(uint32(1<<16-1), int64(1<<40), "", "")
	f.Fuzz(func(t *testing.T, bits uint32, offset int64, holder, address string) {
		c := newScene()
		on := func(n int) bool { return bits&(1<<n) != 0 }
		for row, cause := range causes {
			if on(int(row)) {
				cause(&c)
			}
		}
		c.now = ten.Add(time.Duration(offset))
		c.inv.Holder = holder
		if on(20) {
			c.who.Identities = append(c.who.Identities, member(address), typed(address))
		}
		if on(21) {
			c.inv.PersonID = &address
		}
		if on(22) {
			c.entry.StartsAt, c.entry.EndsAt = nil, nil
		}
		landing := c.decide()
		if landing.Row < invite.RowUnknown || landing.Row > invite.RowLobby {
			t.Fatalf("row %d", landing.Row)
		}
		in := landing.Row == invite.RowInside || landing.Row == invite.RowStraightIn
		if in != (landing.As != invite.Identity{}) {
			t.Errorf("row %d lets %+v in", landing.Row, landing.As)
		}
		if in && landing.As.Member() && c.inv.Bound() != "" && landing.As.PersonID != c.inv.Bound() {
			t.Errorf("row %d lets another member in than the bound one", landing.Row)
		}
		if c.decide() != landing {
			t.Error("the same case twice gives two landings")
		}
	})
}

func ptr(s string) *string { return &s }
