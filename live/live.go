package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/centrifugal/centrifuge"

	"usher/database"
	"usher/media"
)

// Errors that callers branch on.
var (
	// ErrNotFound says that the tenant has no such attendee in this entry.
	ErrNotFound = errors.New("no such attendee")
	// ErrRemoved says that a host or moderator removed this attendee from the entry.
	ErrRemoved = errors.New("attendee was removed")
	// ErrText says that a message is empty or longer than MaxText.
	ErrText = errors.New("message is empty or too long")
	// ErrMessageID says that a message's client id is not 1 to 64 letters, digits, - or _.
	ErrMessageID = errors.New("message id is not usable")
	// ErrRole says that the role cannot be given: it is unknown, or host.
	ErrRole = errors.New("role cannot be given")
	// ErrHost says that the attendee hosts by permission, which no act in the room changes.
	ErrHost = errors.New("attendee hosts by permission")
)

// LimitError says that an attendee talks too fast and when the next message may come.
type LimitError struct {
	// RetryAfter is how long to wait, at least a second.
	RetryAfter time.Duration
}

// Error implements error.
func (e *LimitError) Error() string {
	return fmt.Sprintf("too many messages, wait %s", e.RetryAfter)
}

// Sessions are what a connection rests on.
type Sessions interface {
	// Code issues a code for a session that is good once, for a minute.
	Code(ctx context.Context, sessionID, purpose, target string) (string, error)
	// Redeem spends a code and says what it was issued for.
	Redeem(ctx context.Context, code, purpose string) (sessionID, target string, err error)
	// Living says whether a session may still be used.
	Living(ctx context.Context, sessionID string) (bool, error)
}

// Nobody is the role of a member whom neither a course nor an invitation lets in any more.
const Nobody media.AttendeeRole = ""

// Permissions says as what a member attends an entry by permission alone, or [Nobody].
type Permissions interface {
	AttendsAs(ctx context.Context, tenantID, entryID, personID string) (media.AttendeeRole, error)
}

// Entries is what the clock needs from media.
type Entries interface {
	// ClockDue lists entries of all tenants whose planned end lies far enough back at now.
	ClockDue(ctx context.Context, now time.Time, limit int) ([]media.Entry, error)
	// EndDue ends one of them and says whether it was this call that did.
	EndDue(ctx context.Context, tenantID, entryID string) (bool, error)
}

// Deps are the things a Service works with; all are required.
type Deps struct {
	DB          *database.DB
	Now         func() time.Time
	Logger      *slog.Logger
	PublicURL   *url.URL // its origin is the only one that may connect
	Sessions    Sessions
	Permissions Permissions
	Entries     Entries
}

// Service runs all rooms of this process. It is safe for parallel use.
type Service struct {
	store       store
	now         func() time.Time
	log         *slog.Logger
	origin      string
	sessions    Sessions
	permissions Permissions
	entries     Entries
	node        *centrifuge.Node
	limits      *limiter
	rooms       *rooms
	stop        chan struct{}
	stopOnce    sync.Once
	pumped      sync.WaitGroup
}

// New starts the connection node and the pump. The caller ends both with Shutdown.
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Now == nil || d.Logger == nil || d.PublicURL == nil {
		return nil, errors.New("live: DB, Now, Logger and PublicURL are required")
	}
	if d.Sessions == nil || d.Permissions == nil || d.Entries == nil {
		return nil, errors.New("live: Sessions, Permissions and Entries are required")
	}
	s := &Service{
		store:       store{db: d.DB},
		now:         d.Now,
		log:         d.Logger,
		origin:      d.PublicURL.Scheme + "://" + d.PublicURL.Host,
		sessions:    d.Sessions,
		permissions: d.Permissions,
		entries:     d.Entries,
		limits:      newLimiter(),
		rooms:       newRooms(),
		stop:        make(chan struct{}),
	}
	if err := s.startNode(); err != nil {
		return nil, err
	}
	s.pumped.Go(s.pump)
	return s, nil
}

// Shutdown closes all connections, telling browsers to come back, and waits for the pump.
func (s *Service) Shutdown(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stop) })
	s.pumped.Wait()
	if err := s.node.Shutdown(ctx); err != nil {
		return fmt.Errorf("shut the live node down: %w", err)
	}
	return nil
}
