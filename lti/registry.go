package lti

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"

	"usher/database"
	"usher/secret"
)

// What the registry refuses.
var (
	// ErrNoPlatform: there is no platform of that name or id.
	ErrNoPlatform = errors.New("no such platform")
	// ErrPlatformExists: the issuer and client id, or the name, are taken. Two
	// self-hosted Canvas sites can both claim Canvas's issuer and the same
	// client id; a second registration would share people with the first.
	ErrPlatformExists = errors.New("platform exists already")
	// ErrInvalidPlatform: a value of the registration cannot be used.
	ErrInvalidPlatform = errors.New("invalid platform")
)

// sharedIssuer is the issuer that all Blackboard institutions have in common,
// with one client id for each tool vendor: there the deployment is the
// institution, and so the tenant.
const sharedIssuer = "https://blackboard.com"

// canvasFamily is what Canvas calls itself in a token.
const canvasFamily = "canvas"

// maxPending bounds the pending deployments of a platform, which strangers can
// cause where many institutions share a client id.
const maxPending = 50

// Platform is a registration.
type Platform struct {
	ID       string
	Name     string // unique; what admins call it
	Issuer   string
	ClientID string
	AuthURL  string // in the browser
	TokenURL string
	JWKSURL  string
	// Audience is the one to name in token requests where it is not TokenURL.
	Audience string
	// ProductFamily is what the platform called itself in its first launch.
	ProductFamily string
	// TrustDeployments admits deployments that no admin has allowed.
	TrustDeployments bool
	// FrameOrigins may frame Usher, beyond those a launch shows by itself.
	FrameOrigins []string
	DisabledAt   *time.Time
	CreatedAt    time.Time
}

// TrustsDeployments says that deployments which nobody allowed are admitted:
// by the admin's word, or because the platform is a Canvas.
func (p Platform) TrustsDeployments() bool {
	return p.TrustDeployments || p.Issuer != sharedIssuer && p.ProductFamily == canvasFamily
}

// DeploymentStatus says whether a deployment's launches are admitted.
type DeploymentStatus string

// The statuses of a deployment that was seen or entered.
const (
	DeploymentAllowed DeploymentStatus = "allowed"
	DeploymentPending DeploymentStatus = "pending"
)

// Deployment is an installation of the tool in a platform.
type Deployment struct {
	PlatformID   string
	PlatformName string
	DeploymentID string
	Status       DeploymentStatus
	CreatedAt    time.Time
}

// AddPlatform registers a platform and allows its deployments. A running
// server knows it at once. It returns [ErrInvalidPlatform] with every mistake,
// or [ErrPlatformExists].
func (s *Service) AddPlatform(ctx context.Context, p Platform, deploymentIDs ...string) (Platform, error) {
	if err := s.validate(p, deploymentIDs); err != nil {
		return Platform{}, fmt.Errorf("%w: %w", ErrInvalidPlatform, err)
	}
	p.ID, p.CreatedAt, p.DisabledAt = secret.NewID(), s.now(), nil
	err := database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		if err := s.store.insertPlatform(ctx, p); err != nil {
			return err
		}
		for _, id := range deploymentIDs {
			if err := s.store.allow(ctx, p.ID, id, p.CreatedAt); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, database.ErrDuplicate) {
		return Platform{}, fmt.Errorf("%w: its name, or its issuer and client id together, are taken", ErrPlatformExists)
	}
	if err != nil {
		return Platform{}, fmt.Errorf("add platform: %w", err)
	}
	return p, nil
}

// trustedAddress tells whether an address that a platform names may be linked
// to or framed by: https, and http where private networks are allowed.
func (s *Service) trustedAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && s.allowPrivate)
}

// frameOrigin is a source of CSP's frame-ancestors: scheme, host, which may
// begin with a wildcard label, and port. Anything else could end the directive
// and begin another.
var frameOrigin = regexp.MustCompile(`^https?://(\*\.)?([a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?$`)

