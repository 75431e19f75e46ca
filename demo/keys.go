package demo

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// keySet holds a platform's signing keys. They are made at first use, because
// making RSA keys is slow and most tests need one campus only.
type keySet struct {
	make func() ([]jwk.Key, error)
	typ  string // value of the header `typ`, "" to leave it out
	sign int    // index of the key that signs
}

// newKeySet describes keys with these ids; the one at index sign signs.
func newKeySet(typ string, sign int, kids ...string) *keySet {
	return &keySet{typ: typ, sign: sign, make: sync.OnceValues(func() ([]jwk.Key, error) {
		keys := make([]jwk.Key, 0, len(kids))
		for _, kid := range kids {
			key, err := newKey(kid)
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
		return keys, nil
	})}
}

func newKey(kid string) (jwk.Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make platform key: %w", err)
	}
	key, err := jwk.FromRaw(private)
	if err != nil {
		return nil, fmt.Errorf("wrap platform key: %w", err)
	}
	fields := map[string]any{jwk.KeyIDKey: kid, jwk.AlgorithmKey: jwa.RS256, jwk.KeyUsageKey: jwk.ForSignature}
	for name, value := range fields {
		if err := key.Set(name, value); err != nil {
			return nil, fmt.Errorf("describe platform key: %w", err)
		}
	}
	return key, nil
}

// signClaims makes an RS256 token of the claims.
func (k *keySet) signClaims(claims map[string]any) (string, error) {
	keys, err := k.make()
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("write claims: %w", err)
	}
	headers := jws.NewHeaders()
	if k.typ != "" {
		if err := headers.Set(jws.TypeKey, k.typ); err != nil {
			return "", fmt.Errorf("set token header: %w", err)
		}
	}
	signed, err := jws.Sign(payload, jws.WithKey(jwa.RS256, keys[k.sign], jws.WithProtectedHeaders(headers)))
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return string(signed), nil
}

// public is the JWKS document.
func (k *keySet) public() ([]byte, error) {
	keys, err := k.make()
	if err != nil {
		return nil, err
	}
	set := jwk.NewSet()
	for _, key := range keys {
		public, err := key.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("take public key: %w", err)
		}
		if err := set.AddKey(public); err != nil {
			return nil, fmt.Errorf("add public key: %w", err)
		}
	}
	return json.Marshal(set)
}

// verifyOwn checks a token that this platform signed itself.
func (k *keySet) verifyOwn(raw string) ([]byte, error) {
	keys, err := k.make()
	if err != nil {
		return nil, err
	}
	public, err := keys[k.sign].PublicKey()
	if err != nil {
		return nil, err
	}
	return jws.Verify([]byte(raw), jws.WithKey(jwa.RS256, public))
}
