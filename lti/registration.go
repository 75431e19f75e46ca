package lti

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"usher/database"
	"usher/secret"
)

// RegistrationRequest is what a platform opens the registration page with
// [LTI-DR §3.2].
type RegistrationRequest struct {
	Token         string // of our own link
	ConfigURL     string // openid_configuration
	PlatformToken string // registration_token, "" where the platform gives none
}

// hash tells a reload of the page from a second use of the link.
func (r RegistrationRequest) hash() string { return secret.Hash(r.ConfigURL + "\n" + r.PlatformToken) }

// RegistrationChoice is what the admin agreed to.
type RegistrationChoice struct {
	// Name is what Usher calls the platform.
	Name string
	// Members asks for the service of course members.
	Members bool
	// ContentSelection asks to be offered in the platform's picker.
	ContentSelection bool
	// IssuerConfirmed says that the issuer is right although the configuration
	// came from another host.
	IssuerConfirmed bool `json:"-"`
	// NeedsApproval keeps the platform disabled until an admin of Usher
	// approves it (C-111).
	NeedsApproval bool `json:"-"`
}

// Registered is the outcome of a registration.
type Registered struct {
	Platform Platform
	// Updated says that the platform was registered already.
	Updated bool
	// Pending says that an admin of Usher has to approve it.
	Pending bool
}

// ErrIssuerUnconfirmed: the configuration is not from the issuer's own host
// and nobody said that this is right (C-101).
var ErrIssuerUnconfirmed = errors.New("issuer is not confirmed")

// OfferRegistration reads what the platform offers, for its admin to agree to.
// It stores nothing. It returns the link's reason for not working, or an
// [*Error] where the platform is at fault.
func (s *Service) OfferRegistration(ctx context.Context, r RegistrationRequest) (RegistrationLink, RegistrationOffer, error) {
	link, err := s.RegistrationLink(ctx, r.Token)
	if err != nil {
		return link, RegistrationOffer{}, err
	}
	offer, err := s.fetchOffer(ctx, r)
	return link, offer, err
}

// Registered returns what a link registered, where it did: the answer to a
// reload after success, or to the link alone (C-110). It returns
// [ErrLinkUsed] where another registration is tried by a used link.
func (s *Service) Registered(ctx context.Context, r RegistrationRequest) (done Registered, ok bool, err error) {
	link, request, err := s.store.link(ctx, secret.Hash(r.Token))
	if errors.Is(err, database.ErrNotFound) || err == nil && (link.UsedAt == nil || link.PlatformID == "") {
		return done, false, nil
	}
	if err != nil {
		return done, false, fmt.Errorf("find registration link: %w", err)
	}
	if r.ConfigURL != "" && request != r.hash() {
		return done, false, ErrLinkUsed
	}
	found, err := s.store.platforms(ctx, "WHERE p.id = ?", link.PlatformID)
	if err != nil || len(found) == 0 {
		return done, false, err
	}
	row, err := s.store.savedRegistration(ctx, link.PlatformID)
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		return done, false, fmt.Errorf("find registration: %w", err)
	}
	return Registered{Platform: found[0], Pending: row.PendingSince != nil && found[0].DisabledAt != nil}, true, nil
}

// Register registers Usher with the platform that opened the page, and the
// platform here, in one step with spending the link. A second submit waits for
// the first and gets its outcome. Nothing is stored where it fails: the error
// is the link's reason, [ErrIssuerUnconfirmed], [ErrPlatformExists] or
// [ErrInvalidPlatform] for the name, or an [*Error].
func (s *Service) Register(ctx context.Context, r RegistrationRequest, choice RegistrationChoice) (Registered, error) {
	// The platform may have registered us when the browser leaves.
	ctx = context.WithoutCancel(ctx)
	link, err := s.claim(ctx, r)
	if errors.Is(err, ErrLinkUsed) {
		if done, ok, err := s.Registered(ctx, r); ok || err != nil {
			return done, err
		}
	}
	if err != nil {
		return Registered{}, err
	}
	done, err := s.register(ctx, link, r, choice)
	if err != nil {
		if released := s.store.releaseLink(ctx, link.ID); released != nil {
			return Registered{}, errors.Join(err, released)
		}
		return Registered{}, err
	}
	return done, nil
}

