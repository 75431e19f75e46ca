package views

// RegisterConsent asks the admin of a platform, in its frame, what Usher may
// use there, before anything is registered.
type RegisterConsent struct {
	Base
	// Token, ConfigURL and PlatformToken go back with the form unchanged.
	Token, ConfigURL, PlatformToken string
	// Family is the platform's product family, Host where it is, Site where Usher is.
	Family, Host, Site string
	// Issuer is shown where IssuerDiffers: it is not from its own host and has to be confirmed.
	Issuer        string
	IssuerDiffers bool
	Form          RegisterFields
	// MembersOffered and ContentOffered say what the platform has.
	MembersOffered, ContentOffered bool
	// Placements are where Usher will appear, by the platform's names.
	Placements []string
	// Sent is exactly what the platform is told.
	Sent   []RegisterValue
	Errors Errors
	// Approval says that an administrator of Usher will have to approve.
	Approval bool
}

// RegisterFields is what the admin fills in.
type RegisterFields struct {
	Name                      string
	Members, ContentSelection bool
	Confirmed                 bool
}

// RegisterValue is one value under the key of its name.
type RegisterValue struct{ Label, Value string }

// RegisterDone says that the platform is connected; its script tells the platform.
type RegisterDone struct {
	Base
	Name, Family     string
	Updated, Pending bool
}

// RegisterMessage says why nothing was registered. Reason is unknown, expired, revoked, used,
// alone, address, unreachable, private, refused_config, config, silent, refused, answer, conflict
// or other.
type RegisterMessage struct {
	Base
	Reason, Reference string
	// Said are the platform's own words.
	Said string
	// Link is the registration link itself, for who opened it by hand.
	Link string
}

// Product is how people call the platform.
func (p *RegisterConsent) Product() string { return p.product(p.Family) }

// Product is how people call the platform.
func (p *RegisterDone) Product() string { return p.product(p.Family) }

func (b *Base) product(family string) string {
	switch family {
	case "moodle":
		return "Moodle"
	case "canvas":
		return "Canvas"
	case "BlackboardLearn":
		return "Blackboard"
	}
	return b.T("register.lms")
}

// Next is what the platform's admin does after this page.
func (p *RegisterConsent) Next() string { return p.next(p.Family) }

// Next is what the platform's admin does after this page.
func (p *RegisterDone) Next() string { return p.next(p.Family) }

func (b *Base) next(family string) string {
	return b.textOr("register.next_"+family, "register.next_other")
}

// Places are the placements in words.
func (p *RegisterConsent) Places() (places []string) {
	for _, name := range p.Placements {
		places = append(places, p.textOr("register.place_"+name, "register.place_other"))
	}
	return places
}

// Heading says why nothing was registered, in a few words.
func (p *RegisterMessage) Heading() string {
	return p.textOr("register.error_"+p.Reason, "register.error_other")
}

// Sentence says what to do.
func (p *RegisterMessage) Sentence() string {
	return p.textOr("register.error_"+p.Reason+"_text", "register.error_other_text")
}
