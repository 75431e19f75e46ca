package lti

import (
	"fmt"
	"testing"
	"time"
)

// Memory stays bounded however many kinds of launches there are between two
// writes, and kinds that are known still count.
func TestSamplesInMemoryAreBounded(t *testing.T) {
	t.Parallel()
	s, now := newSampler(), time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	launch := func(deployment string) *Launch {
		return &Launch{TenantID: "t", DeploymentID: deployment, Message: MessageResourceLink, Roles: []string{"Learner"}}
	}
	for i := range maxPendingKinds + 500 {
		s.note(launch(fmt.Sprint("course-", i)), now)
	}
	s.note(launch("course-0"), now)
	taken := s.take()
	if len(taken) != maxPendingKinds {
		t.Errorf("%d kinds are held, want %d", len(taken), maxPendingKinds)
	}
	for _, sample := range taken {
		if sample.DeploymentID == "course-0" && sample.Launches != 2 {
			t.Errorf("a known kind counts %d, want 2", sample.Launches)
		}
	}
	if left := s.take(); len(left) != 0 {
		t.Errorf("%d kinds are left after they were taken", len(left))
	}
}
