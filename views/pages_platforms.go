package views

import "time"

// ConsolePlatforms lists the platforms.
type ConsolePlatforms struct {
	ConsoleBase
	Rows    []PlatformRow
	Pending []PendingDeployment
	// Registered are platforms that registered by themselves and wait.
	Registered []PlatformRow
	// Values are what a registration by hand needs.
	Values []CopyValue
	Now    time.Time
}

// PlatformRow is one platform of the list.
type PlatformRow struct {
	ID, Name string
	// Host is where it is, or what it calls itself.
	Host             string
	Allowed, Waiting int
	Trusted          bool
	Launches         PlatformLaunches
	State            PlatformState
}

// PlatformLaunches is what is known of a platform's launches.
type PlatformLaunches struct {
	// Last is the last one that went well, and FailedAt the last that did not;
	// zero if none.
	Last, FailedAt time.Time
	// Reference leads to the failed one in the launch log.
	Reference string
}

// Failing says that nothing went well since the last failure.
func (l PlatformLaunches) Failing() bool { return l.FailedAt.After(l.Last) }

// PlatformState is how a platform is: "disabled", "waiting", "failing",
// "never" or "working".
type PlatformState string

// Tone is the colour of the state.
func (s PlatformState) Tone() string {
	return map[PlatformState]string{"waiting": "warn", "failing": "danger", "working": "good"}[s]
}

// PendingDeployment waits for an administrator.
type PendingDeployment struct {
	PlatformID, Platform, ID string
	Seen                     time.Time
}

// DeploymentRow is a deployment of a platform.
type DeploymentRow struct {
	ID      string
	Pending bool
	Seen    time.Time
}

// CopyValue is a value to copy into another program's form.
type CopyValue struct {
	// ID is unique on the page; Label the key of what the other form calls it.
	ID, Label, Value string
	// Lines says that the value has several lines.
	Lines bool
}

// ConsolePlatform is one platform.
type ConsolePlatform struct {
	ConsoleBase
	ID, Name, Product string
	State             PlatformState
	Launches          PlatformLaunches
	Now               time.Time
	// Values are the registration's, each under its key.
	Values       []CopyValue
	FrameOrigins []string
	Trusted      bool
	// AlwaysTrusted says that this product's deployments need no word of an admin.
	AlwaysTrusted bool
	// MayTrust offers to admit every deployment: not where strangers have
	// deployments of the same platform.
	MayTrust    bool
	Added       time.Time
	Deployments []DeploymentRow
	// DeploymentID is what was typed, and Errors what is wrong with it.
	DeploymentID string
	Errors       Errors
	// Updatable says that it can be told what this installation serves now.
	Updatable bool
	// Keys is set after they were looked at.
	Keys *KeyCheck
}

// Copy is a value with its copy button.
func (p *ConsolePlatforms) Copy(v CopyValue) Copied { return Copied{Page: &p.Base, Value: v} }

// Disabled says that the platform's launches are refused.
func (p *ConsolePlatform) Disabled() bool { return p.State == "disabled" }

// KeyCheck is what a platform's keys are worth.
type KeyCheck struct {
	Keys []PlatformKey
	// Failure says why they could not be fetched, "" if they were.
	Failure string
}

// PlatformKey is one key that a platform publishes.
type PlatformKey struct {
	ID   string
	Bits int
	Weak bool
}

// ConsoleLinks makes one-time registration links and lists them.
type ConsoleLinks struct {
	ConsoleBase
	// Name is what was typed; Link the new link, shown this once.
	Name, Link string
	Errors     Errors
	Links      []RegistrationLinkRow
	Now        time.Time
}

// RegistrationLinkRow is a link of the list. State is "works", "used",
// "withdrawn" or "expired".
type RegistrationLinkRow struct {
	ID, Name, By, State string
	Until               time.Time
	PlatformID          string
}

// Tone is the colour of the link's state.
func (l RegistrationLinkRow) Tone() string {
	return map[string]string{"works": "accent", "used": "good", "expired": "warn"}[l.State]
}

// ConsolePlatformAdd is the choice of how to add a platform.
type ConsolePlatformAdd struct{ ConsoleBase }

// PlatformFields are the values of a platform's form as they were typed.
type PlatformFields struct {
	Name, Issuer, ClientID, AuthURL, TokenURL, JWKSURL, Audience string
	// Deployments and Origins have one on each line.
	Deployments, Origins string
	Trust                bool
	// Hosting is "hosted" or "own" for a Canvas, Address where the LMS is.
	Hosting, Address string
}

// PlatformForm is a form with a platform's values and what is wrong with them.
type PlatformForm struct {
	Form   PlatformFields
	Errors Errors
	// Detail is what a mistake's sentence names.
	Detail string
	// MayKeep offers to save although the keys did not come, and MayKeepSlash
	// although the issuer ends with a slash.
	MayKeep, MayKeepSlash bool
	// Keys is what was found at the address of the keys, where it is wrong.
	Keys *KeyCheck
}

