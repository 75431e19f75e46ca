package handlers

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// failureLimiter slows down whoever fails again and again at logging in or
// launching. Successes cost nothing: a whole campus may be one address.
type failureLimiter struct {
	now func() time.Time

	mu      sync.Mutex
	clients map[string]*rate.Limiter
}

const (
	failuresPerMinute = 60
	failureBurst      = 120
	// clientsMost bounds memory. When full all are forgotten: an attacker with
	// so many addresses is not stopped by this limit anyway.
	clientsMost = 20_000
)

func newFailureLimiter(now func() time.Time) *failureLimiter {
	return &failureLimiter{now: now, clients: map[string]*rate.Limiter{}}
}

func (f *failureLimiter) of(client string) *rate.Limiter {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, known := f.clients[client]
	if !known {
		if len(f.clients) >= clientsMost {
			clear(f.clients)
		}
		l = rate.NewLimiter(rate.Limit(failuresPerMinute)/60, failureBurst)
		f.clients[client] = l
	}
	return l
}

// blocked says whether a client has used up its failures.
func (f *failureLimiter) blocked(client string) bool {
	f.mu.Lock()
	l, known := f.clients[client]
	f.mu.Unlock()
	return known && l.TokensAt(f.now()) < 1
}

// failed counts one failure.
func (f *failureLimiter) failed(client string) { f.of(client).AllowN(f.now(), 1) }

func ipNet(p netip.Prefix) *net.IPNet {
	p = p.Masked()
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
