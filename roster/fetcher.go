package roster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"usher/database"
	"usher/lti"
)

// How rosters are fetched.
const (
	// refreshAfter is when a roster that somebody uses is fetched anew.
	refreshAfter = 6 * time.Hour
	// keepAtMost is how long a roster serves that cannot be fetched anew.
	keepAtMost = 24 * time.Hour
	// fetchTimeout bounds one roster with all its pages, and leaseTime how long
	// one process may work on it before another takes it for dead.
	fetchTimeout = 5 * time.Minute
	leaseTime    = fetchTimeout + time.Minute
	// atOnce bounds the rosters that are fetched side by side, each of another
	// platform: asked one by one, platforms slow nobody down.
	atOnce = 4
	// queueSize bounds what waits; what does not fit is wanted again soon.
	queueSize = 1000
	// remembered spares the database the question whether a roster is due, that
	// each launch of a teacher would ask.
	remembered    = 5 * time.Minute
	maxRemembered = 10_000
	// retryEvery is how often failed rosters are looked through, retryAtMost the
	// longest pause between two tries.
	retryEvery  = time.Minute
	retryFirst  = time.Minute
	retryAtMost = time.Hour
)

// Source lists the members of a course at its platform. A failure that is the
// platform's is a [*lti.ServiceError].
type Source interface {
	Members(ctx context.Context, r lti.MembersRequest) ([]lti.Member, error)
}

// FetcherDeps are the needs of a [Fetcher]. All are required.
type FetcherDeps struct {
	DB     *database.DB
	Now    func() time.Time
	Source Source
	Logger *slog.Logger
}

// Fetcher keeps the rosters of courses: it fetches those that somebody wants,
// in the background, when they are due. Several processes on one database do
// not double its work. Safe for parallel use.
type Fetcher struct {
	store  store
	now    func() time.Time
	source Source
	logger *slog.Logger

	queue chan Wanted
	slots chan struct{}
	work  sync.WaitGroup

	mu     sync.Mutex
	recent map[Wanted]time.Time
	lanes  map[string][]job // by platform: what waits behind the fetch under way
}

// NewFetcher makes a [Fetcher]; it returns an error if a dependency is missing.
func NewFetcher(d FetcherDeps) (*Fetcher, error) {
	if d.DB == nil || d.Now == nil || d.Source == nil || d.Logger == nil {
		return nil, errors.New("roster: a dependency of the fetcher is missing")
	}
	return &Fetcher{
		store: store{db: d.DB}, now: d.Now, source: d.Source, logger: d.Logger,
		queue: make(chan Wanted, queueSize), slots: make(chan struct{}, atOnce),
		recent: map[Wanted]time.Time{}, lanes: map[string][]job{},
	}, nil
}

// Wanted is a course whose people somebody is about to look for.
type Wanted struct {
	TenantID string
	CourseID string
	// URL is where a launch says the roster is; "" means where it was before.
	URL string
}

// Want notes that a roster is wanted. It asks no database and waits for
// nothing: [Fetcher.Run] does the rest.
func (f *Fetcher) Want(w Wanted) {
	if w.CourseID == "" || w.TenantID == "" {
		return
	}
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Before(f.recent[w].Add(remembered)) {
		return
	}
	select {
	case f.queue <- w:
	default:
		return // full: the next launch asks again
	}
	if len(f.recent) >= maxRemembered {
		clear(f.recent)
	}
	f.recent[w] = now
}

// Run fetches what is wanted and tries failed rosters again, until ctx ends and
// the fetches under way have stopped.
func (f *Fetcher) Run(ctx context.Context) {
	ticker := time.NewTicker(retryEvery)
	defer ticker.Stop()
	defer f.work.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-f.queue:
			f.try(ctx, "note wanted roster", f.take(ctx, w))
		case <-ticker.C:
			f.try(ctx, "retry rosters", f.Retry(ctx))
		}
	}
}

// try logs what is Usher's own fault; the platform's is in the database.
func (f *Fetcher) try(ctx context.Context, doing string, err error) {
	if err != nil && ctx.Err() == nil {
		f.logger.Error(doing, "error", err)
	}
}

