package lti

import (
	"context"
	"time"

	"usher/database"
)

// The queries of tenants and their tables of roles.

// tenants returns those that a condition on t and p selects.
func (s *store) tenants(ctx context.Context, condition string, args ...any) ([]Tenant, error) {
	var found []Tenant
	err := s.query(ctx, func(row database.Row) error {
		var t Tenant
		err := row.Scan(&t.ID, &t.PlatformID, &t.PlatformName, &t.DeploymentID)
		found = append(found, t)
		return err
	}, `SELECT t.id, t.platform_id, p.name, t.deployment_id FROM tenants t JOIN platforms p ON p.id = t.platform_id
		WHERE `+condition+` ORDER BY p.name, t.created_at, t.deployment_id`, args...)
	return found, err
}

func (s *store) allowedDeployments(ctx context.Context, platformID string) (ids []string, err error) {
	err = s.query(ctx, func(row database.Row) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, `SELECT deployment_id FROM deployments WHERE platform_id = ? AND status = ? ORDER BY created_at, deployment_id`,
		platformID, DeploymentAllowed)
	return ids, err
}

func (s *store) roleTable(ctx context.Context, tenantID string) (table RoleTable, err error) {
	err = s.query(ctx, func(row database.Row) error {
		var name string
		var worth CourseRole
		err := row.Scan(&name, &worth)
		table = table.with(name, worth)
		return err
	}, `SELECT role, course_role FROM role_changes WHERE tenant_id = ?`, tenantID)
	return table, err
}

// setRole keeps a change unless the tenant has too many. The tenant's row is
// the lock that makes count and insert one.
func (s *store) setRole(ctx context.Context, tenantID, name string, worth CourseRole, now time.Time) (kept bool, err error) {
	err = database.InTx(ctx, s.db, func(ctx context.Context) error {
		if _, err := s.exec(ctx, `UPDATE tenants SET created_at = created_at WHERE id = ?`, tenantID); err != nil {
			return err
		}
		var others int
		if err := database.QueryOne(ctx, s.db, `SELECT COUNT(*) FROM role_changes WHERE tenant_id = ? AND role <> ?`,
			[]any{tenantID, name}, &others); err != nil {
			return err
		}
		if kept = others < maxRoleChanges; !kept {
			return nil
		}
		_, err := s.exec(ctx, `INSERT INTO role_changes (tenant_id, role, course_role, updated_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (tenant_id, role) DO UPDATE SET course_role = excluded.course_role, updated_at = excluded.updated_at`,
			tenantID, name, worth, now)
		return err
	})
	return kept, err
}

func (s *store) resetRole(ctx context.Context, tenantID, name string) error {
	_, err := s.exec(ctx, `DELETE FROM role_changes WHERE tenant_id = ? AND role = ?`, tenantID, name)
	return err
}
