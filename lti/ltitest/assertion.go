package ltitest

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// checkTokenRequest makes the checks of all platforms together: Moodle's clock
// without leeway, Canvas's age limit and demand for every claim, Blackboard's
// for a jti, and a jti that was not there before.
func (p *Platform) checkTokenRequest(r *http.Request) error {
	if r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return errors.New("no form")
	}
	for name, want := range map[string]string{
		"grant_type":            "client_credentials",
		"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
		"scope":                 "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
	} {
		if r.PostFormValue(name) != want {
			return fmt.Errorf("%s is %q", name, r.PostFormValue(name))
		}
	}
	claims, err := p.openAssertion(r)
	if err != nil {
		return err
	}
	now := p.Now()
	issued, expires := time.Unix(claims.Issued, 0), time.Unix(claims.Expires, 0)
	aud := p.URL("/token")
	if p.Audience != "" {
		aud = p.Audience
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case claims.Issuer != p.ClientID || claims.Subject != p.ClientID:
		return errors.New("iss and sub must be the client id")
	case claims.Audience != aud:
		return fmt.Errorf("aud is %q", claims.Audience)
	case issued.After(now):
		return errors.New("iat is ahead")
	case issued.Before(now.Add(-5 * time.Minute)), !expires.After(now), expires.After(now.Add(5 * time.Minute)):
		return errors.New("too old, or lives too long")
	case claims.ID == "" || p.assertions[claims.ID]:
		return errors.New("jti is missing or was used")
	}
	p.assertions[claims.ID] = true
	return nil
}

type assertionClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	ID       string `json:"jti"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// openAssertion checks the signature with the tool's key set as it is now.
func (p *Platform) openAssertion(r *http.Request) (claims assertionClaims, err error) {
	return claims, p.openSigned(r.Context(), r.PostFormValue("client_assertion"), &claims)
}

// DeepLinkingResponse returns the claims of a tool's answer to a content
// selection, the JWT that the browser posts. It fails the test unless the tool
// signed it with a key that it publishes (C-42).
func (p *Platform) DeepLinkingResponse(jwt string) (claims map[string]any) {
	p.tb.Helper()
	if err := p.openSigned(p.tb.Context(), jwt, &claims); err != nil {
		p.tb.Fatalf("deep linking response: %v", err)
	}
	return claims
}

func (p *Platform) openSigned(ctx context.Context, jwt string, claims any) error {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return errors.New("no JWT")
	}
	var header struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}
	if err := errors.Join(decode(parts[0], &header), decode(parts[1], claims)); err != nil {
		return err
	}
	if p.toolKeys == nil {
		return errors.New("the tool is not registered")
	}
	set, err := p.toolKeys(ctx)
	if err != nil {
		return fmt.Errorf("fetch the tool's keys: %w", err)
	}
	key, err := toolKey(set, header.KeyID)
	if err != nil || header.Algorithm != "RS256" {
		return fmt.Errorf("key %q, algorithm %q: %w", header.KeyID, header.Algorithm, err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
}

func toolKey(set []byte, keyID string) (*rsa.PublicKey, error) {
	var keys struct {
		Keys []struct{ Kid, N, E string } `json:"keys"`
	}
	if err := json.Unmarshal(set, &keys); err != nil {
		return nil, err
	}
	for _, k := range keys.Keys {
		n, errN := base64.RawURLEncoding.DecodeString(k.N)
		e, errE := base64.RawURLEncoding.DecodeString(k.E)
		if k.Kid == keyID && errN == nil && errE == nil {
			return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
		}
	}
	return nil, errors.New("not published")
}

func decode(part string, into any) error {
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, into)
}
