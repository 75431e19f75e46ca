package invite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher/database"
	"usher/media"
	"usher/roster"
	"usher/secret"
)

// MaxName bounds each of the names, in characters.
const MaxName = 80

// maxEmail is the longest address that mail can carry (RFC 5321, a path of 256
// octets with its brackets).
const maxEmail = 254

// What can be wrong with a field of a [Request].
const (
	MistakeMissing = "missing"
	MistakeEmail   = "address"    // no mail address
	MistakeDomain  = "domain"     // its domain is not allowed
	MistakeLong    = "too_long"   // over [MaxName] characters
	MistakeLetters = "characters" // / @ :// or control characters: names go into mail
	MistakeRole    = "role"       // not on offer for this kind of entry
)

// The fields that an [*InvalidError] names.
const (
	FieldEmail     = "email"
	FieldFirstName = "first"
	FieldLastName  = "last"
	FieldRole      = "role"
)

// InvalidError says what is wrong with a [Request], by field.
type InvalidError struct{ Fields map[string]string }

// Error lists the fields, never their values.
func (e *InvalidError) Error() string {
	var b strings.Builder
	b.WriteString("invite: invalid request")
	for _, field := range []string{FieldEmail, FieldFirstName, FieldLastName, FieldRole} {
		if mistake, ok := e.Fields[field]; ok {
			fmt.Fprintf(&b, ", %s: %s", field, mistake)
		}
	}
	return b.String()
}

// Request asks for an invitation.
type Request struct {
	Entry      media.Entry
	InviterID  string
	Permission media.Permission // of the inviter on the entry
	Email      string
	FirstName  string
	LastName   string
	Role       media.AttendeeRole
	// PersonID is the member whom the inviter chose, or "". A choice that the
	// inviter could not have been offered counts as none.
	PersonID string
}

// Made is an invitation with its link.
type Made struct {
	Invitation Invitation
	Token      string // of the link
	Updated    bool   // an earlier invitation was changed, and its old link is dead
}

// Roles returns the invitation types on offer for an entry, in the order in
// which they are shown.
func Roles(e media.Entry) []media.AttendeeRole {
	if e.Live() {
		return []media.AttendeeRole{media.Viewer, media.Moderator, media.Speaker}
	}
	return []media.AttendeeRole{media.Viewer}
}

// Invite makes an invitation, or updates the one that the person has for this
// entry: new role, new link, and the old link dies. It returns [ErrNotAllowed],
// [ErrOff], an [*InvalidError] or a [*LimitError].
func (s *Service) Invite(ctx context.Context, r Request) (Made, error) {
	policy, err := s.Policy(ctx, r.Entry.TenantID)
	if err != nil {
		return Made{}, err
	}
	if err := mayInvite(policy, r.Entry, r.Permission); err != nil {
		return Made{}, err
	}
	inv, listed, err := s.draft(ctx, policy, r)
	if err != nil {
		return Made{}, err
	}
	made := Made{Token: secret.ShortToken()}
	hash := secret.Hash(made.Token)
	inv.TokenHash = &hash
	if inv.TokenSealed, err = s.keyring.Seal([]byte(made.Token), sealPurpose); err != nil {
		return Made{}, fmt.Errorf("seal invitation link: %w", err)
	}
	err = database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		if err := s.countLinks(ctx, policy, inv); err != nil {
			return err
		}
		if listed {
			if err := s.adopt(ctx, &inv); err != nil {
				return err
			}
		}
		made.Invitation, made.Updated, err = s.store.put(ctx, inv)
		return err
	})
	if err != nil {
		return Made{}, fmt.Errorf("invite: %w", err)
	}
	return made, nil
}

// sealPurpose keeps sealed links apart from everything else that is sealed.
const sealPurpose = "invite.token"

func mayInvite(p Policy, e media.Entry, permission media.Permission) error {
	if !p.MayInvite(permission) {
		return ErrNotAllowed
	}
	if !p.Takes(e) {
		return ErrOff
	}
	return nil
}

