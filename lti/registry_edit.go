package lti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"usher/database"
)

// Platform returns a registration by its id, or [ErrNoPlatform].
func (s *Service) Platform(ctx context.Context, id string) (Platform, error) {
	found, err := s.store.platforms(ctx, "WHERE p.id = ?", id)
	if err != nil {
		return Platform{}, fmt.Errorf("find platform: %w", err)
	}
	if len(found) == 0 {
		return Platform{}, ErrNoPlatform
	}
	return found[0], nil
}

// EditPlatform replaces the values of the registration of p's id: all that
// [Service.AddPlatform] takes. A running server follows at once. Issuer and
// client id name whose people and courses these are; whoever changes them says
// that the same platform goes by another name now.
func (s *Service) EditPlatform(ctx context.Context, p Platform) error {
	if err := s.validate(p, nil); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidPlatform, err)
	}
	n, err := s.store.updatePlatform(ctx, p, s.now())
	if errors.Is(err, database.ErrDuplicate) {
		return fmt.Errorf("%w: its name, or its issuer and client id together, are taken", ErrPlatformExists)
	}
	if err != nil {
		return fmt.Errorf("edit platform: %w", err)
	}
	if n == 0 {
		return ErrNoPlatform
	}
	return nil
}

// DisablePlatform refuses a platform's launches from now on. Nothing is lost,
// and who is inside stays until their session ends.
func (s *Service) DisablePlatform(ctx context.Context, id string) error {
	now := s.now()
	return s.setDisabled(ctx, id, &now)
}

// EnablePlatform admits a platform's launches again.
func (s *Service) EnablePlatform(ctx context.Context, id string) error {
	return s.setDisabled(ctx, id, nil)
}

func (s *Service) setDisabled(ctx context.Context, id string, at *time.Time) error {
	n, err := s.store.setDisabled(ctx, id, at, s.now())
	if err != nil {
		return fmt.Errorf("switch platform: %w", err)
	}
	if n == 0 {
		return ErrNoPlatform
	}
	return nil
}

// RemoveDeployment forgets a deployment, allowed or pending. Its next launch is
// noted as pending again.
func (s *Service) RemoveDeployment(ctx context.Context, platformID, deploymentID string) error {
	if err := s.store.deleteDeployment(ctx, platformID, deploymentID); err != nil {
		return fmt.Errorf("remove deployment: %w", err)
	}
	return nil
}

// Loss is what goes with a platform that is removed.
type Loss struct{ Courses, People, Entries, Invitations int }

// None says that nothing goes.
func (l Loss) None() bool { return l == Loss{} }

// RemovalLoss counts what [Service.RemovePlatform] would delete.
func (s *Service) RemovalLoss(ctx context.Context, platformID string) (Loss, error) {
	l, err := s.store.loss(ctx, platformID)
	if err != nil {
		return Loss{}, fmt.Errorf("count what belongs to platform: %w", err)
	}
	return l, nil
}

func (s *store) updatePlatform(ctx context.Context, p Platform, now time.Time) (int64, error) {
	origins, err := json.Marshal(append([]string{}, p.FrameOrigins...))
	if err != nil {
		return 0, fmt.Errorf("write frame origins: %w", err)
	}
	return s.exec(ctx, `UPDATE platforms SET name = ?, issuer = ?, client_id = ?, auth_url = ?, token_url = ?, jwks_url = ?,
		audience = ?, trust_deployments = ?, frame_origins = ?, updated_at = ? WHERE id = ?`,
		p.Name, p.Issuer, p.ClientID, p.AuthURL, p.TokenURL, p.JWKSURL, p.Audience, p.TrustDeployments, string(origins), now, p.ID)
}

func (s *store) setDisabled(ctx context.Context, id string, at *time.Time, now time.Time) (int64, error) {
	return s.exec(ctx, `UPDATE platforms SET disabled_at = ?, updated_at = ? WHERE id = ?`, at, now, id)
}

func (s *store) deleteDeployment(ctx context.Context, platformID, deploymentID string) error {
	_, err := s.exec(ctx, `DELETE FROM deployments WHERE platform_id = ? AND deployment_id = ?`, platformID, deploymentID)
	return err
}

// loss counts in the tables of other packages, along the foreign keys by which
// the database deletes their rows together with a platform.
func (s *store) loss(ctx context.Context, platformID string) (l Loss, err error) {
	err = s.query(ctx, func(row database.Row) error {
		return row.Scan(&l.Courses, &l.People, &l.Entries, &l.Invitations)
	}, `WITH mine AS (SELECT id FROM tenants WHERE platform_id = ?)
		SELECT (SELECT COUNT(*) FROM courses WHERE tenant_id IN (SELECT id FROM mine)),
			(SELECT COUNT(*) FROM people WHERE tenant_id IN (SELECT id FROM mine)),
			(SELECT COUNT(*) FROM entries WHERE tenant_id IN (SELECT id FROM mine)),
			(SELECT COUNT(*) FROM invitations WHERE tenant_id IN (SELECT id FROM mine))`, platformID)
	return l, err
}
