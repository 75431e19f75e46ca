package lti

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// maxToken bounds an id_token in bytes. Real ones have a few kilobytes; a
// course copied a thousand times lists its history in forty.
const maxToken = 128 << 10

// algorithms are those a platform may sign with. Each needs an RSA key of
// [minKeyBits]; symmetric ones and none are not here (C-70).
var algorithms = map[string]jwa.SignatureAlgorithm{
	"RS256": jwa.RS256,
	"RS384": jwa.RS384,
	"RS512": jwa.RS512,
}

// token is an id_token taken apart once. Nothing in it may be believed before
// its signature is checked.
type token struct {
	header struct {
		Algorithm string          `json:"alg"`
		KeyID     string          `json:"kid"`
		Critical  json.RawMessage `json:"crit"`
		// jku, jwk, x5u and x5c are not even read: keys come from the
		// registration alone (C-70).
	}
	claims    claims
	signed    string // header.payload as it came
	signature []byte
}

// parseToken takes a compact JWS apart [RFC 7515 §3.1] (C-05).
func parseToken(raw string) (*token, error) {
	switch {
	case raw == "":
		return nil, &Error{Code: CodeTokenMissing, Claim: "id_token"}
	case len(raw) > maxToken:
		return nil, &Error{Code: CodeTokenTooLarge, Claim: "id_token"}
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, found := strings.Cut(rest, ".")
	if !found || strings.Contains(signature, ".") {
		return nil, malformed("not three parts")
	}
	t := &token{signed: raw[:len(header)+1+len(payload)]}
	if !decodeObject(header, &t.header) {
		return nil, malformed("header is no JSON object")
	}
	if !decodeObject(payload, &t.claims) {
		return nil, malformed("payload is no JSON object")
	}
	var err error
	if t.signature, err = base64.RawURLEncoding.DecodeString(signature); err != nil {
		return nil, malformed("signature is not base64url")
	}
	return t, nil
}

func malformed(why string) error {
	return &Error{Code: CodeTokenMalformed, Claim: "id_token", Expected: "a signed JSON object", Received: why}
}

// decodeObject reads a base64url JSON object. A member of an unexpected type
// stays empty, for the check of that member to refuse or to do without.
func decodeObject(part string, into any) bool {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil || !bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
		return false
	}
	err = json.Unmarshal(b, into)
	var wrongType *json.UnmarshalTypeError
	return err == nil || errors.As(err, &wrongType)
}

// checkHeader makes the checks that need neither clock nor network.
func (t *token) checkHeader() error {
	switch {
	case len(t.header.Critical) > 0:
		return &Error{Code: CodeCritical, Claim: "crit", Expected: "none"}
	case algorithms[t.header.Algorithm] == "":
		return &Error{Code: CodeAlgorithm, Claim: "alg", Expected: "RS256", Received: diagnosis(t.header.Algorithm)}
	case t.header.KeyID == "":
		return &Error{Code: CodeMissingKID, Claim: "kid", Expected: "the id of a platform key"}
	}
	return nil
}

// checkSignature verifies the token with the key that its header names.
func (t *token) checkSignature(key platformKey) error {
	if key.algorithm != "" && key.algorithm != t.header.Algorithm {
		return &Error{Code: CodeAlgorithm, Claim: "alg", Expected: key.algorithm, Received: t.header.Algorithm}
	}
	verifier, err := jws.NewVerifier(algorithms[t.header.Algorithm])
	if err != nil {
		return &Error{Code: CodeAlgorithm, Claim: "alg", Err: err}
	}
	if err := verifier.Verify([]byte(t.signed), t.signature, key.public); err != nil {
		return &Error{Code: CodeSignature, Claim: "id_token", Expected: "signed by " + diagnosis(t.header.KeyID), Received: "another signature"}
	}
	return nil
}
