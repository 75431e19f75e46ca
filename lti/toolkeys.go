package lti

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"

	"usher/database"
	"usher/secret"
)

// How tool keys come and go (C-81). A new key is published before it signs,
// and an old one after, so that no platform that keeps our key set for a while
// meets a signature it cannot check.
const (
	toolKeyBits     = 2048
	publishedBefore = time.Hour // where somebody is waiting for the rotation
	// scheduledBefore leaves a day to platforms that keep our keys for so long.
	scheduledBefore = 24 * time.Hour
	publishedAfter  = 30 * 24 * time.Hour
	// forgottenAfter is when the private half of a retired key is erased: nothing
	// signs with it any more, on whatever clock.
	forgottenAfter   = time.Hour
	purposeToolKey   = "lti.toolkey "
	toolKeyAlgorithm = jwa.RS256
)

// ToolKey is one of Usher's own signing keys. The private half is sealed in the
// database and shown by nothing.
type ToolKey struct {
	KeyID      string
	ActiveFrom time.Time  // signs from then on
	RetiredAt  *time.Time // signs no more from then on; published for a month yet
	CreatedAt  time.Time
}

// Signs tells whether the key may sign at a time.
func (k ToolKey) Signs(at time.Time) bool {
	return !at.Before(k.ActiveFrom) && (k.RetiredAt == nil || at.Before(*k.RetiredAt))
}

// Published tells whether the key stands in the key set at a time.
func (k ToolKey) Published(at time.Time) bool {
	return k.RetiredAt == nil || at.Before(k.RetiredAt.Add(publishedAfter))
}

// PublishedUntil is when a retired key leaves the key set; zero for others.
func (k ToolKey) PublishedUntil() time.Time {
	if k.RetiredAt == nil {
		return time.Time{}
	}
	return k.RetiredAt.Add(publishedAfter)
}

// JWKS returns the public key set for platforms. The first call makes the
// first key; of several at once, on several machines, one does.
func (s *Service) JWKS(ctx context.Context) ([]byte, error) {
	rows, err := s.toolKeyRows(ctx)
	if err != nil {
		return nil, fmt.Errorf("tool keys: %w", err)
	}
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{}
	for _, row := range rows {
		if row.key().Published(s.now()) {
			set.Keys = append(set.Keys, json.RawMessage(row.PublicJWK))
		}
	}
	return json.Marshal(set)
}

// Keys returns all tool keys, the newest first.
func (s *Service) Keys(ctx context.Context) ([]ToolKey, error) {
	rows, err := s.toolKeyRows(ctx)
	if err != nil {
		return nil, fmt.Errorf("tool keys: %w", err)
	}
	keys := make([]ToolKey, 0, len(rows))
	for _, row := range rows {
		keys = append(keys, row.key())
	}
	return keys, nil
}

// SigningKey returns the key to sign with now, and its id.
func (s *Service) SigningKey(ctx context.Context) (keyID string, key *rsa.PrivateKey, err error) {
	rows, err := s.toolKeyRows(ctx)
	if err != nil {
		return "", nil, fmt.Errorf("tool keys: %w", err)
	}
	for _, row := range rows {
		if row.key().Signs(s.now()) {
			key, err = s.unsealToolKey(row)
			return row.KeyID, key, err
		}
	}
	return "", nil, errors.New("tool keys: none is active")
}

// RotateKey makes a new key. It is published at once and signs after an hour,
// when the old one stops; that one stays published for a month.
func (s *Service) RotateKey(ctx context.Context) (ToolKey, error) {
	if _, err := s.toolKeyRows(ctx); err != nil { // there is an old one to keep
		return ToolKey{}, fmt.Errorf("rotate tool key: %w", err)
	}
	row, err := s.newToolKey(s.now().Add(publishedBefore))
	if err != nil {
		return ToolKey{}, fmt.Errorf("rotate tool key: %w", err)
	}
	if _, err = s.replaceToolKey(ctx, row, ""); err != nil {
		return ToolKey{}, fmt.Errorf("rotate tool key: %w", err)
	}
	return row.key(), nil
}

// RotateKeyIfDue makes the next key where the present one will soon have been
// used for so long, and erases private halves that nobody needs any more. The
// new key is published a day before it signs. It tells whether it made one: of
// several processes one does.
func (s *Service) RotateKeyIfDue(ctx context.Context, every time.Duration) (rotated bool, err error) {
	if err := s.store.forgetToolKeys(ctx, s.now().Add(-forgottenAfter)); err != nil {
		return false, fmt.Errorf("forget retired tool keys: %w", err)
	}
	rows, err := s.toolKeyRows(ctx)
	if err != nil {
		return false, fmt.Errorf("rotate tool key: %w", err)
	}
	last := lastToolKey(rows)
	from := last.ActiveFrom.UTC().Add(every)
	if s.now().Before(from.Add(-scheduledBefore)) {
		return false, nil
	}
	if earliest := s.now().Add(scheduledBefore); from.Before(earliest) {
		from = earliest
	}
	row, err := s.newToolKey(from)
	if err == nil {
		rotated, err = s.replaceToolKey(ctx, row, last.KeyID)
	}
	if err != nil {
		return false, fmt.Errorf("rotate tool key: %w", err)
	}
	return rotated, nil
}

