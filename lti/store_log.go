package lti

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"usher/database"
	"usher/secret"
)

// The queries of the launch log.

// insertFailure notes a failure and returns [database.ErrDuplicate] where its
// reference is taken.
func (s *store) insertFailure(ctx context.Context, f Failure) error {
	n, err := s.exec(ctx, `INSERT INTO launch_failures
		(reference, platform_id, deployment_id, code, claim, expected, received, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO NOTHING`,
		f.Reference, f.PlatformID, f.DeploymentID, f.Code, f.Claim, f.Expected, f.Received, f.CreatedAt)
	if err == nil && n == 0 {
		err = database.ErrDuplicate
	}
	return err
}

// trimMost is how many rows one trimming deletes: enough to come back to the
// bound where several processes inserted at once.
const trimMost = 100

// trimFailures deletes the oldest failures of a platform beyond [maxFailures].
func (s *store) trimFailures(ctx context.Context, platformID string) error {
	_, err := s.exec(ctx, `DELETE FROM launch_failures WHERE reference IN (
		SELECT reference FROM launch_failures WHERE platform_id = ?
		ORDER BY created_at DESC, reference DESC LIMIT ? OFFSET ?)`, platformID, trimMost, maxFailures)
	return err
}

const failureQuery = `SELECT f.reference, f.platform_id, COALESCE(p.name, ''), f.deployment_id, f.code, f.claim, f.expected, f.received, f.created_at
	FROM launch_failures f LEFT JOIN platforms p ON p.id = f.platform_id
	WHERE (? = '' OR f.platform_id = ?) AND (? = '' OR f.deployment_id = ?)`

func (f LogFilter) args() []any {
	return []any{f.PlatformID, f.PlatformID, f.DeploymentID, f.DeploymentID}
}

// failures returns the newest of the filter below its cursor.
func (s *store) failures(ctx context.Context, f LogFilter, most int) (found []Failure, err error) {
	err = s.query(ctx, func(row database.Row) error {
		failure, err := scanFailure(row)
		found = append(found, failure)
		return err
	}, failureQuery+` AND (? = '' OR f.code = ?)
		AND (f.created_at < ? OR f.created_at = ? AND f.reference < ?)
		ORDER BY f.created_at DESC, f.reference DESC LIMIT ?`,
		append(f.args(), f.Code, f.Code, f.before, f.before, f.beforeReference, most)...)
	return found, err
}

func (s *store) failure(ctx context.Context, f LogFilter, reference string) (found Failure, err error) {
	err = database.ErrNotFound
	queryErr := s.query(ctx, func(row database.Row) error {
		found, err = scanFailure(row)
		return err
	}, failureQuery+` AND f.reference = ?`, append(f.args(), reference)...)
	return found, errors.Join(queryErr, err)
}

func scanFailure(row database.Row) (f Failure, err error) {
	err = row.Scan(&f.Reference, &f.PlatformID, &f.PlatformName, &f.DeploymentID, &f.Code, &f.Claim, &f.Expected, &f.Received, &f.CreatedAt)
	f.CreatedAt = f.CreatedAt.UTC()
	return f, err
}

// countFailures counts those of a filter since a moment.
func (s *store) countFailures(ctx context.Context, f LogFilter, since time.Time) (n int, err error) {
	err = database.QueryOne(ctx, s.db, `SELECT COUNT(*) FROM launch_failures f
		WHERE (? = '' OR f.platform_id = ?) AND (? = '' OR f.deployment_id = ?) AND f.code = ? AND f.created_at >= ?`,
		append(f.args(), f.Code, since), &n)
	return n, err
}

// keepSample adds to the row of launches that were alike, or makes it.
func (s *store) keepSample(ctx context.Context, tenantID, fingerprint string, l LaunchSample) error {
	roles, err := json.Marshal(append([]string{}, l.Roles...))
	if err != nil {
		return fmt.Errorf("write roles: %w", err)
	}
	types, err := json.Marshal(append([]string{}, l.ContextTypes...))
	if err != nil {
		return fmt.Errorf("write context types: %w", err)
	}
	_, err = s.exec(ctx, `INSERT INTO launch_samples
		(id, tenant_id, fingerprint, deployment_id, message, roles, context_types, course_role, decided_by, launches, last_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET course_role = excluded.course_role, decided_by = excluded.decided_by,
			launches = launch_samples.launches + excluded.launches, last_at = excluded.last_at`,
		secret.NewID(), tenantID, fingerprint, l.DeploymentID, l.Message, string(roles), string(types), l.CourseRole, l.DecidedBy, l.Launches, l.LastAt)
	return err
}

// trimSamples deletes a tenant's oldest samples beyond [maxSamples].
func (s *store) trimSamples(ctx context.Context, tenantID string) error {
	_, err := s.exec(ctx, `DELETE FROM launch_samples WHERE id IN (
		SELECT id FROM launch_samples WHERE tenant_id = ? ORDER BY last_at DESC, id LIMIT ? OFFSET ?)`, tenantID, trimMost, maxSamples)
	return err
}

// samples returns the newest of a platform and, where they are not "", of one
// tenant and of one id.
func (s *store) samples(ctx context.Context, platformID, tenantID, id string) (found []LaunchSample, err error) {
	err = s.query(ctx, func(row database.Row) error {
		l, err := scanSample(row)
		found = append(found, l)
		return err
	}, `SELECT l.id, l.tenant_id, t.platform_id, p.name, l.deployment_id, l.message, l.roles, l.context_types, l.course_role, l.decided_by, l.launches, l.last_at
		FROM launch_samples l JOIN tenants t ON t.id = l.tenant_id JOIN platforms p ON p.id = t.platform_id
		WHERE (? = '' OR t.platform_id = ?) AND (? = '' OR l.tenant_id = ?) AND (? = '' OR l.id = ?)
		ORDER BY l.last_at DESC, l.id LIMIT ?`, platformID, platformID, tenantID, tenantID, id, id, maxSamples)
	return found, err
}

func scanSample(row database.Row) (l LaunchSample, err error) {
	var roles, types string
	if err := row.Scan(&l.ID, &l.TenantID, &l.PlatformID, &l.PlatformName, &l.DeploymentID, &l.Message, &roles, &types, &l.CourseRole, &l.DecidedBy, &l.Launches, &l.LastAt); err != nil {
		return l, err
	}
	l.LastAt = l.LastAt.UTC()
	return l, errors.Join(json.Unmarshal([]byte(roles), &l.Roles), json.Unmarshal([]byte(types), &l.ContextTypes))
}
