package lti

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// checksBeforePlatform need nothing but the token, the state and the clock.
var checksBeforePlatform = []func(*attempt) error{
	checkStateAge,
	checkPresent,
	checkExpiry,
	checkIssuedAt,
	checkNonce,
	checkVersion,
	checkMessage,
	checkDeepLinking,
	checkIDs,
	checkLoginDeployment,
}

// checksOfPlatform compare the token with the login's registration.
var checksOfPlatform = []func(*attempt) error{
	checkIssuer,
	checkAudience,
	checkAuthorizedParty,
}

// checkStateAge: C-64.
func checkStateAge(a *attempt) error {
	if a.now.Before(a.state.expires) {
		return nil
	}
	return &Error{Code: CodeStateExpired, Claim: "state", Expected: "used within " + StateLifetime.String(), Received: "expired " + stamp(a.state.expires)}
}

// checkPresent names what is absent: one claim by its own code, several
// together (C-04 to C-06, C-08 to C-12, C-31).
func checkPresent(a *attempt) error {
	c := &a.token.claims
	required := []struct {
		claim   string
		code    Code
		present bool
	}{
		{"iss", CodeIssuer, c.Issuer != ""},
		{"aud", CodeAudience, len(c.Audience) > 0},
		{"exp", CodeExpired, c.Expires > 0},
		{"iat", CodeIssuedTooLongAgo, c.Issued > 0},
		{"nonce", CodeNonce, c.Nonce != ""},
		{ClaimVersion, CodeVersion, c.Version != ""},
		{ClaimMessageType, CodeMessageType, c.MessageType != ""},
		{ClaimDeploymentID, CodeDeployment, c.DeploymentID != ""},
		{ClaimRoles, CodeRoles, c.Roles != nil && *c.Roles != nil},
		{"sub", CodeSubject, c.Subject != ""},
		{ClaimResourceLink, CodeResourceLink, c.ResourceLink.ID != "" || c.MessageType != MessageResourceLink},
	}
	var missing []string
	var code Code
	for _, r := range required {
		if !r.present {
			missing, code = append(missing, strings.TrimPrefix(r.claim, claimPrefix)), r.code
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return &Error{Code: code, Claim: missing[0], Expected: "present", Received: "absent"}
	}
	return &Error{Code: CodeMissingClaims, Claim: missing[0], Expected: "present", Received: "absent: " + strings.Join(missing, ", ")}
}

// checkExpiry: C-07, C-69.
func checkExpiry(a *attempt) error {
	if expires := a.token.claims.Expires.time(); !a.now.Before(expires.Add(ClockSkew)) {
		return &Error{Code: CodeExpired, Claim: "exp", Expected: "later than " + stamp(a.now), Received: stamp(expires)}
	}
	return nil
}

// checkIssuedAt: C-69.
func checkIssuedAt(a *attempt) error {
	issued := a.token.claims.Issued.time()
	if issued.After(a.now.Add(ClockSkew)) {
		return &Error{Code: CodeIssuedInFuture, Claim: "iat", Expected: "at most " + ClockSkew.String() + " after " + stamp(a.now), Received: stamp(issued)}
	}
	if issued.Before(a.now.Add(-MaxTokenAge)) {
		return &Error{Code: CodeIssuedTooLongAgo, Claim: "iat", Expected: "at most " + MaxTokenAge.String() + " before " + stamp(a.now), Received: stamp(issued)}
	}
	return nil
}

// checkNonce: C-64, C-65 [OIDC §3.1.3.7 11]. The nonce is spent with the state
// that holds it.
func checkNonce(a *attempt) error {
	if a.state.nonce.matches(a.token.claims.Nonce) {
		return nil
	}
	return &Error{Code: CodeNonce, Claim: "nonce", Expected: "the nonce of this login", Received: "another"}
}

// checkVersion: C-03 [LTI-13 §5.3.2].
func checkVersion(a *attempt) error {
	if v := a.token.claims.Version; v != Version {
		return &Error{Code: CodeVersion, Claim: ClaimVersion, Expected: Version, Received: diagnosis(v)}
	}
	return nil
}

// checkMessage: C-84.
func checkMessage(a *attempt) error {
	switch m := a.token.claims.MessageType; m {
	case MessageResourceLink, MessageDeepLinking:
		return nil
	default:
		return &Error{Code: CodeMessageUnsupported, Claim: ClaimMessageType, Expected: MessageResourceLink + " or " + MessageDeepLinking, Received: diagnosis(m)}
	}
}

// maxID bounds ids in bytes: the specification allows 255 ASCII characters for
// sub and deployments, and platforms keep to it.
const maxID = 512

// checkIDs refuses ids that could not be stored as they are: cutting or
// cleaning one would make two people, or two courses, the same.
func checkIDs(a *attempt) error {
	c := &a.token.claims
	ids := []struct {
		claim string
		code  Code
		id    string
	}{
		{"sub", CodeSubject, c.Subject},
		{ClaimDeploymentID, CodeDeployment, c.DeploymentID},
		{ClaimContext, CodeContext, c.Context.ID},
		{ClaimResourceLink, CodeResourceLink, c.ResourceLink.ID},
	}
	for _, i := range ids {
		if len(i.id) > maxID || printable(i.id) != i.id || strings.ContainsRune(i.id, utf8.RuneError) {
			return &Error{Code: i.code, Claim: i.claim, Expected: "at most 512 bytes of printable text", Err: errors.New("unusable id")}
		}
	}
	return nil
}

// checkLoginDeployment: C-75. The login's hint is optional; where it came, the
// token must say the same.
func checkLoginDeployment(a *attempt) error {
	hint := a.state.deployment
	if hint == (digest{}) || hint.matches(a.token.claims.DeploymentID) {
		return nil
	}
	return &Error{Code: CodeLoginDeployment, Claim: ClaimDeploymentID, Expected: "the deployment of the login", Received: diagnosis(a.token.claims.DeploymentID)}
}

// checkIssuer: C-66. Byte for byte: a trailing slash makes another issuer.
func checkIssuer(a *attempt) error {
	if want, got := a.registration.Platform.Issuer, a.token.claims.Issuer; got != want {
		return &Error{Code: CodeIssuer, Claim: "iss", Expected: want, Received: diagnosis(got)}
	}
	return nil
}

// checkAudience: C-67, C-73. No audience but ours is trusted.
func checkAudience(a *attempt) error {
	want, got := a.registration.Platform.ClientID, a.token.claims.Audience
	if slices.ContainsFunc(got, func(member string) bool { return member != want }) {
		return &Error{Code: CodeAudience, Claim: "aud", Expected: want, Received: diagnosis(strings.Join(got, " "))}
	}
	return nil
}

// checkAuthorizedParty: C-68. With several audiences azp must be there; where
// it is, it must be us.
func checkAuthorizedParty(a *attempt) error {
	want, azp := a.registration.Platform.ClientID, a.token.claims.Authorized
	switch {
	case azp == nil && len(a.token.claims.Audience) < 2:
		return nil
	case azp == nil:
		return &Error{Code: CodeAuthorizedParty, Claim: "azp", Expected: want, Received: "absent"}
	case *azp != want:
		return &Error{Code: CodeAuthorizedParty, Claim: "azp", Expected: want, Received: diagnosis(*azp)}
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
