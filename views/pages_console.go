package views

// ConsoleBase is what every page of the console has.
type ConsoleBase struct {
	Base
	// Section is the item of the navigation that the page belongs to; see
	// consoleSections.
	Section string
	// Account is the name of who is signed in.
	Account string
	// Waiting counts deployments that wait for an administrator.
	Waiting int
}

// consoleSections are the items of the console's navigation: name and address.
// The text of each is console.nav_ and its name.
var consoleSections = []struct{ name, href string }{
	{"platforms", "/admin/platforms"},
	{"launches", "/admin/launches"},
	{"rules", "/admin/rules"},
	{"keys", "/admin/keys"},
	{"health", "/admin/health"},
}

// ConsoleLink is an item of the console's navigation.
type ConsoleLink struct {
	Href, Text string
	Current    bool
	// Count stands beside the text; 0 shows nothing.
	Count int
}

// Nav is the console's navigation.
func (b *ConsoleBase) Nav() []ConsoleLink {
	links := make([]ConsoleLink, 0, len(consoleSections))
	for _, s := range consoleSections {
		link := ConsoleLink{Href: s.href, Text: b.T("console.nav_" + s.name), Current: s.name == b.Section}
		if s.name == "platforms" {
			link.Count = b.Waiting
		}
		links = append(links, link)
	}
	return links
}

// ConsoleLogin signs in to the console.
type ConsoleLogin struct {
	Base
	Email string
	// Next is the page that the sign-in leads to.
	Next string
	// Host is this installation's, so that people see where they type.
	Host string
	// Error is the key of what is wrong; Wait the minutes until it may be tried again.
	Error string
	Wait  int
	// NoAccount says that nobody can sign in yet.
	NoAccount bool
}
