package session

import (
	"context"
	"errors"
	"net/http"
	"time"

	"usher/database"
	"usher/secret"
)

// windowPurpose is that of the codes which lead from a frame to a window.
const windowPurpose = "window"

// WindowCode returns a code with which a page in a frame opens target in a
// window of its own, see [Service.OpenWindow].
func (s *Service) WindowCode(ctx context.Context, i Identity, target string) (string, error) {
	return s.Code(ctx, i.SessionID, windowPurpose, target)
}

// OpenWindow spends a code of [Service.WindowCode] and signs this browser in as
// the member whose frame it came from, no longer than that session may last.
// It returns the code's target, or [ErrCode] where the code or that session is
// over. As after a launch, the next request joins what the browser had.
func (s *Service) OpenWindow(w http.ResponseWriter, r *http.Request, code string) (target string, err error) {
	ctx := r.Context()
	sessionID, target, err := s.Redeem(ctx, code, windowPurpose)
	if err != nil {
		return "", err
	}
	now := s.now()
	from, err := s.store.byID(ctx, sessionID, now)
	if errors.Is(err, database.ErrNotFound) || err == nil && from.Kind != string(Member) {
		return "", ErrCode
	}
	if err != nil {
		return "", err
	}
	identity := identities([]row{from})[0]
	identity.SessionID, identity.Carrier = secret.NewID(), Cookie
	identity.CreatedAt, identity.ExpiresAt = now, earlier(now.Add(cookieIdle), from.EndsAt)
	token := secret.Token()
	if err := s.store.insert(ctx, identity, secret.Hash(token), from.EndsAt); err != nil {
		return "", err
	}
	return target, s.setArrival(w, r, identity.SessionID, token)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
