package roster

import (
	"context"
	"fmt"
	"time"

	"usher/lti"
)

// PlatformHealth is how the rosters of a platform are. Code, Status and Words
// are of the last failure; Code is "" where no roster fails.
type PlatformHealth struct {
	PlatformID string
	Courses    int        // with a roster
	Failing    int        // of them, whose last try failed
	LastGood   *time.Time // nil where none was ever fetched
	LastFailed *time.Time
	Code       lti.ServiceCode
	Status     int
	Words      string // the platform's; no personal data
}

// Health returns how the rosters are of each platform that names any.
func (s *Service) Health(ctx context.Context) ([]PlatformHealth, error) {
	list, err := s.store.health(ctx)
	if err != nil {
		return nil, fmt.Errorf("read health of rosters: %w", err)
	}
	return list, nil
}
