package lti

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"usher/database"
)

// The queries of registration links and of registrations by platforms.

// claimLife is how long an attempt holds its link: longer than all fetches
// together, so that only a process that died leaves one behind.
const claimLife = time.Minute

func (s *store) insertLink(ctx context.Context, l RegistrationLink, hash string) error {
	_, err := s.exec(ctx, `INSERT INTO registration_links (id, name, token_hash, created_by, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?)`, l.ID, l.Name, hash, l.CreatedBy, l.CreatedAt, l.ExpiresAt)
	return err
}

const linkColumns = `id, name, created_by, created_at, expires_at, revoked_at, used_at, COALESCE(platform_id, '')`

func scanLink(row database.Row, more ...any) (l RegistrationLink, err error) {
	var revoked, used sql.NullTime
	dest := []any{&l.ID, &l.Name, &l.CreatedBy, &l.CreatedAt, &l.ExpiresAt, &revoked, &used, &l.PlatformID}
	err = row.Scan(append(dest, more...)...)
	l.CreatedAt, l.ExpiresAt = l.CreatedAt.UTC(), l.ExpiresAt.UTC()
	l.RevokedAt, l.UsedAt = timeOrNil(revoked), timeOrNil(used)
	return l, err
}

func timeOrNil(t sql.NullTime) *time.Time {
	if !t.Valid {
		return nil
	}
	at := t.Time.UTC()
	return &at
}

func (s *store) links(ctx context.Context, condition string) (found []RegistrationLink, err error) {
	err = s.query(ctx, func(row database.Row) error {
		l, err := scanLink(row)
		found = append(found, l)
		return err
	}, "SELECT "+linkColumns+" FROM registration_links "+condition)
	return found, err
}

// link returns the link of a token's hash and what it was used for.
func (s *store) link(ctx context.Context, hash string) (l RegistrationLink, request string, err error) {
	known := false
	err = s.query(ctx, func(row database.Row) (err error) {
		known = true
		l, err = scanLink(row, &request)
		return err
	}, "SELECT "+linkColumns+", request_hash FROM registration_links WHERE token_hash = ?", hash)
	if err == nil && !known {
		err = database.ErrNotFound
	}
	return l, request, err
}

func (s *store) revokeLink(ctx context.Context, id string, now time.Time) (int64, error) {
	return s.exec(ctx, `UPDATE registration_links SET revoked_at = ? WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL`, now, id)
}

// claimLink begins an attempt and tells whether no other is under way.
func (s *store) claimLink(ctx context.Context, id string, now time.Time) (bool, error) {
	n, err := s.exec(ctx, `UPDATE registration_links SET claimed_at = ?
		WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ? AND (claimed_at IS NULL OR claimed_at < ?)`,
		now, id, now, now.Add(-claimLife))
	return n == 1, err
}

// releaseLink ends an attempt that registered nothing.
func (s *store) releaseLink(ctx context.Context, id string) error {
	_, err := s.exec(ctx, `UPDATE registration_links SET claimed_at = NULL WHERE id = ? AND used_at IS NULL`, id)
	return err
}

// spendLink ends the link's life and tells whether it was alive.
func (s *store) spendLink(ctx context.Context, id, platformID, request string, now time.Time) (bool, error) {
	n, err := s.exec(ctx, `UPDATE registration_links SET used_at = ?, platform_id = ?, request_hash = ?
		WHERE id = ? AND used_at IS NULL AND revoked_at IS NULL`, now, platformID, request, id)
	return n == 1, err
}

// registrationRow is a row of registrations.
type registrationRow struct {
	PlatformID   string
	Offer        RegistrationOffer
	Choice       RegistrationChoice
	Scopes       []string
	ClientURI    string
	SealedToken  []byte
	PendingSince *time.Time
}

// saveRegistration writes a row, or replaces what the platform said before.
// Whoever waits for approval goes on waiting.
func (s *store) saveRegistration(ctx context.Context, r registrationRow, now time.Time) error {
	offer, err := json.Marshal(r.Offer)
	if err != nil {
		return fmt.Errorf("write offer: %w", err)
	}
	choice, err := json.Marshal(r.Choice)
	if err != nil {
		return fmt.Errorf("write choice: %w", err)
	}
	scopes, err := json.Marshal(r.Scopes)
	if err != nil {
		return fmt.Errorf("write scopes: %w", err)
	}
	_, err = s.exec(ctx, `INSERT INTO registrations
		(platform_id, offer, choice, scopes, client_uri, sealed_token, pending_since, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (platform_id) DO UPDATE SET offer = excluded.offer, choice = excluded.choice, scopes = excluded.scopes,
			client_uri = excluded.client_uri, sealed_token = excluded.sealed_token, updated_at = excluded.updated_at`,
		r.PlatformID, string(offer), string(choice), string(scopes), r.ClientURI, r.SealedToken, r.PendingSince, now, now)
	return err
}

func (s *store) savedRegistration(ctx context.Context, platformID string) (registrationRow, error) {
	r := registrationRow{PlatformID: platformID}
	var offer, choice, scopes string
	var pending sql.NullTime
	err := database.QueryOne(ctx, s.db, `SELECT offer, choice, scopes, client_uri, sealed_token, pending_since
		FROM registrations WHERE platform_id = ?`, []any{platformID}, &offer, &choice, &scopes, &r.ClientURI, &r.SealedToken, &pending)
	if err != nil {
		return registrationRow{}, err
	}
	r.PendingSince = timeOrNil(pending)
	for text, into := range map[string]any{offer: &r.Offer, choice: &r.Choice, scopes: &r.Scopes} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			return registrationRow{}, fmt.Errorf("read registration of platform %s: %w", platformID, err)
		}
	}
	return r, nil
}

// disable switches a platform off that waits for approval.
func (s *store) disable(ctx context.Context, platformID string, now time.Time) error {
	_, err := s.exec(ctx, `UPDATE platforms SET disabled_at = ?, updated_at = ? WHERE id = ?`, now, now, platformID)
	return err
}

// pendingRegistrations are those that nobody approved, the oldest first.
func (s *store) pendingRegistrations(ctx context.Context) (found []PendingRegistration, err error) {
	err = s.query(ctx, func(row database.Row) error {
		var since time.Time
		p, err := scanPlatform(row, &since)
		found = append(found, PendingRegistration{Platform: p, Since: since.UTC()})
		return err
	}, `SELECT `+platformColumns+`, r.pending_since FROM platforms p JOIN registrations r ON r.platform_id = p.id
		WHERE r.pending_since IS NOT NULL AND p.disabled_at IS NOT NULL ORDER BY r.pending_since, p.id`)
	return found, err
}

// approve ends the waiting of a platform and tells whether it waited.
func (s *store) approve(ctx context.Context, platformID string, now time.Time) (approved bool, err error) {
	err = database.InTx(ctx, s.db, func(ctx context.Context) error {
		n, err := s.exec(ctx, `UPDATE registrations SET pending_since = NULL, updated_at = ?
			WHERE platform_id = ? AND pending_since IS NOT NULL`, now, platformID)
		if err != nil || n == 0 {
			return err
		}
		approved = true
		_, err = s.exec(ctx, `UPDATE platforms SET disabled_at = NULL, updated_at = ? WHERE id = ?`, now, platformID)
		return err
	})
	return approved, err
}