// Platforms returns all registrations by name.
func (s *Service) Platforms(ctx context.Context) ([]Platform, error) {
	found, err := s.store.platforms(ctx, "ORDER BY p.name")
	if err != nil {
		return nil, fmt.Errorf("list platforms: %w", err)
	}
	return found, nil
}

// PlatformByName returns the registration of that name, or [ErrNoPlatform].
func (s *Service) PlatformByName(ctx context.Context, name string) (Platform, error) {
	found, err := s.store.platforms(ctx, "WHERE p.name = ?", name)
	if err != nil {
		return Platform{}, fmt.Errorf("find platform: %w", err)
	}
	if len(found) == 0 {
		return Platform{}, fmt.Errorf("%w: %s", ErrNoPlatform, name)
	}
	return found[0], nil
}

// RemovePlatform deletes a registration and everything that belongs to its
// tenants, or returns [ErrNoPlatform].
func (s *Service) RemovePlatform(ctx context.Context, name string) error {
	n, err := s.store.deletePlatform(ctx, name)
	if err != nil {
		return fmt.Errorf("remove platform: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("%w: %s", ErrNoPlatform, name)
	}
	return nil
}

// AllowDeployment admits a deployment of a platform, pending or not seen yet.
func (s *Service) AllowDeployment(ctx context.Context, platformID, deploymentID string) error {
	if !usableDeployment(deploymentID) {
		return fmt.Errorf("%w: deployment id", ErrInvalidPlatform)
	}
	err := s.store.allow(ctx, platformID, deploymentID, s.now())
	if errors.Is(err, database.ErrForeignKey) {
		return ErrNoPlatform
	}
	if err != nil {
		return fmt.Errorf("allow deployment: %w", err)
	}
	return nil
}

// Deployments returns the deployments of all platforms that were allowed or
// are pending, pending ones first. Those that are admitted by trust are not
// kept.
func (s *Service) Deployments(ctx context.Context) ([]Deployment, error) {
	found, err := s.store.deployments(ctx)
	if err != nil {
		return nil, fmt.Errorf("list deployments: %w", err)
	}
	return found, nil
}

// admit decides on the deployment of a token whose signature holds, and sees
// to it that the tenant exists (C-74).
func (s *Service) admit(ctx context.Context, a *attempt) error {
	reg, c := &a.registration, &a.token.claims
	if reg.Deployment != DeploymentAllowed && !trusted(reg.Platform, c) {
		if err := s.store.addPending(ctx, reg.Platform.ID, c.DeploymentID, a.now); err != nil {
			return fmt.Errorf("verify launch: note pending deployment: %w", err)
		}
		return &Error{Code: CodeDeploymentPending, Claim: ClaimDeploymentID, Expected: "an allowed deployment", Received: diagnosis(c.DeploymentID)}
	}
	if reg.TenantID == "" {
		deployment := ""
		if reg.Platform.Issuer == sharedIssuer {
			deployment = c.DeploymentID
		}
		var err error
		if reg.TenantID, err = s.store.tenant(ctx, reg.Platform.ID, deployment, a.now); err != nil {
			return fmt.Errorf("verify launch: make tenant: %w", err)
		}
	}
	if family := string(c.ToolPlatform.ProductFamily); reg.Platform.ProductFamily == "" && family != "" {
		reg.Platform.ProductFamily = family
		if err := s.store.setFamily(ctx, reg.Platform.ID, family, a.now); err != nil {
			return fmt.Errorf("verify launch: note product family: %w", err)
		}
	}
	return nil
}

// trusted tells whether unknown deployments are admitted: by the admin's word,
// and for Canvas, which makes one for each course of an institution that the
// client id names already.
func trusted(p Platform, c *claims) bool {
	return p.TrustDeployments || p.Issuer != sharedIssuer && string(c.ToolPlatform.ProductFamily) == canvasFamily
}