// take fetches a wanted roster if it is due. Where its address changed, the new
// one counts from the next fetch on: on Blackboard each place in a course has
// an address of its own for the same people, and they are all good.
func (f *Fetcher) take(ctx context.Context, w Wanted) error {
	now := f.now().UTC()
	r, err := f.store.roster(ctx, w.TenantID, w.CourseID)
	unknown := errors.Is(err, ErrNotFound)
	switch {
	case unknown && w.URL == "":
		return nil // its platform has none
	case err != nil && !unknown:
		return fmt.Errorf("find roster: %w", err)
	case w.URL == "":
		w.URL = r.url
	}
	moved := w.URL != r.url
	if !unknown && r.dueAt.After(now) && !(moved && r.failures > 0) {
		return nil
	}
	if moved {
		if err := f.store.putRoster(ctx, w); err != nil {
			return fmt.Errorf("note roster: %w", err)
		}
	}
	if unknown {
		if r, err = f.store.roster(ctx, w.TenantID, w.CourseID); errors.Is(err, ErrNotFound) {
			return nil // the course went away meanwhile
		}
		if err != nil {
			return fmt.Errorf("find roster: %w", err)
		}
	}
	f.start(ctx, job{Wanted: w, platformID: r.platformID, wanted: true})
	return nil
}

// Retry fetches failed rosters that are due, where somebody wanted them within
// a day.
func (f *Fetcher) Retry(ctx context.Context) error {
	now := f.now().UTC()
	failed, err := f.store.failedRosters(ctx, now, now.Add(-keepAtMost), queueSize)
	if err != nil {
		return fmt.Errorf("find failed rosters: %w", err)
	}
	for _, j := range failed {
		f.start(ctx, j)
	}
	return nil
}

// Idle does what is queued and waits until nothing is being fetched. It is for
// tests that look at the outcome, in place of [Fetcher.Run].
func (f *Fetcher) Idle(ctx context.Context) error {
	defer f.work.Wait()
	for {
		select {
		case w := <-f.queue:
			if err := f.take(ctx, w); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// job is a roster to fetch.
type job struct {
	Wanted
	platformID string
	wanted     bool // by somebody, not by Retry
}

// start fetches a roster in a goroutine of the platform, of which there is one
// at a time; what comes meanwhile waits in its lane.
func (f *Fetcher) start(ctx context.Context, j job) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lane, busy := f.lanes[j.platformID]
	if !busy {
		f.lanes[j.platformID] = nil
		f.work.Go(func() { f.drive(ctx, j) })
		return
	}
	if len(lane) < queueSize {
		f.lanes[j.platformID] = append(lane, j)
	}
}

// drive fetches a job and then whatever waits in the platform's lane.
func (f *Fetcher) drive(ctx context.Context, j job) {
	for more := true; more; {
		select {
		case f.slots <- struct{}{}:
			f.try(ctx, "fetch roster", f.fetch(ctx, j))
			<-f.slots
		case <-ctx.Done():
		}
		j, more = f.next(j.platformID)
	}
}

func (f *Fetcher) next(platformID string) (j job, more bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	lane := f.lanes[platformID]
	if len(lane) == 0 {
		delete(f.lanes, platformID)
		return job{}, false
	}
	f.lanes[platformID] = lane[1:]
	return lane[0], true
}

// fetch claims a roster, asks the platform and keeps the answer. Of two
// processes one gets the claim; the other goes on.
func (f *Fetcher) fetch(ctx context.Context, j job) error {
	if ctx.Err() != nil {
		return nil // stopping: the next process does it
	}
	now := f.now().UTC()
	claimed, err := f.store.claimRoster(ctx, j, now, now.Add(leaseTime))
	if err != nil || !claimed {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	members, err := f.source.Members(limited, lti.MembersRequest{PlatformID: j.platformID, URL: j.URL})
	// What follows is written even while Usher stops, or the roster would stay
	// claimed for minutes.
	lasting := context.WithoutCancel(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return f.store.releaseRoster(lasting, j)
	case err != nil:
		return f.fail(lasting, j, err)
	}
	return f.keep(lasting, j, members)
}

// fail notes why a roster could not be fetched, and when to try again.
func (f *Fetcher) fail(ctx context.Context, j job, cause error) error {
	var failure *lti.ServiceError
	if !errors.As(cause, &failure) {
		failure = &lti.ServiceError{Code: lti.ServiceUnreachable}
	}
	f.logger.Warn("roster not fetched", "platform_id", j.platformID, "code", string(failure.Code), "status", failure.Status)
	return f.store.rosterFailed(ctx, j, failure, f.now().UTC())
}

// pauseAfter is how long to leave a platform alone after so many failures in a
// row: twice as long each time, and at least as long as it asks for.
func pauseAfter(failures int, asked time.Duration) time.Duration {
	pause := retryAtMost
	if failures < 7 {
		pause = min(retryFirst<<max(failures-1, 0), retryAtMost)
	}
	return max(pause, asked)
}
