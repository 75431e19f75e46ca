package settings

import (
	"fmt"
	"slices"
)

// Key names a setting.
type Key string

// The settings.
const (
	MediaPageEnabled         Key = "media_page.enabled"
	InviteEnabled            Key = "invite.enabled"
	InviteLinkDuration       Key = "invite.link_duration"
	InviteLinkReusability    Key = "invite.link_reusability"
	InviteAllowedPermissions Key = "invite.allowed_permissions"
	InviteProofViewer        Key = "invite.address_proof.viewer"
	InviteProofSpeaker       Key = "invite.address_proof.speaker"
	InviteProofModerator     Key = "invite.address_proof.moderator"
	InviteAllowDomains       Key = "invite.allow_domains"
	InviteDenyDomains        Key = "invite.deny_domains"
	InvitePerEntryPerDay     Key = "invite.per_entry_per_day"
	InvitePerPersonPerDay    Key = "invite.per_person_per_day"
	InvitePerPlatformPerDay  Key = "invite.per_platform_per_day"
	InviteSuggestPlatform    Key = "invite.suggest_platform"
	RegistrationApproval     Key = "registration.approval"
	KeysRotateEvery          Key = "keys.rotate_every"
)

// Words that some settings take beside their type's values.
const (
	Automatic = "automatic" // invite.link_duration: follows the schedule
	Unlimited = "unlimited" // a count without a bound
	Never     = "never"     // keys.rotate_every: by command only
	Typed     = "typed"     // an address proved by typing it
	Proved    = "proved"    // an address proved by a mailed code
)

// Definition describes one setting.
type Definition struct {
	Key     Key
	Default string
	Unit    string // what a value looks like, for help and error messages
	Doc     string // one sentence: what it decides
	// Installation marks what concerns Usher as a whole: it can be set for
	// everybody only, and no platform or tenant sees it.
	Installation bool

	parse func(string) (string, error) // checks a value and returns its canonical form
}

// Kind is the type of a setting's values, for those who show fields and words
// for it.
type Kind string

// The kinds of values.
const (
	KindSwitch      Kind = "switch"
	KindDuration    Kind = "duration"
	KindCount       Kind = "count"
	KindPermissions Kind = "permissions"
	KindProof       Kind = "proof"
	KindDomains     Kind = "domains"
	KindRotation    Kind = "rotation"
)

// Kind returns the type of the setting's values.
func (d Definition) Kind() Kind { return kinds[d.Unit] }

// permissions that may be allowed to invite. "none" cannot: the permission
// table refuses it whatever a setting says.
var permissions = []string{"owner", "co-owner", "co-editor", "co-publisher"}

var registry = []Definition{
	{Key: MediaPageEnabled, Default: "on", Unit: unitSwitch, parse: parseSwitch,
		Doc: "Whether guests may see media pages; off closes every invitation link."},
	{Key: InviteEnabled, Default: "on", Unit: unitSwitch, parse: parseSwitch,
		Doc: "Whether people can be invited; off closes links that already exist."},
	{Key: InviteLinkDuration, Default: Automatic, Unit: unitDuration, parse: parseLinkDuration,
		Doc: "How long a link works. Automatic: 24 h after its creation or 2 h after the session's end, whichever is later."},
	{Key: InviteLinkReusability, Default: "1", Unit: unitCount, parse: parseCount,
		Doc: "How many guest sessions one link may start, on the one device that took it up."},
	{Key: InviteAllowedPermissions, Default: "owner, co-owner, co-editor, co-publisher", Unit: unitPermissions, parse: parsePermissions,
		Doc: "Which permissions on an entry may invite."},
	{Key: InviteProofViewer, Default: Typed, Unit: unitProof, parse: parseProof,
		Doc: "How a viewer shows that the invited address is theirs."},
	{Key: InviteProofSpeaker, Default: Typed, Unit: unitProof, parse: parseProof,
		Doc: "How a speaker shows that the invited address is theirs."},
	{Key: InviteProofModerator, Default: Typed, Unit: unitProof, parse: parseProof,
		Doc: "How a moderator shows that the invited address is theirs."},
	{Key: InviteAllowDomains, Default: "", Unit: unitDomains, parse: parseDomains,
		Doc: "The only mail domains that may be invited, with their sub-domains; empty allows all."},
	{Key: InviteDenyDomains, Default: "", Unit: unitDomains, parse: parseDomains,
		Doc: "Mail domains that may not be invited, with their sub-domains; wins over the allowed ones."},
	{Key: InvitePerEntryPerDay, Default: "1000", Unit: unitCount, parse: parseCount,
		Doc: "How many links may be made for one entry in a day (UTC)."},
	{Key: InvitePerPersonPerDay, Default: "1000", Unit: unitCount, parse: parseCount,
		Doc: "How many links one person may make in a day (UTC)."},
	{Key: InvitePerPlatformPerDay, Default: "10000", Unit: unitCount, parse: parseCount,
		Doc: "How many links may be made for one tenant in a day (UTC)."},
	{Key: InviteSuggestPlatform, Default: "off", Unit: unitSwitch, parse: parseSwitch,
		Doc: "Whether the invite dialog suggests everybody of the tenant instead of this course's people only."},
	{Key: RegistrationApproval, Default: "off", Unit: unitSwitch, parse: parseSwitch, Installation: true,
		Doc: "Whether a platform that registers itself by a link waits until an administrator approves it. Holds for everybody."},
	{Key: KeysRotateEvery, Default: "2160h", Unit: unitRotation, parse: parseRotation, Installation: true,
		Doc: "How long a signing key of Usher's is used before the next one; 2160h are 90 days. Holds for everybody."},
}

// Keys returns all settings in the order in which they are shown.
func Keys() []Definition { return slices.Clone(registry) }

// UnknownKeyError says that there is no such setting.
type UnknownKeyError struct{ Key string }

// Error names the key.
func (e *UnknownKeyError) Error() string { return fmt.Sprintf("there is no setting %q", e.Key) }

// ValueError says why a value cannot be stored.
type ValueError struct {
	Key    Key
	Value  string
	Reason string
	Unit   string
}

// Error is one sentence for whoever typed the value.
func (e *ValueError) Error() string {
	return fmt.Sprintf("%s cannot be %q: %s; it takes %s", e.Key, e.Value, e.Reason, e.Unit)
}

func define(key Key) (Definition, error) {
	for _, d := range registry {
		if d.Key == key {
			return d, nil
		}
	}
	return Definition{}, &UnknownKeyError{Key: string(key)}
}

// Check returns the canonical form of a value for the key, an
// [*UnknownKeyError] or a [*ValueError].
func Check(key Key, value string) (string, error) {
	d, err := define(key)
	if err != nil {
		return "", err
	}
	canonical, err := d.parse(value)
	if err != nil {
		return "", &ValueError{Key: key, Value: value, Reason: err.Error(), Unit: d.Unit}
	}
	return canonical, nil
}
