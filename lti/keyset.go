package lti

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwk"
	"golang.org/x/time/rate"
)

// How long a platform's keys are believed. Canvas says ten days, which would
// keep a withdrawn key alive as long; Moodle says nothing.
const (
	keysDefaultAge = time.Hour
	keysMinAge     = 5 * time.Minute
	keysMaxAge     = 24 * time.Hour
	// keysMaxStale is how long known keys serve while the platform is down.
	keysMaxStale = 7 * 24 * time.Hour
	// keysStalePatience is how long a launch waits for news of a key that it
	// could use already, where the platform's server hangs.
	keysStalePatience = time.Second
	// keysPause lets unknown key ids ask again four times a minute, with one
	// more at once after a failure.
	keysPause = 15 * time.Second
	keysBurst = 2
)

// What makes a key trustworthy. Fewer bits can be broken (the public sample
// key of self-hosted Canvas has 512), more only cost time.
const (
	minKeyBits = 2048
	maxKeyBits = 8192
)

// keyCache keeps the platforms' public keys, each registration's apart (C-71).
// Safe for parallel use.
type keyCache struct {
	client *http.Client
	now    func() time.Time

	mu   sync.Mutex
	sets map[keySource]*keySet
}

// keySource is part of the cache's key so that a changed address is fetched.
type keySource struct{ platformID, url string }

type keySet struct {
	limiter *rate.Limiter

	mu          sync.Mutex
	keys        map[string]platformKey
	freshUntil  time.Time
	usableUntil time.Time
	failure     error // of the last fetch, nil after a good one
	flight      chan struct{}
}

type platformKey struct {
	public    *rsa.PublicKey
	algorithm string // "" where the platform does not say
}

func newKeyCache(client *http.Client, now func() time.Time) *keyCache {
	return &keyCache{client: client, now: now, sets: map[keySource]*keySet{}}
}

// key returns the platform's key of that id, fetching the set where it is old
// or does not have it. Parallel callers wait for one fetch, which none of them
// can cancel for the others.
func (c *keyCache) key(ctx context.Context, p Platform, kid string) (platformKey, error) {
	set := c.set(p)
	if flight, patience := c.refresh(ctx, set, p, kid); flight != nil {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-flight:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return set.answer(p, kid, c.now())
}

func (c *keyCache) set(p Platform) *keySet {
	c.mu.Lock()
	defer c.mu.Unlock()
	source := keySource{p.ID, p.JWKSURL}
	set, ok := c.sets[source]
	if !ok {
		set = &keySet{limiter: rate.NewLimiter(rate.Every(keysPause), keysBurst)}
		c.sets[source] = set
	}
	return set
}

// refresh returns what to wait for and how long, nil where nothing is to be
// fetched or the platform was asked too often already.
func (c *keyCache) refresh(ctx context.Context, set *keySet, p Platform, kid string) (flight <-chan struct{}, patience time.Duration) {
	set.mu.Lock()
	defer set.mu.Unlock()
	now, patience := c.now(), fetchTimeout
	if _, known := set.keys[kid]; known {
		patience = keysStalePatience
		if now.Before(set.freshUntil) {
			return nil, 0
		}
	}
	if set.flight != nil {
		return set.flight, patience
	}
	if !set.limiter.AllowN(now, 1) {
		return nil, 0
	}
	set.flight = make(chan struct{})
	// The fetch outlives a caller who leaves; its own timeout ends it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	go func() {
		defer cancel()
		keys, age, err := c.fetch(ctx, p.JWKSURL)
		set.land(keys, age, err, c.now())
	}()
	return set.flight, patience
}

// land ends a flight. After a failure the keys known before stay.
func (set *keySet) land(keys map[string]platformKey, age time.Duration, err error, now time.Time) {
	set.mu.Lock()
	defer set.mu.Unlock()
	set.failure = err
	if err == nil {
		set.keys = keys
		set.freshUntil = now.Add(age)
		set.usableUntil = now.Add(age + keysMaxStale)
	}
	close(set.flight)
	set.flight = nil
}

// answer looks a key up in what is known now.
func (set *keySet) answer(p Platform, kid string, now time.Time) (platformKey, error) {
	set.mu.Lock()
	defer set.mu.Unlock()
	key, known := set.keys[kid]
	usable := now.Before(set.usableUntil)
	switch {
	case !usable:
		return platformKey{}, &Error{Code: CodeKeysUnavailable, Claim: "kid", Expected: "the platform's keys at " + p.JWKSURL, Received: failureText(set.failure), Err: set.failure}
	case !known:
		return platformKey{}, &Error{Code: CodeUnknownKID, Claim: "kid", Expected: "a key published at " + p.JWKSURL, Received: diagnosis(kid), Err: set.failure}
	}
	if bits := key.public.N.BitLen(); bits < minKeyBits {
		return platformKey{}, &Error{Code: CodeWeakKey, Claim: "kid", Expected: "an RSA key of at least " + strconv.Itoa(minKeyBits) + " bits", Received: diagnosis(kid) + ": " + strconv.Itoa(bits) + " bits"}
	}
	return key, nil
}

func failureText(err error) string {
	if err == nil {
		return "no answer in time"
	}
	return diagnosis(err.Error())
}

func (c *keyCache) fetch(ctx context.Context, address string) (map[string]platformKey, time.Duration, error) {
	header, body, err := fetch(ctx, c.client, address, maxKeySetSize)
	if err != nil {
		return nil, 0, fmt.Errorf("fetch platform keys: %w", err)
	}
	keys, err := parseKeySet(body)
	if err != nil {
		return nil, 0, fmt.Errorf("read platform keys: %w", err)
	}
	return keys, cacheAge(header), nil
}

// parseKeySet reads the RSA signing keys of a JWK set. Others are left out,
// not errors: a set may hold keys for what we never verify. Entries without
// alg and use are usual on self-hosted Canvas.
func parseKeySet(body []byte) (map[string]platformKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, errors.New("not a JSON key set")
	}
	keys := make(map[string]platformKey, len(set.Keys))
	for _, raw := range set.Keys {
		kid, key, ok := parseKey(raw)
		if _, double := keys[kid]; ok && !double {
			keys[kid] = key
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("no RSA signing key with a kid")
	}
	return keys, nil
}

func parseKey(raw json.RawMessage) (kid string, key platformKey, ok bool) {
	parsed, err := jwk.ParseKey(raw)
	if err != nil || parsed.KeyID() == "" || parsed.KeyUsage() == string(jwk.ForEncryption) {
		return "", platformKey{}, false
	}
	public, err := parsed.PublicKey() // a set that shows private keys is used as if it did not
	if err != nil {
		return "", platformKey{}, false
	}
	var rsaKey rsa.PublicKey
	if err := public.Raw(&rsaKey); err != nil || rsaKey.N.BitLen() > maxKeyBits {
		return "", platformKey{}, false
	}
	return parsed.KeyID(), platformKey{public: &rsaKey, algorithm: parsed.Algorithm().String()}, true
}

// cacheAge reads Cache-Control's max-age between floor and ceiling (C-72).
func cacheAge(h http.Header) time.Duration {
	age := keysDefaultAge
	for directive := range strings.SplitSeq(strings.ToLower(h.Get("Cache-Control")), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		switch name {
		case "no-store", "no-cache":
			return keysMinAge
		case "max-age":
			if seconds, err := strconv.Atoi(strings.Trim(value, `"`)); err == nil {
				age = time.Duration(min(seconds, int(keysMaxAge/time.Second))) * time.Second
			}
		}
	}
	return max(age, keysMinAge)
}
