package lti

import (
	"context"
	"net/http"
	"time"
)

// Examination is what a platform's key set address answered.
type Examination struct {
	Platform Platform
	// Keys counts the keys that a launch could be signed with, Weak those that
	// are too short to be believed.
	Keys, Weak int
	// Clock is how far the platform's clock is ahead of ours, by the Date of
	// its answer, which has whole seconds; Told is false without one.
	Clock time.Duration
	Told  bool
	Err   error
}

// Examine fetches a platform's key set anew, past what is cached, by the rules
// of all fetches: guarded, bounded and given up in seconds.
func (s *Service) Examine(ctx context.Context, p Platform) Examination {
	e := Examination{Platform: p}
	header, body, err := fetch(ctx, s.http, p.JWKSURL, maxKeySetSize)
	if err != nil {
		e.Err = err
		return e
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		e.Clock, e.Told = date.Sub(s.now().Truncate(time.Second)), true
	}
	keys, err := parseKeySet(body)
	if err != nil {
		e.Err = err
		return e
	}
	for _, key := range keys {
		if key.public.N.BitLen() < minKeyBits {
			e.Weak++
			continue
		}
		e.Keys++
	}
	return e
}
