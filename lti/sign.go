package lti

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// The times of what Usher signs. Moodle has no leeway for an iat ahead of its
// clock, Canvas refuses one older than five minutes (C-41, C-49).
const (
	signedBackdate = 30 * time.Second
	signedLifetime = 4 * time.Minute
)

// sign returns the claims, with iat and exp added, as a JWT of the key that
// signs now.
func (s *Service) sign(ctx context.Context, claims map[string]any) (string, error) {
	keyID, key, err := s.SigningKey(ctx)
	if err != nil {
		return "", err
	}
	now := s.now()
	claims["iat"] = now.Add(-signedBackdate).Unix()
	claims["exp"] = now.Add(signedLifetime).Unix()
	header, err := json.Marshal(map[string]string{"typ": "JWT", "alg": string(toolKeyAlgorithm), "kid": keyID})
	if err != nil {
		return "", fmt.Errorf("write header: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("write claims: %w", err)
	}
	signed := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
