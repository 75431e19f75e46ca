package demo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// Why a token that a tool signed is not accepted. Each LMS has its own words.
var (
	errNoToken    = errors.New("not a signed token")
	errNoKeyID    = errors.New("no kid in the token's header")
	errUnknownKey = errors.New("no key with that kid")
	errBadSign    = errors.New("the signature does not fit")
	errNoKeys     = errors.New("the tool's key set cannot be fetched")
	errAlgorithm  = errors.New("the token is not signed by RS256")
)

// keyCache keeps the key sets of tools, by client id.
type keyCache struct {
	mu   sync.Mutex
	sets map[string]jwk.Set
}

func (k *keyCache) get(clientID string) (jwk.Set, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	set, ok := k.sets[clientID]
	return set, ok
}

func (k *keyCache) put(clientID string, set jwk.Set) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sets == nil {
		k.sets = map[string]jwk.Set{}
	}
	k.sets[clientID] = set
}

func (k *keyCache) forget(clientID string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.sets, clientID)
}

// unverified reads a token's claims without a look at its signature, to learn
// which tool it claims to be from.
func unverified(raw string) (claims map[string]any, err error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, errNoToken
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, errNoToken
	}
	if json.Unmarshal(payload, &claims) != nil || claims == nil {
		return nil, errNoToken
	}
	return claims, nil
}

// checkSigned checks a token's signature with the keys that the tool publishes:
// those kept, fetched anew where they do not fit, or always fetched with fresh.
func (c *site) checkSigned(ctx context.Context, t tool, raw string, fresh bool) error {
	message, err := jws.Parse([]byte(raw))
	if err != nil || len(message.Signatures()) != 1 {
		return errNoToken
	}
	header := message.Signatures()[0].ProtectedHeaders()
	switch {
	case header.KeyID() == "":
		return errNoKeyID
	case header.Algorithm() != jwa.RS256:
		return errAlgorithm
	}
	set, kept := c.cache.get(t.ClientID)
	if kept && !fresh {
		if err := signedBy(set, header.KeyID(), raw); err == nil {
			return nil
		}
	}
	if set, err = c.toolKeys(ctx, t); err != nil {
		return fmt.Errorf("%w: %w", errNoKeys, err)
	}
	c.cache.put(t.ClientID, set)
	return signedBy(set, header.KeyID(), raw)
}

func (c *site) toolKeys(ctx context.Context, t tool) (jwk.Set, error) {
	if t.PublicJWK != "" {
		key, err := jwk.ParseKey([]byte(t.PublicJWK))
		if err != nil {
			return nil, fmt.Errorf("read the tool's key: %w", err)
		}
		set := jwk.NewSet()
		return set, set.AddKey(key)
	}
	_, body, err := c.s.fetch(ctx, t.JWKSURL, c.agent)
	if err != nil {
		return nil, err
	}
	return jwk.Parse(body)
}

func signedBy(set jwk.Set, keyID, raw string) error {
	key, ok := set.LookupKeyID(keyID)
	if !ok {
		return errUnknownKey
	}
	if _, err := jws.Verify([]byte(raw), jws.WithKey(jwa.RS256, key)); err != nil {
		return errBadSign
	}
	return nil
}

// numberClaim reads a time of a token, in seconds.
func numberClaim(claims map[string]any, name string) (int64, bool) {
	n, ok := claims[name].(float64)
	return int64(n), ok
}

// audiences are a token's audiences, whether one or several.
func audiences(claims map[string]any) (list []string) {
	switch aud := claims["aud"].(type) {
	case string:
		return []string{aud}
	case []any:
		for _, entry := range aud {
			if text, ok := entry.(string); ok {
				list = append(list, text)
			}
		}
	}
	return list
}
