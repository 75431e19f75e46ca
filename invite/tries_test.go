package invite_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/invite"
)

func TestWrongAddressesAreLimitedPerLinkAndBlock(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		s.now = s.now.Truncate(15 * time.Minute)
		made := s.invites()
		from := func(device, address string) (invite.Claim, error) {
			return s.claim(made.Token, invite.Browser{Device: device, Address: address}, "wrong@example.org")
		}
		for i := range 5 {
			c, err := from(fmt.Sprint("fresh cookie ", i), fmt.Sprintf("192.0.2.%d", i))
			if err != nil || c.TriesLeft != 4-i {
				t.Fatalf("try %d: %d left, %v", i+1, c.TriesLeft, err)
			}
		}
		var tries *invite.TooManyTriesError
		if _, err := s.claim(made.Token, invite.Browser{Device: "x", Address: "192.0.2.99"}, guest); !errors.As(err, &tries) || tries.RetryAfter != 15*time.Minute {
			t.Errorf("the sixth, even right: %v, want 15 minutes", err)
		}
		if _, err := from("y", "198.51.100.1"); err != nil {
			t.Errorf("from elsewhere: %v", err)
		}
		other := s.invites(func(r *invite.Request) { r.Email = "second@example.org" })
		if _, err := s.claim(other.Token, invite.Browser{Device: "x", Address: "192.0.2.99"}, "wrong@example.org"); err != nil {
			t.Errorf("at another link: %v", err)
		}
		s.pass(15 * time.Minute)
		if c := s.claims(made.Token, invite.Browser{Device: "x", Address: "192.0.2.99"}, guest); !c.In {
			t.Errorf("a quarter of an hour later: row %d, mistake %q", c.Landing.Row, c.Mistake)
		}
	})
}

func TestParallelTriesCannotSlipPastTheLimit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *stage) {
		made := s.invites()
		var mu sync.Mutex
		compared := 0
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				c, err := s.claim(made.Token, invite.Browser{Device: "d", Address: "2001:db8::1"}, fmt.Sprintf("guess%d@example.org", i))
				var tries *invite.TooManyTriesError
				if err != nil && !errors.As(err, &tries) {
					t.Errorf("Claim: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				if c.Mistake == invite.MistakeOther {
					compared++
				}
			})
		}
		wg.Wait()
		if compared != 5 {
			t.Errorf("%d of 20 guesses were compared, want 5", compared)
		}
	})
}

func TestALinkTakesAHundredTriesADay(t *testing.T) {
	t.Parallel()
	s := alone(t)
	s.now = s.now.Truncate(24 * time.Hour)
	made := s.invites()
	for i := range 101 {
		_, err := s.claim(made.Token, invite.Browser{Device: fmt.Sprint(i), Address: fmt.Sprintf("10.0.%d.1", i)}, "wrong@example.org")
		if (err != nil) != (i == 100) {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
}
