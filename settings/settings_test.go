package settings_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/database"
	"usher/database/dbtest"
	"usher/settings"
)

func service(t *testing.T, db *database.DB) *settings.Service {
	t.Helper()
	s, err := settings.New(settings.Deps{DB: db, Now: dbtest.Now})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return s
}

func set(t *testing.T, s *settings.Service, scope string, key settings.Key, value string) {
	t.Helper()
	if _, err := s.Set(t.Context(), scope, key, value); err != nil {
		t.Fatalf("Set(%q, %s, %q): %v", scope, key, value, err)
	}
}

func TestEveryDefaultIsAValidCanonicalValue(t *testing.T) {
	t.Parallel()
	for _, d := range settings.Keys() {
		got, err := settings.Check(d.Key, d.Default)
		if err != nil || got != d.Default {
			t.Errorf("Check(%s, default) = %q, %v, want %q", d.Key, got, err, d.Default)
		}
		if d.Doc == "" || d.Unit == "" {
			t.Errorf("%s has no documentation or unit", d.Key)
		}
	}
}

func TestCheckTakesGoodValuesAndRefusesBadOnes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		key     settings.Key
		value   string
		want    string
		mistake string // part of the error, "" for a good value
	}{
		{settings.InviteEnabled, " OFF ", "off", ""},
		{settings.InviteEnabled, "maybe", "", "on or off"},
		{settings.InviteLinkDuration, "automatic", "automatic", ""},
		{settings.InviteLinkDuration, "90s", "90s", ""},
		{settings.InviteLinkDuration, "24h", "24h", ""},
		{settings.InviteLinkDuration, "1s", "", "too short"},
		{settings.InviteLinkDuration, "9000h", "", "too long"},
		{settings.InviteLinkDuration, "a day", "", "no duration"},
		{settings.InviteLinkReusability, "Unlimited", "unlimited", ""},
		{settings.InviteLinkReusability, "3", "3", ""},
		{settings.InviteLinkReusability, "0", "", "too small"},
		{settings.InviteLinkReusability, "99999999999", "", "too"},
		{settings.InviteLinkReusability, "1.5", "", "no whole number"},
		{settings.InviteAllowedPermissions, "Owner;co-owner", "owner, co-owner", ""},
		{settings.InviteAllowedPermissions, "none", "", "no permission"},
		{settings.InviteAllowedPermissions, "", "", "nobody could invite"},
		{settings.InviteProofSpeaker, "typed", "typed", ""},
		{settings.InviteProofSpeaker, "proved", "", "no mail server"},
		{settings.InviteProofSpeaker, "guessed", "", "no way"},
		{settings.InviteAllowDomains, "*.Example.ORG, müller.example example.org", "example.org, xn--mller-kva.example", ""},
		{settings.InviteDenyDomains, "", "", ""},
		{settings.InviteDenyDomains, "localhost", "", "no domain"},
		{settings.KeysRotateEvery, "Never", "never", ""},
		{settings.KeysRotateEvery, "720h", "720h", ""},
		{settings.KeysRotateEvery, "1h", "", "too short"},
		{settings.KeysRotateEvery, "90 days", "", "no duration"},
		{settings.InviteDenyDomains, "exa mple..org", "", "no domain"},
		{"invite.colour", "red", "", "no setting"},
	} {
		got, err := settings.Check(c.key, c.value)
		switch {
		case c.mistake == "" && (err != nil || got != c.want):
			t.Errorf("Check(%s, %q) = %q, %v, want %q", c.key, c.value, got, err, c.want)
		case c.mistake != "" && (err == nil || !strings.Contains(err.Error(), c.mistake)):
			t.Errorf("Check(%s, %q) = %v, want an error about %q", c.key, c.value, err, c.mistake)
		}
	}
}

func TestTheNarrowerScopeWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := service(t, db)
		scope := settings.Scope{PlatformID: "p", TenantID: "t"}
		duration := func() string {
			values, err := s.Get(t.Context(), scope)
			if err != nil {
				t.Fatalf("Get: %v", err)
			}
			return values.String(settings.InviteLinkDuration)
		}
		if got := duration(); got != settings.Automatic {
			t.Errorf("nothing stored: %q, want the default", got)
		}
		set(t, s, "t", settings.InviteLinkDuration, "3h")
		set(t, s, "p", settings.InviteLinkDuration, "2h")
		set(t, s, settings.Everybody, settings.InviteLinkDuration, "1h")
		set(t, s, "other", settings.InviteLinkDuration, "9h")
		if got := duration(); got != "3h" {
			t.Errorf("all scopes stored: %q, want the tenant's 3h", got)
		}
		for _, step := range []struct{ scope, want string }{{"t", "2h"}, {"p", "1h"}, {settings.Everybody, settings.Automatic}} {
			if err := s.Reset(t.Context(), step.scope, settings.InviteLinkDuration); err != nil {
				t.Fatalf("Reset: %v", err)
			}
			if got := duration(); got != step.want {
				t.Errorf("after reset of %q: %q, want %q", step.scope, got, step.want)
			}
		}
	})
}