// How long a second submit waits for the first, and how often it looks.
const (
	claimPatience = 3 * fetchTimeout
	claimLook     = 200 * time.Millisecond
)

// claim takes the link for one attempt.
func (s *Service) claim(ctx context.Context, r RegistrationRequest) (RegistrationLink, error) {
	for range int(claimPatience / claimLook) {
		link, err := s.RegistrationLink(ctx, r.Token)
		if err != nil {
			return link, err
		}
		claimed, err := s.store.claimLink(ctx, link.ID, s.now())
		if err != nil {
			return link, fmt.Errorf("claim registration link: %w", err)
		}
		if claimed {
			return link, nil
		}
		time.Sleep(claimLook)
	}
	return RegistrationLink{}, ErrLinkUsed
}

func (s *Service) register(ctx context.Context, link RegistrationLink, r RegistrationRequest, choice RegistrationChoice) (Registered, error) {
	offer, err := s.fetchOffer(ctx, r)
	if err != nil {
		return Registered{}, err
	}
	if offer.IssuerDiffers && !choice.IssuerConfirmed {
		return Registered{}, ErrIssuerUnconfirmed
	}
	if err := s.checkName(ctx, choice.Name, offer.Issuer); err != nil {
		return Registered{}, err
	}
	answer, err := s.sendRegistration(ctx, http.MethodPost, offer.RegistrationURL, r.PlatformToken, s.ToolConfig().registrationFor(offer, choice))
	if err != nil {
		return Registered{}, err
	}
	return s.keepRegistration(ctx, keeping{link: link, request: r, offer: offer, choice: choice, answer: answer})
}

// checkName refuses a name before the platform is asked. Another platform of
// the same issuer may have it: it may be this one.
func (s *Service) checkName(ctx context.Context, name, issuer string) error {
	if !usableName(name) {
		return fmt.Errorf("%w: name: 1 to %d printable characters are required", ErrInvalidPlatform, maxID)
	}
	found, err := s.store.platforms(ctx, "WHERE p.name = ?", name)
	if err != nil {
		return fmt.Errorf("find platform: %w", err)
	}
	if len(found) > 0 && found[0].Issuer != issuer {
		return fmt.Errorf("%w: %s", ErrPlatformExists, name)
	}
	return nil
}

// registeredTool is a platform's answer (C-108). The client id can be a number
// of more digits than a float has; the deployment stands in either place.
type registeredTool struct {
	ClientID   looseID `json:"client_id"`
	ClientURI  string  `json:"registration_client_uri"`
	Token      string  `json:"registration_access_token"`
	Scope      *string `json:"scope"`
	Deployment looseID `json:"deployment_id"`
	Tool       struct {
		Deployment looseID `json:"deployment_id"`
	} `json:"https://purl.imsglobal.org/spec/lti-tool-configuration"`
}

// looseID is an id that platforms write as a text or as a number.
type looseID string

// UnmarshalJSON reads either, and null as nothing.
func (i *looseID) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*i = looseID(text)
		return nil
	}
	var number json.Number
	err := json.Unmarshal(b, &number)
	*i = looseID(number)
	return err
}

func (t registeredTool) deployments() []string {
	for _, id := range []looseID{t.Tool.Deployment, t.Deployment} {
		if id != "" {
			return []string{string(id)}
		}
	}
	return nil
}

