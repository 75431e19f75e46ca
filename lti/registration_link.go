package lti

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"usher/database"
	"usher/secret"
)

// How long a registration link works: an admin of Usher sends it to one of the
// LMS, who has to find an hour for it.
const (
	linkLifetime    = 7 * 24 * time.Hour
	maxLinkLifetime = 90 * 24 * time.Hour
)

// Why a registration link does not work.
var (
	// ErrLinkUnknown: no link has this token.
	ErrLinkUnknown = errors.New("no such registration link")
	// ErrLinkExpired: the link's time is over.
	ErrLinkExpired = errors.New("registration link has expired")
	// ErrLinkRevoked: an admin withdrew the link.
	ErrLinkRevoked = errors.New("registration link was withdrawn")
	// ErrLinkUsed: the link has registered a platform already.
	ErrLinkUsed = errors.New("registration link was used")
)

// RegistrationInvite is what a new registration link is made from.
type RegistrationInvite struct {
	// Name is what the platform will be called, unless its admin changes it.
	Name string
	// CreatedBy says who made the link, for other admins.
	CreatedBy string
	// Life is how long the link works; 0 means seven days, ninety at most.
	Life time.Duration
}

// RegistrationLink is a one-time link as admins see it. Its token is shown
// once, when it is made.
type RegistrationLink struct {
	ID         string
	Name       string
	CreatedBy  string
	CreatedAt  time.Time
	ExpiresAt  time.Time
	RevokedAt  *time.Time
	UsedAt     *time.Time
	PlatformID string // the platform that it registered, "" for none (any more)
}

// Works tells whether the link can register a platform at a time.
func (l RegistrationLink) Works(at time.Time) bool { return l.refusal(at) == nil }

func (l RegistrationLink) refusal(at time.Time) error {
	switch {
	case l.UsedAt != nil:
		return ErrLinkUsed
	case l.RevokedAt != nil:
		return ErrLinkRevoked
	case !at.Before(l.ExpiresAt):
		return ErrLinkExpired
	}
	return nil
}

// InviteRegistration makes a one-time link for one platform and returns it:
// whoever has it can register a platform, so it is the approval (C-99). It
// returns [ErrInvalidPlatform] for a name or a life that cannot be.
func (s *Service) InviteRegistration(ctx context.Context, i RegistrationInvite) (link string, err error) {
	if i.Life == 0 {
		i.Life = linkLifetime
	}
	if !usableName(i.Name) {
		return "", fmt.Errorf("%w: name: 1 to %d printable characters are required", ErrInvalidPlatform, maxID)
	}
	if i.Life < time.Minute || i.Life > maxLinkLifetime {
		return "", fmt.Errorf("%w: a link works for a minute at least and %d days at most", ErrInvalidPlatform, maxLinkLifetime/(24*time.Hour))
	}
	token, now := secret.Token(), s.now()
	l := RegistrationLink{ID: secret.NewID(), Name: i.Name, CreatedBy: i.CreatedBy, CreatedAt: now, ExpiresAt: now.Add(i.Life)}
	if err := s.store.insertLink(ctx, l, secret.Hash(token)); err != nil {
		return "", fmt.Errorf("make registration link: %w", err)
	}
	return s.registerURL(token), nil
}

func (s *Service) registerURL(token string) string {
	return strings.TrimSuffix(s.publicURL.String(), "/") + "/lti/register?" + url.Values{"token": {token}}.Encode()
}

func usableName(name string) bool {
	return name != "" && strings.TrimSpace(name) == name && len(name) <= maxID && printable(name) == name
}

// RegistrationLinks returns all links, the newest first.
func (s *Service) RegistrationLinks(ctx context.Context) ([]RegistrationLink, error) {
	found, err := s.store.links(ctx, "ORDER BY created_at DESC, id")
	if err != nil {
		return nil, fmt.Errorf("list registration links: %w", err)
	}
	return found, nil
}

// RevokeRegistrationLink withdraws a link that was not used, or returns
// [ErrLinkUnknown].
func (s *Service) RevokeRegistrationLink(ctx context.Context, id string) error {
	n, err := s.store.revokeLink(ctx, id, s.now())
	if err != nil {
		return fmt.Errorf("withdraw registration link: %w", err)
	}
	if n == 0 {
		return ErrLinkUnknown
	}
	return nil
}

// RegistrationLink returns the link of a token where it works, else why not.
func (s *Service) RegistrationLink(ctx context.Context, token string) (RegistrationLink, error) {
	l, _, err := s.store.link(ctx, secret.Hash(token))
	if errors.Is(err, database.ErrNotFound) {
		return RegistrationLink{}, ErrLinkUnknown
	}
	if err != nil {
		return RegistrationLink{}, fmt.Errorf("find registration link: %w", err)
	}
	return l, l.refusal(s.now())
}
