package lti

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"

	"usher/secret"
)

// StateLifetime is how long a launch may take to come back from the platform:
// long enough for a person to sign in there, and no longer than hints live
// (C-64).
const StateLifetime = 10 * time.Minute

// purposeState binds the sealed bytes to their use.
const purposeState = "lti.state"

// state is what a login remembers until its launch. It travels sealed in the
// state parameter, so that logins cost no row. It holds hashes only: who reads
// one still cannot answer for the browser.
type state struct {
	platformID    string
	nonce         digest
	secret        digest
	deployment    digest // of the login's hint; zero where it had none (C-75)
	storageTarget string // platforms do not repeat it at the launch (C-97)
	framed        bool
	expires       time.Time
	key           string // hash of the sealed bytes: the primary key of its row
}

// digest is half a SHA-256: 128 bits are enough for what lives ten minutes,
// and keep the state short, as Canvas asks.
type digest [16]byte

func digestOf(s string) digest {
	if s == "" {
		return digest{}
	}
	sum := sha256.Sum256([]byte(s))
	return digest(sum[:16])
}

func (d digest) matches(s string) bool {
	other := digestOf(s)
	return s != "" && subtle.ConstantTimeCompare(d[:], other[:]) == 1
}

// StateID returns the short public id of a state: the end of its cookie's
// name, one cookie for each launch, so that parallel tabs do not collide.
func StateID(state string) string { return secret.Hash(state)[:16] }

// The layout of a state: version and flags, expiry, three digests, then the
// platform's id and the storage target, each after its length.
const (
	stateVersion   = 1
	stateFramed    = 1 << 7
	stateFixedSize = 1 + 4 + 3*16
	maxStateText   = 255
	maxStateSize   = 1024
)

func (s *Service) sealState(st state) (string, error) {
	if len(st.platformID) > maxStateText || len(st.storageTarget) > maxStateText {
		return "", errors.New("seal state: a part is too long")
	}
	b := make([]byte, 0, stateFixedSize+2+len(st.platformID)+len(st.storageTarget))
	version := byte(stateVersion)
	if st.framed {
		version |= stateFramed
	}
	b = append(b, version)
	b = binary.BigEndian.AppendUint32(b, uint32(st.expires.Unix()))
	b = append(b, st.nonce[:]...)
	b = append(b, st.secret[:]...)
	b = append(b, st.deployment[:]...)
	b = append(append(b, byte(len(st.platformID))), st.platformID...)
	b = append(append(b, byte(len(st.storageTarget))), st.storageTarget...)
	sealed, err := s.keyring.Seal(b, purposeState)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// openState reads a state, expired or not. Its error says which check failed.
func (s *Service) openState(raw string) (state, error) {
	if raw == "" {
		return state{}, &Error{Code: CodeStateMissing, Claim: "state"}
	}
	if len(raw) > maxStateSize {
		return state{}, &Error{Code: CodeStateInvalid, Claim: "state"}
	}
	sealed, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil {
		return state{}, &Error{Code: CodeStateInvalid, Claim: "state", Err: errors.New("not base64url")}
	}
	plain, err := s.keyring.Open(sealed, purposeState)
	if err != nil {
		return state{}, &Error{Code: CodeStateInvalid, Claim: "state", Err: err}
	}
	st, ok := decodeState(plain)
	if !ok {
		return state{}, &Error{Code: CodeStateInvalid, Claim: "state", Err: errors.New("unknown layout")}
	}
	// The bytes, not the text: base64 spells the same bytes in several ways,
	// and each of them must count as the same state.
	sum := sha256.Sum256(sealed)
	st.key = hex.EncodeToString(sum[:])
	return st, nil
}

func decodeState(b []byte) (state, bool) {
	if len(b) < stateFixedSize || b[0]&^stateFramed != stateVersion {
		return state{}, false
	}
	st := state{
		framed:     b[0]&stateFramed != 0,
		expires:    time.Unix(int64(binary.BigEndian.Uint32(b[1:])), 0).UTC(),
		nonce:      digest(b[5:21]),
		secret:     digest(b[21:37]),
		deployment: digest(b[37:53]),
	}
	rest := b[stateFixedSize:]
	var ok bool
	if st.platformID, rest, ok = cutText(rest); !ok {
		return state{}, false
	}
	if st.storageTarget, rest, ok = cutText(rest); !ok || len(rest) != 0 {
		return state{}, false
	}
	return st, true
}

func cutText(b []byte) (s string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}
