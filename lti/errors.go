package lti

import (
	"errors"
	"strings"
)

// Code names the check that refused a login or a launch. It is stable: logs
// carry it under the key lti_error, and the launch log shows it.
type Code string

// What can be wrong with a login initiation [LTI-13 §4.1].
const (
	// CodeLoginIssuer: the login names no issuer (C-76).
	CodeLoginIssuer Code = "login_issuer"
	// CodeLoginHint: the login has no login_hint, which the platform needs
	// back to know whom it sent (C-76).
	CodeLoginHint Code = "login_hint"
	// CodeLoginTooLong: a parameter of the login is longer than any platform's.
	CodeLoginTooLong Code = "login_too_long"
	// CodeUnknownPlatform: no registration has this issuer and client id (C-73).
	CodeUnknownPlatform Code = "unknown_platform"
	// CodeClientIDRequired: several registrations share the issuer and the
	// login does not say which (C-76).
	CodeClientIDRequired Code = "client_id_required"
	// CodePlatformDisabled: an admin switched the registration off.
	CodePlatformDisabled Code = "platform_disabled"
)

// What the platform can answer instead of a token [OIDC §3.1.2.6] (C-78).
const (
	// CodeLoginRequired: the platform does not know the person any more:
	// signed out, somebody else, or its own cookies are blocked in the frame.
	CodeLoginRequired Code = "login_required"
	// CodeLaunchNoLongerValid: the platform's hint was used before or is too old.
	CodeLaunchNoLongerValid Code = "launch_no_longer_valid"
	// CodeUnauthorizedClient: the tool is switched off in the platform.
	CodeUnauthorizedClient Code = "unauthorized_client"
	// CodeAccessDenied: the platform does not let this person launch.
	CodeAccessDenied Code = "access_denied"
	// CodePlatformError: the platform refused for another reason, which
	// Received holds.
	CodePlatformError Code = "platform_error"
)

// What can be wrong with the state [SEC §5.1.1] (C-63, C-64).
const (
	// CodeStateMissing: the launch carries no state.
	CodeStateMissing Code = "state_missing"
	// CodeStateInvalid: the state was not made here or was changed.
	CodeStateInvalid Code = "state_invalid"
	// CodeStateExpired: more than [StateLifetime] lies between login and launch.
	CodeStateExpired Code = "state_expired"
	// CodeStateSpent: this state was used before: back button, reload, replay.
	CodeStateSpent Code = "state_spent"
)

// What can be wrong with the token's form, header and signature.
const (
	// CodeTokenMissing: the launch carries no id_token.
	CodeTokenMissing Code = "token_missing"
	// CodeTokenTooLarge: the id_token is longer than any platform's.
	CodeTokenTooLarge Code = "token_too_large"
	// CodeTokenMalformed: the id_token is no signed JSON object (C-05).
	CodeTokenMalformed Code = "token_malformed"
	// CodeAlgorithm: signed by an algorithm that is not allowed, such as none
	// or HS256, or by another than the key is meant for (C-70).
	CodeAlgorithm Code = "algorithm"
	// CodeCritical: the header demands an extension that is not understood
	// [RFC 7515 §4.1.11].
	CodeCritical Code = "critical_header"
	// CodeMissingKID: the header names no key; all keys are never tried (C-01).
	CodeMissingKID Code = "missing_kid"
	// CodeUnknownKID: the platform does not publish that key (C-02).
	CodeUnknownKID Code = "unknown_kid"
	// CodeWeakKey: the key is shorter than 2048 bits; anyone may forge with it.
	CodeWeakKey Code = "weak_key"
	// CodeKeysUnavailable: the platform's keys were never fetched and cannot
	// be now; Err says why (C-72).
	CodeKeysUnavailable Code = "keys_unavailable"
	// CodeSignature: the signature is not the named key's (C-71).
	CodeSignature Code = "signature"
)

