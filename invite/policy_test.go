package invite_test

import (
	"testing"
	"time"

	"usher/invite"
	"usher/media"
	"usher/settings"
)

func TestDomainsAreComparedWithTheirSubDomainsAndDenyWins(t *testing.T) {
	t.Parallel()
	policy := invite.Policy{
		AllowDomains: []string{"example.org", "xn--mller-kva.example"},
		DenyDomains:  []string{"students.example.org"},
	}
	for address, want := range map[string]bool{
		"a@example.org":                 true,
		"a@EXAMPLE.org":                 true,
		"a@staff.example.org":           true,
		"a@students.example.org":        false,
		"a@new.students.example.org":    false,
		"a@notexample.org":              false,
		"a@example.org.evil.test":       false,
		"a@müller.example":              true,
		"a@xn--mller-kva.example":       true,
		"\"odd@example.org\"@evil.test": false,
		"":                              true, // a member whose address nobody knows
	} {
		if got := policy.AllowsDomain(address); got != want {
			t.Errorf("AllowsDomain(%q) = %t, want %t", address, got, want)
		}
	}
	if !(invite.Policy{}).AllowsDomain("a@anything.example") {
		t.Error("empty lists refuse a domain")
	}
}

func TestALinkExpiresByTheSchedule(t *testing.T) {
	t.Parallel()
	policy := invite.PolicyFrom(settings.Values{})
	c := newScene()
	hours := func(h int) time.Time { return ten.Add(time.Duration(h) * time.Hour) }
	for _, tc := range []struct {
		name string
		do   func(c *scene)
		want time.Time
	}{
		{"2 h after the planned end", func(*scene) {}, noon.Add(2 * time.Hour)},
		{"24 h after creation where that is later", func(c *scene) { c.inv.LinkCreatedAt = ten }, hours(24)},
		{"moves with the plan", func(c *scene) { c.entry.EndsAt = at(hours(50)) }, hours(52)},
		{"2 h after the real end", func(c *scene) { c.entry.EndedAt = at(hours(5)); c.now = hours(6) }, hours(7)},
		{"an early end counts, but never under 24 h from creation", func(c *scene) {
			c.entry.EndedAt = at(ten)
		}, hours(4)},
		{"a session that overruns has not ended", func(c *scene) { c.now = hours(9) }, hours(11)},
		{"24 h without an end", func(c *scene) { c.entry.AlwaysOpen, c.entry.EndsAt = true, nil }, hours(4)},
		{"24 h for on-demand kinds", func(c *scene) { c.entry.Kind = media.KindVideo }, hours(4)},
		{"the setting wins over the schedule", func(c *scene) { c.policy.LinkDuration = 90 * time.Second }, hours(-20).Add(90 * time.Second)},
	} {
		c = newScene()
		c.policy = policy
		tc.do(&c)
		if got := c.policy.ExpiresAt(c.inv, c.entry, c.now); !got.Equal(tc.want) {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestTheLastMomentOfALinkIsBeforeItsEnd(t *testing.T) {
	t.Parallel()
	c := newScene()
	c.policy.LinkDuration = 21 * time.Hour // ends an hour after ten
	c.now = ten.Add(time.Hour - time.Microsecond)
	if got := c.decide().Row; got != invite.RowLobby {
		t.Errorf("just before its end: row %d, want 17", got)
	}
	c.now = ten.Add(time.Hour)
	if got := c.decide().Row; got != invite.RowExpired {
		t.Errorf("at its end: row %d, want 7", got)
	}
}

func TestAGuestSessionLastsAtLeastADayAndAtMostAMonth(t *testing.T) {
	t.Parallel()
	entry := func(end time.Time) media.Entry {
		return media.Entry{Kind: media.KindRoom, StartsAt: &ten, EndsAt: &end}
	}
	now := ten.Add(-time.Hour)
	for name, tc := range map[string]struct {
		entry media.Entry
		want  time.Duration
	}{
		"12 h at least":           {entry(noon), 12 * time.Hour},
		"until the end and 2 h":   {entry(now.Add(48 * time.Hour)), 50 * time.Hour},
		"30 days at most":         {entry(now.Add(90 * 24 * time.Hour)), 30 * 24 * time.Hour},
		"30 days without an end":  {media.Entry{Kind: media.KindRoom, AlwaysOpen: true}, 30 * 24 * time.Hour},
		"30 days for a recording": {media.Entry{Kind: media.KindVideo}, 30 * 24 * time.Hour},
	} {
		if got := invite.GuestUntil(tc.entry, now).Sub(now); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestWhoMayInviteIsTheTableAndTheSetting(t *testing.T) {
	t.Parallel()
	all := invite.PolicyFrom(settings.Values{})
	few := invite.Policy{Permissions: []media.Permission{media.PermissionOwner, media.PermissionNone}}
	for _, tc := range []struct {
		policy     invite.Policy
		permission media.Permission
		want       bool
	}{
		{all, media.PermissionOwner, true},
		{all, media.PermissionCoPublisher, true},
		{all, media.PermissionNone, false},
		{few, media.PermissionOwner, true},
		{few, media.PermissionCoEditor, false},
		{few, media.PermissionNone, false}, // whatever the setting says
	} {
		if got := tc.policy.MayInvite(tc.permission); got != tc.want {
			t.Errorf("MayInvite(%s) = %t, want %t", tc.permission, got, tc.want)
		}
	}
}
