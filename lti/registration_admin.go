package lti

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"usher/database"
)

// PendingRegistration is a platform that registered Usher and waits for an
// admin's word.
type PendingRegistration struct {
	Platform Platform
	Since    time.Time
}

// ErrNotPending: the platform does not wait for approval.
var ErrNotPending = errors.New("platform does not wait for approval")

// ErrNotUpdatable: the platform gave no means to change its registration, or
// was not registered by a link.
var ErrNotUpdatable = errors.New("platform cannot be updated from here")

// PendingRegistrations returns the platforms that wait for approval, the
// oldest first.
func (s *Service) PendingRegistrations(ctx context.Context) ([]PendingRegistration, error) {
	found, err := s.store.pendingRegistrations(ctx)
	if err != nil {
		return nil, fmt.Errorf("list pending registrations: %w", err)
	}
	return found, nil
}

// ApproveRegistration lets a platform launch that waited, or returns
// [ErrNotPending]. To refuse one, remove it.
func (s *Service) ApproveRegistration(ctx context.Context, platformID string) error {
	approved, err := s.store.approve(ctx, platformID, s.now())
	if err != nil {
		return fmt.Errorf("approve registration: %w", err)
	}
	if !approved {
		return ErrNotPending
	}
	return nil
}

// GrantedScopes returns the services that a platform granted when it
// registered Usher; ok is false for one that was entered by hand.
func (s *Service) GrantedScopes(ctx context.Context, platformID string) (scopes []string, ok bool, err error) {
	row, err := s.store.savedRegistration(ctx, platformID)
	if errors.Is(err, database.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("find registration: %w", err)
	}
	return row.Scopes, true, nil
}

// UpdateRegistration tells a platform what this installation serves now, by
// the token that it gave for that [RFC 7592 §2.2]. It returns
// [ErrNotUpdatable], or an [*Error] where the platform refuses; then the
// registration stays as it was.
func (s *Service) UpdateRegistration(ctx context.Context, platformID string) error {
	row, err := s.store.savedRegistration(ctx, platformID)
	if errors.Is(err, database.ErrNotFound) || err == nil && row.ClientURI == "" {
		return ErrNotUpdatable
	}
	if err != nil {
		return fmt.Errorf("find registration: %w", err)
	}
	found, err := s.store.platforms(ctx, "WHERE p.id = ?", platformID)
	if err != nil || len(found) == 0 {
		return errors.Join(ErrNotUpdatable, err)
	}
	token, err := s.keyring.Open(row.SealedToken, purposeRegistration+platformID)
	if err != nil {
		return fmt.Errorf("registration of %s: %w (was USHER_SECRET_KEY replaced?)", found[0].Name, err)
	}
	wanted := s.ToolConfig().registrationFor(row.Offer, row.Choice)
	wanted.ClientID = found[0].ClientID
	answer, err := s.sendRegistration(ctx, http.MethodPut, row.ClientURI, string(token), wanted)
	if err != nil {
		return err
	}
	if string(answer.ClientID) != found[0].ClientID {
		return &Error{Code: CodeRegistrationAnswer, Claim: "client_id", Expected: found[0].ClientID, Received: diagnosis(string(answer.ClientID)), PlatformID: platformID}
	}
	return s.keepUpdate(ctx, row, answer)
}

// keepUpdate stores the answer to an update. A platform that names no new
// token means the old one.
func (s *Service) keepUpdate(ctx context.Context, row registrationRow, answer registeredTool) error {
	sealed, address := row.SealedToken, row.ClientURI
	if err := s.setAnswer(&row, answer); err != nil {
		return fmt.Errorf("keep registration: %w", err)
	}
	if answer.Token == "" {
		row.SealedToken, row.ClientURI = sealed, address
	}
	if err := s.store.saveRegistration(ctx, row, s.now()); err != nil {
		return fmt.Errorf("keep registration: %w", err)
	}
	return nil
}
