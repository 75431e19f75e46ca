package lti

import "slices"

// Step is a group of checks that a launch passes in the order of [Steps]. The
// launch log shows which were passed, which one refused and which were not
// reached.
type Step string

// The steps, as [Service.Login], [Service.Verify] and [Service.Prove] make them.
const (
	StepLogin      Step = "login"      // the login comes from a platform that is registered
	StepAnswer     Step = "answer"     // the platform answered with a launch
	StepState      Step = "state"      // the launch belongs to a login that began here
	StepToken      Step = "token"      // the token can be read
	StepAge        Step = "age"        // the login is not too old
	StepClaims     Step = "claims"     // nothing is missing
	StepTimes      Step = "times"      // issued and expiring at times that fit
	StepNonce      Step = "nonce"      // made for this login
	StepMessage    Step = "message"    // a version and a message that Usher knows
	StepIDs        Step = "ids"        // usable ids, those of the login
	StepParties    Step = "parties"    // from the registered issuer, for this client
	StepSignature  Step = "signature"  // signed with the platform's published key
	StepDeployment Step = "deployment" // from a deployment that is allowed
	StepOnce       Step = "once"       // not used before
	StepBrowser    Step = "browser"    // in the browser that began the login
)

// steps lists them with the codes of their checks. What is absent from a token
// belongs to the claims, whatever its code.
var steps = []struct {
	step  Step
	codes []Code
}{
	{StepLogin, []Code{CodeLoginIssuer, CodeLoginHint, CodeLoginTooLong, CodeUnknownPlatform, CodeClientIDRequired, CodePlatformDisabled}},
	{StepAnswer, []Code{CodeLoginRequired, CodeLaunchNoLongerValid, CodeUnauthorizedClient, CodeAccessDenied, CodePlatformError}},
	{StepState, []Code{CodeStateMissing, CodeStateInvalid}},
	{StepToken, []Code{CodeTokenMissing, CodeTokenTooLarge, CodeTokenMalformed, CodeAlgorithm, CodeCritical, CodeMissingKID}},
	{StepAge, []Code{CodeStateExpired}},
	{StepClaims, []Code{CodeMissingClaims, CodeMessageType, CodeRoles}},
	{StepTimes, []Code{CodeExpired, CodeIssuedInFuture, CodeIssuedTooLongAgo}},
	{StepNonce, []Code{CodeNonce}},
	{StepMessage, []Code{CodeVersion, CodeMessageUnsupported, CodeDeepLinking}},
	{StepIDs, []Code{CodeSubject, CodeDeployment, CodeResourceLink, CodeContext, CodeLoginDeployment}},
	{StepParties, []Code{CodeIssuer, CodeAudience, CodeAuthorizedParty}},
	{StepSignature, []Code{CodeUnknownKID, CodeWeakKey, CodeKeysUnavailable, CodeSignature}},
	{StepDeployment, []Code{CodeDeploymentPending}},
	{StepOnce, []Code{CodeStateSpent}},
	{StepBrowser, []Code{CodeProofUnknown, CodeProofMismatch}},
}

// Codes lists the codes of all checks in the order of the steps.
func Codes() (list []Code) {
	for _, s := range steps {
		list = append(list, s.codes...)
	}
	return list
}

// Steps lists all steps in their order.
func Steps() (list []Step) {
	for _, s := range steps {
		list = append(list, s.step)
	}
	return list
}

// Step is the one at which a launch failed. A code of another version of Usher
// has none.
func (f Failure) Step() Step {
	for _, s := range steps {
		if slices.Contains(s.codes, f.Code) {
			if f.Expected == "present" && slices.Index(Steps(), s.step) > slices.Index(Steps(), StepClaims) {
				return StepClaims
			}
			return s.step
		}
	}
	return ""
}
