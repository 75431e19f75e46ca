package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"usher/database"
	"usher/secret"
)

// Deps are what a [Service] needs. All are required.
type Deps struct {
	DB  *database.DB
	Now func() time.Time
}

// Service keeps accounts. Safe for parallel use.
type Service struct {
	store  store
	now    func() time.Time
	hasher *hasher
}

// New returns a [Service].
func New(d Deps) (*Service, error) {
	if d.DB == nil || d.Now == nil {
		return nil, errors.New("admin.New: DB and Now are required")
	}
	return &Service{store: store{db: d.DB}, now: d.Now, hasher: newHasher()}, nil
}

// Create makes an account. It returns [ErrInvalidAccount] with every mistake,
// or [ErrAccountExists].
func (s *Service) Create(ctx context.Context, name, email, password string) (Account, error) {
	name, email = strings.TrimSpace(name), foldEmail(email)
	if err := checkAccount(name, email); err != nil {
		return Account{}, fmt.Errorf("%w: %w", ErrInvalidAccount, err)
	}
	if err := CheckPassword(password); err != nil {
		return Account{}, err
	}
	kept, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Account{}, err
	}
	a := Account{ID: secret.NewID(), Name: name, Email: email, CreatedAt: s.now()}
	err = s.store.insert(ctx, a, kept)
	if errors.Is(err, database.ErrDuplicate) {
		return Account{}, fmt.Errorf("%w: %s", ErrAccountExists, email)
	}
	if err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	return a, nil
}

// Accounts returns all accounts by name.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) {
	found, err := s.store.accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return found, nil
}

// Account returns one account, or [ErrNoAccount].
func (s *Service) Account(ctx context.Context, id string) (Account, error) {
	a, err := s.store.account(ctx, id)
	if errors.Is(err, database.ErrNotFound) {
		return Account{}, ErrNoAccount
	}
	if err != nil {
		return Account{}, fmt.Errorf("find account: %w", err)
	}
	return a, nil
}

// Any says whether there is an account at all.
func (s *Service) Any(ctx context.Context) (bool, error) {
	found, err := s.Accounts(ctx)
	return len(found) > 0, err
}

// SetPassword gives the account of an address another password and forgets its
// failed tries, or returns [ErrNoAccount]. Its sessions end: the caller sees to
// that with the account's id.
func (s *Service) SetPassword(ctx context.Context, email, password string) (Account, error) {
	email = foldEmail(email)
	if err := CheckPassword(password); err != nil {
		return Account{}, err
	}
	a, _, err := s.store.byEmail(ctx, email)
	if errors.Is(err, database.ErrNotFound) {
		return Account{}, fmt.Errorf("%w: %s", ErrNoAccount, email)
	}
	if err != nil {
		return Account{}, fmt.Errorf("find account: %w", err)
	}
	kept, err := s.hasher.hash(ctx, password)
	if err != nil {
		return Account{}, err
	}
	if err := s.store.setPassword(ctx, a.ID, kept, s.now()); err != nil {
		return Account{}, fmt.Errorf("set password: %w", err)
	}
	if err := s.store.forget(ctx, accountSubject(email)); err != nil {
		return Account{}, fmt.Errorf("forget tries: %w", err)
	}
	return a, nil
}

// SignIn returns the account of an address and its password,
// [ErrWrongPassword], or a [*TooManyTriesError].
func (s *Service) SignIn(ctx context.Context, email, password string, b Browser) (Account, error) {
	email = foldEmail(email)
	a, kept, err := s.store.byEmail(ctx, email)
	unknown := errors.Is(err, database.ErrNotFound)
	if err != nil && !unknown {
		return Account{}, fmt.Errorf("find account: %w", err)
	}
	counters := buckets(email, a.ID, b, s.now())
	if err := s.takeTry(ctx, counters); err != nil {
		return Account{}, err
	}
	if len(password) > 4*passwordMost {
		return Account{}, ErrWrongPassword
	}
	if unknown {
		kept = s.hasher.decoy()
	}
	right, outdated, err := s.hasher.check(ctx, password, kept)
	if err != nil {
		return Account{}, fmt.Errorf("sign in: %w", err)
	}
	if !right || unknown {
		return Account{}, ErrWrongPassword
	}
	return a, s.signedIn(ctx, a, password, outdated, counters)
}

// signedIn notes a sign-in that was right.
func (s *Service) signedIn(ctx context.Context, a Account, password string, outdated bool, counters []bucket) error {
	if err := s.giveBack(ctx, counters); err != nil {
		return err
	}
	if outdated {
		kept, err := s.hasher.hash(ctx, password)
		if err != nil {
			return err
		}
		if err := s.store.setPassword(ctx, a.ID, kept, s.now()); err != nil {
			return fmt.Errorf("renew password: %w", err)
		}
	}
	if err := s.store.setSignedIn(ctx, a.ID, s.now()); err != nil {
		return fmt.Errorf("note sign-in: %w", err)
	}
	return nil
}

// Sweep deletes counters whose window is over.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.store.dropCounts(ctx, s.now().Add(-accountWindow)); err != nil {
		return fmt.Errorf("sweep sign-ins: %w", err)
	}
	return nil
}
