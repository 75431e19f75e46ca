package views

import "time"

// consoleSamples are the console's pages, as in samples.
func consoleSamples(lang string, now time.Time) map[string]Page {
	base := func(section string) ConsoleBase {
		return ConsoleBase{Base: Base{Lang: lang, IdentityID: "admin1", Notice: Notice{Key: "notice.saved", Tone: "good"}, Crumb: Crumb{Href: "/admin/platforms", Text: "Platforms"}}, Section: section, Account: "Noor Haddad", Waiting: 1}
	}
	launches := PlatformLaunches{Last: now.Add(-time.Hour), FailedAt: now.Add(-time.Minute), Reference: "U7KQ-4M2X"}
	row := PlatformRow{ID: "p1", Name: "Moodle, main campus", Host: "moodle.example", Allowed: 2, Waiting: 1, Launches: launches, State: "failing"}
	check := &KeyCheck{Keys: []PlatformKey{{ID: "2018-06-18T22:33:20Z", Bits: 512, Weak: true}, {ID: "good", Bits: 2048}}}
	values := map[string]CopyValue{}
	for _, name := range []string{"canvas", "canvas_jwk", "domain", "login", "redirect", "jwks", "algorithm", "target", "deep", "icon"} {
		values[name] = CopyValue{ID: "value-" + name, Label: "console.value_" + name, Value: "https://rooms.example.edu/lti/" + name}
	}
	values["custom"] = CopyValue{ID: "value-custom", Label: "console.value_custom", Value: "a=$Context.id.history\nb=@X@membership.role@X@", Lines: true}
	wrong := PlatformForm{
		Form:   PlatformFields{Name: "Moodle", Issuer: "https://moodle.example/", Hosting: "own", Trust: true, Origins: "lms"},
		Errors: Errors{"issuer": "console.error.issuer_slash", "client_id": "console.error.client_id_missing", "frame_origins": "console.error.frame_origin", "address": "console.error.url_https", "jwks_url": "console.error.keys_weak"},
		Detail: "lms", MayKeep: true, MayKeepSlash: true, Keys: check,
	}
	unreachable := PlatformForm{Keys: &KeyCheck{Failure: "status 404"}, MayKeep: true}
	deployments := []DeploymentRow{{ID: "86e8b331-a6cd", Pending: true, Seen: now}, {ID: "2", Seen: now}}
	return map[string]Page{
		"console-login":       &ConsoleLogin{Base: Base{Lang: lang}, Email: "noor@example.edu", Next: "/admin/keys", Host: "rooms.example.edu", Error: "console.error.login_limit", Wait: 12, NoAccount: true},
		"console-platforms":   &ConsolePlatforms{ConsoleBase: base("platforms"), Rows: []PlatformRow{row, {ID: "p2", Name: "Canvas", Trusted: true, State: "waiting"}}, Registered: []PlatformRow{{ID: "p3", Name: "Sakai"}}, Pending: []PendingDeployment{{PlatformID: "p1", Platform: "Moodle", ID: "7", Seen: now}}, Values: []CopyValue{values["login"], values["custom"]}, Now: now},
		"console-platform":    &ConsolePlatform{ConsoleBase: base("platforms"), ID: "p1", Name: "Moodle", Product: "moodle", State: "waiting", Launches: launches, Now: now, Values: []CopyValue{{Label: "console.field_issuer", Value: "https://moodle.example"}}, FrameOrigins: []string{"https://a.example"}, Added: now, Deployments: deployments, MayTrust: true, DeploymentID: "x", Errors: Errors{"deployment_id": "console.error.deployment_address"}, Keys: check},
		"console-platform-0":  &ConsolePlatform{ConsoleBase: base("platforms"), ID: "p1", Name: "Canvas", State: "never", Now: now, AlwaysTrusted: true, Trusted: true, Updatable: true},
		"console-platform-ok": &ConsolePlatform{ConsoleBase: base("platforms"), ID: "p1", Name: "Canvas", State: "working", Now: now, Launches: PlatformLaunches{Last: now}},
		"console-disabled":    &ConsolePlatform{ConsoleBase: base("platforms"), ID: "p1", Name: "Canvas", State: "disabled", Now: now, Trusted: true},
		"console-add":         &ConsolePlatformAdd{ConsoleBase: base("platforms")},
		"console-canvas":      &ConsoleRegister{ConsoleBase: base("platforms"), PlatformForm: wrong, Way: "canvas", Values: values},
		"console-blackboard":  &ConsoleRegister{ConsoleBase: base("platforms"), PlatformForm: unreachable, Way: "blackboard", Values: values},
		"console-hand":        &ConsoleRegister{ConsoleBase: base("platforms"), PlatformForm: wrong, Way: "hand", Values: values},
		"console-edit":        &ConsolePlatformEdit{ConsoleBase: base("platforms"), PlatformForm: wrong, ID: "p1"},
		"console-remove":      &ConsolePlatformRemove{ConsoleBase: base("platforms"), ID: "p1", Name: "Moodle", Courses: 1, People: 300, Entries: 2, Invitations: 11, Typed: "Moo", Errors: Errors{"typed": "console.error.typed_name"}},
		"console-remove-0":    &ConsolePlatformRemove{ConsoleBase: base("platforms"), ID: "p1", Name: "Moodle"},
		"console-keys":        &ConsoleKeys{ConsoleBase: base("keys"), Keys: []KeyRow{{ID: "k3", State: "next", Made: now, Moment: now}, {ID: "k2", State: "signs", Made: now}, {ID: "k1", State: "old", Made: now, Moment: now}, {ID: "k0", State: "retired", Made: now}}, JWKSURL: "https://rooms.example.edu/lti/jwks", Now: now},
		"console-links":       &ConsoleLinks{ConsoleBase: base("platforms"), Name: "", Errors: Errors{"name": "console.error.name"}, Links: []RegistrationLinkRow{{ID: "l1", Name: "Moodle", By: "Noor", State: "works", Until: now}, {ID: "l2", Name: "Canvas", State: "used", PlatformID: "p1"}, {ID: "l3", State: "withdrawn"}, {ID: "l4", State: "expired"}}, Now: now},
		"console-link":        &ConsoleLinks{ConsoleBase: base("platforms"), Name: "Moodle", Link: "https://rooms.example.edu/lti/register?token=x"},
		"console-account":     &ConsoleAccount{ConsoleBase: base(""), Email: "noor@example.edu", Sessions: []AdminSession{{ID: "s1", Browser: "Firefox, Linux", Here: true, Seen: now}, {ID: "s2", Seen: now}}, Errors: Errors{"current": "console.error.password_wrong", "again": "console.error.password_differs"}, Now: now},
	}
}