// sendRegistration sends what Usher asks for and reads the answer (C-107).
func (s *Service) sendRegistration(ctx context.Context, method, address, token string, wanted toolRegistration) (registeredTool, error) {
	body, err := json.Marshal(wanted)
	if err != nil {
		return registeredTool{}, fmt.Errorf("write registration: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return registeredTool{}, &Error{Code: CodeConfigInvalid, Claim: "registration_endpoint", Err: errors.New("unreadable")}
	}
	req.Header.Set("Content-Type", "application/json")
	authorise(req, token)
	answer, err := exchange(withoutRedirects(s.http), req)
	if err != nil {
		return registeredTool{}, unreachable(CodeRegistrationUnreachable, req.URL, err)
	}
	if answer.status != http.StatusOK && answer.status != http.StatusCreated {
		return registeredTool{}, &Error{Code: CodeRegistrationRefused, Claim: "registration_endpoint", Expected: "status 200 or 201", Received: answer.diagnosis()}
	}
	var tool registeredTool
	if err := json.Unmarshal(answer.body, &tool); err != nil {
		return registeredTool{}, &Error{Code: CodeRegistrationAnswer, Claim: "registration_endpoint", Expected: "a registration in JSON", Received: "no such"}
	}
	if tool.ClientID == "" || slices.ContainsFunc(tool.deployments(), func(id string) bool { return !usableDeployment(id) }) {
		return registeredTool{}, &Error{Code: CodeRegistrationAnswer, Claim: "client_id", Expected: "a client id and a usable deployment id", Received: diagnosis(string(tool.ClientID))}
	}
	return tool, nil
}

// keeping is a registration that the platform made and Usher has to keep.
type keeping struct {
	link    RegistrationLink
	request RegistrationRequest
	offer   RegistrationOffer
	choice  RegistrationChoice
	answer  registeredTool
}

func (k keeping) platform() Platform {
	return Platform{
		Name: k.choice.Name, Issuer: k.offer.Issuer, ClientID: string(k.answer.ClientID), ProductFamily: k.offer.Family,
		AuthURL: k.offer.AuthURL, TokenURL: k.offer.TokenURL, JWKSURL: k.offer.JWKSURL,
	}
}

// keepRegistration stores everything and spends the link, or nothing.
func (s *Service) keepRegistration(ctx context.Context, k keeping) (done Registered, err error) {
	err = database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		if done, err = s.keepPlatform(ctx, k); err != nil {
			return err
		}
		if err := s.saveAnswer(ctx, &done, k); err != nil {
			return err
		}
		spent, err := s.store.spendLink(ctx, k.link.ID, done.Platform.ID, k.request.hash(), s.now())
		if err == nil && !spent {
			err = ErrLinkRevoked
		}
		return err
	})
	if err != nil {
		return Registered{}, fmt.Errorf("keep registration: %w", err)
	}
	return done, nil
}

// keepPlatform adds the platform, or finds it where it is registered already.
// Whoever registers again may not bring other keys along: a link would be
// enough to speak for a platform that exists (C-110).
func (s *Service) keepPlatform(ctx context.Context, k keeping) (Registered, error) {
	p := k.platform()
	found, err := s.store.platformsOf(ctx, p.Issuer, p.ClientID)
	if err != nil {
		return Registered{}, err
	}
	if len(found) > 0 {
		known := found[0]
		if known.JWKSURL != p.JWKSURL || known.AuthURL != p.AuthURL || known.TokenURL != p.TokenURL {
			return Registered{}, &Error{Code: CodeRegistrationConflict, Claim: "client_id", Expected: "the addresses of " + known.Name, Received: "other addresses for the same issuer and client id", PlatformID: known.ID}
		}
		own, err := s.answersFor(ctx, known, k.offer)
		if err != nil {
			return Registered{}, err
		}
		if !own {
			return Registered{}, &Error{Code: CodeRegistrationConflict, Claim: "registration_endpoint", Expected: "a host of " + known.Name, Received: diagnosis(originOf(k.offer.RegistrationURL)), PlatformID: known.ID}
		}
		return Registered{Platform: known, Updated: true}, s.allowAgain(ctx, known, k)
	}
	if p.Name, err = s.freeName(ctx, p.Name); err != nil {
		return Registered{}, err
	}
	p, err = s.AddPlatform(ctx, p, k.answer.deployments()...)
	if errors.Is(err, ErrInvalidPlatform) {
		err = &Error{Code: CodeRegistrationAnswer, Claim: "client_id", Expected: "usable values", Err: err}
	}
	return Registered{Platform: p}, err
}

