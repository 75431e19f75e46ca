package lti

import (
	"encoding/json"
	"errors"
	"strings"
)

// MaxTrial bounds what may be pasted into a trial, in bytes. Real claims have a
// few kilobytes.
const MaxTrial = 64 << 10

// What a trial refuses.
var (
	// ErrTrialTooLarge: more than [MaxTrial].
	ErrTrialTooLarge = errors.New("more than a trial takes")
	// ErrTrialToken: a token and not its claims. It may be live, so it is not
	// read.
	ErrTrialToken = errors.New("a token, not its claims")
	// ErrTrialJSON: not a JSON object and no list of roles.
	ErrTrialJSON = errors.New("not a JSON object")
	// ErrTrialRoles: no roles in it.
	ErrTrialRoles = errors.New("no roles claim")
)

// Trial is what of a launch decides about roles.
type Trial struct {
	Roles        []string
	ContextTypes []string
	// Administrator is what [Launch] would say.
	Administrator Administrator
}

// ParseTrial reads the claims of an id_token, or a list of roles alone. Nothing
// in them is checked, believed or kept: they only go through a [RoleTable].
func ParseTrial(pasted string) (Trial, error) {
	pasted = strings.TrimSpace(pasted)
	switch {
	case len(pasted) > MaxTrial:
		return Trial{}, ErrTrialTooLarge
	case strings.HasPrefix(pasted, "eyJ"):
		return Trial{}, ErrTrialToken
	case strings.HasPrefix(pasted, "["):
		return trialOf([]byte(`{"` + ClaimRoles + `":` + pasted + `}`))
	case !strings.HasPrefix(pasted, "{"):
		return Trial{}, ErrTrialJSON
	}
	// Tools that show a token often wrap its claims.
	var wrapped struct {
		Payload json.RawMessage `json:"payload"`
	}
	if json.Unmarshal([]byte(pasted), &wrapped) == nil && strings.HasPrefix(string(wrapped.Payload), "{") {
		return trialOf(wrapped.Payload)
	}
	return trialOf([]byte(pasted))
}

func trialOf(object []byte) (Trial, error) {
	var c claims
	err := json.Unmarshal(object, &c)
	var wrongType *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &wrongType) {
		return Trial{}, ErrTrialJSON
	}
	if c.Roles == nil || *c.Roles == nil {
		return Trial{}, ErrTrialRoles
	}
	return Trial{Roles: *c.Roles, ContextTypes: c.Context.Types, Administrator: administrator(&c)}, nil
}