// What can be wrong with the claims of OpenID Connect [OIDC §3.1.3.7].
const (
	// CodeMissingClaims: several required claims are absent; Received lists
	// them (C-05, C-06).
	CodeMissingClaims Code = "missing_claims"
	// CodeIssuer: iss is not exactly the registration's (C-66).
	CodeIssuer Code = "issuer"
	// CodeAudience: aud lacks the client id or has others beside it (C-67, C-73).
	CodeAudience Code = "audience"
	// CodeAuthorizedParty: azp is absent where it must be, or not the client
	// id (C-68).
	CodeAuthorizedParty Code = "authorized_party"
	// CodeExpired: exp has passed or is absent (C-07, C-69).
	CodeExpired Code = "expired"
	// CodeIssuedInFuture: iat lies ahead of the clock (C-69).
	CodeIssuedInFuture Code = "issued_in_future"
	// CodeIssuedTooLongAgo: iat is too old or absent (C-69).
	CodeIssuedTooLongAgo Code = "issued_too_long_ago"
	// CodeNonce: the nonce is not this login's (C-65).
	CodeNonce Code = "nonce"
	// CodeSubject: no sub: anonymous launches are refused (C-12, C-31).
	CodeSubject Code = "subject"
)

// What can be wrong with LTI's own claims.
const (
	// CodeVersion: not LTI 1.3.0 (C-03, C-04).
	CodeVersion Code = "lti_version"
	// CodeMessageType: the message type is absent (C-08).
	CodeMessageType Code = "message_type"
	// CodeMessageUnsupported: a message that Usher has no answer to (C-84).
	CodeMessageUnsupported Code = "message_unsupported"
	// CodeDeepLinking: a content selection that cannot be answered: without a
	// course, or without an https address to answer to (C-39, C-48).
	CodeDeepLinking Code = "deep_linking"
	// CodeRoles: the roles claim is absent; an empty one is fine (C-09, C-16).
	CodeRoles Code = "roles"
	// CodeDeployment: the deployment id is absent or unusable (C-10).
	CodeDeployment Code = "deployment_id"
	// CodeResourceLink: the resource link has no usable id (C-11).
	CodeResourceLink Code = "resource_link"
	// CodeContext: the context's id is unusable.
	CodeContext Code = "context"
	// CodeLoginDeployment: login and token name different deployments (C-75).
	CodeLoginDeployment Code = "login_deployment"
	// CodeDeploymentPending: an admin must allow the deployment first (C-74).
	CodeDeploymentPending Code = "deployment_pending"
)

// What can be wrong with the proof that follows a launch without cookie (C-63).
const (
	// CodeProofUnknown: no launch waits under this handle (any more).
	CodeProofUnknown Code = "proof_unknown"
	// CodeProofMismatch: another browser began this login.
	CodeProofMismatch Code = "proof_mismatch"
)

// Error says which check refused a login or launch. Claim, Expected and
// Received are for the admin's diagnosis: they hold no token and no personal
// data, but text from outside, so they are never markup.
type Error struct {
	Code       Code
	Claim      string // the claim, header or parameter at fault, if one is
	Expected   string
	Received   string
	PlatformID string // "" where the platform is not known
	// DeploymentID is the one that the token names, whether or not it may be
	// believed; "" where none was read.
	DeploymentID string
	Err          error
}

// Error implements error. It leaves out Expected and Received, which came from
// outside.
func (e *Error) Error() string {
	s := "lti: " + string(e.Code)
	if e.Claim != "" {
		s += " (" + strings.TrimPrefix(e.Claim, claimPrefix) + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Code: c}) ask for the code alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf returns the code of the [*Error] in err's chain, or "".
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// maxDiagnosis bounds Expected and Received in runes.
const maxDiagnosis = 200

// diagnosis makes a value from outside fit for the launch log: short, one
// line, and without what looks like an address or a token.
func diagnosis(s string) string {
	words := strings.Fields(clip(strings.ToValidUTF8(s, "\uFFFD"), 4*maxDiagnosis))
	for i, word := range words {
		if strings.Contains(word, "@") || strings.HasPrefix(word, "eyJ") {
			words[i] = "…"
		}
	}
	return clip(printable(strings.Join(words, " ")), maxDiagnosis)
}
