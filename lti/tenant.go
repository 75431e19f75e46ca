package lti

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"usher/database"
)

// ErrNoTenant: the platform has no such tenant.
var ErrNoTenant = errors.New("no such tenant")

// Tenant is who must never see another's data: a platform, or on the issuer
// that all Blackboard institutions share a deployment of it.
type Tenant struct {
	ID           string // "" until the first launch, or the first change made for it
	PlatformID   string
	PlatformName string
	DeploymentID string // "" unless the issuer is shared
}

// Shared tells whether other institutions have the same platform.
func (t Tenant) Shared() bool { return t.DeploymentID != "" }

// Tenant returns the tenant of that id, or [ErrNoTenant].
func (s *Service) Tenant(ctx context.Context, tenantID string) (Tenant, error) {
	found, err := s.store.tenants(ctx, "t.id = ?", tenantID)
	if err != nil {
		return Tenant{}, fmt.Errorf("find tenant: %w", err)
	}
	if len(found) == 0 {
		return Tenant{}, ErrNoTenant
	}
	return found[0], nil
}

// Tenants returns those of a platform: on a shared issuer one for each
// deployment that is allowed or has launched, else the one that every platform
// is. It returns [ErrNoPlatform] where there is no such platform.
func (s *Service) Tenants(ctx context.Context, platformID string) ([]Tenant, error) {
	p, err := s.platform(ctx, platformID)
	if err != nil {
		return nil, err
	}
	found, err := s.store.tenants(ctx, "p.id = ?", p.ID)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	if p.Issuer != sharedIssuer {
		if len(found) == 0 {
			found = []Tenant{{PlatformID: p.ID, PlatformName: p.Name}}
		}
		return found, nil
	}
	deployments, err := s.store.allowedDeployments(ctx, p.ID)
	if err != nil {
		return nil, fmt.Errorf("list deployments: %w", err)
	}
	known := map[string]bool{}
	for _, t := range found {
		known[t.DeploymentID] = true
	}
	for _, id := range deployments {
		if !known[id] {
			found = append(found, Tenant{PlatformID: p.ID, PlatformName: p.Name, DeploymentID: id})
		}
	}
	return found, nil
}

// TenantOf returns the tenant of a platform, of a deployment where the issuer
// is shared, or [ErrNoTenant] where [Service.Tenants] has none of the kind.
func (s *Service) TenantOf(ctx context.Context, platformID, deploymentID string) (Tenant, error) {
	all, err := s.Tenants(ctx, platformID)
	if errors.Is(err, ErrNoPlatform) {
		return Tenant{}, ErrNoTenant
	}
	if err != nil {
		return Tenant{}, err
	}
	for _, t := range all {
		if t.DeploymentID == deploymentID {
			return t, nil
		}
	}
	return Tenant{}, ErrNoTenant
}

// KeepTenant gives a tenant that has not launched yet its id, so that
// something can be kept for it.
func (s *Service) KeepTenant(ctx context.Context, t Tenant) (Tenant, error) {
	if t.ID != "" {
		return t, nil
	}
	var err error
	if t.ID, err = s.store.tenant(ctx, t.PlatformID, t.DeploymentID, s.now()); err != nil {
		return Tenant{}, fmt.Errorf("make tenant: %w", err)
	}
	return t, nil
}

func (s *Service) platform(ctx context.Context, platformID string) (Platform, error) {
	if !isText(platformID) {
		return Platform{}, ErrNoPlatform
	}
	found, err := s.store.platforms(ctx, "WHERE p.id = ?", platformID)
	if err != nil {
		return Platform{}, fmt.Errorf("find platform: %w", err)
	}
	if len(found) == 0 {
		return Platform{}, ErrNoPlatform
	}
	return found[0], nil
}

// maxRoleChanges bounds the rows that a tenant may change or add. Every launch
// of the tenant reads them.
const maxRoleChanges = 100

// RoleTable returns the table that holds for a tenant.
func (s *Service) RoleTable(ctx context.Context, tenantID string) (RoleTable, error) {
	table, err := s.store.roleTable(ctx, tenantID)
	if err != nil {
		return nil, fmt.Errorf("read table of roles: %w", err)
	}
	return table, nil
}

// SetRole changes what a role is worth in a tenant, from the next launch on,
// and returns the name of its row. The role may be spelled in any way. The
// error is [ErrRoleName], [ErrRoleWorth], [ErrTooManyRoles] or [ErrNoTenant].
func (s *Service) SetRole(ctx context.Context, tenantID, role string, worth CourseRole) (string, error) {
	name, err := ParseRoleName(role)
	if err != nil {
		return "", err
	}
	if _, known := rank[worth]; !known {
		return "", fmt.Errorf("%w: %s", ErrRoleWorth, diagnosis(string(worth)))
	}
	if defaults[name] == worth {
		return name, s.ResetRole(ctx, tenantID, name)
	}
	kept, err := s.store.setRole(ctx, tenantID, name, worth, s.now())
	switch {
	case errors.Is(err, database.ErrForeignKey):
		return "", ErrNoTenant
	case err != nil:
		return "", fmt.Errorf("change table of roles: %w", err)
	case !kept:
		return "", fmt.Errorf("%w: at most %d", ErrTooManyRoles, maxRoleChanges)
	}
	return name, nil
}

// ResetRole takes a change back: the default holds again from the next launch
// on, and a row that was added is gone.
func (s *Service) ResetRole(ctx context.Context, tenantID, name string) error {
	if !isText(name) {
		return nil
	}
	if err := s.store.resetRole(ctx, tenantID, strings.TrimSpace(name)); err != nil {
		return fmt.Errorf("change table of roles: %w", err)
	}
	return nil
}