// answersFor tells whether a known platform itself gave the client id away:
// anybody can copy its addresses and name an endpoint of their own, which
// answers with a client id that is no secret.
func (s *Service) answersFor(ctx context.Context, known Platform, o RegistrationOffer) (bool, error) {
	before, err := s.store.savedRegistration(ctx, known.ID)
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		return false, err
	}
	own := []string{known.Issuer, known.AuthURL, known.TokenURL, known.JWKSURL, before.Offer.RegistrationURL}
	origin := originOf(o.RegistrationURL)
	return origin != "" && slices.ContainsFunc(own, func(address string) bool { return originOf(address) == origin }), nil
}

// allowAgain admits the deployments of a platform that registers again. Where
// registrations wait for an admin, so do they, from their first launch on.
func (s *Service) allowAgain(ctx context.Context, known Platform, k keeping) error {
	if k.choice.NeedsApproval {
		return nil
	}
	for _, id := range k.answer.deployments() {
		if err := s.store.allow(ctx, known.ID, id, s.now()); err != nil {
			return err
		}
	}
	return nil
}

// freeName numbers a name that another registration of the same issuer has:
// the platform has made the registration by now, so it must not fail.
func (s *Service) freeName(ctx context.Context, name string) (string, error) {
	all, err := s.store.platforms(ctx, "ORDER BY p.name")
	if err != nil {
		return "", err
	}
	free := name
	for n := 2; slices.ContainsFunc(all, func(p Platform) bool { return p.Name == free }); n++ {
		suffix := fmt.Sprintf(" (%d)", n)
		free = strings.TrimSpace(strings.ToValidUTF8(name[:min(len(name), maxID-len(suffix))], "")) + suffix
	}
	return free, nil
}

// saveAnswer keeps what the platform said, and lets it wait for approval
// where it is new and that is asked for (C-111).
func (s *Service) saveAnswer(ctx context.Context, done *Registered, k keeping) error {
	row, now := registrationRow{PlatformID: done.Platform.ID, Offer: k.offer, Choice: k.choice}, s.now()
	if err := s.setAnswer(&row, k.answer); err != nil {
		return err
	}
	if k.choice.NeedsApproval && !done.Updated {
		row.PendingSince = &now
		done.Pending, done.Platform.DisabledAt = true, &now
		if err := s.store.disable(ctx, done.Platform.ID, now); err != nil {
			return err
		}
	}
	return s.store.saveRegistration(ctx, row, now)
}

const purposeRegistration = "lti.registration "

// setAnswer puts the granted scopes and the means to change the registration
// into a row. The platform may grant fewer scopes than asked for (C-108).
func (s *Service) setAnswer(row *registrationRow, answer registeredTool) (err error) {
	row.Scopes = s.ToolConfig().scopesFor(row.Offer, row.Choice)
	if answer.Scope != nil {
		row.Scopes = slices.DeleteFunc(row.Scopes, func(scope string) bool {
			return !slices.Contains(strings.Fields(*answer.Scope), scope)
		})
	}
	if answer.Token == "" || s.checkEndpoint(answer.ClientURI) != nil || len(answer.ClientURI) > maxRegistrationURL {
		return nil
	}
	row.ClientURI = answer.ClientURI
	row.SealedToken, err = s.keyring.Seal([]byte(answer.Token), purposeRegistration+row.PlatformID)
	return err
}
