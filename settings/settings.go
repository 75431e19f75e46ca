package settings

import (
	"context"
	"errors"
	"time"

	"usher/database"
)

// Everybody is the scope of values that hold for all platforms.
const Everybody = ""

// Scope names whose settings are asked for. Empty fields are skipped.
type Scope struct {
	PlatformID string
	TenantID   string
}

// Narrowest is the scope's own id: the tenant's, else the platform's, else
// [Everybody].
func (s Scope) Narrowest() string {
	if s.TenantID != "" {
		return s.TenantID
	}
	return s.PlatformID
}

// Deps are what the service needs; all are required.
type Deps struct {
	DB  *database.DB
	Now func() time.Time
}

// Service reads and changes settings. Nothing is cached: a change holds from
// the next request on, in every replica. Safe for parallel use.
type Service struct {
	db  *database.DB
	now func() time.Time
}

// New returns a service, or an error where a dependency is missing.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Now == nil {
		return nil, errors.New("settings.New: DB and Now are required")
	}
	return &Service{db: d.DB, now: d.Now}, nil
}

// Get returns the settings that hold in a scope, by one query.
func (s *Service) Get(ctx context.Context, scope Scope) (Values, error) {
	rows, err := s.rows(ctx, scope)
	return merge(rows, scope), err
}

// ForTenant returns the settings that hold for a tenant whose platform is not
// known to the caller, by one query.
func (s *Service) ForTenant(ctx context.Context, tenantID string) (Values, error) {
	rows, err := s.tenantRows(ctx, tenantID)
	return merge(rows, Scope{TenantID: tenantID}), err
}

// Set stores a value for everybody ([Everybody]), a platform or a tenant. It
// returns the canonical value, an [*UnknownKeyError], also for a setting that
// only everybody has, or a [*ValueError].
func (s *Service) Set(ctx context.Context, scopeID string, key Key, value string) (string, error) {
	canonical, err := Check(key, value)
	if err != nil {
		return "", err
	}
	if d, err := define(key); err != nil || d.Installation && scopeID != Everybody {
		return "", errors.Join(err, &UnknownKeyError{Key: string(key)})
	}
	return canonical, s.save(ctx, row{Scope: scopeID, Key: key, Value: canonical, UpdatedAt: s.now()})
}

// Reset removes the value that a scope has of its own, so that the wider one
// holds again.
func (s *Service) Reset(ctx context.Context, scopeID string, key Key) error {
	if _, err := define(key); err != nil {
		return err
	}
	return s.remove(ctx, scopeID, key)
}

// Setting is one line of a list.
type Setting struct {
	Definition
	Value string
	Set   bool // false where the default holds
	// Own says that the narrowest scope that was asked for has the value itself.
	Own bool
}

// List returns every setting of the scope with the value that holds in it.
func (s *Service) List(ctx context.Context, scope Scope) ([]Setting, error) {
	rows, err := s.rows(ctx, scope)
	if err != nil {
		return nil, err
	}
	values, own := merge(rows, scope), map[Key]bool{}
	for _, r := range rows {
		own[r.Key] = own[r.Key] || r.Scope == scope.Narrowest()
	}
	list := make([]Setting, 0, len(registry))
	for _, d := range registry {
		if d.Installation && scope.Narrowest() != Everybody {
			continue
		}
		_, set := values.stored[d.Key]
		list = append(list, Setting{Definition: d, Value: values.String(d.Key), Set: set, Own: own[d.Key]})
	}
	return list, nil
}

// merge lets the narrower scope win. A row of neither the tenant nor everybody
// is the platform's.
func merge(rows []row, scope Scope) Values {
	width := func(r row) int {
		switch r.Scope {
		case Everybody:
			return 1
		case scope.TenantID:
			return 3
		}
		return 2
	}
	stored, from := map[Key]string{}, map[Key]int{}
	for _, r := range rows {
		if w := width(r); w > from[r.Key] {
			stored[r.Key], from[r.Key] = r.Value, w
		}
	}
	return Values{stored: stored}
}
