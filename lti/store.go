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

// store holds the package's queries. They are plain SQL scanned by hand,
// because a launch is counted in microseconds.
type store struct{ db *database.DB }

// registration is a platform with what it says about one deployment.
type registration struct {
	Platform   Platform
	Deployment DeploymentStatus // "" where unknown
	TenantID   string           // "" where the tenant does not exist yet
	Roles      RoleTable        // the tenant's
}

// spentState is a row of launch_states.
type spentState struct {
	Key             string
	PlatformID      string
	ExpiresAt       time.Time
	HandleHash      *string
	HandleExpiresAt *time.Time
	SealedLaunch    []byte
}

const platformColumns = `p.id, p.name, p.issuer, p.client_id, p.auth_url, p.token_url, p.jwks_url,
	p.audience, p.product_family, p.trust_deployments, p.frame_origins, p.disabled_at, p.created_at`

func scanPlatform(row database.Row, more ...any) (Platform, error) {
	var p Platform
	var origins string
	var disabled sql.NullTime
	dest := []any{&p.ID, &p.Name, &p.Issuer, &p.ClientID, &p.AuthURL, &p.TokenURL, &p.JWKSURL,
		&p.Audience, &p.ProductFamily, &p.TrustDeployments, &origins, &disabled, &p.CreatedAt}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return Platform{}, database.Translate(err)
	}
	if disabled.Valid {
		at := disabled.Time.UTC()
		p.DisabledAt = &at
	}
	p.CreatedAt = p.CreatedAt.UTC()
	if origins != "[]" {
		if err := json.Unmarshal([]byte(origins), &p.FrameOrigins); err != nil {
			return Platform{}, fmt.Errorf("read frame origins of platform %s: %w", p.ID, err)
		}
	}
	return p, nil
}

// query runs a SELECT and gives each row to scan.
func (s *store) query(ctx context.Context, scan func(database.Row) error, query string, args ...any) error {
	return database.Query(ctx, s.db, scan, query, args...)
}

// exec runs a statement and returns the number of rows it changed.
func (s *store) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	return database.Exec(ctx, s.db, statement, args...)
}

// platforms returns the platforms that a condition on p selects.
func (s *store) platforms(ctx context.Context, condition string, args ...any) ([]Platform, error) {
	var found []Platform
	err := s.query(ctx, func(row database.Row) error {
		p, err := scanPlatform(row)
		found = append(found, p)
		return err
	}, "SELECT "+platformColumns+" FROM platforms p "+condition, args...)
	return found, err
}

// platformsOf returns the registrations of an issuer, at most two: more than
// one is a question, however many they are.
func (s *store) platformsOf(ctx context.Context, issuer, clientID string) ([]Platform, error) {
	if clientID == "" {
		return s.platforms(ctx, "WHERE p.issuer = ? LIMIT 2", issuer)
	}
	return s.platforms(ctx, "WHERE p.issuer = ? AND p.client_id = ?", issuer, clientID)
}

// registration reads a platform with one deployment, its tenant and what the
// tenant changed in the table of roles: a row for each change, and one where
// there is none.
func (s *store) registration(ctx context.Context, platformID, deploymentID string) (registration, error) {
	var reg registration
	found := false
	err := s.query(ctx, func(row database.Row) error {
		var status, tenant, role, worth sql.NullString
		p, err := scanPlatform(row, &status, &tenant, &role, &worth)
		if !found {
			found = true
			reg = registration{Platform: p, Deployment: DeploymentStatus(status.String), TenantID: tenant.String}
		}
		if role.Valid {
			reg.Roles = reg.Roles.with(role.String, CourseRole(worth.String))
		}
		return err
	}, `SELECT `+platformColumns+`, d.status, t.id, r.role, r.course_role
		FROM platforms p
		LEFT JOIN deployments d ON d.platform_id = p.id AND d.deployment_id = ?
		LEFT JOIN tenants t ON t.platform_id = p.id
			AND t.deployment_id = CASE WHEN p.issuer = ? THEN ? ELSE '' END
		LEFT JOIN role_changes r ON r.tenant_id = t.id
		WHERE p.id = ?`, deploymentID, sharedIssuer, deploymentID, platformID)
	if err == nil && !found {
		err = database.ErrNotFound
	}
	return reg, err
}

// spend inserts a state's row and tells whether it was the first to do so.
func (s *store) spend(ctx context.Context, r spentState) (bool, error) {
	n, err := s.exec(ctx, `INSERT INTO launch_states
		(state_hash, platform_id, expires_at, handle_hash, handle_expires_at, sealed_launch)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (state_hash) DO NOTHING`,
		r.Key, r.PlatformID, r.ExpiresAt, r.HandleHash, r.HandleExpiresAt, r.SealedLaunch)
	return n == 1, err
}

// parked returns the sealed launch that waits under a handle.
func (s *store) parked(ctx context.Context, handleHash string, now time.Time) ([]byte, error) {
	var sealed []byte
	err := s.query(ctx, func(row database.Row) error { return row.Scan(&sealed) },
		`SELECT sealed_launch FROM launch_states WHERE handle_hash = ? AND handle_expires_at > ?`, handleHash, now)
	if err == nil && len(sealed) == 0 {
		err = database.ErrNotFound
	}
	return sealed, err
}

// unpark takes a waiting launch out of its row and tells whether it was the
// first to do so.
func (s *store) unpark(ctx context.Context, handleHash string, now time.Time) (bool, error) {
	n, err := s.exec(ctx, `UPDATE launch_states
		SET handle_hash = NULL, handle_expires_at = NULL, sealed_launch = NULL
		WHERE handle_hash = ? AND handle_expires_at > ?`, handleHash, now)
	return n == 1, err
}

// sweep deletes states that can come no more, forgets launches whose proof
// never came, and deletes old failures. It returns the number of rows.
func (s *store) sweep(ctx context.Context, now, failuresBefore time.Time) (int64, error) {
	states, err := s.exec(ctx, `DELETE FROM launch_states WHERE expires_at < ?`, now)
	if err != nil {
		return 0, err
	}
	parked, err := s.exec(ctx, `UPDATE launch_states
		SET handle_hash = NULL, handle_expires_at = NULL, sealed_launch = NULL
		WHERE handle_expires_at < ?`, now)
	if err != nil {
		return states, err
	}
	failures, err := s.exec(ctx, `DELETE FROM launch_failures WHERE created_at < ?`, failuresBefore)
	return states + parked + failures, err
}

// tenant returns the tenant of a platform and deployment, made where it does
// not exist; of two who make it at once both get the same.
func (s *store) tenant(ctx context.Context, platformID, deploymentID string, now time.Time) (string, error) {
	if _, err := s.exec(ctx, `INSERT INTO tenants (id, platform_id, deployment_id, created_at)
		VALUES (?, ?, ?, ?) ON CONFLICT (platform_id, deployment_id) DO NOTHING`,
		secret.NewID(), platformID, deploymentID, now); err != nil {
		return "", err
	}
	var id string
	err := s.query(ctx, func(row database.Row) error { return row.Scan(&id) },
		`SELECT id FROM tenants WHERE platform_id = ? AND deployment_id = ?`, platformID, deploymentID)
	if err == nil && id == "" {
		err = database.ErrNotFound
	}
	return id, err
}
