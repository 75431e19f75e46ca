package ltitest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// KeyFaults say how the key set misbehaves. The zero value is a good one.
type KeyFaults struct {
	Status       int           // answer with this status
	Delay        time.Duration // answer late
	Body         string        // answer with this instead of keys
	Oversize     bool          // answer without end
	RedirectTo   string        // answer with a redirect
	CacheControl string        // the header, "" for none
	WeakKey      bool          // publish a 512-bit key under the id in use
	NoKeyID      bool          // publish without kid
	Bare         bool          // publish without alg and use
	Algorithm    string        // publish with this alg
	KeepOld      bool          // publish the key before the last rotation too
}

// SetKeyFaults changes how the key set behaves from now on.
func (p *Platform) SetKeyFaults(f KeyFaults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = f
}

// KeyFetches returns how often the key set was asked for.
func (p *Platform) KeyFetches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetches
}

// RotateKey makes a new key with a new id, with which the platform signs from
// now on.
func (p *Platform) RotateKey() {
	p.tb.Helper()
	key := newKey(p.tb)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.old, p.oldID = p.key, p.keyID
	p.key, p.keyID = key, p.keyID+"-next"
}

// serveKeys answers GET /jwks.
func (p *Platform) serveKeys(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.fetches++
	f := p.faults
	keys := []map[string]string{publicJWK(p.keyID, &p.key.PublicKey, f)}
	if f.KeepOld && p.old != nil {
		keys = append(keys, publicJWK(p.oldID, &p.old.PublicKey, f))
	}
	p.mu.Unlock()

	select {
	case <-time.After(f.Delay):
	case <-r.Context().Done():
		return
	}
	if f.CacheControl != "" {
		w.Header().Set("Cache-Control", f.CacheControl)
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case f.RedirectTo != "":
		http.Redirect(w, r, f.RedirectTo, http.StatusFound)
	case f.Status != 0:
		w.WriteHeader(f.Status)
	case f.Oversize:
		_, _ = fmt.Fprintf(w, `{"keys":[],"padding":%q}`, strings.Repeat("x", 1<<20))
	case f.Body != "":
		_, _ = w.Write([]byte(f.Body))
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": keys})
	}
}

func publicJWK(keyID string, key *rsa.PublicKey, f KeyFaults) map[string]string {
	n := key.N
	if f.WeakKey {
		n = weakModulus()
	}
	jwk := map[string]string{
		"kty": "RSA", "kid": keyID, "use": "sig", "alg": "RS256",
		"n": base64.RawURLEncoding.EncodeToString(n.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}
	if f.Algorithm != "" {
		jwk["alg"] = f.Algorithm
	}
	if f.Bare {
		delete(jwk, "alg")
		delete(jwk, "use")
	}
	if f.NoKeyID {
		delete(jwk, "kid")
	}
	return jwk
}

// weakModulus has 512 bits, as the sample key that self-hosted Canvas ships.
// Go makes no such key pair any more, and none is needed to be refused.
func weakModulus() *big.Int {
	b := make([]byte, 64)
	_, _ = rand.Read(b)
	b[0] |= 0x80
	b[63] |= 1
	return new(big.Int).SetBytes(b)
}
