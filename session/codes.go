package session

import (
	"context"
	"errors"
	"time"

	"usher/database"
	"usher/secret"
)

// ErrCode says that a one-time code is unknown, used, expired or meant for
// something else.
var ErrCode = errors.New("code is not valid")

// CodeMost is the longest life of a one-time code.
const CodeMost = time.Minute

// Code returns a code that [Service.Redeem] accepts once, for one purpose and
// target, on behalf of a session.
func (s *Service) Code(ctx context.Context, sessionID, purpose, target string) (string, error) {
	code := secret.ShortToken()
	return code, s.store.insertCode(ctx, codeRow{
		CodeHash: secret.Hash(code), Purpose: purpose, SessionID: sessionID, Target: target,
		ExpiresAt: s.now().Add(CodeMost),
	})
}

// Redeem takes a code and returns the session and target it was made for, or
// [ErrCode]. Of two calls with one code, one succeeds.
func (s *Service) Redeem(ctx context.Context, code, purpose string) (sessionID, target string, err error) {
	row, err := s.store.takeCode(ctx, secret.Hash(code), purpose, s.now())
	if errors.Is(err, database.ErrNotFound) {
		return "", "", ErrCode
	}
	return row.SessionID, row.Target, err
}
