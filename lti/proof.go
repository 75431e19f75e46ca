package lti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"usher/database"
	"usher/secret"
)

// parkedLaunch is what lies sealed in the row of an unproved launch.
type parkedLaunch struct {
	Launch Launch
	Secret digest // of S, for the proof
}

// purposeLaunch binds a sealed launch to its row, so that nobody who can write
// rows can move one under another handle.
func purposeLaunch(handleHash string) string { return "lti.launch " + handleHash }

// park seals an unproved launch into its row and gives it a handle.
func (s *Service) park(row *spentState, a *attempt, launch *Launch) error {
	handle, hash := newHandle()
	plain, err := json.Marshal(parkedLaunch{Launch: *launch, Secret: a.state.secret})
	if err != nil {
		return fmt.Errorf("verify launch: park: %w", err)
	}
	if row.SealedLaunch, err = s.keyring.Seal(plain, purposeLaunch(hash)); err != nil {
		return fmt.Errorf("verify launch: park: %w", err)
	}
	until := a.now.Add(handleLifetime)
	row.HandleHash, row.HandleExpiresAt = &hash, &until
	launch.Handle = handle
	return nil
}

// Prove returns the launch that waits under handle if secret is the one its
// login left with the browser. It succeeds once; a wrong secret leaves the
// launch waiting, since a browser may hold several and offer the wrong one
// first. The error is an [*Error] with [CodeProofUnknown] or
// [CodeProofMismatch] (C-63, C-94, C-95).
func (s *Service) Prove(ctx context.Context, handle, browserSecret string) (*Launch, error) {
	hash := secret.Hash(handle)
	sealed, err := s.store.parked(ctx, hash, s.now())
	if errors.Is(err, database.ErrNotFound) {
		return nil, &Error{Code: CodeProofUnknown, Claim: "handle", Expected: "used once, within " + handleLifetime.String()}
	}
	if err != nil {
		return nil, fmt.Errorf("prove launch: %w", err)
	}
	plain, err := s.keyring.Open(sealed, purposeLaunch(hash))
	if err != nil {
		return nil, fmt.Errorf("prove launch: %w", err)
	}
	var parked parkedLaunch
	if err := json.Unmarshal(plain, &parked); err != nil {
		return nil, fmt.Errorf("prove launch: %w", err)
	}
	launch := &parked.Launch
	if !parked.Secret.matches(browserSecret) {
		return nil, &Error{Code: CodeProofMismatch, Claim: "secret", Expected: "the secret of this login", Received: "another", PlatformID: launch.Platform.ID, DeploymentID: launch.DeploymentID}
	}
	first, err := s.store.unpark(ctx, hash, s.now())
	if err != nil {
		return nil, fmt.Errorf("prove launch: %w", err)
	}
	if !first {
		return nil, &Error{Code: CodeProofUnknown, Claim: "handle", Expected: "used once", PlatformID: launch.Platform.ID, DeploymentID: launch.DeploymentID}
	}
	launch.Proved = true
	s.samples.note(launch, s.now())
	return launch, nil
}