func TestWhatConcernsTheInstallationIsSetForEverybodyOnly(t *testing.T) {
	t.Parallel()
	s := service(t, dbtest.OpenSQLite(t))
	for _, key := range []settings.Key{settings.RegistrationApproval, settings.KeysRotateEvery} {
		value := map[settings.Key]string{settings.RegistrationApproval: "on", settings.KeysRotateEvery: "720h"}[key]
		var unknown *settings.UnknownKeyError
		if _, err := s.Set(t.Context(), "tenant", key, value); !errors.As(err, &unknown) {
			t.Errorf("Set(%s) for a tenant = %v, want an unknown key", key, err)
		}
		if _, err := s.Set(t.Context(), settings.Everybody, key, value); err != nil {
			t.Errorf("Set(%s) for everybody = %v", key, err)
		}
	}
	for scope, want := range map[settings.Scope]int{{}: len(settings.Keys()), {TenantID: "tenant"}: len(settings.Keys()) - 2, {PlatformID: "platform"}: len(settings.Keys()) - 2} {
		list, err := s.List(t.Context(), scope)
		if err != nil || len(list) != want {
			t.Errorf("List(%+v) = %d settings, %v, want %d", scope, len(list), err, want)
		}
	}
}

// tenantRow is as much of a platform and its tenant as foreign keys ask for.
type tenantRow struct {
	ID         string
	PlatformID string
	CreatedAt  time.Time
}

// TableName names the table.
func (tenantRow) TableName() string { return "tenants" }

type platformRow struct {
	ID, Name, Issuer, ClientID string
	AuthURL                    string `gorm:"column:auth_url"`
	TokenURL                   string `gorm:"column:token_url"`
	JWKSURL                    string `gorm:"column:jwks_url"`
	CreatedAt, UpdatedAt       time.Time
}

// TableName names the table.
func (platformRow) TableName() string { return "platforms" }

func TestATenantFindsItsPlatformsValues(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		for _, r := range []any{
			&platformRow{ID: "p", Name: "p", Issuer: "i", ClientID: "c"},
			&platformRow{ID: "q", Name: "q", Issuer: "i", ClientID: "d"},
			&tenantRow{ID: "t", PlatformID: "p"},
		} {
			if err := database.From(t.Context(), db).Create(r).Error; err != nil {
				t.Fatalf("create %T: %v", r, err)
			}
		}
		s := service(t, db)
		set(t, s, "q", settings.InviteEnabled, "off")
		set(t, s, "p", settings.InviteLinkReusability, "5")
		values, err := s.ForTenant(t.Context(), "t")
		if err != nil {
			t.Fatalf("ForTenant: %v", err)
		}
		if n, bounded := values.Count(settings.InviteLinkReusability); n != 5 || !bounded {
			t.Errorf("Count = %d, %t, want the platform's 5", n, bounded)
		}
		if !values.On(settings.InviteEnabled) {
			t.Error("another platform's switch held for this tenant")
		}
	})
}

func TestAValueThatThisVersionCannotReadCountsAsNotStored(t *testing.T) {
	t.Parallel()
	db := dbtest.OpenSQLite(t)
	err := database.From(t.Context(), db).Exec(`INSERT INTO settings (scope, key, value, updated_at) VALUES ('', 'invite.enabled', 'sometimes', '2026-01-01 00:00:00')`).Error
	if err != nil {
		t.Fatalf("insert: %v", err)
	}
	values, err := service(t, db).Get(t.Context(), settings.Scope{})
	if err != nil || !values.On(settings.InviteEnabled) {
		t.Errorf("On = %t, %v, want the default", values.On(settings.InviteEnabled), err)
	}
}

func TestListTellsWhatIsSet(t *testing.T) {
	t.Parallel()
	s := service(t, dbtest.OpenSQLite(t))
	set(t, s, "p", settings.InviteDenyDomains, "example.org")
	list, err := s.List(t.Context(), settings.Scope{PlatformID: "p"})
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	got := map[settings.Key]string{}
	for _, line := range list {
		if line.Set {
			got[line.Key] = line.Value
		}
	}
	if diff := cmp.Diff(map[settings.Key]string{settings.InviteDenyDomains: "example.org"}, got); diff != "" {
		t.Errorf("set values (-want +got):\n%s", diff)
	}
}

// Own tells a scope's value from one that it has from a wider scope, and every
// setting has a kind for which fields can be shown.
func TestListTellsWhoseAValueIs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *database.DB) {
		s := service(t, db)
		set(t, s, settings.Everybody, settings.InviteEnabled, "off")
		set(t, s, "platform", settings.InviteLinkReusability, "2")
		set(t, s, "tenant", settings.InviteDenyDomains, "example.net")
		own := func(scope settings.Scope) (keys []settings.Key) {
			list, err := s.List(t.Context(), scope)
			if err != nil {
				t.Fatalf("List: %v", err)
			}
			for _, one := range list {
				if one.Own {
					keys = append(keys, one.Key)
				}
				if one.Kind() == "" {
					t.Errorf("%s has no kind", one.Key)
				}
			}
			return keys
		}
		for want, scope := range map[settings.Key]settings.Scope{
			settings.InviteEnabled:         {},
			settings.InviteLinkReusability: {PlatformID: "platform"},
			settings.InviteDenyDomains:     {PlatformID: "platform", TenantID: "tenant"},
		} {
			if got := own(scope); len(got) != 1 || got[0] != want {
				t.Errorf("own of %+v = %v, want %s", scope, got, want)
			}
		}
	})
}

func TestUnknownKeysAndMissingDependenciesAreRefused(t *testing.T) {
	t.Parallel()
	s := service(t, dbtest.OpenSQLite(t))
	var unknown *settings.UnknownKeyError
	if _, err := s.Set(context.Background(), "", "invite.colour", "red"); !errors.As(err, &unknown) {
		t.Errorf("Set(unknown) = %v, want *UnknownKeyError", err)
	}
	if err := s.Reset(context.Background(), "", "invite.colour"); !errors.As(err, &unknown) {
		t.Errorf("Reset(unknown) = %v, want *UnknownKeyError", err)
	}
	if _, err := settings.New(settings.Deps{}); err == nil {
		t.Error("New without dependencies succeeded")
	}
}
