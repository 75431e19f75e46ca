package lti

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"usher/database"
	"usher/secret"
)

// The registry's queries, which admins make, beside those of a launch in
// store.go.

func (s *store) insertPlatform(ctx context.Context, p Platform) error {
	origins := p.FrameOrigins
	if origins == nil {
		origins = []string{}
	}
	b, err := json.Marshal(origins)
	if err != nil {
		return fmt.Errorf("write frame origins: %w", err)
	}
	_, err = s.exec(ctx, `INSERT INTO platforms
		(id, name, issuer, client_id, auth_url, token_url, jwks_url, audience, product_family,
		 trust_deployments, frame_origins, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.Name, p.Issuer, p.ClientID, p.AuthURL, p.TokenURL, p.JWKSURL, p.Audience, p.ProductFamily,
		p.TrustDeployments, string(b), p.CreatedAt, p.CreatedAt)
	return err
}

func (s *store) deletePlatform(ctx context.Context, name string) (int64, error) {
	return s.exec(ctx, `DELETE FROM platforms WHERE name = ?`, name)
}

func (s *store) setFamily(ctx context.Context, platformID, family string, now time.Time) error {
	_, err := s.exec(ctx, `UPDATE platforms SET product_family = ?, updated_at = ? WHERE id = ? AND product_family = ''`, family, now, platformID)
	return err
}

// allow makes a deployment allowed, whether it was pending or not known.
func (s *store) allow(ctx context.Context, platformID, deploymentID string, now time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO deployments (id, platform_id, deployment_id, status, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (platform_id, deployment_id) DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at`,
		secret.NewID(), platformID, deploymentID, DeploymentAllowed, now, now)
	return err
}

// addPending notes a deployment that nobody has allowed, unless it is known or
// the platform has too many. The platform's row is the lock that makes count
// and insert one.
func (s *store) addPending(ctx context.Context, platformID, deploymentID string, now time.Time) error {
	return database.InTx(ctx, s.db, func(ctx context.Context) error {
		if _, err := s.exec(ctx, `UPDATE platforms SET updated_at = updated_at WHERE id = ?`, platformID); err != nil {
			return err
		}
		var pending int
		err := s.query(ctx, func(row database.Row) error { return row.Scan(&pending) },
			`SELECT COUNT(*) FROM deployments WHERE platform_id = ? AND status = ?`, platformID, DeploymentPending)
		if err != nil || pending >= maxPending {
			return err
		}
		_, err = s.exec(ctx, `INSERT INTO deployments (id, platform_id, deployment_id, status, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (platform_id, deployment_id) DO NOTHING`,
			secret.NewID(), platformID, deploymentID, DeploymentPending, now, now)
		return err
	})
}

func (s *store) deployments(ctx context.Context) ([]Deployment, error) {
	var found []Deployment
	err := s.query(ctx, func(row database.Row) error {
		var d Deployment
		err := row.Scan(&d.PlatformID, &d.PlatformName, &d.DeploymentID, &d.Status, &d.CreatedAt)
		d.CreatedAt = d.CreatedAt.UTC()
		found = append(found, d)
		return err
	}, `SELECT d.platform_id, p.name, d.deployment_id, d.status, d.created_at
		FROM deployments d JOIN platforms p ON p.id = d.platform_id
		ORDER BY d.status DESC, p.name, d.created_at, d.deployment_id`)
	return found, err
}

// keyRow is a row of tool_keys.
type keyRow struct {
	KeyID         string
	SealedPrivate []byte
	PublicJWK     string
	ActiveFrom    time.Time
	RetiredAt     sql.NullTime
	CreatedAt     time.Time
}

// toolKeys returns all keys, the newest first.
func (s *store) toolKeys(ctx context.Context) ([]keyRow, error) {
	var found []keyRow
	err := s.query(ctx, func(row database.Row) error {
		var k keyRow
		err := row.Scan(&k.KeyID, &k.SealedPrivate, &k.PublicJWK, &k.ActiveFrom, &k.RetiredAt, &k.CreatedAt)
		found = append(found, k)
		return err
	}, `SELECT kid, sealed_private, public_jwk, active_from, retired_at, created_at
		FROM tool_keys ORDER BY active_from DESC, kid`)
	return found, err
}

// lockToolKeys lets one transaction at a time decide on keys. SQLite's
// transactions exclude each other already; PostgreSQL must be asked.
func (s *store) lockToolKeys(ctx context.Context) error {
	if s.db.Dialect() != database.Postgres {
		return nil
	}
	_, err := s.exec(ctx, `LOCK TABLE tool_keys IN SHARE ROW EXCLUSIVE MODE`)
	return err
}

func (s *store) insertToolKey(ctx context.Context, k keyRow) error {
	_, err := s.exec(ctx, `INSERT INTO tool_keys (kid, sealed_private, public_jwk, active_from, created_at)
		VALUES (?, ?, ?, ?, ?)`, k.KeyID, k.SealedPrivate, k.PublicJWK, k.ActiveFrom, k.CreatedAt)
	return err
}

// retireToolKeys ends all keys but one.
func (s *store) retireToolKeys(ctx context.Context, except string, at time.Time) error {
	_, err := s.exec(ctx, `UPDATE tool_keys SET retired_at = ? WHERE kid <> ? AND retired_at IS NULL`, at, except)
	return err
}

// forgetToolKeys erases the private halves of keys that retired before.
func (s *store) forgetToolKeys(ctx context.Context, before time.Time) error {
	_, err := s.exec(ctx, `UPDATE tool_keys SET sealed_private = ? WHERE retired_at <= ? AND sealed_private <> ?`, []byte{}, before, []byte{})
	return err
}
