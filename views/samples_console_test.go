package views

import "time"

// consoleSamples are the console's pages, as in samples.
func consoleSamples(lang string, now time.Time) map[string]Page {
	base := func(section string) ConsoleBase {
		return ConsoleBase{Base: Base{Lang: lang, IdentityID: "admin1", Notice: Notice{Key: "notice.saved", Tone: "good"}}, Section: section, Account: "Noor Haddad", Waiting: 1}
	}
	return map[string]Page{
		"console-login":     &ConsoleLogin{Base: Base{Lang: lang}, Email: "noor@example.edu", Next: "/admin/keys", Host: "rooms.example.edu", Error: "console.error.login_limit", Wait: 12, NoAccount: true},
		"console-platforms": &ConsolePlatforms{ConsoleBase: base("platforms"), Rows: []PlatformRow{{ID: "p1", Name: "Moodle", Issuer: "https://moodle.example"}}},
	}
}