// ConsoleRegister leads through a registration: what to enter in the LMS, and
// what to paste back.
type ConsoleRegister struct {
	ConsoleBase
	PlatformForm
	// Way is "canvas", "blackboard" or "hand".
	Way    string
	Values map[string]CopyValue
}

// Field is a field of the form.
func (p *ConsoleRegister) Field(name string) FormField { return p.field(&p.Base, name, p.Way) }

// Copy is a value with its copy button.
func (p *ConsoleRegister) Copy(name string) Copied {
	return Copied{Page: &p.Base, Value: p.Values[name]}
}

// OtherWrong says that an address is wrong which is the usual one as a rule.
func (p *ConsoleRegister) OtherWrong() bool {
	return p.Errors["issuer"]+p.Errors["auth_url"]+p.Errors["token_url"]+p.Errors["jwks_url"] != ""
}

// ConsolePlatformEdit edits a platform's values.
type ConsolePlatformEdit struct {
	ConsoleBase
	PlatformForm
	ID string
}

// Field is a field of the form.
func (p *ConsolePlatformEdit) Field(name string) FormField { return p.field(&p.Base, name, "hand") }

// Copied is a value with the page it stands on.
type Copied struct {
	Page  *Base
	Value CopyValue
}

// FormField is a text field of a console's form, ready to print.
type FormField struct {
	Page *Base
	// Name is the field's; Label and Hint are keys; Error is a sentence.
	Name, Label, Hint, Value, Error string
	Required                        bool
	// Words says that people's own words stand in it; else it is an address or id.
	Words bool
	// Rows makes a field of several lines.
	Rows int
}

// fieldShape is what does not change about a field.
type fieldShape struct {
	required, words, hint bool
	rows                  int
}

var platformFields = map[string]fieldShape{
	"name": {required: true, words: true, hint: true}, "issuer": {required: true, hint: true}, "client_id": {required: true, hint: true},
	"auth_url": {required: true, hint: true}, "token_url": {required: true, hint: true}, "jwks_url": {required: true, hint: true},
	"audience": {hint: true}, "address": {hint: true}, "deployments": {hint: true, rows: 2}, "frame_origins": {hint: true, rows: 2},
}

func (f *PlatformForm) value(name string) string {
	return map[string]string{
		"name": f.Form.Name, "issuer": f.Form.Issuer, "client_id": f.Form.ClientID, "auth_url": f.Form.AuthURL, "token_url": f.Form.TokenURL,
		"jwks_url": f.Form.JWKSURL, "audience": f.Form.Audience, "address": f.Form.Address, "deployments": f.Form.Deployments, "frame_origins": f.Form.Origins,
	}[name]
}

// field makes a field. A product may have words of its own for its label and
// hint: console.field_canvas_client_id.
func (f *PlatformForm) field(b *Base, name, way string) FormField {
	shape := platformFields[name]
	field := FormField{
		Page: b, Name: name, Value: f.value(name), Required: shape.required, Words: shape.words, Rows: shape.rows,
		Label: b.keyOr("console.field_"+way+"_"+name, "console.field_"+name),
	}
	if way != "hand" && (name == "auth_url" || name == "token_url" || name == "jwks_url") {
		field.Required, shape.hint = false, false // the usual ones hold
	}
	if shape.hint {
		field.Hint = b.keyOr("console.hint_"+way+"_"+name, "console.hint_"+name)
	}
	if key := f.Errors[name]; key != "" {
		field.Error = b.T(key, "Detail", f.Detail)
	}
	return field
}

// ConsolePlatformRemove says what goes with a platform and asks.
type ConsolePlatformRemove struct {
	ConsoleBase
	ID, Name                              string
	Courses, People, Entries, Invitations int
	Typed                                 string
	Errors                                Errors
}

// Nothing says that nothing goes with the platform.
func (p *ConsolePlatformRemove) Nothing() bool {
	return p.Courses+p.People+p.Entries+p.Invitations == 0
}

// ConsoleKeys lists Usher's own signing keys.
type ConsoleKeys struct {
	ConsoleBase
	Keys    []KeyRow
	JWKSURL string
	Now     time.Time
}

// KeyRow is one of Usher's keys. State is "signs", "next", "old" or "retired".
type KeyRow struct {
	ID, State string
	Made      time.Time
	// Since or until when the state holds; zero says nothing.
	Moment time.Time
}

// Tone is the colour of the key's state.
func (k KeyRow) Tone() string { return map[string]string{"signs": "good", "next": "accent"}[k.State] }

// ConsoleAccount is one's own account: where it is signed in, and its password.
type ConsoleAccount struct {
	ConsoleBase
	Email    string
	Sessions []AdminSession
	Errors   Errors
	Now      time.Time
}

// AdminSession is a browser that is signed in to the console.
type AdminSession struct {
	ID, Browser string
	Here        bool
	Since, Seen time.Time
}

// Passwords are the fields of the form for a new password, with what is wrong.
func (p *ConsoleAccount) Passwords() []Problem {
	return []Problem{p.Problem(p.Errors, "current"), p.Problem(p.Errors, "password"), p.Problem(p.Errors, "again")}
}