// lastToolKey is the one that signs last, of those that have no successor.
func lastToolKey(rows []keyRow) (last keyRow) {
	for _, row := range rows {
		if !row.RetiredAt.Valid && (last.KeyID == "" || row.ActiveFrom.After(last.ActiveFrom)) {
			last = row
		}
	}
	return last
}

// replaceToolKey makes row the successor of all keys: they retire when it
// begins to sign. With after given it does so only while that is still the last
// one.
func (s *Service) replaceToolKey(ctx context.Context, row keyRow, after string) (replaced bool, err error) {
	err = database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		if err := s.store.lockToolKeys(ctx); err != nil {
			return err
		}
		rows, err := s.store.toolKeys(ctx)
		if err != nil || after != "" && lastToolKey(rows).KeyID != after {
			return err // somebody was faster
		}
		if err := s.store.insertToolKey(ctx, row); err != nil {
			return err
		}
		replaced = true
		return s.store.retireToolKeys(ctx, row.KeyID, row.ActiveFrom)
	})
	return replaced, err
}

func (k keyRow) key() ToolKey {
	key := ToolKey{KeyID: k.KeyID, ActiveFrom: k.ActiveFrom.UTC(), CreatedAt: k.CreatedAt.UTC()}
	if k.RetiredAt.Valid {
		at := k.RetiredAt.Time.UTC()
		key.RetiredAt = &at
	}
	return key
}

// toolKeyRows returns the keys, made where there is none.
func (s *Service) toolKeyRows(ctx context.Context) ([]keyRow, error) {
	rows, err := s.store.toolKeys(ctx)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	// Made before the lock is taken: finding two primes takes a while.
	first, err := s.newToolKey(s.now())
	if err != nil {
		return nil, err
	}
	err = database.InTx(ctx, s.store.db, func(ctx context.Context) error {
		if err := s.store.lockToolKeys(ctx); err != nil {
			return err
		}
		if rows, err = s.store.toolKeys(ctx); err != nil || len(rows) > 0 {
			return err // somebody was faster
		}
		rows = []keyRow{first}
		return s.store.insertToolKey(ctx, first)
	})
	return rows, err
}

func (s *Service) newToolKey(activeFrom time.Time) (keyRow, error) {
	private, err := rsa.GenerateKey(rand.Reader, toolKeyBits)
	if err != nil {
		return keyRow{}, fmt.Errorf("make key: %w", err)
	}
	row := keyRow{KeyID: s.now().Format("20060102") + "-" + strings.ToLower(secret.NewID()[:8]), ActiveFrom: activeFrom, CreatedAt: s.now()}
	if row.PublicJWK, err = publicJWK(row.KeyID, &private.PublicKey); err != nil {
		return keyRow{}, err
	}
	row.SealedPrivate, err = s.keyring.Seal(x509.MarshalPKCS1PrivateKey(private), purposeToolKey+row.KeyID)
	return row, err
}

// publicJWK writes kid, use and alg: Moodle fetches a key without alg again
// for each token, and Canvas's registration demands all of them.
func publicJWK(keyID string, public *rsa.PublicKey) (string, error) {
	key, err := jwk.FromRaw(public)
	if err != nil {
		return "", fmt.Errorf("write public key: %w", err)
	}
	err = errors.Join(
		key.Set(jwk.KeyIDKey, keyID),
		key.Set(jwk.KeyUsageKey, jwk.ForSignature),
		key.Set(jwk.AlgorithmKey, toolKeyAlgorithm),
	)
	if err != nil {
		return "", fmt.Errorf("write public key: %w", err)
	}
	b, err := json.Marshal(key)
	return string(b), err
}

func (s *Service) unsealToolKey(row keyRow) (*rsa.PrivateKey, error) {
	plain, err := s.keyring.Open(row.SealedPrivate, purposeToolKey+row.KeyID)
	if err != nil {
		return nil, fmt.Errorf("tool key %s: %w (was USHER_SECRET_KEY replaced?)", row.KeyID, err)
	}
	key, err := x509.ParsePKCS1PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("tool key %s: %w", row.KeyID, err)
	}
	return key, nil
}
