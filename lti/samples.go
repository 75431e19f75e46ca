package lti

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"usher/database"
	"usher/secret"
)

// LaunchSample is the last of some launches that went well and were alike:
// same deployment, message, roles and kind of context. It tells what a platform
// really sends and holds nothing about anybody.
type LaunchSample struct {
	ID           string
	TenantID     string
	PlatformID   string
	PlatformName string
	DeploymentID string
	Message      string
	Roles        []string
	ContextTypes []string
	CourseRole   CourseRole
	DecidedBy    string
	Launches     int
	LastAt       time.Time
}

// What is kept of launches that went well.
const (
	maxSamples       = 50 // of a tenant
	maxSampleRoles   = 20 // of a sample
	maxSampleTypes   = 5
	maxSampleText    = 200  // bytes of a role or type
	maxPendingKinds  = 1000 // in memory, until the next [Service.KeepSamples]
	samplesKeptEvery = time.Minute
)

// sampler gathers launches in memory, so that an ordinary launch writes no row
// for the log. Safe for parallel use.
type sampler struct {
	mu   sync.Mutex
	seen map[string]LaunchSample
}

func newSampler() *sampler { return &sampler{seen: map[string]LaunchSample{}} }

// note counts a launch. A kind that is new while memory is full is not noted.
func (s *sampler) note(l *Launch, now time.Time) {
	var types []string
	if l.Context != nil {
		types = l.Context.Types
	}
	key := strings.Join([]string{l.TenantID, l.DeploymentID, l.Message, strings.Join(l.Roles, " "), strings.Join(types, " ")}, "\n")
	s.mu.Lock()
	defer s.mu.Unlock()
	sample, known := s.seen[key]
	if !known {
		if len(s.seen) >= maxPendingKinds {
			return
		}
		sample = LaunchSample{
			TenantID: l.TenantID, DeploymentID: l.DeploymentID, Message: l.Message,
			Roles: vocabulary(l.Roles, maxSampleRoles), ContextTypes: vocabulary(types, maxSampleTypes),
		}
	}
	sample.CourseRole, sample.DecidedBy, sample.LastAt = l.CourseRole, l.DecidedBy, now
	sample.Launches++
	s.seen[key] = sample
}

func (s *sampler) take() []LaunchSample {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := make([]LaunchSample, 0, len(s.seen))
	for _, sample := range s.seen {
		taken = append(taken, sample)
	}
	clear(s.seen)
	return taken
}

// unknownWord stands for a role or type that is of no vocabulary: a platform
// might write anything there.
const unknownWord = "…"

// vocabulary keeps the words that name a role or a kind of context and nothing
// else.
func vocabulary(words []string, most int) []string {
	kept := make([]string, 0, min(len(words), most))
	for _, word := range words {
		if len(kept) == most {
			return kept
		}
		rest := word
		for _, prefix := range []string{"http://purl.imsglobal.org/vocab/", "urn:lti:"} {
			rest = strings.TrimPrefix(rest, prefix)
		}
		if len(word) > maxSampleText || strings.IndexFunc(strings.NewReplacer("#", "", "/", "").Replace(rest), notInRoleName) >= 0 {
			word = unknownWord
		}
		kept = append(kept, word)
	}
	return kept
}

// KeepSamples writes what was gathered since the last call: one row for each
// kind of launch, however many there were.
func (s *Service) KeepSamples(ctx context.Context) error {
	tenants := map[string]bool{}
	for _, sample := range s.samples.take() {
		fingerprint := secret.Hash(strings.Join([]string{
			sample.DeploymentID, sample.Message, strings.Join(sample.Roles, " "), strings.Join(sample.ContextTypes, " "),
		}, "\n"))
		err := s.store.keepSample(ctx, sample.TenantID, fingerprint, sample)
		if errors.Is(err, database.ErrForeignKey) {
			continue // the platform was removed meanwhile
		}
		if err != nil {
			return fmt.Errorf("keep launch samples: %w", err)
		}
		tenants[sample.TenantID] = true
	}
	for tenantID := range tenants {
		if err := s.store.trimSamples(ctx, tenantID); err != nil {
			return fmt.Errorf("trim launch samples: %w", err)
		}
	}
	return nil
}

// RunSamples keeps samples once a minute until ctx ends, and then what is left.
// Errors go to report.
func (s *Service) RunSamples(ctx context.Context, report func(error)) {
	ticker := time.NewTicker(samplesKeptEvery)
	defer ticker.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-ticker.C:
		}
		if err := s.KeepSamples(context.WithoutCancel(ctx)); err != nil {
			report(err)
		}
	}
}

// Samples returns the last launches of a platform that went well, of all where
// platformID is "", the newest first.
func (s *Service) Samples(ctx context.Context, platformID string) ([]LaunchSample, error) {
	return s.findSamples(ctx, platformID, "", "")
}

// SamplesOf returns the last launches of a tenant that went well.
func (s *Service) SamplesOf(ctx context.Context, tenantID string) ([]LaunchSample, error) {
	if tenantID == "" {
		return nil, nil
	}
	return s.findSamples(ctx, "", tenantID, "")
}

// Sample returns one sample of a tenant; false where there is none.
func (s *Service) Sample(ctx context.Context, tenantID, id string) (LaunchSample, bool, error) {
	if tenantID == "" || id == "" {
		return LaunchSample{}, false, nil
	}
	found, err := s.findSamples(ctx, "", tenantID, id)
	if err != nil || len(found) == 0 {
		return LaunchSample{}, false, err
	}
	return found[0], true, nil
}

func (s *Service) findSamples(ctx context.Context, platformID, tenantID, id string) ([]LaunchSample, error) {
	if !isText(platformID + tenantID + id) {
		return nil, nil
	}
	if err := s.KeepSamples(ctx); err != nil {
		return nil, err
	}
	found, err := s.store.samples(ctx, platformID, tenantID, id)
	if err != nil {
		return nil, fmt.Errorf("list launch samples: %w", err)
	}
	return found, nil
}
