package lti

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"usher/database"
)

// LogFilter chooses failed launches. Empty fields choose all.
type LogFilter struct {
	PlatformID   string
	DeploymentID string
	Code         Code
	// Cursor is [FailurePage.Next] of the page before.
	Cursor string

	before          time.Time
	beforeReference string
}

// FilterOf chooses what a tenant may see: the failures of its platform, and on
// a shared issuer those whose token named its deployment.
func FilterOf(t Tenant) LogFilter {
	return LogFilter{PlatformID: t.PlatformID, DeploymentID: t.DeploymentID}
}

// FailurePage is a page of the launch log, the newest first.
type FailurePage struct {
	Failures []Failure
	Next     string // "" where there is no more
}

const failuresPerPage = 50

// Failures returns a page of the failed launches of a filter.
func (s *Service) Failures(ctx context.Context, f LogFilter) (FailurePage, error) {
	if !isText(f.PlatformID + f.DeploymentID + string(f.Code)) {
		return FailurePage{}, nil
	}
	f.before, f.beforeReference = f.cursor()
	found, err := s.store.failures(ctx, f, failuresPerPage+1)
	if err != nil {
		return FailurePage{}, fmt.Errorf("list failed launches: %w", err)
	}
	page := FailurePage{Failures: found}
	if len(found) > failuresPerPage {
		page.Failures = found[:failuresPerPage]
		last := page.Failures[failuresPerPage-1]
		page.Next = strconv.FormatInt(last.CreatedAt.UnixMicro(), 10) + "." + last.Reference
	}
	return page, nil
}

// theEnd is later than any failure; years beyond 9999 are no times to the
// databases.
var theEnd = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// cursor reads a cursor; what is none begins at the newest.
func (f LogFilter) cursor() (before time.Time, reference string) {
	micros, reference, _ := strings.Cut(f.Cursor, ".")
	n, err := strconv.ParseInt(micros, 10, 64)
	if err != nil || n < 0 || n > theEnd.UnixMicro() {
		return theEnd, ""
	}
	return time.UnixMicro(n).UTC(), normalReference(reference)
}

// FailureIn is [Service.Failure] among those of a filter.
func (s *Service) FailureIn(ctx context.Context, f LogFilter, reference string) (Failure, error) {
	return s.failure(ctx, f, reference)
}

func (s *Service) failure(ctx context.Context, f LogFilter, typed string) (Failure, error) {
	reference := normalReference(typed)
	if reference == "" {
		return Failure{}, ErrNoFailure
	}
	found, err := s.store.failure(ctx, f, reference)
	if errors.Is(err, database.ErrNotFound) {
		return Failure{}, ErrNoFailure
	}
	if err != nil {
		return Failure{}, fmt.Errorf("find failed launch: %w", err)
	}
	return found, nil
}

// AlikeSince counts the other failures of the same platform, or of the same
// tenant where the filter names its deployment, that the same check refused in
// the hour before a failure and after it.
func (s *Service) AlikeSince(ctx context.Context, f LogFilter, failure Failure) (int, error) {
	f.PlatformID, f.Code = failure.PlatformID, failure.Code
	n, err := s.store.countFailures(ctx, f, failure.CreatedAt.Add(-time.Hour))
	if err != nil {
		return 0, fmt.Errorf("count failed launches: %w", err)
	}
	return max(0, n-1), nil
}