// draft checks the request and makes the row of it, without a link. listed says
// that its member is known by a roster alone and must be adopted first.
func (s *Service) draft(ctx context.Context, p Policy, r Request) (inv Invitation, listed bool, err error) {
	now := s.now()
	inv = Invitation{
		ID: secret.NewID(), TenantID: r.Entry.TenantID, EntryID: r.Entry.ID, Role: r.Role,
		FirstName: strings.TrimSpace(r.FirstName), LastName: strings.TrimSpace(r.LastName),
		Email: strings.TrimSpace(r.Email), LinkCreatedAt: now, CreatedBy: r.InviterID,
		CreatedAt: now, UpdatedAt: now,
	}
	if listed, err = s.bind(ctx, p, r, &inv); err != nil {
		return Invitation{}, false, err
	}
	mistakes := map[string]string{}
	maps.Copy(mistakes, checkName(FieldFirstName, inv.FirstName))
	maps.Copy(mistakes, checkName(FieldLastName, inv.LastName))
	maps.Copy(mistakes, checkAddress(p, &inv))
	if !offers(r.Entry, r.Role) {
		mistakes[FieldRole] = MistakeRole
	}
	if len(mistakes) > 0 {
		return Invitation{}, false, &InvalidError{Fields: mistakes}
	}
	inv.SearchKey = searchKey(inv)
	return inv, listed, nil
}

// bind makes the invitation that of the chosen member, where the inviter could
// really choose them: with the address that the LMS shares, or with none. It
// reports a member who is known by a roster alone.
func (s *Service) bind(ctx context.Context, p Policy, r Request, inv *Invitation) (listed bool, err error) {
	if r.PersonID == "" {
		return false, nil
	}
	chosen, err := s.roster.Choose(ctx, r.Entry.TenantID, r.Entry.CourseID, r.PersonID)
	if errors.Is(err, roster.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find chosen member: %w", err)
	}
	typed, _ := roster.AddressKey(inv.Email)
	if inv.Email != "" && typed != chosen.EmailKey {
		return false, nil // chose somebody, then typed another address: the address is what counts
	}
	ok, err := s.mayChoose(ctx, p, r, chosen, typed)
	if err != nil || !ok {
		return false, err
	}
	inv.PersonID, inv.Email = &chosen.ID, chosen.Email
	return chosen.Listed, nil
}

// mayChoose reports whether the dialog could have offered the member: somebody
// of the course, somebody whose full address was typed, somebody whom this
// inviter invited before, or anybody where the setting says so.
func (s *Service) mayChoose(ctx context.Context, p Policy, r Request, chosen roster.Choice, typed string) (bool, error) {
	if p.SuggestAll || chosen.InCourse || typed != "" && typed == chosen.EmailKey {
		return true, nil
	}
	return s.store.invitedBefore(ctx, r.Entry.TenantID, r.InviterID, chosen.ID)
}

// adopt gives the member of a roster an id of their own. Who left the roster in
// this very moment is invited by the address, if there is one.
func (s *Service) adopt(ctx context.Context, inv *Invitation) error {
	id, err := s.roster.Adopt(ctx, inv.TenantID, inv.Bound())
	switch {
	case errors.Is(err, roster.ErrNotFound) && inv.Email == "":
		return &InvalidError{Fields: map[string]string{FieldEmail: MistakeMissing}}
	case errors.Is(err, roster.ErrNotFound):
		inv.PersonID = nil
		return nil
	case err != nil:
		return fmt.Errorf("bind invitation: %w", err)
	}
	inv.PersonID = &id
	return nil
}

// checkAddress checks the address of an invitation and sets its key. A bound
// invitation may have none.
func checkAddress(p Policy, inv *Invitation) map[string]string {
	if inv.Email == "" {
		if inv.Bound() != "" {
			return nil
		}
		return map[string]string{FieldEmail: MistakeMissing}
	}
	key, err := roster.AddressKey(inv.Email)
	if err != nil || len(inv.Email) > maxEmail {
		return map[string]string{FieldEmail: MistakeEmail}
	}
	if !p.AllowsDomain(key) {
		return map[string]string{FieldEmail: MistakeDomain}
	}
	inv.EmailKey = &key
	return nil
}

func checkName(field, name string) map[string]string {
	switch {
	case name == "":
		return map[string]string{field: MistakeMissing}
	case utf8.RuneCountInString(name) > MaxName:
		return map[string]string{field: MistakeLong}
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unfitForNames):
		return map[string]string{field: MistakeLetters}
	}
	return nil
}

// unfitForNames refuses what could make an address, a link or a second line of
// a name in somebody's mail, or turn its letters around.
func unfitForNames(r rune) bool {
	return r == '/' || r == '@' || unicode.IsControl(r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) ||
		unicode.Is(unicode.Bidi_Control, r)
}

func offers(e media.Entry, role media.AttendeeRole) bool {
	for _, r := range Roles(e) {
		if r == role {
			return true
		}
	}
	return false
}
