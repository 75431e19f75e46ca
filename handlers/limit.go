package handlers

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// failureLimiter bounds the records of whoever fails again and again at logging
// in or launching. It is asked when something has failed, never before: a whole
// campus may be one address, and one person there, or a page that they visit,
// must not keep the others out.
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

// allow counts one failure and says whether the client may have it explained
// and recorded.
func (f *failureLimiter) allow(client string) bool {
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
	return l.AllowN(f.now(), 1)
}

// addressBlock names the part of the network that a client comes from: what a
// person can hardly change, /24 or /64.
func addressBlock(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	bits := 64
	if ip = ip.Unmap(); ip.Is4() {
		bits = 24
	}
	prefix, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

func ipNet(p netip.Prefix) *net.IPNet {
	p = p.Masked()
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
